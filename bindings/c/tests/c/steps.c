/*
 * Performs every step, with the program's own pairs, negatives and contexts, and writes both matrices and all losses.
 *
 *     steps BACKEND ARITHMETIC
 */
#include "program.h"

enum { WORDS = 40, DIM = 37, GROUPS = 4, STEPS = 2 * GROUPS + 3 };

int main(int count, char **arguments)
{
    static const size_t sizes[GROUPS] = {1, 2, 4, 8};
    static const uint32_t rows[8] = {3, 1, 4, 1, 5, 9, 2, 6}, targets[8] = {5, 3, 5, 8, 9, 7, 9, 3};
    static const uint32_t negatives[5] = {23, 38, 23, 32, 11}, context[4] = {20, 21, 22, 21};
    uint64_t counts[WORDS];
    w2v_step step = {0}, means;
    w2v_path path;
    float losses[STEPS], *loss = losses;
    size_t size, scratch_size, drawn;
    void *huffman, *unigram, *scratch;
    uint32_t words[3];
    w2v_rng rng;
    static const uint64_t place[2] = {1, 2};

    CHECK(count == 3);
    for (int word = 0; word < WORDS; word++)
        counts[word] = 1000 / (1 + word);
    step.dispatch = dispatch_of(arguments);
    step.hidden = zeros(WORDS, DIM);
    step.output = zeros(WORDS, DIM);
    DO(w2v_initial_rows(&step.hidden, 0, WORDS, 1));
    DO(w2v_initial_rows(&step.output, 0, WORDS, 2));
    step.learning_rate = 0.25f;
    step.then = W2V_HIDDEN_LEARN;

    for (int group = 0; group < GROUPS; group++)
        DO(w2v_negative_sampling(&step, rows, targets, sizes[group], negatives, 5, loss++));

    size = w2v_huffman_size(WORDS);
    scratch_size = w2v_huffman_scratch_size(WORDS);
    huffman = allocate(size);
    scratch = allocate(scratch_size);
    DO(w2v_huffman_build(huffman, size, scratch, scratch_size, counts, WORDS));
    free(scratch);
    for (int group = 0; group < GROUPS; group++) {
        DO(w2v_huffman_path(huffman, size, 7 + group, &path));
        DO(w2v_hierarchical_softmax(&step, rows, sizes[group], path.nodes, path.length, path.code, loss++));
    }
    free(huffman);

    scratch_size = w2v_softmax_scratch_size(WORDS, DIM);
    scratch = allocate(scratch_size);
    DO(w2v_softmax(&step, 10, 12, scratch, scratch_size, loss++));
    free(scratch);

    /* Two windows of CBOW at once, with negatives drawn from a place of the program's choice. */
    size = w2v_unigram_size(WORDS);
    unigram = allocate(size);
    DO(w2v_unigram_build(unigram, size, counts, WORDS, 0.75));
    DO(w2v_rng_at(place, 2, &rng));
    DO(w2v_unigram_draw(unigram, size, &rng, targets, 2, words, 3, &drawn));
    CHECK(drawn == 3);
    free(unigram);
    means = step;
    means.hidden = zeros(2, DIM);
    means.then = W2V_HIDDEN_GRADIENT;
    DO(w2v_gather(step.dispatch, &step.hidden, context, 4, &means.hidden, 0));
    DO(w2v_gather(step.dispatch, &step.hidden, rows, 3, &means.hidden, 1));
    DO(w2v_negative_sampling(&means, (const uint32_t[]){0, 1}, targets, 2, words, drawn, loss++));
    DO(w2v_scatter(step.dispatch, &step.hidden, context, 4, &means.hidden, 0, W2V_CBOW_GRADIENT_EXACT));
    DO(w2v_scatter(step.dispatch, &step.hidden, rows, 3, &means.hidden, 1, W2V_CBOW_GRADIENT_UNDIVIDED));
    free(means.hidden.numbers);

    /* On a part of each matrix, ids count from its first row. */
    step.hidden.numbers += 8 * w2v_stride(DIM);
    step.output.numbers += 16 * w2v_stride(DIM);
    step.hidden.rows = step.output.rows = 16;
    EXPECT(w2v_negative_sampling(&step, (const uint32_t[]){16}, targets, 1, NULL, 0, NULL), W2V_STATUS_ROW);
    DO(w2v_negative_sampling(&step, rows, targets, 1, NULL, 0, loss++));
    step.hidden.numbers -= 8 * w2v_stride(DIM);
    step.output.numbers -= 16 * w2v_stride(DIM);
    step.hidden.rows = step.output.rows = WORDS;

    CHECK(loss == losses + STEPS);
    put_matrix(&step.hidden);
    put_matrix(&step.output);
    CHECK(fwrite(losses, sizeof losses, 1, stdout) == 1);
    free(step.hidden.numbers);
    free(step.output.numbers);
    return 0;
}
