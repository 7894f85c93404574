/*
 * Tables of which something was changed after they were built: refused, or read without harm. Each lies in memory of
 * its own that ends where the table ends, so that a sanitizer sees what is read beyond it.
 */
#include "program.h"

enum { WORDS = 37, MORE = 1000, DIM = 20, HEAD_BITS = 64, COUNT = 9, LENGTH = 12 };

static uint64_t counts[MORE];
static const uint32_t sentence[LENGTH] = {0, 36, 1, 35, 2, 34, 3, 33, 4, 32, 5, 31};
static w2v_trainer trainer;

/* A table in memory of exactly its size. */
static void *built(int tree, size_t words, size_t *size)
{
    void *memory, *scratch;
    *size = tree ? w2v_huffman_size(words) : w2v_unigram_size(words);
    memory = allocate(*size);
    memset(memory, 0xff, *size);
    if (tree) {
        scratch = allocate(w2v_huffman_scratch_size(words));
        DO(w2v_huffman_build(memory, *size, scratch, w2v_huffman_scratch_size(words), counts, words));
        free(scratch);
    } else {
        DO(w2v_unigram_build(memory, *size, counts, words, 0.75));
    }
    return memory;
}

/* The status of reading one word, or some, from a table; what comes out is of the table. */
static w2v_status read_one(int tree, void *memory, size_t size, uint32_t word)
{
    w2v_status status;
    if (tree) {
        w2v_path path = {0};
        status = w2v_huffman_path(memory, size, word, &path);
        CHECK(status == W2V_STATUS_OK ? path.length > 0 && path.length <= W2V_MAX_CODE_LENGTH : path.length == 0);
        for (size_t k = 0; k < path.length; k++)
            CHECK(path.nodes[k] < WORDS - 1);
    } else {
        w2v_rng rng = {NULL, NULL, word};
        uint32_t words[COUNT];
        size_t drawn = 77;
        status = w2v_unigram_draw(memory, size, &rng, sentence, 2, words, COUNT, &drawn);
        CHECK(status == W2V_STATUS_OK ? drawn <= COUNT : drawn == 77 && rng.state == word);
        for (size_t k = 0; status == W2V_STATUS_OK && k < drawn; k++)
            CHECK(words[k] < WORDS && words[k] != sentence[0] && words[k] != sentence[1]);
    }
    return status;
}

/* The status of training with a table. */
static w2v_status train(int tree, void *memory, size_t size)
{
    w2v_trainer one = trainer;
    one.objective = tree ? W2V_OBJECTIVE_HIERARCHICAL_SOFTMAX : W2V_OBJECTIVE_NEGATIVE_SAMPLING;
    one.unigram = memory;
    one.huffman = memory;
    one.unigram_size = one.huffman_size = size;
    return w2v_train(&one, sentence, LENGTH, NULL);
}

static void flip(void *memory, size_t bit)
{
    ((unsigned char *)memory)[bit / 8] ^= (unsigned char)(1u << bit % 8);
}

static void bits(int tree)
{
    size_t size, used = tree ? 8 + 4 * (2 * WORDS - 1) : 8 + 8 * WORDS;
    void *memory = built(tree, WORDS, &size);
    for (size_t bit = 0; bit < 8 * used; bit++) {
        flip(memory, bit);
        for (uint32_t word = 0; word < WORDS; word += bit < HEAD_BITS ? 1 : 5) {
            w2v_status status = read_one(tree, memory, size, word);
            CHECK(status == W2V_STATUS_UNBUILT || (bit >= HEAD_BITS && status == W2V_STATUS_OK));
        }
        w2v_status status = train(tree, memory, size);
        if (bit < HEAD_BITS)
            CHECK(status == W2V_STATUS_UNBUILT);
        else
            CHECK(status == W2V_STATUS_OK || status == (tree ? W2V_STATUS_CODE_LENGTH : W2V_STATUS_ROW));
        flip(memory, bit);
        DO(read_one(tree, memory, size, 0));
    }
    DO(train(tree, memory, size));
    /* The other kind's readers, and any shorter size. */
    EXPECT(read_one(!tree, memory, size, 0), W2V_STATUS_UNBUILT);
    EXPECT(train(!tree, memory, size), W2V_STATUS_UNBUILT);
    for (size_t less = 0; less < size; less++) {
        EXPECT(read_one(tree, memory, less, 0), W2V_STATUS_TOO_SHORT);
        EXPECT(train(tree, memory, less), W2V_STATUS_TOO_SHORT);
    }
    free(memory);
}

/* The first bytes of a table, as of a file that was cut. */
static void cut(int tree)
{
    size_t size;
    void *whole = built(tree, MORE, &size);
    for (size_t left = W2V_ALIGNMENT; left < size; left *= 2) {
        void *memory = allocate(left);
        memcpy(memory, whole, left);
        EXPECT(read_one(tree, memory, left, 0), W2V_STATUS_TOO_SHORT);
        EXPECT(train(tree, memory, left), W2V_STATUS_TOO_SHORT);
        free(memory);
    }
    free(whole);
}

/* Bodies of any bytes beneath the head of a table. */
static void bodies(int tree)
{
    size_t size;
    void *memory = built(tree, WORDS, &size);
    w2v_rng rng = {NULL, NULL, 3};
    for (int n = 0; n < 2000; n++) {
        for (size_t place = 8; place < size; place += 4) {
            uint64_t random;
            uint32_t number;
            DO(w2v_rng_next(&rng, &random));
            number = (uint32_t)random & (n % 2 ? 0x8000007fu : UINT32_MAX);
            memcpy((char *)memory + place, &number, 4);
        }
        for (uint32_t word = 0; word <= WORDS; word += 4)
            read_one(tree, memory, size, word);
        train(tree, memory, size);
    }
    free(memory);
}

int main(void)
{
    for (int word = 0; word < MORE; word++)
        counts[word] = 3 * MORE - word;
    DO(w2v_choose(W2V_BACKEND_PORTABLE, W2V_ARITHMETIC_UNFUSED, &trainer.dispatch));
    trainer.window = 2;
    trainer.input = zeros(WORDS, DIM);
    trainer.output = zeros(WORDS, DIM);
    trainer.negatives = 3;
    trainer.learning_rate = 0.1f;
    trainer.scratch_size = w2v_train_scratch_size(DIM, LENGTH);
    trainer.scratch = allocate(trainer.scratch_size);
    for (int tree = 0; tree < 2; tree++) {
        bits(tree);
        cut(tree);
        bodies(tree);
    }
    free(trainer.input.numbers);
    free(trainer.output.numbers);
    free(trainer.scratch);
    puts("refused as they should be");
    return 0;
}
