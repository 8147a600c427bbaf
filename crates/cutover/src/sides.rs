//! `--source` and `--target`: both clusters, connected.

use std::sync::Arc;

use kafka::{Cluster, ClusterError, ErrorKind, Patience, properties};

use crate::exit::Failure;
use crate::{masking, output};

/// The two clusters of a command that needs no runbook.
#[derive(Debug, clap::Args)]
pub struct SidesArgs {
    /// The cluster the application leaves: a Kafka client .properties file, or host:port.
    #[arg(long, value_name = "FILE|HOST:PORT")]
    pub source: String,
    /// The cluster it goes to.
    #[arg(long, value_name = "FILE|HOST:PORT")]
    pub target: String,
}

/// Both clusters, connected; never the same one.
#[derive(Debug)]
pub struct Sides {
    pub source: Arc<Cluster>,
    pub target: Arc<Cluster>,
}

impl SidesArgs {
    /// # Errors
    /// A file that is wrong, both sides being one cluster, or a side that cannot be reached.
    pub fn connect(&self, patience: &Patience) -> Result<Sides, Failure> {
        let source = configuration("source", &self.source)?;
        let target = configuration("target", &self.target)?;
        let (source, target) = std::thread::scope(|scope| {
            let source = scope.spawn(|| Cluster::connect(source, patience));
            let target = Cluster::connect(target, patience);
            (source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), target)
        });
        let (source, target) = (source.map_err(unmeasured)?, target.map_err(unmeasured)?);
        target.expect_other_than(&source).map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Sides { source: Arc::new(source), target: Arc::new(target) })
    }
}

/// Connects to the target alone.
///
/// # Errors
/// A file that is wrong, or a cluster that cannot be reached.
pub fn connect_target(argument: &str, patience: &Patience) -> Result<Arc<Cluster>, Failure> {
    let config = configuration("target", argument)?;
    Ok(Arc::new(Cluster::connect(config, patience).map_err(unmeasured)?))
}

/// Reads a client configuration and says what is doubtful about it.
pub fn configuration(side: &str, argument: &str) -> Result<properties::ClusterConfig, Failure> {
    let config = properties::load(side, argument).map_err(|error| Failure::usage(error.to_string()))?;
    masking::learn(&config);
    for note in config.notes.iter().filter(|note| note.warning) {
        output::talk(&format!("warning: {side}: {}", note.message));
    }
    Ok(config)
}

/// A cluster that could not be asked: the answer is unknown.
pub fn unmeasured(error: ClusterError) -> Failure {
    let failure = match error.kind {
        ErrorKind::WrongCluster => Failure::refused,
        _ => Failure::unknown,
    };
    let hint = error.next.clone();
    let failure = failure(ClusterError { next: None, ..error }.to_string());
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
