#include "core/data/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"
#include "core/data/level_count.h"
#include "core/text/number.h"

#define FIRST_ROUNDED 0x1p53 /* of whole numbers */

void input_free(struct input *input)
{
    memory_free(input->name);
    memory_free(input->levels);
    memory_free(input->rare);
    memory_free(input->values);
    memory_free(input->level_of_value);
    dictionary_free(&input->level_of_text);
    *input = (struct input){0};
}

/* ---- what follows from the levels ---- */

static int index_text(struct input *input, const struct level *level, size_t i,
                      struct error *err)
{
    uint32_t at = dictionary_add(&input->level_of_text, level->text, level->n_bytes, err);
    if (at == DICTIONARY_NONE)
        return -1;
    return at == i ? 0
                   : error_set(err, ERROR_CORRUPT, "a stored model has a level twice");
}

/* Rare ones behind the others. */
static int index_texts(struct input *input, struct error *err)
{
    for (size_t i = 0; i < input->n_levels; i++)
        if (index_text(input, &input->levels[i], i, err) < 0)
            return -1;
    for (size_t i = 0; i < input->n_rare; i++)
        if (index_text(input, &input->rare[i], input->n_levels + i, err) < 0)
            return -1;
    return 0;
}

struct value_entry {
    double value;
    uint32_t level;
};

static int compare_values(const void *left, const void *right)
{
    const struct value_entry *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->level > b->level) - (a->level < b->level);
}

static int index_values(struct input *input, struct error *err)
{
    size_t n = 0;
    if (input->n_levels == 0)
        return 0;
    struct value_entry *entries = memory_new(input->n_levels, sizeof(*entries), err);
    input->values = memory_new(input->n_levels, sizeof(*input->values), err);
    input->level_of_value =
        memory_new(input->n_levels, sizeof(*input->level_of_value), err);
    int result = entries && input->values && input->level_of_value ? 0 : -1;
    for (size_t i = 0; result == 0 && i < input->n_levels; i++) {
        entries[n].level = (uint32_t)i;
        n += number_parse(input->levels[i].text, input->levels[i].n_bytes,
                          &entries[n].value);
    }
    if (result == 0)
        qsort(entries, n, sizeof(*entries), compare_values);
    for (size_t i = 0; result == 0 && i < n; i++) {
        input->values[i] = entries[i].value;
        input->level_of_value[i] = entries[i].level;
    }
    input->n_values = n;
    memory_free(entries);
    return result;
}

int input_index(struct input *input, struct error *err)
{
    return index_texts(input, err) < 0 || index_values(input, err) < 0 ? -1 : 0;
}

/* ---- from the data ---- */

static bool pools(const struct input_request *request)
{
    return request->min_count > 0 || request->max_levels > 0;
}

static enum unseen_policy unseen_of(const struct input_request *request)
{
    if (request->unseen != UNSEEN_USUAL)
        return request->unseen;
    return pools(request) ? UNSEEN_OTHER : UNSEEN_ERROR;
}

/* How many levels are texts of the data. */
static size_t n_plain(const struct input *input)
{
    return input->n_levels - (input->other != SIZE_MAX) -
           (input->missing_level != SIZE_MAX);
}

static size_t find_special(const struct input *input, const char *text)
{
    for (size_t i = n_plain(input); i < input->n_levels; i++)
        if (strcmp(input->levels[i].text, text) == 0)
            return i;
    return SIZE_MAX;
}

static int find_reference(struct input *input, const char *reference, struct error *err)
{
    if (!reference)
        return 0;
    size_t found =
        levels_find(input->levels, n_plain(input), reference, strlen(reference));
    if (found == SIZE_MAX)
        found = find_special(input, reference);
    if (found == SIZE_MAX)
        return error_set(
            err, ERROR_UNKNOWN_LEVEL, "%s the reference level in column %.100s",
            input->n_pooled > 0 ? "no row, or too few of them, has" : "no row has",
            input->name);
    input->reference = found;
    return 0;
}

static int take_levels(struct input *input, const struct input_request *request,
                       const struct level *found, size_t n, uint64_t n_missing,
                       struct error *err)
{
    const struct level_pool_request wanted = {.min_count = request->min_count,
                                              .max_levels = request->max_levels,
                                              .missing = input->missing == MISSING_LEVEL,
                                              .n_missing = n_missing,
                                              .keep_rare = input->unseen != UNSEEN_OTHER};
    struct level_pool pool = {0};
    if (level_pool_make(&pool, found, n, &wanted, err) < 0)
        return -1;
    input->levels = pool.levels;
    input->n_levels = pool.n;
    input->other = pool.other;
    input->missing_level = pool.missing;
    input->n_pooled = pool.n_pooled;
    input->rare = pool.rare;
    input->n_rare = pool.n_rare;
    return 0;
}

