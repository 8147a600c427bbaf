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
    let read = match read_text(folder, path, until)? {
        Some(text) => facts::read(&text),
        None => Err(TOO_LARGE.to_owned()),
    };
    let (facts, unreadable) = match read {
        Ok(facts) => (scrubber.facts(facts), None),
        Err(why) => (BTreeMap::new(), Some(scrubber.mask_foreign(&why).into_owned())),
    };
    Ok(OutputSeen { status: 0, facts, unreadable, excerpt: String::new() })
}

/// Said of a file of which only the beginning would fit.
pub(super) const TOO_LARGE: &str = "it is larger than 1024 KiB";

/// The whole text of a file; `None`: it is longer than may be kept.
pub(super) fn read_text(
    folder: &Path,
    path: &str,
    until: Until<'_>,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let mut text = Vec::new();
    let (bytes, _) = read_through(folder, path, until, &mut |part| {
        let room = limits::STDOUT_KEPT.saturating_sub(text.len());
        text.extend_from_slice(&part[..part.len().min(room)]);
    })?;
    Ok((bytes <= text.len() as u64).then_some(text))
}
