/*
 * The header of a file of NumPy (the format .npy, versions 1.0, 2.0 and 3.0; NEP 1 and
 * numpy.lib.format): the text of a Python dict with the keys descr, fortran_order and
 * shape, read by a scanner of its own. Pure functions, thread-safe.
 */
#ifndef LOGITD_CORE_DATA_NPY_HEADER_H
#define LOGITD_CORE_DATA_NPY_HEADER_H

#include <stdint.h>

#include "core/data/npy_type.h"

#define NPY_HEADER_MAX_BYTES 65536U /* of the dict; NumPy itself reads 10000 */
#define NPY_HEADER_MAX_DIMENSIONS 64U

struct npy_header {
    struct npy_type type;
    bool is_fortran; /* the first index runs fastest */
    size_t n_dimensions;
    uint64_t shape[NPY_HEADER_MAX_DIMENSIONS];
};

/* What comes before the dict. */
#define NPY_HEADER_MAX_PREFIX_BYTES 12U
struct npy_prefix {
    size_t n_bytes;      /* of it: 10 or 12 */
    size_t n_dict_bytes; /* that follow */
};
/* 1, or 0 if text[0..n) is not all of it yet; -1: it is no such file (place "byte 0"),
 * or of another version. */
int npy_header_read_prefix(struct npy_prefix *prefix, const char *text, size_t n,
                           struct error *err) MUST_CHECK;

/* The dict. ERROR_BAD_NPY at "byte 17", counted from `offset`; those of npy_type_read,
 * ERROR_TOO_LARGE for a dimension beyond 10^18. */
int npy_header_read(struct npy_header *header, const char *text, size_t n, size_t offset,
                    struct error *err) MUST_CHECK;

#endif
