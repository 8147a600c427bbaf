//! Starting a lab.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::archive;
use crate::cluster::{self, Formatted, Start, User};
use crate::error::{LabError, Result};
use crate::files;
use crate::jars::Jars;
use crate::java;
use crate::lab::{Lab, Up, lock};
use crate::process::Stamp;
use crate::random;
use crate::replicator::{Replication, check_flows};
use crate::side::Side;
use crate::site;
use crate::spec::{LabSpec, Life, Replicator};
use crate::state::{self, State};
use crate::temporary::Temporary;
use crate::version::KafkaVersion;

pub(crate) fn up(spec: &LabSpec) -> Result<Up> {
    spec.check()?;
    java::check()?;
    for replication in replications(spec) {
        check_flows(&replication.server, &spec.flows, &[])?;
    }
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
    let mut replications = replications(spec);
    for replication in &mut replications {
        running.push(replication.start(dir, both)?);
    }
    let url = replications.first().and_then(|replication| replication.url.as_deref());
    site::write(&dir.join("site.yaml"), both, spec.replicator, &spec.flows, url)?;
    let state = State {
        format: state::FORMAT.into(),
        life: spec.life,
        owner: Stamp::own(),
        replications,
        clusters: vec![source, target],
        users,
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

/// The replicator as specified, not yet started.
fn replications(spec: &LabSpec) -> Vec<Replication> {
    match spec.replicator {
        Replicator::None => Vec::new(),
        Replicator::Dedicated => vec![Replication::dedicated(&spec.flows, &spec.replicator_options)],
        Replicator::Connect => vec![Replication::connect(&spec.flows, &spec.replicator_options)],
    }
}
