/*
 * Standard errors and what follows from them, and the curvature of J.
 *
 * Cov(β) = (Σ ω_i · ∇²J(β))⁻¹, the inverse of the observed information (with a penalty:
 * of the penalised information). For the coefficients as given Cov = M C M', where C is
 * had in the basis and M maps back; z = β/se, two-sided normal p-values, Wald intervals.
 * A robust C (sandwich.h) takes its place where one is asked for.
 */
#ifndef LOGITD_CORE_MODEL_INFERENCE_H
#define LOGITD_CORE_MODEL_INFERENCE_H

#include "core/model/estimation.h"

/* Of the coefficients as given; 0 where aliased. */
struct inference {
    double *inverse;  /* [n × n] whole, of ∇²J in the basis; 0 where not identified */
    double *in_basis; /* [n × n] whole, the covariance in the basis */
    double *covariance; /* [(n_blocks·n_terms)²] row-major */
    double *std_errors; /* [n_blocks·n_terms]; finite where their squares are not */
    bool is_definite;   /* the Hessian of the free coordinates is of full rank */
};

/* From the Hessian at the point, into an all-zero inference. */
int inference_run(struct inference *inference, const struct estimation *estimation,
                  struct error *err) MUST_CHECK;
/* Puts a robust covariance in the place of the model's. Errors as sandwich_run. */
int inference_make_robust(struct inference *inference,
                          const struct estimation *estimation, size_t *n_clusters,
                          struct error *err) MUST_CHECK;
void inference_free(struct inference *inference);

/* ∇²J by the coefficients as given, whole; NULL with err set. */
double *inference_hessian(const struct estimation *estimation,
                          struct error *err) MUST_CHECK;

/* Fills a coefficient's statistics from its estimate and standard error. */
void inference_fill(struct coefficient *coefficient, double std_error, double confidence);

#endif
