#include "core/model/baseline.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/cell_reader.h"
#include "core/data/radix.h"

#define RUN_ROWS 16U
#define MOST_CELLS (1U << 19)
#define MOST_EDGES (BASELINE_MOST_BINS - 1)
#define N_DECILES 10U

void baseline_free(struct baseline *baseline)
{
    memory_free(baseline->inputs);
    *baseline = (struct baseline){0};
}

/* ---- the rows that are looked at ---- */

struct sample {
    size_t n_inputs; /* of the encoding: so many cells has a row */
    size_t n_rows, most;
    double *cells;   /* [n_inputs × most] an input's one behind the other */
    double *run;     /* [RUN_ROWS × n_inputs] as rows are read */
    double *numbers; /* [most] of one input */
    struct radix_room room;
};

static size_t most_rows(size_t n_inputs)
{
    size_t n = MOST_CELLS / (n_inputs > 0 ? n_inputs : 1);
    n = n < BASELINE_MOST_ROWS ? n : BASELINE_MOST_ROWS;
    return n < RUN_ROWS ? RUN_ROWS : n / RUN_ROWS * RUN_ROWS;
}

static bool is_compared(const struct encoding *encoding)
{
    return encoding->n_inputs <= BASELINE_MOST_INPUTS;
}

size_t baseline_bytes(const struct encoding *encoding)
{
    size_t n_inputs = encoding->n_inputs;
    if (!is_compared(encoding))
        return 0;
    return (most_rows(n_inputs) * (n_inputs + 1) + RUN_ROWS * n_inputs) * sizeof(double) +
           radix_room_bytes(most_rows(n_inputs)) +
           n_inputs * sizeof(struct baseline_input);
}

static int sample_make(struct sample *sample, size_t n_inputs, struct error *err)
{
    size_t most = sample->most = most_rows(n_inputs);
    sample->n_inputs = n_inputs;
    sample->cells = memory_new_aligned(most * n_inputs, sizeof(double), err);
    sample->run = memory_new(RUN_ROWS * n_inputs, sizeof(double), err);
    sample->numbers = memory_new(most, sizeof(double), err);
    if (!sample->cells || !sample->run || !sample->numbers)
        return -1;
    return radix_room_make(&sample->room, most, err);
}

static void sample_free(struct sample *sample)
{
    memory_free(sample->cells);
    memory_free(sample->run);
    memory_free(sample->numbers);
    radix_room_free(&sample->room);
}

/* Those of a run of at most RUN_ROWS that the fit kept. */
static void take_run(struct sample *sample, const struct cell_reader *reader,
                     uint64_t first, size_t n, const unsigned char *keep)
{
    size_t kept[RUN_ROWS], n_kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!keep || keep[first + i])
            kept[n_kept++] = i;
    if (n_kept == 0)
        return;
    cell_reader_read(reader, first, n, sample->numbers, sample->run);
    for (size_t input = 0; input < sample->n_inputs; input++) {
        double *cells = sample->cells + input * sample->most + sample->n_rows;
        for (size_t i = 0; i < n_kept; i++)
            cells[i] = sample->run[kept[i] * sample->n_inputs + input];
    }
    sample->n_rows += n_kept;
}

static void take_rows(struct sample *sample, const struct cell_reader *reader,
                      uint64_t n_rows, const unsigned char *keep)
{
    size_t most = sample->most;
    for (uint64_t i = 0; n_rows <= most && i < n_rows; i += RUN_ROWS)
        take_run(sample, reader, i,
                 n_rows - i < RUN_ROWS ? (size_t)(n_rows - i) : RUN_ROWS, keep);
    if (n_rows <= most)
        return;
    size_t n_runs = most / RUN_ROWS;
    double distance = n_runs > 1 ? (double)(n_rows - RUN_ROWS) / (double)(n_runs - 1) : 0;
    for (size_t i = 0; i < n_runs; i++)
        take_run(sample, reader, (uint64_t)((double)i * distance), RUN_ROWS, keep);
}

/* ---- numbers ---- */

/* Many a column is mostly 0, which need not be put in order. */
struct gathered {
    size_t n, n_negative; /* that are not 0: the sample's numbers */
    size_t n_zeros;
};

/* Those of an input that are there. */
static struct gathered gather(struct sample *sample, size_t input)
{
    const double *cells = sample->cells + input * sample->most;
    struct gathered gathered = {0};
    for (size_t i = 0; i < sample->n_rows; i++)
        if (cells[i] == 0)
            gathered.n_zeros++;
        else if (!isnan(cells[i])) {
            sample->numbers[gathered.n++] = cells[i];
            gathered.n_negative += cells[i] < 0;
        }
    return gathered;
}

