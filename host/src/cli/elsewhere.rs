//! Flags by the names that word2vec.c and gensim have for them.

use super::Arguments;
use clap::CommandFactory;
use std::ffi::OsString;

/// The end of the help of `train`. Its table, in which two blanks or more part `names: name here`,
/// also answers flags that are named so, and thus both say the same.
pub(super) const HELP: &str = include_str!("elsewhere.txt");

/// What is wrong with the first of `arguments` that has another program's name or dashes, if the
/// command has what it stands for.
///
/// It is looked for before they are parsed: to the parser `-output x` is `-o utput` and one more
/// corpus, and `-hs 1` asks for help.
pub(super) fn misnamed(arguments: &[OsString]) -> Option<String> {
    let program = Arguments::command();
    let command = program.find_subcommand(arguments.first()?)?;
    let is_flag = |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
    let has = |here: &str| match here.strip_prefix("--").and_then(|here| here.split(' ').next()) {
        Some(name) => is_flag(name),
        None => command.get_positionals().any(|argument| here.starts_with(argument.get_id().as_str())),
    };
    let arguments = arguments.iter().filter_map(|argument| argument.to_str());
    arguments.take_while(|&argument| argument != "--").find_map(|argument| {
        let flag = argument.split('=').next().filter(|flag| flag.starts_with('-'))?;
        let name = flag.trim_start_matches('-').replace('_', "-");
        let here = match name_here(&name) {
            Some(here) => Some(here.to_owned()).filter(|here| has(&here.to_lowercase())),
            None => Some(format!("--{name}")).filter(|here| here != flag && has(here)),
        };
        Some(format!("unexpected argument '{flag}' found; tip: it is {} here", here?))
    })
}

/// What the flag `name` of another program is called here.
fn name_here(name: &str) -> Option<&'static str> {
    let rows = HELP.lines().flat_map(|line| line.split("  ")).filter_map(|cell| cell.trim().split_once(": "));
    let mut rows = rows.map(|(names, here)| (names.replace('_', "-"), here));
    rows.find(|(names, _)| names.split(", ").any(|other| other == name)).map(|(_, here)| here)
}
