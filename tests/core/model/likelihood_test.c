#include "core/model/likelihood.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "tests/support/made_design.h"

#define H 1e-100 /* of complex steps, which cancel nothing */
#define MOST 40

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static struct likelihood likelihood;
static struct objective objective;
static struct objective_point point;
static const struct estimate_hooks hooks = {0};
static double tolerance;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    tolerance = 1e-11;
}

static void teardown(void)
{
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    design_free(&design);
    pool_free(pool);
}

/* Rows of several blocks, with weights (some 0) and, of two classes, offsets and some
 * shares of successes; one column is nearly another. */
static void make(size_t n_classes, size_t n_rows, size_t n_columns)
{
    struct random random = random_start(4, 1);
    made_design_new(&design, n_rows, n_columns, n_classes);
    made_design_draw(&design, 5, 0.7);
    made_design_add_weights(&design);
    if (n_classes == 2)
        made_design_add_offset(&design);
    for (size_t i = 0; i < n_rows; i++) {
        double *x = design.x + i * n_columns;
        x[0] = 3 * x[0] + 2;
        x[2] = x[0] + 1e-3 * x[2];
        design.weights[i] = i % 7 == 0 ? 0 : 2 * random_uniform(&random);
        if (n_classes == 2) {
            design.offset[i] = random_normal(&random);
            design.y[i] = i % 5 == 0 ? random_uniform(&random) : design.y[i];
        }
    }
    made_design_weigh(&design);
    options = made_design_options(&design);
}

static void prepare(void)
{
    struct random random = random_start(6, 0);
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, &design, &basis, &survey, &options,
                                    &hooks, pool, true, NULL),
                     0);
    objective = likelihood_objective(&likelihood);
    ck_assert_uint_le(likelihood.n, MOST);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    for (size_t i = 0; i < likelihood.n; i++)
        point.beta[i] = 0.3 * random_normal(&random);
    ck_assert_int_eq(objective_evaluate(
                         &objective, &point,
                         OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN, NULL),
                     0);
}

static void to_terms(const double *beta, double *terms)
{
    size_t n_terms = basis.n_columns + basis.intercept;
    for (size_t b = 0; b < likelihood.n_blocks; b++)
        basis_to_terms(&basis, beta + b * basis.n_terms, terms + b * n_terms);
}

/* ½ l2 Σ_j f_j Σ_k (w_kj - w̄_j)², over all classes of a multinomial. */
static double complex penalty(const double complex *terms)
{
    size_t n_blocks = likelihood.n_blocks, n_terms = basis.n_columns + basis.intercept;
    double complex sum = 0;
    for (size_t j = basis.intercept; j < n_terms; j++) {
        double factor = options.factors ? options.factors[j - basis.intercept] : 1;
        double complex mean = 0, squares = 0;
        for (size_t b = 0; b < n_blocks; b++) {
            mean += terms[b * n_terms + j] / (double)(n_blocks + 1);
            squares += terms[b * n_terms + j] * terms[b * n_terms + j];
        }
        if (likelihood.loss->in_classes)
            squares -= (double)(n_blocks + 1) * mean * mean;
        sum += factor * squares;
    }
    return options.l2 * sum / 2;
}

static double complex loss_along(const double *terms, const double *direction,
                                 double complex step)
{
    double complex moved[MOST];
    size_t n = likelihood.n_blocks * (basis.n_columns + basis.intercept);
    for (size_t i = 0; i < n; i++)
        moved[i] = terms[i] + step * direction[i];
    return made_design_loss(&design, &options, moved) + penalty(moved);
}

static void check_value_and_gradient(void)
{
    double terms[MOST], direction[MOST], unit[MOST] = {0};
    to_terms(point.beta, terms);
    double expected = creal(loss_along(terms, terms, 0));
    ck_assert_double_eq_tol(point.value, expected, tolerance / 100 * (1 + expected));
    for (size_t i = 0; i < likelihood.n; i++) {
        unit[i] = 1;
        to_terms(unit, direction);
        unit[i] = 0;
        expected = cimag(loss_along(terms, direction, H * I)) / H;
        ck_assert_double_eq_tol(point.gradient[i], expected,
                                tolerance * (1 + fabs(expected)));
    }
}

