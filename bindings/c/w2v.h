/*
 * w2v: word2vec training over your memory.
 *
 * Made by cbindgen from the sources of the package w2v-capi: do not edit.
 *
 * What all functions have in common
 *
 * Memory. The library allocates nothing and keeps nothing between calls: no threads, no files, and
 * no globals but a note of what an x86 processor can do. All
 * memory is yours; a call uses what it is given until it returns. Sizes are asked of the w2v_..._size
 * functions. Matrices and opaque memory (w2v_unigram, w2v_huffman, scratch) begin at multiples of
 * W2V_ALIGNMENT; the sizes are such multiples too, so that aligned_alloc(W2V_ALIGNMENT, size) gets it. Matrices
 * must be initialised before their first step, input rows by w2v_initial_rows, output rows by memset to 0; what
 * other memory holds when it is handed over to be written does not matter.
 *
 * Status. Functions that can fail return a w2v_status. What a call can check, it checks: pointers that are NULL
 * or misaligned, sizes that are zero or overflow, ids, choices and numbers out of range, matrices, scratch and a
 * distribution or tree of a call (all bytes of their sizes) that overlap each other, opaque memory that was not
 * built or is longer than its size. It cannot check that as much memory is there as you say, that it was
 * initialised, or that nobody else uses it. A pointer to a list may be NULL if its count is 0, and one to a
 * result if the description says so.
 *
 * Stored tables. A built w2v_unigram or w2v_huffman may be written to a file, sent, mapped and copied; its bytes
 * are those of this version of the library and of one byte order. Every function that reads one takes the number
 * of bytes that are there, such as the length of the file, and reads no others. Whatever these bytes hold, no
 * function reads or writes elsewhere, gives out an id beyond the table's words, or fails to return. The first 8
 * bytes tell what the table is and its number of words: a change of one bit there is always refused. What remains
 * yours: that `size` bytes are there, begin at a multiple of W2V_ALIGNMENT, and do not change during a call; and
 * that the bytes after the first 8 are those that were built. A change there is not looked for: other words may
 * then be drawn or passed by. Where files may be damaged, keep a checksum with them.
 *
 * Aliasing. What a call writes (matrices, scratch, results, a generator, a trainer) must share no memory with
 * anything else that the same call is given. Lists that it only reads may overlap each other.
 *
 * Threads. Any number of threads may be in any functions at once, as long as what one call writes no other call
 * touches. Built distributions and trees, counts, shares and sentences are only read and can be shared; so can
 * an input matrix that all calls only gather from. To train on several threads, give each its own rows: a
 * w2v_matrix may be a part of another.
 *
 * Unwinding. No function throws, unwinds or exits. A generator of your own must return in the ordinary way.
 *
 * Results. The same calls give the same bits on every processor and backend with the same arithmetic. An id is
 * the number of a row, from 0.
 */

#ifndef W2V_H
#define W2V_H

#include <stddef.h>
#include <stdint.h>

/**
 * The version of the functions, structs and numbers in this header; another one is another, incompatible
 * header.
 */
#define W2V_ABI_VERSION 2

/**
 * The alignment in bytes of every matrix and of all opaque memory: a cache line.
 */
#define W2V_ALIGNMENT 64

/**
 * A row is padded to a multiple of so many numbers.
 */
#define W2V_LANES 16

/**
 * The most negatives of one step.
 */
#define W2V_MAX_NEGATIVES 47

/**
 * The longest path in a tree.
 */
#define W2V_MAX_CODE_LENGTH 48

/**
 * The most output rows of one step.
 */
#define W2V_MAX_ROWS 48

/**
 * What a call came to. Everything but `W2V_STATUS_OK` means that it did nothing, or, where its description
 * says so, no more.
 */
