/* The reader of delimited text: CSV, TSV and their kin. */
#ifndef LOGITD_CORE_DATA_READ_CSV_H
#define LOGITD_CORE_DATA_READ_CSV_H

#include "core/data/reader.h"

extern const struct reader read_csv;

#endif
