#include "core/model/addenda.h"

#include <math.h>

#include "core/base/memory.h"

#define TERM_TEST_BYTES 32U
#define INFLATION_BYTES 24U
#define EFFECT_BYTES 65U
#define ROW_BYTES 8U

/* The plain fields in the order in which they are stored, for both directions. */
#define NUMBERS(X)                                                                       \
    X(confidence)                                                                        \
    X(wald_statistic)                                                                    \
    X(wald_df)                                                                           \
    X(wald_p_value)                                                                      \
    X(score_statistic)                                                                   \
    X(score_df)                                                                          \
    X(score_p_value)                                                                     \
    X(prior_l1)                                                                          \
    X(prior_l2)                                                                          \
    X(prior_variance)                                                                    \
    X(prior_scale)

#define FLAGS(X)                                                                         \
    X(has_statistics)                                                                    \
    X(is_penalised)                                                                      \
    X(is_jeffreys)                                                                       \
    X(profile)

void addenda_forget(struct addenda *addenda)
{
    addenda->wald_statistic = addenda->wald_df = addenda->wald_p_value = NAN;
    addenda->score_statistic = addenda->score_df = addenda->score_p_value = NAN;
    addenda->prior_variance = addenda->prior_scale = NAN;
}

void addenda_free(struct addenda *addenda)
{
    memory_free(addenda->term_tests);
    memory_free(addenda->inflations);
    memory_free(addenda->effects);
    memory_free(addenda->deviance_residuals);
    memory_free(addenda->pearson_residuals);
    memory_free(addenda->leverages);
    memory_free(addenda->rows);
    memory_free(addenda->prior_variances);
    memory_free(addenda->prior_scales);
    *addenda = (struct addenda){0};
}

/* ---- writing ---- */

static void pack_term_test(const struct addenda_term_test *test, struct buffer *out)
{
    pack_u64(out, test->term);
    pack_f64(out, test->statistic);
    pack_f64(out, test->df);
    pack_f64(out, test->p_value);
}

static void pack_inflation(const struct addenda_inflation *inflation, struct buffer *out)
{
    pack_u64(out, inflation->term);
    pack_f64(out, inflation->gvif);
    pack_f64(out, inflation->df);
}

static void pack_effect(const struct addenda_effect *effect, struct buffer *out)
{
    pack_u64(out, effect->class);
    pack_u64(out, effect->column);
    pack_u8(out, effect->is_difference);
    pack_f64(out, effect->effect);
    pack_f64(out, effect->std_error);
    pack_f64(out, effect->z);
    pack_f64(out, effect->p_value);
    pack_f64(out, effect->ci_low);
    pack_f64(out, effect->ci_high);
}

static void pack_rows(const struct addenda *addenda, struct buffer *out)
{
    pack_f64_array(out, addenda->deviance_residuals, addenda->n_residuals);
    pack_f64_array(out, addenda->pearson_residuals, addenda->n_residuals);
    pack_f64_array(out, addenda->leverages, addenda->n_residuals);
    pack_u64(out, addenda->rows ? addenda->n_residuals : 0);
    for (size_t i = 0; addenda->rows && i < addenda->n_residuals; i++)
        pack_u64(out, addenda->rows[i]);
}

void addenda_pack(const struct addenda *addenda, struct buffer *out)
{
#define PACK_NUMBER(field) pack_f64(out, addenda->field);
#define PACK_FLAG(field) pack_u8(out, addenda->field);
    NUMBERS(PACK_NUMBER)
    FLAGS(PACK_FLAG)
    pack_u8(out, (uint8_t)addenda->covariance);
    pack_u64(out, addenda->n_clusters);
    pack_u64(out, addenda->n_term_tests);
    for (size_t i = 0; i < addenda->n_term_tests; i++)
        pack_term_test(&addenda->term_tests[i], out);
    pack_u64(out, addenda->n_inflations);
    for (size_t i = 0; i < addenda->n_inflations; i++)
        pack_inflation(&addenda->inflations[i], out);
    pack_u64(out, addenda->n_effects);
    for (size_t i = 0; i < addenda->n_effects; i++)
        pack_effect(&addenda->effects[i], out);
    pack_rows(addenda, out);
    pack_f64_array(out, addenda->prior_variances, addenda->n_prior);
    pack_f64_array(out, addenda->prior_scales, addenda->n_prior);
}

/* ---- reading ---- */

static bool read_flag(struct pack_reader *in)
{
    uint8_t value = pack_read_u8(in);
    in->failed = in->failed || value > 1;
    return value == 1;
}

static void read_plain_fields(struct addenda *addenda, struct pack_reader *in)
{
#define READ_NUMBER(field) addenda->field = pack_read_f64(in);
#define READ_FLAG(field) addenda->field = read_flag(in);
    NUMBERS(READ_NUMBER)
    FLAGS(READ_FLAG)
    uint8_t kind = pack_read_u8(in);
    in->failed = in->failed || kind > COVARIANCE_CLUSTER;
    addenda->covariance = in->failed ? COVARIANCE_MODEL : (enum covariance_kind)kind;
    addenda->n_clusters = (size_t)pack_read_u64(in);
}

