;; Writes "hi" to both outputs, a line's end to the first of them, and bytes that are no text. Allows.
(import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
  (func $write (param i32 i32 i32 i32)))
(import "wardgate:policy/log@1.0.0" "emit" (func $emit (param i32 i32 i32)))
(data (i32.const 2048) "hi\r\n\ff\1b[31m")
(func $evaluate (type $evaluate)
  (call $write (call $stdout) (i32.const 2048) (i32.const 2) (i32.const 2080))
  (call $write (call $stderr) (i32.const 2048) (i32.const 2) (i32.const 2080))
  (call $emit (i32.const 3) (i32.const 2048) (i32.const 2))
  (call $write (call $stdout) (i32.const 2050) (i32.const 8) (i32.const 2080))
  (i32.store8 (i32.const 1204) (i32.const 1))
  (i32.const 1200))
