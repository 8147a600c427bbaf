use std::collections::BTreeMap;

use runbook::world::TaskSeen;
use serde::Deserialize;
use serde_json::Value;

use super::settings;
use crate::{Scrubber, limits};

/// A connector, at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    pub name: String,
    /// Its settings; secrets are masked.
    pub config: BTreeMap<String, String>,
    /// The connector itself (`task: None`), then its tasks by number.
    pub states: Vec<TaskSeen>,
}

/// `GET /connectors?expand=info&expand=status`, by name.
pub type Expanded = BTreeMap<String, Expansion>;

#[derive(Deserialize)]
pub struct Expansion {
    info: Info,
    status: Status,
}

#[derive(Deserialize)]
struct Info {
    config: BTreeMap<String, Value>,
}

/// `GET /connectors/{name}/status`, or a part of the above.
#[derive(Deserialize)]
pub struct Status {
    pub connector: State,
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
pub struct State {
    pub state: String,
    worker_id: Option<String>,
    trace: Option<String>,
}

#[derive(Deserialize)]
struct Task {
    id: i32,
    state: String,
    worker_id: Option<String>,
    trace: Option<String>,
}

pub fn all(expanded: Expanded, scrubber: &Scrubber) -> Vec<Connector> {
    // All settings first: a stack trace of one connector may quote the password of another.
    let configs: Vec<_> =
        expanded.values().map(|expansion| settings::masked(&expansion.info.config, scrubber)).collect();
    let connectors = expanded.into_iter().zip(configs);
    connectors.map(|((name, expansion), config)| one(name, config, expansion.status, scrubber)).collect()
}

fn one(name: String, config: BTreeMap<String, String>, status: Status, scrubber: &Scrubber) -> Connector {
    let seen = |task: Option<i32>, state: String, worker: Option<String>, trace: Option<String>| TaskSeen {
        connector: name.clone(),
        task,
        state: line(&state, scrubber),
        worker: worker.map_or(String::new(), |worker| line(&worker, scrubber)),
        trace: trace.map(|trace| line(&trace, scrubber)),
    };
    let State { state, worker_id, trace } = status.connector;
    let mut states = vec![seen(None, state, worker_id, trace)];
    let mut tasks = status.tasks;
    tasks.sort_by_key(|task| task.id);
    states.extend(tasks.into_iter().map(|task| seen(Some(task.id), task.state, task.worker_id, task.trace)));
    Connector { name, config, states }
}

/// The first line, masked and short.
pub fn line(text: &str, scrubber: &Scrubber) -> String {
    let excerpt = scrubber.excerpt(text.as_bytes(), false);
    excerpt.lines().next().unwrap_or_default().chars().take(limits::LINE).collect()
}

impl Connector {
    /// A setting, as configured; `None` if it is left to its default.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(String::as_str)
    }
}
