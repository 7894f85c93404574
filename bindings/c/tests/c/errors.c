/* Every way to be refused, but for those of training (train_errors.c): what is wrong gets its status, and nothing is written. */
#include "program.h"
#include <math.h>

enum { WORDS = 10, DIM = 20, ANY = 0 };

static const uint32_t ids[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, beyond[1] = {WORDS};
static const uint32_t stranger[3] = {0, WORDS, 1};
static uint64_t counts[WORDS] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
static char *const nowhere = (char *)(uintptr_t)64;

static void choices(void)
{
    w2v_dispatch dispatch;
    EXPECT(w2v_choose(ANY, ANY, NULL), W2V_STATUS_NULL);
    EXPECT(w2v_choose(ANY, ANY, OFF(&dispatch, 1)), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_choose((w2v_backend)99, ANY, &dispatch), W2V_STATUS_CHOICE);
    EXPECT(w2v_choose(ANY, (w2v_arithmetic)99, &dispatch), W2V_STATUS_CHOICE);
    EXPECT(w2v_choose(W2V_BACKEND_PORTABLE, W2V_ARITHMETIC_FUSED, &dispatch), W2V_STATUS_UNAVAILABLE);
    DO(w2v_choose(W2V_BACKEND_SCALAR, W2V_ARITHMETIC_UNFUSED, &dispatch));
    CHECK(dispatch.backend == W2V_BACKEND_SCALAR && dispatch.arithmetic == W2V_ARITHMETIC_UNFUSED);
    CHECK(strcmp(w2v_backend_name(dispatch.backend), "scalar") == 0);
    CHECK(strcmp(w2v_arithmetic_name(dispatch.arithmetic), "unfused") == 0);
    CHECK(!w2v_backend_name(ANY) && !w2v_arithmetic_name(3));
    for (w2v_status status = W2V_STATUS_OK; status <= W2V_STATUS_UNBUILT; status++)
        CHECK(strcmp(w2v_status_message(status), w2v_status_message(99)) != 0);
}

static void sizes(void)
{
    CHECK(w2v_alignment() == W2V_ALIGNMENT);
    CHECK(w2v_stride(0) == 0 && w2v_stride(1) == W2V_LANES && w2v_stride(32) == 32 && w2v_stride(100) == 112);
    CHECK(w2v_matrix_size(3, 100) == 4 * 3 * 112);
    CHECK(w2v_matrix_size(0, 1) == 0 && w2v_matrix_size(1, 0) == 0);
    CHECK(w2v_matrix_size(SIZE_MAX, 1) == 0 && w2v_matrix_size(1, SIZE_MAX) == 0 && w2v_matrix_size(1u << 31, SIZE_MAX / 8) == 0);
    CHECK(w2v_unigram_size(1000) == 8064 && w2v_unigram_size(7) == 64 && w2v_unigram_size(8) == 128);
    CHECK(w2v_unigram_size(0) == 0 && w2v_unigram_size(SIZE_MAX) == 0);
    CHECK(w2v_huffman_size(1000) == 8064 && w2v_huffman_size(7) == 64 && w2v_huffman_size(8) == 128);
    CHECK(w2v_huffman_size(0) == 0 && w2v_huffman_size(SIZE_MAX) == 0);
    CHECK(w2v_huffman_scratch_size(9) == 64 && w2v_huffman_scratch_size(10) == 128);
    CHECK(w2v_huffman_scratch_size(SIZE_MAX) == 0);
    CHECK(w2v_softmax_scratch_size(16, 16) == 128 && w2v_softmax_scratch_size(SIZE_MAX, 16) == 0);
    CHECK(w2v_train_scratch_size(100, 16) == 4 * (112 + 16) && w2v_train_scratch_size(0, 5) == 0);
    CHECK(w2v_train_scratch_size(1, SIZE_MAX) == 0 && w2v_train_scratch_size(SIZE_MAX, 1) == 0);
}

static void generators(void)
{
    w2v_rng rng = {0};
    uint64_t number;
    EXPECT(w2v_rng_at(NULL, 1, &rng), W2V_STATUS_NULL);
    EXPECT(w2v_rng_at(counts, SIZE_MAX, &rng), W2V_STATUS_SIZE);
    EXPECT(w2v_rng_at(counts, 1, NULL), W2V_STATUS_NULL);
    EXPECT(w2v_rng_next(NULL, &number), W2V_STATUS_NULL);
    EXPECT(w2v_rng_next(&rng, NULL), W2V_STATUS_NULL);
    CHECK(rng.state == 0);
    DO(w2v_rng_at(NULL, 0, &rng));
    DO(w2v_rng_next(&rng, &number));
}

static void samplers(void)
{
    size_t size = w2v_unigram_size(WORDS), drawn = 7;
    void *memory = allocate(size);
    w2v_unigram *unigram = memory;
    uint32_t words[W2V_MAX_NEGATIVES + 1];
    static const uint64_t nothing[2] = {0, 0};
    w2v_rng rng = {0};
    w2v_path path;

    memset(memory, 0, size);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 0, words, 1, &drawn), W2V_STATUS_UNBUILT);
    EXPECT(w2v_unigram_build(NULL, size, counts, WORDS, 0.75), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_build(OFF(memory, 8), size, counts, WORDS, 0.75), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_unigram_build(unigram, size - 1, counts, WORDS, 0.75), W2V_STATUS_TOO_SHORT);
    EXPECT(w2v_unigram_build(unigram, size, NULL, WORDS, 0.75), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_build(unigram, size, OFF(counts, 4), WORDS, 0.75), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_unigram_build(unigram, size, counts, 0, 0.75), W2V_STATUS_SIZE);
    EXPECT(w2v_unigram_build(unigram, SIZE_MAX, counts, SIZE_MAX / 4, 0.75), W2V_STATUS_SIZE);
    EXPECT(w2v_unigram_build(unigram, size, counts, WORDS, NAN), W2V_STATUS_NUMBER);
    DO(w2v_unigram_build(unigram, size, counts, WORDS, 0.75));
    /* A building that fails leaves nothing behind. */
    EXPECT(w2v_unigram_build(unigram, size, nothing, 2, 0.75), W2V_STATUS_NUMBER);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 0, words, 1, &drawn), W2V_STATUS_UNBUILT);
    DO(w2v_unigram_build(unigram, size, counts, WORDS, 0.75));

    EXPECT(w2v_unigram_draw(NULL, size, &rng, NULL, 0, words, 1, &drawn), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_draw(unigram, size, NULL, NULL, 0, words, 1, &drawn), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 1, words, 1, &drawn), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 0, NULL, 1, &drawn), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 0, words, 1, NULL), W2V_STATUS_NULL);
    EXPECT(w2v_unigram_draw(unigram, size, &rng, NULL, 0, words, W2V_MAX_NEGATIVES + 1, &drawn), W2V_STATUS_TOO_MANY_ROWS);
    CHECK(drawn == 7 && rng.state == 0);
    DO(w2v_unigram_draw(unigram, size, &rng, NULL, 0, NULL, 0, &drawn));
    CHECK(drawn == 0);
    /* Of two words, one the target, the other is all there is; of one, nothing. */
    DO(w2v_unigram_build(unigram, size, counts, 2, 0));
    DO(w2v_unigram_draw(unigram, size, &rng, ids, 1, words, 5, &drawn));
    CHECK(drawn == 5 && words[0] == 1 && words[4] == 1);
    DO(w2v_unigram_build(unigram, size, counts, 1, 0));
    DO(w2v_unigram_draw(unigram, size, &rng, ids, 1, words, 5, &drawn));
    CHECK(drawn == 0);
    EXPECT(w2v_huffman_path(memory, size, 0, &path), W2V_STATUS_UNBUILT);

    EXPECT(w2v_keep_shares(NULL, WORDS, 1e-3, words), W2V_STATUS_NULL);
    EXPECT(w2v_keep_shares(counts, WORDS, 1e-3, NULL), W2V_STATUS_NULL);
    EXPECT(w2v_keep_shares(counts, WORDS, -1, words), W2V_STATUS_NUMBER);
    EXPECT(w2v_keep_shares(counts, WORDS, NAN, words), W2V_STATUS_NUMBER);
    DO(w2v_keep_shares(counts, WORDS, 0, words));
    CHECK(words[0] == UINT32_MAX);
    DO(w2v_keep_shares(counts, WORDS, 1e-3, words));
    CHECK(words[0] < words[WORDS - 1]);
    free(memory);
}

