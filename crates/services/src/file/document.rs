use std::collections::BTreeMap;
use std::path::Path;

use runbook::world::OutputSeen;

use super::observe::read_through;
use crate::{Scrubber, ServiceError, Until, facts, limits};

/// Answers `Probe::Document`: the facts of a file that holds one JSON object. What is not one gives no facts and says so
/// in `unreadable`. The path is looked up as [`observe_file`](super::observe_file) does.
///
/// Errors: as there.
pub fn read_document(
    folder: &Path,
    path: &str,
    scrubber: &Scrubber,
    until: Until<'_>,
) -> Result<OutputSeen, ServiceError> {
    let mut text = Vec::new();
    let (bytes, _) = read_through(folder, path, until, &mut |part| {
        let room = limits::STDOUT_KEPT.saturating_sub(text.len());
        text.extend_from_slice(&part[..part.len().min(room)]);
    })?;
    let (facts, unreadable) = if bytes > text.len() as u64 {
        (BTreeMap::new(), Some(format!("it is larger than {} KiB", limits::STDOUT_KEPT / 1024)))
    } else {
        match facts::read(&text) {
            Ok(facts) => (scrubber.facts(facts), None),
            Err(why) => (BTreeMap::new(), Some(scrubber.mask_foreign(&why).into_owned())),
        }
    };
    Ok(OutputSeen { status: 0, facts, unreadable, excerpt: String::new() })
}
