#include "core/model/online.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/model_assemble.h"
#include "core/model/multinomial.h"
#include "core/model/one_margin.h"
#include "core/model/online_basis.h"
#include "core/optim/adagrad.h"
#include "core/optim/vectors.h"

/* ---- algorithms ---- */

static const char *const words[] = {
    [ONLINE_ADAGRAD] = "adagrad",
    [ONLINE_SGD] = "sgd",
};

bool online_find(const char *word, enum online_algorithm *algorithm)
{
    for (size_t i = ONLINE_ADAGRAD; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], word) == 0) {
            *algorithm = (enum online_algorithm)i;
            return true;
        }
    return false;
}

const char *online_word(enum online_algorithm algorithm)
{
    return words[algorithm];
}

/* ---- a copy ---- */

bool online_is_sparse(const struct model *model)
{
    const struct encoding *encoding = model->encoding;
    return encoding->is_sparse || encoding->n_terms < encoding->n_columns / 2;
}

static bool is_multinomial(const struct model *model)
{
    return model->family == FAMILY_MULTINOMIAL;
}

/* As in a likelihood: of classes all but the first, or with l1 each. */
static size_t n_blocks_of(const struct model *model, double l1)
{
    bool has_all = l1 > 0 && model->encoding->n_columns > 0;
    return is_multinomial(model) ? model->n_classes - !has_all : 1;
}

static bool count(const struct model *model, double l1, size_t *n)
{
    return memory_product(n_blocks_of(model, l1),
                          model->encoding->n_columns + model->intercept, n);
}

/* Arrays of a basis, and a point's numbers. */
#define BASIS_BYTES 128U

bool online_bytes(const struct model *model, double l1, size_t *n_bytes)
{
    size_t n, n_numbers, n_basis;
    return count(model, l1, &n) && memory_product(n, 2 * sizeof(double), &n_numbers) &&
           memory_product(model->encoding->n_columns + 1, BASIS_BYTES, &n_basis) &&
           memory_sum(n_numbers, n_basis, n_bytes);
}

/* Gradient, sums, by terms, the last step, l1, and a penalty; chunks of rows. */
#define LEARNING_NUMBERS 8U
#define CHUNK_BYTES (2U << 20)

bool online_learn_bytes(const struct model *model, double l1, size_t *n_bytes)
{
    size_t n, n_margins, n_rooms;
    return count(model, l1, &n) &&
           memory_product(n, LEARNING_NUMBERS * sizeof(double), n_bytes) &&
           memory_product(model->n_classes, 2 * DESIGN_BLOCK_ROWS * sizeof(double),
                          &n_margins) &&
           memory_product(model->encoding->n_columns, 128 * sizeof(double), &n_rooms) &&
           memory_sum(*n_bytes, n_margins, n_bytes) &&
           memory_sum(*n_bytes, online_is_sparse(model) ? 0 : n_rooms, n_bytes) &&
           memory_sum(*n_bytes, CHUNK_BYTES, n_bytes);
}

void online_free(struct online *online)
{
    typical_free(&online->typical);
    basis_free(&online->basis);
    memory_free(online->beta);
    memory_free(online->squares);
    *online = (struct online){0};
}

int online_make(struct online *online, struct error *err)
{
    const struct model *model = online->model;
    if (online_basis_make(&online->basis, model, &online->typical, &online->head.plan,
                          err) < 0)
        return -1;
    online->n_blocks = n_blocks_of(model, online->head.plan.l1);
    if (!count(model, online->head.plan.l1, &online->n))
        return error_no_memory(err, SIZE_MAX);
    online->beta = memory_new_aligned(online->n, sizeof(double), err);
    online->squares = memory_new_aligned(online->n, sizeof(double), err);
    return online->beta && online->squares ? 0 : -1;
}

/* ---- the model's coefficients ---- */

/* Adds share × one of its rows of weights, on y'. */
static void add_weights(const struct online *online, size_t row, double share,
                        double *terms)
{
    const struct model *model = online->model;
    size_t d = model->encoding->n_columns;
    double scale = share / online->typical.response_scale;
    const double *weights = model->weights + row * d;
    if (model->intercept)
        terms[0] += (model->intercepts[row] - online->typical.response_centre) * scale;
    for (size_t j = 0; j < d; j++)
        terms[model->intercept + j] += weights[j] * scale;
}

