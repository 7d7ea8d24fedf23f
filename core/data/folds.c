#include "core/data/folds.h"

#include "core/base/memory.h"
#include "core/base/random.h"

/* Epochs shuffle by the streams 1, 2, … of a seed, rows held out are drawn by the last.
 */
#define STREAM (UINT64_MAX - 1)

static size_t class_of(const struct design *design, uint64_t i)
{
    return design->n_classes > 0 ? (size_t)design->y[i] : 0;
}

static bool has_weight(const struct design *design, uint64_t i)
{
    return !design->weights || design->weights[i] > 0;
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

static uint64_t gather(const struct design *design, size_t class, bool with_weight,
                       uint64_t *rows)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < design->n_rows; i++)
        if (class_of(design, i) == class && has_weight(design, i) == with_weight)
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
    size_t n_classes = design->n_classes > 0 ? design->n_classes : 1, next = 0;
    uint64_t *rows = memory_new((size_t)design->n_rows, sizeof(*rows), err);
    if (!rows)
        return -1;
    for (size_t k = 0; k < n_classes; k++) {
        uint64_t n = gather(design, k, true, rows);
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
        deal(rows, gather(design, k, false, rows), n_folds, &next, fold_of);
    memory_free(rows);
    return 0;
}
