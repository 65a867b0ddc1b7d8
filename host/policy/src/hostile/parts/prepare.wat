  ;; The prepared settings are the settings.
  (func $prepare (param $text i32) (param $length i32) (result i32)
    (i32.store (i32.const 1104) (local.get $text))
    (i32.store (i32.const 1108) (local.get $length))
    (i32.const 1100))
