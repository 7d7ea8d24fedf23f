/*
 * The types of numbers in arrays of NumPy, and their bytes as doubles. Pure functions,
 * thread-safe.
 */
#ifndef LOGITD_CORE_DATA_NPY_TYPE_H
#define LOGITD_CORE_DATA_NPY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

struct npy_type {
    char kind;     /* 'b' (true is 1), 'i', 'u', 'f' */
    unsigned size; /* bytes: 1, 2, 4 or 8 */
    bool is_big;   /* the first byte is the highest */
};

/* Of a description as NumPy writes it ("<f8"). ERROR_UNSUPPORTED, saying how to convert
 * it, for other types than numbers of these sizes; ERROR_BAD_NPY for no type at all. */
int npy_type_read(struct npy_type *type, const char *text, size_t n,
                  struct error *err) MUST_CHECK;

/* values[0..n) of n·size bytes. Whole numbers beyond 2^53 are rounded to the nearest
 * double, all others are exact; NaN and infinities stay. */
void npy_type_convert(const struct npy_type *type, const char *bytes, size_t n,
                      double *values);

#endif
