use journal::{Phase, Runs};
use report::answer::{SignatureAnswer, VerifiedAnswer};

use super::check::journal_error;
use super::run_args::RunsArgs;
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads a run again, offline: that every record follows the one before and is what was written, that the evidence is
what the records name, that every signature is of its document, by a declared key, and over this very journal. The
first thing that does not fit is named.

Records missing at the end cannot be told from a run that was left; the head that was printed, or sent, when it ended
tells. How to do the same with ssh-keygen and sha256sum alone: docs/guides/sign.md.

Examples:
  cutover verify last
  cutover verify last --head 3f9c…

Exit codes: 0 everything fits, 1 something does not, 2 no such run, 3 everything fits so far, but the run has no end.")]
pub struct Args {
    /// Run id, folder, or `last`.
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
    /// The head as it was told elsewhere: the journal must contain it.
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    #[command(flatten)]
    runs: RunsArgs,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let folder = Runs::at(&args.runs.runs_dir).resolve(&args.run).map_err(journal_error)?;
    let verified = journal::verify(&folder).map_err(journal_error)?;
    if let Some(head) = &args.head {
        let mut found = false;
        folder.read_each(|record, _| found |= record.hash == *head).map_err(journal_error)?;
        if !found {
            return Err(Failure::refused(format!(
                "no record of {} has the hash {head}: records were cut off, or it is another run",
                verified.run
            )));
        }
    }
    let end = match (&verified.torn, &verified.phase) {
        (Some(_), _) => "no end: the last line is unfinished".to_owned(),
        (None, Phase::Ended { .. }) => "ended".to_owned(),
        (None, Phase::Interrupted { by }) => {
            format!("no end: interrupted by {by}; it was left there, or what came after is missing")
        }
        (None, Phase::Running) => "no end: it is under way, was left, or was cut short".to_owned(),
    };
    let answer = VerifiedAnswer {
        run: verified.run.to_string(),
        whole: verified.is_whole(),
        end,
        records: verified.records,
        head: verified.head.clone(),
        evidence: verified.evidence,
        copies: verified.copies,
        uncopied: verified.uncopied.clone(),
        signatures: verified
            .signatures
            .iter()
            .map(|(record, what)| SignatureAnswer {
                record: *record,
                what: what.clone(),
                undeclared: verified
                    .undeclared
                    .iter()
                    .find(|(of, _)| of == record)
                    .map(|(_, why)| why.clone()),
            })
            .collect(),
        unsigned: verified.unsigned,
        unnamed: verified.unnamed.clone(),
    };
    match common.output {
        Output::Json => output::json(&answer),
        Output::Text => output::data(&answer.text()),
    }
    Ok(if verified.is_whole() { Exit::Done } else { Exit::Unknown })
}
