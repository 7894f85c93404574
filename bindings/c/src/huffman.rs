//! The tree of hierarchical softmax.

use crate::memory::{Caller, addresses, check_scratch, promised, size};
use crate::opaque::{self, Kind};
use crate::status::Status;
use w2v_core::error::Error;
use w2v_core::huffman::{self, Link, MAX_CODE_LENGTH};

/// The longest path in a tree.
pub const W2V_MAX_CODE_LENGTH: usize = 48;

const _: () = assert!(W2V_MAX_CODE_LENGTH == MAX_CODE_LENGTH);

/// The Huffman tree over a vocabulary, in opaque memory of `w2v_huffman_size(words)` bytes.
///
/// It is only read once it is built, by any number of threads; it holds no address, so it can be copied, stored
/// and mapped. Whoever reads it says how many bytes are there, and is refused where they are not what was
/// built: see "Stored tables" above.
pub struct Huffman(());

/// The way from the root of the tree to a word.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Path {
    /// Bit k is the turn at node k.
    pub code: u64,
    /// Number of nodes.
    pub length: usize,
    /// The inner nodes, the root first: rows of the output matrix. Those beyond `length` are 0.
    pub nodes: [u32; W2V_MAX_CODE_LENGTH],
}

impl Kind for Huffman {
    type Item = Link;

    const TAG: u32 = u32::from_le_bytes(*b"w2h1");

    fn items(words: usize) -> usize {
        huffman::required_len(words)
    }
}

impl Huffman {
    pub(crate) fn open(caller: Caller<'_>, memory: *const Self, size: usize) -> Result<huffman::Huffman<'_>, Status> {
        Ok(huffman::Huffman::from_links(opaque::open(caller, memory, size)?))
    }
}

/// Returns the bytes that the tree over `words` words needs: 8 * words + 4, rounded up to `W2V_ALIGNMENT`; 0 if
/// they cannot be that many.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_huffman_size(words: usize) -> usize {
    opaque::required_size::<Huffman>(words)
}

/// Returns the bytes of working memory that building it needs: 8 * words - 8, rounded up likewise; 0 if they
/// cannot be that many.
#[unsafe(no_mangle)]
pub extern "C" fn w2v_huffman_scratch_size(words: usize) -> usize {
    size(huffman::required_weights(words).checked_mul(size_of::<u64>()))
}

/// Builds in `huffman`, memory of `size` bytes, the tree of `counts`, which must be positive and in falling
/// order. Takes time in proportion to `words`.
///
/// `scratch`, of `scratch_size` bytes, is opaque memory too, and free for other use afterwards. The tree has
/// `words - 1` inner nodes, so many rows has the output matrix. Fails with `W2V_STATUS_TOO_SHORT`, with
/// `W2V_STATUS_OVERLAP` if the two share memory, with `W2V_STATUS_SIZE` for less than two words, with
/// `W2V_STATUS_ORDER`, and with `W2V_STATUS_CODE_LENGTH`, which takes counts like Fibonacci's of 3 * 10^10
/// tokens; then nothing is built.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_huffman_build(
    huffman: *mut Huffman,
    size: usize,
    scratch: *mut core::ffi::c_void,
    scratch_size: usize,
    counts: *const u64,
    words: usize,
) -> Status {
    promised!(|caller: Caller<'_>| {
        let counts = caller.slice(counts, words)?;
        check_scratch(scratch, scratch_size, w2v_huffman_scratch_size(words), [addresses(huffman, size)?])?;
        let weights = caller.room(scratch.cast(), huffman::required_weights(words))?;
        opaque::build(caller, huffman, size, words, |links| {
            huffman::Huffman::new(counts, links, weights)?;
            Ok(())
        })
    })
}

/// Writes the way from the root to `word` to `path`. The tree is in memory of `size` bytes, at least
/// `w2v_huffman_size` of its words.
///
/// Fails with `W2V_STATUS_ROW` for a word that the tree does not have, with `W2V_STATUS_TOO_SHORT` if the tree
/// is longer than `size`, and with `W2V_STATUS_UNBUILT` if none was built there or no root is found within
/// `W2V_MAX_CODE_LENGTH` nodes; then nothing was written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn w2v_huffman_path(huffman: *const Huffman, size: usize, word: u32, path: *mut Path) -> Status {
    promised!(|caller: Caller<'_>| {
        let (place, mut found) = (caller.place(path)?, huffman::Path::new());
        Huffman::open(caller, huffman, size)?.path(word, &mut found).map_err(|error| match error {
            // Only a tree that was changed after it was built has such paths.
            Error::CodeLength => Status::Unbuilt,
            other => other.into(),
        })?;
        let mut nodes = [0; W2V_MAX_CODE_LENGTH];
        for (to, &node) in nodes.iter_mut().zip(found.nodes()) {
            *to = node;
        }
        place.put(Path { code: found.code(), length: found.nodes().len(), nodes });
        Ok(())
    })
}
