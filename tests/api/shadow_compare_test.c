#include "api/shadow_compare.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "api/import_model.h"
#include "core/base/memory.h"

static struct model *import(const char *body)
{
    struct problem_list problems = {0};
    struct error err = {0};
    struct model *model = import_model_read(body, strlen(body), &problems, &err);
    ck_assert_msg(model != NULL, "%s %s", err.message,
                  problems.n ? problems.errors[0].message : "");
    return model;
}

/* Takes both models. */
static struct alias_tally_counts compare(struct model *model, struct model *shadow,
                                         const double *cells, size_t n)
{
    struct alias_tally_counts counts = {0};
    double *scores = memory_new(n * model_n_scores(model), sizeof(*scores), NULL);
    predict_scores(model, cells, n, NULL, scores);
    const struct shadow_rows rows = {.n = n, .cells = cells, .scores = scores};
    ck_assert_int_eq(shadow_compare(model, &rows, shadow, &counts, NULL), 0);
    memory_free(scores);
    model_release(model);
    model_release(shadow);
    return counts;
}

#define LINE(coef) "{\"classes\":[0,1],\"features\":[\"x\"],\"coef\":[" coef "]}"

/* σ(ln 3) = 3/4, σ(-ln 3) = 1/4. */
START_TEST(labels_and_probabilities_are_compared)
{
    const double cells[] = {1.0986122886681098, 0};
    struct alias_tally_counts counts =
        compare(import(LINE("1")), import(LINE("-1")), cells, 2);
    ck_assert_uint_eq(counts.n_compared, 2);
    ck_assert_uint_eq(counts.n_labels, 2);
    ck_assert_uint_eq(counts.n_disagree, 1);
    ck_assert(fabs(counts.sum_difference - 0.5) < 1e-15);
    ck_assert(fabs(counts.largest_difference - 0.5) < 1e-15);
}
END_TEST

START_TEST(inputs_and_levels_are_found_by_name)
{
    const double cells[] = {0, 5, 1, 7}; /* c = a, b; x */
    struct model *model =
        import("{\"classes\":[0,1],\"features\":[\"c\",\"x\"],\"levels\":{\"c\":[\"a\","
               "\"b\"]},\"coefficients\":{\"x\":1,\"c[b]\":-20}}");
    struct model *shadow =
        import("{\"classes\":[1,0],\"positive\":1,\"features\":[\"x\",\"c\"],\"levels\":{"
               "\"c\":[\"b\",\"a\"]},\"coefficients\":{\"x\":1,\"c[a]\":20,"
               "\"(intercept)\":-20}}");
    struct alias_tally_counts counts = compare(model, shadow, cells, 2);
    ck_assert_uint_eq(counts.n_compared, 2);
    ck_assert_uint_eq(counts.n_disagree, 0);
    ck_assert(counts.sum_difference < 1e-12);
}
END_TEST

START_TEST(rows_that_the_shadow_cannot_do_with_are_counted)
{
    const double cells[] = {0, 1};
    struct model *model =
        import("{\"classes\":[0,1],\"features\":[\"c\"],\"levels\":{\"c\":[\"a\",\"b\"]},"
               "\"coefficients\":{\"c[b]\":1}}");
    struct model *shadow =
        import("{\"classes\":[0,1],\"features\":[\"c\"],\"levels\":{\"c\":[\"a\",\"z\"]},"
               "\"coefficients\":{\"c[z]\":1}}");
    struct alias_tally_counts counts = compare(model, shadow, cells, 2);
    ck_assert_uint_eq(counts.n_compared, 1);
    ck_assert_uint_eq(counts.n_unusable, 1);
    counts = compare(import(LINE("1")),
                     import("{\"classes\":[0,1],\"features\":[\"y\"],\"coef\":[1]}"),
                     cells, 2);
    ck_assert_uint_eq(counts.n_unusable, 2);
}
END_TEST

START_TEST(numbers_are_categories_and_back_by_their_text)
{
    const double cells[] = {2, 3};
    struct alias_tally_counts counts =
        compare(import(LINE("1")),
                import("{\"classes\":[0,1],\"features\":[\"x\"],\"levels\":{\"x\":[1,2]},"
                       "\"coefficients\":{\"x[2]\":2}}"),
                cells, 2);
    ck_assert_uint_eq(counts.n_compared, 1);
    ck_assert(counts.sum_difference == 0);
    const double levels[] = {1, 0};
    counts = compare(import("{\"classes\":[0,1],\"features\":[\"x\"],\"levels\":{\"x\":["
                            "\"none\",\"2\"]},\"coefficients\":{\"x[2]\":2}}"),
                     import(LINE("1")), levels, 2);
    ck_assert_uint_eq(counts.n_compared, 1);
    ck_assert_uint_eq(counts.n_unusable, 1);
    ck_assert(counts.sum_difference == 0);
}
END_TEST

