use std::path::PathBuf;

use ::lab::{AppSpec, Client, Lab, Ledger, Side, Topic};
use clap::Subcommand;

use super::{Place, failure};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab app start --name settlement --cluster source --consume orders --group settlement\n      cutover lab app stop --name settlement\n      cutover lab app ledger"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start an application; under a known name it goes on in the same ledger, on either cluster.
    Start(StartArgs),
    /// Stop an application: it finishes, commits, flushes and leaves its group.
    Stop(StopArgs),
    /// What was lost, repeated or is still pending, by record id.
    Ledger(LedgerArgs),
    /// The body of an application's process.
    #[command(hide = true)]
    Work(WorkArgs),
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab app start --name checkout --cluster source --produce orders --rate 200\n      cutover lab app start --name settlement --cluster target --consume orders --group settlement --client java"
)]
struct StartArgs {
    #[command(flatten)]
    place: Place,
    /// Name of the application.
    #[arg(long)]
    name: String,
    /// The cluster it works on.
    #[arg(long, value_name = "source|target")]
    cluster: Side,
    /// Topics it reads; may be repeated.
    #[arg(long, value_name = "TOPIC", requires = "group")]
    consume: Vec<String>,
    /// The group it reads them in.
    #[arg(long, requires = "consume")]
    group: Option<String>,
    /// Topics it writes to, in turn; created if they do not exist.
    #[arg(long, value_name = "TOPIC")]
    produce: Vec<String>,
    /// Records it writes per second.
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// How many keys its records have; 0: none.
    #[arg(long, default_value_t = 100)]
    keys: u64,
    /// Size of a value in bytes.
    #[arg(long, default_value_t = 200)]
    size: usize,
    /// Partitions of a topic that it creates.
    #[arg(long, default_value_t = 3)]
    partitions: i32,
    /// User it logs in as (SCRAM); without one it is a super user.
    #[arg(long)]
    user: Option<String>,
    /// Which records it sees.
    #[arg(long, value_parser = ["read_committed", "read_uncommitted"], default_value = "read_committed")]
    isolation: String,
    /// Records it processes per second at most, so that it stays behind; 0: as fast as it can.
    #[arg(long, default_value_t = 0.0)]
    pace: f64,
    /// Where it begins without a committed position.
    #[arg(long, value_parser = ["earliest", "latest", "error"], default_value = "earliest")]
    reset: String,
    /// Whose clients it is written with.
    #[arg(long, value_name = "librdkafka|java", default_value = "librdkafka")]
    client: Client,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab app stop --name settlement\n      cutover lab app stop --name settlement --kill"
)]
struct StopArgs {
    #[command(flatten)]
    place: Place,
    /// Name of the application.
    #[arg(long)]
    name: String,
    /// Kill it instead: nothing is finished or committed.
    #[arg(long)]
    kill: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n      cutover lab app ledger\n      cutover lab app ledger -o json")]
struct LedgerArgs {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
struct WorkArgs {
    dir: PathBuf,
    name: String,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    match &args.command {
        Command::Start(args) => start(args),
        Command::Stop(args) => stop(args),
        Command::Ledger(args) => ledger(args, common),
        Command::Work(args) => {
            ::lab::run_app(&args.dir, &args.name).map_err(failure)?;
            Ok(Exit::Done)
        }
    }
}

fn start(args: &StartArgs) -> Result<Exit, Failure> {
    let lab = args.place.load_partly()?;
    prepare_topics(&lab, args)?;
    let spec = AppSpec {
        consume: args.consume.clone(),
        group: args.group.clone(),
        produce: args.produce.clone(),
        rate: args.rate,
        keys: args.keys,
        size: args.size,
        user: args.user.clone(),
        isolation: args.isolation.clone(),
        reset: args.reset.clone(),
        pace: args.pace,
        client: args.client,
        ..AppSpec::new(&args.name, args.cluster)
    };
    let program = std::env::current_exe()
        .map_err(|error| Failure::unknown(format!("cannot find this program's own file: {error}")))?;
    let program = [&program.display().to_string(), "lab", "app", "work"].map(str::to_owned);
    lab.start_app(&program, &spec).map_err(failure)?;
    output::talk(&format!("{} works on the {} cluster", args.name, args.cluster));
    Ok(Exit::Done)
}

/// A topic to write to is created; one to read from has to be there, or its reader would wait in silence.
fn prepare_topics(lab: &Lab, args: &StartArgs) -> Result<(), Failure> {
    let cluster = lab.cluster(args.cluster);
    for topic in &args.produce {
        if cluster.partitions(topic).map_err(failure)?.is_empty() {
            cluster.create_topic(&Topic::new(topic).partitions(args.partitions)).map_err(failure)?;
            output::talk(&format!("created topic {topic} with {} partitions", args.partitions));
        }
    }
    for topic in &args.consume {
        if cluster.partitions(topic).map_err(failure)?.is_empty() {
            return Err(Failure::refused(format!("the {} cluster has no topic {topic}", args.cluster))
                .hint(format!("cutover lab topic --cluster {} {topic}", args.cluster)));
        }
    }
    Ok(())
}

fn stop(args: &StopArgs) -> Result<Exit, Failure> {
    let lab = args.place.load_partly()?;
    let stopped = if args.kill { lab.kill_app(&args.name) } else { lab.stop_app(&args.name) };
    stopped.map_err(failure)?;
    output::talk(&format!("{} has ended", args.name));
    Ok(Exit::Done)
}

fn ledger(args: &LedgerArgs, common: &Common) -> Result<Exit, Failure> {
    let ledger = Ledger::read(&args.place.path()?).map_err(failure)?;
    match common.output {
        Output::Json => output::json(&ledger),
        Output::Text => output::data(&text(&ledger)),
    }
    Ok(Exit::Done)
}

fn text(ledger: &Ledger) -> String {
    let mut text = format!(
        "{} records written and acknowledged, {} refused; {} lost, {} repeated\n",
        ledger.produced, ledger.refused, ledger.lost, ledger.repeated
    );
    for line in &ledger.groups {
        text.push_str(&format!(
            "{} in {}: {} processed, {} lost, {} repeated, {} pending, {} of other writers\n",
            line.group, line.topic, line.processed, line.lost, line.duplicated, line.pending, line.foreign
        ));
        for (what, ids) in [("lost", &line.lost_ids), ("repeated", &line.duplicated_ids)] {
            if !ids.is_empty() {
                text.push_str(&format!("  {what}: {}\n", ids.join(" ")));
            }
        }
    }
    text
}
