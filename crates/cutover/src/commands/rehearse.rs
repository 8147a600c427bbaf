use std::path::PathBuf;

use clap::ValueEnum;
use journal::Runs;
use runbook::Side;
use runbook::load::Document;
use runbook::model::SiteDoc;
use runbook::plan::{Answers, Plan};

use super::check;
use super::run::{Denied, confirm};
use super::run_args::RunsArgs;
use super::runbook_args::RunbookArgs;
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::ready;
use crate::rehearsal::{Manner, carry, document, rehearse, summary};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A runbook with a `rehearsal`.
    #[arg(value_name = "RUNBOOK")]
    file: String,
    /// Who answers gates, manual steps and sign-offs. `yes`: the rehearsal itself, which caps what it proves at yellow.
    #[arg(long, value_name = "WHO", default_value = "people")]
    answers: WhoAnswers,
    /// The rollback plan; the only one when not given.
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// Who rehearses: goes back where a run is held, which past the commit point one who may call the plan has to ask for.
    #[arg(long = "as", value_name = "PERSON", env = "USER", hide_env = true, default_value = "somebody", value_parser = super::asking::person)]
    by: String,
    /// Writes the evidence there as well, for the check `rehearsal-covered`, and the journals of its runs beside it, into
    /// FILE with `.runs` in place of its extension: the two are carried together.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Do not ask before the first effect.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    runbook: RunbookArgs,
    #[command(flatten)]
    runs: RunsArgs,
    #[command(flatten)]
    denied: Denied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WhoAnswers {
    People,
    Yes,
}

const EXAMPLES: &str = "\
Carries out the rehearsal of a runbook in the environment it names: for each point of `rollback_from` one run that goes
there and back, the one past the commit point last. Faults are made on the way. What was measured is written as
rehearsal.json into the folder of each run.

Examples:
  cutover rehearse runbook.yaml --evidence rehearsal.json
  cutover go last --role rollback_owner --as ana
  cutover rehearse runbook.yaml --env lab --answers yes --yes

Exit codes: 0 every planned rollback succeeded, 1 one did not, or was not begun, 6 something could not be undone,
            2 wrong runbook or command line.";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let plan = plan(args)?;
    ready::actions(&plan)?;
    let given = RunbookArgs {
        env: Some(plan.environment.clone()),
        set: args.runbook.set.clone(),
        lab: args.runbook.lab.clone(),
    };
    let rollback = which_plan(&plan, args.plan.as_deref())?;
    if !args.yes {
        confirm(&plan)?;
    }
    let manner = Manner {
        path: check::absolute(&args.file)?,
        file: args.file.clone(),
        runs: Runs::at(&args.runs.runs_dir),
        lab: args.runbook.lab.clone(),
        given: given.given(),
        by: args.by.clone(),
        plan: rollback,
        answers: match args.answers {
            WhoAnswers::People => Answers::People,
            WhoAnswers::Yes => Answers::Rehearsal,
        },
        denied: args.denied.arguments(),
    };
    let rehearsed = rehearse(&plan, &manner)?;
    let (bytes, sha256) = document(&rehearsed);
    if let Some(path) = &args.evidence {
        carry(&rehearsed, &manner.runs, path)?;
        std::fs::write(path, &bytes)
            .map_err(|error| Failure::refused(format!("{} was not written: {error}", path.display())))?;
    }
    match common.output {
        Output::Json => output::json(&rehearsed),
        Output::Text => output::data(&summary(&rehearsed, &sha256)),
    }
    let stuck = rehearsed.points.iter().any(|point| point.outcome.starts_with(journal::Ending::Stuck.word()));
    let all = !rehearsed.points.is_empty() && rehearsed.points.iter().all(|point| point.rolled_back);
    Ok(match (stuck, all) {
        (true, _) => Exit::Stuck,
        (false, true) => Exit::Done,
        (false, false) => Exit::Red,
    })
}

/// The plan in the environment that the rehearsal names: a rehearsal never takes place anywhere else.
fn plan(args: &Args) -> Result<Plan, Failure> {
    let mut loaded = args.runbook.load(&args.file)?;
    let wanted = match &loaded.document {
        Some(Document::Runbook(runbook)) => runbook
            .rehearsal
            .get()
            .and_then(|rehearsal| Some(rehearsal.environment.get()?.as_str().to_owned())),
        _ => None,
    };
    if let Some(wanted) = wanted {
        match &args.runbook.env {
            Some(given) if *given != wanted => {
                return Err(Failure::usage(format!(
                    "{} is rehearsed in {wanted}, not in {given}",
                    args.file
                ))
                .hint("leave --env out, or change `rehearsal.environment`"));
            }
            Some(_) => {}
            None => {
                let runbook = RunbookArgs {
                    env: Some(wanted),
                    set: args.runbook.set.clone(),
                    lab: args.runbook.lab.clone(),
                };
                loaded = runbook.load(&args.file)?;
            }
        }
    }
    let plan = args.runbook.plan(&loaded, &args.file, "rehearsed")?;
    match &plan.rehearsal {
        None => Err(Failure::usage(format!("{} has no `rehearsal`", args.file))
            .hint("add `rehearsal: { environment: …, workload: …, rollback_from: […], valid_for: … }`")),
        Some(wanted) if wanted.rollback_from.is_empty() => {
            Err(Failure::usage(format!("{}: `rollback_from` names no point", args.file)))
        }
        Some(_) => {
            let site = loaded.site.as_ref();
            match site.and_then(|site| not_here(site, &plan)) {
                None => Ok(plan),
                Some(why) => Err(Failure::usage(format!("{} is not rehearsed: {why}", args.file))
                    .hint(
                        "rehearse in an environment with clusters of its own, staging or lab; an only one that is for \
                         rehearsing says `rehearse: true` in the site",
                    )),
            }
        }
    }
}

/// Why nothing is rehearsed in the plan's environment: applications are stopped there, conductors killed and the commit
/// point is crossed.
fn not_here(site: &SiteDoc, plan: &Plan) -> Option<String> {
    let name = plan.environment.as_str();
    // Lint knows the ids of the site; those of the lab are known when it runs.
    let ids = [Side::Source, Side::Target].map(|side| (side, plan.cluster(side).cluster_id.as_deref()));
    if let Some((side, other)) = site.shares_cluster(name, &ids) {
        return Some(format!("the {side} of {name} is a cluster of {other}, too"));
    }
    let all = site.environments.get()?;
    let found = all.iter().find(|(known, _)| known.value.as_str() == name);
    let said = found.is_none_or(|(_, found)| found.value.rehearse.get() == Some(&true));
    (!said && all.len() < 2).then(|| {
        format!(
            "{name} is the only environment of the site, so this is where it counts; nothing says otherwise"
        )
    })
}

fn which_plan(plan: &Plan, asked: Option<&str>) -> Result<String, Failure> {
    let plans = &plan.rollback.plans;
    match (asked, plans.as_slice()) {
        (Some(asked), _) if plans.iter().any(|plan| plan == asked) => Ok(asked.to_owned()),
        (None, [only]) => Ok(only.clone()),
        (_, []) => Err(Failure::usage("the runbook has no rollback plan, so there is nothing to rehearse")),
        _ => Err(Failure::usage(format!("say which rollback plan with --plan: {}", plans.join(", ")))),
    }
}
