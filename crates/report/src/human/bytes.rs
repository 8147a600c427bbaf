const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// Bytes in decimal units, as disks and cloud bills count: `24691200` as `24.7 MB`.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    let mut value = bytes as f64;
    // 999.95 kB would be printed as 1000 kB, so the next unit begins where rounding would carry over.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let decimals = usize::from(value < 99.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn three_digits_and_a_unit() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(24_691_200), "24.7 MB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(256 * 1024 * 1024), "268 MB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }
}
