/* Every way in which training is refused: what is wrong gets its status, and nothing is written. */
#include "program.h"
#include <math.h>

enum { WORDS = 10, DIM = 20, ANY = 0 };

static const uint32_t ids[2] = {0, 1}, sentence[6] = {0, 1, 2, 3, 4, 5}, stranger[3] = {0, WORDS, 1};
static uint64_t counts[WORDS] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

int main(void)
{
    w2v_trainer good = {0}, trainer;
    w2v_progress progress = {0};
    size_t size = w2v_unigram_size(WORDS);
    void *unigram = allocate(size);

    DO(w2v_choose(ANY, ANY, &good.dispatch));
    DO(w2v_unigram_build(unigram, size, counts, WORDS, 0.75));
    good.window = 2;
    good.input = zeros(WORDS, DIM);
    good.output = zeros(WORDS, DIM);
    good.unigram = unigram;
    good.unigram_size = size;
    good.huffman_size = w2v_huffman_size(WORDS);
    good.negatives = 3;
    good.learning_rate = 0.1f;
    good.tokens = 100;
    good.scratch_size = w2v_train_scratch_size(DIM, 2);
    good.scratch = allocate(good.scratch_size);

#define WRONG(change, status)                                                                                          \
    trainer = good;                                                                                                    \
    change;                                                                                                            \
    EXPECT(w2v_train(&trainer, sentence, 6, &progress), status);                                                       \
    CHECK(trainer.read == 0 && trainer.rng.state == 0 && progress.tokens == 0)
    WRONG(trainer.dispatch.backend = ANY, W2V_STATUS_CHOICE);
    WRONG(trainer.architecture = 2, W2V_STATUS_CHOICE);
    WRONG(trainer.objective = 2, W2V_STATUS_CHOICE);
    WRONG(trainer.cbow_gradient = 2, W2V_STATUS_CHOICE);
    WRONG(trainer.window = 0, W2V_STATUS_SIZE);
    WRONG(trainer.input.rows = 0, W2V_STATUS_SIZE);
    WRONG(trainer.input.numbers = NULL, W2V_STATUS_NULL);
    WRONG(trainer.input.numbers++, W2V_STATUS_MISALIGNED);
    WRONG(trainer.output = trainer.input, W2V_STATUS_OVERLAP);
    WRONG(trainer.output.dim = W2V_LANES, W2V_STATUS_DIM);
    WRONG(trainer.output.rows = 1, W2V_STATUS_ROW);
    WRONG(trainer.unigram = NULL, W2V_STATUS_NULL);
    WRONG(trainer.unigram = (void *)trainer.input.numbers, W2V_STATUS_UNBUILT);
    WRONG(trainer.unigram_size--, W2V_STATUS_TOO_SHORT);
    WRONG(trainer.unigram_size = 0, W2V_STATUS_TOO_SHORT);
    WRONG(trainer.unigram_size = SIZE_MAX, W2V_STATUS_SIZE);
    WRONG(trainer.objective = W2V_OBJECTIVE_HIERARCHICAL_SOFTMAX, W2V_STATUS_NULL);
    WRONG(trainer.negatives = 0, W2V_STATUS_EMPTY);
    WRONG(trainer.negatives = W2V_MAX_NEGATIVES + 1, W2V_STATUS_TOO_MANY_ROWS);
    WRONG(trainer.learning_rate = INFINITY, W2V_STATUS_NUMBER);
    WRONG(trainer.learning_rate = NAN, W2V_STATUS_NUMBER);
    WRONG(trainer.keep = OFF(ids, 1), W2V_STATUS_MISALIGNED);
    WRONG(trainer.scratch = NULL, W2V_STATUS_NULL);
    WRONG(trainer.scratch = OFF(trainer.scratch, 16), W2V_STATUS_MISALIGNED);
    WRONG(trainer.scratch_size = 4 * w2v_stride(DIM) + 7, W2V_STATUS_TOO_SHORT);
    WRONG(trainer.scratch = trainer.input.numbers, W2V_STATUS_OVERLAP);
    WRONG(trainer.scratch = trainer.output.numbers + w2v_stride(DIM), W2V_STATUS_OVERLAP);
    WRONG(trainer.scratch = unigram, W2V_STATUS_OVERLAP);
    {
        /* The sampler ends where the scratch begins; then scratch, longer than it need be, reaches its first byte. */
        size_t scratch_size = good.scratch_size, tree_size = w2v_huffman_size(WORDS);
        char *both = allocate(size + scratch_size), *tree = allocate(tree_size + scratch_size);
        void *weights = allocate(w2v_huffman_scratch_size(WORDS));
        DO(w2v_huffman_build((void *)tree, tree_size, weights, w2v_huffman_scratch_size(WORDS), counts, WORDS));
        DO(w2v_unigram_build((void *)both, size, counts, WORDS, 0.75));
#define TREE trainer.objective = W2V_OBJECTIVE_HIERARCHICAL_SOFTMAX, trainer.huffman = (void *)
        WRONG((trainer.unigram = (void *)both, trainer.scratch = both + size - 64), W2V_STATUS_OVERLAP);
        WRONG((TREE tree, trainer.scratch = tree + tree_size - 64), W2V_STATUS_OVERLAP);
        WRONG((TREE tree, trainer.scratch = tree), W2V_STATUS_OVERLAP);
        WRONG((TREE tree, trainer.huffman_size--), W2V_STATUS_TOO_SHORT);
        WRONG((TREE tree, trainer.huffman_size = 0), W2V_STATUS_TOO_SHORT);
        /* What the objective does not use may be anywhere. */
        trainer = good;
        trainer.huffman = trainer.scratch;
        trainer.unigram = (void *)both;
        trainer.scratch = both + size;
        DO(w2v_train(&trainer, sentence, 6, NULL));
        trainer = good;
        TREE tree, trainer.scratch = tree + tree_size;
        DO(w2v_train(&trainer, sentence, 6, NULL));
        DO(w2v_unigram_build((void *)(both + scratch_size), size, counts, WORDS, 0.75));
        trainer = good;
        trainer.unigram = (void *)(both + scratch_size);
        trainer.scratch = both;
        DO(w2v_train(&trainer, NULL, 0, NULL));
        trainer.scratch_size++;
        EXPECT(w2v_train(&trainer, NULL, 0, NULL), W2V_STATUS_OVERLAP);
        free(both);
        free(tree);
        free(weights);
    }
    {
        /* A matrix may end where the sampler begins, but not beyond that. */
        size_t matrix_size = w2v_matrix_size(WORDS, DIM), tree_size = w2v_huffman_size(WORDS);
        char *matrix = allocate(matrix_size + (size < tree_size ? tree_size : size)), *sampler = matrix + matrix_size;
        void *beyond = matrix + 64, *weights = allocate(w2v_huffman_scratch_size(WORDS));
        memset(matrix, 0, matrix_size);
        DO(w2v_unigram_build((void *)sampler, size, counts, WORDS, 0.75));
        WRONG((trainer.unigram = (void *)sampler, trainer.input.numbers = beyond), W2V_STATUS_OVERLAP);
        WRONG((trainer.unigram = (void *)sampler, trainer.output.numbers = beyond), W2V_STATUS_OVERLAP);
        trainer.output.numbers = (void *)matrix;
        DO(w2v_train(&trainer, sentence, 6, NULL));
        DO(w2v_huffman_build((void *)sampler, tree_size, weights, w2v_huffman_scratch_size(WORDS), counts, WORDS));
        WRONG((TREE sampler, trainer.input.numbers = beyond), W2V_STATUS_OVERLAP);
        WRONG((TREE sampler, trainer.output.numbers = beyond), W2V_STATUS_OVERLAP);
        trainer.output.numbers = (void *)matrix;
        DO(w2v_train(&trainer, sentence, 6, NULL));
        free(matrix);
        free(weights);
    }
    WRONG(trainer.scratch_size = SIZE_MAX, W2V_STATUS_SIZE);
    /* A distribution that was changed after it was built, so that it draws a stranger only. */
    for (size_t word = 0; word < WORDS; word++)
        ((uint32_t *)unigram)[2 + 2 * word] = 0, ((uint32_t *)unigram)[3 + 2 * word] = WORDS;
    WRONG(trainer.keep = NULL, W2V_STATUS_ROW);
    DO(w2v_unigram_build(unigram, size, counts, WORDS, 0.75));
    trainer = good;
    EXPECT(w2v_train(NULL, sentence, 6, &progress), W2V_STATUS_NULL);
    EXPECT(w2v_train(&trainer, NULL, 6, &progress), W2V_STATUS_NULL);
    EXPECT(w2v_train(&trainer, sentence, SIZE_MAX / 2, &progress), W2V_STATUS_SIZE);
    EXPECT(w2v_train(&trainer, sentence, 6, OFF(&progress, 1)), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_train(&trainer, stranger, 3, &progress), W2V_STATUS_ROW);
    CHECK(trainer.read == 0);
    DO(w2v_train(&trainer, NULL, 0, &progress));
    CHECK(progress.tokens == 0 && progress.pairs == 0);
    DO(w2v_train(&trainer, sentence, 6, NULL));
    DO(w2v_train(&trainer, sentence, 6, &progress));
    CHECK(progress.tokens == 6 && progress.pairs > 0 && progress.loss > 0 && trainer.rng.state != good.rng.state);
    free(good.input.numbers);
    free(good.output.numbers);
    free(good.scratch);
    free(unigram);
    puts("refused as they should be");
    return 0;
}
