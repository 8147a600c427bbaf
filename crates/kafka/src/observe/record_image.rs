use parity::image::Canonical;
use parity::{Ignore, Image};
use runbook::world::RecordSeen;
use sha2::{Digest, Sha256};

use super::NotObserved;
use crate::setting::is_stamped;
use crate::{Code, Configs, ErrorKind};

/// What is not compared: timestamps where the target sets its own, and the headers the check leaves out.
///
/// # Errors
/// The target does not tell whether it sets timestamps: what is equal and what differs is not known then.
pub(super) fn ignored(
    side: &str,
    topic: &str,
    target: Option<&Result<Configs, Code>>,
    headers: &[String],
) -> Result<Ignore, NotObserved> {
    let timestamp = match target {
        // Where there is no topic there is nothing that could be stamped.
        Some(Err(code)) if code.kind() == ErrorKind::NoSuchTopic => false,
        told => is_stamped(side, topic, told).map_err(|why| {
            let kind = told.and_then(|told| told.as_ref().err()).map_or(ErrorKind::Other, |code| code.kind());
            NotObserved::kind(kind, why)
        })?,
    };
    Ok(Ignore { timestamp, headers: headers.iter().map(|name| name.clone().into_bytes()).collect() })
}

/// The bytes that are equal for equal records.
pub(super) fn canonical(image: &Image<'_>, ignore: &Ignore) -> Vec<u8> {
    let mut bytes = Vec::new();
    Canonical::write(image, ignore, &mut bytes);
    bytes
}

/// The record by place and digest.
pub(super) fn seen(image: &Image<'_>, ignore: &Ignore) -> RecordSeen {
    let digest = Sha256::digest(canonical(image, ignore));
    RecordSeen { offset: image.offset, sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect() }
}
