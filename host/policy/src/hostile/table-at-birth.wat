(table $functions 100000 funcref)
