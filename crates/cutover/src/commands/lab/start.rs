use std::collections::BTreeMap;
use std::time::Instant;

use ::lab::{Description, Flow, Jars, KafkaVersion, Lab, LabSpec, Life, Replicator, Up};
use clap::ValueEnum;

use super::{Place, failure};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab up\n      cutover lab up --brokers 3 --replicator dedicated\n      cutover lab up --source-version 2.8.2 --offset-lag-max 0"
)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Brokers of each cluster: 1, or 3 with three controllers beside them.
    #[arg(long, default_value_t = 1)]
    brokers: u16,
    /// Kafka release of the source: 4.3.1, 3.9.2, or 2.8.2 with a ZooKeeper.
    #[arg(long, value_name = "VERSION", default_value_t = KafkaVersion::CURRENT)]
    source_version: KafkaVersion,
    /// What copies from source to target.
    #[arg(long, value_enum, default_value_t)]
    replicator: ReplicatorArg,
    /// Topics to copy: regular expressions separated by commas.
    #[arg(long, value_name = "REGEX", default_value = ".*")]
    topics: String,
    /// Groups whose positions are translated.
    #[arg(long, value_name = "REGEX", default_value = ".*")]
    groups: String,
    /// MirrorMaker's offset.lag.max, in records.
    #[arg(long, value_name = "RECORDS", default_value_t = 100)]
    offset_lag_max: u64,
    /// Do not commit translated positions on the target.
    #[arg(long)]
    no_group_sync: bool,
    /// Copy committed records only; MirrorMaker's own default copies aborted ones too.
    #[arg(long)]
    read_committed: bool,
    /// Interval of MirrorMaker's periodic work, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    interval: u32,
    /// One more property of the source's brokers; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    source_option: Vec<(String, String)>,
    /// One more property of the target's brokers.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    target_option: Vec<(String, String)>,
    /// One more property of the Connect worker, or of the dedicated MirrorMaker.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    replicator_option: Vec<(String, String)>,
    /// One more property of MirrorMaker's connectors.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    flow_option: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ReplicatorArg {
    /// MirrorMaker 2 as a process of its own.
    Dedicated,
    /// MirrorMaker 2 as connectors in a Connect worker.
    #[default]
    Connect,
    /// Nothing copies.
    None,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let spec = spec(args)?;
    for version in [KafkaVersion::CURRENT, args.source_version] {
        if !Jars::cached(version) {
            output::talk(&format!("fetching Kafka {version} with Maven, once"));
        }
    }
    if !Lab::status_in(&args.place.path()?).is_ok_and(|status| status.all_run()) {
        output::talk("starting two clusters");
    }
    let begun = Instant::now();
    let up = Lab::up(&spec).map_err(failure)?;
    let lab = match up {
        Up::Running(lab) => {
            output::talk("the lab runs already and was left as it is");
            lab
        }
        Up::Started(lab) => {
            output::talk(&format!("the lab is up after {:.1} s", begun.elapsed().as_secs_f64()));
            lab
        }
    };
    let description = lab.describe();
    match common.output {
        Output::Json => output::json(&description),
        Output::Text => output::data(&text(&description)),
    }
    Ok(Exit::Done)
}

fn spec(args: &Args) -> Result<LabSpec, Failure> {
    let map = |pairs: &[(String, String)]| pairs.iter().cloned().collect::<BTreeMap<_, _>>();
    let flow = Flow {
        topics: args.topics.clone(),
        groups: args.groups.clone(),
        offset_lag_max: args.offset_lag_max,
        sync_groups: !args.no_group_sync,
        read_committed: args.read_committed,
        interval_seconds: args.interval,
        options: map(&args.flow_option),
        ..Flow::default()
    };
    Ok(LabSpec {
        dir: Some(args.place.path()?),
        life: Life::Detached,
        brokers: args.brokers,
        source_version: args.source_version,
        replicator: match args.replicator {
            ReplicatorArg::Dedicated => Replicator::Dedicated,
            ReplicatorArg::Connect => Replicator::Connect,
            ReplicatorArg::None => Replicator::None,
        },
        flows: vec![flow],
        source_options: map(&args.source_option),
        target_options: map(&args.target_option),
        replicator_options: map(&args.replicator_option),
        ..LabSpec::default()
    })
}

/// What a person needs to go on.
pub fn text(lab: &Description) -> String {
    let mut text = format!("lab      {}\nsite     {}\n", lab.dir.display(), lab.site.display());
    for (side, cluster) in [("source", &lab.source), ("target", &lab.target)] {
        text.push_str(&format!(
            "{side}   Kafka {} at {}, SCRAM at {}, id {}\n         {}\n",
            cluster.version,
            cluster.bootstrap,
            cluster.sasl_bootstrap,
            cluster.cluster_id,
            cluster.properties.display()
        ));
    }
    if let Some(url) = &lab.connect {
        text.push_str(&format!("connect  {url}\n"));
    }
    text.push_str("end it with `cutover lab down`\n");
    text
}

fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    split.ok_or_else(|| format!("\"{text}\" is not of the form key=value"))
}
