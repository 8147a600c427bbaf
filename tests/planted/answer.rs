use cutover_tests::Run;
use serde_json::Value;

/// A scorecard as printed.
#[derive(Debug)]
pub struct Answer {
    pub run: Run,
    pub scorecard: Value,
}

/// What one planted defect must do: the level of its check and of the check's dimension, and a finding by code and by
/// text that its subject, expectation or observation must contain. Without a code: no finding.
#[derive(Clone, Debug)]
pub struct Expected {
    pub check: &'static str,
    pub level: &'static str,
    pub code: &'static str,
    pub says: Vec<String>,
}

impl Expected {
    pub fn new(check: &'static str, level: &'static str, code: &'static str) -> Expected {
        Expected { check, level, code, says: Vec::new() }
    }

    /// Text that the finding must have, or the check's reason where no finding is expected.
    #[must_use]
    pub fn says(mut self, text: impl ToString) -> Expected {
        self.says.push(text.to_string());
        self
    }
}

impl Answer {
    pub fn of(run: Run) -> Answer {
        let scorecard = run.json();
        Answer { run, scorecard }
    }

    /// The dimension of a check and the check's cell.
    #[track_caller]
    pub fn cell(&self, check: &str) -> (&Value, &Value) {
        let units = self.scorecard["units"].as_array().unwrap();
        let dimensions = units.iter().flat_map(|unit| unit["dimensions"].as_array().unwrap());
        dimensions
            .flat_map(|dimension| {
                dimension["checks"].as_array().unwrap().iter().map(move |cell| (dimension, cell))
            })
            .find(|(_, cell)| cell["check"] == check)
            .unwrap_or_else(|| panic!("no cell {check} in {:#}", self.scorecard))
    }

    /// Holds the answer against what was expected: cell, dimension, exit code, finding.
    #[track_caller]
    pub fn has(&self, planted: &str, expected: &Expected) {
        let (dimension, cell) = self.cell(expected.check);
        assert_eq!(cell["verdict"], expected.level, "{planted}: verdict of {cell:#}");
        let cells = dimension["checks"].as_array().unwrap();
        let levels: Vec<&str> = cells.iter().map(|cell| cell["verdict"].as_str().unwrap()).collect();
        // A partial scorecard says of a dimension what its selected checks say, and never that it is accepted.
        let level = worst(&[worst(&levels), "yellow"]);
        assert_eq!(dimension["level"], level, "{planted}: level of {dimension:#}");
        let findings = cell["findings"].as_array().unwrap();
        if expected.code.is_empty() {
            let why = cell["why"].as_str().unwrap_or_default();
            let all = format!("{why} {}", cell["findings"]);
            for text in &expected.says {
                assert!(all.contains(text), "{planted}: `{text}` is not in {cell:#}");
            }
            return;
        }
        let found = findings.iter().any(|finding| {
            finding["code"] == expected.code
                && expected.says.iter().all(|text| {
                    ["subject", "expected", "actual"]
                        .iter()
                        .any(|field| finding[*field].as_str().is_some_and(|value| value.contains(text)))
                })
        });
        assert!(found, "{planted}: no {} with {:?} in {cell:#}", expected.code, expected.says);
    }

    /// Holds the answer of a run of this one check against what was expected, its exit code included.
    #[track_caller]
    pub fn is(&self, planted: &str, expected: &Expected) {
        self.has(planted, expected);
        assert_eq!(self.scorecard["partial"], true, "{planted}");
        let exit = match self.scorecard["overall"].as_str().unwrap() {
            "green" => 0,
            "yellow" => 4,
            "red" => 1,
            _ => 3,
        };
        assert_eq!(self.run.code, exit, "{planted}: {:#?}", self.run);
        let overall = self.scorecard["overall"].as_str().unwrap();
        assert_eq!(worst(&[overall, expected.level]), overall, "{planted}: overall");
    }
}

/// The worst of some levels.
pub fn worst<'a>(levels: &[&'a str]) -> &'a str {
    let order = ["green", "yellow", "unknown", "red"];
    levels
        .iter()
        .copied()
        .max_by_key(|level| order.iter().position(|known| known == level).unwrap_or(order.len()))
        .unwrap_or("green")
}
