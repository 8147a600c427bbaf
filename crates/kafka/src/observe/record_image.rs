use parity::image::Canonical;
use parity::{Ignore, Image};
use runbook::world::RecordSeen;
use sha2::{Digest, Sha256};

use crate::{Code, Configs};

/// What is not compared: timestamps where the target sets its own, and the headers the check leaves out.
pub(super) fn ignored(target: Option<&Result<Configs, Code>>, headers: &[String]) -> Ignore {
    let stamps = target
        .and_then(|told| told.as_ref().ok()?.get("message.timestamp.type")?.value.as_deref())
        .is_some_and(|value| value == "LogAppendTime");
    Ignore { timestamp: stamps, headers: headers.iter().map(|name| name.clone().into_bytes()).collect() }
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
