#include "core/model/score_error.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/distribution.h"
#include "core/kernel/loss.h"
#include "core/kernel/student.h"

/* Cells of Σ are rounded to 2^-53 of themselves: a variance below this share of what it
 * is summed from has less than five digits. */
#define LOST 1e-11

/* ---- can the model tell? ---- */

static bool has_warning(const struct model *model, const char *code)
{
    for (size_t i = 0; i < model->report.n_warnings; i++)
        if (strcmp(model->report.warnings[i].code, code) == 0)
            return true;
    return false;
}

static bool any_aliased(const struct model *model)
{
    for (size_t i = 0; i < model->n_blocks * model->n_terms; i++)
        if (model->coefficients[i].aliased)
            return true;
    return false;
}

static bool any_infinite(const struct model *model)
{
    for (size_t i = 0; i < model->n_blocks * model->n_terms; i++)
        if (model->coefficients[i].infinite != 0)
            return true;
    return false;
}

static bool is_whole(const struct model *model)
{
    size_t n = model->n_blocks * model->n_terms;
    for (size_t i = 0; model->covariance && i < n * n; i++)
        if (!isfinite(model->covariance[i]))
            return false;
    return model->covariance != NULL;
}

int score_error_check(const struct model *model, struct error *err)
{
    const char *why =
        any_infinite(model)
            ? "the data were separated, and some estimates are infinite; fit with "
              "\"firth\":true or with a penalty and \"statistics\":true"
        : any_aliased(model)
            ? "columns depend on each other, and some have no coefficient (fit.warnings "
              "names them); fit without these columns"
        : is_whole(model) ? NULL
        : has_warning(model, "statistics_withheld")
            ? "the fit withheld its standard errors; fit.warnings says why"
            : "the version was fitted without a covariance; fit with \"statistics\":true "
              "and no l1 penalty";
    return why ? error_set(err, ERROR_UNSUPPORTED,
                           "this model tells no standard errors: %s", why)
               : 0;
}

/* ---- a row ---- */

size_t score_error_bytes(const struct model *model)
{
    return model->n_terms * (sizeof(size_t) + sizeof(double)) +
           (model->n_blocks * (model->n_blocks + 1) + model->n_classes) * sizeof(double);
}

static double reach_of(const struct model *model, double confidence)
{
    return family_traits(model->family)->of_numbers
               ? student_reach(confidence, model->report.df_residual)
               : distribution_normal_reach(confidence);
}

int score_error_new(struct score_error *error, const struct model *model,
                    double confidence, struct error *err)
{
    struct score_error made = {.model = model, .reach = reach_of(model, confidence)};
    made.terms = memory_new(model->n_terms, sizeof(*made.terms), err);
    made.values = memory_new(model->n_terms, sizeof(*made.values), err);
    made.covariance = memory_new(model->n_blocks * model->n_blocks, sizeof(double), err);
    made.gradient = memory_new(model->n_blocks, sizeof(double), err);
    made.shares = memory_new(model->n_classes, sizeof(double), err);
    if (!made.terms || !made.values || !made.covariance || !made.gradient ||
        !made.shares) {
        score_error_free(&made);
        return -1;
    }
    *error = made;
    return 0;
}

void score_error_free(struct score_error *error)
{
    memory_free(error->terms);
    memory_free(error->values);
    memory_free(error->covariance);
    memory_free(error->gradient);
    memory_free(error->shares);
    *error = (struct score_error){0};
}

static void add_entry(struct score_error *error, size_t term, double value)
{
    if (value == 0)
        return;
    error->terms[error->n_entries] = term;
    error->values[error->n_entries++] = value;
}

static void begin_row(struct score_error *error)
{
    error->n_entries = 0;
    if (error->model->intercept)
        add_entry(error, 0, 1);
}

/* What its coefficient is on, where the column has this value. */
static void add_column(struct score_error *error, size_t column, double value)
{
    const struct model *model = error->model;
    if (model->means)
        value = (value - model->means[column]) / model->scales[column];
    add_entry(error, column + model->intercept, value);
}

/* n numbers 0, which standardised columns have elsewhere. */
static void add_zeros(struct score_error *error, size_t first, size_t n)
{
    for (size_t j = first; error->model->means && j < first + n; j++)
        add_column(error, j, 0);
}

