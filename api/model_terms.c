#include "api/model_terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

void model_terms_free(struct model_terms *terms)
{
    memory_free(terms->listed);
    *terms = (struct model_terms){0};
}

static bool is_intercept(const struct model *model, size_t i)
{
    return model->intercept && i % model->n_terms == 0;
}

static double size_of(const struct coefficient *coefficient)
{
    if (coefficient->infinite != 0)
        return INFINITY;
    return isnan(coefficient->estimate) ? -1 : fabs(coefficient->estimate);
}

static int compare_descending(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a < *b) - (*a > *b);
}

/* Sizes are in descending order: the least of those to list, and how many that are that
 * large. */
static double find_least(const double *sizes, size_t *n_equal)
{
    double least = sizes[MODEL_TERMS_LARGEST - 1];
    *n_equal = 0;
    for (size_t i = MODEL_TERMS_LARGEST; i > 0 && sizes[i - 1] == least; i--)
        ++*n_equal;
    return least;
}

static void mark(struct model_terms *terms, const struct model *model, double *sizes,
                 size_t n)
{
    size_t n_equal, n_sizes = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_intercept(model, i))
            sizes[n_sizes++] = size_of(&model->coefficients[i]);
    qsort(sizes, n_sizes, sizeof(*sizes), compare_descending);
    double least = find_least(sizes, &n_equal);
    for (size_t i = 0; i < n; i++) {
        double size = size_of(&model->coefficients[i]);
        bool is_listed = is_intercept(model, i) || size > least;
        if (!is_listed && size == least && n_equal > 0) {
            is_listed = true;
            n_equal--;
        }
        terms->listed[i] = is_listed;
        terms->n_omitted += !is_listed;
    }
}

int model_terms_choose(struct model_terms *terms, const struct model *model, bool all,
                       struct error *err)
{
    size_t n = model->n_blocks * model->n_terms;
    *terms = (struct model_terms){0};
    if (all || n <= MODEL_TERMS_MOST)
        return 0;
    double *sizes = memory_new(n, sizeof(*sizes), err);
    terms->listed = memory_new(n, 1, err);
    if (sizes && terms->listed)
        mark(terms, model, sizes, n);
    memory_free(sizes);
    if (sizes && terms->listed)
        return 0;
    model_terms_free(terms);
    return -1;
}