/* Complex steps of the gradient's formula along one basis vector, times another; the
 * penalty, a quadratic, by values of it. */
static double second_derivative(const double *terms, const double *a, const double *b)
{
    double complex moved[MOST], gradient[MOST], sum[MOST], difference[MOST];
    size_t n = likelihood.n_blocks * (basis.n_columns + basis.intercept);
    double result = 0;
    for (size_t i = 0; i < n; i++) {
        moved[i] = terms[i] + H * I * a[i];
        sum[i] = a[i] + b[i];
        difference[i] = a[i] - b[i];
    }
    made_design_gradient(&design, &options, moved, gradient);
    for (size_t i = 0; i < n; i++)
        result += cimag(gradient[i]) / H * b[i];
    return result + creal(penalty(sum) - penalty(difference)) / 2;
}

static void check_hessian(void)
{
    double terms[MOST], a[MOST], b[MOST], unit[MOST] = {0};
    to_terms(point.beta, terms);
    for (size_t i = 0; i < likelihood.n; i++)
        for (size_t j = 0; j <= i; j++) {
            unit[i] = 1;
            to_terms(unit, a);
            unit[i] = 0;
            unit[j] = 1;
            to_terms(unit, b);
            unit[j] = 0;
            double expected = second_derivative(terms, a, b);
            ck_assert_double_eq_tol(point.hessian[i * likelihood.n + j], expected,
                                    tolerance * (1 + fabs(expected)));
        }
}

/* A product and the diagonal, against the matrix; sums of another order. */
static void check_products(void)
{
    struct random random = random_start(8, 0);
    struct objective_point other;
    double v[MOST], product[MOST], diagonal[MOST], scale[MOST] = {0};
    size_t n = likelihood.n;
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &other, NULL),
                     0);
    memcpy(other.beta, point.beta, n * sizeof(double));
    ck_assert_int_eq(objective_evaluate(&objective, &other,
                                        OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE, NULL),
                     0);
    /* rows as they lie are rounded otherwise */
    for (size_t i = 0; i < n; i++)
        ck_assert(fabs(other.gradient[i] - point.gradient[i]) <=
                  (likelihood.is_raw ? 1e-15 : 0));
    for (size_t i = 0; i < n; i++)
        v[i] = random_normal(&random);
    ck_assert_int_eq(
        objective.ops->hessian_product(&likelihood, &other, v, product, NULL), 0);
    ck_assert_int_eq(objective.ops->hessian_diagonal(&likelihood, &other, diagonal, NULL),
                     0);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double cell = point.hessian[i > j ? i * n + j : j * n + i];
            product[i] -= cell * v[j];
            scale[i] += fabs(cell * v[j]);
        }
        ck_assert_double_le(fabs(product[i]), 1e-12 * scale[i]);
        ck_assert_double_eq_tol(diagonal[i] / point.hessian[i * n + i], 1, 1e-12);
    }
    objective_point_free(&objective, &other);
}

static void check_all(void)
{
    prepare();
    check_value_and_gradient();
    check_hessian();
    check_products();
}

START_TEST(binomial_derivatives_are_those_of_the_formula)
{
    make(2, 2500, 4);
    check_all();
}
END_TEST

START_TEST(multinomial_derivatives_are_those_of_the_formula)
{
    make(4, 1500, 3);
    check_all();
}
END_TEST

/* Fewer than a kernel sees to at a time: what they write must be theirs. */
START_TEST(few_rows_have_room_enough)
{
    make((size_t)_i % 5 + 2, (size_t)_i / 5 * 4 + 9, 3);
    options.l2 = 0.7;
    check_all();
}
END_TEST

