;; Leaves something in every byte of 1 MiB.
(memory (export "memory") 16)
(func $evaluate (type $evaluate)
  (memory.fill (i32.const 65536) (i32.const 115) (i32.const 983040))
  (i32.store8 (i32.const 1204) (i32.const 1))
  (i32.const 1200))
