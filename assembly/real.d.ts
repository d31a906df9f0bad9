// For editors only: the compiler gets this name from asconfig.json (`--use real=f32` or `real=f64`).
declare type real = f32;
