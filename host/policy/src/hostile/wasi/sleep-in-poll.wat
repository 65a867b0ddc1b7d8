;; Sleeps until the next year, by polling.
(import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-instant" (func $until (param i64) (result i32)))
(import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
(func $evaluate (type $evaluate)
  (i32.store (i32.const 2048) (call $until (i64.add (call $now) (i64.const 31536000000000000))))
  (call $poll (i32.const 2048) (i32.const 1) (i32.const 2080))
  (i32.const 1200))
