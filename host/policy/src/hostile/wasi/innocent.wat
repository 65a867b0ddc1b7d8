;; Imports clocks and chance, as toolchains do, and asks them how much time has passed and for a number; for the time only if
;; the permission is longer than 20 bytes. Allows.
(import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $passed (result i64)))
(import "wasi:clocks/wall-clock@0.2.3" "now" (func $now (param i32)))
(import "wasi:random/random@0.2.3" "get-random-u64" (func $draw (result i64)))
(func $evaluate (type $evaluate)
  (drop (i64.add (call $passed) (call $draw)))
  (if (i32.gt_u (local.get 5) (i32.const 20))
    (then (call $now (i32.const 2048))))
  (i32.store8 (i32.const 1204) (i32.const 1))
  (i32.const 1200))
