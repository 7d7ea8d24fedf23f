/*
 * One version of a model serving one request that predicts, in whatever dialect: found
 * once, so that all of the answer comes from it, and its rows scored once. What is done
 * of every prediction whatever it looks like has its place here.
 */
#ifndef LOGITD_API_SERVING_H
#define LOGITD_API_SERVING_H

#include "api/model_path.h"
#include "api/predict_body.h"
#include "api/shadow.h"

#define SERVING_FEW 4U

struct serving {
    const char *name; /* of the model; borrowed from the request */
    struct registry_found found;
    struct budget *budget; /* borrowed: of what the scores take */
    /* Once scored: [n_rows × n_scores] of body->n_good rows; model_n_scores each. */
    double *scores;
    double few[SERVING_FEW]; /* where they are, if they are no more */
    size_t n_rows, n_scores;
    size_t reserved_bytes;
    double opened_at, read_at, scored_at; /* clock_seconds() behind each step */
    struct service *service;
    struct registry_shadow beside; /* until the rows are scored */
    struct shadow *shadow;         /* from then on; NULL: there is none */
    bool is_answered; /* for the maker of the answer to say, once it is there */
};

/* Finds the version into an all-zero `serving`, as model_path_lookup does; of a split one
 * of its versions, by the request's header X-Split-Key or by chance. `model` must stay
 * until serving_close, which comes after this in any case. */
int serving_open(struct service *service, const struct request *request,
                 enum model_path_by by, const char *model, const char *which,
                 struct serving *serving, struct error *err) MUST_CHECK;
/* Counts the request in the model's usage, as answered or as failed. All zero is fine. */
void serving_close(struct serving *serving);

/* Scores the rows that can be scored; once. ERROR_MEMORY_BUDGET or ERROR_TOO_LARGE where
 * the scores do not fit. */
int serving_score(struct serving *serving, const struct predict_body *body,
                  struct error *err) MUST_CHECK;
/* Of one of them; [n_scores]. */
const double *serving_scores_of(const struct serving *serving, size_t good);

#endif
