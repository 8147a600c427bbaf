use std::path::PathBuf;
use std::time::Duration;

/// How large and how long.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Turns of each side of a comparison.
    pub rounds: usize,
    /// Records a side of the topic most rows read.
    pub records: u64,
    /// Records of the topic slow baselines read.
    pub few_records: u64,
    /// Keys of the compacted topic; it has twice as many records.
    pub keys: u64,
    /// Points translated.
    pub points: usize,
    /// Topics of the inventory, with ten partitions each; as many groups.
    pub topics: usize,
    pub xl: bool,
    /// Only these rows; empty: all.
    pub rows: Vec<String>,
    pub table: PathBuf,
    /// Longest time for one run; it is ended then, and the row says so.
    pub patience: Duration,
    /// The program under test.
    pub cutover: PathBuf,
}

impl Settings {
    /// # Panics
    /// On a value that is no number.
    pub fn from_environment() -> Settings {
        let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, default: u64| {
            text(name)
                .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
        };
        let (full, xl) = (text("FULL").is_some(), text("XL").is_some());
        let rows = text("ROWS").unwrap_or_default();
        let rows =
            rows.split(',').map(|row| row.trim().to_uppercase()).filter(|row| !row.is_empty()).collect();
        let beside = std::env::current_exe().unwrap();
        let beside = beside.ancestors().nth(2).unwrap().join("cutover");
        Settings {
            rounds: usize::try_from(number("ROUNDS", 5)).unwrap().max(1),
            records: number("RECORDS", if full { 10_000_000 } else { 3_000_000 }),
            few_records: number("FEW_RECORDS", if full { 2_000_000 } else { 500_000 }),
            keys: number("KEYS", if full { 10_000_000 } else { 1_000_000 }),
            points: usize::try_from(number("POINTS", 1_000)).unwrap(),
            topics: usize::try_from(number("TOPICS", if full { 1_000 } else { 300 })).unwrap(),
            xl,
            rows,
            table: text("BENCH_TABLE")
                .map_or_else(|| cutover_tests::repository().join("target/bench.md"), PathBuf::from),
            patience: Duration::from_secs(number("PATIENCE", if full || xl { 3_600 } else { 300 })),
            cutover: text("CUTOVER").map_or(beside, PathBuf::from),
        }
    }

    /// Whether a row is asked for.
    pub fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| wanted == row)
    }

    /// Whether any of these rows is asked for.
    pub fn wants_any(&self, rows: &[&str]) -> bool {
        rows.iter().any(|row| self.wants(row))
    }
}
