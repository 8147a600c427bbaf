use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment to the second, always in UTC: what is told is read in more than one time zone.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn to_the_second_in_utc() {
        assert_eq!(super::moment("2026-12-06T01:00:00.25+01:00".parse().unwrap()), "2026-12-06 00:00:00 UTC");
    }
}