static void trees(void)
{
    size_t size = w2v_huffman_size(WORDS), scratch_size = w2v_huffman_scratch_size(WORDS);
    void *huffman = allocate(size), *scratch = allocate(scratch_size);
    uint64_t fibonacci[70] = {0};
    static const uint64_t rising[2] = {1, 2}, zero[2] = {1, 0};
    w2v_path path;

    EXPECT(w2v_huffman_build(NULL, size, scratch, scratch_size, counts, WORDS), W2V_STATUS_NULL);
    EXPECT(w2v_huffman_build(huffman, size, NULL, scratch_size, counts, WORDS), W2V_STATUS_NULL);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, NULL, WORDS), W2V_STATUS_NULL);
    EXPECT(w2v_huffman_build(OFF(huffman, 4), size, scratch, scratch_size, counts, WORDS), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_huffman_build(huffman, size, OFF(scratch, 8), scratch_size, counts, WORDS), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_huffman_build(huffman, size - 1, scratch, scratch_size, counts, WORDS), W2V_STATUS_TOO_SHORT);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size - 1, counts, WORDS), W2V_STATUS_TOO_SHORT);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, counts, 0), W2V_STATUS_SIZE);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, counts, 1), W2V_STATUS_SIZE);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, rising, 2), W2V_STATUS_ORDER);
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, zero, 2), W2V_STATUS_ORDER);
    {
        /* One memory for both, or the one ends where the other begins. */
        char *both = allocate(size + scratch_size);
        EXPECT(w2v_huffman_build((void *)both, size, both, scratch_size, counts, WORDS), W2V_STATUS_OVERLAP);
        EXPECT(w2v_huffman_build((void *)both, size, both + size - 64, scratch_size, counts, WORDS), W2V_STATUS_OVERLAP);
        DO(w2v_huffman_build((void *)both, size, both + size, scratch_size, counts, WORDS));
        /* What is handed over beyond what is needed counts; what is empty shares nothing. */
        EXPECT(w2v_huffman_build((void *)both, size + 1, both + size, scratch_size, counts, WORDS), W2V_STATUS_OVERLAP);
        EXPECT(w2v_huffman_build((void *)(both + scratch_size), size, both, scratch_size + 1, counts, WORDS), W2V_STATUS_OVERLAP);
        EXPECT(w2v_huffman_build((void *)both, size, both + 64, 0, counts, 1), W2V_STATUS_SIZE);
        EXPECT(w2v_huffman_build((void *)both, size, both, 0, counts, WORDS), W2V_STATUS_TOO_SHORT);
        EXPECT(w2v_huffman_build((void *)both, size, both + size, SIZE_MAX, counts, WORDS), W2V_STATUS_SIZE);
        free(both);
    }
    EXPECT(w2v_huffman_path(huffman, size, 0, &path), W2V_STATUS_UNBUILT);
    DO(w2v_huffman_build(huffman, size, scratch, scratch_size, counts, WORDS));
    EXPECT(w2v_huffman_path(NULL, size, 0, &path), W2V_STATUS_NULL);
    EXPECT(w2v_huffman_path(huffman, size, 0, NULL), W2V_STATUS_NULL);
    EXPECT(w2v_huffman_path(huffman, size, WORDS, &path), W2V_STATUS_ROW);
    DO(w2v_huffman_path(huffman, size, WORDS - 1, &path));
    CHECK(path.length > 1 && path.nodes[0] == WORDS - 2);
    free(huffman);
    free(scratch);

    size = w2v_huffman_size(70);
    scratch_size = w2v_huffman_scratch_size(70);
    huffman = allocate(size);
    scratch = allocate(scratch_size);
    for (int i = 69; i >= 0; i--)
        fibonacci[i] = i > 67 ? 1 : fibonacci[i + 1] + fibonacci[i + 2];
    EXPECT(w2v_huffman_build(huffman, size, scratch, scratch_size, fibonacci, 70), W2V_STATUS_CODE_LENGTH);
    free(huffman);
    free(scratch);
}