enum w2v_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Done.
     */
    W2V_STATUS_OK = 0,
    /**
     * A pointer is NULL that must not be.
     */
    W2V_STATUS_NULL = 1,
    /**
     * An address is not a multiple of what it must be: `W2V_ALIGNMENT` for matrices and opaque memory, the
     * type's own alignment for everything else.
     */
    W2V_STATUS_MISALIGNED = 2,
    /**
     * Matrices, scratch, or a distribution or tree overlap.
     */
    W2V_STATUS_OVERLAP = 3,
    /**
     * Memory is shorter than its `w2v_..._size` says, or than what was built there.
     */
    W2V_STATUS_TOO_SHORT = 4,
    /**
     * A size is zero, too large to address, or not one of those that are offered.
     */
    W2V_STATUS_SIZE = 5,
    /**
     * A row id is not below its matrix's number of rows, or a word not below the tree's number of words.
     */
    W2V_STATUS_ROW = 6,
    /**
     * The rows of two matrices differ in length.
     */
    W2V_STATUS_DIM = 7,
    /**
     * More output rows or negatives than one step takes.
     */
    W2V_STATUS_TOO_MANY_ROWS = 8,
    /**
     * A list that must hold something is empty.
     */
    W2V_STATUS_EMPTY = 9,
    /**
     * A number is not finite or outside its range.
     */
    W2V_STATUS_NUMBER = 10,
    /**
     * Counts are not in falling order, or one is zero.
     */
    W2V_STATUS_ORDER = 11,
    /**
     * A Huffman code would be longer than `W2V_MAX_CODE_LENGTH`.
     */
    W2V_STATUS_CODE_LENGTH = 12,
    /**
     * This processor lacks the backend, or the backend lacks the arithmetic.
     */
    W2V_STATUS_UNAVAILABLE = 13,
    /**
     * A number stands for none of an enum's choices; a dispatch that `w2v_choose` has not filled is one of
     * those.
     */
    W2V_STATUS_CHOICE = 14,
    /**
     * Memory was not filled by the function that builds its kind, or was changed since.
     */
    W2V_STATUS_UNBUILT = 15,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_status w2v_status;
#else
typedef uint32_t w2v_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a multiply-add rounds. Results are the same bits on all backends with the same arithmetic, and differ in
 * the last bits between the two.
 */
enum w2v_arithmetic
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Whichever is fastest; for `w2v_choose` only.
     */
    W2V_ARITHMETIC_ANY = 0,
    /**
     * Once, after the addition.
     */
    W2V_ARITHMETIC_FUSED = 1,
    /**
     * Twice: after the multiplication and after the addition. Every processor has it at speed.
     */
    W2V_ARITHMETIC_UNFUSED = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_arithmetic w2v_arithmetic;
#else
typedef uint32_t w2v_arithmetic;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which words are read and which are predicted.
 */
enum w2v_architecture
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Each context word's input row predicts the center word.
     */
    W2V_ARCHITECTURE_SKIP_GRAM = 0,
    /**
     * The mean of the context's input rows predicts the center word.
     */
    W2V_ARCHITECTURE_CBOW = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_architecture w2v_architecture;
#else
typedef uint32_t w2v_architecture;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The instruction set that a step runs on.
 */
enum w2v_backend
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Whichever is fastest; for `w2v_choose` only.
     */
    W2V_BACKEND_ANY = 0,
    /**
     * One element at a time: the reference of all others.
     */
    W2V_BACKEND_SCALAR = 1,
    /**
     * Whatever vectors every processor of this architecture has.
     */
    W2V_BACKEND_PORTABLE = 2,
    /**
     * x86 AVX2 with FMA.
     */
    W2V_BACKEND_AVX2 = 3,
    /**
     * x86 AVX-512F.
     */
    W2V_BACKEND_AVX512 = 4,
    /**
     * AArch64 NEON.
     */
    W2V_BACKEND_NEON = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_backend w2v_backend;
#else
typedef uint32_t w2v_backend;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How CBOW's gradient is dealt to the C context rows.
 */
enum w2v_cbow_gradient
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Each row receives 1/C of it, as the derivative of the mean has it.
     */
    W2V_CBOW_GRADIENT_EXACT = 0,
    /**
     * Each row receives the whole gradient, as in word2vec.c.
     */
    W2V_CBOW_GRADIENT_UNDIVIDED = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_cbow_gradient w2v_cbow_gradient;
#else
typedef uint32_t w2v_cbow_gradient;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a step does with its hidden rows at the end.
 */
