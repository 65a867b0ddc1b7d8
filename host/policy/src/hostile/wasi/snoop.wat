;; Looks for variables, arguments, a folder, files and input, and allows only if there are none.
(import "wasi:cli/environment@0.2.3" "get-environment" (func $variables (param i32)))
(import "wasi:cli/environment@0.2.3" "get-arguments" (func $arguments (param i32)))
(import "wasi:cli/environment@0.2.3" "initial-cwd" (func $folder (param i32)))
(import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $folders (param i32)))
(import "wasi:cli/stdin@0.2.3" "get-stdin" (func $stdin (result i32)))
(import "wasi:io/streams@0.2.3" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
(func $evaluate (type $evaluate)
  (i32.store (i32.const 2052) (i32.const -1))
  (i32.store (i32.const 2068) (i32.const -1))
  (i32.store (i32.const 2080) (i32.const -1))
  (i32.store (i32.const 2100) (i32.const -1))
  (call $variables (i32.const 2048))
  (call $arguments (i32.const 2064))
  (call $folder (i32.const 2080))
  (call $folders (i32.const 2096))
  (call $read (call $stdin) (i64.const 100) (i32.const 2112))
  (i32.store8 (i32.const 1204)
    (i32.and
      (i32.and (i32.eqz (i32.load (i32.const 2052))) (i32.eqz (i32.load (i32.const 2068))))
      (i32.and
        (i32.and (i32.eqz (i32.load8_u (i32.const 2080))) (i32.eqz (i32.load (i32.const 2100))))
        ;; An error, and that is `closed`.
        (i32.and
          (i32.eq (i32.load8_u (i32.const 2112)) (i32.const 1))
          (i32.eq (i32.load8_u (i32.const 2116)) (i32.const 1))))))
  (i32.const 1200))
