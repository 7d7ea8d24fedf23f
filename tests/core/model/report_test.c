#include "core/model/report.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static struct report report;
static struct buffer bytes;
static struct error err;

static void add_trace(size_t n)
{
    report.n_steps = n;
    report.trace = memory_new(n, sizeof(*report.trace), NULL);
    for (size_t i = 0; i < n; i++)
        report.trace[i] = (struct report_step){.iteration = i,
                                               .objective = 1 / (double)(i + 3),
                                               .step = i > 0,
                                               .validation_loss = i > 1 ? 0.7 : NAN};
}

static void add_trials(size_t n)
{
    report.n_trials = n;
    report.trials = memory_new(n, sizeof(*report.trials), NULL);
    for (size_t i = 0; i < n; i++) {
        report.trials[i].learning_rate = 1 / (double)(i + 7);
        report.trials[i].validation_loss = i > 0 ? 0.3 : NAN;
        report.trials[i].diverged = i == 0;
    }
}

static void add_path(size_t n)
{
    report.n_path = n;
    report.path = memory_new(n, sizeof(*report.path), NULL);
    for (size_t i = 0; i < n; i++) {
        struct report_path *path = &report.path[i];
        path->lambda = 1 / (double)(i + 1);
        path->l1 = path->lambda / 3;
        path->l2 = path->lambda - path->l1;
        path->n_nonzero = i;
        path->iterations = 7 + i;
        path->objective = 0.5 - (double)i / 100;
        path->deviance_ratio = (double)i / 10;
        path->mean_loss = i > 0 ? 0.6 : NAN;
        path->loss_error = 0.01;
        path->converged = i != 1;
    }
}

static void check_path(const struct report_path *read, const struct report_path *kept)
{
    ck_assert_mem_eq(read, kept, offsetof(struct report_path, converged));
    ck_assert(read->converged == kept->converged);
}

static void add_warnings(void)
{
    static const char *const columns[] = {"NV", "rank[2]"};
    ck_assert_int_eq(report_warn(&report, "quasi_complete_separation", columns, 2, &err,
                                 "%zu columns separate", (size_t)2),
                     0);
    ck_assert_int_eq(report_warn(&report, "slow", NULL, 0, &err, "took long"), 0);
}

/* A different value in each field, and some that do not compare or do not fit. */
static void setup(void)
{
    report = (struct report){.iterations = 5,
                             .n_rows = UINT64_MAX,
                             .n_rows_dropped = 2,
                             .design_bytes = UINT64_C(1) << 40,
                             .design_is_sparse = 1,
                             .design_is_on_disk = 1,
                             .n_coefficients = 6,
                             .n_nonzero = 3,
                             .l1_max = 0.75,
                             .has_lambdas = 1,
                             .path_chosen = 2,
                             .n_folds = 10,
                             .one_standard_error = 1,
                             .n_threads = 3,
                             .seed = UINT64_C(1) << 63,
                             .converged = true,
                             .objective = 0.57314687283512435,
                             .log_likelihood = -229.25874623794,
                             .null_log_likelihood = -249.98826,
                             .deviance = 458.5175,
                             .null_deviance = 499.9765,
                             .aic = 470.5175,
                             .bic = 494.4663,
                             .mcfadden = 0.0829,
                             .cox_snell = 0.0984,
                             .nagelkerke = 0.138,
                             .lr_statistic = 41.459,
                             .lr_df = 5,
                             .lr_p_value = 0x1p-1074,
                             .penalized_log_likelihood = -11.5,
                             .null_penalized_log_likelihood = -12.25,
                             .dispersion = 1.5291878,
                             .r_squared = 0.66654246,
                             .sum_weights = 400,
                             .df_residual = 394,
                             .gradient_norm = 2.1e-12,
                             .newton_decrement = -0.0,
                             .kkt_residual = NAN,
                             .duality_gap = INFINITY,
                             .min_eigenvalue = 1e-9,
                             .max_eigenvalue = 1e9,
                             .condition = 1e18,
                             .total_seconds = 0.25,
                             .read_seconds = 0.125,
                             .solve_seconds = 0.0625,
                             .n_validation_rows = 80,
                             .patience = 7,
                             .best_iteration = 4,
                             .validation_weights = 81.5,
                             .validation_loss = 0.59};
    report.algorithm = memory_copy_string("newton", NULL);
    report.stop_reason = memory_copy_string("", NULL);
    report.warm_start = memory_copy_string("model/3", NULL);
    report.blas = memory_copy_string("OpenBLAS 0.3.21 \xc2\xb5", NULL);
    add_trace(3);
    add_trials(2);
    add_path(4);
    add_warnings();
    report_pack(&report, &bytes);
    ck_assert(!bytes.failed);
}

