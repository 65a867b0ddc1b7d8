(memory (export "memory") 512)