/* The numbers at some ascending places of all in order. */
static void select_numbers(struct sample *sample, const struct gathered *gathered,
                           const size_t *places, double *found)
{
    size_t others[N_DECILES], n_others = 0, n_before = gathered->n_negative;
    double of_others[N_DECILES];
    for (size_t i = 0; i < N_DECILES; i++)
        if (places[i] < n_before)
            others[n_others++] = places[i];
        else if (places[i] - n_before >= gathered->n_zeros)
            others[n_others++] = places[i] - gathered->n_zeros;
    if (n_others > 0)
        radix_select(sample->numbers, gathered->n, others, n_others, of_others,
                     &sample->room);
    for (size_t i = 0, next = 0; i < N_DECILES; i++) {
        bool is_zero = places[i] >= n_before && places[i] - n_before < gathered->n_zeros;
        found[i] = is_zero ? 0 : of_others[next++];
    }
}

static void find_edges(struct baseline_input *input, struct sample *sample,
                       const struct gathered *gathered)
{
    size_t places[N_DECILES], n = gathered->n + gathered->n_zeros;
    double edges[N_DECILES];
    input->n_bins = 1;
    if (n == 0)
        return;
    for (size_t i = 1; i <= N_DECILES; i++)
        places[i - 1] = (n * i + N_DECILES - 1) / N_DECILES - 1;
    select_numbers(sample, gathered, places, edges);
    for (size_t i = 0; i < N_DECILES; i++)
        if (input->n_bins == 1 || edges[i] > input->edges[input->n_bins - 2])
            input->edges[input->n_bins++ - 1] = edges[i];
}

static void build_numeric(struct baseline_input *input, struct sample *sample,
                          size_t which)
{
    struct gathered gathered = gather(sample, which);
    input->is_numeric = true;
    find_edges(input, sample, &gathered);
    input->bin_of_zero = baseline_place(input, 0);
    gathered = gather(sample, which);
    input->counts[input->bin_of_zero] += gathered.n_zeros;
    for (size_t i = 0; i < gathered.n; i++)
        input->counts[baseline_place(input, sample->numbers[i])]++;
}

/* ---- levels ---- */

/* The most frequent ones have a bin each, the first of equals; if not all have, the last
 * bin is for the others. */
static void choose_levels(struct baseline_input *bins, const struct input *input)
{
    bool has_all = input->n_levels <= BASELINE_MOST_BINS;
    size_t most = has_all ? input->n_levels : BASELINE_MOST_BINS - 1, n = 0;
    for (size_t level = 0; level < input->n_levels; level++) {
        uint64_t n_rows = input->levels[level].n_rows;
        size_t at = n;
        while (at > 0 && input->levels[bins->levels[at - 1]].n_rows < n_rows)
            at--;
        if (at == most)
            continue;
        n += n < most;
        memmove(bins->levels + at + 1, bins->levels + at,
                (n - 1 - at) * sizeof(uint32_t));
        bins->levels[at] = (uint32_t)level;
    }
    bins->n_bins = n;
    if (!has_all || n == 0)
        bins->levels[bins->n_bins++] = UINT32_MAX;
}

static void build_categorical(struct baseline_input *bins, const struct input *input)
{
    choose_levels(bins, input);
    for (size_t level = 0; level < input->n_levels; level++)
        if (level != input->missing_level)
            bins->counts[baseline_place(bins, (double)level)] +=
                input->levels[level].n_rows;
}

/* ---- the whole ---- */

static void build_input(struct baseline_input *bins, const struct input *input,
                        struct sample *sample, size_t which)
{
    if (input->type == COLUMN_NUMERIC)
        build_numeric(bins, sample, which);
    else
        build_categorical(bins, input);
    bins->n_rows = sample->n_rows;
    for (size_t i = 0; i < sample->n_rows; i++)
        bins->n_missing += isnan(sample->cells[which * sample->most + i]) ? 1 : 0;
}

static int build_inputs(struct baseline *baseline, const struct encoding *encoding,
                        struct sample *sample, struct error *err)
{
    size_t n = encoding->n_inputs;
    baseline->inputs = memory_new(n, sizeof(*baseline->inputs), err);
    if (!baseline->inputs)
        return -1;
    baseline->n_inputs = n;
    for (size_t i = 0; i < n; i++)
        build_input(&baseline->inputs[i], &encoding->inputs[i], sample, i);
    return 0;
}

int baseline_build(struct baseline *baseline, const struct table *table,
                   const struct encoding *encoding, const unsigned char *keep,
                   struct error *err)
{
    if (!is_compared(encoding))
        return 0;
    struct sample sample = {0};
    struct cell_reader *reader = cell_reader_new(table, encoding, err);
    int status = reader ? sample_make(&sample, encoding->n_inputs, err) : -1;
    if (status == 0) {
        take_rows(&sample, reader, table_summary(table)->n_rows, keep);
        status = build_inputs(baseline, encoding, &sample, err);
    }
    sample_free(&sample);
    cell_reader_free(reader);
    return status;
}

/* ---- comparing ---- */

