/*
 * The reader of JSON: {"columns":[…],"rows":[[…],…]}, its two members in any order, or an
 * array of objects, whose keys are columns (core/data/json_row.h says what the cells may
 * be). It is read row by row. Places are JSON pointers, of malformed text "byte 17".
 */
#ifndef LOGITD_CORE_DATA_READ_JSON_H
#define LOGITD_CORE_DATA_READ_JSON_H

#include "core/data/reader.h"

extern const struct reader read_json;

#endif
