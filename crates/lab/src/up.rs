//! Starting a lab.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::archive;
use crate::cluster::{self, Cluster, Formatted, Start, User};
use crate::error::{LabError, Result};
use crate::files;
use crate::flow::Flow;
use crate::jars::Jars;
use crate::lab::{Lab, Up, lock};
use crate::limits::PORT_ATTEMPTS;
use crate::ports;
use crate::process::{Guard, Server, Stamp, log_says};
use crate::random;
use crate::replicator::{self, CONNECT, Rest};
use crate::side::Side;
use crate::site;
use crate::spec::{LabSpec, Life, Replicator};
use crate::state::{self, State};
use crate::temporary::Temporary;
use crate::version::KafkaVersion;

pub(crate) fn up(spec: &LabSpec) -> Result<Up> {
    spec.check()?;
    check_flows(spec.replicator, &spec.flows)?;
    let Some(dir) = &spec.dir else {
        let temporary = Temporary::new()?;
        let dir = temporary.path().to_owned();
        let mut lab = start(spec, &dir)?;
        lab.temporary = Some(temporary);
        return Ok(Up::Started(lab));
    };
    let dir = std::path::absolute(dir).map_err(LabError::file("resolve", dir))?;
    if let Some(state) = State::read(&dir)?
        && state.any_runs()
    {
        return Lab::load(&dir).map(Up::Running);
    }
    state::check_dir(&dir)?;
    files::make_dir(&dir)?;
    let _lock = lock(&dir)?;
    // Whoever held the lock before us may have started it.
    if let Some(state) = State::read(&dir)?
        && state.any_runs()
    {
        return Lab::load(&dir).map(Up::Running);
    }
    state::clear(&dir)?;
    start(spec, &dir).map(Up::Started)
}

/// Starts everything in an empty directory. On an error every guard is dropped, which ends what was started.
fn start(spec: &LabSpec, dir: &Path) -> Result<Lab> {
    let users: Result<Vec<User>> = spec
        .users
        .iter()
        .map(|name| Ok(User { name: name.clone(), password: random::hex::<16>()? }))
        .collect();
    let users = users?;
    let jars = Jars::of(KafkaVersion::CURRENT)?;
    let other = spec.source_version != KafkaVersion::CURRENT;
    let source_jars = if other { Jars::of(spec.source_version)? } else { jars.clone() };
    let formatted = Formatted::run(&jars, &dir.join("format"), &users)?;
    let start_source = || {
        let mut own = None;
        if other && !spec.source_version.needs_zookeeper() {
            own = Some(Formatted::run(&source_jars, &dir.join("format-source"), &users)?);
        }
        cluster::start(&Start {
            lab: dir,
            side: Side::Source,
            version: spec.source_version,
            brokers: spec.brokers,
            options: &spec.source_options,
            jars: &source_jars,
            users: &users,
            formatted: if other { own.as_ref() } else { Some(&formatted) },
        })
    };
    let start_target = || {
        cluster::start(&Start {
            lab: dir,
            side: Side::Target,
            version: KafkaVersion::CURRENT,
            brokers: spec.brokers,
            options: &spec.target_options,
            jars: &jars,
            users: &users,
            formatted: Some(&formatted),
        })
    };
    let (source, target) = std::thread::scope(|scope| {
        let source = scope.spawn(start_source);
        let target = start_target();
        let source = source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (source, target)
    });
    let ((source, mut running), (target, more)) = (source?, target?);
    running.extend(more);
    for cluster in [&source, &target] {
        cluster::write_client_files(cluster, &users)?;
    }
    let both = [&source, &target];
    let mut connect = None;
    match spec.replicator {
        Replicator::None => {}
        Replicator::Dedicated => running.push(start_mirrormaker(spec, dir, both)?),
        Replicator::Connect => {
            let (url, server, guard) = start_connect(spec, dir, both)?;
            connect = Some(url);
            running.push((server, guard));
        }
    }
    site::write(&dir.join("site.yaml"), both, spec.replicator, &spec.flows, connect.as_deref())?;
    let state = State {
        format: state::FORMAT.into(),
        life: spec.life,
        owner: Stamp::own(),
        replicator: spec.replicator,
        replicator_options: spec.replicator_options.clone(),
        flows: spec.flows.clone(),
        clusters: vec![source, target],
        users,
        connect,
        servers: running.iter().map(|(server, _)| server.clone()).collect(),
    };
    // Written before the first server is let go: from here on `down` finds them all.
    state.write(dir)?;
    let mut lab = Lab::of(dir, state)?;
    let mut guards = BTreeMap::new();
    for (number, jars) in [&jars, &source_jars].into_iter().enumerate().take(1 + usize::from(other)) {
        let own = running.iter().map(|(server, _)| server).filter(|s| s.argv.contains(&jars.classpath()));
        if let Some(guard) = archive::record(jars, own)? {
            match spec.life {
                Life::Owned => drop(guards.insert(format!("class data archive {number}"), guard)),
                Life::Detached => guard.detach()?,
            }
        }
    }
    for (server, guard) in running {
        match spec.life {
            Life::Owned => drop(guards.insert(server.name, guard)),
            Life::Detached => guard.detach()?,
        }
    }
    lab.guards = Mutex::new(guards);
    Ok(lab)
}

