//! The scripts that commands of a plan name: what a rehearsal showed, it showed with these.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::Plan;
use crate::syntax::{Files, join};

/// A script is read whole to be digested; programs that are larger are compared by nobody.
const MOST: u64 = 64 << 20;

/// Programs that run the script which is their first argument.
const INTERPRETERS: [&str; 8] = ["bash", "node", "perl", "pwsh", "python", "python3", "ruby", "sh"];

/// Stands where a digest would, of a script that cannot be read.
pub(crate) const UNREAD: &str = "unread";

impl Plan {
    /// Adds the digest of each script beside the runbook to the parts a rehearsal is held against, under `script PATH`.
    /// They are no part of the plan digest: what people accept is the plan, and scripts differ between machines.
    pub fn digest_scripts(&mut self, runbook: &str, files: &dyn Files) {
        let named = self.scripts();
        let Some(rehearsal) = &mut self.rehearsal else { return };
        for script in named {
            let bytes = files.read(&join(runbook, &script), MOST);
            let digest =
                bytes.map_or_else(|_| UNREAD.to_owned(), |bytes| crate::load::hex(&Sha256::digest(bytes)));
            rehearsal.parts.insert(format!("script {script}"), digest);
        }
    }

    /// The scripts that commands name by a path beside the runbook.
    fn scripts(&self) -> BTreeSet<String> {
        fn json<T: serde::Serialize>(value: &T) -> Json {
            serde_json::to_value(value).unwrap_or(Json::Null)
        }
        let mut found = BTreeSet::new();
        let parts =
            [json(&self.units), json(&self.checks), json(&self.steps), json(&self.backs), json(&self.apps)];
        parts.iter().for_each(|part| collect(part, &mut found));
        found
    }
}

fn collect(json: &Json, found: &mut BTreeSet<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Json::Object(entries) => {
            // `exec` is what commands of positions outside Kafka are written under.
            found.extend(["argv", "exec"].into_iter().filter_map(|key| script(entries.get(key)?)));
            entries.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// The script of a command: the program itself where it is a path, or what an interpreter is given. What is filled in
/// later, and what lies elsewhere on the machine, is not beside the runbook.
fn script(argv: &Json) -> Option<String> {
    let word = |index: usize| argv.get(index)?.as_str();
    let program = word(0)?;
    let script = if INTERPRETERS.contains(&program) { word(1)? } else { program };
    let is_interpreted = script != program;
    let is_beside = (script.contains('/') || is_interpreted) && !script.starts_with(['/', '-']);
    (is_beside && !script.contains("{{")).then(|| join("", script))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_are_programs_with_a_path_and_what_interpreters_run() {
        for (argv, expected) in [
            (json!(["./ops/app.sh", "stop"]), Some("ops/app.sh")),
            (json!(["ops/app.sh"]), Some("ops/app.sh")),
            (json!(["../shared/app.sh"]), Some("../shared/app.sh")),
            (json!(["bash", "app.sh", "stop"]), Some("app.sh")),
            (json!(["python3", "-c", "print()"]), None),
            (json!(["kubectl", "get", "a/b"]), None),
            (json!(["/usr/local/bin/app"]), None),
            (json!(["./{{ app }}.sh"]), None),
            (json!([]), None),
        ] {
            assert_eq!(script(&argv).as_deref(), expected, "{argv}");
        }
        let mut found = BTreeSet::new();
        let parts = json!([{ "with": { "undo": { "argv": ["./b.sh"] }, "argv": ["./a.sh"] } }, { "exec": ["./c.sh"] }]);
        collect(&parts, &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a.sh", "b.sh", "c.sh"]);
    }
}