static void matrices(void)
{
    w2v_matrix matrix = zeros(WORDS, DIM), wrong = matrix;
    EXPECT(w2v_initial_rows(NULL, 0, 1, 1), W2V_STATUS_NULL);
    EXPECT(w2v_initial_rows(&matrix, 0, WORDS + 1, 1), W2V_STATUS_ROW);
    EXPECT(w2v_initial_rows(&matrix, WORDS, 1, 1), W2V_STATUS_ROW);
    EXPECT(w2v_initial_rows(&matrix, 1, SIZE_MAX, 1), W2V_STATUS_ROW);
    DO(w2v_initial_rows(&matrix, WORDS, 0, 1));
    wrong.numbers = NULL;
    EXPECT(w2v_initial_rows(&wrong, 0, 1, 1), W2V_STATUS_NULL);
    EXPECT(w2v_initial_rows(&wrong, 5, 1, 1), W2V_STATUS_NULL);
    EXPECT(w2v_initial_rows(&wrong, 5, 0, 1), W2V_STATUS_NULL);
    wrong.numbers = matrix.numbers + 4;
    EXPECT(w2v_initial_rows(&wrong, 0, 1, 1), W2V_STATUS_MISALIGNED);
    wrong = matrix;
    wrong.dim = 0;
    EXPECT(w2v_initial_rows(&wrong, 0, 1, 1), W2V_STATUS_SIZE);
    for (size_t i = 0; i < WORDS * w2v_stride(DIM); i++)
        CHECK(matrix.numbers[i] == 0);
    free(matrix.numbers);
}

