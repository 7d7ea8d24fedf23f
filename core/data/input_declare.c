#include "core/data/input_declare.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

static bool is_level(const struct level *level, const char *text)
{
    return level->n_bytes == strlen(text) &&
           memcmp(level->text, text, level->n_bytes) == 0;
}

static size_t find(const struct level *levels, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (is_level(&levels[i], text))
            return i;
    return SIZE_MAX;
}

/* ---- what goes together ---- */

static int check_number(const struct input_declaration *as, struct error *err)
{
    if (as->missing == MISSING_LEVEL)
        return error_set(err, ERROR_INVALID,
                         "missing cells of a number cannot be a level");
    if (as->is_sparse && as->missing != MISSING_ERROR)
        return error_set(err, ERROR_INVALID, "a sparse input has no missing cells");
    if ((as->missing == MISSING_MEAN || as->missing == MISSING_INDICATOR) &&
        !isfinite(as->fill))
        return error_set(err, ERROR_NON_FINITE,
                         "what stands for a missing number must be a finite number");
    return 0;
}

static int check_category(const struct input_declaration *as, struct error *err)
{
    if (as->missing == MISSING_MEAN || as->missing == MISSING_INDICATOR)
        return error_set(err, ERROR_INVALID, "a category has no mean");
    if (as->is_sparse)
        return error_set(err, ERROR_INVALID, "a category cannot be sparse");
    if (as->n_levels == 0 || as->n_levels > INPUT_MAX_LEVELS)
        return error_set(err, ERROR_INVALID, "a category has 1 to %u levels",
                         INPUT_MAX_LEVELS);
    if (as->has_other && find(as->levels, as->n_levels, LEVEL_POOL_OTHER) == SIZE_MAX)
        return error_set(err, ERROR_UNKNOWN_LEVEL,
                         "what rare levels became, " LEVEL_POOL_OTHER
                         ", is not among the levels");
    if (as->reference && find(as->levels, as->n_levels, as->reference) == SIZE_MAX)
        return error_set(err, ERROR_UNKNOWN_LEVEL,
                         "the reference is not among the levels");
    return 0;
}

/* ---- levels ---- */

/* Is it one that stands behind the others? */
static bool is_other(const struct input_declaration *as, const struct level *level)
{
    return as->has_other && is_level(level, LEVEL_POOL_OTHER);
}

static bool is_missing(const struct input_declaration *as, const struct level *level)
{
    return as->missing == MISSING_LEVEL && is_level(level, LEVEL_POOL_MISSING);
}

typedef bool choose_fn(const struct input_declaration *as, const struct level *level);

static bool is_plain(const struct input_declaration *as, const struct level *level)
{
    return !is_other(as, level) && !is_missing(as, level);
}

/* Adds those that are chosen; the number of the last, SIZE_MAX if there is none. */
static size_t add(struct levels_writer *writer, const struct input_declaration *as,
                  choose_fn *is_chosen)
{
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < as->n_levels; i++)
        if (is_chosen(as, &as->levels[i])) {
            last = writer->n;
            levels_add(writer, as->levels[i].text, as->levels[i].n_bytes,
                       as->levels[i].n_rows);
        }
    return last;
}

static int copy_levels(struct input *input, const struct input_declaration *as,
                       struct error *err)
{
    struct levels_writer writer;
    size_t n_bytes = 0;
    for (size_t i = 0; i < as->n_levels; i++)
        n_bytes += as->levels[i].n_bytes;
    if (levels_begin(&writer, as->n_levels, n_bytes, err) < 0)
        return -1;
    input->levels = writer.levels;
    add(&writer, as, is_plain);
    input->other = add(&writer, as, is_other);
    input->missing_level = add(&writer, as, is_missing);
    input->n_levels = writer.n;
    input->n_pooled = as->has_other ? as->n_pooled : 0;
    input->unseen = as->unseen != UNSEEN_USUAL ? as->unseen
                    : as->has_other            ? UNSEEN_OTHER
                                               : UNSEEN_ERROR;
    if (as->reference)
        input->reference = find(input->levels, input->n_levels, as->reference);
    return 0;
}

int input_declare(struct input *input, const struct input_declaration *as,
                  struct error *err)
{
    bool is_number = as->type == COLUMN_NUMERIC;
    if ((is_number ? check_number : check_category)(as, err) < 0)
        return -1;
    input->type = as->type;
    input->missing = as->missing;
    input->is_sparse = as->is_sparse;
    input->has_indicator = as->missing == MISSING_INDICATOR && as->has_indicator;
    input->fill = input_is_filled(input) ? as->fill : 0;
    input->other = input->missing_level = SIZE_MAX;
    input->name = memory_copy_string(as->name, err);
    if (!input->name)
        return -1;
    return is_number ? 0 : copy_levels(input, as, err);
}