/* x̂_i x̂_j Σ_ij of two blocks, and what its parts come to without their signs. */
static double sum_of(const struct score_error *error, size_t a, size_t b)
{
    const struct model *model = error->model;
    size_t n = model->n_terms, n_all = model->n_blocks * n;
    long double sum = 0, size = 0;
    for (size_t i = 0; i < error->n_entries; i++) {
        const double *row = model->covariance + (a * n + error->terms[i]) * n_all + b * n;
        long double of_row = 0, size_of_row = 0;
        for (size_t j = 0; j < error->n_entries; j++) {
            long double part = (long double)error->values[j] * row[error->terms[j]];
            of_row += part;
            size_of_row += fabsl(part);
        }
        sum += error->values[i] * of_row;
        size += fabs(error->values[i]) * size_of_row;
    }
    bool is_lost = a == b && !(sum > LOST * size) && size > 0;
    return is_lost || !(size <= DBL_MAX) ? (double)NAN : (double)sum;
}

static void find_covariance(struct score_error *error)
{
    size_t n = error->model->n_blocks;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++)
            error->covariance[a * n + b] = error->covariance[b * n + a] =
                sum_of(error, a, b);
}

void score_error_read(struct score_error *error, const double *cells)
{
    const struct encoding *encoding = error->model->encoding;
    begin_row(error);
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        size_t at = 0;
        if (term->n_columns == 0)
            continue;
        double value = term_value(encoding, term, cells, &at);
        at = value == 0 ? 0 : at;
        add_zeros(error, term->first_column, at);
        add_column(error, term->first_column + at, value);
        add_zeros(error, term->first_column + at + 1, term->n_columns - at - 1);
    }
    find_covariance(error);
}

void score_error_read_sparse(struct score_error *error,
                             const struct predict_entry *entries, size_t n_entries)
{
    size_t next = 0;
    begin_row(error);
    for (size_t i = 0; i < n_entries; i++) {
        add_zeros(error, next, entries[i].input - next);
        add_column(error, entries[i].input, entries[i].value);
        next = entries[i].input + 1;
    }
    add_zeros(error, next, error->model->encoding->n_columns - next);
    find_covariance(error);
}

/* ---- what it tells ---- */

static double root(struct score_error *error, double variance)
{
    error->is_lost = error->is_lost || !(variance >= 0);
    return variance >= 0 ? sqrt(variance) : (double)NAN;
}

double score_error_of(struct score_error *error, size_t block)
{
    return root(error, error->covariance[block * (error->model->n_blocks + 1)]);
}

/* The shares of the other classes among themselves, p_j/(1-p_k); returns ℓ_k. */
static double logit_of(struct score_error *error, const double *scores, size_t class)
{
    size_t n = error->model->n_classes;
    double most = -DBL_MAX, sum = 0;
    for (size_t k = 0; k < n; k++)
        most = k != class && scores[k] > most ? scores[k] : most;
    for (size_t k = 0; k < n; k++)
        sum += error->shares[k] = k == class ? 0 : exp(scores[k] - most);
    for (size_t k = 0; k < n; k++)
        error->shares[k] /= sum;
    return scores[class] - (most + log(sum));
}

static double variance_of_logit(struct score_error *error, size_t class)
{
    const struct model *model = error->model;
    size_t n = model->n_blocks;
    double sum = 0, size = 0;
    for (size_t b = 0; b < n; b++) {
        size_t of = model->block_class[b];
        error->gradient[b] = of == class ? 1 : -error->shares[of];
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double part =
                error->gradient[a] * error->gradient[b] * error->covariance[a * n + b];
            sum += part;
            size += fabs(part);
        }
    return sum > LOST * size ? sum : (double)NAN;
}

static struct score_interval around(double centre, double reach)
{
    return (struct score_interval){loss_sigmoid(centre - reach),
                                   loss_sigmoid(centre + reach)};
}

struct score_interval score_error_interval(struct score_error *error,
                                           const double *scores, size_t class)
{
    const struct model *model = error->model;
    if (model->family == FAMILY_MULTINOMIAL) {
        double logit = logit_of(error, scores, class);
        return around(logit, error->reach * root(error, variance_of_logit(error, class)));
    }
    double reach = error->reach * score_error_of(error, 0);
    if (model->family == FAMILY_BINOMIAL)
        return around(class == model->positive ? scores[0] : -scores[0], reach);
    return (struct score_interval){scores[0] - reach, scores[0] + reach};
}
