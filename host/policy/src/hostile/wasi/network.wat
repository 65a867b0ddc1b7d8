;; Looks a name up and opens sockets of both kinds, and allows only if each is refused as `access-denied`.
(import "wasi:sockets/instance-network@0.2.3" "instance-network" (func $network (result i32)))
(import "wasi:sockets/ip-name-lookup@0.2.3" "resolve-addresses" (func $look-up (param i32 i32 i32 i32)))
(import "wasi:sockets/tcp-create-socket@0.2.3" "create-tcp-socket" (func $tcp (param i32 i32)))
(import "wasi:sockets/udp-create-socket@0.2.3" "create-udp-socket" (func $udp (param i32 i32)))
(data (i32.const 2048) "localhost")
(func $is-denied (param $at i32) (result i32)
  (i32.and
    (i32.eq (i32.load8_u (local.get $at)) (i32.const 1))
    (i32.eq (i32.load8_u offset=4 (local.get $at)) (i32.const 1))))
(func $evaluate (type $evaluate)
  (call $look-up (call $network) (i32.const 2048) (i32.const 9) (i32.const 2064))
  (call $tcp (i32.const 0) (i32.const 2080))
  (call $udp (i32.const 1) (i32.const 2096))
  (i32.store8 (i32.const 1204)
    (i32.and
      (call $is-denied (i32.const 2064))
      (i32.and (call $is-denied (i32.const 2080)) (call $is-denied (i32.const 2096)))))
  (i32.const 1200))
