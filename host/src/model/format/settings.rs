//! The settings of a training as texts by name, as the metadata of files have them.

use std::fmt::Display;
use std::str::FromStr;

use w2v_core::simd::Arithmetic;

use super::safetensors::Texts;
use crate::config::Config;
use crate::setting::Setting;

/// The name of the losses of all epochs: a list in JSON, `null` for an epoch without pairs.
const LOSSES: &str = "losses";

/// The settings of `config`, with the rate and the `arithmetic` that it came to. Those that never
/// change the result, threads and instruction set, are left out.
pub(crate) fn texts(config: &Config, arithmetic: Arithmetic) -> Texts {
    let Config { architecture, objective, dim, window, negatives, exponent, epochs, sample, .. } = config;
    let Config { cbow_gradient, seed, .. } = config;
    let all: [(Setting, &dyn Display); 12] = [
        (Setting::Architecture, architecture),
        (Setting::Objective, objective),
        (Setting::Dim, dim),
        (Setting::Window, window),
        (Setting::Negatives, negatives),
        (Setting::Exponent, exponent),
        (Setting::Epochs, epochs),
        (Setting::Sample, sample),
        (Setting::LearningRate, &config.learning_rate()),
        (Setting::CbowGradient, cbow_gradient),
        (Setting::Seed, seed),
        (Setting::Arithmetic, &arithmetic),
    ];
    all.into_iter().map(|(setting, value)| (setting.name().to_owned(), value.to_string())).collect()
}

/// The settings in `texts`; `None` where there are none.
///
/// # Errors
/// What is wrong, where they are not those of a training.
pub(crate) fn config(texts: &Texts) -> Result<Option<Config>, String> {
    if !texts.contains_key(Setting::Architecture.name()) {
        return Ok(None);
    }
    let config = Config {
        architecture: value(texts, Setting::Architecture)?,
        objective: value(texts, Setting::Objective)?,
        dim: value(texts, Setting::Dim)?,
        window: value(texts, Setting::Window)?,
        negatives: value(texts, Setting::Negatives)?,
        exponent: value(texts, Setting::Exponent)?,
        epochs: value(texts, Setting::Epochs)?,
        sample: value(texts, Setting::Sample)?,
        learning_rate: Some(value(texts, Setting::LearningRate)?),
        cbow_gradient: value(texts, Setting::CbowGradient)?,
        seed: value(texts, Setting::Seed)?,
        threads: None,
        backend: None,
        arithmetic: Some(value(texts, Setting::Arithmetic)?),
    };
    config.validate().map_err(|problem| problem.to_string())?;
    Ok(Some(config))
}

/// The value of `setting`.
fn value<T: FromStr>(texts: &Texts, setting: Setting) -> Result<T, String> {
    let text = texts.get(setting.name()).ok_or_else(|| format!("its metadata has no `{setting}`"))?;
    text.parse().map_err(|_| format!("its metadata has `{text}` for `{setting}`"))
}

/// Puts `losses` into `texts`.
pub(crate) fn put_losses(losses: &[Option<f64>], texts: &mut Texts) {
    texts.insert(LOSSES.to_owned(), serde_json::Value::from(losses.to_vec()).to_string());
}

/// The losses in `texts`; none where there are none.
///
/// # Errors
/// What is wrong, where they are no list of numbers.
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
            exponent: -0.1,
            sample: 1e-5,
            seed: u64::MAX,
            threads: Some(3),
            ..Config::default()
        };
        let mut texts = texts(&trained, Arithmetic::Fused);
        let expected =
            Config { threads: None, learning_rate: Some(0.1), arithmetic: Some(Arithmetic::Fused), ..trained };
        assert_eq!(config(&texts).unwrap(), Some(expected));
        let some = [Some(0.1 + 0.2), None, Some(1e-300)];
        put_losses(&some, &mut texts);
        assert_eq!(losses(&texts).unwrap(), some);
        assert_eq!((config(&Texts::new()).unwrap(), losses(&Texts::new()).unwrap()), (None, vec![]));
    }

    #[test]
    fn what_is_no_setting_is_named() {
        for (name, text, expected) in [
            ("window", "0", "window 0: must be 1 to"),
            ("window", "few", "its metadata has `few` for `window`"),
            ("objective", "", "its metadata has `` for `objective`"),
        ] {
            let mut texts = texts(&Config::default(), Arithmetic::Fused);
            texts.insert(name.to_owned(), text.to_owned());
            let problem = config(&texts).unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
            texts.remove(name);
            assert_eq!(config(&texts).unwrap_err(), format!("its metadata has no `{name}`"));
        }
        let texts = Texts::from([(LOSSES.to_owned(), "[1, \"a\"]".to_owned())]);
        assert!(losses(&texts).unwrap_err().starts_with("its metadata has other than losses"));
    }
}
