//! The command line of w2v.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let asked = cli::Arguments::from_command_line();
    match asked.and_then(|asked| asked.map_or(Ok(()), cli::Arguments::run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                cli::tell(&format!("error: {message}"));
            }
            failure.exit_code()
        }
    }
}
