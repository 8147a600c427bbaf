use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Event, sha256};

/// What stands before the digest at the end of every line.
const BEFORE_HASH: &str = ",\"hash\":\"";

/// `prev` of the first record.
pub(crate) const NO_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of a journal.
///
/// On disk it is a JSON object `{"seq":…,"at":…,"prev":…,"event":…,"hash":…}`. `hash` is the SHA-256 of that line without
/// the `hash` member, byte for byte as written, so a chain is verified without this program:
/// `sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum` over one line. `prev` is the `hash` of the line before.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Record {
    /// Counts from 0.
    pub seq: u64,
    /// Wall clock of the writer.
    pub at: Timestamp,
    /// `hash` of the record before; zeros in the first.
    pub prev: String,
    pub event: Event,
    /// SHA-256 (hex) of this line without this member.
    pub hash: String,
}

#[derive(Serialize)]
struct Written<'a> {
    seq: u64,
    at: Timestamp,
    prev: &'a str,
    event: &'a Event,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    seq: u64,
    at: Timestamp,
    prev: String,
    event: Event,
}

/// Why a line is not a record.
#[derive(Debug, PartialEq)]
pub(crate) enum Unfit {
    Damaged(String),
    /// The hash fits, so it is what was written; this version does not know it.
    Newer(String),
}

/// The line of an event, with its end, and its hash.
pub(crate) fn encode(seq: u64, at: Timestamp, prev: &str, event: &Event) -> (String, String) {
    let body = serde_json::to_string(&Written { seq, at, prev, event })
        .expect("an event is plain data with string keys and always serialises");
    let hash = sha256::hex(body.as_bytes());
    let open = body.strip_suffix('}').expect("a JSON object ends with a brace");
    (format!("{open}{BEFORE_HASH}{hash}\"}}\n"), hash)
}

/// The record of a line without its end, which must be record `seq` and follow the record with hash `prev`.
pub(crate) fn decode(line: &[u8], seq: u64, prev: &str) -> Result<Record, Unfit> {
    let damaged = |what: &str| Unfit::Damaged(what.to_owned());
    let line = std::str::from_utf8(line).map_err(|_| damaged("is not UTF-8"))?;
    let form = || damaged("does not end with its hash");
    let (open, rest) = line.rsplit_once(BEFORE_HASH).ok_or_else(form)?;
    let hash = rest.strip_suffix("\"}").filter(|hash| sha256::is_digest(hash)).ok_or_else(form)?;
    let body = format!("{open}}}");
    if sha256::hex(body.as_bytes()) != hash {
        return Err(damaged("was changed after it was written: its hash does not fit"));
    }
    let body: Body =
        serde_json::from_str(&body).map_err(|error| Unfit::Newer(unknown(&body, seq, &error)))?;
    if body.seq != seq {
        return Err(Unfit::Damaged(format!("says it is record {}: records were removed or moved", body.seq)));
    }
    if body.prev != prev {
        return Err(damaged("does not follow the record before it: records were removed, moved or mixed"));
    }
    Ok(Record { seq, at: body.at, prev: body.prev, hash: hash.to_owned(), event: body.event })
}

/// Says what of a whole line this version does not know.
fn unknown(body: &str, seq: u64, error: &serde_json::Error) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(|value| value.as_str());
    match (text("/event/header/format"), text("/event/event")) {
        (Some(format), _) if format != crate::FORMAT => format!("it has the format `{format}`"),
        (_, Some(word)) => format!("record {seq} is an event `{word}` this version cannot read ({error})"),
        _ => format!("record {seq} has a form this version cannot read ({error})"),
    }
}
