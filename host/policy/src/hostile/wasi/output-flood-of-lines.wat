;; Writes thousands of ends of lines again and again.
(import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush"
  (func $write (param i32 i32 i32 i32)))
(func $evaluate (type $evaluate)
  (local $stdout i32)
  (local.set $stdout (call $stdout))
  (memory.fill (i32.const 65536) (i32.const 10) (i32.const 65536))
  (loop $again
    (call $write (local.get $stdout) (i32.const 65536) (i32.const 65536) (i32.const 2080))
    (br $again))
  (unreachable))