START_TEST(no_intercept_is_needed)
{
    make(3, 300, 3);
    options.intercept = false;
    check_all();
}
END_TEST

START_TEST(penalties_add_their_part)
{
    static const double factors[] = {1, 0.5, 2, 0};
    make(2, 300, 4);
    options.l2 = 0.7;
    options.factors = factors;
    check_all();
}
END_TEST

START_TEST(a_multinomial_penalty_is_on_centred_coefficients)
{
    static const double factors[] = {1, 0.5, 2};
    make(3, 300, 3);
    options.l2 = 0.7;
    options.factors = factors;
    check_all();
}
END_TEST

START_TEST(rows_as_they_lie_have_the_derivatives_of_those_in_the_basis)
{
    make((size_t)_i, 300, 3);
    options.family = FAMILY_MULTINOMIAL;
    options.l2 = 0.7;
    prepare();
    ck_assert(likelihood.is_raw);
    check_products();
}
END_TEST

START_TEST(the_penalty_of_mixed_columns_is_that_of_the_columns)
{
    make(3, 300, 4);
    for (size_t i = 0; i < 300; i++) {
        double *x = design.x + 4 * i, other = x[1] * x[3];
        x[2] = x[0] + 3e-5 * other;
        x[3] = x[0] - x[1] + 3e-5 * x[3];
    }
    options.l2 = 1e-9;
    tolerance = 1e-9; /* what is left of the formula where coefficients are near 1e5 */
    prepare();
    ck_assert_uint_eq(basis.n_mixed, 2);
    check_value_and_gradient();
    check_hessian();
}
END_TEST

START_TEST(many_columns_go_in_several_chunks_of_a_block)
{
    enum { COLUMNS = 700 }; /* chunks of 64 rows */
    made_design_new(&design, 150, COLUMNS, 2);
    made_design_draw(&design, 5, 0.1);
    options = made_design_options(&design);
    options.l2 = 1;
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, &design, &basis, &survey, &options,
                                    &hooks, pool, true, NULL),
                     0);
    objective = likelihood_objective(&likelihood);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_HESSIAN, NULL), 0);
    ck_assert_double_eq_tol(point.value, log(2), 1e-15);
    ck_assert_double_eq_tol(point.hessian[0], 0.25, 1e-15);
}
END_TEST

START_TEST(misplaced_rows_are_weighed)
{
    make(3, 40, 3);
    prepare();
    /* at 0 all margins are equal: no row has its class alone in front */
    memset(point.beta, 0, likelihood.n * sizeof(double));
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, NULL), 0);
    ck_assert_double_eq_tol(likelihood.misplaced_weight, design.sum_weights, 1e-12);
    /* with one intercept in front, all rows but those of its class */
    point.beta[0] = 1;
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, NULL), 0);
    ck_assert_double_eq_tol(likelihood.misplaced_weight,
                            design.sum_weights - survey.class_weights[1], 1e-12);
}
END_TEST

