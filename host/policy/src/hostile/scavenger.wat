;; Allows only if nobody has left anything in its memory.
(memory (export "memory") 16)
(func $evaluate (type $evaluate)
  (local $at i32)
  (local $found i64)
  (local.set $at (i32.const 65536))
  (loop $next
    (local.set $found (i64.or (local.get $found) (i64.load (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 1048576))))
  (i32.store8 (i32.const 1204) (i64.eqz (local.get $found)))
  (i32.const 1200))
