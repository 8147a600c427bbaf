use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, Common};
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover completions bash > /etc/bash_completion.d/cutover\n      cutover completions zsh > ~/.zfunc/_cutover"
)]
pub struct Args {
    /// The shell they are for.
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &Args, _: &Common) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cutover", &mut script);
    output::data(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
