#include "core/model/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/base/memory.h"

/* The plain fields in the order in which they are stored, for both directions. */
#define COUNTS(X)                                                                        \
    X(iterations)                                                                        \
    X(n_rows)                                                                            \
    X(n_rows_dropped)                                                                    \
    X(design_bytes)                                                                      \
    X(design_is_sparse)                                                                  \
    X(design_is_on_disk)                                                                 \
    X(n_coefficients)                                                                    \
    X(n_nonzero)                                                                         \
    X(n_threads)                                                                         \
    X(seed)                                                                              \
    X(n_validation_rows)                                                                 \
    X(patience)                                                                          \
    X(best_iteration)                                                                    \
    X(has_lambdas)                                                                       \
    X(path_chosen)                                                                       \
    X(n_folds)                                                                           \
    X(one_standard_error)

#define NUMBERS(X)                                                                       \
    X(objective)                                                                         \
    X(l1_max)                                                                            \
    X(log_likelihood)                                                                    \
    X(null_log_likelihood)                                                               \
    X(deviance)                                                                          \
    X(null_deviance)                                                                     \
    X(aic)                                                                               \
    X(bic)                                                                               \
    X(mcfadden)                                                                          \
    X(cox_snell)                                                                         \
    X(nagelkerke)                                                                        \
    X(lr_statistic)                                                                      \
    X(lr_df)                                                                             \
    X(lr_p_value)                                                                        \
    X(penalized_log_likelihood)                                                          \
    X(null_penalized_log_likelihood)                                                     \
    X(dispersion)                                                                        \
    X(r_squared)                                                                         \
    X(sum_weights)                                                                       \
    X(df_residual)                                                                       \
    X(gradient_norm)                                                                     \
    X(newton_decrement)                                                                  \
    X(kkt_residual)                                                                      \
    X(duality_gap)                                                                       \
    X(min_eigenvalue)                                                                    \
    X(max_eigenvalue)                                                                    \
    X(condition)                                                                         \
    X(total_seconds)                                                                     \
    X(read_seconds)                                                                      \
    X(solve_seconds)                                                                     \
    X(validation_weights)                                                                \
    X(validation_loss)

/* The least that one of these takes in a record (core/base/pack.h). */
#define LEAST_STRING_BYTES 9U
#define LEAST_WARNING_BYTES (2 * LEAST_STRING_BYTES + 8U)
#define STEP_BYTES 48U
#define TRIAL_BYTES 17U
#define PATH_BYTES 73U

static void warning_free(struct report_warning *warning)
{
    memory_free(warning->code);
    memory_free(warning->detail);
    for (size_t i = 0; i < warning->n_columns; i++)
        memory_free(warning->columns[i]);
    memory_free(warning->columns);
}

static void free_warnings(struct report *report)
{
    for (size_t i = 0; i < report->n_warnings; i++)
        warning_free(&report->warnings[i]);
    memory_free(report->warnings);
    report->n_warnings = 0;
    report->warnings = NULL;
}

void report_take_warnings(struct report *report, struct report *other)
{
    free_warnings(report);
    report->n_warnings = other->n_warnings;
    report->warnings = other->warnings;
    other->n_warnings = 0;
    other->warnings = NULL;
}

void report_free(struct report *report)
{
    memory_free(report->algorithm);
    memory_free(report->chosen_because);
    memory_free(report->stop_reason);
    memory_free(report->warm_start);
    memory_free(report->trace);
    memory_free(report->trials);
    memory_free(report->path);
    free_warnings(report);
    memory_free(report->blas);
    addenda_free(&report->addenda);
    *report = (struct report){0};
}

void report_forget(struct report *report)
{
#define FORGET(field) report->field = NAN;
    NUMBERS(FORGET)
#undef FORGET
    report->effort.passes = NAN;
    addenda_forget(&report->addenda);
}

/* ---- warning ---- */

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format,
                                                               va_list arguments,
                                                               struct error *err)
{
    va_list again;
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : memory_new((size_t)n + 1, 1, err);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, arguments);
    return text;
}

static int copy_columns(struct report_warning *warning, const char *const *columns,
                        size_t n, struct error *err)
{
    warning->columns = memory_new(n, sizeof(*warning->columns), err);
    for (size_t i = 0; warning->columns && i < n; i++) {
        warning->columns[i] = memory_copy_string(columns[i], err);
        if (!warning->columns[i])
            return -1;
        warning->n_columns++;
    }
    return warning->columns ? 0 : -1;
}

