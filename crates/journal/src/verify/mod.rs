use runbook::plan::FileDigest;
use runbook::verdict::scorecard::not_entitled;

use crate::evidence::{self, Evidence};
use crate::run_folder::{COPIES, RunFolder, copy_name};
use crate::{Damage, Event, JournalError, Phase, RunId, RunState, Torn, limits, sha256, signatures};

/// What a verified run is, offline: the chain, every piece of evidence, the copies of the runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    pub run: RunId,
    pub records: u64,
    /// Hash of the last record: compare it with what was printed or sent when the run ended. Without that witness,
    /// whole records missing at the end cannot be told from a run that was cut short.
    pub head: String,
    pub phase: Phase,
    /// Number of evidence files that fit.
    pub evidence: usize,
    /// Statements whose signature fits, the oldest first, with the number of their record.
    pub signatures: Vec<(u64, String)>,
    /// Of these, those that count for nothing here, with the reason: they were carried over from an earlier run, and the
    /// plan of this one does not declare that key, person or role.
    pub undeclared: Vec<(u64, String)>,
    /// Records after the last of them: those no signature stands for.
    pub unsigned: u64,
    /// Number of copied runbook files that fit the plan.
    pub copies: usize,
    /// Files of the plan whose copy is not there.
    pub uncopied: Vec<String>,
    /// Files in `evidence/` no record names: a crash came between the evidence and its record.
    pub unnamed: Vec<String>,
    /// An unfinished last line.
    pub torn: Option<Torn>,
}

impl Verified {
    /// Whether the run came to its end, nothing hangs over, and what it was made of is there. A run that was interrupted has
    /// no end: it may have been gone on with, and what came after be gone.
    pub fn is_whole(&self) -> bool {
        self.torn.is_none() && matches!(self.phase, Phase::Ended { .. }) && self.uncopied.is_empty()
    }
}

/// Reads everything a run rests on and names the first thing that does not fit.
pub fn verify(run: &RunFolder) -> Result<Verified, JournalError> {
    let mut named: Vec<(u64, Event)> = Vec::new();
    let mut signed: Vec<(u64, String)> = Vec::new();
    let reading = run.read_each(|record, state| {
        if let (Event::Signed { .. }, Some(one)) = (&record.event, state.signed().last()) {
            signed.push((record.seq, one.statement.title()));
        }
        if matches!(record.event, Event::Observed { .. }) {
            named.push((record.seq, record.event.clone()));
        }
    })?;
    for (seq, event) in &named {
        fits(run, *seq, event)?;
    }
    signatures::fit(run, &reading.state, &signed)?;
    let undeclared = undeclared(&reading.state, &signed);
    let known: Vec<String> = reading.state.evidence().map(evidence::file).collect();
    let (copies, uncopied) = copies(run, &reading.state)?;
    let mut unnamed = run.evidence.files()?;
    unnamed.retain(|name| !known.contains(name));
    Ok(Verified {
        run: reading.state.header().run.clone(),
        records: reading.records,
        head: reading.head,
        phase: reading.state.phase().clone(),
        evidence: known.len(),
        unsigned: signed.last().map_or(reading.records, |(seq, _)| reading.records - seq - 1),
        signatures: signed,
        undeclared,
        copies,
        uncopied,
        unnamed,
        torn: reading.torn,
    })
}

/// Statements whose key the plan does not declare for who says them: only those of earlier runs can be such.
fn undeclared(state: &RunState, records: &[(u64, String)]) -> Vec<(u64, String)> {
    let signed = state.signed().iter().zip(records);
    let why = signed.filter_map(|(signed, (record, _))| {
        let said = &signed.statement;
        Some((*record, not_entitled(&state.header().plan, &said.role, &said.by, &signed.key)?))
    });
    why.collect()
}

/// Whether the evidence a record names is there, unchanged, and says what the record says.
fn fits(run: &RunFolder, seq: u64, event: &Event) -> Result<(), JournalError> {
    let Event::Observed { probe, evidence, at, took_ms, partial, .. } = event else { return Ok(()) };
    let observation = run.evidence.get(evidence, Some(seq))?;
    let same = observation.probe == *probe
        && observation.at == *at
        && observation.took_ms == *took_ms
        && observation.partial == *partial;
    if same {
        return Ok(());
    }
    Err(JournalError::Damaged(Damage {
        path: run.path().join(Evidence::FOLDER).join(evidence::file(evidence)),
        record: Some(seq),
        byte: None,
        what: "the evidence is of another measurement than its record says".to_owned(),
    }))
}

/// Counts the copies of the plan's files and names those that are missing; one that differs from the plan's digest is
/// damage.
fn copies(run: &RunFolder, state: &RunState) -> Result<(usize, Vec<String>), JournalError> {
    let folder = run.folder.sub(COPIES)?;
    let (mut count, mut missing) = (0, Vec::new());
    for FileDigest { path, sha256 } in &state.header().plan.files {
        let name = copy_name(path, sha256);
        let Some(bytes) = folder.read(&name, limits::EVIDENCE)? else {
            missing.push(path.clone());
            continue;
        };
        if sha256::hex(&bytes) != *sha256 {
            return Err(JournalError::Damaged(Damage {
                path: folder.path().join(name),
                record: Some(0),
                byte: None,
                what: format!("the copy of {path} is not the file the plan was made of"),
            }));
        }
        count += 1;
    }
    Ok((count, missing))
}

#[cfg(test)]
mod tests;