enum w2v_hidden
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * They are input rows and learn: each becomes itself plus its gradient.
     */
    W2V_HIDDEN_LEARN = 0,
    /**
     * They were gathered from input rows: each becomes its gradient, which `w2v_scatter` deals to those.
     */
    W2V_HIDDEN_GRADIENT = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_hidden w2v_hidden;
#else
typedef uint32_t w2v_hidden;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is optimised in place of the full softmax.
 */
enum w2v_objective
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Tell the target from words drawn from the noise distribution.
     */
    W2V_OBJECTIVE_NEGATIVE_SAMPLING = 0,
    /**
     * Take the right turn at each inner node of the target's Huffman path.
     */
    W2V_OBJECTIVE_HIERARCHICAL_SOFTMAX = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum w2v_objective w2v_objective;
#else
typedef uint32_t w2v_objective;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The Huffman tree over a vocabulary, in opaque memory of `w2v_huffman_size(words)` bytes.
 *
 * It is only read once it is built, by any number of threads; it holds no address, so it can be copied, stored
 * and mapped. Whoever reads it says how many bytes are there, and is refused where they are not what was
 * built: see "Stored tables" above.
 */
typedef struct w2v_huffman w2v_huffman;

/**
 * The noise distribution of negative sampling, an alias table in opaque memory of `w2v_unigram_size(words)`
 * bytes.
 *
 * It is only read once it is built, by any number of threads; it holds no address, so it can be copied, stored
 * and mapped. Whoever reads it says how many bytes are there, and is refused where they are not what was
 * built: see "Stored tables" above.
 */
typedef struct w2v_unigram w2v_unigram;

/**
 * A backend and an arithmetic that this processor has, as `w2v_choose` has found them.
 */
typedef struct w2v_dispatch {
    /**
     * The instruction set.
     */
    w2v_backend backend;
    /**
     * The rounding.
     */
    w2v_arithmetic arithmetic;
} w2v_dispatch;

/**
 * `rows` rows of `dim` numbers in memory of `w2v_matrix_size(rows, dim)` bytes that is the caller's.
 *
 * Row r begins at `numbers + r * w2v_stride(dim)`; the numbers between `dim` and the stride are zero, and no
 * call changes that, but `w2v_softmax` where rows hold, or make, numbers that are not finite. A matrix may as
 * well be some consecutive rows of a larger one: ids then count from its first row.
 */
typedef struct w2v_matrix {
    /**
     * The first row, aligned to `W2V_ALIGNMENT`.
     */
    float *numbers;
    /**
     * Number of rows, at most 2^32 - 1.
     */
    size_t rows;
    /**
     * Numbers in a row, without padding.
     */
    size_t dim;
} w2v_matrix;

/**
 * A source of random numbers: zeroed but for `state`, the built-in SplitMix64, which is seeded and saved by
 * its state; with `next`, the caller's own.
 *
 * A call advances it. Two threads need two, from seeds or places (`w2v_rng_at`) of their own.
 */
typedef struct w2v_rng {
    /**
     * Returns 64 random bits, or NULL for the built-in generator. It must return (no exception, no longjmp)
     * and must not touch what the call that asks it works on. 32 bits are drawn as the upper half of 64.
     */
    uint64_t (*next)(void *context);
    /**
     * What `next` is given.
     */
    void *context;
    /**
     * The built-in generator's state: any number is a seed.
     */
    uint64_t state;
} w2v_rng;

/**
 * The way from the root of the tree to a word.
 */
typedef struct w2v_path {
    /**
     * Bit k is the turn at node k.
     */
    uint64_t code;
    /**
     * Number of nodes.
     */
    size_t length;
    /**
     * The inner nodes, the root first: rows of the output matrix. Those beyond `length` are 0.
     */
    uint32_t nodes[W2V_MAX_CODE_LENGTH];
} w2v_path;

/**
 * What all steps of a model have in common.
 */
typedef struct w2v_step {
    /**
     * What it runs on.
     */
    struct w2v_dispatch dispatch;
    /**
     * The matrix of the hidden rows: the input matrix, or CBOW's gathered means.
     */
    struct w2v_matrix hidden;
    /**
     * The output matrix, which shares no memory with `hidden`.
     */
    struct w2v_matrix output;
    /**
     * Step size.
     */
    float learning_rate;
    /**
     * What becomes of the hidden rows.
     */
    w2v_hidden then;
} w2v_step;