/* Takes the warning. */
static int add_warning(struct report *report, const struct report_warning *warning,
                       struct error *err)
{
    struct report_warning *grown =
        memory_resize(report->warnings, report->n_warnings + 1, sizeof(*grown), err);
    if (!grown)
        return -1;
    report->warnings = grown;
    report->warnings[report->n_warnings++] = *warning;
    return 0;
}

int report_warn(struct report *report, const char *code, const char *const *columns,
                size_t n_columns, struct error *err, const char *detail_format, ...)
{
    struct report_warning warning = {.code = memory_copy_string(code, err)};
    va_list arguments;
    va_start(arguments, detail_format);
    if (warning.code)
        warning.detail = format_text(detail_format, arguments, err);
    va_end(arguments);
    if (warning.detail && copy_columns(&warning, columns, n_columns, err) == 0 &&
        add_warning(report, &warning, err) == 0)
        return 0;
    warning_free(&warning);
    return -1;
}

/* ---- writing ---- */

static void pack_step(const struct report_step *step, struct buffer *out)
{
    pack_u64(out, step->iteration);
    pack_f64(out, step->objective);
    pack_f64(out, step->gradient_norm);
    pack_f64(out, step->step);
    pack_f64(out, step->seconds);
    pack_f64(out, step->validation_loss);
}

static void pack_path(const struct report_path *path, struct buffer *out)
{
    pack_f64(out, path->lambda);
    pack_f64(out, path->l1);
    pack_f64(out, path->l2);
    pack_u64(out, path->n_nonzero);
    pack_u64(out, path->iterations);
    pack_f64(out, path->objective);
    pack_f64(out, path->deviance_ratio);
    pack_f64(out, path->mean_loss);
    pack_f64(out, path->loss_error);
    pack_u8(out, path->converged);
}

static void pack_trial(const struct report_trial *trial, struct buffer *out)
{
    pack_f64(out, trial->learning_rate);
    pack_f64(out, trial->validation_loss);
    pack_u8(out, trial->diverged);
}

static void pack_warning(const struct report_warning *warning, struct buffer *out)
{
    pack_string(out, warning->code);
    pack_string(out, warning->detail);
    pack_u64(out, warning->n_columns);
    for (size_t i = 0; i < warning->n_columns; i++)
        pack_string(out, warning->columns[i]);
}

void report_pack(const struct report *report, struct buffer *out)
{
#define PACK_COUNT(field) pack_u64(out, report->field);
#define PACK_NUMBER(field) pack_f64(out, report->field);
    COUNTS(PACK_COUNT)
    NUMBERS(PACK_NUMBER)
    pack_u8(out, report->converged);
    pack_string(out, report->algorithm);
    pack_string(out, report->chosen_because);
    pack_string(out, report->stop_reason);
    pack_string(out, report->blas);
    pack_string(out, report->warm_start);
    pack_u64(out, report->n_steps);
    for (size_t i = 0; i < report->n_steps; i++)
        pack_step(&report->trace[i], out);
    pack_u64(out, report->n_trials);
    for (size_t i = 0; i < report->n_trials; i++)
        pack_trial(&report->trials[i], out);
    pack_u64(out, report->n_path);
    for (size_t i = 0; i < report->n_path; i++)
        pack_path(&report->path[i], out);
    pack_u64(out, report->n_warnings);
    for (size_t i = 0; i < report->n_warnings; i++)
        pack_warning(&report->warnings[i], out);
    addenda_pack(&report->addenda, out);
}

void report_pack_effort(const struct report_effort *effort, struct buffer *out)
{
    pack_f64(out, effort->passes);
    pack_u64(out, effort->sample_rows);
    pack_u64(out, effort->sample_iterations);
}

/* ---- reading ---- */

void report_unpack_effort(struct report_effort *effort, struct pack_reader *in)
{
    effort->passes = pack_read_f64(in);
    effort->sample_rows = pack_read_u64(in);
    effort->sample_iterations = pack_read_u64(in);
}

static void unpack_plain_fields(struct report *report, struct pack_reader *in)
{
#define UNPACK_COUNT(field) report->field = pack_read_u64(in);
#define UNPACK_NUMBER(field) report->field = pack_read_f64(in);
    COUNTS(UNPACK_COUNT)
    NUMBERS(UNPACK_NUMBER)
    uint8_t converged = pack_read_u8(in);
    report->converged = converged == 1;
    in->failed = in->failed || converged > 1;
}

