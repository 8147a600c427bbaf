use std::path::Path;

use runbook::rehearsal::{FORMAT, Rehearsed};
use runbook::world::{JournalsSeen, RehearsalSeen};
use serde_json::Value;

use super::document::{TOO_LARGE, read_text};
use crate::{Scrubber, ServiceError, Until, facts};

/// Answers `Probe::Rehearsal`: what `cutover rehearse` wrote, read whole. What is not that says so in `unreadable`. The
/// path is looked up as [`observe_file`](super::observe_file) does. `against` holds it, as it stands in the file, against
/// the journals of its runs.
///
/// Errors: as there.
pub fn read_rehearsal(
    folder: &Path,
    path: &str,
    scrubber: &Scrubber,
    until: Until<'_>,
    against: &dyn Fn(&Path, &Rehearsed) -> JournalsSeen,
) -> Result<RehearsalSeen, ServiceError> {
    let read = match read_text(folder, path, until)? {
        Some(text) => rehearsed(&text),
        None => Err(TOO_LARGE.to_owned()),
    };
    let masked = |why: &str| scrubber.mask_foreign(why).into_owned();
    let seen = read.and_then(|read| {
        let journals = match against(&folder.join(path), &read) {
            JournalsSeen::Fit => JournalsSeen::Fit,
            JournalsSeen::Unread { why } => JournalsSeen::Unread { why: masked(&why) },
            JournalsSeen::Differ { why } => JournalsSeen::Differ { why: masked(&why) },
        };
        let mut json = serde_json::to_value(&read).map_err(|error| facts::shown(&error))?;
        mask(&mut json, scrubber);
        let rehearsed =
            serde_json::from_value(json).map_err(|error| format!("it is no rehearsal: {error}"))?;
        Ok(RehearsalSeen { rehearsed: Some(Box::new(rehearsed)), unreadable: None, journals })
    });
    Ok(seen.unwrap_or_else(|why| RehearsalSeen {
        rehearsed: None,
        unreadable: Some(masked(&why)),
        journals: JournalsSeen::default(),
    }))
}

fn rehearsed(text: &[u8]) -> Result<Rehearsed, String> {
    // The format first: a later one may have another shape altogether.
    let format = facts::read(text)?.remove("format");
    if format.as_ref().and_then(Value::as_str) != Some(FORMAT) {
        return Err(format!("it is not of the format {FORMAT}"));
    }
    serde_json::from_slice(text).map_err(|error| format!("it is no rehearsal: {error}"))
}

/// Everybody can write a file: what looks like a credential in it goes into no evidence.
fn mask(json: &mut Value, scrubber: &Scrubber) {
    match json {
        Value::String(text) => *text = scrubber.mask_foreign(text).into_owned(),
        Value::Array(all) => all.iter_mut().for_each(|one| mask(one, scrubber)),
        Value::Object(members) => {
            let all = std::mem::take(members).into_iter();
            *members = all
                .map(|(name, mut value)| {
                    mask(&mut value, scrubber);
                    (scrubber.mask_foreign(&name).into_owned(), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
