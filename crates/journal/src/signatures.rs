//! `signatures/`: what people signed, as files that `ssh-keygen -Y verify` reads. The journal holds the same, and counts.

use crate::folder::Folder;
use crate::run_folder::{RunFolder, SIGNATURES};
use crate::{Damage, JournalError, NAMESPACE, RunState, Signed, limits};

/// Who may sign with which key, in OpenSSH's form.
const SIGNERS: &str = "allowed_signers";

fn document(signed: &Signed) -> String {
    format!("{}.json", signed.sha256)
}

/// The name `ssh-keygen -Y sign` would give it.
fn signature(signed: &Signed) -> String {
    format!("{}.json.sig", signed.sha256)
}

/// The declared keys of the plan's people, one line each.
fn signers(state: &RunState) -> String {
    let people = state.header().plan.people.iter();
    let keys = people.filter_map(|(name, person)| Some((name, person.public_key.as_ref()?)));
    keys.map(|(name, key)| format!("{name} namespaces=\"{NAMESPACE}\" {key}\n")).collect()
}

fn folder(run: &RunFolder) -> Result<Option<Folder>, JournalError> {
    run.folder.has(SIGNATURES).then(|| run.folder.sub(SIGNATURES)).transpose()
}

/// Writes what is not there yet. A run of an older version has no such folder.
pub(crate) fn write(run: &RunFolder, state: &RunState) -> Result<(), JournalError> {
    if state.signed().is_empty() {
        return Ok(());
    }
    let folder = match folder(run)? {
        Some(folder) => folder,
        None => run.folder.make(SIGNATURES)?,
    };
    let files = state.signed().iter().flat_map(|signed| {
        [(document(signed), signed.document.clone()), (signature(signed), signed.signature.clone())]
    });
    for (name, text) in files.chain([(SIGNERS.to_owned(), signers(state))]) {
        if !folder.has(&name) {
            folder.write(&name, text.as_bytes())?;
        }
    }
    Ok(())
}

/// Whether the copies are those of the journal: none is missing, none is another, none is of a record that is gone.
/// `records`: the record of each statement.
pub(crate) fn fit(run: &RunFolder, state: &RunState, records: &[(u64, String)]) -> Result<(), JournalError> {
    let folder = folder(run)?;
    let damaged = |name: &str, record: Option<u64>, what: &str| {
        let path = run.path().join(SIGNATURES).join(name);
        Err(JournalError::Damaged(Damage { path, record, byte: None, what: what.to_owned() }))
    };
    let mut known = Vec::new();
    for (signed, (record, _)) in state.signed().iter().zip(records) {
        for (name, text) in [(document(signed), &signed.document), (signature(signed), &signed.signature)] {
            match folder.as_ref().map(|folder| folder.read(&name, limits::SIGNATURE)).transpose()?.flatten() {
                None => return damaged(&name, Some(*record), "the copy of what was signed is not there"),
                Some(bytes) if bytes != text.as_bytes() => {
                    return damaged(&name, Some(*record), "the copy is not what was signed");
                }
                Some(_) => known.push(name),
            }
        }
    }
    let Some(folder) = folder else { return Ok(()) };
    for name in folder.names()?.into_iter().filter(|name| !name.starts_with('.')) {
        if name == SIGNERS {
            let bytes = folder.read(&name, limits::SIGNATURE)?.unwrap_or_default();
            if bytes != signers(state).as_bytes() {
                return damaged(&name, Some(0), "it does not name the keys the plan declares");
            }
        } else if !known.contains(&name) {
            return damaged(&name, None, "no record of the journal has this signature: records are missing");
        }
    }
    Ok(())
}

/// Why a statement was not signed over this journal, whose records so far have these hashes.
pub(crate) fn other_journal(signed: &Signed, state: &RunState, hashes: &[String]) -> Option<String> {
    let said = &signed.statement;
    if said.run != state.header().run {
        return None;
    }
    let seen = said.journal.records.checked_sub(1).and_then(|last| hashes.get(usize::try_from(last).ok()?));
    (seen != Some(&said.journal.head)).then(|| {
        format!(
            "was signed over a journal with another record {}: records were changed after {} signed",
            said.journal.records.saturating_sub(1),
            said.by
        )
    })
}
