//! Settings as texts in files: each setting that changes the model, by its name.

use w2v_core::kinds::{Architecture, Objective};

use super::Config;
use crate::setting::Setting;

/// The settings that a file may have. Threads and backend are not among them, because they never
/// change the model.
pub(crate) const SETTINGS: [Setting; 12] = [
    Setting::Architecture,
    Setting::Objective,
    Setting::Arithmetic,
    Setting::Dim,
    Setting::Window,
    Setting::Negatives,
    Setting::Exponent,
    Setting::Epochs,
    Setting::Sample,
    Setting::LearningRate,
    Setting::CbowGradient,
    Setting::Seed,
];

/// The value of `setting` in a run with `config`. `None` if the run does not use the setting, or if
/// the setting is left open.
pub(crate) fn value(config: &Config, setting: Setting) -> Option<String> {
    let has_noise = config.objective == Objective::NegativeSampling;
    let is_cbow = config.architecture == Architecture::Cbow;
    Some(match setting {
        Setting::Architecture => config.architecture.to_string(),
        Setting::Objective => config.objective.to_string(),
        Setting::Arithmetic => config.arithmetic?.to_string(),
        Setting::Dim => config.dim.to_string(),
        Setting::Window => config.window.to_string(),
        Setting::Negatives if has_noise => config.negatives.to_string(),
        Setting::Exponent if has_noise => config.exponent.to_string(),
        Setting::Epochs => config.epochs.to_string(),
        Setting::Sample => config.sample.to_string(),
        Setting::LearningRate => config.learning_rate().to_string(),
        Setting::CbowGradient if is_cbow => config.cbow_gradient.to_string(),
        Setting::Seed => config.seed.to_string(),
        _ => return None,
    })
}

/// The settings whose values `text` returns; other settings have their default. `None` if a value
/// is not a value of its setting.
pub(crate) fn config<'a>(text: impl Fn(Setting) -> Option<&'a str>) -> Option<Config> {
    let mut config = Config::default();
    for (setting, value) in SETTINGS.into_iter().filter_map(|setting| Some((setting, text(setting)?))) {
        match setting {
            Setting::Architecture => config.architecture = value.parse().ok()?,
            Setting::Objective => config.objective = value.parse().ok()?,
            Setting::Arithmetic => config.arithmetic = Some(value.parse().ok()?),
            Setting::Dim => config.dim = value.parse().ok()?,
            Setting::Window => config.window = value.parse().ok()?,
            Setting::Negatives => config.negatives = value.parse().ok()?,
            Setting::Exponent => config.exponent = value.parse().ok()?,
            Setting::Epochs => config.epochs = value.parse().ok()?,
            Setting::Sample => config.sample = value.parse().ok()?,
            Setting::LearningRate => config.learning_rate = Some(value.parse().ok()?),
            Setting::CbowGradient => config.cbow_gradient = value.parse().ok()?,
            Setting::Seed => config.seed = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(config)
}
