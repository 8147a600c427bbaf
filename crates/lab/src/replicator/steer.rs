use serde_json::{Value, json};

use super::Rest;
use super::connect::Patience;
use crate::error::{LabError, Result};
use crate::process::Server;

/// Stops a connector and waits until its last task has ended: Connect answers, and says so, before that.
pub(crate) fn stop(rest: &Rest, connector: &str, server: &Server) -> Result<()> {
    rest.put(&format!("/connectors/{connector}/stop"), &Value::Null)?;
    let path = format!("/connectors/{connector}/status");
    Patience::new(server, None).retry(|| {
        let status = rest.get(&path)?;
        let ended = status["tasks"].as_array().is_some_and(Vec::is_empty);
        if ended && status["connector"]["state"] == "STOPPED" {
            return Ok(());
        }
        Err(LabError::Connect { what: format!("connector {connector}"), answer: status.to_string() })
    })
}

/// Lets a stopped connector go on.
pub(crate) fn resume(rest: &Rest, connector: &str) -> Result<()> {
    rest.put(&format!("/connectors/{connector}/resume"), &Value::Null).map(drop)
}

/// Tells a stopped source connector of MirrorMaker 2 what it has copied last of a partition; none: nothing.
pub(crate) fn set_copied(
    rest: &Rest,
    connector: &str,
    (cluster, topic, partition): (&str, &str, i32),
    last: Option<i64>,
    server: &Server,
) -> Result<()> {
    let of = json!({ "cluster": cluster, "topic": topic, "partition": partition });
    let offset = last.map(|last| json!({ "offset": last }));
    let body = json!({ "offsets": [{ "partition": of, "offset": offset }] });
    let path = format!("/connectors/{connector}/offsets");
    Patience::new(server, None).retry(|| rest.patch(&path, &body).map(drop))
}

/// Waits until a source connector of MirrorMaker 2 has noted that it copied a partition up to this offset.
pub(crate) fn await_noted(
    rest: &Rest,
    connector: &str,
    (topic, partition): (&str, i32),
    last: i64,
    server: &Server,
) -> Result<()> {
    let path = format!("/connectors/{connector}/offsets");
    Patience::new(server, None).retry(|| {
        let told = rest.get(&path)?;
        let all = told["offsets"].as_array().map(Vec::as_slice).unwrap_or_default();
        let noted = all.iter().find_map(|one| {
            let of = &one["partition"];
            let wanted = of["topic"] == topic && of["partition"] == partition;
            if wanted { one["offset"]["offset"].as_i64() } else { None }
        });
        if noted.is_some_and(|noted| noted >= last) {
            return Ok(());
        }
        let answer = format!("{topic}-{partition} is noted up to {noted:?} instead of {last}");
        Err(LabError::Connect { what: format!("connector {connector}"), answer })
    })
}
