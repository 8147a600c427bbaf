use std::str::FromStr;

use kafka::compare::Sample;

/// `--sample`: `random:PROBES[:SEED]` or `boundary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleArg(pub Sample);

/// The seed of a sample that names none: the same places each time, so that a finding can be looked at again.
const SEED: u64 = 1;
/// Records at either end of a partition.
const BOUNDARY: usize = 500;
/// More cost more than reading everything.
const MOST: u64 = 1_000_000;

impl FromStr for SampleArg {
    type Err = String;

    fn from_str(text: &str) -> Result<SampleArg, String> {
        let wrong = || format!("\"{text}\" is not random:N, random:N:SEED or boundary");
        let mut words = text.split(':');
        let sample = match (words.next(), words.next(), words.next(), words.next()) {
            (Some("boundary"), None, None, None) => Sample::Boundary { records: BOUNDARY },
            (Some("random"), Some(probes), seed, None) => {
                let probes: u64 = probes.parse().map_err(|_| wrong())?;
                if probes == 0 || probes > MOST {
                    return Err(format!("a sample has 1 to {MOST} probes"));
                }
                let seed = seed.map_or(Ok(SEED), |seed| seed.parse().map_err(|_| wrong()))?;
                Sample::Random { probes, seed }
            }
            _ => return Err(wrong()),
        };
        Ok(SampleArg(sample))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples() {
        let random = |probes, seed| Ok(SampleArg(Sample::Random { probes, seed }));
        assert_eq!("random:1000".parse(), random(1000, SEED));
        assert_eq!("random:5:77".parse(), random(5, 77));
        assert_eq!("boundary".parse(), Ok(SampleArg(Sample::Boundary { records: BOUNDARY })));
        for wrong in ["random", "random:", "random:0", "random:5:x", "boundary:3", "all", "random:5:1:1", ""]
        {
            assert!(wrong.parse::<SampleArg>().is_err(), "{wrong}");
        }
    }
}
