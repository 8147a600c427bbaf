//! From a plan and the documents it was made of to what a run needs: checks ready to ask, secrets by name.

use std::collections::BTreeMap;
use std::path::Path;

use engine::{Checks, ReadyCheck};
use runbook::checks::assemble;
use runbook::load::{Document, Loaded};
use runbook::plan::Plan;
use services::{SecretReference, SecretSource, Secrets};

use crate::exit::Failure;
use crate::masking::scrubber;

/// Every built check of the plan, with the runbook's own rule where it has one.
///
/// # Errors
/// Parameters or a rule that a plan without errors cannot have: a mistake of ours, said by name.
pub fn checks(plan: &Plan) -> Result<Checks, Failure> {
    let built = plan.checks.iter().filter(|check| check.built);
    built
        .map(|planned| match assemble(planned) {
            Ok(assembled) => {
                let ready = ReadyCheck { check: assembled.check, rule: assembled.rule };
                Ok((planned.id.clone(), ready))
            }
            Err(why) => Err(Failure::usage(format!("check {}: {why}", planned.id))),
        })
        .collect()
}

/// The secrets of site and runbook, as references; nothing is read yet. The runbook's own win.
pub fn secrets(loaded: &Loaded, folder: &Path, deny_exec: bool) -> Secrets {
    let mut references = BTreeMap::new();
    let of_site = loaded.site.iter().filter_map(|site| site.secrets.get());
    let of_runbook = match &loaded.document {
        Some(Document::Runbook(runbook)) => runbook.secrets.get(),
        _ => None,
    };
    let written = of_site.chain(of_runbook);
    for (name, secret) in written.flat_map(|table| table.iter()) {
        let secret = &secret.value;
        let source = if let Some(name) = secret.env.get() {
            SecretSource::Env(name.as_str().to_owned())
        } else if let Some(path) = secret.file.get() {
            SecretSource::File(path.as_str().to_owned())
        } else if let Some(argv) = secret.exec.get() {
            SecretSource::Exec(argv.iter().map(|argument| argument.value.as_str().to_owned()).collect())
        } else {
            continue;
        };
        let unlock_at = secret.unlock_at.get().map(|gate| gate.as_str().to_owned());
        references.insert(name.value.as_str().to_owned(), SecretReference { source, unlock_at });
    }
    Secrets::new(folder, references, scrubber().clone()).deny_exec(deny_exec)
}
