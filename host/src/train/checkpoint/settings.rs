//! Checks whether a run may continue from a checkpoint with given settings.

use crate::config::Config;
use crate::config::texts::{SETTINGS, value};
use crate::error::{Error, Result};
use crate::setting::Setting;

/// Checks that a run with `config` continues the run of the checkpoint `name`, which was begun with
/// the settings `begun`. All settings must be equal, with two exceptions: there may be more epochs,
/// and the arithmetic may be left open.
///
/// # Errors
/// [`Error::Setting`] for the first setting that differs.
pub(super) fn check(name: &str, begun: &Config, config: &Config) -> Result<()> {
    for setting in SETTINGS {
        let (there, here) = (value(begun, setting), value(config, setting));
        let may_differ = match setting {
            Setting::Epochs => config.epochs > begun.epochs,
            Setting::Arithmetic => here.is_none(),
            _ => false,
        };
        if there == here || may_differ {
            continue;
        }
        let there = there.unwrap_or_default();
        let but = if setting == Setting::Epochs { " or more" } else { "" };
        let problem = format!("{name} was begun with {there}; go on with {there}{but}, or begin anew without it");
        return Err(Error::Setting { setting, value: here.unwrap_or_default(), problem });
    }
    Ok(())
}