static void teardown(void)
{
    report_free(&report);
    buffer_free(&bytes);
    error_clear(&err);
}

static struct pack_reader reader_of(const void *from, size_t n_bytes)
{
    return (struct pack_reader){.bytes = from, .n_bytes = n_bytes};
}

/* All fields of eight plain bytes. */
#define AT(field) offsetof(struct report, field)
static const size_t plain_fields[] = {AT(iterations),
                                      AT(objective),
                                      AT(log_likelihood),
                                      AT(null_log_likelihood),
                                      AT(deviance),
                                      AT(null_deviance),
                                      AT(aic),
                                      AT(bic),
                                      AT(mcfadden),
                                      AT(cox_snell),
                                      AT(nagelkerke),
                                      AT(lr_statistic),
                                      AT(lr_df),
                                      AT(lr_p_value),
                                      AT(penalized_log_likelihood),
                                      AT(null_penalized_log_likelihood),
                                      AT(dispersion),
                                      AT(r_squared),
                                      AT(n_rows),
                                      AT(n_rows_dropped),
                                      AT(design_bytes),
                                      AT(design_is_sparse),
                                      AT(design_is_on_disk),
                                      AT(sum_weights),
                                      AT(n_coefficients),
                                      AT(n_nonzero),
                                      AT(l1_max),
                                      AT(df_residual),
                                      AT(gradient_norm),
                                      AT(newton_decrement),
                                      AT(kkt_residual),
                                      AT(duality_gap),
                                      AT(min_eigenvalue),
                                      AT(max_eigenvalue),
                                      AT(condition),
                                      AT(total_seconds),
                                      AT(read_seconds),
                                      AT(solve_seconds),
                                      AT(n_threads),
                                      AT(seed),
                                      AT(n_validation_rows),
                                      AT(patience),
                                      AT(best_iteration),
                                      AT(validation_weights),
                                      AT(validation_loss),
                                      AT(n_trials),
                                      AT(n_path),
                                      AT(has_lambdas),
                                      AT(path_chosen),
                                      AT(n_folds),
                                      AT(one_standard_error),
                                      AT(n_steps),
                                      AT(n_warnings)};
#define N_PLAIN (sizeof(plain_fields) / sizeof(*plain_fields))
#define N_POINTERS 9

/* Whoever adds a field to the report adds it above, and to setup(). */
_Static_assert(sizeof(struct report) == 8 * (N_PLAIN + N_POINTERS + 1) +
                                            sizeof(struct addenda) +
                                            sizeof(struct report_effort),
               "a field is missing");

static void check_same(const struct report *read)
{
    for (size_t i = 0; i < N_PLAIN; i++)
        ck_assert_mem_eq((const char *)read + plain_fields[i],
                         (const char *)&report + plain_fields[i], 8);
    ck_assert_mem_eq(read->trace, report.trace, report.n_steps * sizeof(*report.trace));
    for (size_t i = 0; i < report.n_trials; i++) {
        ck_assert_mem_eq(&read->trials[i].learning_rate, &report.trials[i].learning_rate,
                         8);
        ck_assert_mem_eq(&read->trials[i].validation_loss,
                         &report.trials[i].validation_loss, 8);
        ck_assert(read->trials[i].diverged == report.trials[i].diverged);
    }
    for (size_t i = 0; i < report.n_path; i++)
        check_path(&read->path[i], &report.path[i]);
    for (size_t i = 0; i < report.n_warnings; i++) {
        ck_assert_str_eq(read->warnings[i].code, report.warnings[i].code);
        ck_assert_str_eq(read->warnings[i].detail, report.warnings[i].detail);
        ck_assert_uint_eq(read->warnings[i].n_columns, report.warnings[i].n_columns);
        for (size_t j = 0; j < report.warnings[i].n_columns; j++)
            ck_assert_str_eq(read->warnings[i].columns[j], report.warnings[i].columns[j]);
    }
}

