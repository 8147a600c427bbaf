use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::text::{Written, schema};
use crate::syntax::decode::UNIT;
use crate::syntax::{Code, Refusal, quoted, shortened};

/// A duration in milliseconds, written `45s`, `6m`, `1h30m`, `30d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(pub u64);

/// A number of bytes, written `64KiB`, `50MB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(pub u64);

/// Bytes per second, written `50MB/s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rate(pub u64);

/// Longer than any migration, and far from overflow: 100 years.
const MAX_DURATION_MS: u64 = 100 * 366 * 86_400_000;

impl Written for Duration {
    const WHAT: &'static str = "a duration such as 45s, 6m or 30d";
    const SCHEMA: &'static str = "Duration";
    const PATTERN: Option<&'static str> = Some("^(\\{\\{|([0-9]+(ms|s|m|h|d))+$)");

    fn parse(text: &str) -> Result<Duration, Refusal> {
        let wrong = || {
            Refusal::new(Code::BadValue, format!("{} is not a duration", quoted(text)))
                .help("write it as 45s, 6m, 1h30m or 30d")
        };
        let mut rest = text.trim();
        if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(no_unit(rest, "s"));
        }
        let mut total = 0_u64;
        let mut last = u64::MAX;
        while !rest.is_empty() {
            let digits = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
            let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let letters = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
            let unit = match &rest[..letters] {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(wrong()),
            };
            if unit >= last {
                return Err(wrong());
            }
            last = unit;
            rest = &rest[letters..];
            total = number.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        }
        if last == u64::MAX {
            return Err(wrong());
        }
        if total > MAX_DURATION_MS {
            return Err(Refusal::new(Code::BadValue, format!("{} is longer than 100 years", quoted(text)))
                .help("write a shorter one"));
        }
        Ok(Duration(total))
    }
}

impl Written for Size {
    const WHAT: &'static str = "a size such as 64KiB or 50MB";
    const SCHEMA: &'static str = "Size";
    const PATTERN: Option<&'static str> = Some("^(\\{\\{|[0-9]+(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$)");

    fn parse(text: &str) -> Result<Size, Refusal> {
        let wrong = || {
            Refusal::new(Code::BadValue, format!("{} is not a size", quoted(text)))
                .help("write it as 512B, 64KiB, 50MB or 1GiB")
        };
        let text = text.trim();
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        if digits == text.len() && digits > 0 {
            return Err(no_unit(text, "MB"));
        }
        let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
        let unit: u64 = match text[digits..].trim() {
            "B" => 1,
            "KB" | "kB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return Err(wrong()),
        };
        let total = number.checked_mul(unit).filter(|total| *total <= i64::MAX as u64).ok_or_else(wrong)?;
        Ok(Size(total))
    }
}

impl Written for Rate {
    const WHAT: &'static str = "a rate such as 50MB/s";
    const SCHEMA: &'static str = "Rate";
    const PATTERN: Option<&'static str> = Some("^(\\{\\{|[0-9]+(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)/s$)");

    fn parse(text: &str) -> Result<Rate, Refusal> {
        let wrong = || {
            Refusal::new(Code::BadValue, format!("{} is not a rate", quoted(text))).help("write it as 50MB/s")
        };
        match text.trim().strip_suffix("/s") {
            Some(size) => Size::parse(size).map(|size| Rate(size.0)).map_err(|_| wrong()),
            None if Size::parse(text).is_ok() => {
                Err(Refusal::new(Code::NoUnit, format!("{} is a size, not a rate", quoted(text)))
                    .help(format!("per second: {}/s", shortened(text))))
            }
            None => Err(wrong()),
        }
    }
}

fn no_unit(text: &str, unit: &str) -> Refusal {
    Refusal::new(Code::NoUnit, format!("{} has no unit", quoted(text)))
        .help(format!("for example {}{unit}", shortened(text)))
}

macro_rules! amounts {
    ($($type:ident $unit:literal),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Amount;

                impl<'de> Visitor<'de> for Amount {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(<$type as Written>::WHAT)
                    }

                    /// A computed number of base units.
                    fn visit_i64<E: serde::de::Error>(self, units: i64) -> Result<$type, E> {
                        u64::try_from(units).map($type).map_err(|_| {
                            E::custom(Refusal::new(Code::BadValue, format!("the template gives {units}, which is below zero")))
                        })
                    }

                    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<$type, D::Error> {
                        struct Number;

                        impl Visitor<'_> for Number {
                            type Value = $type;

                            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                                f.write_str(<$type as Written>::WHAT)
                            }

                            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                                <$type as Written>::parse(text).map_err(E::custom)
                            }

                            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$type, E> {
                                Err(E::custom(no_unit(&number.to_string(), $unit)))
                            }
                        }

                        deserializer.deserialize_str(Number)
                    }
                }

                deserializer.deserialize_newtype_struct(UNIT, Amount)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                <$type as Written>::SCHEMA.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema::<$type>()
            }
        }
    )*};
}

