#include "core/model/class_pairs.h"

#include <string.h>

#include "core/kernel/gram_classes.h"
#include "core/model/raw_terms.h"

#define LEAST_TERMS 4U
#define FEW_ROWS 64U

static size_t round_up(size_t n)
{
    return (n + GRAM_CLASSES_WIDTH - 1) / GRAM_CLASSES_WIDTH * GRAM_CLASSES_WIDTH;
}

bool class_pairs_serve(const struct likelihood *likelihood)
{
    return likelihood->loss->in_classes && likelihood->has_hessian &&
           likelihood->is_raw && likelihood->design->storage == DESIGN_CSR_F64 &&
           likelihood->first_class == 1 &&
           likelihood->n_blocks >= CLASS_PAIRS_LEAST_BLOCKS &&
           likelihood->basis->n_terms >= LEAST_TERMS;
}

/* Weights of a row, with the empty ones behind them. */
static size_t n_weights(const struct likelihood *likelihood)
{
    return round_up(likelihood->n_blocks * (likelihood->n_blocks + 1) / 2);
}

/* Those of the gradient, one for each class but class 0. */
static size_t n_of_classes(const struct likelihood *likelihood)
{
    return round_up(likelihood->n_blocks);
}

size_t class_pairs_room(const struct likelihood *likelihood)
{
    return FEW_ROWS * n_weights(likelihood) +
           raw_terms_count(likelihood->basis) * n_of_classes(likelihood);
}

/* Where the products begin: vectors are not to cross lines. */
static size_t first_sum(const struct likelihood *likelihood)
{
    return round_up(LIKELIHOOD_N_SUMS + likelihood_n_raw(likelihood));
}

size_t class_pairs_n_sums(const struct likelihood *likelihood)
{
    size_t n = raw_terms_count(likelihood->basis);
    return first_sum(likelihood) + n * (n + 1) / 2 * n_weights(likelihood);
}

/* 1 - p_k, without cancellation. */
static double rest_of(const double *p, size_t n_classes, size_t k)
{
    double sum = 0;
    if (p[k] <= 0.5)
        return 1 - p[k];
    for (size_t c = 0; c < n_classes; c++)
        sum += c == k ? 0 : p[c];
    return sum;
}

/* Of one row, in the order of pairs (1,1), (2,1), (2,2), (3,1), … */
static void weigh_row(const double *p, size_t n_classes, double weight, double *h)
{
    for (size_t k = 1; k < n_classes; k++) {
        double share = weight * p[k];
        for (size_t l = 1; l < k; l++)
            *h++ = -share * p[l];
        *h++ = share * rest_of(p, n_classes, k);
    }
}

/* The rows from *first on that there is room for; moves *first behind them. */
static bool take_some(const struct gram_rows *rows, size_t *first, struct gram_rows *some)
{
    size_t n_left = rows->n_rows - *first;
    *some = *rows;
    some->n_rows = n_left < FEW_ROWS ? n_left : FEW_ROWS;
    some->starts = rows->starts + *first;
    *first += some->n_rows;
    return n_left > 0;
}

void class_pairs_add_product(const struct likelihood *likelihood,
                             struct likelihood_room *room, const struct gram_rows *rows,
                             const double *v, double *sums)
{
    const struct gram_classes *kernel = gram_classes_of(instructions_best());
    size_t n = n_of_classes(likelihood), n_raw = raw_terms_count(likelihood->basis);
    double *padded = room->pairs + FEW_ROWS * n_weights(likelihood);
    struct gram_rows some;
    v += likelihood->first_class;
    memset(padded, 0, n * n_raw * sizeof(double));
    for (size_t next = 0; take_some(rows, &next, &some);) {
        for (size_t r = 0; r < some.n_rows; r++, v += likelihood->n_classes)
            memcpy(room->pairs + r * n, v, likelihood->n_blocks * sizeof(double));
        kernel->product(&some, n, room->pairs, padded);
    }
    for (size_t t = 0; t < n_raw; t++, padded += n)
        for (size_t k = 0; k < likelihood->n_blocks; k++)
            *sums++ += padded[k];
}

void class_pairs_add(const struct likelihood *likelihood, struct likelihood_room *room,
                     const struct gram_rows *rows, double *sums)
{
    const struct gram_classes *kernel = gram_classes_of(instructions_best());
    size_t n = n_weights(likelihood), n_classes = likelihood->n_classes;
    const double *p = room->margins, *weights = room->chunk.weights;
    struct gram_rows some;
    for (size_t next = 0; take_some(rows, &next, &some);) {
        for (size_t r = 0; r < some.n_rows; r++, p += n_classes)
            weigh_row(p, n_classes, *weights++, room->pairs + r * n);
        kernel->cross(&some, n, room->pairs, sums + first_sum(likelihood));
    }
}

/* One block's lower triangle [n × n], of the terms as they lie. */
static void spread_pair(size_t n, size_t n_pairs, const double *products, double *block)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++, products += n_pairs)
            block[i * n + j] = *products;
}

static void put_block(const struct likelihood *likelihood, const double *block,
                      double *hessian)
{
    size_t n = likelihood->basis->n_terms;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            hessian[i * likelihood->n + j] = block[i * n + j] / likelihood->sum_weights;
}

void class_pairs_take(const struct likelihood *likelihood, double *sums, double *hessian)
{
    size_t n = likelihood->basis->n_terms, n_raw = raw_terms_count(likelihood->basis);
    const double *products = sums + first_sum(likelihood);
    double *block = sums + class_pairs_n_sums(likelihood);
    for (size_t k = 0; k < likelihood->n_blocks; k++)
        for (size_t l = 0; l <= k; l++) {
            spread_pair(n_raw, n_weights(likelihood), products++, block);
            raw_terms_take_hessian(likelihood->basis, block, likelihood->raw);
            put_block(likelihood, block, hessian + k * n * likelihood->n + l * n);
        }
}
