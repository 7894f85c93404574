//! Google's analogy questions: of all words, is the one that 3CosAdd puts first the expected one?

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

/// Questions that are searched together, so that a tile of rows is read from memory once for all of
/// them.
const BLOCK: usize = 64;

/// Rows in a tile: at usual dimensions they stay in the second-level cache.
const TILE: usize = 256;

/// Questions whose dot products with a row are computed at once, in registers.
const GROUP: usize = 4;

/// What errors call the memory of questions.
const WHAT: &str = "questions";

/// Questions of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What the file calls them.
    pub name: String,
    /// `a : b :: c : d`, where `d` is to be found.
    pub questions: Vec<[Vec<u8>; 4]>,
}

impl Section {
    /// Whether the questions are about grammar, as the file's sections named `gram…` are, and not
    /// about meaning.
    pub fn is_syntactic(&self) -> bool {
        self.name.starts_with("gram")
    }
}

/// How many questions of a section were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectionScore {
    /// Questions whose expected word came first.
    pub correct: usize,
    /// Questions of which all four words are known.
    pub known: usize,
    /// All questions.
    pub questions: usize,
}

impl SectionScore {
    /// Share of the known questions that were answered correctly, `None` when none is known.
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

/// The sections of a file of lines of four words, each section begun by a line `: name`; `name`
/// stands for the file in errors.
///
/// # Errors
/// [`Error::Line`] for a line that is neither, or for a question before the first section;
/// [`Error::File`] when there is no question; [`Error::Io`] from `reader`.
pub fn read_analogies(reader: impl BufRead, name: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut lines = Lines::new(reader, name);
    while let Some((line, text)) = lines.read()? {
        let fail = |problem: &str| Error::Line { path: name.to_owned(), line, problem: problem.to_owned() };
        if let Some(title) = text.strip_prefix(b":") {
            // A replacement character has three bytes.
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
    /// How many questions of each section are answered by a search of the model's first `top`
    /// words; neither the words of the question nor those that equal an earlier one in lower case
    /// are answers, and a word beyond the first `top` is unknown.
    ///
    /// # Errors
    /// [`Error::Memory`] when there is no room for the search, [`Error::Setting`] when no threads
    /// can be started.
    pub fn analogies(&self, sections: &[Section], top: usize) -> Result<Vec<SectionScore>> {
        let known = |word: &[u8]| Ok(self.row(word)?.filter(|&row| (row as usize) < top));
        // The rows of words that are the first of equal ones, which rise.
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

/// A row that may answer, and what scales it to length 1.
struct Answer<'a> {
    row: u32,
    vector: &'a [f32],
    scale: f32,
}

/// A question under search.
struct Search {
    /// `b − a + c`.
    target: Vec<f32>,
    /// The rows `a`, `b` and `c`.
    excluded: [u32; 3],
    expected: u32,
    best: (f32, Option<u32>),
}

impl Search {
    /// The search for the last of four known rows.
    fn new(vectors: &Vectors, [a, b, c, expected]: [u32; 4]) -> Self {
        let [from, to, of] = [a, b, c].map(|row| vectors.unit(row));
        let target = from.iter().zip(to).zip(of).map(|((a, b), c)| b - a + c).collect();
        Self { target, excluded: [a, b, c], expected, best: (f32::NEG_INFINITY, None) }
    }

    /// Takes `answer`, whose product with the target this is, if it scores more than those before
    /// it.
    #[inline]
    fn offer(&mut self, product: f32, &Answer { row, vector, scale }: &Answer<'_>) {
        let score = scaled(product, scale, &self.target, vector);
        if score > self.best.0 && !self.excluded.contains(&row) {
            self.best = (score, Some(row));
        }
    }
}

/// The number of `questions` to which the best of `answers`, rows with their vectors, is right.
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
        // `PARIS` is nearest to what is asked for, and `FRANCE` next; both are in the model in
        // small letters before.
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

    /// More questions than a block and more rows than a tile, so that every path is taken.
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
