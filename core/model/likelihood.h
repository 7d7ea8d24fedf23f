/*
 * The objective of a fit, J = (Σ ω_i ℓ_i)/(Σ ω_i) + ½ penalty, as a function of the
 * coefficients in a basis: one block of basis->n_terms for a binomial model, one for each
 * class but class 0 for a multinomial one, or with l1 one for each class: |w| tells where
 * a column's coefficients are along their common shift. One pass over the rows gives
 * value, gradient and Hessian; all sums go through the pool's fixed tree.
 *
 * Binomial, z = β'û + offset:      ∇ = Σ ω (p - y) û,  ∇² = Σ ω p(1-p) ûû'
 * Multinomial, z_k = β_k'û, z_0 = 0:
 *     ∇_k = Σ ω (p_k - [y=k]) û,  ∇²_kl = Σ ω p_k ([k=l] - p_l) ûû'
 *
 * A product with the Hessian takes a pass of its own: with d = û'v, ∇²v = Σ ω p(1-p) d û;
 * for classes (∇²v)_k = Σ ω p_k (d_k - Σ p_l d_l) û. What it needs of the point, ω p(1-p)
 * or the p_k of each row, is the point's state.
 *
 * The quadratic penalty is that of penalty.h; with a block for each class, ½ Σ Λw² over
 * all of them. The weights of |coefficient| are told as the objective's l1 and are no
 * part of J: who minimises deals with them. Coefficients of class 0 that no penalty tells
 * from a shift of all classes are held at 0, by an l1 of +∞.
 */
#ifndef LOGITD_CORE_MODEL_LIKELIHOOD_H
#define LOGITD_CORE_MODEL_LIKELIHOOD_H

#include "core/kernel/margin_loss.h"
#include "core/model/basis.h"
#include "core/model/penalty.h"
#include "core/model/row_chunk.h"
#include "core/model/survey.h"
#include "core/model/tallies.h"
#include "core/optim/objective.h"

/* What a worker needs for one chunk of rows. */
struct likelihood_room {
    struct row_chunk chunk;
    double *margins;    /* [n_rows × n_classes] these two: where rows are not narrow */
    double *residual;   /* the same; LOSS_TURN_CELLS at least */
    double *curvature;  /* [n_rows] */
    double *weighted_u; /* gram_add's; of nothing if rows are sparse */
    double *pairs;      /* of class_pairs.h; or NULL */
    double *narrow;     /* [NARROW_ROWS_SCRATCH] where rows are narrow; else NULL */
    double *kept;       /* of the point's state: where the chunk's rows are; or NULL */
};

struct likelihood;

/*
 * What is done with a chunk of rows: adds to the sums what it contributes. The vector,
 * and the gradient or product among the sums, have the numbers of a term for all blocks
 * side by side (term_order.h); the Hessian is by blocks.
 */
typedef void likelihood_chunk_fn(const struct likelihood *likelihood,
                                 struct likelihood_room *room, const double *vector,
                                 unsigned want, double *sums);

/* What a family is to a pass over the rows: one constant table each. */
struct likelihood_loss {
    bool in_classes; /* a block of coefficients for each class (but class 0); else one */
    bool is_logistic, is_smooth; /* as the family's traits */
    bool is_quadratic;
    double greatest_curvature; /* of a row's loss by its margins */
    margin_loss_fn *of_rows;   /* where a row has one margin */
    likelihood_chunk_fn *add;  /* at beta: loss, gradient, Hessian as wanted */
    /* The same of rows that are places in tables: the vector is set, and sums are by
     * places (tallies.h). NULL: it does not take them. */
    likelihood_chunk_fn *add_tallied;
    /* The product of the Hessian with a vector, and its diagonal, from what the room's
     * point keeps of the chunk's rows. NULL: has none. */
    likelihood_chunk_fn *add_product, *add_diagonal;
    /* The weights of rows in block (k, l) of the Hessian, l ≤ k, from the same: into the
     * room's curvature; to be subtracted where k ≠ l. */
    void (*find_curvature)(const struct likelihood *likelihood,
                           struct likelihood_room *room, size_t k, size_t l);
    /* Fills what `add` leaves out of a Hessian's lower triangle; NULL: nothing. */
    void (*complete)(const struct likelihood *likelihood, double *hessian);
};

