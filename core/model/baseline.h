/*
 * How the cells of each input lay in the rows of a fit: what the cells of later rows are
 * compared with, to see if a model still is where it was made for.
 *
 * Numbers are counted between the deciles of at most BASELINE_MOST_ROWS rows, taken in
 * runs at even distances; levels as often as the fit saw them, the rarest of more than
 * BASELINE_MOST_BINS together. A sparse input is 0 where a row has no entry of it. Of
 * more than BASELINE_MOST_INPUTS nothing is known.
 */
#ifndef LOGITD_CORE_MODEL_BASELINE_H
#define LOGITD_CORE_MODEL_BASELINE_H

#include "core/data/encoding.h"

#define BASELINE_MOST_BINS 20U
#define BASELINE_MOST_INPUTS 1024U
#define BASELINE_MOST_ROWS 4096U

/* Where a cell lies that is in no bin. */
#define BASELINE_MISSING BASELINE_MOST_BINS
#define BASELINE_UNSEEN (BASELINE_MOST_BINS + 1)
#define BASELINE_N_PLACES (BASELINE_MOST_BINS + 2)

struct baseline_input {
    bool is_numeric;
    size_t n_bins; /* at least 1 */
    /* numeric: [n_bins - 1] ascending; bin i has what is above edges[i - 1] and not above
     * edges[i] */
    double edges[BASELINE_MOST_BINS - 1];
    size_t bin_of_zero;
    /* categorical: [n_bins] the level of each bin; UINT32_MAX: all that have no other */
    uint32_t levels[BASELINE_MOST_BINS];
    uint64_t counts[BASELINE_MOST_BINS]; /* [n_bins] */
    uint64_t n_rows, n_missing;          /* looked at; and without a cell */
};

struct baseline {
    size_t n_inputs; /* 0: nothing is known */
    struct baseline_input *inputs;
};

/* Into an all-zero struct. keep[n_rows of the table]: 0 for rows that the fit left out;
 * NULL: none. The encoding is of this table. */
int baseline_build(struct baseline *baseline, const struct table *table,
                   const struct encoding *encoding, const unsigned char *keep,
                   struct error *err) MUST_CHECK;
size_t baseline_bytes(const struct encoding *encoding); /* while it is built, at most */
void baseline_free(struct baseline *baseline); /* what it owns; and back to all zero */

/* In which bin a cell lies, or BASELINE_MISSING, or BASELINE_UNSEEN. */
size_t baseline_place(const struct baseline_input *input, double cell);

/*
 * The population stability index of counts[n_bins] against the baseline's: Σ (q - p)
 * ln(q/p) over the shares q and p of both, each count being half a cell more than it is,
 * so that an empty bin has a share (Siddiqi, "Credit Risk Scorecards", 2006, has the
 * index, and calls 0.1 a slight and 0.25 a large shift). NaN without any count.
 */
double baseline_psi(const struct baseline_input *input, const uint64_t *counts);

void baseline_pack(const struct baseline *baseline, struct buffer *out);
/* Into an all-zero struct; what could not have been built fails the reader. baseline_free
 * in any case. */
int baseline_unpack(struct baseline *baseline, const struct encoding *encoding,
                    struct pack_reader *in, struct error *err) MUST_CHECK;

#endif
