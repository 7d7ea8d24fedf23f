/*
 * Covariances that hold where the model's variance does not: Cov = c A⁻¹ B A⁻¹ with
 * A = Σ ω_i ∇²ℓ_i (and the penalty's, if there is one), s_i the gradient of row i's loss
 * (row_scores.h), and B the sum of the scores' outer products (Huber 1967; White,
 * "Maximum likelihood estimation of misspecified models", 1982):
 *
 *   HC0      B = Σ_i (ω_i s_i)(ω_i s_i)'                        c = 1
 *   HC1      the same                                           c = N/(N - k)
 *   cluster  B = Σ_g t_g t_g', t_g = Σ_{i in g} ω_i s_i         c = G/(G-1) · (N-1)/(N-k)
 *
 * with k coefficients and G clusters; factors as statsmodels has them (cov_hc1 and
 * cov_cluster of its sandwich_covariance.py; Stata's regress has the same of clusters,
 * its maximum-likelihood commands G/(G-1) alone; statsmodels' Logit and MNLogit leave the
 * factor of HC1 off).
 *
 * Weights. A frequency ω stands for ω rows that are alike, each with a score of its own:
 * HC0 and HC1 have B = Σ ω_i s_i s_i' and N = Σ ω_i. An importance weight belongs to one
 * row, as a sampling weight of Stata's does: ω_i² s_i s_i', N the rows with a weight
 * above 0. Of counts, a row with its trials is one observation, as in R: the same, ω_i
 * the trials. Repeated rows are in the same cluster, so that clusters need no distinction
 * but in N.
 *
 * A penalty is no score: it is the same in every sample.
 *
 * Scores of a block of rows are made whole in memory and multiplied with BLAS; sums pass
 * through the pool's fixed tree, clusters in order: the same bits for any threads.
 */
#ifndef LOGITD_CORE_MODEL_SANDWICH_H
#define LOGITD_CORE_MODEL_SANDWICH_H

#include "core/model/estimation.h"

/*
 * covariance[n × n], whole, of the coefficients in the basis at the estimation's point,
 * from the inverse of ∇²J[n × n], whole. ERROR_INVALID where N ≤ k, or with one cluster
 * only; ERROR_CANCELLED. n_clusters becomes G, 0 without clusters.
 */
int sandwich_run(const struct estimation *estimation, const double *inverse,
                 double *covariance, size_t *n_clusters, struct error *err) MUST_CHECK;

#endif
