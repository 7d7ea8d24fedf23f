/*
 * The quadratic penalty of a fit as a function of the coefficients in a basis: ½ Σ_k
 * (v_k - v̄)'Λ(v_k - v̄) over all classes k, with the coefficients v on the columns v_j, Λ
 * = diag(basis->penalty), v_0 = 0 and v̄ the mean over classes; of a binomial model ½
 * v'Λv; of one block for each class, which beside |w| are not centred, ½ Σ_k v_k'Λv_k.
 *
 * In a basis without mixed columns Λ stays a diagonal; else it is a full matrix
 * [n_active × n_active].
 *
 * One thread at a time.
 */
#ifndef LOGITD_CORE_MODEL_PENALTY_H
#define LOGITD_CORE_MODEL_PENALTY_H

#include "core/model/basis.h"

#include "core/base/error.h"

struct penalty {
    const struct basis *basis; /* borrowed */
    size_t n_blocks;           /* of coefficients */
    bool in_classes;           /* the blocks are of classes but class 0, which is 0 */
    double *diagonal;          /* [n_active] of Λ in the basis */
    double *matrix;         /* [n_active × n_active] Λ in the basis; NULL: diagonal */
    double *mean, *product; /* [n_active] */
};

int penalty_new(struct penalty *penalty, const struct basis *basis, size_t n_blocks,
                bool in_classes, struct error *err) MUST_CHECK;
void penalty_free(struct penalty *penalty); /* all-zero is fine */

/* Adds the penalty's gradient at beta, unless `gradient` is NULL; returns the penalty.
 * It is quadratic: its gradient at v is its Hessian times v. */
double penalty_add_gradient(const struct penalty *penalty, const double *beta,
                            double *gradient);

/* Adds to the Hessian [n × n], n = n_blocks × n_terms; and to its diagonal [n]. */
void penalty_add_hessian(const struct penalty *penalty, double *hessian);
void penalty_add_diagonal(const struct penalty *penalty, double *diagonal);

/* One cell of its Hessian: terms of blocks k and l. */
double penalty_curvature(const struct penalty *penalty, size_t k, size_t term, size_t l,
                         size_t other_term);

/* Adds Λ to a matrix over the terms of one block, [n_terms × n_terms]. */
void penalty_add_block(const struct penalty *penalty, double *matrix);

#endif
