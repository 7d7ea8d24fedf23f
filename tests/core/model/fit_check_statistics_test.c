#include "core/model/fit_check_statistics.h"

#include <check.h>
#include <string.h>

#include "core/model/row_residuals.h"

static struct fit_request request;
static struct summary summary;
static struct error found;
static size_t n_found;

static void setup(void)
{
    request = fit_defaults;
    request.target = "y";
    summary = (struct summary){.n_rows = ROW_RESIDUALS_MOST_ROWS};
    n_found = 0;
}

static void on_problem(void *context, const struct error *problem)
{
    (void)context;
    found = *problem;
    n_found++;
}

static const struct {
    struct fit_statistics details;
    int statistics;
    double l2, l1;
    const char *family, *pointer; /* NULL: nothing is wrong */
    enum error_code code;
} cases[] = {
    {{.confidence = .5}, -1, 0, 0, "auto", NULL, 0},
    {{.confidence = .9, .covariance = COVARIANCE_HC1}, -1, 0, 0, "auto", NULL, 0},
    {{.confidence = .9, .covariance = COVARIANCE_CLUSTER, .cluster = "g"},
     -1,
     0,
     0,
     "auto",
     NULL,
     0},
    {{.confidence = .9, .profile = true, .vif = true, .marginal_effects = true},
     1,
     0.1,
     0,
     "binomial",
     NULL,
     0},
    {{.confidence = .9, .residuals = true}, 0, 0.1, 0, "auto", NULL, 0},
    {{.confidence = .9}, -1, 0, 0, "gaussian", NULL, 0},
    {{.confidence = 1}, -1, 0, 0, "auto", "/confidence", ERROR_OUT_OF_RANGE},
    {{.confidence = 0}, -1, 0, 0, "auto", "/confidence", ERROR_OUT_OF_RANGE},
    {{.confidence = .9, .covariance = COVARIANCE_CLUSTER},
     -1,
     0,
     0,
     "auto",
     "/cluster",
     ERROR_MISSING_FIELD},
    {{.confidence = .9, .cluster = "g"}, -1, 0, 0, "auto", "/cluster", ERROR_INVALID},
    {{.confidence = .9, .profile = true, .covariance = COVARIANCE_HC0},
     -1,
     0,
     0,
     "auto",
     "/intervals",
     ERROR_INVALID},
    {{.confidence = .9, .profile = true}, 1, 0, 0.1, "auto", "/intervals", ERROR_INVALID},
    {{.confidence = .9, .profile = true},
     -1,
     0.1,
     0,
     "auto",
     "/intervals",
     ERROR_INVALID},
    {{.confidence = .9, .covariance = COVARIANCE_HC0},
     0,
     0,
     0,
     "auto",
     "/covariance",
     ERROR_INVALID},
    {{.confidence = .9, .marginal_effects = true},
     0,
     0,
     0,
     "auto",
     "/marginal_effects",
     ERROR_INVALID},
    {{.confidence = .9, .vif = true}, -1, 0.1, 0, "auto", "/vif", ERROR_INVALID},
    {{.confidence = .9, .vif = true}, -1, 0, 0, "gaussian", "/family", ERROR_INVALID},
    {{.confidence = .9, .residuals = true}, -1, 0, 0, "hinge", "/family", ERROR_INVALID},
};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

START_TEST(what_is_asked_must_go_together)
{
    request.details = cases[_i].details;
    request.statistics = cases[_i].statistics;
    request.l2 = cases[_i].l2;
    request.l1 = cases[_i].l1;
    request.family = cases[_i].family;
    long n = fit_check_statistics(&request, &summary, on_problem, NULL);
    ck_assert_uint_eq(n_found, (size_t)n);
    ck_assert_int_eq(n, cases[_i].pointer != NULL);
    if (!cases[_i].pointer)
        return;
    ck_assert_str_eq(found.place, cases[_i].pointer);
    ck_assert_int_eq(found.code, cases[_i].code);
}
END_TEST

START_TEST(residuals_are_kept_of_so_many_rows)
{
    request.details.residuals = true;
    ck_assert_int_eq(fit_check_statistics(&request, &summary, on_problem, NULL), 0);
    summary.n_rows++;
    ck_assert_int_eq(fit_check_statistics(&request, &summary, on_problem, NULL), 1);
    ck_assert_str_eq(found.place, "/residuals");
    ck_assert_int_eq(found.code, ERROR_TOO_LARGE);
}
END_TEST

TCase *fit_check_statistics_test(void)
{
    TCase *tests = tcase_create("fit_check_statistics");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, what_is_asked_must_go_together, 0, N_CASES);
    tcase_add_test(tests, residuals_are_kept_of_so_many_rows);
    return tests;
}
