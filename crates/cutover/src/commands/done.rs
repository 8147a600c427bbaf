use std::collections::BTreeMap;

use journal::Request;

use super::asking::{self, Asker};
use super::check::journal_error;
use super::name_value::name_value;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Says that a manual step is done, while it is under way; so do people of its owner role and of the conductor's. The
facts the step declares are given with --set. A call that `--effects print` has shown and that nothing confirms is
answered in the same way, and so is one that is done once and whose end nobody could tell.

Examples:
  cutover done last warm-cache --as ilse
  cutover done last count-orders --set orders=120000")]
pub struct Args {
    #[command(flatten)]
    asker: Asker,
    /// The step.
    #[arg(value_name = "STEP")]
    step: String,
    /// A fact the step asks for; may be repeated.
    #[arg(long = "set", value_name = "K=V", value_parser = name_value)]
    set: Vec<(String, String)>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let folder = args.asker.folder()?;
    let plan = folder.header().map_err(journal_error)?.plan;
    let declared = plan.step(&args.step).and_then(|step| step.with.get("with")?.get("facts")?.as_object());
    let is_text = |key: &str| declared.and_then(|facts| facts.get(key)).is_some_and(|kind| kind == "text");
    // A value that reads as a number or a boolean is one, where the step does not ask for text.
    let value = |key: &str, text: &str| match is_text(key) {
        true => text.into(),
        false => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    };
    let facts: BTreeMap<String, serde_json::Value> =
        args.set.iter().map(|(key, text)| (key.clone(), value(key, text))).collect();
    let request = Request::Done { step: args.step.clone(), facts, by: args.asker.by.clone() };
    asking::ask(&folder, &request)
}
