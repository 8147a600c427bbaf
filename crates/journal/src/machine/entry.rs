use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Thing;
use crate::Holder;

/// Who conducts what, as an entry says it. Of another user it is hostile text until it is made visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conductor {
    pub holder: Holder,
    pub person: String,
    pub run: String,
    /// The folder of the run.
    pub folder: PathBuf,
}

/// What stands in the file. A newer version may add to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub conductor: Conductor,
    /// Digests of the things.
    moves: BTreeSet<String>,
}

impl Entry {
    pub fn new(conductor: &Conductor, things: &[Thing]) -> Entry {
        Entry { conductor: conductor.clone(), moves: things.iter().map(Thing::digest).collect() }
    }

    pub fn moves(&self, thing: &Thing) -> bool {
        self.moves.contains(&thing.digest())
    }
}

const BEFORE: &str = "cutover-conductor-";
const AFTER: &str = ".lock";
/// Bytes of a random name: nobody can put a file there first.
const RANDOM: usize = 16;

/// A name for a new entry. No name is used twice, so one that was looked at can be removed by it.
pub(super) fn new_name() -> String {
    let mut bytes = [0_u8; RANDOM];
    // The call can only fall short on a kernel without entropy; that the file is new is looked at when it is made.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    let mut name = BEFORE.to_owned();
    for byte in bytes {
        let _ = write!(name, "{byte:02x}");
    }
    name + AFTER
}

/// Whether a file of this name is an entry.
pub(super) fn is_entry(name: &str) -> bool {
    let middle = name.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
    middle.is_some_and(|hex| hex.len() == 2 * RANDOM && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
