#include "core/model/predict.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/csv_table.h"

/* Models of formulas: the encoding, and weights that nobody fitted. */
static struct csv_table table;
static struct formula formula;
static struct model model;
static double weights[256], intercept;

static void setup(void)
{
    csv_table_read(&table, "y,x,z,g,h\n"
                           "0,1,5,p,a\n"
                           "1,2,6,q,b\n"
                           "0,3,7,r,c\n"
                           "1,4,8,p,d\n");
}

static void teardown(void)
{
    encoding_free(model.encoding);
    formula_free(&formula);
    csv_table_free(&table);
    model = (struct model){0};
}

static void build(const char *text)
{
    static const char *const names[] = {"y", "x", "z", "g", "h"};
    static const struct input_request requests[] = {{.name = "x", .type = -1},
                                                    {.name = "z", .type = -1},
                                                    {.name = "g", .type = -1},
                                                    {.name = "h", .type = -1}};
    struct error err = {0};
    ck_assert_int_eq(formula_parse(&formula, text, strlen(text), names, 5, &err), 0);
    model = (struct model){.family = FAMILY_BINOMIAL,
                           .n_classes = 2,
                           .positive = 1,
                           .weights = weights,
                           .intercepts = &intercept};
    model.encoding = encoding_build(table.table, requests, 4, &formula, NULL, &err);
    ck_assert_msg(model.encoding != NULL, "%s", err.message);
    ck_assert_uint_le(model.encoding->n_columns, 256);
}

static const char *const formulas[] = {
    "y ~ x + z + g + h",     "y ~ g*h + x",           "y ~ g:h:x + z - 1",
    "y ~ (x + z + g + h)^3", "y ~ log(x)*g + I(z*x)", "y ~ x:z + h:x + I(g == \"q\"):h",
};

START_TEST(a_score_is_the_sum_over_the_columns_of_the_design)
{
    struct random random = random_start(5, (uint64_t)_i);
    double x[256], cells[4], score;
    build(formulas[_i]);
    size_t n_columns = model.encoding->n_columns;
    for (size_t j = 0; j < n_columns; j++)
        weights[j] = random_normal(&random);
    intercept = random_normal(&random);
    for (size_t i = 0; i < 100; i++) {
        cells[0] = 1 + 10 * random_uniform(&random);
        cells[1] = random_normal(&random);
        cells[2] = (double)random_below(&random, 3);
        cells[3] = (double)random_below(&random, 4);
        encoding_expand(model.encoding, cells, 1, x);
        double sum = intercept;
        for (size_t j = 0; j < n_columns; j++)
            sum += weights[j] * x[j];
        predict_scores(&model, cells, 1, NULL, &score);
        ck_assert_msg(score == sum, "%a is not %a", score, sum);
    }
}
END_TEST

/* By hand: levels by contrasts, so that p and a have none. */
START_TEST(a_product_of_levels_and_numbers_has_its_own_weight)
{
    const double r_c[] = {2, 7, 2, 2}, p_a[] = {2, 7, 0, 0};
    double score;
    build("y ~ g + h + g:h:x");
    intercept = 1;
    for (size_t j = 0; j < model.encoding->n_columns; j++)
        weights[j] = (double)(j + 1);
    /* g[q] 1, g[r] 2, h[b] 3, h[c] 4, h[d] 5, then g[p]:h[a]:x 6 … by g first */
    ck_assert_uint_eq(model.encoding->n_columns, 5 + 12);
    predict_scores(&model, r_c, 1, NULL, &score);
    ck_assert(score == 1 + 2 + 4 + 2 * (6 + 2 + 3 * 2));
    predict_scores(&model, p_a, 1, NULL, &score);
    ck_assert(score == 1 + 2 * 6);
}
END_TEST

START_TEST(huge_products_give_finite_scores)
{
    const double cells[] = {1e200, 1e200, 0, 0};
    double score;
    build("y ~ x:z + x");
    intercept = 0;
    weights[0] = -1; /* x */
    weights[1] = 1;
    predict_scores(&model, cells, 1, NULL, &score);
    ck_assert(score == DBL_MAX);
    weights[1] = 1e-300;
    predict_scores(&model, cells, 1, NULL, &score);
    ck_assert(isfinite(score));
}
END_TEST

TCase *predict_terms_test(void)
{
    TCase *tests = tcase_create("predict_terms");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_score_is_the_sum_over_the_columns_of_the_design, 0,
                        sizeof(formulas) / sizeof(formulas[0]));
    tcase_add_test(tests, a_product_of_levels_and_numbers_has_its_own_weight);
    tcase_add_test(tests, huge_products_give_finite_scores);
    return tests;
}
