;; Uses a handle that nobody gave it.
(import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
  (func $write (param i32 i32 i32 i32)))
(func $evaluate (type $evaluate)
  (call $write (i32.const 7) (i32.const 0) (i32.const 1) (i32.const 2080))
  (i32.const 1200))
