;; Waits for what is here already: no time at all, and an output that is ready. Allows if both are told.
(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $sleep (param i64) (result i32)))
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.3" "[method]output-stream.subscribe" (func $subscribe (param i32) (result i32)))
(import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
(import "wasi:io/poll@0.2.3" "[method]pollable.ready" (func $ready (param i32) (result i32)))
(import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
(func $evaluate (type $evaluate)
  (call $block (call $sleep (i64.const 0)))
  (i32.store (i32.const 2048) (call $sleep (i64.const 1)))
  (i32.store (i32.const 2052) (call $subscribe (call $stderr)))
  (call $poll (i32.const 2048) (i32.const 2) (i32.const 2080))
  ;; One is ready, and it is the second.
  (i32.store8 (i32.const 1204)
    (i32.and
      (i32.and
        (i32.eq (i32.load (i32.const 2084)) (i32.const 1))
        (i32.eq (i32.load (i32.load (i32.const 2080))) (i32.const 1)))
      (i32.eqz (call $ready (i32.load (i32.const 2048))))))
  (i32.const 1200))
