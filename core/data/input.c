#include "core/data/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/level_count.h"
#include "core/text/number.h"

void input_free(struct input *input)
{
    memory_free(input->name);
    memory_free(input->levels);
    memory_free(input->values);
    memory_free(input->level_of_value);
    dictionary_free(&input->level_of_text);
    *input = (struct input){0};
}

/* ---- what follows from the levels ---- */

static int index_texts(struct input *input, struct error *err)
{
    for (size_t i = 0; i < input->n_levels; i++) {
        const struct level *level = &input->levels[i];
        uint32_t at =
            dictionary_add(&input->level_of_text, level->text, level->n_bytes, err);
        if (at == DICTIONARY_NONE)
            return -1;
        if (at != i)
            return error_set(err, ERROR_CORRUPT, "a stored model has a level twice");
    }
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

static int find_reference(struct input *input, const char *reference, struct error *err)
{
    if (!reference)
        return 0;
    size_t found =
        levels_find(input->levels, input->n_levels, reference, strlen(reference));
    if (found == SIZE_MAX)
        return error_set(err, ERROR_UNKNOWN_LEVEL,
                         "no row has the reference level in column %.100s", input->name);
    input->reference = found;
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
    input->name = memory_copy_string(request->name, err);
    if (!input->name)
        return -1;
    if (input->type == COLUMN_NUMERIC && have != COLUMN_NUMERIC)
        return error_set(err, ERROR_INVALID,
                         "column %.100s has text and cannot be numeric", input->name);
    if (input->type == COLUMN_NUMERIC)
        return request->reference
                   ? error_set(err, ERROR_INVALID,
                               "column %.100s is numeric and has no reference level; ask "
                               "for type categorical",
                               input->name)
                   : 0;
    input->levels =
        level_count_of(table, column, keep, INPUT_MAX_LEVELS, &input->n_levels, err);
    if (!input->levels)
        return -1;
    if (input->n_levels == 0)
        return error_set(err, ERROR_MISSING_VALUE, "column %.100s has no cell in any row",
                         input->name);
    return find_reference(input, request->reference, err);
}

/* ---- as bytes ---- */

void input_pack(const struct input *input, struct buffer *out)
{
    pack_string(out, input->name);
    pack_u8(out, (uint8_t)input->type);
    pack_u8(out, (uint8_t)input->missing);
    pack_u8(out, input->is_sparse);
    if (input->type == COLUMN_NUMERIC)
        return;
    levels_pack(input->levels, input->n_levels, input->n_levels, out);
    pack_u64(out, input->reference);
}

void input_unpack(struct input *input, struct pack_reader *in, struct error *err)
{
    input->name = pack_read_string(in, err);
    uint8_t type = pack_read_u8(in), missing = pack_read_u8(in);
    uint8_t is_sparse = pack_read_u8(in);
    in->failed = in->failed || !input->name || type > COLUMN_CATEGORICAL ||
                 missing > MISSING_DROP || is_sparse > 1;
    input->is_sparse = is_sparse == 1;
    input->type = type == COLUMN_NUMERIC ? COLUMN_NUMERIC : COLUMN_CATEGORICAL;
    input->missing = missing == MISSING_ERROR ? MISSING_ERROR : MISSING_DROP;
    if (in->failed || input->type == COLUMN_NUMERIC)
        return;
    size_t n;
    input->levels = levels_unpack(in, &n, &input->n_levels, err);
    uint64_t reference = pack_read_u64(in);
    in->failed = in->failed || !input->levels || n != input->n_levels ||
                 reference >= input->n_levels;
    input->reference = in->failed ? 0 : (size_t)reference;
}

/* ---- finding levels ---- */

static size_t index_or_none(uint32_t found)
{
    return found == DICTIONARY_NONE ? SIZE_MAX : found;
}

static size_t find_text(const struct input *input, const char *text, size_t n_bytes)
{
    return index_or_none(dictionary_find(&input->level_of_text, text, n_bytes));
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
    if (level != SIZE_MAX || input->n_values < input->n_levels ||
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

bool input_accepts(const struct input *input, double cell)
{
    return !isnan(cell) && (input->type == COLUMN_NUMERIC || cell >= 0);
}

double input_number(const struct input *input, double cell)
{
    (void)input;
    return cell;
}

size_t input_level(const struct input *input, double cell)
{
    (void)input;
    return (size_t)cell;
}
