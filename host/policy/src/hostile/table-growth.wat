(table $functions 1 funcref)
(func $evaluate (type $evaluate)
  (loop $again (drop (table.grow $functions (ref.null func) (i32.const 10))) (br $again))
  (unreachable))
