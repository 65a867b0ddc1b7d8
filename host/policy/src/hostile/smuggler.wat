;; Keeps count in a global, in memory and in memory's size, and allows only if this is the first call by all three.
(global $calls (mut i32) (i32.const 0))
(func $evaluate (type $evaluate)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (i32.store (i32.const 90000) (i32.add (i32.load (i32.const 90000)) (i32.const 1)))
  (drop (memory.grow (i32.const 1)))
  (i32.store8 (i32.const 1204)
    (i32.and
      (i32.and
        (i32.eq (global.get $calls) (i32.const 1))
        (i32.eq (i32.load (i32.const 90000)) (i32.const 1)))
      (i32.eq (memory.size) (i32.const 3))))
  (i32.const 1200))
