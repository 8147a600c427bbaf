use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::Signal;

use crate::cluster::{Cluster, User};
use crate::error::{LabError, Result};
use crate::limits::STOP_GRACE;
use crate::process::{Guard, Server, Stamp, end};
use crate::spec::{LabSpec, Life};
use crate::state::{self, State};
use crate::status::{Description, Status};
use crate::up;

/// Two clusters and what copies between them, running on this machine.
///
/// Dropping an owned lab ends it and removes its directory if that was a temporary one; a detached one goes on.
#[derive(Debug)]
pub struct Lab {
    pub(crate) dir: PathBuf,
    pub(crate) clusters: [Cluster; 2],
    pub(crate) state: Mutex<State>,
    /// The leashes of the servers that this process started and that end with it.
    pub(crate) guards: Mutex<BTreeMap<String, Guard>>,
    pub(crate) temporary: Option<crate::temporary::Temporary>,
}

/// What [`Lab::up`] found or did.
#[derive(Debug)]
pub enum Up {
    /// The lab was started.
    Started(Lab),
    /// It was running already and was left as it is.
    Running(Lab),
}

impl Up {
    /// The lab, however it came.
    pub fn into_lab(self) -> Lab {
        match self {
            Up::Started(lab) | Up::Running(lab) => lab,
        }
    }
}

impl Lab {
    /// Starts a lab and waits until all of it is ready. A lab that runs in this directory already is left as it
    /// is; what a lab that has ended left behind is removed first.
    ///
    /// # Errors
    /// Whatever keeps it from starting; nothing is left running then.
    pub fn up(spec: &LabSpec) -> Result<Up> {
        up::up(spec)
    }

    /// What of the lab in a directory runs, whole or not.
    ///
    /// # Errors
    /// [`LabError::NoLab`] if there is none.
    pub fn status_in(dir: &Path) -> Result<Status> {
        let state = State::read(dir)?.ok_or_else(|| LabError::NoLab(dir.to_owned()))?;
        Ok(Status::of(dir, &state))
    }

    /// The running lab in a directory.
    ///
    /// # Errors
    /// [`LabError::NoLab`] if there is none or it has ended, [`LabError::Partly`] if only a part of its brokers
    /// runs. A stopped replicator is no error: it may have been stopped on purpose.
    pub fn load(dir: &Path) -> Result<Lab> {
        let lab = Lab::load_partly(dir)?;
        let missing: Vec<String> = lab
            .state()
            .servers
            .iter()
            .filter(|server| server.is_of_a_cluster() && !server.runs())
            .map(|server| server.name.clone())
            .collect();
        if missing.is_empty() { Ok(lab) } else { Err(LabError::Partly { dir: dir.to_owned(), missing }) }
    }

    /// The same, for what goes on though some of its servers are down: applications do.
    ///
    /// # Errors
    /// [`LabError::NoLab`] if there is none or nothing of it runs.
    pub fn load_partly(dir: &Path) -> Result<Lab> {
        let state = State::read(dir)?.ok_or_else(|| LabError::NoLab(dir.to_owned()))?;
        if !state.any_runs() {
            return Err(LabError::NoLab(dir.to_owned()));
        }
        Lab::of(dir, state)
    }

