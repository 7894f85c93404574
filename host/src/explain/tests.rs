use super::stages::{NEIGHBOURS, ON_MAP};
use super::*;
use crate::text::builtin;
use crate::text::corpus::{ReadOptions, Source};
use std::ops::ControlFlow::{Break, Continue};
use w2v_core::kinds::{Architecture, CbowGradient, Objective};
use w2v_core::sigmoid::SIGMOID_ERROR;

/// The first sentences of the built-in corpus.
fn corpus() -> Corpus {
    let text = builtin::text(1);
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').take(4000).collect();
    ReadOptions::new().sources([Source::text(lines.join(&b'\n'))]).unwrap()
}

/// All models; CBOW with either kind of gradient.
fn models() -> Vec<Config> {
    let mut models = Vec::new();
    for objective in Objective::ALL {
        for (architecture, cbow_gradient) in [
            (Architecture::SkipGram, CbowGradient::Undivided),
            (Architecture::Cbow, CbowGradient::Undivided),
            (Architecture::Cbow, CbowGradient::Exact),
        ] {
            models.push(Config {
                architecture,
                objective,
                cbow_gradient,
                dim: 20,
                epochs: 3,
                window: 4,
                ..Config::default()
            });
        }
    }
    models
}

/// A word that occurs twice in some sentences, and a rarer word.
const WORDS: [&str; 2] = ["the", "paris"];

fn explained(config: &Config, words: &[&str]) -> (Vocabulary, Explanation) {
    let corpus = corpus();
    let explanation = explain(&corpus, config, words, &mut |_| Continue(())).unwrap();
    (corpus.vocabulary().clone(), explanation)
}

#[test]
fn windows_are_those_that_were_trained() {
    for config in models() {
        let (vocabulary, explanation) = explained(&config, &WORDS);
        let word = vocabulary.id(WORDS[0].as_bytes()).unwrap();
        assert_eq!(explanation.windows.iter().map(|window| window.epoch).collect::<Vec<_>>(), [1, 3]);
        for window in &explanation.windows {
            assert_eq!((window.sentence[window.center], window.word()), (word, word));
            let center = window.kept.iter().position(|&at| at == window.center).unwrap();
            let around = center.saturating_sub(window.reach)..(center + window.reach + 1).min(window.kept.len());
            let context: Vec<usize> = around.filter(|&at| at != center).map(|at| window.kept[at]).collect();
            assert_eq!(window.context, context);
            assert!((1..=config.window).contains(&window.reach));
            // The steps read exactly the context words that were drawn, so these steps belong to
            // this window.
            let reads = window.step.hidden.reads.iter().flat_map(|read| std::iter::repeat_n(read.word, read.times));
            let mut read: Vec<u32> = reads.chain(window.others.iter().map(|other| other.0)).collect();
            let mut words: Vec<u32> = context.iter().map(|&at| window.sentence[at]).collect();
            if config.architecture == Architecture::Cbow {
                read.sort_unstable();
                words.sort_unstable();
            }
            assert_eq!(read, words, "{config:?}");
            let step = &window.step;
            let of: Vec<Output> = step.rows.iter().map(|row| row.of).collect();
            match config.objective {
                Objective::NegativeSampling => {
                    assert_eq!(of[0], Output::Target(word));
                    assert_eq!(of.len(), 1 + config.negatives);
                    let noise = |of: &Output| matches!(of, Output::Noise(other) if *other != word);
                    assert!(of[1..].iter().all(noise));
                }
                Objective::HierarchicalSoftmax => {
                    assert!(of.iter().copied().eq(explanation.path.iter().map(|turn| Output::Node(turn.node))));
                    assert!(step.rows.iter().zip(&explanation.path).all(|(row, turn)| row.label != turn.bit));
                }
            }
        }
    }
}

