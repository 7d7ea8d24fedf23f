#include "core/model/fit_place.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"

#define MIB ((size_t)1 << 20)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int n_files;

static int scratch_file(void *context, struct error *err)
{
    if (context)
        return error_set(err, ERROR_NO_SPACE, "the disk is full");
    n_files++;
    return csv_table_scratch();
}

static struct budget budget;
static struct fit_room room = {.budget = &budget, .scratch_file = scratch_file};
static struct csv_table table;
static struct pool *pool;
static struct fit_request request;

/* ---- the choice ---- */

static struct fit_place choose(const struct fit_needs *needs, size_t limit)
{
    budget_start(&budget, limit);
    return fit_place_choose(needs, &room, limit, 2);
}

START_TEST(what_leaves_room_for_others_is_in_memory)
{
    const struct fit_needs needs = {
        .arrays = 60 * MIB, .block = MIB / 8, .other = 4 * MIB};
    ck_assert(!choose(&needs, 100 * MIB).is_on_disk);
    ck_assert_uint_eq(choose(&needs, 100 * MIB).memory_bytes, 64 * MIB);
    struct fit_place place = choose(&needs, 80 * MIB);
    ck_assert(place.is_on_disk);
    ck_assert_uint_eq(place.array_bytes, needs.arrays);
    ck_assert_uint_eq(place.memory_bytes, place.resident_bytes + MIB / 4 + 4 * MIB);
    ck_assert_uint_lt(place.memory_bytes, 20 * MIB);
}
END_TEST

START_TEST(no_file_is_made_where_it_spares_nothing_or_cannot_be)
{
    const struct fit_needs small = {.arrays = MIB, .block = MIB, .other = 4 * MIB};
    const struct fit_needs uncounted = {.arrays = SIZE_MAX, .other = MIB};
    const struct fit_needs needs = {.arrays = 60 * MIB, .other = MIB};
    ck_assert(!choose(&small, 5 * MIB).is_on_disk);
    ck_assert(!choose(&uncounted, 100 * MIB).is_on_disk);
    ck_assert_uint_eq(choose(&uncounted, 100 * MIB).memory_bytes, SIZE_MAX);
    room.scratch_file = NULL;
    ck_assert(!choose(&needs, 20 * MIB).is_on_disk);
    room.scratch_file = scratch_file;
}
END_TEST

START_TEST(fits_begin_beside_one_that_is_in_memory)
{
    const struct fit_needs needs = {
        .arrays = 180 * MIB, .block = MIB / 8, .other = 4 * MIB};
    struct array_file *files[3];
    struct fit_place places[3];
    budget_start(&budget, 256 * MIB);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(fit_place_take(&places[i], &needs, &room, 2, &files[i], NULL),
                         0);
        ck_assert(places[i].is_on_disk == (i > 0) && !files[i] == (i == 0));
    }
    struct error err = {0};
    ck_assert_int_eq(fit_place_take(&places[2], &needs, &room, 2, &files[2], &err), -1);
    ck_assert_int_eq(err.code, ERROR_MEMORY_BUDGET);
    for (size_t i = 0; i < 2; i++) {
        array_file_free(files[i]);
        fit_place_leave(&places[i], &room);
    }
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(too_many_coefficients_are_told_of)
{
    const struct fit_needs needs[] = {
        {.arrays = 60 * MIB, .other = 8 * MIB, .method = 4 * MIB, .n_coefficients = 77},
        {.arrays = MIB, .other = 80 * MIB, .method = 79 * MIB, .n_coefficients = 77}};
    room.scratch_file = NULL;
    for (size_t i = 0; i < COUNT(needs); i++) {
        struct error err = {0};
        struct fit_place place = choose(&needs[i], 20 * MIB);
        ck_assert_int_eq(fit_place_check(&place, &needs[i], &room, &err), -1);
        ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
        ck_assert_ptr_nonnull(strstr(err.message, "(--memory)"));
        ck_assert(!strstr(err.message, "77 coefficients") == (i == 0));
        place = choose(&needs[i], 90 * MIB);
        ck_assert_int_eq(fit_place_check(&place, &needs[i], &room, &err), 0);
    }
    room.scratch_file = scratch_file;
}
END_TEST

/* ---- fits ---- */

#define N_ROWS 32000U
#define N_COLUMNS 12U

