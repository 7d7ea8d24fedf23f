#include "core/data/folds.h"

#include <stdbool.h>

#include "core/base/memory.h"
#include "core/base/random.h"

/* Epochs shuffle by the streams 1, 2, … of a seed, rows held out are drawn by the last.
 */
#define STREAM (UINT64_MAX - 1)
#define ANY_CLASS SIZE_MAX

/* Counts are shares of two classes; numbers have none. */
static bool has_classes(const struct design *design)
{
    if (design->n_classes != 2)
        return design->n_classes > 0;
    for (uint64_t i = 0; i < design->n_rows; i++)
        if (design_label(design, i) != 0 && design_label(design, i) != 1)
            return false;
    return true;
}

static bool has_weight(const struct design *design, uint64_t i)
{
    return design_weight(design, i) > 0;
}

/* Fisher and Yates. */
static void shuffle(uint64_t *rows, uint64_t n, struct random *random)
{
    for (uint64_t i = n; i > 1; i--) {
        uint64_t j = random_below(random, i), row = rows[j];
        rows[j] = rows[i - 1];
        rows[i - 1] = row;
    }
}

/* ANY_CLASS: rows of all. */
static uint64_t gather(const struct design *design, size_t class, bool with_weight,
                       uint64_t *rows)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < design->n_rows; i++)
        if ((class == ANY_CLASS || (size_t)design_label(design, i) == class) &&
            has_weight(design, i) == with_weight)
            rows[n++] = i;
    return n;
}

static void deal(const uint64_t *rows, uint64_t n, size_t n_folds, size_t *next,
                 unsigned char *fold_of)
{
    for (uint64_t i = 0; i < n; i++) {
        fold_of[rows[i]] = (unsigned char)*next;
        *next = *next + 1 < n_folds ? *next + 1 : 0;
    }
}

int folds_deal(const struct design *design, size_t n_folds, uint64_t seed,
               unsigned char *fold_of, struct error *err)
{
    struct random random = random_start(seed, STREAM);
    bool by_class = has_classes(design);
    size_t n_classes = by_class ? design->n_classes : 1, next = 0;
    uint64_t *rows = memory_new((size_t)design->n_rows, sizeof(*rows), err);
    if (!rows)
        return -1;
    for (size_t k = 0; k < n_classes; k++) {
        uint64_t n = gather(design, by_class ? k : ANY_CLASS, true, rows);
        if (n > 0 && n < n_folds) {
            memory_free(rows);
            return error_set(err, ERROR_INVALID,
                             "a class has %llu rows with a weight, fewer than the %zu "
                             "folds; take fewer folds, or pool rare classes",
                             (unsigned long long)n, n_folds);
        }
        shuffle(rows, n, &random);
        deal(rows, n, n_folds, &next, fold_of);
    }
    for (size_t k = 0; k < n_classes; k++)
        deal(rows, gather(design, by_class ? k : ANY_CLASS, false, rows), n_folds, &next,
             fold_of);
    memory_free(rows);
    return 0;
}

/* ---- of somebody else ---- */

/* weights[n_folds × n_classes] of each class in each fold. */
static void weigh(const struct design *design, const unsigned char *fold_of,
                  size_t n_classes, double *weights)
{
    for (uint64_t i = 0; i < design->n_rows; i++) {
        double *of_fold = weights + fold_of[i] * n_classes;
        double weight = design_weight(design, i), y = design_label(design, i);
        if (n_classes == 2) { /* of counts: a share of each */
            of_fold[0] += weight * (1 - y);
            of_fold[1] += weight * y;
        } else
            of_fold[n_classes > 1 ? (size_t)y : 0] += weight;
    }
}

static bool has_fold(const double *of_fold, size_t n_classes)
{
    for (size_t c = 0; c < n_classes; c++)
        if (of_fold[c] > 0)
            return true;
    return false;
}

static bool is_in_one_fold(const double *weights, size_t n_folds, size_t n_classes,
                           size_t class)
{
    size_t n = 0;
    for (size_t k = 0; k < n_folds; k++)
        n += weights[k * n_classes + class] > 0;
    return n == 1;
}

static int check(const double *weights, size_t n_folds, size_t n_classes,
                 struct error *err)
{
    for (size_t k = 0; k < n_folds; k++)
        if (!has_fold(weights + k * n_classes, n_classes))
            return error_set(err, ERROR_INVALID, "all rows of a fold have the weight 0");
    for (size_t c = 0; c < n_classes; c++)
        if (is_in_one_fold(weights, n_folds, n_classes, c))
            return error_set(err, ERROR_INVALID,
                             "all rows of a class are in one fold, and the fit without "
                             "it would not know the class; deal folds out otherwise, or "
                             "pool rare classes");
    return 0;
}

int folds_check(const struct design *design, const unsigned char *fold_of, size_t n_folds,
                struct error *err)
{
    size_t n_classes = design->n_classes > 0 ? design->n_classes : 1;
    double *weights = memory_new(n_folds * n_classes, sizeof(*weights), err);
    if (!weights)
        return -1;
    weigh(design, fold_of, n_classes, weights);
    int status = check(weights, n_folds, n_classes, err);
    memory_free(weights);
    return status;
}
