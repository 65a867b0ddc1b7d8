;; Sleeps for an hour.
(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $sleep (param i64) (result i32)))
(import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
(func $evaluate (type $evaluate)
  (call $block (call $sleep (i64.const 3600000000000)))
  (i32.const 1200))
