/*
 * The members of a native predict request (contract.md "Predicting"): where each lies in
 * the text, and the options beside the rows.
 */
#ifndef LOGITD_API_PREDICT_OPTIONS_H
#define LOGITD_API_PREDICT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/problem.h"
#include "core/model/model.h"
#include "core/text/json_scan.h"

enum predict_member {
    PREDICT_MEMBER_ROWS,
    PREDICT_MEMBER_COLUMNS,
    PREDICT_MEMBER_INSTANCES,
    PREDICT_MEMBER_OUTPUT,
    PREDICT_MEMBER_THRESHOLD,
    PREDICT_MEMBER_LAYOUT,
    PREDICT_MEMBER_ON_ERROR,
    PREDICT_MEMBER_TOP_K,
    PREDICT_MEMBER_CONFIDENCE,
    PREDICT_MEMBER_OFFSET,
    PREDICT_N_MEMBERS
};

/* Where the value of each member begins; members may come in any order. */
struct predict_members {
    struct json_scan at[PREDICT_N_MEMBERS];
    bool has[PREDICT_N_MEMBERS];
    bool is_object; /* else the text is another value, which has been told */
    /* What dialects differ in. */
    const char *pointers[PREDICT_N_MEMBERS]; /* to rows, columns and instances, where they
                                                lie elsewhere; NULL: "/rows" and so on */
    bool takes_any;    /* an instance may be an array of cells, too, or, of a model with
                          one input, a cell */
    bool takes_arrays; /* a cell may be alone in an array */
    bool takes_nan;    /* core/text/json_scan.h */
    const struct json_scan *shared; /* an object whose inputs all instances have; NULL */
    const char *shared_pointer;
};

enum predict_output {
    PREDICT_LABEL = 1,
    PREDICT_PROBABILITY = 2,
    PREDICT_LOG_ODDS = 4,
    PREDICT_LINEAR_PREDICTOR = 8,
    PREDICT_LOGITS = 16,     /* of a multinomial, in place of log-odds */
    PREDICT_PREDICTION = 32, /* of a model of numbers */
    PREDICT_STANDARD_ERROR = 64,
    PREDICT_INTERVAL = 128,
    PREDICT_CONTRIBUTIONS = 256, /* and the bias */
    PREDICT_TOP_K = 512,         /* no word of its own: asked for by a number */
    /* Those that scores alone do not tell. */
    PREDICT_OF_CELLS = PREDICT_STANDARD_ERROR | PREDICT_INTERVAL | PREDICT_CONTRIBUTIONS
};

struct predict_options {
    unsigned outputs;    /* enum predict_output */
    double threshold;    /* of the positive class; ½ if none was given */
    size_t top_k;        /* with PREDICT_TOP_K: how many classes, at most */
    double confidence;   /* of intervals; .95 if none was given */
    bool columns_layout; /* else records */
    bool on_error_row;   /* a bad row answers in its place, else it fails the request */
};

/* Finds the members. Rows and instances are passed over, to be checked by who reads them;
 * all else is checked. 0, or -1 with err set (malformed or twice the same member: place
 * "byte 17"). What is well formed but wrong goes to `problems`, with 0. */
int predict_options_find(const char *body, size_t n_bytes,
                         struct predict_members *members, struct problem_list *problems,
                         struct error *err) MUST_CHECK;

/* Reads all members but the rows, columns and offset; wrong ones go to `problems`. -1
 * only as above. */
int predict_options_read(const struct model *model, const struct predict_members *members,
                         struct predict_options *options, struct problem_list *problems,
                         struct error *err) MUST_CHECK;

#endif