static void steps(void)
{
    w2v_step step = {0}, wrong;
    w2v_matrix mean = zeros(1, DIM), other = zeros(1, DIM + W2V_LANES);
    size_t scratch_size = w2v_softmax_scratch_size(WORDS, DIM);
    void *scratch = allocate(scratch_size);
    float loss = -1, before[DIM];

    step.hidden = zeros(WORDS, DIM);
    step.output = zeros(WORDS, DIM);
    step.learning_rate = 0.5f;
    DO(w2v_initial_rows(&step.hidden, 0, WORDS, 1));
    EXPECT(w2v_negative_sampling(&step, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_CHOICE);
    DO(w2v_choose(ANY, ANY, &step.dispatch));

    EXPECT(w2v_negative_sampling(NULL, ids, ids, 1, ids, 2, &loss), W2V_STATUS_NULL);
    EXPECT(w2v_negative_sampling(&step, NULL, ids, 1, ids, 2, &loss), W2V_STATUS_NULL);
    EXPECT(w2v_negative_sampling(&step, ids, NULL, 1, ids, 2, &loss), W2V_STATUS_NULL);
    EXPECT(w2v_negative_sampling(&step, ids, ids, 1, NULL, 2, &loss), W2V_STATUS_NULL);
    EXPECT(w2v_negative_sampling(&step, OFF(ids, 2), ids, 1, ids, 2, &loss), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_negative_sampling(&step, ids, ids, 0, ids, 2, &loss), W2V_STATUS_SIZE);
    EXPECT(w2v_negative_sampling(&step, ids, ids, 3, ids, 2, &loss), W2V_STATUS_SIZE);
    EXPECT(w2v_negative_sampling(&step, ids, ids, 1, ids, SIZE_MAX, &loss), W2V_STATUS_SIZE);
    EXPECT(w2v_negative_sampling(&step, beyond, ids, 1, ids, 2, &loss), W2V_STATUS_ROW);
    EXPECT(w2v_negative_sampling(&step, ids, beyond, 1, ids, 2, &loss), W2V_STATUS_ROW);
    EXPECT(w2v_negative_sampling(&step, ids, ids, 1, beyond, 1, &loss), W2V_STATUS_ROW);
    {
        uint32_t many[W2V_MAX_ROWS + 1] = {0};
        EXPECT(w2v_negative_sampling(&step, ids, ids, 1, many, W2V_MAX_NEGATIVES + 1, &loss), W2V_STATUS_TOO_MANY_ROWS);
        EXPECT(w2v_hierarchical_softmax(&step, ids, 1, many, W2V_MAX_ROWS + 1, 0, &loss), W2V_STATUS_TOO_MANY_ROWS);
    }
    EXPECT(w2v_negative_sampling(&step, ids, ids, 1, ids + 1, 2, OFF(&loss, 1)), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_hierarchical_softmax(&step, ids, 1, NULL, 0, 0, &loss), W2V_STATUS_EMPTY);
    EXPECT(w2v_hierarchical_softmax(&step, ids, 5, ids, 2, 0, &loss), W2V_STATUS_SIZE);
    EXPECT(w2v_softmax(&step, 0, WORDS, scratch, scratch_size, &loss), W2V_STATUS_ROW);
    EXPECT(w2v_softmax(&step, WORDS, 0, scratch, scratch_size, &loss), W2V_STATUS_ROW);
    EXPECT(w2v_softmax(&step, 0, 0, NULL, scratch_size, &loss), W2V_STATUS_NULL);
    EXPECT(w2v_softmax(&step, 0, 0, scratch, scratch_size - 1, &loss), W2V_STATUS_TOO_SHORT);
    EXPECT(w2v_softmax(&step, 0, 0, OFF(scratch, 4), scratch_size, &loss), W2V_STATUS_MISALIGNED);
    EXPECT(w2v_softmax(&step, 0, 0, step.hidden.numbers, scratch_size, &loss), W2V_STATUS_OVERLAP);
    EXPECT(w2v_softmax(&step, 0, 0, step.output.numbers + 64, scratch_size, &loss), W2V_STATUS_OVERLAP);

    wrong = step;
    wrong.learning_rate = NAN;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_NUMBER);
    EXPECT(w2v_hierarchical_softmax(&wrong, ids, 1, ids, 2, 0, &loss), W2V_STATUS_NUMBER);
    EXPECT(w2v_softmax(&wrong, 0, 0, scratch, scratch_size, &loss), W2V_STATUS_NUMBER);
    wrong = step;
    wrong.then = 2;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_CHOICE);
    wrong = step;
    wrong.output = other;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, NULL, 0, &loss), W2V_STATUS_DIM);
    wrong = step;
    wrong.output = wrong.hidden;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_OVERLAP);
    wrong = step;
    wrong.output.numbers = (float *)(void *)nowhere;
    wrong.output.rows = UINT32_MAX;
    wrong.output.dim = SIZE_MAX / 64;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_SIZE);
    wrong = step;
    wrong.hidden.numbers = NULL;
    EXPECT(w2v_negative_sampling(&wrong, ids, ids, 1, ids + 1, 2, &loss), W2V_STATUS_NULL);

    EXPECT(w2v_gather(step.dispatch, NULL, ids, 2, &mean, 0), W2V_STATUS_NULL);
    EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, NULL, 0), W2V_STATUS_NULL);
    DO(w2v_gather(step.dispatch, &step.hidden, ids, 2, &mean, 0));
    CHECK(mean.numbers[0] != 0);
    memcpy(before, mean.numbers, sizeof before);
    EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, &mean, 1), W2V_STATUS_ROW);
    {
        w2v_matrix nothing = {NULL, WORDS, DIM}, beyond_all = {(float *)(UINTPTR_MAX - 63), WORDS, DIM};
        EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, &nothing, 1), W2V_STATUS_NULL);
        EXPECT(w2v_scatter(step.dispatch, &step.hidden, ids, 2, &nothing, 1, 0), W2V_STATUS_NULL);
        EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, &beyond_all, 1), W2V_STATUS_SIZE);
        EXPECT(w2v_initial_rows(&beyond_all, 1, 1, 1), W2V_STATUS_SIZE);
    }
    EXPECT(w2v_gather(step.dispatch, &step.hidden, NULL, 0, &mean, 0), W2V_STATUS_EMPTY);
    EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, &other, 0), W2V_STATUS_DIM);
    EXPECT(w2v_gather(step.dispatch, &step.hidden, ids, 2, &step.hidden, 5), W2V_STATUS_OVERLAP);
    CHECK(memcmp(before, mean.numbers, sizeof before) == 0);
    /* The row before the stranger is not left in the mean; a gradient is added to it. */
    memcpy(before, step.hidden.numbers, sizeof before);
    EXPECT(w2v_scatter(step.dispatch, &step.hidden, stranger, 3, &mean, 0, W2V_CBOW_GRADIENT_UNDIVIDED), W2V_STATUS_ROW);
    CHECK(step.hidden.numbers[0] == before[0] + mean.numbers[0]);
    EXPECT(w2v_gather(step.dispatch, &step.hidden, stranger, 3, &mean, 0), W2V_STATUS_ROW);
    for (size_t i = 0; i < w2v_stride(DIM); i++)
        CHECK(mean.numbers[i] == 0);
    EXPECT(w2v_scatter(step.dispatch, &step.hidden, ids, 2, &mean, 0, 2), W2V_STATUS_CHOICE);
    EXPECT(w2v_scatter(step.dispatch, &step.hidden, ids, 2, &step.hidden, 5, 0), W2V_STATUS_OVERLAP);

    /* None of them has written to the output matrix, or a loss. */
    for (size_t i = 0; i < WORDS * w2v_stride(DIM); i++)
        CHECK(step.output.numbers[i] == 0);
    CHECK(loss == -1);
    DO(w2v_negative_sampling(&step, ids, ids, 8, ids + 8, 1, NULL));
    {
        /* Scratch may end where a matrix begins, and begin where one ends, but not beyond that. */
        size_t matrix_size = w2v_matrix_size(WORDS, DIM);
        char *both = allocate(matrix_size + scratch_size);
        wrong = step;
        memset(both, 0, matrix_size + scratch_size);
        wrong.output.numbers = (void *)both;
        DO(w2v_softmax(&wrong, 0, 0, both + matrix_size, scratch_size, &loss));
        EXPECT(w2v_softmax(&wrong, 0, 0, both + matrix_size - 64, scratch_size, &loss), W2V_STATUS_OVERLAP);
        wrong.output.numbers = (void *)(both + scratch_size);
        DO(w2v_softmax(&wrong, 0, 0, both, scratch_size, &loss));
        EXPECT(w2v_softmax(&wrong, 0, 0, both, scratch_size + 1, &loss), W2V_STATUS_OVERLAP);
        free(both);
    }
    free(step.hidden.numbers);
    free(step.output.numbers);
    free(mean.numbers);
    free(other.numbers);
    free(scratch);
}

int main(void)
{
    choices();
    sizes();
    generators();
    samplers();
    trees();
    matrices();
    steps();
    puts("refused as they should be");
    return 0;
}
