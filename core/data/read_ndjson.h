/*
 * The reader of NDJSON: a line is an object, whose keys are columns (core/data/json_row.h
 * says what the cells may be). Blank lines do not count.
 */
#ifndef LOGITD_CORE_DATA_READ_NDJSON_H
#define LOGITD_CORE_DATA_READ_NDJSON_H

#include "core/data/reader.h"

extern const struct reader read_ndjson;

#endif