amounts!(Duration "s", Size "MB", Rate "MB/s");

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.pad("0s");
        }
        let mut text = String::new();
        for (name, unit) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
            if rest >= unit {
                text.push_str(&format!("{}{name}", rest / unit));
                rest %= unit;
            }
        }
        f.pad(&text)
    }
}

/// A moment; the offset from UTC is mandatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub jiff::Timestamp);

impl Written for Moment {
    const WHAT: &'static str = "a timestamp with offset such as 2026-12-06T01:00:00+01:00";
    const SCHEMA: &'static str = "Timestamp";
    const PATTERN: Option<&'static str> = Some(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    );

    fn parse(text: &str) -> Result<Moment, Refusal> {
        // RFC 3339 asks for seconds and an offset; the parser alone would take more.
        let tail = text.get(10..).unwrap_or("");
        let offset =
            tail.ends_with(['Z', 'z']) || tail.len() > 6 && tail[tail.len() - 6..].starts_with(['+', '-']);
        match text.parse::<jiff::Timestamp>() {
            Ok(moment) if offset && text.is_ascii() && !text.contains('[') => Ok(Moment(moment)),
            _ if text.parse::<jiff::civil::DateTime>().is_ok() && !offset && !text.contains('[') => {
                Err(Refusal::new(Code::NoOffset, format!("the timestamp {} has no offset", quoted(text)))
                    .help(format!("say which clock it is: {0}Z or {0}+01:00", shortened(text))))
            }
            _ => Err(Refusal::new(Code::BadValue, format!("{} is not a timestamp", quoted(text)))
                .help("write it as 2026-12-06T01:00:00+01:00")),
        }
    }
}

super::text::written!(Moment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in [
            ("45s", 45_000),
            ("6m", 360_000),
            ("30d", 2_592_000_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("0s", 0),
        ] {
            assert_eq!(Duration::parse(text).map(|d| d.0), Ok(ms), "{text}");
            assert_eq!(Duration::parse(&Duration(ms).to_string()).map(|d| d.0), Ok(ms), "{text}");
        }
        assert_eq!(Duration::parse("45").unwrap_err().code, Code::NoUnit);
        for text in [
            "",
            "s",
            "1.5h",
            "-1s",
            "5 minutes",
            "1m1h",
            "1s1s",
            "99999999999999999999d",
            "200000d",
            "٣s",
            "1µs",
        ] {
            assert_eq!(Duration::parse(text).unwrap_err().code, Code::BadValue, "{text}");
        }
    }

    #[test]
    fn sizes_and_rates() {
        for (text, bytes) in [("50MB", 50_000_000), ("64KiB", 65_536), ("1GiB", 1 << 30), ("0B", 0)] {
            assert_eq!(Size::parse(text).map(|s| s.0), Ok(bytes), "{text}");
        }
        assert_eq!(Size::parse("50").unwrap_err().code, Code::NoUnit);
        assert_eq!(Rate::parse("50MB/s").map(|r| r.0), Ok(50_000_000));
        assert_eq!(Rate::parse("50MB").unwrap_err().code, Code::NoUnit);
        for text in ["", "MB", "5mb", "99999999TB", "1.5MB"] {
            assert_eq!(Size::parse(text).unwrap_err().code, Code::BadValue, "{text}");
        }
    }

    #[test]
    fn timestamps_need_an_offset() {
        for text in ["2026-12-06T01:00:00+01:00", "2026-12-06T00:00:00Z", "2026-12-06T00:00:00.5-05:30"] {
            assert!(Moment::parse(text).is_ok(), "{text}");
        }
        for text in ["2026-12-06T01:00:00", "2026-12-06"] {
            assert_eq!(Moment::parse(text).unwrap_err().code, Code::NoOffset, "{text}");
        }
        for text in [
            "tomorrow",
            "2026-13-06T01:00:00Z",
            "",
            "2026-12-06T25:00:00Z",
            "2026-12-06T01:00:00+01:00[Europe/Berlin]",
        ] {
            assert_eq!(Moment::parse(text).unwrap_err().code, Code::BadValue, "{text}");
        }
    }
}