START_TEST(a_report_comes_back_bit_for_bit)
{
    struct pack_reader in = reader_of(bytes.bytes, bytes.n_bytes);
    struct report read;
    ck_assert_int_eq(report_unpack(&read, &in, &err), 0);
    ck_assert_int_eq(pack_check_end(&in, &err), 0);
    check_same(&read);
    ck_assert(read.converged);
    ck_assert_str_eq(read.algorithm, "newton");
    ck_assert_ptr_null(read.chosen_because);
    ck_assert_str_eq(read.stop_reason, "");
    ck_assert_str_eq(read.warm_start, "model/3");
    ck_assert_str_eq(read.blas, report.blas);
    report_free(&read);
}
END_TEST

START_TEST(an_empty_report_comes_back_empty)
{
    struct report empty = {0}, read;
    buffer_clear(&bytes);
    report_pack(&empty, &bytes);
    struct pack_reader in = reader_of(bytes.bytes, bytes.n_bytes);
    ck_assert_int_eq(report_unpack(&read, &in, &err), 0);
    ck_assert_uint_eq(read.n_steps, 0);
    ck_assert_uint_eq(read.n_warnings, 0);
    ck_assert(!read.converged);
    ck_assert_ptr_null(read.algorithm);
    report_free(&read);
    report_free(&empty);
}
END_TEST

START_TEST(a_warning_is_copied_and_told_in_full)
{
    char column[] = "a very long name of a column", code[] = "aliased_columns";
    const char *columns[] = {column};
    ck_assert_int_eq(report_warn(&report, code, columns, 1, &err, "%0300d%s", 7, column),
                     0);
    column[0] = code[0] = 'X';
    ck_assert_uint_eq(report.n_warnings, 3);
    const struct report_warning *warning = &report.warnings[2];
    ck_assert_str_eq(warning->code, "aliased_columns");
    ck_assert_uint_eq(warning->n_columns, 1);
    ck_assert_str_eq(warning->columns[0], "a very long name of a column");
    ck_assert_uint_eq(strlen(warning->detail), 300 + strlen(column));
    ck_assert_str_eq(warning->detail + 299, "7a very long name of a column");
    ck_assert_str_eq(report.warnings[0].detail, "2 columns separate");
}
END_TEST

START_TEST(freeing_leaves_an_empty_report)
{
    static const struct report empty;
    report_free(&report);
    for (size_t i = 0; i < N_PLAIN; i++)
        ck_assert_mem_eq((char *)&report + plain_fields[i], (const char *)&empty, 8);
    ck_assert_ptr_null(report.warnings);
    report_free(&report);
}
END_TEST

/* ---- damage ---- */

/* Leaves what it was given alone when it fails. */
static int unpack_copy(size_t n_bytes, struct error *failure)
{
    struct report read = {.seed = 42};
    char *copy = malloc(n_bytes > 0 ? n_bytes : 1);
    memcpy(copy, bytes.bytes, n_bytes);
    struct pack_reader in = reader_of(copy, n_bytes);
    int status = report_unpack(&read, &in, failure);
    if (status < 0)
        ck_assert_uint_eq(read.seed, 42);
    else
        report_free(&read);
    free(copy);
    return status;
}

START_TEST(a_report_cut_anywhere_is_corrupt)
{
    for (size_t n = 0; n < bytes.n_bytes; n++) {
        struct error cut = {0};
        ck_assert_int_eq(unpack_copy(n, &cut), -1);
        ck_assert_int_eq(cut.code, ERROR_CORRUPT);
        ck_assert_int_eq(unpack_copy(n, NULL), -1);
    }
}
END_TEST

