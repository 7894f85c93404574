use super::*;

fn vectors() -> Vectors {
    let words = ["east", "north", "northeast", "up", "nothing", "west"];
    let rows = [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]];
    Vectors::new(words, 3, rows.concat()).unwrap()
}

fn words(found: &[Neighbour<'_>]) -> Vec<String> {
    found.iter().map(|near| near.word.to_string()).collect()
}

#[test]
fn the_nearest_come_first_and_the_query_not_at_all() {
    let vectors = vectors();
    let found = vectors.nearest("east", 10).unwrap();
    assert_eq!(words(&found), ["northeast", "north", "up", "nothing", "west"]);
    assert!((found[0].cosine - 0.5f32.sqrt()).abs() < 1e-6);
    assert_eq!(found[4].cosine, -1.0);
    assert_eq!(vectors.nearest("east", 2).unwrap(), found[..2]);
    assert_eq!(vectors.nearest("east", 0).unwrap(), []);
    assert_eq!(vectors.nearest_to::<&str>(&[], &[], 4).unwrap(), []);
    let both = vectors.nearest_to(&["east", "north"], &[], 1).unwrap();
    assert_eq!(words(&both), ["northeast"]);
    assert!((both[0].cosine - 1.0).abs() < 1e-6);
}

#[test]
fn the_best_of_many_are_the_first_of_all() {
    let len = 5 * KEPT;
    let vectors = (0..len).flat_map(|row| [1.0, ((row * 7919) % (len / 3)) as f32]).collect();
    let vectors = Vectors::new((0..len).map(|row| row.to_string()), 2, vectors).unwrap();
    let all = vectors.closest(&[1.0, 0.0], &[9], len).unwrap();
    assert_eq!(all.len(), len - 1);
    assert!(all.is_sorted_by(|a, b| (b.cosine, a.id) <= (a.cosine, b.id)));
    for k in [0, 1, 2, KEPT / 2, KEPT, KEPT + 1, len - 2, len] {
        assert_eq!(vectors.closest(&[1.0, 0.0], &[9], k).unwrap(), all[..k.min(len - 1)]);
    }
}

#[test]
fn an_analogy_adds_the_difference() {
    let vectors = vectors();
    let found = vectors.analogy("west", b"northeast", String::from("nothing"), 1).unwrap();
    assert_eq!(words(&found), ["east"]);
}

#[test]
fn the_closest_to_any_vector() {
    let vectors = vectors();
    let nearest = vectors.nearest("east", 4).unwrap();
    for length in [1e-30, 1.0, 1e30] {
        assert_eq!(vectors.closest(&[length, 0.0, 0.0], &[0], 4).unwrap(), nearest);
    }
    assert_eq!(words(&vectors.closest(&[0.0, 0.1, 9.0], &[], 2).unwrap()), ["up", "north"]);
    let zeros = vectors.closest(&[0.0; 3], &[0, 2, 99], 9).unwrap();
    assert_eq!(words(&zeros), ["north", "up", "nothing", "west"]);
    assert!(zeros.iter().all(|near| near.cosine == 0.0));
    for (query, said) in [(&[1.0, 0.0][..], "2 numbers, 2 of them"), (&[1.0, f32::NAN, 0.0], "3 numbers, 2 of them")] {
        let error = vectors.closest(query, &[], 1).unwrap_err().to_string();
        let expected = "finite; give 3 finite numbers, as many as the model's vectors have";
        assert_eq!(error, format!("the query has {said} {expected}"));
    }
}

#[test]
fn similarity_is_the_cosine() {
    let vectors = vectors();
    assert_eq!(vectors.similarity("east", b"west").unwrap(), -1.0);
    assert_eq!(vectors.similarity("nothing", "nothing").unwrap(), 0.0);
    let error = vectors.similarity("east", "south").unwrap_err().to_string();
    assert_eq!(error, "`south` is not among the model's 6 words");
    let error = vectors.similarity("East", "north").unwrap_err().to_string();
    assert_eq!(error, "`East` is not among the model's 6 words, `east` is");
}

#[test]
fn no_cosine_is_beyond_1() {
    // Words in groups of three: a vector, the same vector again, and its opposite.
    let (words, dim) = (300, 7);
    let names: Vec<String> = (0..words).map(|word| format!("w{word}")).collect();
    let vector = |word: usize| {
        let sign = if word % 3 == 2 { -1.0 } else { 1.0 };
        (0..dim).map(move |place| sign * ((word / 3 * 31 + place * 17) % 23 + 1) as f32)
    };
    let vectors = Vectors::new(&names, dim, (0..words).flat_map(vector).collect()).unwrap();
    let mut scales = Vec::new();
    let mut keep = |_, row, scale| {
        scales.push((row, scale));
        Ok(())
    };
    vectors.for_each_scaled(&mut keep).unwrap();
    let mut beyond = 0;
    for word in (0..words).step_by(3) {
        let (row, scale) = scales[word];
        let unit = vectors.unit(word as u32);
        beyond += usize::from(scaled(dot(&unit, row), scale, &unit, row) > 1.0);
        let [same, opposite] = [1, 2].map(|other| vectors.similarity(&names[word], &names[word + other]).unwrap());
        assert!((1.0 - 1e-6..=1.0).contains(&same) && (-1.0..=-1.0 + 1e-6).contains(&opposite), "{same} {opposite}");
        let all = [vectors.nearest(&names[word], words), vectors.closest(row, &[], words)];
        for near in all.into_iter().flat_map(Result::unwrap) {
            assert!(near.cosine.abs() <= 1.0, "{near:?}");
        }
    }
    assert!(beyond > 0, "{beyond} products of equal vectors are over 1");
}

#[test]
fn vectors_of_any_length_have_cosines() {
    // Dot products of the first two rows, and of the last two, are beyond the range of an f32.
    let rows = vec![3e38, 3e38, 1e38, 2e38, 1.0, 2.0, 1e-38, 0.0, -1e-45, 1e-45];
    let vectors = Vectors::new(["a", "b", "c", "d", "e"], 2, rows).unwrap();
    let expected = [("b", 3.0 / 10f32.sqrt()), ("c", 3.0 / 10f32.sqrt()), ("d", 0.5f32.sqrt()), ("e", 0.0)];
    for (near, (word, cosine)) in vectors.nearest("a", 9).unwrap().iter().zip(expected) {
        assert!(near.word == word && (near.cosine - cosine).abs() < 1e-6, "{near:?}");
        assert!((vectors.similarity("a", word).unwrap() - cosine).abs() < 1e-6, "{word}");
    }
}

#[test]
fn negative_words_are_taken_off() {
    let vectors = vectors();
    let found = vectors.nearest_to(&["northeast", "nothing"], &["north"], 9).unwrap();
    assert_eq!(words(&found), ["east", "up", "west"]);
    let analogy = vectors.analogy("north", "northeast", "nothing", 9).unwrap();
    assert_eq!(found, analogy);
    assert_eq!(words(&vectors.nearest_to(&[], &["east"], 1).unwrap()), ["west"]);
    assert!(vectors.nearest_to(&["east"], &["south"], 1).is_err());
}

#[test]
fn what_opposite_words_leave_has_a_direction() {
    let vectors = vec![1.0, 1e-30, -1.0, 1e-30, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let vectors = Vectors::new(["a", "b", "up", "right", "nothing"], 2, vectors).unwrap();
    let found = vectors.nearest_to(&["a", "b"], &[], 9).unwrap();
    let similarities: Vec<f32> = found.iter().map(|near| near.cosine).collect();
    assert_eq!((words(&found)[0].as_str(), similarities), ("up", vec![1.0, 0.0, 0.0]));
    assert!(vectors.nearest("nothing", 9).unwrap().iter().all(|near| near.cosine == 0.0));
}

#[test]
fn products_with_rows_are_those_of_each_row() {
    for (rows, dim) in [(0, 3), (1, 1), (4, 5), (11, 7), (8, 16)] {
        let numbers: Vec<f32> = (0..rows * dim).map(|i| (i % 13) as f32 - 6.5).collect();
        let query: Vec<f32> = (0..dim).map(|i| i as f32 * 0.3 - 1.0).collect();
        let mut products = vec![f32::NAN; rows];
        dot_products(&numbers, &query, &mut products);
        let expected: Vec<f32> = numbers.chunks_exact(dim).map(|row| dot(row, &query)).collect();
        assert_eq!(products, expected);
    }
}

#[test]
fn dots_of_any_length_are_the_sums_of_products() {
    for len in 0..40 {
        let a: Vec<f32> = (0..len).map(|i| i as f32 - 7.0).collect();
        let b: Vec<f32> = (0..len).map(|i| 3.0 - i as f32).collect();
        let expected = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>();
        assert_eq!(dots([&a, &b], &b)[0], expected);
        assert_eq!(dot(&a, &b), expected);
    }
}