START_TEST(what_is_not_finite_is_named)
{
    struct error err = {0};
    make(2, 40, 3);
    prepare();
    point.beta[2] = NAN;
    point.have = 0;
    ck_assert_int_lt(objective_evaluate(&objective, &point, OBJECTIVE_GRADIENT, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "column (intercept)");
    error_clear(&err);
    point.beta[2] = INFINITY;
    ck_assert_int_lt(objective_evaluate(&objective, &point, OBJECTIVE_VALUE, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static double hessian[MOST * MOST];
    make(3, 5000, 3);
    prepare();
    size_t n_bytes = likelihood.n * likelihood.n * sizeof(double);
    double value = point.value;
    memcpy(hessian, point.hessian, n_bytes);
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
    pool = pool_new(7, 0, NULL);
    prepare();
    ck_assert_double_eq(point.value, value);
    ck_assert_mem_eq(hessian, point.hessian, n_bytes);
}
END_TEST

/* ---- some of the rows ---- */

#define MOST_ROWS 5000

static size_t order[MOST_ROWS];

static void take_rows(size_t n, double *gradient)
{
    struct error err = {0};
    ck_assert_msg(objective.ops->rows_gradient(objective.context, point.beta, order, n,
                                               gradient, &err) == 0,
                  "%s", err.message);
}

static void shuffle_rows(size_t n)
{
    struct random random = random_start(3, 0);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    random_shuffle(&random, order, n);
}

/* Batches of equal size: their mean is the gradient. */
static void check_batches(size_t n_rows, size_t n_batches)
{
    double gradient[MOST], mean[MOST] = {0};
    struct objective_point all = point;
    ck_assert_uint_eq(objective.ops->n_rows(objective.context), n_rows);
    shuffle_rows(n_rows);
    take_rows(n_rows, gradient);
    for (size_t i = 0; i < likelihood.n; i++)
        ck_assert_double_eq_tol(gradient[i], all.gradient[i], 1e-13);
    for (size_t b = 0; b < n_batches; b++) {
        ck_assert_int_eq(objective.ops->rows_gradient(objective.context, point.beta,
                                                      order + b * (n_rows / n_batches),
                                                      n_rows / n_batches, gradient, NULL),
                         0);
        for (size_t i = 0; i < likelihood.n; i++)
            mean[i] += gradient[i] / (double)n_batches;
    }
    for (size_t i = 0; i < likelihood.n; i++)
        ck_assert_double_eq_tol(mean[i], all.gradient[i], 1e-13);
}

START_TEST(batches_are_the_gradient_in_the_mean)
{
    make(_i ? 2 : 4, 2400, 3);
    options.l2 = 0.3;
    prepare();
    check_batches(2400, 1);
    check_batches(2400, 2);
    check_batches(2400, 75);
    check_batches(2400, 2400);
}
END_TEST

START_TEST(a_row_asked_for_twice_counts_twice)
{
    double once[MOST], twice[MOST];
    make(3, 300, 3);
    prepare();
    order[0] = 5;
    take_rows(1, once);
    order[1] = 5;
    take_rows(2, twice);
    for (size_t i = 0; i < likelihood.n; i++)
        ck_assert_double_eq_tol(once[i], twice[i], 1e-14);
}
END_TEST

START_TEST(rows_of_no_weight_say_nothing)
{
    double gradient[MOST];
    make(2, 300, 3);
    prepare();
    order[0] = 7; /* every seventh has none */
    order[1] = 14;
    take_rows(2, gradient);
    for (size_t i = 0; i < likelihood.n; i++)
        ck_assert_double_eq(gradient[i], 0);
}
END_TEST

START_TEST(batches_have_the_same_bits_for_any_number_of_threads)
{
    static double first[MOST], other[MOST];
    make(3, MOST_ROWS, 3);
    prepare();
    shuffle_rows(MOST_ROWS);
    take_rows(MOST_ROWS - 7, first);
    for (size_t n_threads = 1; n_threads <= 8; n_threads++) {
        objective_point_free(&objective, &point);
        likelihood_free(&likelihood);
        basis_free(&basis);
        survey_free(&survey);
        pool_free(pool);
        pool = pool_new(n_threads, 0, NULL);
        prepare();
        take_rows(MOST_ROWS - 7, other);
        ck_assert_mem_eq(first, other, likelihood.n * sizeof(double));
    }
}
END_TEST

static void make_product(double *product, double *diagonal)
{
    struct objective_point here;
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &here, NULL),
                     0);
    memcpy(here.beta, point.beta, likelihood.n * sizeof(double));
    ck_assert_int_eq(objective_evaluate(&objective, &here, OBJECTIVE_CURVATURE, NULL), 0);
    ck_assert_int_eq(
        objective.ops->hessian_product(&likelihood, &here, point.gradient, product, NULL),
        0);
    ck_assert_int_eq(objective.ops->hessian_diagonal(&likelihood, &here, diagonal, NULL),
                     0);
    objective_point_free(&objective, &here);
}

START_TEST(products_do_not_depend_on_the_number_of_threads)
{
    double product[2][MOST], diagonal[2][MOST];
    make(3, 5000, 3);
    prepare();
    make_product(product[0], diagonal[0]);
    size_t n_bytes = likelihood.n * sizeof(double);
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
    pool = pool_new(7, 0, NULL);
    prepare();
    make_product(product[1], diagonal[1]);
    ck_assert_mem_eq(product[0], product[1], n_bytes);
    ck_assert_mem_eq(diagonal[0], diagonal[1], n_bytes);
}
END_TEST

static bool always(void *context)
{
    (void)context;
    return true;
}

START_TEST(batches_are_given_up_when_told)
{
    static const struct estimate_hooks over = {.watch = {.is_over = always}};
    double gradient[MOST], curvature;
    make(2, 3000, 3);
    prepare();
    shuffle_rows(3000);
    likelihood.hooks = &over;
    for (size_t n = 30; n <= 3000; n *= 100) {
        struct error err = {0};
        ck_assert_int_lt(objective.ops->rows_gradient(objective.context, point.beta,
                                                      order, n, gradient, &err),
                         0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
    }
    struct error err = {0};
    ck_assert_int_lt(
        objective.ops->greatest_curvature(objective.context, &curvature, &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    likelihood.hooks = &hooks;
}
END_TEST

/* ---- at several places at once ---- */

enum { SEVERAL = 5 };

static struct objective_point places[SEVERAL];

static void free_places(void)
{
    for (size_t k = 0; k < SEVERAL; k++)
        objective_point_free(&objective, &places[k]);
}

/* Around the point that `prepare` draws. */
static void make_places(void)
{
    for (size_t k = 0; k < SEVERAL; k++) {
        ck_assert_int_eq(objective_point_new(&objective, 0, &places[k], NULL), 0);
        for (size_t i = 0; i < likelihood.n; i++)
            places[k].beta[i] = point.beta[i] * (1 + 0.3 * (double)k);
    }
}

/* Passes of one, of three and two, of all five. */
START_TEST(several_points_have_the_bits_of_each_alone)
{
    struct objective_point *together[SEVERAL], alone = {0};
    make(_i & 1 ? 2 : 4, 2500, 3);
    options.l2 = 0.3;
    options.n_at_once = _i < 2 ? 0 : _i < 4 ? 3 : 5;
    prepare();
    make_places();
    for (size_t k = 0; k < SEVERAL; k++)
        together[k] = &places[k];
    ck_assert_int_eq(objective_evaluate_several(&objective, together, SEVERAL,
                                                OBJECTIVE_VALUE | OBJECTIVE_GRADIENT,
                                                NULL),
                     0);
    ck_assert_int_eq(objective_point_new(&objective, 0, &alone, NULL), 0);
    for (size_t k = 0; k < SEVERAL; k++) {
        memcpy(alone.beta, places[k].beta, likelihood.n * sizeof(double));
        alone.have = 0;
        ck_assert_int_eq(objective_evaluate(&objective, &alone,
                                            OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, NULL),
                         0);
        ck_assert_double_eq(alone.value, places[k].value);
        ck_assert_mem_eq(alone.gradient, places[k].gradient,
                         likelihood.n * sizeof(double));
        ck_assert_uint_eq(places[k].have, OBJECTIVE_VALUE | OBJECTIVE_GRADIENT);
    }
    objective_point_free(&objective, &alone);
    free_places();
}
END_TEST

START_TEST(a_batch_has_the_same_bits_for_several)
{
    const double *betas[SEVERAL];
    double *gradients[SEVERAL], gradient[MOST];
    make(_i & 1 ? 2 : 4, 2500, 3);
    options.l2 = 0.3;
    options.n_at_once = _i < 2 ? 0 : _i < 4 ? 3 : 5;
    prepare();
    make_places();
    shuffle_rows(2500);
    for (size_t k = 0; k < SEVERAL; k++) {
        betas[k] = places[k].beta;
        gradients[k] = places[k].gradient;
    }
    for (size_t n = 40; n <= 2500; n += 820) { /* within a block, and of several */
        ck_assert_int_eq(objective_rows_gradients(&objective, betas, SEVERAL, order, n,
                                                  gradients, NULL),
                         0);
        for (size_t k = 0; k < SEVERAL; k++) {
            ck_assert_int_eq(objective.ops->rows_gradient(objective.context, betas[k],
                                                          order, n, gradient, NULL),
                             0);
            ck_assert_mem_eq(gradient, gradients[k], likelihood.n * sizeof(double));
        }
    }
    free_places();
}
END_TEST

START_TEST(one_of_several_that_is_not_finite_leaves_the_others)
{
    struct objective_point *together[SEVERAL];
    const double *betas[SEVERAL];
    double *gradients[SEVERAL];
    make(2, 300, 3);
    options.n_at_once = (size_t)_i;
    prepare();
    make_places();
    shuffle_rows(300);
    places[2].beta[1] = NAN;
    for (size_t k = 0; k < SEVERAL; k++) {
        together[k] = &places[k];
        betas[k] = places[k].beta;
        gradients[k] = places[k].gradient;
    }
    ck_assert_int_eq(
        objective_evaluate_several(&objective, together, SEVERAL, OBJECTIVE_VALUE, NULL),
        0);
    ck_assert_int_eq(
        objective_rows_gradients(&objective, betas, SEVERAL, order, 9, gradients, NULL),
        0);
    for (size_t k = 0; k < SEVERAL; k++) {
        ck_assert(isfinite(places[k].value) == (k != 2));
        ck_assert(isfinite(gradients[k][0]) == (k != 2));
    }
    free_places();
}
END_TEST

START_TEST(a_batch_that_is_not_finite_names_its_column)
{
    double gradient[MOST];
    struct error err = {0};
    make(2, 40, 3);
    prepare();
    order[0] = 1;
    point.beta[1] = NAN;
    ck_assert_int_lt(objective.ops->rows_gradient(objective.context, point.beta, order, 1,
                                                  gradient, &err),
                     0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "column (intercept)");
}
END_TEST

/* ---- the greatest curvature ---- */

/* v'Hv/v'v, the greatest of power iterations. */
static double hessian_reaches(void)
{
    double v[MOST], product[MOST], greatest = 0;
    size_t n = likelihood.n;
    for (size_t i = 0; i < n; i++)
        v[i] = 1 + 0.1 * (double)i;
    for (size_t k = 0; k < 200; k++) {
        double size = 0;
        for (size_t i = 0; i < n; i++) {
            product[i] = 0;
            for (size_t j = 0; j < n; j++)
                product[i] += point.hessian[i > j ? i * n + j : j * n + i] * v[j];
        }
        for (size_t i = 0; i < n; i++)
            size = hypot(size, product[i]);
        for (size_t i = 0; i < n; i++)
            v[i] = product[i] / size;
        greatest = size;
    }
    return greatest;
}

START_TEST(no_curvature_is_beyond_the_bound)
{
    double curvature, factor = _i ? 1 : 2; /* of two classes at 0 it is reached */
    make(_i ? 2 : 4, 700, 3);
    options.l2 = 0.3;
    if (design.offset)
        memset(design.offset, 0, 700 * sizeof(double));
    prepare();
    ck_assert_int_eq(
        objective.ops->greatest_curvature(objective.context, &curvature, NULL), 0);
    ck_assert_double_le(hessian_reaches(), curvature * (1 + 1e-12));
    memset(point.beta, 0, likelihood.n * sizeof(double));
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point, OBJECTIVE_HESSIAN, NULL), 0);
    ck_assert_double_le(hessian_reaches(), curvature * (1 + 1e-12));
    ck_assert_double_ge(hessian_reaches() * factor, curvature * (1 - 1e-12));
}
END_TEST

START_TEST(the_bound_tells_of_failed_allocations)
{
    double curvature;
    int status = -1;
    long n = 0;
    make(3, 300, 3);
    prepare();
    for (; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = objective.ops->greatest_curvature(objective.context, &curvature, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 1);
}
END_TEST

START_TEST(a_product_is_given_up_as_asked_and_names_what_is_not_finite)
{
    static const struct estimate_hooks over = {.watch.is_over = always};
    struct objective_point here;
    struct error err = {0};
    double v[MOST] = {0}, product[MOST];
    make(3, 300, 3);
    prepare();
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &here, NULL),
                     0);
    memcpy(here.beta, point.beta, likelihood.n * sizeof(double));
    ck_assert_int_eq(objective_evaluate(&objective, &here, OBJECTIVE_CURVATURE, NULL), 0);
    v[1] = INFINITY;
    ck_assert_int_lt(objective.ops->hessian_product(&likelihood, &here, v, product, &err),
                     0);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    error_clear(&err);
    likelihood.hooks = &over;
    ck_assert_int_lt(objective.ops->hessian_product(&likelihood, &here, v, product, &err),
                     0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    error_clear(&err);
    ck_assert_int_lt(objective.ops->hessian_diagonal(&likelihood, &here, product, &err),
                     0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    objective_point_free(&objective, &here);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    make(2, 1040, 3); /* of two blocks: each thread has its room */
    options.l2 = 1;
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = likelihood_new(&likelihood, &design, &basis, &survey, &options,
                                    &hooks, pool, true, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 15);
}
END_TEST

TCase *likelihood_test(void)
{
    TCase *tests = tcase_create("likelihood");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, binomial_derivatives_are_those_of_the_formula);
    tcase_add_test(tests, multinomial_derivatives_are_those_of_the_formula);
    tcase_add_test(tests, no_intercept_is_needed);
    tcase_add_loop_test(tests, few_rows_have_room_enough, 0, 20);
    tcase_add_test(tests, penalties_add_their_part);
    tcase_add_test(tests, a_multinomial_penalty_is_on_centred_coefficients);
    tcase_add_loop_test(
        tests, rows_as_they_lie_have_the_derivatives_of_those_in_the_basis, 2, 5);
    tcase_add_test(tests, the_penalty_of_mixed_columns_is_that_of_the_columns);
    tcase_add_test(tests, many_columns_go_in_several_chunks_of_a_block);
    tcase_add_test(tests, misplaced_rows_are_weighed);
    tcase_add_test(tests, what_is_not_finite_is_named);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, products_do_not_depend_on_the_number_of_threads);
    tcase_add_test(tests, a_product_is_given_up_as_asked_and_names_what_is_not_finite);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_loop_test(tests, batches_are_the_gradient_in_the_mean, 0, 2);
    tcase_add_test(tests, a_row_asked_for_twice_counts_twice);
    tcase_add_test(tests, rows_of_no_weight_say_nothing);
    tcase_add_test(tests, batches_have_the_same_bits_for_any_number_of_threads);
    tcase_add_test(tests, batches_are_given_up_when_told);
    tcase_add_loop_test(tests, several_points_have_the_bits_of_each_alone, 0, 6);
    tcase_add_loop_test(tests, a_batch_has_the_same_bits_for_several, 0, 6);
    tcase_add_loop_test(tests, one_of_several_that_is_not_finite_leaves_the_others, 0, 6);
    tcase_add_test(tests, a_batch_that_is_not_finite_names_its_column);
    tcase_add_loop_test(tests, no_curvature_is_beyond_the_bound, 0, 2);
    tcase_add_test(tests, the_bound_tells_of_failed_allocations);
    return tests;
}
