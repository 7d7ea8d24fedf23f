/*
 * What a fit tells about itself: the contract's "fit" object, in numbers. NaN means: not
 * known or does not apply (null in JSON). Texts are NULL where nothing is told.
 */
#ifndef LOGITD_CORE_MODEL_REPORT_H
#define LOGITD_CORE_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pack.h"
#include "core/model/addenda.h"

struct report_step {
    uint64_t iteration;
    double objective, gradient_norm, step, seconds;
    double validation_loss; /* of the rows held out; NaN without */
};

/* A learning rate that was tried. */
struct report_trial {
    double learning_rate;
    double validation_loss; /* NaN: it diverged */
    bool diverged;
};

/* One penalty of a path, or the fit's own where there is none; with what fits to all rows
 * came to. */
struct report_path {
    double lambda, l1, l2;
    uint64_t n_nonzero, iterations;
    double objective;
    double deviance_ratio;        /* 1 - deviance/null deviance */
    double mean_loss, loss_error; /* by cross-validation, or of the rows held out; NaN */
    bool converged;
};

/* What the search took; in a record of its own, as older models lack it. */
struct report_effort {
    /* Over all rows: evaluations of the objective and products with its Hessian; of some
     * of the rows their share. NaN: not known. */
    double passes;
    uint64_t sample_rows;       /* that were fitted to first, for a start; 0: none */
    uint64_t sample_iterations; /* that it took */
};

struct report_warning {
    char *code; /* "quasi_complete_separation", "aliased_columns", … */
    char *detail;
    size_t n_columns;
    char **columns; /* terms concerned */
};

struct report {
    char *algorithm;
    char *chosen_because;
    bool converged; /* only with the certificate */
    char *stop_reason;
    char *warm_start; /* the version that the fit started from, "model/3" */
    uint64_t iterations;
    struct report_effort effort;
    double objective; /* J at the end: mean loss plus penalty */
    double log_likelihood, null_log_likelihood, deviance, null_deviance, aic, bic;
    double mcfadden, cox_snell, nagelkerke;
    double lr_statistic, lr_df, lr_p_value;
    double penalized_log_likelihood, null_penalized_log_likelihood; /* by Firth */
    double dispersion, r_squared; /* of linear regression: σ², and the share explained */
    uint64_t n_rows, n_rows_dropped;
    uint64_t design_bytes; /* with labels, weights, offsets */
    uint64_t design_is_sparse, design_is_on_disk;
    double sum_weights;
    size_t n_coefficients; /* estimated: aliased ones do not count */
    size_t n_nonzero;      /* weights that are not 0, of a multinomial with l1 of all
                            * classes; intercepts do not count */
    double l1_max;         /* the least l1 with which all of them are 0; NaN without l1 */
    double df_residual;
    double gradient_norm, newton_decrement, kkt_residual, duality_gap; /* certificate */
    double min_eigenvalue, max_eigenvalue, condition; /* curvature of J */
    double total_seconds, read_seconds, solve_seconds;
    size_t n_threads;
    uint64_t seed;
    /* Rows held out, on which the fit was judged; 0: none, and the next four mean nothing
     */
    uint64_t n_validation_rows;
    uint64_t patience;                          /* of early stopping; 0: there was none */
    uint64_t best_iteration;                    /* with patience: which is the model's */
    double validation_weights, validation_loss; /* their weight, and their mean loss */
    size_t n_trials;
    struct report_trial *trials;
    size_t n_path;
    struct report_path *path;    /* of path_run */
    uint64_t has_lambdas;        /* they are a path; else the one penalty of the fit */
    uint64_t path_chosen;        /* which one the coefficients are of */
    uint64_t n_folds;            /* of cross-validation; 0: there was none */
    uint64_t one_standard_error; /* was its rule */
    size_t n_steps;
    struct report_step *trace;
    size_t n_warnings;
    struct report_warning *warnings;
    char *blas; /* library, version, core type, threads */
    struct addenda addenda;
};

void report_free(struct report *report); /* what it owns; and back to all zero */

/* Into an all-zero report: every number that only a fit knows becomes NaN. */
void report_forget(struct report *report);

/* Adds a warning; code, columns and the printf-like detail are copied. -1 with
 * ERROR_NO_MEMORY and the report as it was. */
int report_warn(struct report *report, const char *code, const char *const *columns,
                size_t n_columns, struct error *err, const char *detail_format, ...)
    __attribute__((format(printf, 6, 7))) MUST_CHECK;

/* Moves the warnings of another report here, in place of its own. */
void report_take_warnings(struct report *report, struct report *other);

/* Doubles keep their bits, NaNs included; the effort is not among them. Bytes that no
 * report_pack wrote are ERROR_CORRUPT. */
void report_pack(const struct report *report, struct buffer *out);
int report_unpack(struct report *report, struct pack_reader *in,
                  struct error *err) MUST_CHECK;

/* The effort alone. The reader fails where it is not there. */
void report_pack_effort(const struct report_effort *effort, struct buffer *out);
void report_unpack_effort(struct report_effort *effort, struct pack_reader *in);

#endif
