/* What the test programs share. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "w2v.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program unless the call does what it should. */
#define EXPECT(call, expected)                                                                                         \
    do {                                                                                                               \
        w2v_status found_ = (call);                                                                                    \
        if (found_ != (expected)) {                                                                                    \
            fprintf(stderr, "%s:%d: %s: %s, not %s\n", __FILE__, __LINE__, #call, w2v_status_message(found_),          \
                    w2v_status_message(expected));                                                                     \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define DO(call) EXPECT(call, W2V_STATUS_OK)

/* Ends the program unless the condition holds. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The address so many bytes further on, whatever may be there. */
#define OFF(pointer, bytes) ((void *)((uintptr_t)(pointer) + (bytes)))

/* Memory as the library wants it, with whatever was there before. */
static inline void *allocate(size_t size)
{
    void *memory;
    CHECK(size > 0);
    memory = aligned_alloc(W2V_ALIGNMENT, size);
    CHECK(memory != NULL);
    return memory;
}

/* A matrix of rows * dim zeros. */
static inline w2v_matrix zeros(size_t rows, size_t dim)
{
    w2v_matrix matrix = {NULL, rows, dim};
    matrix.numbers = allocate(w2v_matrix_size(rows, dim));
    memset(matrix.numbers, 0, w2v_matrix_size(rows, dim));
    return matrix;
}

/* Writes the bytes of a matrix to standard output. */
static inline void put_matrix(const w2v_matrix *matrix)
{
    CHECK(fwrite(matrix->numbers, w2v_matrix_size(matrix->rows, matrix->dim), 1, stdout) == 1);
}

/* Reads a number from standard input. */
static inline uint32_t get(void)
{
    unsigned number;
    CHECK(scanf("%u", &number) == 1);
    return number;
}

/* The backend and arithmetic that the arguments 1 and 2 name by their numbers. */
static inline w2v_dispatch dispatch_of(char **arguments)
{
    w2v_dispatch dispatch;
    DO(w2v_choose((w2v_backend)atoi(arguments[1]), (w2v_arithmetic)atoi(arguments[2]), &dispatch));
    return dispatch;
}

#endif