/* Numbers that may be roundings of others are no levels: these would be mixed up. */
static int check_exact(const struct column_summary *column, struct error *err)
{
    if (column->type != COLUMN_NUMERIC ||
        (!(column->max >= FIRST_ROUNDED) && !(column->min <= -FIRST_ROUNDED)))
        return 0;
    return error_set(err, ERROR_OUT_OF_RANGE,
                     "column %.100s has numbers of 2^53 or beyond, which doubles do not "
                     "tell apart; to take them as categories, upload them with a letter "
                     "in front",
                     column->name);
}

static int build_levels(struct input *input, const struct table *table, size_t column,
                        const struct input_request *request, const unsigned char *keep,
                        struct error *err)
{
    size_t n;
    if (check_exact(&table_summary(table)->columns[column], err) < 0)
        return -1;
    struct level *found = level_count_of(table, column, keep, INPUT_MAX_LEVELS, &n, err);
    if (!found)
        return -1;
    input->unseen = unseen_of(request);
    int status = take_levels(input, request, found, n,
                             kept_rows_count_missing(table, column, keep), err);
    memory_free(found);
    if (status < 0)
        return -1;
    if (input->n_levels == 0)
        return error_set(err, ERROR_MISSING_VALUE, "column %.100s has no cell in any row",
                         input->name);
    return find_reference(input, request->reference, err);
}

static int build_number(struct input *input, const struct table *table, size_t column,
                        const struct input_request *request, const unsigned char *keep,
                        struct error *err)
{
    if (table_summary(table)->columns[column].type != COLUMN_NUMERIC)
        return error_set(err, ERROR_INVALID,
                         "column %.100s has text and cannot be numeric", input->name);
    if (request->reference)
        return error_set(err, ERROR_INVALID,
                         "column %.100s is numeric and has no reference level; ask "
                         "for type categorical",
                         input->name);
    input->has_indicator = input->missing == MISSING_INDICATOR &&
                           kept_rows_count_missing(table, column, keep) > 0;
    return 0;
}

int input_build(struct input *input, const struct table *table, size_t column,
                const struct input_request *request, const unsigned char *keep,
                struct error *err)
{
    enum column_type have = table_summary(table)->columns[column].type;
    input->type = request->type < 0 ? have : (enum column_type)request->type;
    input->missing = request->missing;
    input->is_sparse = table_summary(table)->columns[column].is_sparse;
    input->other = input->missing_level = SIZE_MAX;
    input->name = memory_copy_string(request->name, err);
    if (!input->name)
        return -1;
    return (input->type == COLUMN_NUMERIC ? build_number : build_levels)(
        input, table, column, request, keep, err);
}

bool input_is_filled(const struct input *input)
{
    return input->missing == MISSING_MEAN || input->missing == MISSING_INDICATOR;
}

/* ---- as bytes ---- */

static void pack_levels(const struct input *input, struct buffer *out)
{
    levels_pack(input->levels, input->n_levels, input->n_levels, out);
    pack_u64(out, input->reference);
    pack_u8(out, (uint8_t)input->unseen);
    pack_u8(out, input->other != SIZE_MAX);
    pack_u8(out, input->missing_level != SIZE_MAX);
    pack_u64(out, input->n_pooled);
    levels_pack(input->rare, input->n_rare, input->n_rare, out);
}

void input_pack(const struct input *input, struct buffer *out)
{
    pack_string(out, input->name);
    pack_u8(out, (uint8_t)input->type);
    pack_u8(out, (uint8_t)input->missing);
    pack_u8(out, input->is_sparse);
    if (input->type == COLUMN_CATEGORICAL) {
        pack_levels(input, out);
    } else if (input_is_filled(input)) {
        pack_u8(out, input->has_indicator);
        pack_f64(out, input->fill);
    }
}

static struct level *unpack_list(struct pack_reader *in, size_t *n, struct error *err)
{
    size_t n_all;
    struct level *levels = levels_unpack(in, &n_all, n, err);
    in->failed = in->failed || !levels || n_all != *n;
    return levels;
}

static bool unpack_bool(struct pack_reader *in)
{
    uint8_t value = pack_read_u8(in);
    in->failed = in->failed || value > 1;
    return value == 1;
}

/* The last levels are those that level_pool.h adds. */
static void unpack_special(struct input *input, struct pack_reader *in)
{
    bool has_other = unpack_bool(in), has_missing = unpack_bool(in);
    size_t n = (size_t)has_other + has_missing;
    in->failed = in->failed || n > input->n_levels;
    input->other = has_other && !in->failed ? input->n_levels - n : SIZE_MAX;
    input->missing_level = has_missing && !in->failed ? input->n_levels - 1 : SIZE_MAX;
}

