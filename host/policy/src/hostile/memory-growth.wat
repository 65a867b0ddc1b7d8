(func $evaluate (type $evaluate)
  (loop $again (drop (memory.grow (i32.const 1))) (br $again))
  (unreachable))
