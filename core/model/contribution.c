#include "core/model/contribution.h"

#include <float.h>
#include <string.h>

#include "core/base/memory.h"

int contribution_check(const struct model *model, struct error *err)
{
    if (model->typical.means)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "this version was made without the training means that "
                     "contributions are measured from; fit the model again");
}

/* ---- which part a term is of ---- */

/* The one input that a factor speaks of; SIZE_MAX: several, or none. */
static size_t input_of_factor(const struct encoding *encoding,
                              const struct factor *factor)
{
    if (factor->kind != FACTOR_EXPRESSION)
        return factor->input;
    const struct term_expression *of = &encoding->expressions[factor->expression];
    size_t n = expression_n_variables(of->expression);
    for (size_t i = 1; i < n; i++)
        if (of->inputs[i] != of->inputs[0])
            return SIZE_MAX;
    return n > 0 ? of->inputs[0] : SIZE_MAX;
}

static size_t input_of_term(const struct encoding *encoding, const struct term *term)
{
    size_t input = input_of_factor(encoding, &term->factors[0]);
    for (size_t i = 1; i < term->n_factors; i++)
        if (input_of_factor(encoding, &term->factors[i]) != input)
            return SIZE_MAX;
    return input;
}

/* An input that has the name of a product takes it in: names are keys. */
static int add_product(struct contribution *made, const struct term *term, size_t *part,
                       struct error *err)
{
    const struct encoding *encoding = made->model->encoding;
    struct buffer name = BUFFER_EMPTY;
    uint32_t number = DICTIONARY_NONE;
    term_write(encoding, term, &name);
    int status = buffer_check(&name, err);
    *part =
        status == 0 ? encoding_find_input(encoding, name.bytes, name.n_bytes) : SIZE_MAX;
    if (status == 0 && *part == SIZE_MAX) {
        number = dictionary_add(&made->products, name.bytes, name.n_bytes, err);
        *part = encoding->n_inputs + number;
        status = number == DICTIONARY_NONE ? -1 : 0;
    }
    buffer_free(&name);
    return status;
}

static int find_parts(struct contribution *made, struct error *err)
{
    const struct encoding *encoding = made->model->encoding;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        size_t input = input_of_term(encoding, term);
        made->part_of_term[t] = input;
        if (input == SIZE_MAX && add_product(made, term, &made->part_of_term[t], err) < 0)
            return -1;
    }
    made->n = encoding->n_inputs + made->products.n;
    return 0;
}

/* ---- sums ---- */

static double clamp(long double value)
{
    return value > DBL_MAX ? DBL_MAX : value < -DBL_MAX ? -DBL_MAX : (double)value;
}

static long double weighted_means(const struct model *model, const double *weights,
                                  size_t first, size_t n)
{
    long double sum = 0;
    for (size_t j = first; j < first + n; j++)
        sum += (long double)weights[j] * model->typical.means[j];
    return sum;
}

static void find_bases(struct contribution *made)
{
    const struct encoding *encoding = made->model->encoding;
    size_t n_scores = model_n_scores(made->model);
    for (size_t k = 0; k < n_scores; k++) {
        const double *weights = made->model->weights + k * encoding->n_columns;
        made->bias[k] =
            clamp(made->model->intercepts[k] +
                  weighted_means(made->model, weights, 0, encoding->n_columns));
        for (size_t t = 0; made->bases && t < encoding->n_terms; t++)
            made->bases[k * encoding->n_terms + t] = clamp(
                weighted_means(made->model, weights, encoding->terms[t].first_column,
                               encoding->terms[t].n_columns));
    }
}

static int make(struct contribution *made, struct error *err)
{
    const struct encoding *encoding = made->model->encoding;
    size_t n_scores = model_n_scores(made->model), n_bases;
    made->n = encoding->n_inputs;
    made->bias = memory_new(n_scores, sizeof(*made->bias), err);
    if (!made->bias)
        return -1;
    if (!encoding->is_sparse) {
        if (!memory_product(n_scores, encoding->n_terms, &n_bases))
            return error_no_memory(err, SIZE_MAX);
        made->bases = memory_new(n_bases, sizeof(*made->bases), err);
        made->part_of_term =
            memory_new(encoding->n_terms, sizeof(*made->part_of_term), err);
        if (!made->bases || !made->part_of_term || find_parts(made, err) < 0)
            return -1;
    }
    find_bases(made);
    return 0;
}

int contribution_new(struct contribution *contribution, const struct model *model,
                     struct error *err)
{
    struct contribution made = {.model = model};
    if (contribution_check(model, err) < 0 || make(&made, err) < 0) {
        contribution_free(&made);
        return -1;
    }
    *contribution = made;
    return 0;
}

size_t contribution_bytes(const struct model *model)
{
    const struct encoding *encoding = model->encoding;
    size_t n_scores = model_n_scores(model);
    size_t n_cells = encoding->is_sparse ? 0 : encoding->n_terms * (n_scores + 1);
    return (n_scores + n_cells) * sizeof(double);
}

void contribution_free(struct contribution *contribution)
{
    memory_free(contribution->bias);
    memory_free(contribution->part_of_term);
    memory_free(contribution->bases);
    dictionary_free(&contribution->products);
    *contribution = (struct contribution){0};
}

const char *contribution_name(const struct contribution *contribution, size_t part)
{
    const struct encoding *encoding = contribution->model->encoding;
    size_t n_bytes;
    return part < encoding->n_inputs
               ? encoding->inputs[part].name
               : dictionary_text(&contribution->products,
                                 (uint32_t)(part - encoding->n_inputs), &n_bytes);
}

/* ---- a row ---- */

/* A column's own mean is taken off before it is weighted: near it no digits are lost. */
static double value_of_term(const struct contribution *contribution, size_t t, size_t k,
                            double value, size_t column)
{
    const struct model *model = contribution->model;
    const struct term *term = &model->encoding->terms[t];
    size_t at = term->first_column + column;
    long double weight = model->weights[k * model->encoding->n_columns + at];
    if (term->n_columns == 1)
        return clamp(weight * ((long double)value - model->typical.means[at]));
    return clamp((value == 0 ? 0 : weight * value) -
                 contribution->bases[k * model->encoding->n_terms + t]);
}

void contribution_row(const struct contribution *contribution, const double *cells,
                      double *parts)
{
    const struct model *model = contribution->model;
    const struct encoding *encoding = model->encoding;
    size_t n_scores = model_n_scores(model), n = contribution->n;
    memset(parts, 0, n_scores * n * sizeof(*parts));
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        size_t column, part = contribution->part_of_term[t];
        if (term->n_columns == 0)
            continue;
        double value = term_value(encoding, term, cells, &column);
        for (size_t k = 0; k < n_scores; k++) {
            double *sum = &parts[k * n + part];
            *sum = clamp((long double)*sum + value_of_term(contribution, t, k, value,
                                                           value == 0 ? 0 : column));
        }
    }
}

void contribution_row_sparse(const struct contribution *contribution,
                             const struct predict_entry *entries, size_t n_entries,
                             double *parts)
{
    const struct model *model = contribution->model;
    size_t n = contribution->n, n_scores = model_n_scores(model);
    for (size_t k = 0; k < n_scores; k++) {
        const double *weights = model->weights + k * n;
        size_t next = 0;
        for (size_t i = 0; i < n; i++) {
            bool is_there = next < n_entries && entries[next].input == i;
            long double x = is_there ? entries[next++].value : 0;
            parts[k * n + i] = clamp(weights[i] * (x - model->typical.means[i]));
        }
    }
}
