//! The settings and the losses of a training as texts by name, for the metadata of files.

use w2v_core::simd::Arithmetic;

use super::safetensors::Texts;
use crate::config::{Config, texts};
use crate::setting::Setting;

/// The name of the losses. Their text is a JSON list with one number per epoch, `null` for an epoch
/// without pairs.
const LOSSES: &str = "losses";

/// The settings of `config` as texts, with the learning rate and the `arithmetic` that the training
/// used. Settings that never change the result (threads, instruction set) and settings without
/// effect for this kind of model are left out.
pub(crate) fn of_config(config: &Config, arithmetic: Arithmetic) -> Texts {
    let config = Config { arithmetic: Some(arithmetic), ..config.clone() };
    let value = |setting: Setting| Some((setting.name().to_owned(), texts::value(&config, setting)?));
    texts::SETTINGS.into_iter().filter_map(value).collect()
}

/// The settings in `found`; `None` if `found` has no settings.
///
/// # Errors
/// A text that says what is wrong, if the settings are not the settings of a training.
pub(crate) fn config(found: &Texts) -> Result<Option<Config>, String> {
    if !found.contains_key(Setting::Architecture.name()) {
        return Ok(None);
    }
    let config = texts::config(|setting| found.get(setting.name()).map(String::as_str));
    let config = config.filter(|config| config.arithmetic.is_some() && config.learning_rate.is_some());
    let config = config.ok_or("its metadata has settings that no training has")?;
    config.validate().map_err(|problem| problem.to_string())?;
    Ok(Some(config))
}

/// Puts `losses` into `texts`.
pub(crate) fn put_losses(losses: &[Option<f64>], texts: &mut Texts) {
    texts.insert(LOSSES.to_owned(), serde_json::Value::from(losses.to_vec()).to_string());
}

/// The losses in `texts`; empty if there are no losses.
///
/// # Errors
/// A text that says what is wrong, if the losses are not a list of numbers.
pub(crate) fn losses(texts: &Texts) -> Result<Vec<Option<f64>>, String> {
    let Some(text) = texts.get(LOSSES) else { return Ok(Vec::new()) };
    serde_json::from_str(text)
        .map_err(|problem| format!("its metadata has other than losses for `{LOSSES}`: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use w2v_core::kinds::{Architecture, CbowGradient, Objective};

    #[test]
    fn settings_and_losses_are_read_back() {
        let trained = Config {
            architecture: Architecture::Cbow,
            objective: Objective::HierarchicalSoftmax,
            cbow_gradient: CbowGradient::Exact,
            sample: 1e-5,
            seed: u64::MAX,
            threads: Some(3),
            ..Config::default()
        };
        let mut texts = of_config(&trained, Arithmetic::Fused);
        let expected =
            Config { threads: None, learning_rate: Some(0.1), arithmetic: Some(Arithmetic::Fused), ..trained };
        assert_eq!(config(&texts).unwrap(), Some(expected));
        let some = [Some(0.1 + 0.2), None, Some(1e-300)];
        put_losses(&some, &mut texts);
        assert_eq!(losses(&texts).unwrap(), some);
        assert_eq!((config(&Texts::new()).unwrap(), losses(&Texts::new()).unwrap()), (None, vec![]));
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for (name, text, expected) in [
            ("window", "0", "window 0: must be 1 to"),
            ("window", "few", "its metadata has settings that no training has"),
            ("objective", "", "its metadata has settings that no training has"),
        ] {
            let mut texts = of_config(&Config::default(), Arithmetic::Fused);
            texts.insert(name.to_owned(), text.to_owned());
            let problem = config(&texts).unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
        let texts = Texts::from([(LOSSES.to_owned(), "[1, \"a\"]".to_owned())]);
        assert!(losses(&texts).unwrap_err().starts_with("its metadata has other than losses"));
    }
}
