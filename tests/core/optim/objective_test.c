#include "core/optim/objective.h"

#include <check.h>

#include "core/base/memory.h"

struct counted {
    unsigned asked[8];
    size_t n_asked;
    int n_states;
    int fails;
};

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct counted *counted = context;
    if (counted->fails)
        return error_set(err, ERROR_TIME_LIMIT, "time is over");
    counted->asked[counted->n_asked++] = want;
    point->value = 3;
    return 0;
}

static int new_state(void *context, void **state, struct error *err)
{
    struct counted *counted = context;
    *state = memory_new(1, 1, err);
    counted->n_states += *state != NULL;
    return *state ? 0 : -1;
}

static void free_state(void *context, void *state)
{
    struct counted *counted = context;
    counted->n_states--;
    memory_free(state);
}

static const struct objective_ops ops = {
    .evaluate = evaluate, .new_state = new_state, .free_state = free_state};

START_TEST(only_what_is_missing_is_evaluated)
{
    struct counted counted = {0};
    const struct objective objective = {.n = 2, .ops = &ops, .context = &counted};
    struct objective_point point;
    ck_assert_int_eq(objective_point_new(&objective,
                                         OBJECTIVE_HESSIAN | OBJECTIVE_CURVATURE, &point,
                                         NULL),
                     0);
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, NULL), 0);
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, NULL), 0);
    ck_assert_int_eq(objective_evaluate(&objective, &point,
                                        OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, NULL),
                     0);
    ck_assert_uint_eq(counted.n_asked, 2);
    ck_assert_uint_eq(counted.asked[0], OBJECTIVE_VALUE);
    ck_assert_uint_eq(counted.asked[1], OBJECTIVE_GRADIENT);
    ck_assert_uint_eq(point.have, OBJECTIVE_VALUE | OBJECTIVE_GRADIENT);
    ck_assert_int_eq(counted.n_states, 1);
    objective_point_free(&objective, &point);
    ck_assert_int_eq(counted.n_states, 0);
}
END_TEST

START_TEST(a_failed_evaluation_leaves_what_was_known)
{
    struct counted counted = {0};
    const struct objective objective = {.n = 2, .ops = &ops, .context = &counted};
    struct objective_point point;
    struct error err = {0};
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    ck_assert_ptr_null(point.hessian);
    ck_assert_ptr_null(point.state);
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, NULL), 0);
    counted.fails = 1;
    ck_assert_int_lt(objective_evaluate(&objective, &point, OBJECTIVE_GRADIENT, &err), 0);
    ck_assert_int_eq(err.code, ERROR_TIME_LIMIT);
    ck_assert_uint_eq(point.have, OBJECTIVE_VALUE);
    objective_point_free(&objective, &point);
}
END_TEST

START_TEST(each_failed_allocation_is_told_and_leaks_nothing)
{
    struct counted counted = {0};
    const struct objective objective = {.n = 2, .ops = &ops, .context = &counted};
    long n = 0;
    for (;; n++) {
        struct objective_point point;
        struct error err = {0};
        memory_fail_after(n);
        int status = objective_point_new(
            &objective, OBJECTIVE_HESSIAN | OBJECTIVE_CURVATURE, &point, &err);
        memory_fail_after(-1);
        if (status == 0) {
            objective_point_free(&objective, &point);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_eq(counted.n_states, 0);
    }
    ck_assert_int_eq(n, 4);
}
END_TEST

START_TEST(a_hessian_too_large_to_count_is_refused)
{
    struct counted counted = {0};
    const struct objective objective = {
        .n = SIZE_MAX / 2, .ops = &ops, .context = &counted};
    struct objective_point point;
    struct error err = {0};
    ck_assert_int_lt(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

TCase *objective_test(void)
{
    TCase *tests = tcase_create("objective");
    tcase_add_test(tests, only_what_is_missing_is_evaluated);
    tcase_add_test(tests, a_failed_evaluation_leaves_what_was_known);
    tcase_add_test(tests, each_failed_allocation_is_told_and_leaks_nothing);
    tcase_add_test(tests, a_hessian_too_large_to_count_is_refused);
    return tests;
}
