use ::lab::{Generate, Position, Produce, Side, Topic};

use super::{Place, failure};
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab topic orders --partitions 6\n      cutover lab topic balances --config cleanup.policy=compact"
)]
pub struct TopicArgs {
    #[command(flatten)]
    place: Place,
    /// The cluster.
    #[arg(long, value_name = "source|target", default_value = "source")]
    cluster: Side,
    /// Number of partitions.
    #[arg(long, default_value_t = 3)]
    partitions: i32,
    /// A topic configuration; may be repeated. Without one, retention.ms is -1.
    #[arg(long, value_name = "KEY=VALUE")]
    config: Vec<String>,
    /// Name of the topic.
    topic: String,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab produce orders --count 100000 --size 200\n      cutover lab produce orders --count 1000 --transaction 100 --abort-every 5"
)]
pub struct ProduceArgs {
    #[command(flatten)]
    place: Place,
    /// The cluster.
    #[arg(long, value_name = "source|target", default_value = "source")]
    cluster: Side,
    /// How many records.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Number of the first record; it stands in its value.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Size of a value in bytes.
    #[arg(long, default_value_t = 100)]
    size: usize,
    /// How many keys; 0: none.
    #[arg(long, default_value_t = 100)]
    keys: u64,
    /// Timestamp of the first record, in milliseconds since 1970; the others follow a millisecond apart.
    #[arg(long, value_name = "MS")]
    timestamp: Option<i64>,
    /// none, gzip, snappy, lz4 or zstd.
    #[arg(long, default_value = "none")]
    compression: String,
    /// Write them in transactions of this many records.
    #[arg(long, value_name = "RECORDS")]
    transaction: Option<u64>,
    /// Abort every n-th of these transactions.
    #[arg(long, value_name = "N", requires = "transaction")]
    abort_every: Option<u64>,
    /// Name of the topic.
    topic: String,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab commit --group settlement orders:0:20000 orders:1:20000"
)]
pub struct CommitArgs {
    #[command(flatten)]
    place: Place,
    /// The cluster.
    #[arg(long, value_name = "source|target", default_value = "source")]
    cluster: Side,
    /// The group.
    #[arg(long)]
    group: String,
    /// Positions: TOPIC:PARTITION:OFFSET.
    #[arg(required = true, value_name = "TOPIC:PARTITION:OFFSET", value_parser = position)]
    positions: Vec<Position>,
}

pub fn topic(args: &TopicArgs) -> Result<Exit, Failure> {
    let mut topic = Topic::new(&args.topic).partitions(args.partitions);
    for config in &args.config {
        let (key, value) = config
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("\"{config}\" is not of the form key=value")))?;
        topic = topic.config(key, value);
    }
    args.place.load()?.cluster(args.cluster).create_topic(&topic).map_err(failure)?;
    output::talk(&format!("created topic {} on the {} cluster", args.topic, args.cluster));
    Ok(Exit::Done)
}

pub fn produce(args: &ProduceArgs) -> Result<Exit, Failure> {
    let lab = args.place.load()?;
    let cluster = lab.cluster(args.cluster);
    let how = Produce { compression: args.compression.clone(), ..Produce::default() };
    let all = Generate {
        count: args.count,
        first: args.first,
        size: args.size,
        keys: args.keys,
        timestamp: args.timestamp,
        ..Generate::default()
    };
    let mut aborted = 0;
    match args.transaction {
        None => drop(cluster.produce(&args.topic, all, &how).map_err(failure)?),
        Some(length) => {
            let id = format!("cutover-lab-{}", std::process::id());
            let transactions = cluster.transactions(&id, &how).map_err(failure)?;
            let mut records = all.into_iter();
            for number in 1.. {
                let chunk: Vec<_> =
                    records.by_ref().take(usize::try_from(length.max(1)).unwrap_or(1)).collect();
                if chunk.is_empty() {
                    break;
                }
                transactions.begin().map_err(failure)?;
                let count = chunk.len();
                transactions.send(&args.topic, chunk).map_err(failure)?;
                if args.abort_every.is_some_and(|every| every > 0 && number % every == 0) {
                    transactions.abort().map_err(failure)?;
                    aborted += count;
                } else {
                    transactions.commit().map_err(failure)?;
                }
            }
        }
    }
    let note = if aborted > 0 { format!(", {aborted} of them aborted") } else { String::new() };
    output::talk(&format!(
        "wrote {} records to {} on the {} cluster{note}",
        args.count, args.topic, args.cluster
    ));
    Ok(Exit::Done)
}

pub fn commit(args: &CommitArgs) -> Result<Exit, Failure> {
    args.place.load()?.cluster(args.cluster).commit(&args.group, &args.positions).map_err(failure)?;
    output::talk(&format!(
        "group {} holds {} positions on the {} cluster",
        args.group,
        args.positions.len(),
        args.cluster
    ));
    Ok(Exit::Done)
}

fn position(text: &str) -> Result<Position, String> {
    // From the right: a topic's name holds no colon, but the message should show what was meant.
    let mut parts = text.rsplitn(3, ':');
    let offset = parts.next().and_then(|offset| offset.parse().ok());
    let partition = parts.next().and_then(|partition| partition.parse().ok());
    match (parts.next(), partition, offset) {
        (Some(topic), Some(partition), Some(offset)) => Ok(Position::new(topic, partition, offset)),
        _ => Err(format!("\"{text}\" is not of the form TOPIC:PARTITION:OFFSET")),
    }
}
