;; Reads each clock twice, works in between, and allows only if the wall clock shows 1,700,000,000.125 s each time, and the
;; other one an hour.
(import "wasi:clocks/wall-clock@0.2.3" "now" (func $wall (param i32)))
(import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $monotonic (result i64)))
(func $is-right (result i32)
  (call $wall (i32.const 2048))
  (i32.and
    (i32.and
      (i64.eq (i64.load (i32.const 2048)) (i64.const 1700000000))
      (i32.eq (i32.load (i32.const 2056)) (i32.const 125000000)))
    (i64.eq (call $monotonic) (i64.const 3600000000000))))
(func $evaluate (type $evaluate)
  (local $first i32)
  (local $turns i32)
  (local.set $first (call $is-right))
  (loop $work
    (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
    (br_if $work (i32.lt_u (local.get $turns) (i32.const 2000000))))
  (i32.store8 (i32.const 1204) (i32.and (local.get $first) (call $is-right)))
  (i32.const 1200))
