use std::collections::BTreeMap;

use journal::Request;

use super::asking::{self, Asker};
use super::name_value::name_value;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Says that a manual step is done.

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
    // A value that reads as a number or a boolean is one.
    let value = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| text.clone().into());
    let facts: BTreeMap<String, serde_json::Value> =
        args.set.iter().map(|(key, text)| (key.clone(), value(text))).collect();
    let request = Request::Done { step: args.step.clone(), facts, by: args.asker.by.clone() };
    asking::ask(&args.asker.folder()?, &request)
}