struct likelihood {
    const struct design *design;
    const struct basis *basis;
    const struct estimate_hooks *hooks; /* for names of columns, and to give up */
    struct pool *pool;
    const struct estimate_options *options; /* for a part of it (likelihood_part.h) */
    const struct likelihood_loss *loss;
    size_t n_classes;   /* 2 where a row has one margin */
    size_t first_class; /* whose coefficients are block 0: 1; with l1 and classes 0 */
    size_t n_blocks;    /* of coefficients */
    size_t n;           /* n_blocks × basis->n_terms */
    double sum_weights;
    bool is_penalised; /* by l2 */
    struct penalty penalty;
    double *l1;                    /* [n] weights of |coefficient|; NULL: none */
    struct likelihood_room *rooms; /* [n_threads]; the last is the caller's */
    bool has_hessian;              /* room for the sums of one */
    size_t n_at_once;              /* β that a pass can serve */
    double *sums;                  /* of a pass */
    bool is_raw;                   /* a pass takes rows as they lie (raw_terms.h) */
    bool is_paired;                /* and so does one that sums up a Hessian of classes */
    bool is_narrow;   /* loss, gradient and Hessian are had at once (narrow_rows.h); */
    bool is_viewed;   /* of rows as they lie, which are put into the basis on the way */
    double *raw;      /* [n_at_once × raw terms] its vectors, and room; NULL: not raw */
    double *by_terms; /* [n_at_once × n or raw terms] its vectors; one block: nothing */
    struct tallies tallies; /* of rows as they lie, for evaluations; or without a plan */
    double *tally_sums;     /* of such a pass */
    size_t stretch_blocks;  /* of the design, whose sums are added up at once */
    struct likelihood_margins *margins; /* likelihood_margins.h; NULL until then */
    struct likelihood_block *block;     /* room for likelihood_block.h; NULL until then */
    /* Of the last evaluation: weight of rows whose class does not have the greatest
     * margin strictly. Offsets left aside; 0 proves complete separation. */
    double misplaced_weight;
    double n_passes; /* over all rows, of evaluations and products so far; of some of them
                      * their share */
};

/* Room for chunks in a basis, which may be a part of the likelihood's. */
int likelihood_room_new(const struct likelihood *likelihood, const struct basis *basis,
                        struct likelihood_room *room, struct error *err) MUST_CHECK;
void likelihood_room_free(struct likelihood_room *room);

/* May several threads be at work at once? Else there is the caller's room alone. */
bool likelihood_is_together(const struct likelihood *likelihood);
/* That of the thread that calls. */
struct likelihood_room *likelihood_own_room(const struct likelihood *likelihood);

/* Numbers that a point keeps of a row. */
size_t likelihood_n_kept(const struct likelihood *likelihood);
/* Raw terms of all blocks (raw_terms.h). */
size_t likelihood_n_raw(const struct likelihood *likelihood);
/* Those of these rows, in a point's state. Rows of weight 0 take no place. */
double *likelihood_kept(const struct likelihood *likelihood, void *state,
                        const struct design_block *rows);

#define LIKELIHOOD_MOST_AT_ONCE 32U /* β that a pass serves; more take another pass */

/* What pool_sum adds up in a pass, in this order, followed by the gradient and the
 * Hessian [n × n]. */
enum { LIKELIHOOD_LOSS, LIKELIHOOD_MISPLACED, LIKELIHOOD_N_SUMS };
/* Sums by places are behind them on a line of memory of their own. */
#define LIKELIHOOD_TALLIES 8U

/* Design, basis, options, hooks and pool are borrowed. Without a Hessian nothing is n ×
 * n. */
int likelihood_new(struct likelihood *likelihood, const struct design *design,
                   const struct basis *basis, const struct survey *survey,
                   const struct estimate_options *options,
                   const struct estimate_hooks *hooks, struct pool *pool,
                   bool has_hessian, struct error *err) MUST_CHECK;
void likelihood_free(struct likelihood *likelihood); /* all-zero is fine */

/* Other penalties, of the same kinds, which the basis has by now. Objectives that were
 * had before are of no use any more. */
int likelihood_new_penalties(struct likelihood *likelihood,
                             const struct estimate_options *options,
                             struct error *err) MUST_CHECK;

/* Is beta 0 but for intercepts? Then all rows without an offset have the same margins. */
bool likelihood_is_flat(const struct likelihood *likelihood, const double *beta);

/* The penalty's share of J at beta. */
double likelihood_penalty(const struct likelihood *likelihood, const double *beta);

/* Borrows the likelihood. ERROR_NON_FINITE with the place "column NAME". */
struct objective likelihood_objective(struct likelihood *likelihood);

#endif