/**
 * A model in training: its matrices, its settings, and how far it has come. It is the caller's to fill, copy
 * and store; a call changes `rng.state` and `read` alone, and the matrices.
 */
typedef struct w2v_trainer {
    /**
     * What it runs on.
     */
    struct w2v_dispatch dispatch;
    /**
     * Skip-gram or CBOW.
     */
    w2v_architecture architecture;
    /**
     * Negative sampling or hierarchical softmax.
     */
    w2v_objective objective;
    /**
     * How CBOW deals its gradient.
     */
    w2v_cbow_gradient cbow_gradient;
    /**
     * The largest distance of a context word; each center draws its own from 1 to this. word2vec's default is
     * 5.
     */
    uint32_t window;
    /**
     * The input matrix: a row a word, from `w2v_initial_rows`.
     */
    struct w2v_matrix input;
    /**
     * The output matrix: a row a word, or for hierarchical softmax an inner node, of zeros at first.
     */
    struct w2v_matrix output;
    /**
     * For negative sampling, the noise distribution.
     */
    const struct w2v_unigram *unigram;
    /**
     * The bytes that are there: `w2v_unigram_size` of its words, or more.
     */
    size_t unigram_size;
    /**
     * For negative sampling, how many negatives are drawn for a target: 1 to `W2V_MAX_NEGATIVES`, mostly 5.
     */
    size_t negatives;
    /**
     * For hierarchical softmax, the tree.
     */
    const struct w2v_huffman *huffman;
    /**
     * The bytes that are there: `w2v_huffman_size` of its words, or more.
     */
    size_t huffman_size;
    /**
     * A share for each row of `input`, from `w2v_keep_shares`; NULL keeps every token.
     */
    const uint32_t *keep;
    /**
     * Step size at the first token. It falls in proportion to the tokens read, down to 10^-4 of itself.
     */
    float learning_rate;
    /**
     * Tokens of all epochs together, for that fall.
     */
    uint64_t tokens;
    /**
     * Tokens read so far, all epochs; a call adds to it.
     */
    uint64_t read;
    /**
     * The source of every draw; a call advances it.
     */
    struct w2v_rng rng;
    /**
     * Opaque memory of `scratch_size` bytes, all of them this trainer's alone in a call; nothing is kept there
     * between calls.
     */
    void *scratch;
    /**
     * At least `w2v_train_scratch_size`.
     */
    size_t scratch_size;
} w2v_trainer;

/**
 * What a call has done.
 */
typedef struct w2v_progress {
    /**
     * Tokens given, kept or dropped.
     */
    uint64_t tokens;
    /**
     * (hidden, target) pairs trained.
     */
    uint64_t pairs;
    /**
     * The sum of their losses from before their updates, in nats.
     */
    double loss;
} w2v_progress;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the `W2V_ABI_VERSION` that the library was built with; compare it with your header's before anything
 * else.
 */
uint32_t w2v_abi_version(void);

/**
 * Returns what `status` means, in English, without a full stop: a string of the library's own, for any number.
 */
const char *w2v_status_message(w2v_status status);

/**
 * Finds the fastest pair that this processor has and that satisfies the wishes, `..._ANY` being none, and
 * writes it to `dispatch`. Choose once and pass it to every call: the choice is the caller's to keep, the
 * library remembers nothing.
 *
 * Asking for an arithmetic and any backend gives the same bits on every processor. Fails with
 * `W2V_STATUS_UNAVAILABLE` if there is no such pair.
 */
w2v_status w2v_choose(w2v_backend backend, w2v_arithmetic arithmetic, struct w2v_dispatch *dispatch);

/**
 * Returns the name of `backend`, such as "avx2": a string of the library's own, or NULL for a number that is
 * none.
 */
const char *w2v_backend_name(w2v_backend backend);

/**
 * Returns the name of `arithmetic`, "fused" or "unfused": a string of the library's own, or NULL for a number
 * that is none.
 */
const char *w2v_arithmetic_name(w2v_arithmetic arithmetic);

/**
 * Returns `W2V_ALIGNMENT`, for languages that do not read the header.
 */
