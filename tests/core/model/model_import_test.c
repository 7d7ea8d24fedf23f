#include "core/model/model_import.h"

#include <check.h>
#include <float.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/model_file.h"
#include "core/model/predict.h"

static struct level classes[] = {{"a", 1, 0}, {"b", 1, 0}, {"c", 1, 0}};
static struct encoding *encoding;

static void setup(void)
{
    static const struct input_declaration inputs[] = {{.name = "x"}, {.name = "y"}};
    encoding = encoding_declare(inputs, 2, NULL, NULL);
}

static void teardown(void)
{
    memory_fail_after(-1);
    encoding_free(encoding);
}

/* The encoding goes with it. */
static struct model *import(struct model_import from)
{
    struct error err = {0};
    from.classes = classes;
    from.encoding = encoding;
    struct model *model = model_import(&from, &err);
    ck_assert_msg(model != NULL, "%s", err.message);
    encoding = NULL;
    return model;
}

static double score(const struct model *model, double x, double y, size_t k)
{
    const double cells[] = {x, y};
    double scores[3];
    predict_scores(model, cells, 1, NULL, scores);
    return scores[k];
}

START_TEST(coefficients_of_columns_as_given_predict_as_they_are)
{
    const double estimates[] = {0.1, 0.2, -0.3};
    struct model *model = import((struct model_import){.family = FAMILY_BINOMIAL,
                                                       .n_classes = 2,
                                                       .positive = 1,
                                                       .intercept = true,
                                                       .estimates = estimates});
    ck_assert(score(model, 2, 5, 0) == 0.1 + 0.2 * 2 + -0.3 * 5);
    ck_assert(model->coefficients[1].odds_ratio == exp(0.2));
    ck_assert(isnan(model->coefficients[1].std_error));
    model_release(model);
}
END_TEST

/* (x-1)/2·3 + (y+4)/5·7 + 11 */
START_TEST(coefficients_of_standardised_columns_are_folded)
{
    const double estimates[] = {11, 3, 7}, means[] = {1, -4}, scales[] = {2, 5};
    struct model *model = import((struct model_import){.family = FAMILY_GAUSSIAN,
                                                       .intercept = true,
                                                       .estimates = estimates,
                                                       .means = means,
                                                       .scales = scales,
                                                       .is_typical = true});
    ck_assert(fabs(score(model, 9, 6, 0) - (4 * 3 + 2 * 7 + 11)) < 1e-12);
    ck_assert(model->coefficients[1].estimate == 3 && model->means[1] == -4);
    ck_assert(isnan(model->coefficients[1].odds_ratio));
    ck_assert(model->typical.means[1] == -4 && model->typical.spreads[0] == 2);
    model_release(model);
}
END_TEST

/* z and p of 0.6/0.2: R's 2*pnorm(-3). */
START_TEST(a_covariance_gives_what_follows_from_it)
{
    const double estimates[] = {0.5, 0.6, 0.7};
    const double covariance[] = {0.25, 0, 0, 0, 0.04, 0.01, 0, 0.01, 0.09};
    struct model *model = import((struct model_import){.family = FAMILY_BINOMIAL,
                                                       .n_classes = 2,
                                                       .intercept = true,
                                                       .estimates = estimates,
                                                       .covariance = covariance});
    ck_assert(fabs(model->coefficients[1].std_error - 0.2) < 1e-15);
    ck_assert(fabs(model->coefficients[1].p_value - 0.002699796063260207) < 1e-12);
    ck_assert(model->covariance[5] == 0.01);
    model_release(model);
}
END_TEST

