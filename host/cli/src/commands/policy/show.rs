//! Sizes and times as people read them.

use std::time::Duration;

/// `12.1 MB`.
pub(super) fn show_bytes(bytes: usize) -> String {
    let tenths = |unit: usize| (bytes * 10).div_ceil(unit);
    let (value, unit) = if bytes < 1_000_000 { (tenths(1_000), "kB") } else { (tenths(1_000_000), "MB") };
    format!("{}.{} {unit}", value / 10, value % 10)
}

/// `840 µs`, `1.2 ms`, `21.3 s`.
pub(super) fn show_time(time: Duration) -> String {
    match time.as_micros() {
        us @ 0..1_000 => format!("{us} µs"),
        us @ 1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        us => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}