START_TEST(numbers_predicted_are_compared_as_they_are)
{
    const double cells[] = {2};
    struct alias_tally_counts counts =
        compare(import("{\"features\":[\"x\"],\"coef\":[2]}"),
                import("{\"features\":[\"x\"],\"coef\":[5]}"), cells, 1);
    ck_assert_uint_eq(counts.n_labels, 0);
    ck_assert(counts.sum_difference == 6);
}
END_TEST

START_TEST(models_that_predict_other_things_have_labels_at_most_in_common)
{
    const double cells[] = {2};
    struct alias_tally_counts counts = compare(
        import(LINE("1")), import("{\"features\":[\"x\"],\"coef\":[5]}"), cells, 1);
    ck_assert(counts.n_compared == 1 && counts.n_labels == 0);
    ck_assert_uint_eq(counts.n_differences, 0);
    counts = compare(import(LINE("1")),
                     import("{\"classes\":[0,1],\"family\":\"hinge\",\"features\":"
                            "[\"x\"],\"coef\":[-1]}"),
                     cells, 1);
    ck_assert(counts.n_disagree == 1 && counts.n_differences == 0);
}
END_TEST

#define SPARSE(name, coef)                                                               \
    "{\"classes\":[0,1],\"schema\":{\"inputs\":[{\"name\":\"1\",\"type\":\"numeric\","   \
    "\"sparse\":true},{\"name\":\"" name                                                 \
    "\",\"type\":\"numeric\",\"sparse\":true}]},\"coef\":[" coef "]}"

START_TEST(sparse_rows_are_compared_entry_by_entry)
{
    const struct predict_entry entries[] = {{0, 2}, {1, 3}};
    const size_t ends[] = {1, 1, 2};
    struct model *model = import(SPARSE("2", "1,1"));
    struct model *shadow = import(SPARSE("9", "1,1"));
    struct alias_tally_counts counts = {0};
    double scores[3];
    predict_scores_sparse(model, entries, ends, 3, NULL, scores);
    const struct shadow_rows rows = {
        .n = 3, .entries = entries, .ends = ends, .scores = scores};
    ck_assert_int_eq(shadow_compare(model, &rows, shadow, &counts, NULL), 0);
    ck_assert_uint_eq(counts.n_compared, 3);
    ck_assert(fabs(counts.sum_difference - (1 / (1 + exp(-3)) - 0.5)) < 1e-15);
    model_release(model);
    model_release(shadow);
}
END_TEST

/* Of x = 0 both have the offset's probability; without it in one, they would differ. */
START_TEST(an_offset_counts_in_both)
{
    static const double cells[] = {0, 0}, offset[] = {2, -1}, scores[] = {2, -1};
    static const size_t ends[] = {0, 0};
    struct model *dense = import(LINE("1")), *sparse = import(SPARSE("2", "1,1"));
    const struct shadow_rows rows[] = {
        {.n = 2, .cells = cells, .offset = offset, .scores = scores},
        {.n = 2, .ends = ends, .offset = offset, .scores = scores},
    };
    for (size_t i = 0; i < 2; i++) {
        struct alias_tally_counts counts = {0};
        struct model *model = i == 0 ? dense : sparse;
        ck_assert_int_eq(shadow_compare(model, &rows[i], model, &counts, NULL), 0);
        ck_assert_uint_eq(counts.n_compared, 2);
        ck_assert(counts.n_disagree == 0 && counts.largest_difference == 0);
    }
    model_release(dense);
    model_release(sparse);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const double cells[] = {1}, scores[] = {1};
    const struct shadow_rows rows = {.n = 1, .cells = cells, .scores = scores};
    struct model *model = import(LINE("1"));
    int result = -1;
    for (long n = 0; result < 0; n++) {
        struct alias_tally_counts counts = {0};
        memory_fail_after(n);
        result = shadow_compare(model, &rows, model, &counts, NULL);
        memory_fail_after(-1);
        ck_assert_uint_eq(counts.n_compared, result == 0);
    }
    model_release(model);
}
END_TEST

TCase *shadow_compare_test(void)
{
    TCase *tcase = tcase_create("shadow_compare");
    tcase_add_test(tcase, labels_and_probabilities_are_compared);
    tcase_add_test(tcase, inputs_and_levels_are_found_by_name);
    tcase_add_test(tcase, rows_that_the_shadow_cannot_do_with_are_counted);
    tcase_add_test(tcase, numbers_are_categories_and_back_by_their_text);
    tcase_add_test(tcase, numbers_predicted_are_compared_as_they_are);
    tcase_add_test(tcase, models_that_predict_other_things_have_labels_at_most_in_common);
    tcase_add_test(tcase, sparse_rows_are_compared_entry_by_entry);
    tcase_add_test(tcase, an_offset_counts_in_both);
    tcase_add_test(tcase, every_allocation_may_fail);
    return tcase;
}
