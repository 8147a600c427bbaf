//! Which broker keeps a group.

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
