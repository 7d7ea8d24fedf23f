/*
 * What is predicted of one row: all outputs that were asked for (api/predict_options.h),
 * found once and told by whoever writes them, as JSON or as columns of text.
 */
#ifndef LOGITD_API_PREDICT_OUTCOME_H
#define LOGITD_API_PREDICT_OUTCOME_H

#include "api/predict_body.h"
#include "core/model/contribution.h"
#include "core/model/score_error.h"

#define PREDICT_OUTCOME_FEW 4U

struct predict_outcome {
    const struct model *model;             /* borrowed, as is the next one */
    const struct predict_options *options; /* of which the model has all it takes */
    unsigned wanted; /* enum predict_output: of rows yet to be taken, of what was asked
                      * for; all of that at first */
    /* Of the row at hand, as far as it is wanted. */
    const double *scores;            /* [n_scores], borrowed */
    double *probabilities;           /* [n_classes] */
    double few[PREDICT_OUTCOME_FEW]; /* where they are, if they are no more */
    size_t label;
    bool is_tie;
    double *std_errors;               /* [n_blocks] */
    struct score_interval *intervals; /* [n_classes], or 1 of a number */
    double *parts;                    /* [n_scores × contribution.n] */
    size_t *ranking; /* [n_classes] classes by probability, the first of equals first */
    struct score_error error;
    struct contribution contribution;
};

/* Into an all-zero struct. predict_outcome_close in any case. */
int predict_outcome_open(struct predict_outcome *outcome, const struct model *model,
                         const struct predict_options *options,
                         struct error *err) MUST_CHECK;
void predict_outcome_close(struct predict_outcome *outcome);

/* What it takes, and what the text of one row's outputs may come to. */
size_t predict_outcome_bytes(const struct model *model,
                             const struct predict_options *options);
size_t predict_outcome_text_bytes(const struct predict_outcome *outcome);

/* Takes a row: its scores, which must stay until the next one. Which of the body's good
 * rows it is; NULL where PREDICT_OF_CELLS are not asked for. */
void predict_outcome_take(struct predict_outcome *outcome, const double *scores,
                          const struct predict_body *body, size_t good);

/* How many classes top_k tells. */
size_t predict_outcome_n_top(const struct predict_outcome *outcome);
/* The class that a standard error is of; a model of one score: SIZE_MAX. */
size_t predict_outcome_error_class(const struct predict_outcome *outcome, size_t block);

#endif
