;; The clock is looked at only at the start of each copy, so each copy must be short: memory is small.
(memory (export "memory") 256)
(func $evaluate (type $evaluate)
  (loop $again
    (memory.copy (i32.const 8388608) (i32.const 0) (i32.const 8388608))
    (br $again))
  (unreachable))
