(func $evaluate (type $evaluate) (i32.div_u (i32.const 1) (local.get 7)))
