use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use journal::{
    Accepts, Anchor, Effects, Holder, Reading, Request, Run, RunFolder, RunState, Runs, Says, Signer,
    Statement,
};
use report::{ReportInput, scorecard_of};
use runbook::verdict::scorecard::{AcceptedCheck, findings_digest, not_entitled};
use runbook::verdict::{Decision, DimensionCell, Scorecard};
use runbook::{Dimension, Level};

use super::check::journal_error;
use super::run_args::RunsArgs;
use super::{asking, private_key};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::reports;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Run id, folder, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// The role you speak for.
    #[arg(long)]
    role: String,
    /// Who you are.
    #[arg(long = "as", value_name = "PERSON")]
    person: String,
    /// Only this dimension; may be repeated. All the role accepts when not given.
    #[arg(long, value_name = "DIMENSION")]
    dimension: Vec<String>,
    #[arg(long, value_enum)]
    decision: Word,
    /// Why; a rejection needs it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Your private key, whose public half the site declares.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    runs: RunsArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Word {
    Accept,
    Reject,
}

const EXAMPLES: &str = "\
Signs what a run found, dimension by dimension, as it stands now. A dimension is green only while a person of a role
that accepts it has signed what is found; a new finding, another level, rule or plan, and time make it void. A
rejection makes it red until the same role accepts. Where the run waits at a sign-off of the role, that is answered too.

Examples:
  cutover sign last --role app_owner --as mina --decision accept --key ~/.ssh/id_ed25519
  cutover sign last --role app_owner --as mina --dimension offset_parity --decision reject \\
      --reason 'two groups were never compared' --key ~/.ssh/id_ed25519

Exit codes: 0 signed, 1 refused, 2 wrong command line or key.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let decision = match args.decision {
        Word::Accept => Decision::Accept,
        Word::Reject => Decision::Reject,
    };
    if decision == Decision::Reject && args.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Failure::usage("a rejection needs --reason"));
    }
    let folder = Runs::at(&args.runs.runs_dir).resolve(&args.run).map_err(journal_error)?;
    let reading = folder.read().map_err(journal_error)?;
    can_be_signed(&reading.state)?;
    let wanted = dimensions(args, &reading.state)?;
    let signer = private_key::read(&args.key)?;
    entitled(&reading.state, &args.role, &args.person, &signer)?;

    let now = Timestamp::now();
    let card = scorecard_of(&reading.state, now, &[]);
    let accepts = accepts(&reading.state, &card, &wanted, decision, !args.dimension.is_empty())?;
    let sign_off = sign_off(args, &reading.state, decision, &accepts)?;
    if accepts.is_empty() && sign_off.is_none() {
        return Err(Failure::refused(format!("there is nothing the role {} could sign now", args.role))
            .hint(format!("cutover report {}{}", args.run, RunsArgs::again(&folder))));
    }
    let expires = match decision {
        Decision::Accept => until(&reading.state, now),
        Decision::Reject => None,
    };
    let says = Says::Scorecard { decision, reason: args.reason.clone(), expires, sign_off, accepts };
    let statement = statement(&reading, &args.role, &args.person, now, says);
    tell(&statement, &card);
    let document = statement.document();
    let signature = signer.sign(&document).map_err(|error| Failure::refused(error.to_string()))?;
    deliver(folder, &reading.state, document, signature, common)
}

fn can_be_signed(state: &RunState) -> Result<(), Failure> {
    let header = state.header();
    if header.selection.is_partial() {
        return Err(Failure::refused(format!(
            "{} looked at a part only, and that is not signed",
            header.run
        ))
        .hint("sign a run of the whole runbook"));
    }
    if header.effects == Effects::Dry {
        return Err(Failure::refused(format!("{} was a dry run, and that is not signed", header.run)));
    }
    Ok(())
}

/// The dimensions asked for, or all the role accepts.
fn dimensions(args: &Args, state: &RunState) -> Result<Vec<Dimension>, Failure> {
    let plan = &state.header().plan;
    let Some(role) = plan.roles.get(&args.role) else {
        let known: Vec<&str> = plan.roles.keys().map(String::as_str).collect();
        return Err(Failure::usage(format!("there is no role {}; there is {}", args.role, known.join(", "))));
    };
    let mut wanted = Vec::new();
    for name in &args.dimension {
        let Some(dimension) = Dimension::ALL.into_iter().find(|dimension| dimension.id() == name) else {
            let known: Vec<&str> = Dimension::ALL.into_iter().map(Dimension::id).collect();
            return Err(Failure::usage(format!(
                "there is no dimension {name}; there is {}",
                known.join(", ")
            )));
        };
        if !role.accepts.contains(&dimension) {
            return Err(Failure::refused(format!("the role {} does not accept {name}", args.role)));
        }
        wanted.push(dimension);
    }
    Ok(if wanted.is_empty() { role.accepts.clone() } else { wanted })
}

/// Whether the key is the one declared for a person who holds the role.
pub fn entitled(state: &RunState, role: &str, person: &str, signer: &Signer) -> Result<(), Failure> {
    match not_entitled(&state.header().plan, role, person, &signer.public_key()) {
        None => Ok(()),
        Some(why) => Err(Failure::refused(why).hint(
            "keys and roles are those of the site when the run began; who declares another begins another run",
        )),
    }
}