static void unpack_levels(struct input *input, struct pack_reader *in, struct error *err)
{
    input->levels = unpack_list(in, &input->n_levels, err);
    uint64_t reference = pack_read_u64(in);
    uint8_t unseen = pack_read_u8(in);
    in->failed = in->failed || reference >= input->n_levels || unseen < UNSEEN_ERROR ||
                 unseen > UNSEEN_OTHER;
    input->reference = in->failed ? 0 : (size_t)reference;
    input->unseen = in->failed ? UNSEEN_ERROR : (enum unseen_policy)unseen;
    unpack_special(input, in);
    input->n_pooled = pack_read_u64(in);
    input->rare = unpack_list(in, &input->n_rare, err);
    in->failed = in->failed || input->n_rare > input->n_pooled ||
                 (input->n_pooled > 0 && input->other == SIZE_MAX);
}

static void unpack_number(struct input *input, struct pack_reader *in)
{
    if (!input_is_filled(input))
        return;
    input->has_indicator = unpack_bool(in);
    input->fill = pack_read_f64(in);
    in->failed = in->failed || !isfinite(input->fill) ||
                 (input->has_indicator && input->missing != MISSING_INDICATOR);
}

/* Which policy goes with which type. */
static bool is_policy(uint8_t policy, enum column_type type)
{
    return policy <= MISSING_DROP ||
           (type == COLUMN_CATEGORICAL
                ? policy == MISSING_LEVEL
                : policy == MISSING_MEAN || policy == MISSING_INDICATOR);
}

void input_unpack(struct input *input, struct pack_reader *in, struct error *err)
{
    input->other = input->missing_level = SIZE_MAX;
    input->name = pack_read_string(in, err);
    uint8_t type = pack_read_u8(in), missing = pack_read_u8(in);
    input->is_sparse = unpack_bool(in);
    input->type = type == COLUMN_NUMERIC ? COLUMN_NUMERIC : COLUMN_CATEGORICAL;
    in->failed = in->failed || !input->name || type > COLUMN_CATEGORICAL ||
                 !is_policy(missing, input->type);
    if (in->failed)
        return;
    input->missing = (enum missing_policy)missing;
    if (input->type == COLUMN_NUMERIC)
        unpack_number(input, in);
    else
        unpack_levels(input, in, err);
}

/* ---- finding levels ---- */

static size_t find_text(const struct input *input, const char *text, size_t n_bytes)
{
    uint32_t found = dictionary_find(&input->level_of_text, text, n_bytes);
    if (found == DICTIONARY_NONE)
        return SIZE_MAX;
    return found < input->n_levels ? found : input->other;
}

/* How many values are below, or not above, this one. */
static size_t count_values(const struct input *input, double value, bool or_equal)
{
    size_t from = 0, to = input->n_values;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        double at = input->values[middle];
        if (at < value || (or_equal && at == value))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

size_t input_find_level(const struct input *input, const char *text, size_t n_bytes)
{
    size_t level = find_text(input, text, n_bytes);
    double value;
    if (level != SIZE_MAX || input->n_values < n_plain(input) ||
        !number_parse(text, n_bytes, &value))
        return level;
    size_t first = count_values(input, value, false);
    return count_values(input, value, true) - first == 1 ? input->level_of_value[first]
                                                         : SIZE_MAX;
}

size_t input_find_level_number(const struct input *input, double value)
{
    size_t first = count_values(input, value, false);
    size_t n_equal = count_values(input, value, true) - first;
    char text[NUMBER_TEXT_BYTES];
    if (n_equal == 1)
        return input->level_of_value[first];
    if (n_equal == 0 || !isfinite(value))
        return SIZE_MAX;
    return find_text(input, text, number_write(value, text));
}

/* ---- what a cell means ---- */

/* The level of a text that was not seen; SIZE_MAX: none. */
static size_t unseen_level(const struct input *input)
{
    return input->unseen == UNSEEN_REFERENCE ? input->reference
           : input->unseen == UNSEEN_OTHER   ? input->other
                                             : SIZE_MAX;
}

static bool accepts_unseen(const struct input *input)
{
    return input->unseen == UNSEEN_IGNORE || unseen_level(input) != SIZE_MAX;
}

bool input_accepts(const struct input *input, double cell)
{
    if (input->type == COLUMN_NUMERIC)
        return !isnan(cell) || input_is_filled(input);
    if (isnan(cell))
        return input->missing_level != SIZE_MAX ||
               (input->missing == MISSING_LEVEL && accepts_unseen(input));
    return cell >= 0 || accepts_unseen(input);
}

bool input_is_missing(const struct input *input, double cell)
{
    (void)input;
    return isnan(cell);
}

double input_number(const struct input *input, double cell)
{
    return isnan(cell) ? input->fill : cell;
}

size_t input_level(const struct input *input, double cell)
{
    if (cell >= 0)
        return (size_t)cell;
    if (isnan(cell) && input->missing_level != SIZE_MAX)
        return input->missing_level;
    return unseen_level(input);
}
