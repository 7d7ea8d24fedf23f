#include "tests/support/small_model.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/model_assemble.h"
#include "tests/support/csv_table.h"

static struct encoding *make_encoding(void)
{
    static const struct input_request requests[] = {
        {.name = "age", .type = -1},
        {.name = "ses", .type = -1, .reference = "high", .missing = MISSING_DROP}};
    struct csv_table table = {0};
    csv_table_read(&table, "age,ses\n20,low\n30,mid\n40,high\n");
    struct encoding *encoding =
        encoding_build(table.table, requests, 2, NULL, NULL, NULL);
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

static struct encoding *make_sparse_encoding(size_t n_inputs)
{
    struct csv_table table = {0};
    struct buffer text = BUFFER_EMPTY;
    struct input_request *requests = memory_new(n_inputs, sizeof(*requests), NULL);
    buffer_append_string(&text, "1");
    for (size_t i = 0; i < n_inputs; i++)
        buffer_printf(&text, " %zu:1", i + 1);
    csv_table_read_libsvm(&table, text.bytes);
    for (size_t i = 0; i < n_inputs; i++)
        requests[i] = (struct input_request){
            .name = table_summary(table.table)->columns[i + 1].name, .type = -1};
    struct encoding *encoding =
        encoding_build(table.table, requests, n_inputs, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
    memory_free(requests);
    csv_table_free(&table);
    buffer_free(&text);
    return encoding;
}

static struct estimate make_estimate(const double *solution, size_t n_blocks,
                                     size_t n_terms, bool has_covariance)
{
    size_t n = n_blocks * n_terms;
    struct estimate estimate = {.n_blocks = n_blocks, .n_terms = n_terms};
    estimate.solution = memory_copy(solution, n * sizeof(*solution), NULL);
    estimate.coefficients = memory_new(n, sizeof(*estimate.coefficients), NULL);
    for (size_t i = 0; i < n; i++)
        estimate.coefficients[i] = coefficient_of(solution[i]);
    if (has_covariance)
        estimate.covariance = memory_new_aligned(n * n, sizeof(double), NULL);
    for (size_t i = 0; has_covariance && i < n * n; i++)
        estimate.covariance[i] = 1 / (double)(i + 1);
    estimate.typical.means = memory_copy(solution, (n_terms - 1) * sizeof(double), NULL);
    estimate.typical.spreads = memory_new(n_terms - 1, sizeof(double), NULL);
    estimate.typical.response_scale = 1;
    estimate.report.algorithm = memory_copy_string("newton", NULL);
    estimate.report.log_likelihood = -1.5;
    return estimate;
}

/* Takes the encoding. */
static struct model *assemble(struct model_parts *parts, struct estimate *estimate,
                              struct encoding *encoding, const char *const *classes)
{
    struct levels_writer writer;
    ck_assert_int_eq(levels_begin(&writer, parts->n_classes, 16, NULL), 0);
    for (size_t k = 0; k < parts->n_classes; k++)
        levels_add(&writer, classes[k], strlen(classes[k]), 1);
    parts->classes = writer.levels;
    parts->encoding = encoding;
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
    struct estimate estimate = make_estimate(solution, 1, 4, true);
    return assemble(&parts, &estimate, make_encoding(), classes);
}

struct model *small_model_multinomial(const double *solution)
{
    static const char *const classes[] = {"a", "b", "c"};
    struct model_parts parts = {
        .family = FAMILY_MULTINOMIAL, .n_classes = 3, .reference = 1};
    struct estimate estimate = make_estimate(solution, 2, 4, false);
    return assemble(&parts, &estimate, make_encoding(), classes);
}

struct model *small_model_sparse(enum family family, size_t n_inputs,
                                 const double *solution)
{
    static const char *const classes[] = {"a", "b", "c"};
    bool is_binomial = family == FAMILY_BINOMIAL;
    struct model_parts parts = {
        .family = family, .n_classes = is_binomial ? 2 : 3, .positive = 1};
    struct estimate estimate =
        make_estimate(solution, is_binomial ? 1 : 2, n_inputs + 1, false);
    return assemble(&parts, &estimate, make_sparse_encoding(n_inputs), classes);
}
