//! What a run's journal tells, read as anybody can read it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The events of one run so far.
#[derive(Clone, Debug)]
pub struct Told {
    pub events: Vec<Value>,
}

/// The newest run below a folder of runs; `None`: there is none yet.
pub fn newest(runs: &Path) -> Option<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(runs)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("journal.jsonl").is_file())
        .collect();
    all.sort();
    all.pop()
}

impl Told {
    /// Whole lines only: the last may be half written.
    pub fn of(run: &Path) -> Told {
        let text = std::fs::read_to_string(run.join("journal.jsonl")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let events = whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        Told { events: events.map(|record| record["event"].clone()).collect() }
    }

    /// What was written of this kind about a step.
    pub fn of_step(&self, word: &str, step: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["event"] == word && event["step"] == step).collect()
    }

    pub fn began(&self, step: &str) -> bool {
        !self.of_step("step-started", step).is_empty()
    }

    pub fn is_done(&self, step: &str) -> bool {
        self.of_step("step-ended", step).iter().any(|event| event["outcome"].to_string().contains("done"))
    }

    /// Whether the run has come to an end of its own; a held one has not.
    pub fn ended(&self) -> bool {
        self.events.iter().any(|event| event["event"] == "run-ended")
    }

    /// Whether the gate waits for a person.
    pub fn decides(&self, gate: &str) -> bool {
        self.of_step("gate-entered", gate).last().is_some_and(|event| event["phase"] == "deciding")
    }

    /// Everything a step said about why it waits or has ended, as one text.
    pub fn said(&self, step: &str) -> String {
        let words = ["step-waits", "step-ended", "held", "command-ended", "undo-ended", "step-undone"];
        let about =
            |event: &&Value| event["step"] == step && words.iter().any(|word| event["event"] == *word);
        self.events.iter().filter(about).map(|event| format!("{event}\n")).collect()
    }

    /// Milliseconds from the beginning of one step to the end of another.
    pub fn between(&self, from: &str, to: &str) -> Option<u64> {
        let at = |event: &Value| event["moment"]["mono_ms"].as_u64();
        let begun = at(self.of_step("step-started", from).first()?)?;
        let done = at(self.of_step("step-ended", to).last()?)?;
        Some(done.saturating_sub(begun))
    }

    /// How long each step took, in milliseconds, in the order of the journal.
    pub fn took(&self) -> Vec<(String, u64)> {
        let mut steps: Vec<String> = Vec::new();
        for event in self.events.iter().filter(|event| event["event"] == "step-started") {
            let step = event["step"].as_str().unwrap_or_default().to_owned();
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps.into_iter().filter_map(|step| self.between(&step, &step).map(|ms| (step, ms))).collect()
    }

    /// How often each command was applied with an effect, by step and place.
    pub fn applied(&self) -> BTreeMap<(String, u64), usize> {
        let mut applied = BTreeMap::new();
        for event in self.events.iter().filter(|event| event["event"] == "command-ended") {
            if event["receipt"]["receipt"] == "applied" {
                let step = event["step"].as_str().unwrap_or_default().to_owned();
                *applied.entry((step, event["index"].as_u64().unwrap_or_default())).or_default() += 1;
            }
        }
        applied
    }
}
