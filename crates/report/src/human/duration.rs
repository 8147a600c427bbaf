/// Milliseconds as the two largest units that say something: `5400000` as `1 h 30 min`.
pub fn duration(milliseconds: i64) -> String {
    if milliseconds < 0 {
        return format!("-{}", span(milliseconds.unsigned_abs()));
    }
    span(milliseconds.unsigned_abs())
}

/// The same of a time that has no sign.
pub fn spoken(milliseconds: u64) -> String {
    span(milliseconds)
}

/// An age in whole seconds: `0` as `just now`.
pub fn age(seconds: u64) -> String {
    if seconds == 0 { "just now".to_owned() } else { format!("{} ago", span(seconds.saturating_mul(1_000))) }
}

fn span(milliseconds: u64) -> String {
    const SECOND: u64 = 1_000;
    const MINUTE: u64 = 60 * SECOND;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let two = |large: u64, large_word: &str, small: u64, small_word: &str| {
        if small == 0 {
            format!("{large} {large_word}")
        } else {
            format!("{large} {large_word} {small} {small_word}")
        }
    };
    match milliseconds {
        ms if ms < SECOND => format!("{ms} ms"),
        ms if ms < 10 * SECOND && ms % SECOND >= 100 => format!("{}.{} s", ms / SECOND, ms % SECOND / 100),
        ms if ms < MINUTE => format!("{} s", ms / SECOND),
        ms if ms < HOUR => two(ms / MINUTE, "min", ms % MINUTE / SECOND, "s"),
        ms if ms < DAY => two(ms / HOUR, "h", ms % HOUR / MINUTE, "min"),
        ms => two(ms / DAY, "d", ms % DAY / HOUR, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units() {
        assert_eq!(duration(0), "0 ms");
        assert_eq!(duration(350), "350 ms");
        assert_eq!(duration(1_000), "1 s");
        assert_eq!(duration(2_550), "2.5 s");
        assert_eq!(duration(59_999), "59 s");
        assert_eq!(duration(605_000), "10 min 5 s");
        assert_eq!(duration(5_400_000), "1 h 30 min");
        assert_eq!(duration(86_400_000), "1 d");
        assert_eq!(duration(86_400_000 * 3 + 4 * 3_600_000), "3 d 4 h");
        assert_eq!(duration(-5_000), "-5 s");
        assert_eq!(duration(i64::MIN), "-106751991167 d 7 h");
    }

    #[test]
    fn ages_are_in_words() {
        assert_eq!(age(0), "just now");
        assert_eq!(age(40), "40 s ago");
        assert_eq!(age(5_400), "1 h 30 min ago");
    }
}
