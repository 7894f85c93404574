//! The token stream: walks over a floor of 16 × 16 places, made at compile time, so that they lie
//! in flash.
//!
//! A walk starts at each place once and goes to a neighbouring place at each step. A place is a
//! word, a walk a sentence: places near each other have similar contexts, and shall get similar
//! vectors.

use crate::VOCABULARY;

/// Places in a row, and rows.
const SIDE: usize = 16;

/// Places that a walk visits, its start included.
pub const STEPS: usize = 16;

/// The walks, by word ids.
pub static WALKS: [[u32; STEPS]; VOCABULARY] = FLOOR.walks;

/// How often the walks visit each word's place: in falling order, as the ids are given.
pub static COUNTS: [u64; VOCABULARY] = FLOOR.counts;

/// Whether the places of two words are at most two steps apart.
#[must_use]
pub fn are_near(one: usize, other: usize) -> bool {
    let place = |word: usize| FLOOR_PLACES.get(word).map_or((0, 0), |&place| (place % SIDE, place / SIDE));
    let (one, other) = (place(one), place(other));
    one.0.abs_diff(other.0) + one.1.abs_diff(other.1) <= 2
}

static FLOOR_PLACES: [usize; VOCABULARY] = FLOOR.places;

const FLOOR: Floor = Floor::walked();

struct Floor {
    walks: [[u32; STEPS]; VOCABULARY],
    counts: [u64; VOCABULARY],
    /// The place of each word.
    places: [usize; VOCABULARY],
}

impl Floor {
    #[allow(clippy::cast_possible_truncation)]
    const fn walked() -> Self {
        let mut walks = [[0; STEPS]; VOCABULARY];
        let mut visits = [0; VOCABULARY];
        let mut random = 1;
        let mut start = 0;
        while start < VOCABULARY {
            let mut place = start;
            let mut step = 0;
            while step < STEPS {
                walks[start][step] = place as u32;
                visits[place] += 1;
                random = next(random);
                place = neighbour(place, random >> 30);
                step += 1;
            }
            start += 1;
        }
        let (places, counts) = by_falling_count(visits);
        let mut words = [0; VOCABULARY];
        let mut word = 0;
        while word < VOCABULARY {
            words[places[word]] = word as u32;
            word += 1;
        }
        let mut token = 0;
        while token < VOCABULARY * STEPS {
            let place = walks[token / STEPS][token % STEPS];
            walks[token / STEPS][token % STEPS] = words[place as usize];
            token += 1;
        }
        Self { walks, counts, places }
    }
}

/// A linear congruential generator (Knuth); its high bits are good enough to walk by.
const fn next(random: u32) -> u32 {
    random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

/// One step in one of four directions, or back from the wall.
const fn neighbour(place: usize, direction: u32) -> usize {
    let (column, row) = (place % SIDE, place / SIDE);
    match direction {
        0 if column > 0 => place - 1,
        0 => place + 1,
        1 if column < SIDE - 1 => place + 1,
        1 => place - 1,
        2 if row > 0 => place - SIDE,
        2 => place + SIDE,
        _ if row < SIDE - 1 => place + SIDE,
        _ => place - SIDE,
    }
}

/// The places from the most visited to the least, and their counts in that order.
const fn by_falling_count(mut counts: [u64; VOCABULARY]) -> ([usize; VOCABULARY], [u64; VOCABULARY]) {
    let mut places = [0; VOCABULARY];
    let mut sorted = 0;
    while sorted < VOCABULARY {
        places[sorted] = sorted;
        let mut at = sorted;
        while at > 0 && counts[at - 1] < counts[at] {
            (counts[at - 1], counts[at]) = (counts[at], counts[at - 1]);
            (places[at - 1], places[at]) = (places[at], places[at - 1]);
            at -= 1;
        }
        sorted += 1;
    }
    (places, counts)
}