START_TEST(a_report_with_any_byte_changed_is_read_or_refused)
{
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        char before = bytes.bytes[at];
        for (int change = 1; change < 256; change += 14) {
            struct error damaged = {0};
            bytes.bytes[at] = (char)(before ^ change);
            if (unpack_copy(bytes.n_bytes, &damaged) < 0)
                ck_assert_int_eq(damaged.code, ERROR_CORRUPT);
        }
        bytes.bytes[at] = before;
    }
}
END_TEST

/* Where the first byte of `text` is in the record. */
static size_t find_text(const char *text)
{
    const char *at = memmem(bytes.bytes, bytes.n_bytes, text, strlen(text));
    ck_assert_ptr_nonnull(at);
    return (size_t)(at - bytes.bytes);
}

static void check_corrupt_with(size_t at, char byte)
{
    struct error damaged = {0};
    char before = bytes.bytes[at];
    ck_assert_int_ne(before, byte);
    bytes.bytes[at] = byte;
    ck_assert_int_eq(unpack_copy(bytes.n_bytes, &damaged), -1);
    ck_assert_int_eq(damaged.code, ERROR_CORRUPT);
    bytes.bytes[at] = before;
}

START_TEST(fields_that_cannot_be_are_corrupt)
{
    size_t converged = find_text("newton") - 10;
    check_corrupt_with(converged, 2);
    check_corrupt_with(find_text("quasi_complete") + 3, '\0');
    check_corrupt_with(find_text("took long") - 9, 0); /* no text of a warning */
    check_corrupt_with(find_text("rank[2]") - 9, 2);   /* neither absent nor there */
    check_corrupt_with(find_text("NV") - 10, '\x7f');  /* 2^63 columns */
}
END_TEST

static void check_refused(const struct report *wrong)
{
    struct buffer packed = BUFFER_EMPTY;
    struct error damaged = {0};
    struct report read;
    report_pack(wrong, &packed);
    struct pack_reader in = reader_of(packed.bytes, packed.n_bytes);
    ck_assert_int_eq(report_unpack(&read, &in, &damaged), -1);
    ck_assert_int_eq(damaged.code, ERROR_CORRUPT);
    buffer_free(&packed);
}

START_TEST(a_choice_from_no_path_is_corrupt)
{
    check_refused(&(struct report){.algorithm = "newton", .n_folds = 3});
    check_refused(&(struct report){.algorithm = "newton", .has_lambdas = true});
}
END_TEST

/* ---- memory ---- */

START_TEST(each_failed_allocation_of_reading_is_told)
{
    for (long n = 0;; n++) {
        struct error failure = {0};
        struct report read;
        struct pack_reader in = reader_of(bytes.bytes, bytes.n_bytes);
        memory_fail_after(n);
        int status = report_unpack(&read, &in, &failure);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_gt(n, 10);
            report_free(&read);
            break;
        }
        ck_assert_int_eq(failure.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(a_warning_without_memory_leaves_the_report_as_it_was)
{
    static const char *const columns[] = {"a", "b"};
    for (long n = 0;; n++) {
        struct error failure = {0};
        memory_fail_after(n);
        int status = report_warn(&report, "slow", columns, 2, &failure, "detail");
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_eq(n, 6);
            break;
        }
        ck_assert_int_eq(failure.code, ERROR_NO_MEMORY);
        ck_assert_uint_eq(report.n_warnings, 2);
    }
    ck_assert_uint_eq(report.n_warnings, 3);
}
END_TEST

TCase *report_test(void)
{
    TCase *tests = tcase_create("report");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_report_comes_back_bit_for_bit);
    tcase_add_test(tests, an_empty_report_comes_back_empty);
    tcase_add_test(tests, a_warning_is_copied_and_told_in_full);
    tcase_add_test(tests, freeing_leaves_an_empty_report);
    tcase_add_test(tests, a_report_cut_anywhere_is_corrupt);
    tcase_add_test(tests, a_report_with_any_byte_changed_is_read_or_refused);
    tcase_add_test(tests, fields_that_cannot_be_are_corrupt);
    tcase_add_test(tests, a_choice_from_no_path_is_corrupt);
    tcase_add_test(tests, each_failed_allocation_of_reading_is_told);
    tcase_add_test(tests, a_warning_without_memory_leaves_the_report_as_it_was);
    return tests;
}
