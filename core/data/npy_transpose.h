/*
 * Rows of an array whose columns lie one behind another on the scratch file, from its
 * begin on. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_NPY_TRANSPOSE_H
#define LOGITD_CORE_DATA_NPY_TRANSPOSE_H

#include "core/data/npy_header.h"
#include "core/data/reader.h"

/* Gives all rows to the ingest, whose table has begun. Holds a block of them, of about 4
 * MiB. Dimensions behind the first are n_columns in all, at most 2^32. */
int npy_transpose(const struct npy_header *header, size_t n_columns,
                  struct ingest *ingest, struct error *err) MUST_CHECK;

#endif
