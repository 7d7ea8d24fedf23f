#include "tests/support/small_model.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/model_assemble.h"
#include "tests/support/csv_table.h"

#define N_TERMS 4U

static struct encoding *make_encoding(void)
{
    static const struct input_request requests[] = {{"age", -1, NULL, MISSING_ERROR},
                                                    {"ses", -1, "high", MISSING_DROP}};
    struct csv_table table = {0};
    csv_table_read(&table, "age,ses\n20,low\n30,mid\n40,high\n");
    struct encoding *encoding = encoding_build(table.table, requests, 2, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
    csv_table_free(&table);
    return encoding;
}

static struct coefficient coefficient_of(double estimate)
{
    struct coefficient coefficient = {.estimate = estimate,
                                      .std_error = fabs(estimate) / 3,
                                      .z = 3,
                                      .p_value = 0.0026997960632601866,
                                      .ci_low = estimate - 1,
                                      .ci_high = estimate + 1,
                                      .odds_ratio = exp(estimate)};
    return coefficient;
}

static struct estimate make_estimate(const double *solution, size_t n_blocks,
                                     bool has_covariance)
{
    size_t n = n_blocks * N_TERMS;
    struct estimate estimate = {.n_blocks = n_blocks, .n_terms = N_TERMS};
    estimate.solution = memory_copy(solution, n * sizeof(*solution), NULL);
    estimate.coefficients = memory_new(n, sizeof(*estimate.coefficients), NULL);
    for (size_t i = 0; i < n; i++)
        estimate.coefficients[i] = coefficient_of(solution[i]);
    if (has_covariance)
        estimate.covariance = memory_new_aligned(n * n, sizeof(double), NULL);
    for (size_t i = 0; has_covariance && i < n * n; i++)
        estimate.covariance[i] = 1 / (double)(i + 1);
    estimate.report.algorithm = memory_copy_string("newton", NULL);
    estimate.report.log_likelihood = -1.5;
    return estimate;
}

static struct model *assemble(struct model_parts *parts, struct estimate *estimate,
                              const char *const *classes)
{
    struct levels_writer writer;
    ck_assert_int_eq(levels_begin(&writer, parts->n_classes, 16, NULL), 0);
    for (size_t k = 0; k < parts->n_classes; k++)
        levels_add(&writer, classes[k], strlen(classes[k]), 1);
    parts->classes = writer.levels;
    parts->encoding = make_encoding();
    parts->estimate = estimate;
    parts->intercept = true;
    struct model *model = model_assemble(parts, NULL);
    ck_assert_ptr_nonnull(model);
    estimate_free(estimate);
    memory_free(writer.levels);
    return model;
}

struct model *small_model_binomial(const double *solution)
{
    static const char *const classes[] = {"no", "yes"};
    struct model_parts parts = {.family = FAMILY_BINOMIAL, .n_classes = 2, .positive = 1};
    struct estimate estimate = make_estimate(solution, 1, true);
    return assemble(&parts, &estimate, classes);
}

struct model *small_model_multinomial(const double *solution)
{
    static const char *const classes[] = {"a", "b", "c"};
    struct model_parts parts = {
        .family = FAMILY_MULTINOMIAL, .n_classes = 3, .reference = 1};
    struct estimate estimate = make_estimate(solution, 2, false);
    return assemble(&parts, &estimate, classes);
}
