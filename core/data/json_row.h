/*
 * Rows of a table out of JSON: an object, whose keys are columns, or an array of cells.
 * A cell is a number as it is written, a string (a level, even "3"), true or false (the
 * levels "true" and "false"), or null: missing, as is a key that an object does not have.
 * Keys that come late become columns. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_JSON_ROW_H
#define LOGITD_CORE_DATA_JSON_ROW_H

#include "core/data/dictionary.h"
#include "core/data/reader.h"
#include "core/text/json_scan.h"

#define JSON_ROW_MAX_COLUMNS 65536U

/* What is wrong with a row, or with its cell of this key or in this column, whose place
 * the reader sets before it tells ingest_refuse_row. */
struct json_row_problem {
    struct error error; /* without a place */
    bool has_cell;
    const char *key; /* [key_bytes] unescaped; NULL: of an array */
    size_t key_bytes;
    size_t column; /* from 0; of an array */
};
typedef int json_row_refuse_fn(void *context, const struct json_row_problem *problem,
                               struct error *err);

struct json_row { /* all zero but for the first three: before the first row */
    struct ingest *ingest;
    json_row_refuse_fn *refuse;
    void *context;
    uint64_t n_rows; /* read so far, those refused too */
    bool is_malformed;
    size_t n_begun; /* columns of the table; 0: it has not begun */
    size_t n_columns, capacity;
    struct dictionary keys;   /* of objects, in the order of columns */
    struct table_cell *cells; /* [capacity] */
    double *plain;            /* [capacity] as ingest_add_read_row wants them */
    uint64_t *last_row;       /* [capacity] of objects: that had the key, from 1 */
    struct buffer texts;      /* unescaped, of one row */
};
void json_row_free(struct json_row *row); /* what it owns */

/*
 * Begins the table with these names of arrays' cells. What ingest_begin_table says.
 */
int json_row_begin(struct json_row *row, const char *const *names, size_t n,
                   struct error *err) MUST_CHECK;

/*
 * The object or the array that comes next. -1 with is_malformed: the text is not JSON,
 * err has the place of json_scan.h, and more rows may follow; else none may. An array of
 * other than n_columns cells is refused; where no table has begun its length says how
 * many there are, and they are c1, c2, ….
 */
int json_row_read_object(struct json_row *row, struct json_scan *scan,
                         struct error *err) MUST_CHECK;
int json_row_read_array(struct json_row *row, struct json_scan *scan,
                        struct error *err) MUST_CHECK;
/* After the last row. ERROR_INVALID if there were objects, but none had a member. */
int json_row_finish(const struct json_row *row, struct error *err) MUST_CHECK;

#endif
