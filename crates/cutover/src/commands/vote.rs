use std::path::PathBuf;

use jiff::Timestamp;
use journal::{Request, Says, Vote};

use super::check::journal_error;
use super::run_args::RunsArgs;
use super::{asking, private_key, sign};
use crate::exit::{Exit, Failure};

/// `go`, `no-go` and `wait`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A vote at a gate, a sign-off, a trigger or a budget. One no-go is enough to keep a gate shut; `wait` takes an earlier vote
back. A vote without a key is recorded as asserted. A sign-off of people whose keys are declared is answered by
`cutover sign`.

Examples:
  cutover go last --role conductor --as ilse
  cutover go last --role conductor --as ilse --key ~/.ssh/id_ed25519
  cutover no-go last --at last-look --role rollback_owner --as ana")]
pub struct Args {
    /// Run id, folder, or `last`: the newest that carries out steps in earnest.
    #[arg(value_name = "RUN")]
    run: String,
    /// The role you speak for.
    #[arg(long)]
    role: String,
    /// Who you are.
    #[arg(long = "as", value_name = "PERSON", value_parser = asking::person)]
    person: String,
    /// The step, trigger or budget; wherever one is asked for when not given.
    #[arg(long, value_name = "STEP")]
    at: Option<String>,
    /// Signs the vote with your private key, whose public half the site declares.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    runs: RunsArgs,
}

pub fn run(args: &Args, vote: Vote) -> Result<Exit, Failure> {
    let folder = asking::open(&args.runs, &args.run)?;
    let request = Request::Vote {
        at: args.at.clone(),
        role: args.role.clone(),
        person: args.person.clone(),
        vote,
        signature: None,
    };
    let Some(key) = &args.key else { return asking::ask(&folder, &request) };
    asking::heeded(&folder, &request)?;
    let reading = folder.read().map_err(journal_error)?;
    let signer = private_key::read(key)?;
    sign::entitled(&reading.state, &args.role, &args.person, &signer)?;
    let says = Says::Vote { at: args.at.clone(), vote };
    let statement = sign::statement(&reading, &args.role, &args.person, Timestamp::now(), says);
    let document = statement.document();
    let signature = signer.sign(&document).map_err(|error| Failure::refused(error.to_string()))?;
    asking::ask(&folder, &Request::Sign { document, signature })
}
