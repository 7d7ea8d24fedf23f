/*
 * One input of a model: what a caller sends in a cell, and what becomes of cells that are
 * missing or have a level that training did not see. Immutable once built: thread-safe.
 *
 * A cell is a double: a number, or the index of a level; NaN: missing;
 * INPUT_UNKNOWN_LEVEL: a text or number that is no level. Cells are as the caller sent
 * them: what stands for a missing one is the input's own matter, and only the functions
 * at the end know it.
 */
#ifndef LOGITD_CORE_DATA_INPUT_H
#define LOGITD_CORE_DATA_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pack.h"
#include "core/data/level_pool.h"
#include "core/data/table.h"

#define INPUT_UNKNOWN_LEVEL (-1.0)

/* What the job asked for one column; words as in the contract. Written to disk. */
enum missing_policy {
    MISSING_ERROR = 0,
    MISSING_DROP = 1,      /* the row is left out */
    MISSING_MEAN = 2,      /* of a number: the mean stands for it */
    MISSING_INDICATOR = 3, /* of a number: the mean, and a column that is 1 there */
    MISSING_LEVEL = 4      /* of a category: LEVEL_POOL_MISSING */
};
/* What a level that training did not see is. */
enum unseen_policy {
    UNSEEN_USUAL = 0, /* UNSEEN_OTHER where rare levels are pooled, else UNSEEN_ERROR */
    UNSEEN_ERROR = 1,
    UNSEEN_REFERENCE = 2,
    UNSEEN_IGNORE = 3, /* no level: all columns of the input are 0 */
    UNSEEN_OTHER = 4   /* LEVEL_POOL_OTHER where there is one, else an error */
};
struct input_request {
    const char *name;
    int type;              /* enum column_type, or -1: as the data says */
    const char *reference; /* NULL: the first level */
    enum missing_policy missing;
    enum unseen_policy unseen;
    uint64_t min_count; /* rare levels become one: core/data/level_pool.h */
    size_t max_levels;
};

struct input {
    char *name;
    enum column_type type;
    enum missing_policy missing;
    bool is_sparse;     /* where it is not said what it is, it is 0 */
    bool has_indicator; /* MISSING_INDICATOR, and some cell was missing */
    double fill;        /* MISSING_MEAN, MISSING_INDICATOR: stands for a missing number */
    enum unseen_policy unseen;
    size_t n_levels; /* sorted, then what level_pool.h adds; 0 for numeric */
    struct level *levels;
    size_t other, missing_level; /* SIZE_MAX: there is no such level */
    uint64_t n_pooled;           /* levels that are `other` */
    struct level *rare;          /* these, where others are not */
    size_t n_rare;
    size_t reference;
    /* of this file: text → level; values of the levels that are numbers, sorted, and
     * their levels */
    struct dictionary level_of_text;
    size_t n_values;
    double *values;
    uint32_t *level_of_value;
    size_t n_numeric; /* of an encoding: so many inputs from this one on are numbers */
};

/*
 * Into an all-zero input, from a column of the table. `keep` as in encoding_build. What
 * stands for missing numbers is set in `fill` later. ERROR_UNKNOWN_LEVEL
 * (reference), ERROR_INVALID (numeric asked of text, a reference given to a number),
 * ERROR_TOO_LARGE (levels), ERROR_OUT_OF_RANGE (numbers as categories beyond what doubles
 * tell apart), ERROR_MISSING_VALUE (no row has a cell). Levels cannot be
 * found before input_index.
 */
#define INPUT_MAX_LEVELS (UINT32_C(1) << 24)
int input_build(struct input *input, const struct table *table, size_t column,
                const struct input_request *request, const unsigned char *keep,
                struct error *err) MUST_CHECK;
void input_free(struct input *input); /* what it owns; and back to all zero */

/* Does it need a number for missing cells? */
bool input_is_filled(const struct input *input);

void input_pack(const struct input *input, struct buffer *out);
/* Into an all-zero input; what input_build could not have made fails the reader. */
void input_unpack(struct input *input, struct pack_reader *in, struct error *err);

/* Once, before levels are found. ERROR_CORRUPT: a level twice. */
int input_index(struct input *input, struct error *err) MUST_CHECK;

/* Index of a level of a categorical input by its text, as levels_find finds it (a rare
 * one is `other`); SIZE_MAX if it was not seen. */
size_t input_find_level(const struct input *input, const char *text, size_t n_bytes);
/* By a number as the data wrote it: 3 finds "3", and "3.0" or "03" where that is the only
 * level with this value. */
size_t input_find_level_number(const struct input *input, double value);

/* Can the model do with this cell? What follows is for cells with which it can. */
bool input_accepts(const struct input *input, double cell);
/* Of a numeric input with has_indicator: what its second column is. */
bool input_is_missing(const struct input *input, double cell);
/* The number that a cell of a numeric input stands for. */
double input_number(const struct input *input, double cell);
/* The level that a cell of a categorical input stands for; SIZE_MAX: none, so that all
 * its columns are 0. */
size_t input_level(const struct input *input, double cell);

#endif