/// The allowed difference between the equations and the kernel has two causes: the table of σ, and
/// the rounding of each product and sum.
#[test]
fn the_kernel_wrote_what_the_equations_say() {
    for config in models() {
        for Window { step, learning_rate, .. } in explained(&config, &WORDS).1.windows {
            let rows = step.rows.iter().flat_map(|row| &row.before).chain(&step.hidden.vector);
            let largest = rows.fold(0.0f32, |largest, number| largest.max(number.abs()));
            assert!(step.rows.iter().all(|row| row.logit.abs() < 6.0));
            let allowed = learning_rate * f64::from(SIGMOID_ERROR) + 20.0 * f64::from(f32::EPSILON);
            let allowed = step.rows.len() as f64 * f64::from(largest.max(1.0)) * allowed;
            let difference = step.summary.difference;
            assert!(difference < allowed && difference > 0.0, "{difference} of {allowed}: {config:?}");
        }
    }
}

/// An explanation of `text`, trained with large steps, so that an update that is left out shows.
fn explained_text(text: &str, config: Config) -> Explanation {
    let corpus = ReadOptions::new().min_count(1).sources([Source::text(text)]).unwrap();
    let config = Config { sample: 0.0, dim: 2, epochs: 1, learning_rate: config.learning_rate.or(Some(0.5)), ..config };
    explain(&corpus, &config, &["a"], &mut |_| Continue(())).unwrap()
}

#[test]
fn rows_that_are_met_twice_are_read_again() {
    // Of the two words of the first text, one is the target and the other is every noise word. In
    // the second text some context words occur twice.
    for (architecture, text) in [(Architecture::SkipGram, "a b\n"), (Architecture::Cbow, "b b a b b c b\n")] {
        let explanation = explained_text(text, Config { architecture, window: 2, ..Config::default() });
        let Step { rows, hidden, summary, .. } = &explanation.windows[0].step;
        let twice = |list: &[u32]| list.iter().any(|one| list.iter().filter(|other| *other == one).count() > 1);
        assert!(twice(&rows.iter().map(|row| row.of.row()).collect::<Vec<_>>()));
        let most = hidden.reads.iter().map(|read| read.times).max();
        assert_eq!(most > Some(1), architecture == Architecture::Cbow, "{hidden:?}");
        // The error that the table of σ adds to the movement of five rows and of h. The error from
        // reading a stale row would be more than a hundred times as large.
        let table = 0.5 * 6.0 * f64::from(SIGMOID_ERROR);
        assert!(summary.difference < table, "{summary:?}");
        let errors: f64 = rows[1..].iter().map(|row| row.error).sum();
        let stale = hidden.vector.iter().map(|&h| (errors * errors * f64::from(h)).abs()).fold(0.0, f64::max) / 2.0;
        assert!(stale > 100.0 * table, "{stale}");
    }
}

#[test]
fn small_vocabularies_are_explained() {
    for config in models() {
        let explanation = explained_text("a b\nb a\n", config);
        assert_eq!(explanation.predicted.len(), 2);
        // The neighbours of `a`, the first of two words.
        let nearest = |stage: &Stage| stage.neighbours[0].iter().map(|near| near.id).collect::<Vec<_>>();
        assert!(explanation.stages.iter().all(|stage| nearest(stage) == [1]));
    }
    let alone = explained_text("a a a\n", models()[0].clone());
    assert_eq!((alone.predicted, alone.stages[1].neighbours.clone()), (vec![(0, 1.0)], vec![vec![]]));
}

