#include "core/data/encoding.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/level_count.h"
#include "core/text/number.h"

#define LEAST_INPUT_BYTES 12U

static void free_input(struct input *input)
{
    memory_free(input->name);
    memory_free(input->levels);
    memory_free(input->values);
    memory_free(input->level_of_value);
    dictionary_free(&input->level_of_text);
}

void encoding_free(struct encoding *encoding)
{
    if (!encoding)
        return;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        free_input(&encoding->inputs[i]);
    memory_free(encoding->inputs);
    memory_free(encoding->columns);
    dictionary_free(&encoding->input_of_name);
    memory_free(encoding);
}

static struct encoding *new_encoding(size_t n_inputs, struct error *err)
{
    struct encoding *encoding = memory_new(1, sizeof(*encoding), err);
    if (!encoding)
        return NULL;
    encoding->inputs = memory_new(n_inputs, sizeof(*encoding->inputs), err);
    if (!encoding->inputs) {
        memory_free(encoding);
        return NULL;
    }
    encoding->n_inputs = n_inputs;
    return encoding;
}

/* ---- what follows from inputs and levels ---- */

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

static size_t columns_of(const struct input *input)
{
    return input->type == COLUMN_NUMERIC ? 1 : input->n_levels - 1;
}

static int list_columns(struct encoding *encoding, struct error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        encoding->inputs[i].first_column = at;
        at += columns_of(&encoding->inputs[i]);
    }
    encoding->n_columns = at;
    encoding->is_sparse = true;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        encoding->is_sparse = encoding->is_sparse && encoding->inputs[i].is_sparse &&
                              encoding->inputs[i].type == COLUMN_NUMERIC;
    encoding->columns = memory_new(at, sizeof(*encoding->columns), err);
    if (!encoding->columns)
        return -1;
    struct design_column *column = encoding->columns;
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        const struct input *input = &encoding->inputs[i];
        if (input->type == COLUMN_NUMERIC)
            *column++ = (struct design_column){i, SIZE_MAX};
        for (size_t level = 0; level < input->n_levels; level++)
            if (level != input->reference)
                *column++ = (struct design_column){i, level};
    }
    return 0;
}

static int index_encoding(struct encoding *encoding, struct error *err)
{
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        struct input *input = &encoding->inputs[i];
        uint32_t at = dictionary_add(&encoding->input_of_name, input->name,
                                     strlen(input->name), err);
        if (at == DICTIONARY_NONE)
            return -1;
        if (at != i)
            return error_set(err, ERROR_CORRUPT, "a stored model has an input twice");
        if (index_texts(input, err) < 0 || index_values(input, err) < 0)
            return -1;
    }
    return list_columns(encoding, err);
}

/* ---- building ---- */

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

static int build_input(struct input *input, const struct table *table, size_t column,
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
        level_count_of(table, column, keep, ENCODING_MAX_LEVELS, &input->n_levels, err);
    if (!input->levels)
        return -1;
    if (input->n_levels == 0)
        return error_set(err, ERROR_MISSING_VALUE, "column %.100s has no cell in any row",
                         input->name);
    return find_reference(input, request->reference, err);
}

static int build_inputs(struct encoding *encoding, const struct table *table,
                        const struct input_request *requests, const unsigned char *keep,
                        struct error *err)
{
    struct dictionary names = {0};
    int result = summary_index(table_summary(table), &names, err);
    for (size_t i = 0; result == 0 && i < encoding->n_inputs; i++) {
        const char *name = requests[i].name;
        uint32_t column = dictionary_find(&names, name, strlen(name));
        if (column == DICTIONARY_NONE)
            result = error_set(err, ERROR_UNKNOWN_COLUMN, "the data has no column %.100s",
                               name);
        else
            result =
                build_input(&encoding->inputs[i], table, column, &requests[i], keep, err);
        if (result < 0)
            error_place(err, "%s", name);
    }
    dictionary_free(&names);
    return result;
}

struct encoding *encoding_build(const struct table *table,
                                const struct input_request *requests, size_t n_requests,
                                const unsigned char *keep, struct error *err)
{
    struct encoding *encoding = NULL;
    if (n_requests == 0)
        error_set(err, ERROR_NO_FEATURES, "there are no features to fit");
    else
        encoding = new_encoding(n_requests, err);
    if (encoding && (build_inputs(encoding, table, requests, keep, err) < 0 ||
                     index_encoding(encoding, err) < 0)) {
        encoding_free(encoding);
        return NULL;
    }
    return encoding;
}

/* ---- as bytes ---- */

