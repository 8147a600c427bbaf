use std::path::{Path, PathBuf};

/// What can go wrong with a lab. Each says which server or file, and what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// A file or directory of the lab could not be used.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb: "read", "write".
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A program the lab needs is not installed.
    #[error("{program} could not be started: {source}; {hint}")]
    Program {
        /// The program.
        program: String,
        /// The operating system's answer.
        source: std::io::Error,
        /// How to get it.
        hint: &'static str,
    },
    /// Maven ran and did not deliver the jars.
    #[error(
        "maven could not fetch Kafka {version}: check the network or the mirror in ~/.m2/settings.xml and try again; its last lines:\n{tail}"
    )]
    Jars {
        /// Kafka's version.
        version: String,
        /// The end of Maven's output.
        tail: String,
    },
    /// A server ended by itself.
    #[error("{server} ended by itself ({status}); the last lines of {}:\n{tail}", log.display())]
    Ended {
        /// The server, such as `source/broker-1`.
        server: String,
        /// Exit code or signal.
        status: String,
        /// Its log file.
        log: PathBuf,
        /// The end of that file.
        tail: String,
    },
    /// A server runs and did not become ready in time.
    #[error("{server} was not ready after {seconds} s: {waited_for}; the last lines of {}:\n{tail}", log.display())]
    NotReady {
        /// The server.
        server: String,
        /// How long it was awaited, in seconds.
        seconds: u64,
        /// What was still missing.
        waited_for: String,
        /// Its log file.
        log: PathBuf,
        /// The end of that file.
        tail: String,
    },
    /// There is no lab where one was expected.
    #[error("no lab in {}: start one with `cutover lab up`", .0.display())]
    NoLab(PathBuf),
    /// Some servers of a lab run and others do not.
    #[error(
        "the lab in {} is only partly up ({}): end it with `cutover lab down` and start it again", dir.display(), missing.join(", ")
    )]
    Partly {
        /// The lab's directory.
        dir: PathBuf,
        /// Servers that do not run.
        missing: Vec<String>,
    },
    /// Another process is starting or ending the same lab.
    #[error("another process is working on the lab in {}: wait for it, or choose another --dir", .0.display())]
    Busy(PathBuf),
    /// The directory holds files that are not a lab's.
    #[error("{} holds {found}, which is not a lab's: choose an empty --dir", dir.display())]
    Occupied {
        /// The directory.
        dir: PathBuf,
        /// The first foreign entry.
        found: String,
    },
    /// A server of an owned lab can be started by its owner only, as it must end with it.
    #[error("the lab belongs to process {owner}, which alone may start {server}")]
    NotOwner {
        /// The owner's process id.
        owner: i32,
        /// The server that was to be started.
        server: String,
    },
    /// The lab has no such server.
    #[error("the lab has no {0}: `cutover lab status` names what it has")]
    NoServer(String),
    /// The lab was asked for something it cannot be.
    #[error("{0}")]
    Spec(String),
    /// A cluster refused or did not answer.
    #[error("{cluster} cluster, {what}: {source}")]
    Kafka {
        /// `source` or `target`.
        cluster: String,
        /// What was tried.
        what: String,
        /// librdkafka's answer.
        source: Box<rdkafka::error::KafkaError>,
    },
    /// A cluster answered something other than what was asked for.
    #[error("{cluster} cluster, {what}")]
    Unexpected {
        /// `source` or `target`.
        cluster: String,
        /// What was tried and what came.
        what: String,
    },
    /// Connect's REST interface refused or did not answer.
    #[error("connect, {what}: {answer}")]
    Connect {
        /// Method and path.
        what: String,
        /// Status and body, or the transport's error.
        answer: String,
    },
}

impl LabError {
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| LabError::File { what, path, source }
    }

    pub(crate) fn kafka(
        cluster: impl ToString,
        what: impl Into<String>,
    ) -> impl FnOnce(rdkafka::error::KafkaError) -> Self {
        let (cluster, what) = (cluster.to_string(), what.into());
        move |source| LabError::Kafka { cluster, what, source: Box::new(source) }
    }
}

/// A result whose error is a [`LabError`].
pub type Result<T> = std::result::Result<T, LabError>;
