//! Google's analogy questions. A question is answered correctly if the word that 3CosAdd ranks
//! first is the expected word.

use std::io::BufRead;
use std::iter::Sum;
use std::ops::Add;

use rayon::prelude::*;

use super::Evaluator;
use crate::error::{Error, Result};
use crate::files::lines::Lines;
use crate::memory;
use crate::model::query::{dots, scaled};
use crate::model::vectors::Vectors;
use crate::text::tokens::tokens;
use crate::threads;

/// Questions that are searched together, so that a tile of rows is read from memory once for all
/// these questions.
const BLOCK: usize = 64;

/// Rows in a tile. With usual dimensions a tile stays in the second-level cache.
const TILE: usize = 256;

/// Questions whose dot products with a row are computed at once, in registers.
const GROUP: usize = 4;

/// The name in error messages for the memory of questions.
const WHAT: &str = "questions";

/// Questions of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The section's name in the file.
    pub name: String,
    /// Each question is `[a, b, c, d]`: a is to b as c is to d, and d is to be found.
    pub questions: Vec<[Vec<u8>; 4]>,
}

impl Section {
    /// Whether the questions are about grammar, and not about meaning: whether the name begins with
    /// `gram`.
    pub fn is_syntactic(&self) -> bool {
        self.name.starts_with("gram")
    }
}

/// How many questions of a section were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectionScore {
    /// The number of questions whose expected word was ranked first.
    pub correct: usize,
    /// The number of questions of which all four words are known.
    pub known: usize,
    /// The number of all questions.
    pub questions: usize,
}

impl SectionScore {
    /// The share of the known questions that were answered correctly, 0 to 1; `None` if no question
    /// is known.
    pub fn accuracy(&self) -> Option<f64> {
        (self.known > 0).then(|| self.correct as f64 / self.known as f64)
    }
}

impl Add for SectionScore {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            correct: self.correct + other.correct,
            known: self.known + other.known,
            questions: self.questions + other.questions,
        }
    }
}

impl Sum for SectionScore {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), Add::add)
    }
}

/// Reads analogy questions: lines of four words, in sections that begin with a line `: title`.
/// `name` is the file's name in errors.
///
/// # Errors
/// [`Error::Line`] for any other line, or for a question before the first section; [`Error::File`]
/// if there is no question; [`Error::Io`] from `reader`.
pub fn read_analogies(reader: impl BufRead, name: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut lines = Lines::new(reader, name);
    while let Some((line, text)) = lines.read()? {
        let fail = |problem: &str| Error::Line { path: name.to_owned(), line, problem: problem.to_owned() };
        if let Some(title) = text.strip_prefix(b":") {
            // Each invalid byte may become a replacement character of three bytes.
            memory::check(title.len().saturating_mul(3), WHAT)?;
            let name = String::from_utf8_lossy(title.trim_ascii()).into_owned();
            memory::push(&mut sections, Section { name, questions: Vec::new() }, WHAT)?;
            continue;
        }
        let mut words = tokens(text).fuse();
        let Some(first) = words.next() else { continue };
        let (Some(second), Some(third), Some(fourth), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(fail("expected four words"));
        };
        let section = sections.last_mut().ok_or_else(|| fail("expected a line `: section` before any question"))?;
        let mut question: [Vec<u8>; 4] = Default::default();
        for (copy, word) in question.iter_mut().zip([first, second, third, fourth]) {
            memory::append(copy, word, WHAT)?;
        }
        memory::push(&mut section.questions, question, WHAT)?;
    }
    if sections.iter().all(|section| section.questions.is_empty()) {
        return Err(Error::File { path: name.to_owned(), problem: "no line of four words in it".to_owned() });
    }
    Ok(sections)
}

impl Evaluator<'_> {
    /// The score of each section, if only the first `top` words of the model are used. A word
    /// beyond these is unknown. The three given words of a question are no answers, and neither is
    /// a word that equals an earlier word of the model in lower case.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no room for the search, [`Error::Setting`] if no threads can
    /// be started.
    pub fn analogies(&self, sections: &[Section], top: usize) -> Result<Vec<SectionScore>> {
        let known = |word: &[u8]| Ok(self.row(word)?.filter(|&row| (row as usize) < top));
        // The rows that may answer: the first row of each distinct word, in rising order.
        let mut firsts = self.rows.iter().take_while(|&&row| (row as usize) < top).peekable();
        let mut answers: Vec<Answer<'_>> = Vec::new();
        self.vectors.for_each_scaled(|row, vector, scale| match firsts.next_if_eq(&&row) {
            Some(_) => memory::push(&mut answers, Answer { row, vector, scale }, WHAT),
            None => Ok(()),
        })?;
        let pool = threads::pool(threads::number(None))?;
        let score = |section: &Section| {
            let mut questions: Vec<[u32; 4]> = Vec::new();
            for [a, b, c, d] in &section.questions {
                if let [Some(a), Some(b), Some(c), Some(d)] = [known(a)?, known(b)?, known(c)?, known(d)?] {
                    memory::push(&mut questions, [a, b, c, d], WHAT)?;
                }
            }
            let blocks = || questions.par_chunks(BLOCK).map(|block| correct(self.vectors, block, &answers)).sum();
            Ok(SectionScore {
                correct: pool.install(blocks),
                known: questions.len(),
                questions: section.questions.len(),
            })
        };
        sections.iter().map(score).collect()
    }
}

/// A row that may answer, and the factor that scales the row to length 1.
struct Answer<'a> {
    row: u32,
    vector: &'a [f32],
    scale: f32,
}