size_t w2v_alignment(void);

/**
 * Returns how many numbers after one row of `dim` numbers the next begins: `dim` rounded up to a multiple of
 * `W2V_LANES`.
 */
size_t w2v_stride(size_t dim);

/**
 * Returns the bytes that a matrix of `rows` rows of `dim` numbers needs, 4 * rows * w2v_stride(dim); 0 if
 * either is zero or they cannot be that many.
 */
size_t w2v_matrix_size(size_t rows, size_t dim);

/**
 * Fills `count` rows of an input matrix from row `first` on with the small random numbers that training starts
 * from, drawn evenly from -0.5 / dim to 0.5 / dim, and their padding with zeros. What the memory held before
 * does not matter.
 *
 * A row depends on `seed` and its id alone: rows that come later, as the vocabulary grows, are what they would
 * have been. Output rows start as zeros: memset them.
 */
w2v_status w2v_initial_rows(const struct w2v_matrix *matrix, uint32_t first, size_t count, uint64_t seed);

/**
 * Makes `rng` the built-in generator of a place, such as {seed, epoch, part of the corpus}, so that draws
 * depend on where they are made and not on which thread makes them. What two places draw has nothing to do
 * with each other.
 */
w2v_status w2v_rng_at(const uint64_t *counters, size_t count, struct w2v_rng *rng);

/**
 * Draws 64 random bits.
 */
w2v_status w2v_rng_next(struct w2v_rng *rng, uint64_t *number);

/**
 * Returns the bytes that the noise distribution over `words` words needs: 8 * words + 8, rounded up to
 * `W2V_ALIGNMENT`; 0 if they cannot be that many.
 */
size_t w2v_unigram_size(size_t words);

/**
 * Builds in `unigram`, memory of `size` bytes, the distribution with P(word) in proportion to count^exponent;
 * word2vec's exponent is 0.75. Takes time in proportion to `words`, so that it can be built anew whenever
 * counts have changed.
 *
 * Counts may be in any order; words of count 0 are never drawn if the exponent is positive. Fails with
 * `W2V_STATUS_TOO_SHORT`, with `W2V_STATUS_SIZE` without words, and with `W2V_STATUS_NUMBER` if a weight is
 * not finite or all are zero; then nothing is built.
 */
w2v_status w2v_unigram_build(struct w2v_unigram *unigram,
                             size_t size,
                             const uint64_t *counts,
                             size_t words,
                             double exponent);

/**
 * Draws up to `count` words into `negatives`, none of them among the `target_count` `targets`, and writes how
 * many to `drawn`. The distribution is in memory of `size` bytes, at least `w2v_unigram_size` of its words.
 *
 * Less than `count` are drawn only where the distribution is all but made up of targets. Without targets,
 * which may be NULL then, it is just drawn from. Fails with `W2V_STATUS_TOO_MANY_ROWS` beyond
 * `W2V_MAX_NEGATIVES`, with `W2V_STATUS_TOO_SHORT` if the distribution is longer than `size`, and with
 * `W2V_STATUS_UNBUILT` if none was built there or a word was drawn that it does not have; then `rng` stays as
 * it was, and nothing else was written, but `negatives` may hold anything.
 */
w2v_status w2v_unigram_draw(const struct w2v_unigram *unigram,
                            size_t size,
                            struct w2v_rng *rng,
                            const uint32_t *targets,
                            size_t target_count,
                            uint32_t *negatives,
                            size_t count,
                            size_t *drawn);

/**
 * Fills `shares` with how likely a token of each word is to stay when frequent words are subsampled, min(1,
 * sqrt(threshold / f) + threshold / f) for a word's frequency f, as a share of 2^32. They are what
 * `w2v_trainer.keep` wants.
 *
 * Who trains pair by pair keeps a token if its word's share is `UINT32_MAX` or above the upper half of a
 * 64-bit draw. A threshold of 0 keeps everything. Fails with `W2V_STATUS_NUMBER` for one that is negative or
 * not finite.
 */
w2v_status w2v_keep_shares(const uint64_t *counts, size_t words, double threshold, uint32_t *shares);

/**
 * Returns the bytes that the tree over `words` words needs: 8 * words + 4, rounded up to `W2V_ALIGNMENT`; 0 if
 * they cannot be that many.
 */
