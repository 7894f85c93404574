//! Queries and scores against plain loops in `f64`.

use proptest::prelude::*;
use w2v::Vectors;
use w2v::evaluate::{Evaluator, Pair};
use w2v_tests::reference::{self, Rows};

const DIM: usize = 3;

fn word(id: usize) -> String {
    format!("word{id}")
}

/// A model of the rows.
fn vectors(rows: &Rows) -> Vectors {
    let numbers = rows.iter().flatten().map(|&number| number as f32).collect();
    Vectors::new((0..rows.len()).map(word), DIM, numbers).expect("a model")
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    reference::dot(a, b) / (reference::dot(a, a) * reference::dot(b, b)).sqrt()
}

/// Vectors of small whole numbers, none zero, so that equal cosines are common.
fn models() -> impl Strategy<Value = Rows> {
    let vector = prop::collection::vec(-3_i8..4, DIM).prop_filter("has a direction", |v| v.iter().any(|&x| x != 0));
    let row = vector.prop_map(|vector| vector.into_iter().map(f64::from).collect());
    prop::collection::vec(row, 4..30)
}

/// Fails unless the answers are the words of the largest cosines with the query, of those not
/// excluded.
fn assert_closest(found: &[(u32, f32)], rows: &Rows, query: &[f64], excluded: &[usize], k: usize) {
    let mut best: Vec<(usize, f64)> = rows.iter().map(|row| cosine(row, query)).enumerate().collect();
    best.retain(|(id, _)| !excluded.contains(id));
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    assert_eq!(found.len(), best.len().min(k));
    for (&(id, similarity), (_, best)) in found.iter().zip(best) {
        let exact = cosine(&rows[id as usize], query);
        assert!(!excluded.contains(&(id as usize)), "{id} is left out");
        assert!((f64::from(similarity) - exact).abs() < 1e-5, "{similarity} where {exact} is exact");
        assert!((exact - best).abs() < 1e-5, "{id} has {exact}, the best left {best}");
    }
}

/// The sum of unit vectors, each times its factor.
fn combine(rows: &Rows, terms: &[(usize, f64)]) -> Vec<f64> {
    let mut sum = vec![0.0; DIM];
    for &(id, factor) in terms {
        reference::axpy(factor / reference::dot(&rows[id], &rows[id]).sqrt(), &rows[id], &mut sum);
    }
    sum
}

proptest! {
    #[test]
    fn spearman_is_the_oracles(pairs in prop::collection::vec((0.0_f64..std::f64::consts::PI, 0_u8..6), 3..40)) {
        // Each pair is a fixed direction and one at an angle to it; some angles and many scores are
        // equal.
        let (mut rows, mut judged): (Rows, Vec<Pair>) = (vec![], vec![]);
        let angles: Vec<f64> = pairs.iter().map(|(angle, _)| (angle * 8.0).round() / 8.0).collect();
        for (pair, (&angle, (_, score))) in angles.iter().zip(&pairs).enumerate() {
            rows.extend([vec![1.0, 0.0, 0.0], vec![angle.cos(), angle.sin(), 0.0]]);
            let words = [2 * pair, 2 * pair + 1].map(|id| word(id).into_bytes());
            judged.push(Pair { words, score: f64::from(*score) });
        }
        let score = Evaluator::new(&vectors(&rows)).unwrap().similarity(&judged).unwrap();
        let negated: Vec<f64> = angles.iter().map(|angle| -angle).collect();
        let scores: Vec<f64> = judged.iter().map(|pair| pair.score).collect();
        let expected = reference::spearman(&negated, &scores);
        prop_assert_eq!((score.known, score.pairs), (judged.len(), judged.len()));
        match score.spearman {
            Some(found) => prop_assert!((found - expected).abs() < 1e-9, "{found} where {expected} is expected"),
            None => prop_assert!(expected.is_nan()),
        }
    }

    #[test]
    fn nearest_is_the_oracles(rows in models(), k in 1_usize..40) {
        let vectors = vectors(&rows);
        let found = vectors.nearest_to(&[word(1), word(3)], &[], k).expect("words of the model");
        let found: Vec<(u32, f32)> = found.iter().map(|neighbour| (neighbour.id, neighbour.cosine)).collect();
        let query = combine(&rows, &[(1, 1.0), (3, 1.0)]);
        prop_assume!(reference::dot(&query, &query) > 0.01);
        assert_closest(&found, &rows, &query, &[1, 3], k);
    }

    #[test]
    fn analogy_is_the_oracles(rows in models(), k in 1_usize..5) {
        let [a, b, c] = [0, 1, 2].map(|id| word(id).into_bytes());
        let vectors = vectors(&rows);
        let found = vectors.analogy(&a, &b, &c, k).expect("words of the model");
        let found: Vec<(u32, f32)> = found.iter().map(|neighbour| (neighbour.id, neighbour.cosine)).collect();
        let query = combine(&rows, &[(0, -1.0), (1, 1.0), (2, 1.0)]);
        prop_assume!(reference::dot(&query, &query) > 0.01);
        assert_closest(&found, &rows, &query, &[0, 1, 2], k);
    }
}