/* Room for as many elements as the record says are to come. */
static void *read_list(struct pack_reader *in, size_t packed_bytes, size_t bytes,
                       size_t *n, struct error *err)
{
    size_t n_read = pack_read_count(in, packed_bytes);
    void *list = pack_check(in, err) < 0 ? NULL : memory_new(n_read, bytes, err);
    *n = list ? n_read : 0;
    return list;
}

static int read_term_tests(struct addenda *addenda, struct pack_reader *in,
                           struct error *err)
{
    addenda->term_tests = read_list(in, TERM_TEST_BYTES, sizeof(*addenda->term_tests),
                                    &addenda->n_term_tests, err);
    for (size_t i = 0; i < addenda->n_term_tests; i++) {
        struct addenda_term_test *test = &addenda->term_tests[i];
        test->term = (size_t)pack_read_u64(in);
        test->statistic = pack_read_f64(in);
        test->df = pack_read_f64(in);
        test->p_value = pack_read_f64(in);
    }
    return addenda->term_tests ? 0 : -1;
}

static int read_inflations(struct addenda *addenda, struct pack_reader *in,
                           struct error *err)
{
    addenda->inflations = read_list(in, INFLATION_BYTES, sizeof(*addenda->inflations),
                                    &addenda->n_inflations, err);
    for (size_t i = 0; i < addenda->n_inflations; i++) {
        struct addenda_inflation *inflation = &addenda->inflations[i];
        inflation->term = (size_t)pack_read_u64(in);
        inflation->gvif = pack_read_f64(in);
        inflation->df = pack_read_f64(in);
    }
    return addenda->inflations ? 0 : -1;
}

static int read_effects(struct addenda *addenda, struct pack_reader *in,
                        struct error *err)
{
    addenda->effects =
        read_list(in, EFFECT_BYTES, sizeof(*addenda->effects), &addenda->n_effects, err);
    for (size_t i = 0; i < addenda->n_effects; i++) {
        struct addenda_effect *effect = &addenda->effects[i];
        effect->class = (size_t)pack_read_u64(in);
        effect->column = (size_t)pack_read_u64(in);
        effect->is_difference = read_flag(in);
        effect->effect = pack_read_f64(in);
        effect->std_error = pack_read_f64(in);
        effect->z = pack_read_f64(in);
        effect->p_value = pack_read_f64(in);
        effect->ci_low = pack_read_f64(in);
        effect->ci_high = pack_read_f64(in);
    }
    return addenda->effects ? 0 : -1;
}

/* NULL, or an array as long as the first. */
static double *read_column(struct pack_reader *in, size_t n_expected, struct error *err)
{
    size_t n;
    double *column = pack_read_f64_array(in, &n, err);
    in->failed = in->failed || (column ? n != n_expected : n_expected > 0);
    return column;
}

static int read_rows(struct addenda *addenda, struct pack_reader *in, struct error *err)
{
    size_t n;
    addenda->deviance_residuals = pack_read_f64_array(in, &addenda->n_residuals, err);
    if (!addenda->deviance_residuals)
        addenda->n_residuals = 0;
    addenda->pearson_residuals = read_column(in, addenda->n_residuals, err);
    addenda->leverages = read_column(in, addenda->n_residuals, err);
    uint64_t *rows = read_list(in, ROW_BYTES, sizeof(*rows), &n, err);
    for (size_t i = 0; i < n; i++)
        rows[i] = pack_read_u64(in);
    in->failed = in->failed || (n > 0 && n != addenda->n_residuals);
    if (n > 0)
        addenda->rows = rows;
    else
        memory_free(rows);
    return rows ? pack_check(in, err) : -1;
}

static int read_prior(struct addenda *addenda, struct pack_reader *in, struct error *err)
{
    addenda->prior_variances = pack_read_f64_array(in, &addenda->n_prior, err);
    if (!addenda->prior_variances)
        addenda->n_prior = 0;
    addenda->prior_scales = read_column(in, addenda->n_prior, err);
    return pack_check(in, err);
}

int addenda_unpack(struct addenda *addenda, struct pack_reader *in, struct error *err)
{
    struct addenda read = {0};
    read_plain_fields(&read, in);
    if (read_term_tests(&read, in, err) < 0 || read_inflations(&read, in, err) < 0 ||
        read_effects(&read, in, err) < 0 || read_rows(&read, in, err) < 0 ||
        read_prior(&read, in, err) < 0) {
        addenda_free(&read);
        return -1;
    }
    *addenda = read;
    return 0;
}

bool addenda_fit(const struct addenda *addenda, size_t n_terms, size_t n_columns,
                 size_t n_classes)
{
    for (size_t i = 0; i < addenda->n_term_tests; i++)
        if (addenda->term_tests[i].term >= n_terms)
            return false;
    for (size_t i = 0; i < addenda->n_inflations; i++)
        if (addenda->inflations[i].term >= n_terms)
            return false;
    for (size_t i = 0; i < addenda->n_effects; i++)
        if (addenda->effects[i].column >= n_columns ||
            addenda->effects[i].class >= n_classes)
            return false;
    return addenda->n_prior == 0 || addenda->n_prior == n_columns;
}
