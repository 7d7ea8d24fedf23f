/*
 * A fitted model: immutable but for the counts of its use, reference counted, complete:
 * all that predicting and telling about it need. Thread-safe; swapping versions is
 * swapping a pointer to one of these.
 */
#ifndef LOGITD_CORE_MODEL_MODEL_H
#define LOGITD_CORE_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/data/encoding.h"
#include "core/model/baseline.h"
#include "core/model/drift.h"
#include "core/model/estimate.h"
#include "core/model/report.h"
#include "core/model/usage.h"
#include "core/model/typical.h"

/* Names of what a fit read beside its features: columns, or, of target and offset, what
 * its formula made of some; NULL: none. */
struct model_roles {
    char *target, *weights, *trials, *offset;
    char *formula; /* its text */
};

/* Of a model that was learnt online (online.h): by steps, and what the rows lost before
 * they were learnt from. NaN: not known. */
struct model_learning {
    uint64_t n_steps; /* 0: it is of a fit */
    double loss, recent_loss, accuracy;
};

struct model {
    atomic_size_t n_references;
    enum family family;
    size_t n_classes; /* 0 where numbers are predicted */
    char **classes;   /* sorted order */
    size_t positive;  /* of two: the class that p refers to */
    size_t reference; /* multinomial: the class that coefficients compare with */
    struct encoding *encoding;
    bool intercept;
    size_t n_blocks, n_terms;
    size_t *block_class; /* [n_blocks]: which class each block of coefficients is for */
    struct coefficient
        *coefficients; /* [n_blocks × n_terms]; term 0: intercept where there is one */
    double *means, *scales; /* [n_terms - intercept] of the standardised columns that
                             * coefficients refer to; NULL: of columns as given */
    double *covariance;     /* [(n_blocks·n_terms)²] or NULL */
    /* What predicting uses; aliased and infinite coefficients are taken as the solver
     * left them. weights [n_scores × n_columns], intercepts [n_scores]; multinomial:
     * centred so that each column sums to 0, but with l1 weights are as they were solved.
     */
    double *weights;
    double *intercepts;
    struct typical typical;   /* what the rows of its fit were like */
    struct baseline baseline; /* and where their cells lay */
    struct report report;
    struct model_learning learning;
    struct model_roles roles;
    char *dataset; /* id; NULL for inline data */
    char *dataset_sha256;
    char *metadata;     /* the job's, JSON text; NULL: none */
    struct usage usage; /* not of the model itself, nor is the next one */
    struct drift drift;
};

/* How many scores a row has: n_classes (multinomial: logits), else 1 (log-odds of the
 * positive class, the margin for it, or the number predicted). */
size_t model_n_scores(const struct model *model);

struct model *model_retain(struct model *model);
void model_release(struct model *model); /* NULL is fine */

#endif