/* How many edges are below it: by halves, without a branch that it could mislead. */
static size_t place_number(const struct baseline_input *input, double number)
{
    const double *edge = input->edges;
    size_t n = input->n_bins - 1;
    if (n == 0)
        return 0;
    for (; n > 1; n -= n / 2)
        edge += -(size_t)(number > edge[n / 2 - 1]) & (n / 2);
    return (size_t)(edge - input->edges) + (number > *edge);
}

/* The last bin may be for all others, so that a level always has one. */
static size_t place_level(const struct baseline_input *input, double level)
{
    size_t bin = 0;
    while (bin + 1 < input->n_bins && (double)input->levels[bin] != level)
        bin++;
    return bin;
}

size_t baseline_place(const struct baseline_input *input, double cell)
{
    if (isnan(cell))
        return BASELINE_MISSING;
    if (input->is_numeric)
        return place_number(input, cell);
    return cell == INPUT_UNKNOWN_LEVEL ? BASELINE_UNSEEN : place_level(input, cell);
}

double baseline_psi(const struct baseline_input *input, const uint64_t *counts)
{
    double n_now = 0, n_then = 0, half = 0.5 * (double)input->n_bins, sum = 0;
    for (size_t i = 0; i < input->n_bins; i++) {
        n_now += (double)counts[i];
        n_then += (double)input->counts[i];
    }
    if (!(n_now > 0 && n_then > 0))
        return NAN;
    for (size_t i = 0; i < input->n_bins; i++) {
        double now = ((double)counts[i] + 0.5) / (n_now + half);
        double then = ((double)input->counts[i] + 0.5) / (n_then + half);
        sum += (now - then) * log(now / then);
    }
    return sum;
}

/* ---- as bytes ---- */

static void pack_input(const struct baseline_input *input, struct buffer *out)
{
    pack_u64(out, input->n_bins);
    for (size_t i = 0; input->is_numeric && i + 1 < input->n_bins; i++)
        pack_f64(out, input->edges[i]);
    for (size_t i = 0; !input->is_numeric && i < input->n_bins; i++)
        pack_u32(out, input->levels[i]);
    for (size_t i = 0; i < input->n_bins; i++)
        pack_u64(out, input->counts[i]);
    pack_u64(out, input->n_rows);
    pack_u64(out, input->n_missing);
}

void baseline_pack(const struct baseline *baseline, struct buffer *out)
{
    pack_u64(out, baseline->n_inputs);
    for (size_t i = 0; i < baseline->n_inputs; i++)
        pack_input(&baseline->inputs[i], out);
}

static void unpack_edges(struct baseline_input *input, struct pack_reader *in)
{
    for (size_t i = 0; i + 1 < input->n_bins; i++) {
        input->edges[i] = pack_read_f64(in);
        in->failed = in->failed || !isfinite(input->edges[i]) ||
                     (i > 0 && input->edges[i] <= input->edges[i - 1]);
    }
}

static void unpack_levels(struct baseline_input *input, size_t n_levels,
                          struct pack_reader *in)
{
    for (size_t i = 0; i < input->n_bins; i++) {
        input->levels[i] = pack_read_u32(in);
        bool is_of_others = input->levels[i] == UINT32_MAX && i + 1 == input->n_bins;
        in->failed = in->failed || (input->levels[i] >= n_levels && !is_of_others);
    }
}

static void unpack_input(struct baseline_input *bins, const struct input *input,
                         struct pack_reader *in)
{
    uint64_t n_bins = pack_read_u64(in);
    in->failed = in->failed || n_bins < 1 || n_bins > BASELINE_MOST_BINS;
    if (in->failed)
        return;
    bins->n_bins = (size_t)n_bins;
    bins->is_numeric = input->type == COLUMN_NUMERIC;
    if (bins->is_numeric) {
        unpack_edges(bins, in);
        bins->bin_of_zero = baseline_place(bins, 0);
    } else
        unpack_levels(bins, input->n_levels, in);
    for (size_t i = 0; i < bins->n_bins; i++)
        bins->counts[i] = pack_read_u64(in);
    bins->n_rows = pack_read_u64(in);
    bins->n_missing = pack_read_u64(in);
    in->failed = in->failed || bins->n_missing > bins->n_rows;
}

int baseline_unpack(struct baseline *baseline, const struct encoding *encoding,
                    struct pack_reader *in, struct error *err)
{
    uint64_t n = pack_read_u64(in);
    in->failed =
        in->failed || (n != 0 && (n != encoding->n_inputs || !is_compared(encoding)));
    if (pack_check(in, err) < 0)
        return -1;
    baseline->inputs = memory_new((size_t)n, sizeof(*baseline->inputs), err);
    if (!baseline->inputs)
        return -1;
    baseline->n_inputs = (size_t)n;
    for (size_t i = 0; i < baseline->n_inputs && !in->failed; i++)
        unpack_input(&baseline->inputs[i], &encoding->inputs[i], in);
    return pack_check(in, err);
}