/// A question under search.
struct Search {
    /// `b − a + c`.
    target: Vec<f32>,
    /// The rows of a, b and c.
    excluded: [u32; 3],
    expected: u32,
    best: (f32, Option<u32>),
}

impl Search {
    /// The search for the fourth row, given all four.
    fn new(vectors: &Vectors, [a, b, c, expected]: [u32; 4]) -> Self {
        let [from, to, of] = [a, b, c].map(|row| vectors.unit(row));
        let target = from.iter().zip(to).zip(of).map(|((a, b), c)| b - a + c).collect();
        Self { target, excluded: [a, b, c], expected, best: (f32::NEG_INFINITY, None) }
    }

    /// Makes `answer` the best answer if it scores higher than all answers before it. `product` is
    /// the dot product of the target and the answer's row.
    #[inline]
    fn offer(&mut self, product: f32, &Answer { row, vector, scale }: &Answer<'_>) {
        let score = scaled(product, scale, &self.target, vector);
        if score > self.best.0 && !self.excluded.contains(&row) {
            self.best = (score, Some(row));
        }
    }
}

/// The number of `questions` to which the best of `answers` is correct.
fn correct(vectors: &Vectors, questions: &[[u32; 4]], answers: &[Answer<'_>]) -> usize {
    let mut searches: Vec<Search> = questions.iter().map(|&question| Search::new(vectors, question)).collect();
    for tile in answers.chunks(TILE) {
        let (groups, rest) = searches.as_chunks_mut::<GROUP>();
        for group in groups {
            for answer in tile {
                let scores = dots(group.each_ref().map(|search| search.target.as_slice()), answer.vector);
                for (search, score) in group.iter_mut().zip(scores) {
                    search.offer(score, answer);
                }
            }
        }
        for search in rest {
            for answer in tile {
                let [score] = dots([search.target.as_slice()], answer.vector);
                search.offer(score, answer);
            }
        }
    }
    searches.iter().filter(|search| search.best.1 == Some(search.expected)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read() {
        let sections = read_analogies(&b"\xef\xbb\xbf: capitals\nA B  C\tD\r\n\n:gram1 x\n: empty\n"[..], "f").unwrap();
        assert_eq!(sections.len(), 3);
        assert_eq!(sections[0].questions, [[b"A", b"B", b"C", b"D"].map(|word| word.to_vec())]);
        assert!(sections[1].is_syntactic() && !sections[0].is_syntactic());
        for (file, expected) in [
            ("", "f: no line of four words"),
            ("a b c d\n", "f:1: expected a line `: section`"),
            (": s\na b c\n", "f:2: expected four words"),
            (": s\na b c d e\n", "f:2: expected four words"),
        ] {
            let error = read_analogies(file.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_word_in_other_letters_is_no_other_answer() {
        // `PARIS` is nearest to the target, and `FRANCE` is next. The model has both in lower case
        // on earlier rows.
        let words = ["athens", "greece", "paris", "france", "rome", "PARIS", "FRANCE"];
        let vectors = [[1.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 0.6, 0.8], [1.0, 0.0, 0.1]];
        let vectors = [&vectors[..], &[[0.0, 0.5, 1.0], [0.0, 0.51, 1.0]]].concat();
        let vectors = Vectors::new(words, 3, vectors.into_flattened()).unwrap();
        let sections = read_analogies(&b": s\nAthens Greece Paris France\n"[..], "f").unwrap();
        let [score] = Evaluator::new(&vectors).unwrap().analogies(&sections, 7).unwrap()[..] else {
            panic!("one section")
        };
        assert_eq!((score.correct, score.known), (1, 1));
    }

    /// There are more questions than in a block and more rows than in a tile, so that every path is
    /// taken.
    #[test]
    fn the_search_agrees_with_the_index() {
        let (words, dim) = (600u32, 13);
        let mut state = 1u64;
        let mut draw = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        let vectors: Vec<f32> = (0..words * dim).map(|_| draw()).collect();
        let names: Vec<String> = (0..words).map(|word| format!("w{word}")).collect();
        let vectors = Vectors::new(&names, dim as usize, vectors).unwrap();
        let mut questions = Vec::new();
        for question in 0..150u32 {
            let [a, b, c] = [7, 11, 13].map(|step| names[(question * step % 300) as usize].as_bytes());
            let answer = vectors.analogy(a, b, c, 1).unwrap()[0].id;
            let right: &[u8] = vectors.word(answer).unwrap();
            let wrong = names[(question % 300 + 1) as usize].as_bytes();
            let expected = if question % 3 == 0 { wrong } else { right };
            questions.push([a, b, c, expected].map(<[u8]>::to_vec));
        }
        questions.push([&b"w1"[..], b"w2", b"w3", b"absent"].map(<[u8]>::to_vec));
        let sections = [Section { name: "all".to_owned(), questions }];
        let evaluator = Evaluator::new(&vectors).unwrap();
        let [score] = evaluator.analogies(&sections, 600).unwrap()[..] else { panic!("one section") };
        assert_eq!((score.known, score.questions), (150, 151));
        let right = sections[0]
            .questions
            .iter()
            .filter(|[a, b, c, d]| vectors.analogy(a, b, c, 1).unwrap()[0].id == vectors.id(d).unwrap_or(u32::MAX));
        assert_eq!(score.correct, right.count());
        assert!(score.correct >= 100);
        let [score] = evaluator.analogies(&sections, 299).unwrap()[..] else { panic!("one section") };
        assert!(score.known < 150);
    }
}
