#include "core/model/model.h"

#include <check.h>

#include "core/model/model_assemble.h"
#include "tests/support/small_model.h"

static const double solution[] = {0.5, 1, -2, 3, 8, 4, 5, 6};

START_TEST(a_model_goes_with_its_last_reference)
{
    struct model *model = small_model_binomial(solution);
    ck_assert_ptr_eq(model_retain(model), model);
    model_release(model);
    ck_assert_str_eq(model->classes[1], "yes"); /* ASan sees if it were gone */
    model_release(model);
    model_release(NULL);
}
END_TEST

START_TEST(a_binomial_solution_becomes_the_weights_of_the_positive_class)
{
    struct model *model = small_model_binomial(solution);
    ck_assert(model->intercepts[0] == 0.5);
    ck_assert(model->weights[0] == 1 && model->weights[1] == -2 &&
              model->weights[2] == 3);
    ck_assert_uint_eq(model->n_blocks, 1);
    ck_assert_uint_eq(model->block_class[0], 1);
    model_release(model);
}
END_TEST

START_TEST(multinomial_weights_are_centred_over_all_classes)
{
    struct model *model = small_model_multinomial(solution);
    ck_assert_uint_eq(model->block_class[0], 0);
    ck_assert_uint_eq(model->block_class[1], 2);
    /* intercepts ½, 0, 8; of age 1, 0, 4 */
    ck_assert_double_eq_tol(model->intercepts[0], 0.5 - 8.5 / 3, 1e-15);
    ck_assert_double_eq_tol(model->intercepts[1], -8.5 / 3, 1e-15);
    ck_assert_double_eq_tol(model->weights[2 * 3], 4 - 5.0 / 3, 1e-15);
    for (size_t j = 0; j < 3; j++)
        ck_assert_double_eq_tol(
            model->weights[j] + model->weights[3 + j] + model->weights[6 + j], 0, 1e-15);
    model_release(model);
}
END_TEST

START_TEST(codes_put_the_reference_first_and_the_positive_class_last)
{
    struct model_parts parts = {
        .family = FAMILY_MULTINOMIAL, .n_classes = 4, .reference = 2};
    double codes[4];
    model_assemble_codes(&parts, codes);
    ck_assert(codes[0] == 1 && codes[1] == 2 && codes[2] == 0 && codes[3] == 3);
    parts =
        (struct model_parts){.family = FAMILY_BINOMIAL, .n_classes = 2, .positive = 0};
    model_assemble_codes(&parts, codes);
    ck_assert(codes[0] == 1 && codes[1] == 0);
}
END_TEST

TCase *model_test(void)
{
    TCase *tests = tcase_create("model");
    tcase_add_test(tests, a_model_goes_with_its_last_reference);
    tcase_add_test(tests, a_binomial_solution_becomes_the_weights_of_the_positive_class);
    tcase_add_test(tests, multinomial_weights_are_centred_over_all_classes);
    tcase_add_test(tests, codes_put_the_reference_first_and_the_positive_class_last);
    return tests;
}
