/*
 * One request that predicts in a dialect: its version is found, its rows are read and
 * scored, and its answer written, or its problems told in the shape of the route.
 */
#ifndef LOGITD_API_DIALECT_SCORING_H
#define LOGITD_API_DIALECT_SCORING_H

#include "api/problem.h"
#include "api/serving.h"

struct scoring {
    struct exchange *exchange;
    struct serving serving;   /* found, and scored once the rows are read */
    struct predict_body body; /* options are the usual ones at first */
    struct problem_list problems;
    bool takes_nan; /* core/text/json_scan.h */
    int form;       /* the dialect's own: what was asked for, for the answer */
};

struct scoring_form {
    bool takes_nan;
    /* Reads the request's rows into scoring->body. 0, or -1 with err set, or with
     * problems told. */
    int (*read)(struct scoring *scoring, struct error *err);
    /* Writes the answer, which has begun as 200 and application/json. */
    int (*write)(struct scoring *scoring, struct error *err);
};

/* Makes the answer. The version is what `which` names: see model_path_lookup. */
void scoring_respond(struct service *service, struct exchange *exchange,
                     enum model_path_by by, const char *model, const char *which,
                     const struct scoring_form *form);

/* The options of a request that says nothing. */
int scoring_options_read(const struct model *model, struct predict_options *options,
                         struct error *err) MUST_CHECK;

/* A scan of the request's body. */
struct json_scan scoring_scan(const struct scoring *scoring);
/* Before a failure is told: see predict_body_check. */
void scoring_check_text(const struct scoring *scoring, struct error *err);
/* Reads the rows that the members have. */
int scoring_read_rows(struct scoring *scoring, const struct predict_members *members,
                      struct error *err) MUST_CHECK;

/* True if the media type is one of `types` and the body is not packed; else the answer is
 * made: 415, with what is `wanted` in words. */
bool scoring_check_type(struct exchange *exchange, const char *const *types, size_t n,
                        const char *wanted);
/* The same for servers that do not look at it: whatever may be text. */
bool scoring_check_text_type(struct exchange *exchange);
/* The same where the body may be packed with gzip or deflate, too. */
bool scoring_check_packed_type(struct exchange *exchange);

#endif
