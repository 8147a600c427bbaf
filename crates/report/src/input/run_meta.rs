use std::collections::BTreeMap;

use jiff::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub struct RunMeta {
    pub id: String,
    /// What the run did: `check`, `run`, `rehearse`.
    pub command: String,
    pub started: Timestamp,
    /// `None`: the run has not come to an end that the journal knows of.
    pub ended: Option<Timestamp>,
    /// What measured: `cutover` and the libraries whose version changes answers.
    pub versions: BTreeMap<String, String>,
    /// Why the run stopped before everything was measured.
    pub interrupted: Option<String>,
    /// `None` where a report is made without a journal.
    pub journal: Option<JournalMeta>,
}

/// The chain the run is recorded in.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalMeta {
    pub records: u64,
    /// Hash (hex) of the last record: it stands for all before it.
    pub head: String,
}