void encoding_pack(const struct encoding *encoding, struct buffer *out)
{
    pack_u64(out, encoding->n_inputs);
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        const struct input *input = &encoding->inputs[i];
        pack_string(out, input->name);
        pack_u8(out, (uint8_t)input->type);
        pack_u8(out, (uint8_t)input->missing);
        pack_u8(out, input->is_sparse);
        if (input->type == COLUMN_NUMERIC)
            continue;
        levels_pack(input->levels, input->n_levels, input->n_levels, out);
        pack_u64(out, input->reference);
    }
}

static void unpack_input(struct input *input, struct pack_reader *in, struct error *err)
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

struct encoding *encoding_unpack(struct pack_reader *in, struct error *err)
{
    size_t n_inputs = pack_read_count(in, LEAST_INPUT_BYTES);
    in->failed = in->failed || n_inputs == 0;
    if (pack_check(in, err) < 0)
        return NULL;
    struct encoding *encoding = new_encoding(n_inputs, err);
    if (!encoding)
        return NULL;
    for (size_t i = 0; i < n_inputs && !in->failed; i++)
        unpack_input(&encoding->inputs[i], in, err);
    if (pack_check(in, err) < 0 || index_encoding(encoding, err) < 0) {
        encoding_free(encoding);
        return NULL;
    }
    return encoding;
}

/* ---- finding ---- */

static size_t index_or_none(uint32_t found)
{
    return found == DICTIONARY_NONE ? SIZE_MAX : found;
}

size_t encoding_find_input(const struct encoding *encoding, const char *name,
                           size_t n_bytes)
{
    return index_or_none(dictionary_find(&encoding->input_of_name, name, n_bytes));
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

size_t encoding_find_level(const struct encoding *encoding, size_t input,
                           const char *text, size_t n_bytes)
{
    const struct input *of = &encoding->inputs[input];
    size_t level = find_text(of, text, n_bytes);
    double value;
    if (level != SIZE_MAX || of->n_values < of->n_levels ||
        !number_parse(text, n_bytes, &value))
        return level;
    size_t first = count_values(of, value, false);
    return count_values(of, value, true) - first == 1 ? of->level_of_value[first]
                                                      : SIZE_MAX;
}

size_t encoding_find_level_number(const struct encoding *encoding, size_t input,
                                  double value)
{
    const struct input *of = &encoding->inputs[input];
    size_t first = count_values(of, value, false);
    size_t n_equal = count_values(of, value, true) - first;
    char text[NUMBER_TEXT_BYTES];
    if (n_equal == 1)
        return of->level_of_value[first];
    if (n_equal == 0 || !isfinite(value))
        return SIZE_MAX;
    return find_text(of, text, number_write(value, text));
}

/* ---- columns ---- */

void encoding_map_sparse(const struct encoding *encoding, const struct table *table,
                         uint32_t *column_of)
{
    const struct summary *summary = table_summary(table);
    for (size_t j = table_first_sparse(table); j < summary->n_columns; j++) {
        const char *name = summary->columns[j].name;
        size_t input = encoding_find_input(encoding, name, strlen(name));
        bool is_number =
            input != SIZE_MAX && encoding->inputs[input].type == COLUMN_NUMERIC;
        *column_of++ = is_number ? (uint32_t)encoding->inputs[input].first_column
                                 : ENCODING_NO_COLUMN;
    }
}

void encoding_write_term(const struct encoding *encoding, size_t column,
                         struct buffer *out)
{
    const struct design_column *of = &encoding->columns[column];
    const struct input *input = &encoding->inputs[of->input];
    buffer_append_string(out, input->name);
    if (of->level == SIZE_MAX)
        return;
    buffer_append_byte(out, '[');
    buffer_append(out, input->levels[of->level].text, input->levels[of->level].n_bytes);
    buffer_append_byte(out, ']');
}

void encoding_expand(const struct encoding *encoding, const double *cells, size_t n_rows,
                     double *x)
{
    for (size_t row = 0; row < n_rows; row++) {
        double *to = x + row * encoding->n_columns;
        const double *from = cells + row * encoding->n_inputs;
        for (size_t i = 0; i < encoding->n_inputs; i++) {
            const struct input *input = &encoding->inputs[i];
            if (input->type == COLUMN_NUMERIC) {
                *to++ = from[i];
                continue;
            }
            size_t level = (size_t)from[i];
            assert(level < input->n_levels);
            memset(to, 0, (input->n_levels - 1) * sizeof(*to));
            if (level != input->reference)
                to[level - (level > input->reference)] = 1;
            to += input->n_levels - 1;
        }
    }
}