size_t w2v_huffman_size(size_t words);

/**
 * Returns the bytes of working memory that building it needs: 8 * words - 8, rounded up likewise; 0 if they
 * cannot be that many.
 */
size_t w2v_huffman_scratch_size(size_t words);

/**
 * Builds in `huffman`, memory of `size` bytes, the tree of `counts`, which must be positive and in falling
 * order. Takes time in proportion to `words`.
 *
 * `scratch`, of `scratch_size` bytes, is opaque memory too, and free for other use afterwards. The tree has
 * `words - 1` inner nodes, so many rows has the output matrix. Fails with `W2V_STATUS_TOO_SHORT`, with
 * `W2V_STATUS_OVERLAP` if the two share memory, with `W2V_STATUS_SIZE` for less than two words, with
 * `W2V_STATUS_ORDER`, and with `W2V_STATUS_CODE_LENGTH`, which takes counts like Fibonacci's of 3 * 10^10
 * tokens; then nothing is built.
 */
w2v_status w2v_huffman_build(struct w2v_huffman *huffman,
                             size_t size,
                             void *scratch,
                             size_t scratch_size,
                             const uint64_t *counts,
                             size_t words);

/**
 * Writes the way from the root to `word` to `path`. The tree is in memory of `size` bytes, at least
 * `w2v_huffman_size` of its words.
 *
 * Fails with `W2V_STATUS_ROW` for a word that the tree does not have, with `W2V_STATUS_TOO_SHORT` if the tree
 * is longer than `size`, and with `W2V_STATUS_UNBUILT` if none was built there or no root is found within
 * `W2V_MAX_CODE_LENGTH` nodes; then nothing was written.
 */
w2v_status w2v_huffman_path(const struct w2v_huffman *huffman, size_t size, uint32_t word, struct w2v_path *path);

/**
 * Performs one update by negative sampling: `pairs` hidden rows, of which each shall predict its own target
 * and not the negatives, which they share.
 *
 * `pairs` is 1, 2, 4 or 8; 1 is the classic step, 8 takes the least time for a pair. Rows may repeat. None of
 * the negatives should be a target; where they come from is the caller's affair: `w2v_unigram_draw`, or items
 * that a user did not choose, or nodes that are no neighbours. Writes the loss from before the update, in
 * nats, summed over the pairs, to `loss` unless that is NULL.
 *
 * Fails with `W2V_STATUS_SIZE` for another number of pairs, `W2V_STATUS_ROW`, `W2V_STATUS_DIM`,
 * `W2V_STATUS_NUMBER` for a rate that is not finite, `W2V_STATUS_TOO_MANY_ROWS` beyond `W2V_MAX_NEGATIVES`,
 * `W2V_STATUS_OVERLAP`; then nothing was written.
 */
w2v_status w2v_negative_sampling(const struct w2v_step *step,
                                 const uint32_t *hidden_rows,
                                 const uint32_t *targets,
                                 size_t pairs,
                                 const uint32_t *negatives,
                                 size_t negative_count,
                                 float *loss);

/**
 * Performs one update by hierarchical softmax: `group` hidden rows, which all shall take the turn `code` says,
 * bit k at node k, at each of the `node_count` inner nodes.
 *
 * `group` is 1, 2, 4 or 8: contexts of one center share its path. `w2v_huffman_path` gives nodes and code; a
 * tree of the caller's own, such as the categories of a shop, does as well. The output matrix has a row for
 * each inner node. Writes the loss from before the update, in nats, summed over the group, to `loss` unless
 * that is NULL.
 *
 * Fails like `w2v_negative_sampling`, and with `W2V_STATUS_EMPTY` without nodes, `W2V_STATUS_TOO_MANY_ROWS`
 * beyond `W2V_MAX_ROWS`; then nothing was written.
 */
w2v_status w2v_hierarchical_softmax(const struct w2v_step *step,
                                    const uint32_t *hidden_rows,
                                    size_t group,
                                    const uint32_t *nodes,
                                    size_t node_count,
                                    uint64_t code,
                                    float *loss);

