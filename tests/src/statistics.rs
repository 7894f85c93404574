//! Pearson's χ² test, for samplers.

/// Fails if the observed counts are unlikely (about one chance in 30,000) under the expected
/// probabilities.
///
/// Categories of fewer than five expected observations are pooled; one of probability zero must not
/// be observed.
///
/// # Panics
/// If the counts do not fit.
pub fn assert_distribution(observed: &[u64], probabilities: &[f64], what: &str) {
    assert_eq!(observed.len(), probabilities.len(), "{what}: one probability for each category");
    let draws = observed.iter().sum::<u64>() as f64;
    let mut statistic = 0.0;
    let mut categories = 0;
    let mut pool = (0.0, 0.0);
    for (category, (&count, &probability)) in observed.iter().zip(probabilities).enumerate() {
        let expected = draws * probability;
        if probability == 0.0 {
            assert_eq!(count, 0, "{what}: category {category} has probability 0");
        } else if expected < 5.0 {
            pool = (pool.0 + count as f64, pool.1 + expected);
        } else {
            statistic += deviation(count as f64, expected);
            categories += 1;
        }
    }
    if pool.1 > 0.0 {
        statistic += deviation(pool.0, pool.1);
        categories += 1;
    }
    let limit = critical_value(categories - 1);
    assert!(statistic <= limit, "{what}: χ² {statistic:.1} over {categories} categories exceeds {limit:.1}");
}

fn deviation(observed: f64, expected: f64) -> f64 {
    (observed - expected).powi(2) / expected
}

/// The value that χ² exceeds with probability 3·10⁻⁵ (Wilson and Hilferty's approximation, four
/// standard deviations).
pub fn critical_value(degrees: usize) -> f64 {
    if degrees == 0 {
        return 1e-9;
    }
    let k = degrees as f64;
    let spread = 2.0 / (9.0 * k);
    k * (1.0 - spread + 4.0 * spread.sqrt()).powi(3)
}
