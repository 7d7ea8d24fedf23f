#include "core/model/warm_start.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/dictionary.h"

/* ---- does it fit? ---- */

static int refuse(struct error *err)
{
    error_place(err, "/warm_start");
    return -1;
}

int warm_start_check_family(const struct model *from, enum family family,
                            struct error *err)
{
    if (from->family == family)
        return 0;
    error_set(err, ERROR_INVALID,
              "the version to start from is of the family %s, this fit is of %s",
              family_traits(from->family)->word, family_traits(family)->word);
    return refuse(err);
}

/* SIZE_MAX: the model has no such class. */
static size_t find_class(const struct model *from, const struct level *class)
{
    for (size_t k = 0; k < from->n_classes; k++)
        if (strlen(from->classes[k]) == class->n_bytes &&
            memcmp(from->classes[k], class->text, class->n_bytes) == 0)
            return k;
    return SIZE_MAX;
}

int warm_start_check(const struct fit_data *data, struct error *err)
{
    const struct model *from = data->request->warm_start;
    const struct model_parts *parts = &data->parts;
    if (!from)
        return 0;
    if (warm_start_check_family(from, parts->family, err) < 0)
        return -1;
    if (family_traits(parts->family)->of_numbers)
        return 0;
    size_t n_found = 0;
    for (size_t k = 0; k < parts->n_classes; k++)
        n_found += find_class(from, &parts->classes[k]) != SIZE_MAX;
    if (n_found == parts->n_classes && n_found == from->n_classes)
        return 0;
    error_set(err, ERROR_INVALID,
              "the version to start from has %zu classes, of which these rows have %zu; "
              "it must have the same ones",
              from->n_classes, n_found);
    return refuse(err);
}

/* ---- the coefficients ---- */

/* A name may be that of two columns, such as a column "rank[2]" beside a level 2 of
 * rank: first_of[n_columns] has the first of each name. False without memory. */
static bool name_theirs(const struct encoding *theirs, struct dictionary *names,
                        uint32_t *first_of, struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    uint32_t n_names = 0, at = 0;
    for (size_t j = 0; at != DICTIONARY_NONE && j < theirs->n_columns; j++) {
        buffer_clear(&name);
        encoding_write_column(theirs, j, &name);
        at = buffer_check(&name, err) < 0
                 ? DICTIONARY_NONE
                 : dictionary_add(names, name.bytes, name.n_bytes, err);
        if (at == n_names)
            first_of[n_names++] = (uint32_t)j;
    }
    buffer_free(&name);
    return at != DICTIONARY_NONE;
}

/* The model's column of each of the fit's; DICTIONARY_NONE: it has none of this name. */
static uint32_t *match_terms(const struct fit_data *data, struct error *err)
{
    const struct encoding *theirs = data->request->warm_start->encoding;
    struct dictionary names = {0};
    size_t n = data->encoding->n_columns;
    uint32_t *column_of = memory_new(n, sizeof(*column_of), err);
    uint32_t *first_of = memory_new(theirs->n_columns, sizeof(*first_of), err);
    bool is_whole = column_of && first_of && name_theirs(theirs, &names, first_of, err);
    for (size_t j = 0; is_whole && j < n; j++) {
        const char *ours = fit_data_term((void *)data, j);
        uint32_t found = dictionary_find(&names, ours, strlen(ours));
        column_of[j] = found == DICTIONARY_NONE ? found : first_of[found];
    }
    dictionary_free(&names);
    memory_free(first_of);
    if (is_whole)
        return column_of;
    memory_free(column_of);
    return NULL;
}

/* Adds share × the model's margin of one of its rows of weights. */
static void add_row(const struct fit_data *data, const uint32_t *column_of, size_t row,
                    double share, double *block)
{
    const struct model *from = data->request->warm_start;
    const double *weights = from->weights + row * from->encoding->n_columns;
    bool intercept = data->request->intercept;
    if (intercept && from->intercept)
        block[0] += share * from->intercepts[row];
    for (size_t j = 0; j < data->encoding->n_columns; j++)
        if (column_of[j] != DICTIONARY_NONE)
            block[intercept + j] += share * weights[column_of[j]];
}

/* The class that the one margin of two classes is for may be the other one now. */
static void fill_one_margin(const struct fit_data *data, const uint32_t *column_of,
                            double *start)
{
    const struct model *from = data->request->warm_start;
    const struct model_parts *parts = &data->parts;
    bool is_turned = !family_traits(parts->family)->of_numbers &&
                     find_class(from, &parts->classes[parts->positive]) != from->positive;
    add_row(data, column_of, 0, is_turned ? -1 : 1, start);
}

/* Log-odds of each class against the reference, which is class 0 of the design. */
static void fill_classes(const struct fit_data *data, const uint32_t *column_of,
                         double *start)
{
    const struct model *from = data->request->warm_start;
    const struct model_parts *parts = &data->parts;
    size_t n_terms = data->request->intercept + data->encoding->n_columns;
    size_t reference = find_class(from, &parts->classes[parts->reference]);
    for (size_t k = 0; k < parts->n_classes; k++) {
        size_t code = (size_t)data->y_of_class[k];
        if (code == 0)
            continue;
        double *block = start + (code - 1) * n_terms;
        add_row(data, column_of, find_class(from, &parts->classes[k]), 1, block);
        add_row(data, column_of, reference, -1, block);
    }
}

int warm_start_make(const struct fit_data *data, double **start, struct error *err)
{
    bool is_multinomial = data->parts.family == FAMILY_MULTINOMIAL;
    size_t n_blocks = is_multinomial ? data->parts.n_classes - 1 : 1, n;
    *start = NULL;
    if (!data->request->warm_start)
        return 0;
    if (!memory_product(n_blocks, data->request->intercept + data->encoding->n_columns,
                        &n))
        return error_no_memory(err, SIZE_MAX);
    uint32_t *column_of = match_terms(data, err);
    double *made = column_of ? memory_new(n, sizeof(*made), err) : NULL;
    if (made)
        (is_multinomial ? fill_classes : fill_one_margin)(data, column_of, made);
    memory_free(column_of);
    *start = made;
    return made ? 0 : -1;
}
