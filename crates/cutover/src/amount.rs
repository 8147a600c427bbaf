//! Amounts on the command line: `256MiB`, `60s`, `read_committed`.

use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;

/// A size in bytes: `500`, `50MB`, `256MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

const SIZES: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Bytes, String> {
        let (digits, unit) = SIZES
            .iter()
            .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
            .unwrap_or((text, 1));
        let number: u64 = digits
            .trim()
            .parse()
            .map_err(|_| format!("\"{text}\" is not a size such as 500, 50MB or 256MiB"))?;
        number.checked_mul(unit).map(Bytes).ok_or_else(|| format!("\"{text}\" is too large"))
    }
}

/// A length of time: `500ms`, `60s`, `5m`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
        let number = units.iter().find_map(|(unit, ms)| {
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(*ms)
        });
        let ms =
            number.ok_or_else(|| format!("\"{text}\" is not a duration such as 500ms, 60s, 5m or 2h"))?;
        Ok(Span(Duration::from_millis(ms)))
    }
}

/// `--isolation`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum IsolationArg {
    #[default]
    #[value(name = "read_committed", alias = "read-committed")]
    ReadCommitted,
    #[value(name = "read_uncommitted", alias = "read-uncommitted")]
    ReadUncommitted,
}

impl From<IsolationArg> for kafka::Isolation {
    fn from(isolation: IsolationArg) -> kafka::Isolation {
        match isolation {
            IsolationArg::ReadCommitted => kafka::Isolation::ReadCommitted,
            IsolationArg::ReadUncommitted => kafka::Isolation::ReadUncommitted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans() {
        assert_eq!("256MiB".parse(), Ok(Bytes(256 << 20)));
        assert_eq!("50MB".parse(), Ok(Bytes(50_000_000)));
        assert_eq!("7".parse(), Ok(Bytes(7)));
        assert!("many".parse::<Bytes>().is_err() && "99999999999TB".parse::<Bytes>().is_err());
        assert_eq!("1500ms".parse(), Ok(Span(Duration::from_millis(1500))));
        assert_eq!("5m".parse(), Ok(Span(Duration::from_secs(300))));
        assert!("5".parse::<Span>().is_err() && "-5s".parse::<Span>().is_err());
    }
}
