//! A run of the trainer: the parameters that are known before it begins, and the model at its end.

use w2v_core::simd::Dispatch;
use w2v_core::train::Schedule;

use crate::config::Config;
use crate::error::Result;
use crate::model::vectors::Vectors;
use crate::model::{Counted, Model, Training};
use crate::text::vocabulary::Vocabulary;
use crate::train::context::{Model as ModelInTraining, ModelContext};
use crate::train::initial_state;
use crate::train::plan::{dispatch, threads};

/// The parameters of a run, all known before it begins.
pub(super) struct Run {
    pub(super) dispatch: Dispatch,
    pub(super) threads: usize,
    pub(super) schedule: Schedule,
    corpus_tokens: u64,
    keep_output: bool,
}

impl Run {
    /// A run that trains a model with the words of `vocabulary` on a corpus of `corpus_tokens`
    /// tokens.
    pub(super) fn new(config: &Config, keep_output: bool, vocabulary: &Vocabulary, corpus_tokens: u64) -> Result<Self> {
        config.validate()?;
        let dispatch = dispatch(config)?;
        let threads = threads(config);
        // At the end each trained matrix is copied to another one. If the output matrix is not
        // kept, it is dropped before the input matrix is copied.
        initial_state::check_memory(if keep_output { 3 } else { 2 }, vocabulary.len(), config.dim)?;
        let tokens = corpus_tokens.saturating_mul(config.epochs as u64);
        #[allow(clippy::cast_possible_truncation)]
        let schedule = Schedule { start: config.learning_rate() as f32, tokens };
        Ok(Self { dispatch, threads, schedule, corpus_tokens, keep_output })
    }

    pub(super) fn context<'a>(&self, vocabulary: &'a Vocabulary, config: &'a Config) -> ModelContext<'a> {
        let Self { dispatch, schedule, corpus_tokens, .. } = *self;
        let keep = initial_state::keep(vocabulary, config.sample);
        ModelContext { vocabulary, config, dispatch, schedule, keep, corpus_tokens }
    }

    /// The finished model, made from the matrices in training.
    pub(super) fn finished(
        &self,
        model: Box<dyn ModelInTraining + '_>,
        vocabulary: &Vocabulary,
        config: &Config,
        losses: Vec<Option<f64>>,
    ) -> Result<Model> {
        let (input, output) = if self.keep_output {
            let (input, output) = model.into_both(vocabulary.counts())?;
            (input, Some(output))
        } else {
            (model.into_input(), None)
        };
        let numbers = input.into_numbers(config.dim)?;
        let output = output.map(|output| output.into_numbers(config.dim)).transpose()?;
        let vectors = Vectors::from_words(vocabulary.table().clone(), config.dim, numbers)?;
        let training = Training {
            vocabulary: Counted::Vocabulary(vocabulary.clone()),
            config: Some(config.clone()),
            output: output.map(Into::into),
            losses,
            arithmetic: Some(self.dispatch.arithmetic()),
            backend: Some(self.dispatch.backend()),
            threads: Some(self.threads),
        };
        Ok(Model::trained(vectors, training))
    }
}
