//! Which broker keeps a group, or a transactional id.

use super::Cluster;
use crate::code::Code;
use crate::patience::Patience;
use crate::wire::{Connection, WireError};
use kafka_protocol::messages::FindCoordinatorRequest;
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;

const GROUP: i8 = 0;
/// The first version that takes several groups.
const BATCHED: i16 = 4;

impl Cluster {
    /// Coordinators of groups: one request for all, where the broker can.
    pub(super) fn coordinators(
        &self,
        groups: &[String],
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<i32, Code>>, WireError> {
        if groups.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.pool.any(patience, |connection| match connection.version_of::<FindCoordinatorRequest>() {
            Some(version) if version >= BATCHED => together(connection, groups, patience),
            _ => one_by_one(connection, groups, patience),
        })
    }
}

fn together(
    connection: &mut Connection,
    groups: &[String],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<i32, Code>>, WireError> {
    let keys = groups.iter().map(|group| StrBytes::from_string(group.clone())).collect();
    let answer = connection.call(patience, |_| {
        FindCoordinatorRequest::default().with_key_type(GROUP).with_coordinator_keys(keys)
    })?;
    Ok(answer
        .coordinators
        .into_iter()
        .map(|found| (found.key.to_string(), Code::check(found.error_code).map(|()| found.node_id.0)))
        .collect())
}

/// The coordinator of one name: a group's (0) or a transactional id's (1).
pub(super) fn one(
    connection: &mut Connection,
    kind: i8,
    name: &str,
    patience: &Patience,
) -> Result<Result<i32, Code>, WireError> {
    let name = StrBytes::from_string(name.to_owned());
    let answer = connection.call(patience, |version| {
        let request = FindCoordinatorRequest::default().with_key_type(kind);
        if version >= BATCHED { request.with_coordinator_keys(vec![name]) } else { request.with_key(name) }
    })?;
    Ok(match answer.coordinators.first() {
        Some(found) => Code::check(found.error_code).map(|()| found.node_id.0),
        None => Code::check(answer.error_code).map(|()| answer.node_id.0),
    })
}

fn one_by_one(
    connection: &mut Connection,
    groups: &[String],
    patience: &Patience,
) -> Result<BTreeMap<String, Result<i32, Code>>, WireError> {
    let mut all = BTreeMap::new();
    for group in groups {
        let answer = connection.call(patience, |_| {
            FindCoordinatorRequest::default()
                .with_key_type(GROUP)
                .with_key(StrBytes::from_string(group.clone()))
        })?;
        all.insert(group.clone(), Code::check(answer.error_code).map(|()| answer.node_id.0));
    }
    Ok(all)
}