/**
 * Returns the bytes of working memory that `w2v_softmax` needs for an output matrix of `rows` rows of `dim`
 * numbers: 4 * (rows + w2v_stride(dim)), rounded up to `W2V_ALIGNMENT`; 0 if they cannot be that many.
 */
size_t w2v_softmax_scratch_size(size_t rows, size_t dim);

/**
 * Performs one update by the exact softmax, which the other objectives approximate: the hidden row shall
 * predict the target among all rows of the output matrix. Its cost is in proportion to their number.
 *
 * `scratch`, of `scratch_size` bytes, is opaque memory that shares none with the matrices. Writes the loss
 * from before the update, in nats, to `loss` unless that is NULL. Fails like `w2v_negative_sampling`, and with
 * `W2V_STATUS_TOO_SHORT`; then nothing was written to the matrices.
 */
w2v_status w2v_softmax(const struct w2v_step *step,
                       uint32_t hidden_row,
                       uint32_t target,
                       void *scratch,
                       size_t scratch_size,
                       float *loss);

/**
 * Writes the mean of the input rows `context`, of which there are `count`, to row `hidden_row` of `hidden`:
 * the hidden row of a CBOW step with `W2V_HIDDEN_GRADIENT`. Words may repeat.
 *
 * Fails with `W2V_STATUS_EMPTY` without context, `W2V_STATUS_ROW`, `W2V_STATUS_DIM`, `W2V_STATUS_OVERLAP` for
 * matrices that share memory; then nothing was written, but after an id of `context` that `input` has no row
 * for, the hidden row is zero.
 */
w2v_status w2v_gather(struct w2v_dispatch dispatch,
                      const struct w2v_matrix *input,
                      const uint32_t *context,
                      size_t count,
                      const struct w2v_matrix *hidden,
                      uint32_t hidden_row);

/**
 * Adds row `hidden_row` of `hidden`, the gradient that a step with `W2V_HIDDEN_GRADIENT` has left there, to
 * each of the input rows `context`, of which there are `count`, as `cbow_gradient` says. Words may repeat, and
 * receive it as often.
 *
 * Fails like `w2v_gather`, and with `W2V_STATUS_CHOICE`; then nothing was written, but rows of `context` before
 * an id that `input` has no row for have been updated.
 */
w2v_status w2v_scatter(struct w2v_dispatch dispatch,
                       const struct w2v_matrix *input,
                       const uint32_t *context,
                       size_t count,
                       const struct w2v_matrix *hidden,
                       uint32_t hidden_row,
                       w2v_cbow_gradient cbow_gradient);

/**
 * Returns the bytes of working memory that training needs for rows of `dim` numbers and sentences of up to
 * `longest` kept tokens: 4 * (w2v_stride(dim) + longest), rounded up to `W2V_ALIGNMENT`; 0 if they cannot be that
 * many. A sentence that the scratch has no room for is trained in pieces that fill it.
 */
size_t w2v_train_scratch_size(size_t dim, size_t longest);

/**
 * Trains one sentence of `length` word ids, and writes what was done to `progress` unless that is NULL.
 *
 * To stop, do not call again. To go on later, keep the matrices, `rng.state` and `read`: the bits are those of
 * a training without a break.
 *
 * Fails with `W2V_STATUS_ROW` for an id that has no row and for a distribution or tree of more words than
 * `output` has rows for, with `W2V_STATUS_SIZE` for a window of 0, with `W2V_STATUS_EMPTY` and
 * `W2V_STATUS_TOO_MANY_ROWS` for no negatives and too many, with `W2V_STATUS_OVERLAP`, with
 * `W2V_STATUS_UNBUILT` and `W2V_STATUS_TOO_SHORT` for a distribution or tree that is not there or longer than its
 * size, and as the steps do; then the matrices, `rng` and `read` stay as they were. Only a distribution or tree
 * whose body was changed after it was built may be found out late, with `W2V_STATUS_ROW` or
 * `W2V_STATUS_CODE_LENGTH`: then `rng` and `read` stay, but the matrices hold what was trained before.
 */
w2v_status w2v_train(struct w2v_trainer *trainer,
                     const uint32_t *sentence,
                     size_t length,
                     struct w2v_progress *progress);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* W2V_H */
