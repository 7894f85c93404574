//! The command line of w2v.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::from_command_line().and_then(cli::Arguments::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                cli::tell(&format!("error: {message}"));
            }
            failure.exit_code()
        }
    }
}