/* Differences to b: of a, then of c. */
START_TEST(a_multinomial_has_a_block_for_each_class_but_the_reference)
{
    const double estimates[] = {1, 2, 3, -1, -2, -3};
    struct model *model = import((struct model_import){.family = FAMILY_MULTINOMIAL,
                                                       .n_classes = 3,
                                                       .reference = 1,
                                                       .intercept = true,
                                                       .estimates = estimates});
    double of_b = score(model, 1, 1, 1);
    ck_assert(fabs(score(model, 1, 1, 0) - of_b - 6) < 1e-12);
    ck_assert(fabs(score(model, 1, 1, 2) - of_b + 6) < 1e-12);
    ck_assert_uint_eq(model->block_class[1], 2);
    ck_assert(fabs(model->weights[0] + model->weights[2] + model->weights[4]) < 1e-15);
    model_release(model);
}
END_TEST

START_TEST(an_aliased_coefficient_counts_as_none)
{
    const double estimates[] = {0.5, NAN};
    struct model *model = import((struct model_import){
        .family = FAMILY_BINOMIAL, .n_classes = 2, .estimates = estimates});
    ck_assert(model->coefficients[1].aliased);
    ck_assert(score(model, 2, 1000, 0) == 1);
    ck_assert_uint_eq(model->report.n_coefficients, 1);
    model_release(model);
}
END_TEST

START_TEST(the_report_knows_of_no_fit_and_the_file_keeps_it_so)
{
    const double estimates[] = {1, 2, 3};
    struct buffer bytes = BUFFER_EMPTY;
    struct model *model = import((struct model_import){.family = FAMILY_HINGE,
                                                       .n_classes = 2,
                                                       .intercept = true,
                                                       .estimates = estimates});
    ck_assert(model_import_is(model));
    ck_assert_str_eq(model->report.stop_reason, MODEL_IMPORT_STOP);
    ck_assert(isnan(model->report.aic) && isnan(model->report.addenda.wald_statistic));
    model_file_write(model, &bytes);
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, NULL);
    ck_assert(model_import_is(read));
    ck_assert(isnan(read->report.objective) && !read->report.converged);
    model_release(read);
    model_release(model);
    buffer_free(&bytes);
}
END_TEST

START_TEST(what_leaves_the_doubles_when_it_is_folded_is_refused)
{
    const double estimates[] = {0, DBL_MAX, 1}, means[] = {0, 0}, scales[] = {0.5, 1};
    const struct model_import from = {.family = FAMILY_GAUSSIAN,
                                      .intercept = true,
                                      .encoding = encoding,
                                      .estimates = estimates,
                                      .means = means,
                                      .scales = scales};
    struct error err = {0};
    ck_assert_ptr_null(model_import(&from, &err));
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const double estimates[] = {0, 1, 1}, means[] = {0, 0}, scales[] = {1, 1};
    const double covariance[9] = {0};
    const struct model_import from = {.family = FAMILY_BINOMIAL,
                                      .n_classes = 2,
                                      .classes = classes,
                                      .intercept = true,
                                      .encoding = encoding,
                                      .estimates = estimates,
                                      .covariance = covariance,
                                      .means = means,
                                      .scales = scales,
                                      .is_typical = true};
    struct model *model = NULL;
    for (long n = 0; !model; n++) {
        struct error err = {0};
        memory_fail_after(n);
        model = model_import(&from, &err);
        memory_fail_after(-1);
        ck_assert(model || err.code == ERROR_NO_MEMORY);
    }
    encoding = NULL;
    model_release(model);
}
END_TEST

TCase *model_import_test(void)
{
    TCase *tcase = tcase_create("model_import");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, coefficients_of_columns_as_given_predict_as_they_are);
    tcase_add_test(tcase, coefficients_of_standardised_columns_are_folded);
    tcase_add_test(tcase, a_covariance_gives_what_follows_from_it);
    tcase_add_test(tcase, a_multinomial_has_a_block_for_each_class_but_the_reference);
    tcase_add_test(tcase, an_aliased_coefficient_counts_as_none);
    tcase_add_test(tcase, the_report_knows_of_no_fit_and_the_file_keeps_it_so);
    tcase_add_test(tcase, what_leaves_the_doubles_when_it_is_folded_is_refused);
    tcase_add_test(tcase, every_allocation_may_fail);
    return tcase;
}