static int unpack_trace(struct report *report, struct pack_reader *in, struct error *err)
{
    size_t n = pack_read_count(in, STEP_BYTES);
    if (pack_check(in, err) < 0 ||
        !(report->trace = memory_new(n, sizeof(*report->trace), err)))
        return -1;
    report->n_steps = n;
    for (size_t i = 0; i < n; i++) {
        struct report_step *step = &report->trace[i];
        step->iteration = pack_read_u64(in);
        step->objective = pack_read_f64(in);
        step->gradient_norm = pack_read_f64(in);
        step->step = pack_read_f64(in);
        step->seconds = pack_read_f64(in);
        step->validation_loss = pack_read_f64(in);
    }
    return 0;
}

static void unpack_step_of_path(struct report_path *path, struct pack_reader *in)
{
    path->lambda = pack_read_f64(in);
    path->l1 = pack_read_f64(in);
    path->l2 = pack_read_f64(in);
    path->n_nonzero = pack_read_u64(in);
    path->iterations = pack_read_u64(in);
    path->objective = pack_read_f64(in);
    path->deviance_ratio = pack_read_f64(in);
    path->mean_loss = pack_read_f64(in);
    path->loss_error = pack_read_f64(in);
    uint8_t converged = pack_read_u8(in);
    path->converged = converged == 1;
    in->failed = in->failed || converged > 1;
}

static int unpack_path(struct report *report, struct pack_reader *in, struct error *err)
{
    size_t n = pack_read_count(in, PATH_BYTES);
    if (pack_check(in, err) < 0 ||
        !(report->path = memory_new(n, sizeof(*report->path), err)))
        return -1;
    report->n_path = n;
    for (size_t i = 0; i < n; i++)
        unpack_step_of_path(&report->path[i], in);
    bool is_chosen = report->has_lambdas || report->n_folds > 0 || n > 0;
    in->failed = in->failed || (is_chosen && report->path_chosen >= n);
    return 0;
}

static int unpack_trials(struct report *report, struct pack_reader *in, struct error *err)
{
    size_t n = pack_read_count(in, TRIAL_BYTES);
    if (pack_check(in, err) < 0 ||
        !(report->trials = memory_new(n, sizeof(*report->trials), err)))
        return -1;
    report->n_trials = n;
    for (size_t i = 0; i < n; i++) {
        struct report_trial *trial = &report->trials[i];
        trial->learning_rate = pack_read_f64(in);
        trial->validation_loss = pack_read_f64(in);
        uint8_t diverged = pack_read_u8(in);
        trial->diverged = diverged == 1;
        in->failed = in->failed || diverged > 1;
    }
    return 0;
}

/* A string that is never absent. */
static char *unpack_text(struct pack_reader *in, struct error *err)
{
    char *text = pack_read_string(in, err);
    in->failed = in->failed || !text;
    return text;
}

static int unpack_warning(struct report_warning *warning, struct pack_reader *in,
                          struct error *err)
{
    warning->code = unpack_text(in, err);
    warning->detail = unpack_text(in, err);
    size_t n = pack_read_count(in, LEAST_STRING_BYTES);
    if (pack_check(in, err) < 0 ||
        !(warning->columns = memory_new(n, sizeof(*warning->columns), err)))
        return -1;
    warning->n_columns = n;
    for (size_t i = 0; i < n; i++)
        warning->columns[i] = unpack_text(in, err);
    return pack_check(in, err);
}

static int unpack_warnings(struct report *report, struct pack_reader *in,
                           struct error *err)
{
    size_t n = pack_read_count(in, LEAST_WARNING_BYTES);
    if (pack_check(in, err) < 0 ||
        !(report->warnings = memory_new(n, sizeof(*report->warnings), err)))
        return -1;
    report->n_warnings = n;
    for (size_t i = 0; i < n; i++)
        if (unpack_warning(&report->warnings[i], in, err) < 0)
            return -1;
    return 0;
}

int report_unpack(struct report *report, struct pack_reader *in, struct error *err)
{
    struct report read = {0};
    unpack_plain_fields(&read, in);
    read.algorithm = pack_read_string(in, err);
    read.chosen_because = pack_read_string(in, err);
    read.stop_reason = pack_read_string(in, err);
    read.blas = pack_read_string(in, err);
    read.warm_start = pack_read_string(in, err);
    if (unpack_trace(&read, in, err) < 0 || unpack_trials(&read, in, err) < 0 ||
        unpack_path(&read, in, err) < 0 || unpack_warnings(&read, in, err) < 0 ||
        addenda_unpack(&read.addenda, in, err) < 0 || pack_check(in, err) < 0) {
        report_free(&read);
        return -1;
    }
    *report = read;
    return 0;
}
