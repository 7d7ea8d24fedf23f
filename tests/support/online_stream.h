/*
 * A model fitted to some rows, and the rows of a table as a working copy of it learns
 * from them.
 */
#ifndef LOGITD_TESTS_SUPPORT_ONLINE_STREAM_H
#define LOGITD_TESTS_SUPPORT_ONLINE_STREAM_H

#include "core/base/pool.h"
#include "core/model/fit.h"
#include "core/model/online.h"
#include "core/model/online_rows.h"
#include "tests/support/csv_table.h"

struct online_stream {
    struct csv_table table;
    struct fit_request request;
    struct budget budget;
    struct pool *pool;
    struct model *model;
    double *cells; /* [n × n_inputs] */
    struct online_rows source;
    struct predict_entry *entries;
    size_t *ends;
    struct design rows; /* of all of the table */
};

/* Into an all-zero stream. n_classes 0: y is a number. Columns a (near 0), b (near 1e4)
 * and g (levels g0, g1, g2) tell y, with noise. Fails the test on failure. */
void online_stream_draw(struct online_stream *stream, uint64_t seed, size_t n_rows,
                        size_t n_classes);
/* y and 40 sparse columns, of which a row has five; of the first one most rows have a
 * number near 7. */
void online_stream_draw_sparse(struct online_stream *stream, uint64_t seed,
                               size_t n_rows);
/* Fits the model that the request says, unless there is one, and reads the rows. */
void online_stream_fit(struct online_stream *stream);
void online_stream_free(struct online_stream *stream);

/* J of rows [first, first + n) at the copy's coefficients, as families are defined, by
 * long double sums: the mean loss by n, and the penalties. correct: Σ ω of rows whose
 * class is told. */
double online_stream_loss(const struct online_stream *stream, const struct online *online,
                          size_t first, size_t n, double *correct);
double online_stream_penalty(const struct online *online);

/* Some of the rows, borrowed. */
struct design online_stream_part(const struct online_stream *stream, size_t first,
                                 size_t n);

#endif
