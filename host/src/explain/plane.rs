//! Projection of vectors onto a plane, for a map.

use nalgebra::DMatrix;

/// Projects the rows of `sets`, of `dim` numbers each, onto a plane. The plane passes through the
/// mean of the last set and is spanned by that set's first two principal components (Pearson 1901).
/// All sets are projected onto this one plane, so that a row can be followed from set to set.
///
/// Returns two coordinates for each row of each set, and the share of the last set's variance that
/// lies in the plane: 1 if the set does not vary.
pub(super) fn places(sets: &[Vec<f32>], dim: usize) -> (Vec<Vec<[f64; 2]>>, f64) {
    let matrix = |set: &Vec<f32>| DMatrix::from_row_iterator(set.len() / dim, dim, set.iter().map(|&x| f64::from(x)));
    let Some(last) = sets.last().map(matrix) else { return (Vec::new(), 1.0) };
    let mean = last.row_mean();
    let centered = |mut set: DMatrix<f64>| {
        set.row_iter_mut().for_each(|mut row| row -= &mean);
        set
    };
    // The singular values come in falling order.
    let parts = centered(last).svd(false, true);
    let components = parts.v_t.unwrap_or_else(|| DMatrix::zeros(0, dim));
    let variances: Vec<f64> = parts.singular_values.iter().map(|value| value * value).collect();
    let (all, shown) = (variances.iter().sum::<f64>(), variances.iter().take(2).sum::<f64>());
    let place = |set: &DMatrix<f64>, row: usize, axis: usize| {
        if axis < components.nrows() { components.row(axis).dot(&set.row(row)) } else { 0.0 }
    };
    let places = |set: DMatrix<f64>| (0..set.nrows()).map(|row| [place(&set, row, 0), place(&set, row, 1)]).collect();
    (sets.iter().map(|set| places(centered(matrix(set)))).collect(), if all > 0.0 { shown / all } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_are_those_of_widest_spread_and_all_sets_have_the_same() {
        // The spread is widest along the third number, then along the first. The second is
        // constant.
        let last = vec![1.0, 5.0, 10.0, -1.0, 5.0, -10.0, 2.0, 5.0, 0.0, -2.0, 5.0, 0.0];
        let mut moved = last.clone();
        moved[2] = 12.0;
        let (found, share) = places(&[moved, last.clone()], 3);
        assert!((share - 1.0).abs() < 1e-12, "the second number never varies");
        let spread = |axis: usize| found[1].iter().map(|place| place[axis].powi(2)).sum::<f64>();
        assert!(spread(0) > 199.0 && spread(1) > 7.0 && spread(1) < 11.0, "{found:?}");
        for (a, b) in [(0, 1), (1, 2), (2, 3)] {
            let apart = |p: &[[f64; 2]]| (p[a][0] - p[b][0]).hypot(p[a][1] - p[b][1]);
            let true_distance =
                (0..3).map(|i| f64::from(last[3 * a + i] - last[3 * b + i]).powi(2)).sum::<f64>().sqrt();
            assert!((apart(&found[1]) - true_distance).abs() < 1e-9);
        }
        let step = (found[0][0][0] - found[1][0][0]).abs();
        assert!((1.9..=2.0).contains(&step), "{step}");
        assert_eq!(found[0][1..], found[1][1..]);
    }

    #[test]
    fn one_word_or_one_number_has_a_place_too() {
        assert_eq!(places(&[vec![1.0, 2.0]], 2), (vec![vec![[0.0, 0.0]]], 1.0));
        let (found, _) = places(&[vec![1.0, 3.0]], 1);
        assert!((found[0][0][0] - found[0][1][0]).abs() - 2.0 < 1e-12 && found[0][0][1] == 0.0);
        assert!(places(&[], 4).0.is_empty());
        // The corners of a cube have the same variance in each of three directions.
        let cube: Vec<f32> = (0..24).map(|i| if (i / 3) >> (i % 3) & 1 == 1 { 1.0 } else { 0.0 }).collect();
        assert!((places(&[cube], 3).1 - 2.0 / 3.0).abs() < 1e-12);
    }
}
