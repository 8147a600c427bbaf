//! The journals that lie beside the evidence, and whether they tell what it says.

use std::path::{Path, PathBuf};

use journal::{JournalError, RunFolder, Runs};
use runbook::rehearsal::Rehearsed;
use runbook::world::JournalsSeen;
use serde_json::Value;

use super::evidence;
use super::told::Told;
use crate::commands::check::journal_error;
use crate::exit::Failure;

/// What the folder of journals beside `rehearsal.json` ends with: `rehearsal.runs`.
const RUNS: &str = "runs";

/// A value of the evidence is shown to this many characters.
const SHOWN: usize = 120;

/// The journal of a run beside the evidence.
fn journal_of(evidence: &Path, run: &str) -> PathBuf {
    evidence.with_extension(RUNS).join(format!("{run}.jsonl"))
}

/// Copies the journals of its runs beside the evidence: without them nobody believes it.
///
/// # Errors
/// A journal could not be copied.
pub fn carry(rehearsed: &Rehearsed, runs: &Runs, evidence: &Path) -> Result<(), Failure> {
    let folder = evidence.with_extension(RUNS);
    let not = |what: &Path, error| Failure::refused(format!("{} was not written: {error}", what.display()));
    let old = |error| Failure::refused(format!("{} was not cleared: {error}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(|error| not(&folder, error))?;
    // Those of an earlier rehearsal prove nothing any more, and would pile up.
    for entry in std::fs::read_dir(&folder).map_err(old)? {
        let path = entry.map_err(old)?.path();
        let is_run = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(journal::RunId::is_one);
        if is_run && path.extension().is_some_and(|end| end == "jsonl") {
            std::fs::remove_file(&path).map_err(old)?;
        }
    }
    for run in rehearsed.points.iter().filter_map(|point| point.run.as_ref()) {
        let from: RunFolder = runs.resolve(run).map_err(journal_error)?;
        let to = journal_of(evidence, run);
        std::fs::copy(from.path().join("journal.jsonl"), &to).map_err(|error| not(&to, error))?;
    }
    Ok(())
}

/// Writes the evidence once more from the journals beside it, and compares.
pub fn held_against(evidence: &Path, rehearsed: &Rehearsed) -> JournalsSeen {
    let runs: Vec<(&str, &str)> = rehearsed
        .points
        .iter()
        .filter_map(|point| Some((point.run.as_deref()?, point.head.as_deref().unwrap_or_default())))
        .collect();
    let mut told = Vec::new();
    for (place, (run, head)) in runs.iter().enumerate() {
        if !journal::RunId::is_one(run) {
            return JournalsSeen::Differ { why: format!("{run:?} is the name of no run") };
        }
        if runs[..place].iter().any(|(other, _)| other == run) {
            return JournalsSeen::Differ { why: format!("it names run {run} twice") };
        }
        match journal(evidence, run, head) {
            Ok(journal) => told.push(journal),
            Err(seen) => return seen,
        }
        // The first says which others there are, so that no more is read than that.
        let all = told[0].watched().map_or(0, |watched| watched.runs.len());
        if all != runs.len() {
            let why =
                format!("it names {} runs, and the journal of {} tells of {all}", runs.len(), runs[0].0);
            return JournalsSeen::Differ { why };
        }
    }
    let again = match evidence::assemble(&told) {
        Ok(again) => again,
        Err(why) => return JournalsSeen::Differ { why },
    };
    // Two that could not be written would look the same.
    let json =
        |one: &Rehearsed| serde_json::to_value(one).expect("evidence is plain data and always serialises");
    match first_difference("", &json(rehearsed), &json(&again)) {
        None => JournalsSeen::Fit,
        Some(why) => JournalsSeen::Differ { why },
    }
}

fn journal(evidence: &Path, run: &str, head: &str) -> Result<Told, JournalsSeen> {
    let path = journal_of(evidence, run);
    let told = Told::of_copy(&path, head).map_err(|error| match error {
        JournalError::Damaged(_) => JournalsSeen::Differ { why: error.to_string() },
        JournalError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            JournalsSeen::Unread {
                why: format!(
                    "the journal of run {run} is not beside it ({}): it is carried with it",
                    path.display()
                ),
            }
        }
        other => JournalsSeen::Unread { why: other.to_string() },
    })?;
    let differ = |why: String| Err(JournalsSeen::Differ { why });
    let Some(told) = told else {
        return differ(format!("the journal of run {run} has no record of the hash {head:?}"));
    };
    let found = told.state().header().run.as_str();
    if found != run {
        return differ(format!("{} is the journal of run {found}", path.display()));
    }
    Ok(told)
}

/// The first value that is another one, by its place in the document.
fn first_difference(at: &str, says: &Value, tell: &Value) -> Option<String> {
    match (says, tell) {
        (Value::Object(says), Value::Object(tell)) => {
            let missing = |key: &&String| !says.contains_key(*key);
            let all = says.keys().chain(tell.keys().filter(missing));
            all.into_iter().find_map(|key| {
                let of = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                first_difference(&format!("{at}/{key}"), &of(says), &of(tell))
            })
        }
        (Value::Array(says), Value::Array(tell)) => {
            let both = says.iter().zip(tell).enumerate();
            let first = both
                .into_iter()
                .find_map(|(place, (says, tell))| first_difference(&format!("{at}/{place}"), says, tell));
            let count =
                || format!("{at}: it has {} entries, the journals tell of {}", says.len(), tell.len());
            first.or_else(|| (says.len() != tell.len()).then(count))
        }
        _ if says == tell => None,
        _ => Some(format!("{at}: it says {}, the journals tell {}", shown(says), shown(tell))),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_place() {
        let differ = |says: Value, tell: Value| first_difference("", &says, &tell).unwrap_or_default();
        assert_eq!(differ(json!({ "a": [1, 2] }), json!({ "a": [1, 2] })), "");
        assert_eq!(
            differ(json!({ "a": [1, { "b": true }] }), json!({ "a": [1, { "b": false }] })),
            "/a/1/b: it says true, the journals tell false"
        );
        assert_eq!(
            differ(json!({ "a": [1] }), json!({ "a": [1, 2] })),
            "/a: it has 1 entries, the journals tell of 2"
        );
        assert_eq!(differ(json!({}), json!({ "b": "x" })), "/b: it says null, the journals tell \"x\"");
        assert!(differ(json!("é".repeat(500)), json!(1)).len() < 400);
    }
}