/// The sign-off that waits for the role and that this answers: an acceptance has to cover all that the role accepts.
fn sign_off(
    args: &Args,
    state: &RunState,
    decision: Decision,
    accepts: &[Accepts],
) -> Result<Option<String>, Failure> {
    let Some(step) = state.waiting_sign_off(&args.role) else { return Ok(None) };
    let open = state.not_accepted(step, &args.role, accepts).filter(|_| decision == Decision::Accept);
    match open {
        None => Ok(Some(step.id.clone())),
        Some(open) if args.dimension.is_empty() => Err(Failure::refused(format!(
            "the sign-off {} waits for all that {} accepts, and this cannot be accepted now: {open}",
            step.id, args.role
        ))
        .hint("have it mended, say --decision reject, or accept a part with --dimension, which does not answer the sign-off")),
        Some(open) => {
            output::talk(&format!("the sign-off {} is not answered by this: it waits for {open} too", step.id));
            Ok(None)
        }
    }
}

/// What is signed of each dimension. Red and unknown have something else to do first: they are accepted by nobody.
fn accepts(
    state: &RunState,
    card: &Scorecard,
    wanted: &[Dimension],
    decision: Decision,
    named: bool,
) -> Result<Vec<Accepts>, Failure> {
    let plan = &state.header().plan;
    let mut accepts = Vec::new();
    for unit in &card.units {
        for cell in unit.dimensions.iter().filter(|cell| wanted.contains(&cell.dimension)) {
            if decision == Decision::Accept && cell.level > Level::Yellow {
                let why =
                    format!("{} of {} is {}: {}", cell.dimension.title(), unit.unit, cell.level, cell.reason);
                if named {
                    return Err(Failure::refused(why).hint("only green and yellow evidence is accepted"));
                }
                output::talk(&format!("not signed: {why}"));
                continue;
            }
            let due = cell.checks.iter().filter(|check| check.due);
            let mut evidence: Vec<String> = due.clone().flat_map(|check| check.evidence.clone()).collect();
            evidence.sort();
            evidence.dedup();
            let checks = due.map(|check| {
                let rule_digest = plan.check(&check.check).map(|check| check.rule_digest.clone());
                let accepted = AcceptedCheck {
                    rule_digest: rule_digest.unwrap_or_default(),
                    level: check.verdict,
                    findings: findings_digest(&check.findings),
                };
                (check.check.clone(), accepted)
            });
            accepts.push(Accepts {
                unit: unit.unit.clone(),
                dimension: cell.dimension,
                checks: checks.collect(),
                evidence,
            });
        }
    }
    Ok(accepts)
}

/// The policy's `acceptance_max` from now.
fn until(state: &RunState, now: Timestamp) -> Option<Timestamp> {
    let most = i64::try_from(state.header().plan.acceptance_max_ms?).ok()?;
    now.checked_add(jiff::SignedDuration::from_millis(most)).ok()
}

/// What a person says about the run as it was just read.
pub fn statement(reading: &Reading, role: &str, person: &str, at: Timestamp, says: Says) -> Statement {
    let header = reading.state.header();
    Statement {
        format: Statement::format(),
        run: header.run.clone(),
        journal: Anchor { records: reading.records, head: reading.head.clone() },
        runbook: header.plan.name.clone(),
        environment: header.plan.environment.clone(),
        plan_digest: header.plan.digest.clone(),
        environment_digest: header.plan.environment_digest.clone(),
        role: role.to_owned(),
        by: person.to_owned(),
        at,
        says,
    }
}

/// What is being signed, before it is.
fn tell(statement: &Statement, card: &Scorecard) {
    let Says::Scorecard { decision, sign_off, accepts, expires, .. } = &statement.says else { return };
    let cell = |one: &Accepts| -> Option<&DimensionCell> {
        let unit = card.units.iter().find(|unit| unit.unit == one.unit)?;
        unit.dimensions.iter().find(|cell| cell.dimension == one.dimension)
    };
    for one in accepts {
        let found =
            cell(one).map_or(0, |cell| cell.checks.iter().map(|check| check.findings.len()).sum::<usize>());
        output::talk(&format!(
            "{}  {} of {}: {} checks, {found} findings",
            decision.word(),
            one.dimension.title(),
            one.unit,
            one.checks.len()
        ));
    }
    if let Some(step) = sign_off {
        output::talk(&format!("{}  sign-off {step}", decision.word()));
    }
    if let Some(expires) = expires {
        output::talk(&format!("expires {expires}"));
    }
}

/// To the process that writes the run, or into its journal where there is none.
fn deliver(
    folder: RunFolder,
    state: &RunState,
    document: String,
    signature: String,
    common: &Common,
) -> Result<Exit, Failure> {
    if let Some(holder) = folder.holder().map_err(journal_error)? {
        if !state.header().executes() {
            return Err(Failure::refused(format!("the run is still being measured by {holder}"))
                .hint("sign it when it has ended"));
        }
        return asking::ask(&folder, &Request::Sign { document, signature });
    }
    let now = Timestamp::now();
    let mut run = Run::reopen_to_add(folder, &Holder::this_process(now)).map_err(journal_error)?;
    run.sign(now, &document, &signature).map_err(|error| match error {
        journal::JournalError::Illegal { why, .. } => Failure::refused(format!("not signed: {why}")),
        error => journal_error(error),
    })?;
    let reading = run.folder().read().map_err(journal_error)?;
    let input = ReportInput::of_run(&reading, run.folder().runs(), |digest| run.folder().evidence(digest))
        .map_err(journal_error)?;
    reports::write(run.folder(), &input, None)?;
    match common.output {
        Output::Json => output::data(&reports::json(&input)?),
        Output::Text => output::data(&reports::terminal(&input)),
    }
    output::talk(&format!("signed\nhead    {}", run.head()));
    Ok(Exit::Done)
}
