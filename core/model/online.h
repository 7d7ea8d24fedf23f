/*
 * Learning from rows as they come: a working copy that begins with a model's coefficients
 * and takes a step of Adagrad or SGD for each batch of rows. A batch is scored before it
 * is learnt from, so that the mean of these losses judges the copy on rows it did not
 * know (progressive validation: Blum, Kalai and Langford, "Beating the hold-out", COLT
 * 1999).
 *
 * What a step lowers is J of the batch, (Σ ω_i ℓ_i)/n + ½ l2 ‖W‖² + l1 ‖W‖₁: weights are
 * relative to 1, as nobody knows the mean weight of rows that are still to come. The copy
 * learns in coordinates in which the columns of the model's own rows have mean 0 and a
 * length near 1 (basis.h; those of the first rows where nothing is known of the model's),
 * and a number on the scale of the fit; so units do not matter. The step rules are the
 * solvers' (core/optim/adagrad.h, sgd.h), with l1 by proximal steps.
 *
 * The same rows in the same batches give the same bits. One thread at a time.
 */
#ifndef LOGITD_CORE_MODEL_ONLINE_H
#define LOGITD_CORE_MODEL_ONLINE_H

#include "core/data/design.h"
#include "core/model/basis.h"
#include "core/model/model.h"
#include "core/optim/schedule.h"

enum online_algorithm { ONLINE_ADAGRAD = 1, ONLINE_SGD = 2 }; /* written to disk */

/* By the contract's word; false, leaving *algorithm alone, if there is none such. */
bool online_find(const char *word, enum online_algorithm *algorithm);
const char *online_word(enum online_algorithm algorithm);

/* How it learns. The rate alone may change on the way. */
struct online_plan {
    enum online_algorithm algorithm;
    double l2, l1;          /* on the coefficients of the columns as given */
    double rate;            /* of the first step */
    enum schedule schedule; /* constant, inverse_time or inverse_sqrt, by steps; to begin
                             * with: or the usual one */
};

/* What batches lost before they were learnt from, by weight. */
struct online_score {
    double weights, losses; /* Σ ω, Σ ω ℓ */
    double correct;         /* Σ ω of rows whose class was told; of numbers 0 */
};

#define ONLINE_RECENT_ROWS 1000U /* before which a loss has faded to 1/e */

struct online_tally {
    uint64_t n_rows, n_steps;
    struct online_score score;
};

/* All there is to tell of a copy, but its numbers. */
struct online_head {
    struct online_plan plan;
    bool of_numbers; /* it predicts them, and tells no classes */
    struct online_tally whole;
    struct online_score recent; /* older rows count less and less */
};

struct online {
    const struct model *model; /* borrowed: its inputs and classes are the copy's */
    struct online_head head;
    struct typical typical; /* the scale on which it learns */
    struct basis basis;
    size_t n_blocks, n; /* of coefficients in the basis */
    double *beta;       /* [n] by blocks */
    double *squares;    /* [n] of gradients so far: Adagrad's memory; else 0 */
};

/* Does it learn from entries of rows, or from all their cells? */
bool online_is_sparse(const struct model *model);

/* What a copy takes, and what more while it learns; false if it cannot be counted. */
bool online_bytes(const struct model *model, double l1, size_t *n_bytes);
bool online_learn_bytes(const struct model *model, double l1, size_t *n_bytes);

/* For who fills a copy himself: the basis, and numbers that are 0, of a copy that has its
 * model, its head and its scale. */
int online_make(struct online *online, struct error *err) MUST_CHECK;

/* Into an all-zero copy, at the model's coefficients. plan.rate 0: the usual one, by the
 * algorithm. The rows, the first ones to be learnt from, tell where the columns lie where
 * the model does not know. online_free in any case. */
int online_begin(struct online *online, const struct model *model,
                 const struct online_plan *plan, const struct design *rows,
                 struct error *err) MUST_CHECK;
void online_free(struct online *online);

/* The rate of the first step where none is given. */
double online_usual_rate(const struct online *online);

/*
 * Learns from rows of a design (online_rows.h), n_batch at a time, and adds to *call what
 * it did. -1, with a copy that is good for nothing but to be freed: ERROR_NON_FINITE
 * ("/rows", where numbers leave their range), no memory.
 */
int online_learn(struct online *online, const struct design *rows, size_t n_batch,
                 struct online_tally *call, struct error *err) MUST_CHECK;

/* Mean loss; share of rows whose class was told. NaN without rows. */
double online_loss(const struct online_score *score);
double online_accuracy(const struct online_head *head, const struct online_score *score);

/* Coefficients of columns as given: [n_blocks × (intercept + n_columns)]. */
void online_given(const struct online *online, double *given);

#endif