static void read_rows(bool is_sparse)
{
    struct buffer csv = BUFFER_EMPTY;
    struct random random = random_start(5, 0);
    buffer_append_string(&csv, "y,three,number,w,o,s,n");
    for (size_t j = 0; j < N_COLUMNS; j++)
        buffer_printf(&csv, ",x%zu", j);
    if (is_sparse)
        buffer_append_string(&csv, ",g");
    buffer_append_byte(&csv, '\n');
    for (size_t i = 0; i < N_ROWS; i++) {
        double x[N_COLUMNS], sum = 0;
        for (size_t j = 0; j < N_COLUMNS; j++)
            sum += x[j] = floor(random_uniform(&random) * 100) / 10;
        unsigned y = random_uniform(&random) < 1 / (1 + exp(30 - sum / 2));
        buffer_printf(&csv, "%u,%c,%g,%zu,%g,%zu,5", y, "abc"[(i + y) % 3], sum + y,
                      i % 3, (double)(i % 7) / 7, (i + 2 * y) % 5);
        for (size_t j = 0; j < N_COLUMNS; j++)
            buffer_printf(&csv, ",%g", x[j]);
        if (is_sparse)
            buffer_printf(&csv, ",g%zu", i * i / 3 % 120);
        buffer_append_byte(&csv, '\n');
    }
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
}

static const char *const inputs[] = {"x0", "x1", "x2", "x3",  "x4",  "x5", "x6",
                                     "x7", "x8", "x9", "x10", "x11", "g"};

static void setup(void)
{
    n_files = 0;
    room.context = NULL;
    pool = pool_new(3, 0, NULL);
    request = fit_defaults;
    request.target = "y";
    request.features = inputs;
    request.n_features = N_COLUMNS;
    request.solver.max_iterations = 20;
}

static void teardown(void)
{
    pool_free(pool);
    csv_table_free(&table);
}

static struct model *fit_within(size_t limit, struct error *err)
{
    budget_start(&budget, limit);
    struct model *model = fit_run(&request, table.table, &room, pool, NULL, err);
    ck_assert_uint_eq(budget_used(&budget), 0);
    return model;
}

static void check_same_bits(const double *a, const double *b, size_t n)
{
    ck_assert(!a == !b);
    if (a)
        ck_assert_mem_eq(a, b, n * sizeof(double));
}

static void check_same(const struct model *a, const struct model *b)
{
    size_t p = a->n_blocks * a->n_terms;
    ck_assert_uint_eq(p, b->n_blocks * b->n_terms);
    ck_assert_mem_eq(a->coefficients, b->coefficients, p * sizeof(*a->coefficients));
    check_same_bits(a->covariance, b->covariance, p * p);
    ck_assert(memcmp(&a->report.deviance, &b->report.deviance, sizeof(double)) == 0);
    ck_assert(memcmp(&a->report.validation_loss, &b->report.validation_loss,
                     sizeof(double)) == 0);
    ck_assert_str_eq(a->report.algorithm, b->report.algorithm);
    ck_assert_str_eq(a->report.chosen_because, b->report.chosen_because);
    ck_assert_uint_eq(a->report.iterations, b->report.iterations);
    ck_assert_uint_eq(a->report.design_bytes, b->report.design_bytes);
    ck_assert_uint_eq(a->report.design_is_sparse, b->report.design_is_sparse);
}

/* In memory, and with a window of the least size. */
static void check_both_places(size_t limit)
{
    struct error err = {0};
    struct model *in_memory = fit_within(SIZE_MAX, &err);
    ck_assert_msg(in_memory != NULL, "%s", err.message);
    ck_assert_int_eq(n_files, 0);
    ck_assert(!in_memory->report.design_is_on_disk);
    struct model *on_disk = fit_within(limit, &err);
    ck_assert_msg(on_disk != NULL, "%s", err.message);
    ck_assert_int_eq(n_files, 1);
    ck_assert(on_disk->report.design_is_on_disk);
    check_same(in_memory, on_disk);
    model_release(in_memory);
    model_release(on_disk);
}

static const double lambdas[] = {0.1, 0.01};

static const struct {
    const char *target, *family, *algorithm, *weights, *trials, *offset;
    double l2, l1, validation_fraction;
    size_t n_folds, n_epochs;
    bool has_path;
} fits[] = {
    {.target = "y", .weights = "w", .offset = "o"},
    {.target = "y", .algorithm = "newton_cg", .l2 = 0.1},
    {.target = "y", .algorithm = "lbfgs", .weights = "w"},
    {.target = "y", .algorithm = "sgd", .l2 = 0.1, .n_epochs = 2},
    {.target = "y", .algorithm = "gradient_descent", .validation_fraction = 0.2},
    {.target = "y", .l1 = 0.01},
    {.target = "y", .n_folds = 3, .has_path = true},
    {.target = "three"},
    {.target = "three", .algorithm = "newton_cg", .l2 = 0.01},
    {.target = "s", .trials = "n", .weights = "w"},
    {.target = "number", .family = "gaussian", .offset = "o", .validation_fraction = 0.1},
    {.target = "number", .family = "gaussian", .l1 = 0.1, .n_folds = 2},
};

