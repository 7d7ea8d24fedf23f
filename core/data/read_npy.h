/*
 * The reader of NumPy's files (.npy): an array of numbers, of one dimension (a column),
 * two (rows of columns) or more (all behind the first are one row, the last index running
 * fastest), in C order or in Fortran's. Columns are c1, c2, …; NaN is missing.
 */
#ifndef LOGITD_CORE_DATA_READ_NPY_H
#define LOGITD_CORE_DATA_READ_NPY_H

#include "core/data/reader.h"

extern const struct reader read_npy;

#endif
