;; Takes handle after handle and gives none back.
(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $sleep (param i64) (result i32)))
(func $evaluate (type $evaluate)
  (loop $again
    (drop (call $sleep (i64.const 0)))
    (br $again))
  (unreachable))