#[test]
fn errors_and_gradients_are_the_losses_derivatives() {
    const STEP: f64 = 1e-4;
    let loss_at = |step: &Step, hidden: &[f64]| -> f64 {
        let logits = step.rows.iter().map(|row| row.before.iter().zip(hidden).map(|(&w, h)| f64::from(w) * h).sum());
        step.rows.iter().zip(logits).map(|(row, logit)| step::loss(logit, row.label)).sum()
    };
    for config in models() {
        for Window { step, learning_rate, .. } in explained(&config, &WORDS).1.windows {
            let hidden: Vec<f64> = step.hidden.vector.iter().map(|&number| number.into()).collect();
            assert!((loss_at(&step, &hidden) - step.summary.loss).abs() < 1e-9);
            let rows: Vec<u32> = step.rows.iter().map(|row| row.of.row()).collect();
            assert!((1..rows.len()).all(|place| !rows[..place].contains(&rows[place])), "a row twice");
            for (place, moved) in step.gradient.iter().enumerate() {
                let at = |by: f64| {
                    let mut hidden = hidden.clone();
                    hidden[place] += by;
                    loss_at(&step, &hidden)
                };
                let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                assert!((moved + learning_rate * slope).abs() < 1e-9, "{moved} {slope}");
            }
            for row in &step.rows {
                let at = |by: f64| step::loss(row.logit + by, row.label);
                let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                assert!((row.error + learning_rate * slope).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn a_step_makes_the_same_prediction_less_wrong() {
    for config in models() {
        let (_, explanation) = explained(&config, &["paris"]);
        for window in &explanation.windows {
            for summary in window.others.iter().map(|other| other.1).chain([window.step.summary]) {
                assert!(summary.loss_after < summary.loss, "{summary:?}: {config:?}");
            }
        }
    }
}

#[test]
fn draws_are_those_of_the_samplers() {
    for config in models() {
        let corpus = corpus();
        let vocabulary = corpus.vocabulary();
        let all: Vec<_> = vocabulary.words().collect();
        let config = Config { epochs: 1, ..config };
        let explanation = explain(&corpus, &config, &all, &mut |_| Continue(())).unwrap();
        let draws = &explanation.draws;
        assert!(draws.iter().zip(vocabulary.counts()).all(|(draws, &count)| draws.count == count));
        assert!(draws.is_sorted_by(|a, b| a.keep <= b.keep) && draws[0].keep < 0.5);
        match config.objective {
            Objective::NegativeSampling => {
                let shares: Vec<f64> = draws.iter().map(|draws| draws.noise.unwrap()).collect();
                assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let ratio = (vocabulary.counts()[0] as f64 / vocabulary.counts()[9] as f64).powf(0.75);
                assert!((shares[0] / shares[9] - ratio).abs() < 1e-9);
            }
            Objective::HierarchicalSoftmax => {
                // The code is complete: Σ 2^−length over its words is 1 (Kraft's equality).
                let codes = draws.iter().map(|draws| draws.code.as_ref().unwrap());
                assert_eq!(codes.map(|code| 0.5f64.powi(code.len() as i32)).sum::<f64>(), 1.0);
                let first = draws[0].code.as_ref().unwrap();
                let bits: String = explanation.path.iter().map(|turn| if turn.bit { '1' } else { '0' }).collect();
                assert_eq!(*first, bits);
            }
        }
        assert_eq!(explanation.windows.len(), 1);
    }
}

#[test]
fn what_is_below_a_turn_is_its_most_frequent_words() {
    let config = Config { objective: Objective::HierarchicalSoftmax, epochs: 1, ..Config::default() };
    let (vocabulary, explanation) = explained(&config, &["paris"]);
    let paris = vocabulary.id(b"paris").unwrap();
    let sampling = Sampling::new(&vocabulary, &config).unwrap();
    let code = |word: u32| sampling.draws(word, &vocabulary, &config).code.unwrap();
    for (depth, turn) in explanation.path.iter().enumerate() {
        for (bit, below) in turn.below.iter().enumerate() {
            let way = format!("{}{bit}", &code(paris)[..depth]);
            let expected = (0..vocabulary.len() as u32).filter(|&word| code(word).starts_with(&way)).take(4);
            assert!(below.iter().copied().eq(expected), "{depth} {bit}");
        }
    }
    assert_eq!(explanation.path.last().unwrap().below[usize::from(explanation.path.last().unwrap().bit)], [paris]);
}

#[test]
fn predictions_are_probabilities_of_all_words() {
    for config in models() {
        let (vocabulary, explanation) = explained(&config, &["paris"]);
        assert_eq!(explanation.predicted.len(), PREDICTED);
        assert!(explanation.predicted.is_sorted_by(|a, b| a.1 >= b.1));
        let noise = || vocabulary.counts().iter().map(|&count| (count as f64).powf(0.75));
        // The logit of row 3 is 0.8, all others are 0.
        let mut output = vec![Lanes::ZERO; vocabulary.len() * 2];
        output[6] = Lanes([0.1; 16]);
        let output = MatrixMut::new(&mut output, vocabulary.len(), config.dim).unwrap();
        let sampling = Sampling::new(&vocabulary, &config).unwrap();
        let all = predict::predicted(&sampling.sampler(&config), &output, &[0.5; 20], noise(), usize::MAX);
        assert!((all.iter().map(|word| word.1).sum::<f64>() - 1.0).abs() < 1e-6, "{config:?}");
        let rest = noise().sum::<f64>() - noise().nth(3).unwrap();
        for &(word, likely) in &all {
            let expected = match config.objective {
                Objective::NegativeSampling => {
                    let weight =
                        |word: u32| noise().nth(word as usize).unwrap() * if word == 3 { 0.8f64.exp() } else { 1.0 };
                    weight(word) / (rest + weight(3))
                }
                Objective::HierarchicalSoftmax => {
                    let turn = |turn: Turn| match (turn.node, turn.bit) {
                        (3, false) => 1.0 / (1.0 + (-0.8f64).exp()),
                        (3, true) => 1.0 / (1.0 + 0.8f64.exp()),
                        _ => 0.5,
                    };
                    predict::turns(&sampling.sampler(&config), word).into_iter().map(turn).product()
                }
            };
            assert!((likely - expected).abs() < 1e-6 * expected, "{word}: {likely} {expected}");
        }
    }
}

#[test]
fn the_map_has_the_words_and_their_nearest_where_they_are() {
    let (vocabulary, explanation) = explained(&models()[0], &WORDS);
    let stages: Vec<usize> = explanation.stages.iter().map(|stage| stage.epochs).collect();
    assert_eq!(stages, [0, 1, 3]);
    assert_eq!(explanation.losses.len(), 3);
    assert!(explanation.losses[2] < explanation.losses[0]);
    let map = &explanation.map;
    let words: Vec<u32> = map.words.iter().map(|place| place.word).collect();
    let asked = WORDS.map(|word| vocabulary.id(word.as_bytes()).unwrap());
    assert_eq!(words[..2], asked);
    assert!((3..=2 + 2 * ON_MAP).contains(&words.len()));
    let last = explanation.stages.last().unwrap();
    for place in &map.words[2..] {
        assert!(last.neighbours[place.group][..ON_MAP].iter().any(|near| near.id == place.word));
    }
    assert!(explanation.stages.iter().all(|stage| stage.neighbours.iter().all(|near| near.len() == NEIGHBOURS)));
    assert_eq!(map.places.iter().map(Vec::len).collect::<Vec<_>>(), [words.len(); 3]);
    assert!((0.1..1.0).contains(&map.shown));

    // Vectors of two numbers lose nothing in the plane, so distances on the map are those of the
    // words.
    let (vocabulary, explanation) = explained(&Config { dim: 2, ..models()[0].clone() }, &WORDS);
    assert!((explanation.map.shown - 1.0).abs() < 1e-12);
    let (mut compared, places) = (0, &explanation.map.places);
    for (places, stage) in places.iter().zip(&explanation.stages) {
        for (group, near) in
            stage.neighbours.iter().enumerate().flat_map(|(group, near)| near.iter().map(move |n| (group, n)))
        {
            if let Some(at) = explanation.map.words.iter().position(|other| other.word == near.id) {
                let apart = (places[group][0] - places[at][0]).hypot(places[group][1] - places[at][1]);
                let expected = (2.0 - 2.0 * f64::from(near.cosine)).max(0.0).sqrt();
                assert!((apart - expected).abs() < 1e-3, "{apart} {expected}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 2 * ON_MAP);
    // The first stage has the values that training starts from.
    let mut row = [Lanes::ZERO];
    w2v_core::initial::fill(1, vocabulary.id(b"the").unwrap(), 2, &mut row);
    let length = row[0].0[0].hypot(row[0].0[1]);
    let mut other = [Lanes::ZERO];
    w2v_core::initial::fill(1, vocabulary.id(b"paris").unwrap(), 2, &mut other);
    let apart = (places[0][0][0] - places[0][1][0]).hypot(places[0][0][1] - places[0][1][1]);
    let cosine =
        (row[0].0[0] * other[0].0[0] + row[0].0[1] * other[0].0[1]) / length / other[0].0[0].hypot(other[0].0[1]);
    assert!((apart - f64::from((2.0 - 2.0 * cosine).sqrt())).abs() < 1e-5);
}

#[test]
fn the_first_word_with_a_window_is_the_center() {
    let corpus = alone();
    let vocabulary = corpus.vocabulary();
    let config = Config { sample: 0.0, epochs: 1, ..Config::default() };
    let explanation = explain(&corpus, &config, &["c", "b", "a", "b"], &mut |_| Continue(())).unwrap();
    assert_eq!(vocabulary.word(explanation.center()).unwrap(), "b");
    assert_eq!(explanation.windows.len(), 1);
    assert_eq!(explanation.draws.len(), 3);
}

/// A text whose most frequent word, `c`, stands alone in its lines.
fn alone() -> Corpus {
    let text = [b"a b\nb a\n".repeat(20), b"c\n".repeat(100)].concat();
    ReadOptions::new().sources([Source::text(text)]).unwrap()
}

#[test]
fn sentences_are_whole_wherever_the_text_is_read_in_pieces() {
    // The first piece of 65,536 tokens ends between `a` and `b`. These two words have no other
    // neighbours.
    let text = "x y\n".repeat(32_766) + "x y x\na b\n" + &"x y\n".repeat(10);
    let config = Config { learning_rate: Some(0.01), ..models()[0].clone() };
    assert_eq!(explained_text(&text, config.clone()).windows.len(), 1);
    // A sentence longer than a piece is trained in pieces.
    let long = "x y ".repeat(40_000) + "a b";
    assert_eq!(explained_text(&long, config).windows[0].center, 80_000 - PIECE);
}

#[test]
fn long_sentences_are_stopped_in_their_midst() {
    let text = "x y a b ".repeat(15_000);
    let corpus = ReadOptions::new().sources([Source::text(text)]).unwrap();
    let config = Config { sample: 0.0, dim: 2, window: 50, epochs: 1, ..Config::default() };
    let mut told = Vec::new();
    let stopped = explain(&corpus, &config, &["a"], &mut |progress| {
        told.push(progress.pairs);
        if told.len() == 3 { Break(()) } else { Continue(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped(_))));
    assert!(told.is_sorted() && told[0] > 60_000 && told[2] < 250_000, "{told:?}");
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let corpus = corpus();
    let config = Config { epochs: 1, ..Config::default() };
    let error = |config: &Config, words: &[&str]| {
        let explained = explain(&corpus, config, words, &mut |_| Continue(()));
        explained.map(|_| ()).unwrap_err().to_string()
    };
    assert!(error(&config, &[]).starts_with("word WORD: is needed"));
    assert!(error(&config, &["paris", "nowhere"]).starts_with("word nowhere: is not among the "));
    assert!(error(&Config { dim: 0, ..config.clone() }, &["paris"]).starts_with("dim 0: must be"));
    // So few tokens are kept that every `the` is dropped.
    let sparse = Config { sample: 1e-300, ..config.clone() };
    assert!(error(&sparse, &["the"]).starts_with("nothing to train: no sentence"));
    let stopped = explain(&corpus, &config, &WORDS, &mut |_| Break(()));
    assert!(matches!(stopped, Err(Error::Stopped(_))));

    let corpus = alone();
    let config = Config { sample: 0.0, epochs: 1, ..config };
    let alone = explain(&corpus, &config, &["c"], &mut |_| Continue(()));
    assert!(alone.unwrap_err().to_string().starts_with("word c: has no window"));
}
