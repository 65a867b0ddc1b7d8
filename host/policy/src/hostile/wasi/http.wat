;; Begins to make a request.
(import "wasi:http/types@0.2.3" "[constructor]fields" (func $fields (result i32)))
(func $evaluate (type $evaluate)
  (drop (call $fields))
  (i32.const 1200))
