/*
 * Trains pairs on one thread or two that own ranges of rows, as the readme says, and writes both matrices.
 *
 *     threads BACKEND ARITHMETIC THREADS
 */
#include "program.h"
#include <pthread.h>

enum { RANGES = 2, WORDS = 32, DIM = 20, PAIRS = 1500, EPOCHS = 2, NEGATIVES = 3 };

static w2v_dispatch dispatch;
static w2v_matrix input, output;
static w2v_unigram *unigram;
/* Of each range of hidden rows and range of targets, pairs with ids from their ranges' first rows. */
static uint32_t pairs[RANGES][RANGES][PAIRS][2];

struct work {
    uint64_t epoch, round, range;
};

/* The rows of one range. */
static w2v_matrix part(w2v_matrix whole, uint64_t range)
{
    w2v_matrix rows = {whole.numbers + range * WORDS * w2v_stride(DIM), WORDS, DIM};
    return rows;
}

static void *bucket(void *given)
{
    const struct work *work = given;
    const uint64_t target_range = (work->range + work->round) % RANGES;
    const uint64_t place[3] = {work->epoch, work->round, work->range};
    w2v_step step = {dispatch, part(input, work->range), part(output, target_range), 0.05f, W2V_HIDDEN_LEARN};
    w2v_rng rng;
    DO(w2v_rng_at(place, 3, &rng));
    for (int n = 0; n < PAIRS; n++) {
        const uint32_t *pair = pairs[work->range][target_range][n];
        uint32_t negatives[NEGATIVES];
        size_t drawn;
        DO(w2v_unigram_draw(unigram, w2v_unigram_size(WORDS), &rng, pair + 1, 1, negatives, NEGATIVES, &drawn));
        DO(w2v_negative_sampling(&step, pair, pair + 1, 1, negatives, drawn, NULL));
    }
    return NULL;
}

int main(int count, char **arguments)
{
    uint64_t counts[WORDS];
    w2v_rng rng = {0};

    CHECK(count == 4);
    dispatch = dispatch_of(arguments);
    input = zeros(RANGES * WORDS, DIM);
    output = zeros(RANGES * WORDS, DIM);
    DO(w2v_initial_rows(&input, 0, RANGES * WORDS, 1));
    for (int word = 0; word < WORDS; word++)
        counts[word] = 100 + word;
    unigram = allocate(w2v_unigram_size(WORDS));
    DO(w2v_unigram_build(unigram, w2v_unigram_size(WORDS), counts, WORDS, 0.75));
    for (uint32_t *id = pairs[0][0][0]; id < pairs[0][0][0] + RANGES * RANGES * PAIRS * 2; id++) {
        uint64_t random;
        DO(w2v_rng_next(&rng, &random));
        *id = (uint32_t)(random % WORDS);
    }

    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++)
        for (uint64_t round = 0; round < RANGES; round++) {
            struct work work[RANGES];
            pthread_t threads[RANGES];
            for (uint64_t range = 0; range < RANGES; range++) {
                work[range] = (struct work){epoch, round, range};
                if (atoi(arguments[3]) == 1)
                    bucket(&work[range]);
                else
                    CHECK(pthread_create(&threads[range], NULL, bucket, &work[range]) == 0);
            }
            for (uint64_t range = 0; range < RANGES && atoi(arguments[3]) > 1; range++)
                CHECK(pthread_join(threads[range], NULL) == 0);
        }
    put_matrix(&input);
    put_matrix(&output);
    free(input.numbers);
    free(output.numbers);
    free(unigram);
    return 0;
}
