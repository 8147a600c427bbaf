//! `cutover land`: exact positions, committed on the target with no runbook.

mod undo_file;

use std::path::PathBuf;

use kafka::compare::{GroupSelection, PositionOptions};
use kafka::land::{
    GroupLanding, Landing, Move, MoveState, QuietOptions, Refusal, Undo, plan_landing, plan_undo, write,
};
use kafka::{Cluster, Patience};
use report::answer::{LandAnswer, LandRefusal, LandState, LandedGroup, LandedPosition};

use crate::amount::{Bytes, IsolationArg, Span};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{self, Output};
use crate::progress::{Bar, Spinner};
use crate::sides::{SidesArgs, connect_target, unmeasured};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Groups, or patterns with * and ?.
    #[arg(value_name = "GROUP", required_unless_present = "undo")]
    groups: Vec<String>,
    /// The cluster the application leaves: a Kafka client .properties file, or host:port.
    #[arg(long, value_name = "FILE|HOST:PORT", required_unless_present = "undo")]
    source: Option<String>,
    /// The cluster it goes to, on which positions are committed.
    #[arg(long, value_name = "FILE|HOST:PORT")]
    target: String,
    /// Write. Without it only what would be written is shown.
    #[arg(long)]
    apply: bool,
    /// How long the groups must stand still: twice the interval at which their consumers commit.
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    over: Span,
    /// Land where a group stood although it goes on on the source; what it does since comes again.
    #[arg(long)]
    source_active: bool,
    /// Where what takes the landing back is written first; must not exist.
    #[arg(long, value_name = "FILE")]
    undo_file: Option<PathBuf>,
    /// Take a landing back: the undo file it wrote.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["groups", "source", "undo_file", "source_active"])]
    undo: Option<PathBuf>,
    /// What the groups' consumers see.
    #[arg(long, value_enum, default_value_t)]
    isolation: IsolationArg,
    /// Bytes that may be read per partition to prove a position, for example 1GB.
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    max_read: Bytes,
    /// Longest time for everything.
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    max_time: Span,
}

const EXAMPLES: &str = "\
Nothing is written unless every position of every group named is proved exact, the groups have no
members, and no commit moved for as long as --over. What takes it back is written first.

Examples:
  cutover land payments --source old.properties --target new.properties
  cutover land payments 'audit-*' --source old.properties --target new.properties --apply
  cutover land --undo land-undo-20261129T213500Z.json --target new.properties --apply";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    if args.apply && args.over.0.is_zero() {
        return Err(Failure::usage("--over 0s shows nothing about whether a group stands still"));
    }
    let patience = Interrupt::listen().patience(args.max_time.0);
    let answer = match &args.undo {
        Some(file) => take_back(args, file, &patience),
        None => land(args, &patience),
    };
    match answer {
        Ok(answer) => {
            match common.output {
                Output::Json => output::json(&answer),
                Output::Text => output::data(&answer.text()),
            }
            Ok(Exit::of(answer.verdict, false))
        }
        Err(failure) => {
            if common.output == Output::Json && failure.exit == Exit::Unknown {
                output::json(&LandAnswer::unknown(&failure.message));
            }
            Err(failure)
        }
    }
}

fn quiet(args: &Args) -> QuietOptions {
    // Whoever commits once per interval is seen within one of them.
    QuietOptions { over: args.over.0, watch: args.over.0 / 2, source_active: args.source_active }
}

fn land(args: &Args, patience: &Patience) -> Result<LandAnswer, Failure> {
    let source = args.source.clone().ok_or_else(|| Failure::usage("--source is needed"))?;
    let sides = SidesArgs { source, target: args.target.clone() }.connect(patience)?;
    let selection = GroupSelection { names: args.groups.clone(), exclude: Vec::new() };
    let found = selection.find(&sides.source, &sides.target, patience).map_err(unmeasured)?;
    if !found.unmatched.is_empty() {
        let message = format!("no group of either side matches {}", found.unmatched.join(", "));
        return Err(Failure::unknown(message).hint("list them: cutover parity group --source … --target …"));
    }
    let options = PositionOptions::new(args.isolation.into(), args.max_read.0);
    let bar = Bar::new("proving");
    let planned =
        plan_landing(&sides.source, &sides.target, &found, &options, quiet(args), patience, &|progress| {
            bar.at(progress.done as u64, progress.of as u64, &progress.partition.to_string());
        });
    drop(bar);
    let mut landing = planned.map_err(unmeasured)?;
    let mut undo_file = None;
    if args.apply && landing.is_allowed() && landing.has_work() {
        let now = jiff::Timestamp::now();
        let undo = Undo::of(&landing, &sides.source, &sides.target, now.to_string());
        let path = args.undo_file.clone().unwrap_or_else(|| undo_file::default_path(now));
        undo_file::write(&path, &undo)?;
        carry_out(Some(&sides.source), &sides.target, &mut landing, patience, &path)?;
        if landing.wrote {
            undo_file = Some(path.display().to_string());
        } else {
            // Nothing was written, so there is nothing to take back.
            drop(std::fs::remove_file(&path));
        }
    }
    let applied = landing.wrote;
    let notes = landing.left_out.clone();
    let groups = landing.groups.into_iter().map(group).collect();
    Ok(LandAnswer { undo_file, ..LandAnswer::new(groups, applied, false, notes) })
}

fn take_back(args: &Args, file: &std::path::Path, patience: &Patience) -> Result<LandAnswer, Failure> {
    let undo = undo_file::read(file)?;
    let target = connect_target(&args.target, patience)?;
    let spinner = Spinner::new("watching whether the groups stand still");
    let mut landing = plan_undo(&target, &undo, quiet(args), patience).map_err(unmeasured)?;
    drop(spinner);
    if args.apply {
        carry_out(None, &target, &mut landing, patience, file)?;
    }
    let applied = landing.wrote;
    let groups = landing.groups.into_iter().map(group).collect();
    Ok(LandAnswer::new(groups, applied, true, Vec::new()))
}

/// Writes; a failure says that something may have been written, and what takes it back.
fn carry_out(
    source: Option<&Cluster>,
    target: &Cluster,
    landing: &mut Landing,
    patience: &Patience,
    undo: &std::path::Path,
) -> Result<(), Failure> {
    write(source, target, landing, patience).map_err(|error| {
        let failure = unmeasured(error);
        if landing.wrote {
            let hint = format!(
                "commits may have been written: run the same command again to go on, or take it back with \
                 cutover land --undo {}",
                undo.display()
            );
            return failure.hint(hint);
        }
        failure
    })
}

fn group(landing: GroupLanding) -> LandedGroup {
    let positions = landing.moves.into_iter().map(position).collect();
    let refusals = landing.refusals.into_iter().map(refusal).collect();
    LandedGroup::judged(landing.group, positions, refusals, landing.notes)
}

fn position(step: Move) -> LandedPosition {
    let (state, why) = match step.state {
        MoveState::Planned => (LandState::Planned, None),
        MoveState::There => (LandState::There, None),
        MoveState::Done => (LandState::Done, None),
        MoveState::Failed(why) => (LandState::Failed, Some(why)),
    };
    LandedPosition {
        topic: step.partition.topic,
        partition: step.partition.partition,
        from: step.from.map(|held| held.offset),
        to: step.to.map(|held| held.offset),
        proof: step.proof,
        state,
        why,
    }
}

fn refusal(refusal: Refusal) -> LandRefusal {
    let (topic, partition) = refusal.partition.map(|at| (at.topic, at.partition)).unzip();
    LandRefusal { topic, partition, why: refusal.why, next: refusal.next, unknown: refusal.unknown }
}
