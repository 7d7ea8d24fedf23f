#include "core/optim/cone.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/vectors.h"

/* A family that is listed after all: [n_members × n]. */
struct family {
    size_t n, n_members;
    const double *members;
    size_t n_asked, fails_at;
};

static int find_violated(void *context, const double *delta, double *a, bool *found,
                         struct error *err)
{
    struct family *family = context;
    double least = -1e-12;
    *found = false;
    if (++family->n_asked == family->fails_at)
        return error_set(err, ERROR_CANCELLED, "asked often enough");
    for (size_t i = 0; i < family->n_members; i++) {
        const double *member = family->members + i * family->n;
        double product = vectors_dot(member, delta, family->n);
        if (product < least) {
            least = product;
            memcpy(a, member, family->n * sizeof(*a));
            *found = true;
        }
    }
    return 0;
}

static void project(struct family *family, double *b)
{
    const struct cone_oracle oracle = {.violated = find_violated, .context = family};
    ck_assert_int_eq(cone_project(&oracle, family->n, b, NULL), 0);
}

START_TEST(the_nearest_point_of_an_orthant_is_the_positive_part)
{
    static const double members[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    struct family family = {.n = 3, .n_members = 3, .members = members};
    double b[] = {0.5, -0.25, 0.125};
    project(&family, b);
    ck_assert_double_eq_tol(b[0], 0.5, 1e-15);
    ck_assert_double_eq_tol(b[1], 0, 1e-15);
    ck_assert_double_eq_tol(b[2], 0.125, 1e-15);
}
END_TEST

/* y ≥ |x|: what is below both edges goes to the tip; beside one, to that edge. */
START_TEST(a_wedge_has_a_tip_and_two_edges)
{
    static const double members[] = {1, 1, -1, 1};
    struct family family = {.n = 2, .n_members = 2, .members = members};
    double below[] = {0.1, -0.5}, beside[] = {0.5, 0}, within[] = {0.1, 0.3};
    project(&family, below);
    ck_assert(below[0] == 0 && below[1] == 0);
    project(&family, beside);
    ck_assert_double_eq_tol(beside[0], 0.25, 1e-15);
    ck_assert_double_eq_tol(beside[1], 0.25, 1e-15);
    project(&family, within);
    ck_assert(within[0] == 0.1 && within[1] == 0.3);
}
END_TEST

/* The conditions of Moreau: in the cone, and b - r is in the polar of it, so that r'(b -
 * r) = 0 and no direction of the cone, of which members' sums give some, is nearer. */
START_TEST(projections_satisfy_the_optimality_conditions)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct random random = random_start(seed, 3);
        double members[30 * 6], b[6], r[6];
        struct family family = {.n = 1 + random_below(&random, 6),
                                .n_members = 1 + random_below(&random, 30),
                                .members = members};
        for (size_t i = 0; i < family.n_members * family.n; i++)
            members[i] = (double)random_below(&random, 7) / 6 - (seed % 2 ? 0.5 : 0.2);
        for (size_t i = 0; i < family.n; i++)
            r[i] = b[i] = random_uniform(&random) - 0.5;
        project(&family, r);
        for (size_t i = 0; i < family.n_members; i++)
            ck_assert_double_ge(vectors_dot(members + i * family.n, r, family.n), -1e-12);
        ck_assert_double_eq_tol(vectors_dot(b, r, family.n), vectors_dot(r, r, family.n),
                                1e-12);
    }
}
END_TEST

START_TEST(an_error_of_the_oracle_and_of_memory_ends_it)
{
    static const double members[] = {1, 1, -1, 1};
    struct family family = {.n = 2, .n_members = 2, .members = members, .fails_at = 2};
    const struct cone_oracle oracle = {.violated = find_violated, .context = &family};
    double b[] = {0.1, -0.5};
    struct error err = {0};
    ck_assert_int_eq(cone_project(&oracle, 2, b, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert(b[0] == 0.1 && b[1] == -0.5);
    for (int n = 0; n < 7; n++) {
        struct error none = {0};
        memory_fail_after(n);
        ck_assert_int_eq(cone_project(&oracle, 2, b, &none), -1);
        memory_fail_after(-1);
        ck_assert_int_eq(none.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *cone_test(void)
{
    TCase *tests = tcase_create("cone");
    tcase_add_test(tests, the_nearest_point_of_an_orthant_is_the_positive_part);
    tcase_add_test(tests, a_wedge_has_a_tip_and_two_edges);
    tcase_add_test(tests, projections_satisfy_the_optimality_conditions);
    tcase_add_test(tests, an_error_of_the_oracle_and_of_memory_ends_it);
    return tests;
}