pub(crate) fn check_flows(replicator: Replicator, flows: &[Flow]) -> Result<()> {
    if replicator == Replicator::Dedicated && flows.len() != 1 {
        return Err(LabError::Spec(
            "a dedicated MirrorMaker 2 takes exactly one flow; use connectors for several".into(),
        ));
    }
    for (i, flow) in flows.iter().enumerate() {
        let earlier = &flows[..i];
        if earlier.iter().any(|other| other.name == flow.name)
            || earlier.iter().any(|other| (&other.source, &other.target) == (&flow.source, &flow.target))
        {
            return Err(LabError::Spec(format!(
                "flow {} shares its name or its aliases with another: connectors and internal topics are named after them",
                flow.name
            )));
        }
    }
    Ok(())
}

pub(crate) fn write_mirrormaker(
    dir: &Path,
    clusters: [&Cluster; 2],
    flow: &Flow,
    options: &BTreeMap<String, String>,
) -> Result<Server> {
    let jars = Jars::of(KafkaVersion::CURRENT)?;
    replicator::mirrormaker(dir, flow, clusters, &jars, options)
}

fn start_mirrormaker(spec: &LabSpec, dir: &Path, clusters: [&Cluster; 2]) -> Result<(Server, Guard)> {
    let flow = &spec.flows[0];
    let mut server = write_mirrormaker(dir, clusters, flow, &spec.replicator_options)?;
    let mut guard = Guard::start(&mut server)?;
    replicator::await_copying(flow, clusters, &server, &mut guard)?;
    Ok((server, guard))
}

fn start_connect(spec: &LabSpec, dir: &Path, clusters: [&Cluster; 2]) -> Result<(String, Server, Guard)> {
    let jars = Jars::of(KafkaVersion::CURRENT)?;
    let mut attempt = 1;
    loop {
        let [port] = ports::free::<1>()?;
        let url = format!("http://127.0.0.1:{port}");
        let options = &spec.replicator_options;
        let mut server = replicator::worker(dir, CONNECT, clusters[1], port, &jars, options)?;
        let mut guard = Guard::start(&mut server)?;
        match run_flows(&Rest::new(&url), &spec.flows, clusters, &server, &mut guard) {
            Ok(()) => return Ok((url, server, guard)),
            Err(LabError::Ended { log, .. })
                if attempt < PORT_ATTEMPTS && log_says(&log, "Address already in use") =>
            {
                attempt += 1;
                files::remove(&log)?;
            }
            Err(error) => return Err(error),
        }
    }
}

fn run_flows(
    rest: &Rest,
    flows: &[Flow],
    clusters: [&Cluster; 2],
    server: &Server,
    guard: &mut Guard,
) -> Result<()> {
    for flow in flows {
        replicator::put_flow(rest, flow, clusters, server, Some(&mut *guard))?;
    }
    for flow in flows {
        replicator::await_flow(rest, flow, server, Some(&mut *guard))?;
    }
    Ok(())
}
