//! `completions`: what a shell needs to complete this command line.

use clap::builder::PossibleValuesParser;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::cli::terminal;
use crate::dialect::policy::Strictness;
use crate::dialect::{self, Operation};
use crate::scenario;
use crate::scenario::seen::HANDSHAKE;

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that completes `program`.
pub fn run(args: &CompletionsArgs, program: Command) -> anyhow::Result<()> {
    let name = program.get_name().to_owned();
    let mut program = with_words(program);
    // Where no word fits, bash goes on with files; other shells would offer the words alone.
    if args.shell == Shell::Bash {
        program = with_scenarios(program);
    }
    // Not straight to standard output: it panics where the reader has gone away.
    let mut script = Vec::new();
    generate(args.shell, &mut program, &name, &mut script);
    let script = String::from_utf8_lossy(&script);
    terminal::print(&with_one_spelling(&script, &name))
}

/// The command line with words to offer where its own parsers take any text.
fn with_words(program: Command) -> Command {
    let names = program
        .get_subcommands()
        .map(|command| command.get_name().to_owned());
    // clap wants them for as long as the process lives, which has nothing else to do.
    let commands: Vec<&'static str> = names.map(|name| &*name.leak()).collect();
    let levels = Strictness::ALL.map(Strictness::as_str).to_vec();
    let banks: Vec<&'static str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
    let mut operations = Operation::ALL.map(Operation::as_str).to_vec();
    operations.push(HANDSHAKE);
    let scenarios: Vec<&'static str> = scenario::builtin_names().collect();
    let program = offer(program, "strictness", &levels);
    [
        ("serve", "strictness", &levels),
        ("explain", "strictness", &levels),
        ("explain", "bank", &banks),
        ("try", "bank", &banks),
        ("simulate", "bank", &banks),
        ("simulate", "operation", &operations),
        ("scenarios", "name", &scenarios),
        ("man", "command", &commands),
    ]
    .into_iter()
    .fold(program, |program, (command, arg, words)| {
        program.mut_subcommand(command, |command| offer(command, arg, words))
    })
}

/// The built-in scenarios where a file may stand too.
fn with_scenarios(program: Command) -> Command {
    let names: Vec<&'static str> = scenario::builtin_names().collect();
    let offer = |command| offer(command, "scenario", &names);
    offer(program)
        .mut_subcommand("serve", offer)
        .mut_subcommand("simulate", offer)
}

fn offer(command: Command, arg: &str, words: &[&'static str]) -> Command {
    command.mut_arg(arg, |arg| {
        arg.value_parser(PossibleValuesParser::new(words.to_vec()))
    })
}

/// `clap_complete` 4.6 spells a name with a hyphen in two ways in its script for bash, which then completes
/// nothing after a command.
fn with_one_spelling(script: &str, name: &str) -> String {
    script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"))
}