    pub(crate) fn of(dir: &Path, state: State) -> Result<Lab> {
        let clusters: [Cluster; 2] = state.clusters.clone().try_into().map_err(|_| {
            LabError::Spec(format!("{} does not name two clusters", State::path(dir).display()))
        })?;
        Ok(Lab {
            dir: dir.to_owned(),
            clusters,
            state: Mutex::new(state),
            guards: Mutex::new(BTreeMap::new()),
            temporary: None,
        })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The Site document that describes it.
    pub fn site(&self) -> PathBuf {
        self.dir.join("site.yaml")
    }

    /// The cluster applications come from.
    pub fn source(&self) -> &Cluster {
        &self.clusters[0]
    }

    /// The cluster they go to.
    pub fn target(&self) -> &Cluster {
        &self.clusters[1]
    }

    /// One of the two.
    pub fn cluster(&self, side: crate::Side) -> &Cluster {
        match side {
            crate::Side::Source => self.source(),
            crate::Side::Target => self.target(),
        }
    }

    /// The users that exist on both clusters.
    pub fn users(&self) -> Vec<User> {
        self.state().users.clone()
    }

    /// Where it is and how to reach it.
    pub fn describe(&self) -> Description {
        self.status().lab
    }

    /// What of it runs at this moment.
    pub fn status(&self) -> Status {
        Status::of(&self.dir, &self.state())
    }

    /// Ends all its servers and removes its files.
    ///
    /// # Errors
    /// If a process withstands being killed, or a file cannot be removed.
    pub fn down(self) -> Result<()> {
        // Their files go with them, so nothing is gained by waiting for brokers to hand over and flush.
        self.end_all(Signal::KILL)?;
        if self.temporary.is_none() {
            state::clear(&self.dir)?;
            let _ = std::fs::remove_file(self.dir.join(".lock"));
            let _ = std::fs::remove_dir(&self.dir);
        }
        Ok(())
    }

    /// Ends the lab in a directory, also one that is only partly up. Returns false if there was none.
    ///
    /// # Errors
    /// As for [`Lab::down`].
    pub fn down_in(dir: &Path) -> Result<bool> {
        let Some(state) = State::read(dir)? else { return Ok(false) };
        let _lock = lock(dir)?;
        Lab::of(dir, state)?.down()?;
        Ok(true)
    }

    pub(crate) fn both(&self) -> [&Cluster; 2] {
        [self.source(), self.target()]
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind, which is as good as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn guards(&self) -> MutexGuard<'_, BTreeMap<String, Guard>> {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn server(&self, name: &str) -> Result<Server> {
        let state = self.refreshed()?;
        let found = state.servers.iter().find(|server| server.name == name);
        found.cloned().ok_or_else(|| LabError::NoServer(name.to_owned()))
    }

    /// Writes down the processes of a server that was started anew.
    pub(crate) fn note(&self, server: &Server) -> Result<()> {
        self.update(|state| match state.servers.iter_mut().find(|known| known.name == server.name) {
            Some(known) => *known = server.clone(),
            None => state.servers.push(server.clone()),
        })
    }

    /// Keeps the leash of a server if the lab is ours, so that it ends with us, and lets it go otherwise.
    pub(crate) fn keep(&self, server: Server, guard: Guard) -> Result<()> {
        if self.is_owned() && self.is_ours() {
            self.guards().insert(server.name, guard);
            return Ok(());
        }
        guard.detach()
    }

    /// Fails if the lab is to end with another process: we could start a server, but not have it end then.
    pub(crate) fn check_owner(&self, server: &str) -> Result<()> {
        if self.is_owned() && !self.is_ours() {
            return Err(LabError::NotOwner { owner: self.state().owner.pid, server: server.into() });
        }
        Ok(())
    }

    fn is_owned(&self) -> bool {
        self.state().life == Life::Owned
    }

    fn is_ours(&self) -> bool {
        self.state().owner == Stamp::own()
    }

    /// Changes the state in memory and on disk. Another process may have changed it on disk since we read it.
    pub(crate) fn update(&self, change: impl FnOnce(&mut State)) -> Result<()> {
        let path = self.dir.join(".state");
        let file = File::create(&path).map_err(LabError::file("create", &path))?;
        file.lock().map_err(LabError::file("lock", &path))?;
        let mut state = self.refreshed()?;
        change(&mut state);
        state.write(&self.dir)
    }

    /// The state as it is on disk now; as remembered if the file is gone.
    pub(crate) fn refreshed(&self) -> Result<MutexGuard<'_, State>> {
        let read = State::read(&self.dir)?;
        let mut state = self.state();
        if let Some(read) = read {
            *state = read;
        }
        Ok(state)
    }

    /// Ends everything, the replicator and the applications before the brokers they talk to.
    pub(crate) fn end_all(&self, signal: Signal) -> Result<()> {
        let servers = self.refreshed()?.servers.clone();
        let (brokers, others): (Vec<Server>, Vec<Server>) =
            servers.into_iter().partition(Server::is_of_a_cluster);
        let mut left = None;
        for group in [others, brokers] {
            // All of a group at once: stopped one after the other, brokers wait for each other's leadership.
            let gone: Vec<bool> = std::thread::scope(|scope| {
                let ends: Vec<_> = group
                    .iter()
                    .map(|server| {
                        let signal = if server.name.starts_with("app/") { Signal::TERM } else { signal };
                        scope.spawn(move || end(server, signal, STOP_GRACE))
                    })
                    .collect();
                ends.into_iter().map(|end| end.join().unwrap_or(false)).collect()
            });
            for (server, gone) in group.iter().zip(gone) {
                if let Some(guard) = self.guards().remove(&server.name) {
                    guard.collect();
                }
                if !gone {
                    left = Some(withstands(server));
                }
            }
        }
        left.map_or(Ok(()), Err)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The brokers of an owned lab are killed: nobody will read their logs again, and a test need not wait.
        if self.is_owned() && self.is_ours() {
            let _ = self.end_all(Signal::KILL);
            if self.temporary.is_none() {
                let _ = std::fs::remove_file(State::path(&self.dir));
            }
        }
    }
}

pub(crate) fn withstands(server: &Server) -> LabError {
    let pid = server.process.as_ref().map_or(0, |process| process.pid);
    LabError::Spec(format!(
        "{} (process {pid}) is still there after SIGKILL; look at it with `ps {pid}`",
        server.name
    ))
}

/// Keeps other processes from starting or ending the same lab meanwhile.
pub(crate) fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(".lock");
    let file = File::create(&path).map_err(LabError::file("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(LabError::Busy(dir.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(LabError::file("lock", &path)(error)),
    }
}