/* terms[intercept + d] of a block. */
static void take_block(const struct online *online, size_t block, double *terms)
{
    const struct model *model = online->model;
    size_t n_terms = online->basis.n_terms;
    memset(terms, 0, n_terms * sizeof(*terms));
    if (!is_multinomial(model)) {
        add_weights(online, 0, 1, terms);
        return;
    }
    bool has_all = online->n_blocks == model->n_classes;
    size_t class = model_assemble_class(block + !has_all, model->reference);
    add_weights(online, class, 1, terms);
    if (!has_all)
        add_weights(online, model->reference, -1, terms);
}

/* Where each class has a block, the first one's intercept is held at 0. */
static void shift_intercepts(struct online *online)
{
    size_t n_terms = online->basis.n_terms;
    bool has_all = is_multinomial(online->model) && online->model->intercept &&
                   online->n_blocks == online->model->n_classes;
    double first = online->beta[0];
    for (size_t b = 0; has_all && b < online->n_blocks; b++)
        online->beta[b * n_terms] -= first;
}

static int take_coefficients(struct online *online, struct error *err)
{
    size_t n_terms = online->basis.n_terms;
    double *terms = memory_new(n_terms, sizeof(*terms), err);
    double *scratch = memory_new(online->basis.n_columns, sizeof(*scratch), err);
    for (size_t b = 0; terms && scratch && b < online->n_blocks; b++) {
        take_block(online, b, terms);
        basis_from_terms(&online->basis, terms, scratch, online->beta + b * n_terms);
    }
    bool made = terms && scratch;
    memory_free(terms);
    memory_free(scratch);
    if (!made)
        return -1;
    shift_intercepts(online);
    if (!vectors_all_finite(online->beta, online->n))
        return error_set(err, ERROR_NON_FINITE,
                         "the model's coefficients leave the range of numbers in the "
                         "units in which a copy learns");
    return 0;
}

static const struct likelihood_loss *loss_of(const struct model *model)
{
    const struct likelihood_loss *loss = one_margin_loss(model->family);
    return loss ? loss : &multinomial_loss;
}

double online_usual_rate(const struct online *online)
{
    double square = online_basis_square(&online->basis, &online->typical);
    if (online->head.plan.algorithm == ONLINE_ADAGRAD)
        return ADAGRAD_USUAL_RATE;
    return square > 0 ? 1 / (loss_of(online->model)->greatest_curvature * square) : 1;
}

/* As of a fit: subgradients do not fall near a minimum, so steps must, unless they do by
 * themselves. */
static enum schedule usual_schedule(const struct online *online)
{
    bool has_own = online->head.plan.algorithm == ONLINE_ADAGRAD;
    return has_own || family_traits(online->model->family)->is_smooth
               ? SCHEDULE_CONSTANT
               : SCHEDULE_INVERSE_SQRT;
}

int online_begin(struct online *online, const struct model *model,
                 const struct online_plan *plan, const struct design *rows,
                 struct error *err)
{
    online->model = model;
    online->head.plan = *plan;
    online->head.of_numbers = family_traits(model->family)->of_numbers;
    if (plan->schedule == SCHEDULE_USUAL)
        online->head.plan.schedule = usual_schedule(online);
    if (online_basis_look(&online->typical, model, rows, err) < 0 ||
        online_make(online, err) < 0 || take_coefficients(online, err) < 0)
        return -1;
    if (plan->rate == 0)
        online->head.plan.rate = online_usual_rate(online);
    return 0;
}

void online_given(const struct online *online, double *given)
{
    const struct basis *basis = &online->basis;
    size_t n_terms = basis->n_terms;
    for (size_t b = 0; b < online->n_blocks; b++)
        basis_to_given(basis, online->beta + b * n_terms, given + b * n_terms);
    for (size_t i = 0; i < online->n; i++) {
        given[i] *= online->typical.response_scale;
        if (basis->intercept && i % n_terms == 0)
            given[i] += online->typical.response_centre;
    }
}

/* ---- scores ---- */

double online_loss(const struct online_score *score)
{
    return score->weights > 0 ? score->losses / score->weights : (double)NAN;
}

double online_accuracy(const struct online_head *head, const struct online_score *score)
{
    return score->weights > 0 && !head->of_numbers ? score->correct / score->weights
                                                   : (double)NAN;
}
