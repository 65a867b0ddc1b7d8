;; Answers with a hash over everything that it was given: settings, tenant, permission and attributes.
(func $evaluate (type $evaluate)
  (local $at i32)
  (local $hash i32)
  (local.set $at (i32.const 8192))
  (local.set $hash (i32.const 0x811c9dc5))
  (loop $next
    (local.set $hash (i32.mul
      (i32.xor (local.get $hash) (i32.load8_u (local.get $at)))
      (i32.const 0x01000193)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (global.get $next))))
  ;; One reason, whose code is the hash as eight letters from a to p.
  (local.set $at (i32.const 0))
  (i32.store8 (i32.const 1204) (i32.rem_u (local.get $hash) (i32.const 3)))
  (loop $letter
    (i32.store8 offset=1280 (local.get $at) (i32.add (i32.const 97) (i32.and (local.get $hash) (i32.const 15))))
    (local.set $hash (i32.shr_u (local.get $hash) (i32.const 4)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $letter (i32.lt_u (local.get $at) (i32.const 8))))
  (i32.store (i32.const 1264) (i32.const 1280))
  (i32.store (i32.const 1268) (i32.const 8))
  (i32.store (i32.const 1208) (i32.const 1264))
  (i32.store (i32.const 1212) (i32.const 1))
  (i32.const 1200))
