/*
 * What a fit says of separation against the exact answer of recession_cone.h: the
 * verdict, the coefficients that diverge, and their signs where the data leave no choice.
 * 10 000 small designs, drawn so that every verdict is frequent.
 */
#include <check.h>
#include <math.h>

#include "core/base/random.h"
#include "tests/support/made_design.h"
#include "tests/support/recession_cone.h"
#include "tests/support/suite.h"

#define N_SHARDS 40
#define N_OF_SHARD 250

struct drawn {
    struct design design;
    struct estimate_options options;
    double factors[4];
};

static bool chance(struct random *random, uint64_t percent)
{
    return random_below(random, 100) < percent;
}

/* Indicators, thirds, and a grid, one kind a column. */
static void draw_cells(struct design *design, struct random *random)
{
    static const uint64_t n_values[] = {2, 2, 3, 7, 21};
    for (size_t j = 0; j < design->n_columns; j++) {
        uint64_t n = n_values[random_below(random, 5)];
        bool is_centred = chance(random, 50);
        for (size_t i = 0; i < design->n_rows; i++)
            design->x[i * design->n_columns + j] =
                (double)random_below(random, n) - (is_centred ? (double)(n / 2) : 0);
    }
}

/* By a line, and now and then by chance. */
static void draw_labels(struct design *design, struct random *random)
{
    uint64_t noise = random_below(random, 4) * random_below(random, 40);
    uint64_t slopes[4] = {0};
    for (size_t j = 0; j < design->n_columns; j++)
        slopes[j] = random_below(random, 5);
    for (size_t i = 0; i < design->n_rows; i++) {
        double z = (double)random_below(random, 2);
        for (size_t j = 0; j < design->n_columns; j++)
            z += ((double)slopes[j] - 2) * design->x[i * design->n_columns + j];
        double label = fmin(fmax(floor(z / 2) + 1, 0), (double)design->n_classes - 1);
        design->y[i] = chance(random, noise)
                           ? (double)random_below(random, design->n_classes)
                           : label;
    }
}

static void draw_weights(struct design *design, struct random *random)
{
    made_design_add_weights(design);
    for (size_t i = 0; i < design->n_rows; i++)
        design->weights[i] = (double)random_below(random, 4);
    made_design_weigh(design);
}

static void draw_shares(struct design *design, struct random *random)
{
    for (size_t i = 0; i < design->n_rows; i++)
        if (chance(random, 10))
            design->y[i] = 0.25 * (double)(1 + random_below(random, 3));
}

static void draw_penalty(struct drawn *drawn, struct random *random)
{
    drawn->options.l2 = 0.01;
    drawn->options.factors = drawn->factors;
    for (size_t j = 0; j < drawn->design.n_columns; j++)
        drawn->factors[j] = chance(random, 50);
}

static void draw(struct drawn *drawn, uint64_t seed)
{
    struct random random = random_start(seed, 17);
    bool is_binomial = chance(&random, 70);
    size_t n_classes = is_binomial ? 2 : 3 + random_below(&random, 2);
    size_t n_columns = 1 + random_below(&random, is_binomial      ? 4
                                                 : n_classes == 3 ? 3
                                                                  : 2);
    made_design_new(&drawn->design, 4 + random_below(&random, 17), n_columns, n_classes);
    draw_cells(&drawn->design, &random);
    draw_labels(&drawn->design, &random);
    drawn->options = made_design_options(&drawn->design);
    drawn->options.intercept = chance(&random, 85);
    if (chance(&random, 30))
        draw_weights(&drawn->design, &random);
    if (is_binomial && chance(&random, 10))
        draw_shares(&drawn->design, &random);
    if (chance(&random, 10))
        draw_penalty(drawn, &random);
}

/* Two classes have rows. */
static bool can_be_fitted(const struct design *design)
{
    bool classes = false;
    double first = NAN;
    for (size_t i = 0; i < design->n_rows; i++) {
        if (design->weights && design->weights[i] == 0)
            continue;
        first = isnan(first) ? design->y[i] : first;
        classes = classes || design->y[i] != first || (first > 0 && first < 1);
    }
    return classes;
}

/* ---- comparing ---- */

static bool is_warned(const struct estimate *estimate, const char *code)
{
    return made_design_is_warned(&estimate->report, code, NULL);
}

static bool is_right_sign(const struct recession_cone *cone, size_t i, int sign)
{
    bool rises = cone->may_rise[i], falls = cone->may_fall[i];
    if (rises && falls)
        return true; /* either infinity will do */
    return sign == (rises ? 1 : falls ? -1 : 0);
}

static bool is_right_coefficient(const struct recession_cone *cone, size_t i,
                                 const struct coefficient *c)
{
    bool diverges = cone->may_rise[i] || cone->may_fall[i];
    return c->aliased == cone->aliased[i] &&
           isnan(c->estimate) == (diverges || c->aliased) &&
           is_right_sign(cone, i, c->infinite);
}

static bool is_right(const struct recession_cone *cone, const struct estimate *estimate)
{
    bool is_complete = is_warned(estimate, "complete_separation");
    bool is_quasi = is_warned(estimate, "quasi_complete_separation");
    if (is_complete != (cone->verdict == RECESSION_COMPLETE) ||
        is_quasi != (cone->verdict == RECESSION_QUASI) ||
        estimate->report.converged == is_complete)
        return false;
    for (size_t i = 0; i < cone->n; i++)
        if (!is_right_coefficient(cone, i, &estimate->coefficients[i]))
            return false;
    return true;
}

/* Returns the verdict; -1: the design cannot be fitted. */
static int try(uint64_t seed, size_t *n_wrong)
{
    struct drawn drawn = {0};
    struct recession_cone cone;
    int verdict = -1;
    draw(&drawn, seed);
    if (can_be_fitted(&drawn.design)) {
        recession_cone_find(&cone, &drawn.design, &drawn.options);
        struct estimate estimate = made_design_fit(&drawn.design, &drawn.options);
        verdict = (int)cone.verdict;
        *n_wrong += !is_right(&cone, &estimate);
        estimate_free(&estimate);
    }
    design_free(&drawn.design);
    return verdict;
}

START_TEST(separation_is_told_as_the_exact_cone_has_it)
{
    size_t n_wrong = 0, n_of[3] = {0};
    uint64_t seed = (uint64_t)_i * 10 * N_OF_SHARD;
    for (size_t n = 0; n < N_OF_SHARD;) {
        int verdict = try(++seed, &n_wrong);
        if (verdict < 0)
            continue;
        n_of[verdict]++;
        n++;
    }
    ck_assert_uint_eq(n_wrong, 0);
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_gt(n_of[i], N_OF_SHARD / 10);
}
END_TEST

TCase *separation_verdict_test(void)
{
    TCase *tests = tcase_create("separation_verdict");
    suite_add_rounds(tests, separation_is_told_as_the_exact_cone_has_it, 0, N_SHARDS);
    return tests;
}