static void ask(size_t i)
{
    request.target = fits[i].target;
    if (fits[i].family)
        request.family = fits[i].family;
    if (fits[i].algorithm)
        request.algorithm = fits[i].algorithm;
    request.weights = fits[i].weights;
    request.trials = fits[i].trials;
    request.offset = fits[i].offset;
    request.l2 = fits[i].l2;
    request.l1 = fits[i].l1;
    request.is_validated = fits[i].validation_fraction > 0;
    request.validation_fraction = fits[i].validation_fraction;
    request.solver.max_epochs = fits[i].n_epochs;
    request.path.n_folds = fits[i].n_folds;
    request.path.alpha = 1;
    if (fits[i].has_path) {
        request.path.n_lambdas = COUNT(lambdas);
        request.path.lambdas = lambdas;
    }
}

START_TEST(a_fit_on_disk_has_the_bits_of_one_in_memory)
{
    read_rows(false);
    ask((size_t)_i);
    size_t n_bytes = N_ROWS * (N_COLUMNS + 1) * sizeof(double);
    check_both_places(n_bytes + n_bytes / 4);
}
END_TEST

START_TEST(so_has_a_sparse_one)
{
    read_rows(true);
    ask((size_t)_i);
    request.features = inputs + 7;
    request.n_features = N_COLUMNS - 6; /* one of many levels among them */
    request.l2 = 0.1;
    check_both_places(N_ROWS * 8U * 12U);
}
END_TEST

/* ---- what goes wrong ---- */

static const size_t little = (size_t)N_ROWS * (N_COLUMNS + 3) * sizeof(double);

START_TEST(a_fit_without_a_scratch_file_ends)
{
    struct error err = {0};
    read_rows(false);
    room.context = &err;
    ck_assert_ptr_null(fit_within(little, &err));
    ck_assert_int_eq(err.code, ERROR_NO_SPACE);
}
END_TEST

START_TEST(what_does_not_even_fit_beside_a_file_is_refused)
{
    struct error err = {0};
    read_rows(false);
    ck_assert_ptr_null(fit_within(MIB, &err));
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_int_eq(n_files, 0);
}
END_TEST

static int stop(void *context, const struct solver_step *step)
{
    (void)context;
    (void)step;
    return 1;
}

START_TEST(a_fit_on_disk_stops_when_told)
{
    const struct solver_watch watch = {.on_step = stop};
    struct error err = {0};
    read_rows(false);
    budget_start(&budget, little);
    ck_assert_ptr_null(fit_run(&request, table.table, &room, pool, &watch, &err));
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_int_eq(n_files, 1);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(each_failed_allocation_of_a_fit_on_disk_is_told)
{
    read_rows(false);
    pool_free(pool);
    pool = pool_new(1, 0, NULL);
    request.algorithm = "gradient_descent";
    request.l2 = 1;
    request.solver.max_iterations = 1;
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct model *model = fit_within(little, &err);
        memory_fail_after(-1);
        if (model) {
            ck_assert(model->report.design_is_on_disk);
            model_release(model);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *fit_place_test(void)
{
    TCase *tests = tcase_create("fit_place");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_leaves_room_for_others_is_in_memory);
    tcase_add_test(tests, no_file_is_made_where_it_spares_nothing_or_cannot_be);
    tcase_add_test(tests, fits_begin_beside_one_that_is_in_memory);
    tcase_add_test(tests, too_many_coefficients_are_told_of);
    tcase_add_loop_test(tests, a_fit_on_disk_has_the_bits_of_one_in_memory, 0,
                        COUNT(fits));
    tcase_add_loop_test(tests, so_has_a_sparse_one, 0, 3);
    tcase_add_test(tests, a_fit_without_a_scratch_file_ends);
    tcase_add_test(tests, what_does_not_even_fit_beside_a_file_is_refused);
    tcase_add_test(tests, a_fit_on_disk_stops_when_told);
    tcase_add_test(tests, each_failed_allocation_of_a_fit_on_disk_is_told);
    return tests;
}
