/*
 * Trains one model on sentences of word ids and writes both matrices and what was done to standard output.
 *
 *     train BACKEND ARITHMETIC ARCHITECTURE OBJECTIVE CBOW_GRADIENT OWN < corpus
 *
 * All are numbers of the header's enums; OWN is 1 for a generator of the program's own, which draws what the built-in one
 * does. The corpus is: words, dim, the count of each word, sentences, and of each sentence its length and its ids.
 */
#include "program.h"

/* SplitMix64, from its published definition. */
static uint64_t next(void *context)
{
    uint64_t *state = context, z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A copy elsewhere of what is built in memory, which is given back: nothing built knows its address. */
static void *moved(void *memory, size_t size)
{
    void *copy = allocate(size);
    memcpy(copy, memory, size);
    free(memory);
    return copy;
}

int main(int count, char **arguments)
{
    w2v_trainer trainer = {0};
    w2v_progress sum = {0}, done;
    uint64_t own = 7, *counts;
    uint32_t *keep, *sentence, words, dim, sentences;
    size_t size, scratch_size;
    void *unigram, *huffman, *scratch;

    CHECK(count == 7);
    CHECK(w2v_abi_version() == W2V_ABI_VERSION);
    trainer.dispatch = dispatch_of(arguments);
    trainer.architecture = (w2v_architecture)atoi(arguments[3]);
    trainer.objective = (w2v_objective)atoi(arguments[4]);
    trainer.cbow_gradient = (w2v_cbow_gradient)atoi(arguments[5]);

    words = get();
    dim = get();
    counts = malloc(words * sizeof *counts);
    keep = malloc(words * sizeof *keep);
    sentence = malloc(1000 * sizeof *sentence);
    CHECK(counts && keep && sentence);
    for (uint32_t word = 0; word < words; word++) {
        counts[word] = get();
        trainer.tokens += counts[word];
    }
    DO(w2v_keep_shares(counts, words, 0.05, keep));

    size = w2v_unigram_size(words);
    unigram = allocate(size);
    DO(w2v_unigram_build(unigram, size, counts, words, 0.75));
    trainer.unigram = unigram = moved(unigram, size);
    trainer.unigram_size = size;

    size = w2v_huffman_size(words);
    scratch_size = w2v_huffman_scratch_size(words);
    huffman = allocate(size);
    scratch = allocate(scratch_size);
    DO(w2v_huffman_build(huffman, size, scratch, scratch_size, counts, words));
    free(scratch);
    trainer.huffman = huffman = moved(huffman, size);
    trainer.huffman_size = size;

    trainer.input.numbers = allocate(w2v_matrix_size(words, dim));
    trainer.input.rows = words;
    trainer.input.dim = dim;
    /* In two parts, as if words had come later. */
    DO(w2v_initial_rows(&trainer.input, 0, words / 2, 3));
    DO(w2v_initial_rows(&trainer.input, words / 2, words - words / 2, 3));
    trainer.output = zeros(trainer.objective == W2V_OBJECTIVE_NEGATIVE_SAMPLING ? words : words - 1, dim);

    trainer.window = 3;
    trainer.negatives = 4;
    trainer.keep = keep;
    trainer.learning_rate = 0.1f;
    if (atoi(arguments[6])) {
        trainer.rng.next = next;
        trainer.rng.context = &own;
    } else {
        trainer.rng.state = own;
    }
    /* Some sentences are longer. */
    trainer.scratch_size = w2v_train_scratch_size(dim, 12);
    trainer.scratch = allocate(trainer.scratch_size);

    sentences = get();
    while (sentences-- > 0) {
        uint32_t length = get();
        CHECK(length <= 1000);
        for (uint32_t place = 0; place < length; place++)
            sentence[place] = get();
        DO(w2v_train(&trainer, sentence, length, &done));
        sum.tokens += done.tokens;
        sum.pairs += done.pairs;
        sum.loss += done.loss;
    }
    CHECK(trainer.read == sum.tokens);

    put_matrix(&trainer.input);
    put_matrix(&trainer.output);
    CHECK(fwrite(&sum, sizeof sum, 1, stdout) == 1);
    free(trainer.scratch);
    free(trainer.input.numbers);
    free(trainer.output.numbers);
    free(unigram);
    free(huffman);
    free(counts);
    free(keep);
    free(sentence);
    return 0;
}
