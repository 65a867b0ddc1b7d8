;; Takes a thousand handles and gives each back. Allows.
(import "wasi:cli/stdin@0.2.3" "get-stdin" (func $stdin (result i32)))
(import "wasi:io/streams@0.2.3" "[resource-drop]input-stream" (func $drop (param i32)))
(func $evaluate (type $evaluate)
  (local $left i32)
  (local.set $left (i32.const 1000))
  (loop $again
    (call $drop (call $stdin))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $again (local.get $left)))
  (i32.store8 (i32.const 1204) (i32.const 1))
  (i32.const 1200))
