#include "api/usage_json.h"

#include <math.h>

#include "core/base/clock.h"

/* ---- requests ---- */

static void write_requests(struct json_writer *json, const struct usage_counts *counts)
{
    json_write_key(json, "requests");
    json_write_begin_object(json);
    json_write_member_integer(json, "answered", (int64_t)counts->n_answered);
    json_write_member_integer(json, "failed", (int64_t)counts->n_failed);
    json_write_end_object(json);
    json_write_member_integer(json, "rows", (int64_t)counts->n_rows);
}

static void write_last_answer(struct json_writer *json, const struct usage_counts *counts)
{
    char text[CLOCK_TEXT_BYTES];
    json_write_member_string(json, "last_answered_at",
                             counts->last_microseconds > 0
                                 ? clock_text(counts->last_microseconds, text)
                                 : NULL);
}

static void write_seconds(struct json_writer *json, const struct usage_counts *counts)
{
    json_write_key(json, "seconds");
    json_write_begin_object(json);
    json_write_member_number(json, "read", 1e-9 * (double)counts->read_ns);
    json_write_member_number(json, "score", 1e-9 * (double)counts->score_ns);
    json_write_member_number(json, "write", 1e-9 * (double)counts->write_ns);
    json_write_member_number(json, "failed", 1e-9 * (double)counts->failed_ns);
    json_write_end_object(json);
}

/* Counts of all that took at most so long, as Prometheus has them. */
static void write_latency(struct json_writer *json, const struct latency_counts *counts)
{
    uint64_t n = 0;
    json_write_key(json, "latency");
    json_write_begin_array(json);
    for (size_t i = 0; i <= LATENCY_N_BOUNDS; i++) {
        n += counts->n[i];
        json_write_begin_object(json);
        json_write_key(json, "up_to_seconds");
        if (i < LATENCY_N_BOUNDS)
            json_write_number(json, latency_bounds[i]);
        else
            json_write_null(json);
        json_write_member_integer(json, "answered", (int64_t)n);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

/* ---- drift ---- */

static uint64_t sum_of(const uint64_t *counts, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

static void write_share(struct json_writer *json, const char *key, uint64_t n,
                        uint64_t n_all)
{
    json_write_member_number(json, key, n_all > 0 ? (double)n / (double)n_all : NAN);
}

static void write_numeric_bin(struct json_writer *json,
                              const struct baseline_input *input, size_t bin)
{
    json_write_member_number(json, "above", bin > 0 ? input->edges[bin - 1] : NAN);
    json_write_member_number(json, "up_to",
                             bin + 1 < input->n_bins ? input->edges[bin] : NAN);
}

static void write_level_bin(struct json_writer *json, const struct input *input,
                            uint32_t level)
{
    json_write_key(json, "level");
    if (level < input->n_levels)
        json_write_text(json, input->levels[level].text, input->levels[level].n_bytes);
    else
        json_write_null(json); /* all others */
}

static void write_bins(struct json_writer *json, const struct input *input,
                       const struct baseline_input *bins, const uint64_t *counts)
{
    uint64_t n_then = sum_of(bins->counts, bins->n_bins);
    uint64_t n_now = sum_of(counts, bins->n_bins);
    json_write_key(json, "bins");
    json_write_begin_array(json);
    for (size_t i = 0; i < bins->n_bins; i++) {
        json_write_begin_object(json);
        if (bins->is_numeric)
            write_numeric_bin(json, bins, i);
        else
            write_level_bin(json, input, bins->levels[i]);
        write_share(json, "fit", bins->counts[i], n_then);
        write_share(json, "now", counts[i], n_now);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void write_input(struct json_writer *json, const struct input *input,
                        const struct baseline_input *bins, const uint64_t *counts)
{
    uint64_t n_now = sum_of(counts, BASELINE_N_PLACES);
    json_write_begin_object(json);
    json_write_member_string(json, "name", input->name);
    json_write_member_string(json, "type", bins->is_numeric ? "numeric" : "categorical");
    json_write_member_number(json, "psi", baseline_psi(bins, counts));
    json_write_key(json, "missing");
    json_write_begin_object(json);
    write_share(json, "fit", bins->n_missing, bins->n_rows);
    write_share(json, "now", counts[BASELINE_MISSING], n_now);
    json_write_end_object(json);
    write_share(json, "unseen", counts[BASELINE_UNSEEN], n_now);
    write_bins(json, input, bins, counts);
    json_write_end_object(json);
}

static void write_drift(struct json_writer *json, const struct model *model,
                        const struct drift *drift)
{
    json_write_begin_object(json);
    json_write_member_integer(json, "rows", (int64_t)drift->n_rows);
    json_write_member_number(json, "max_psi", usage_json_most_psi(model, drift));
    json_write_key(json, "inputs");
    json_write_begin_array(json);
    for (size_t i = 0; i < model->baseline.n_inputs; i++)
        write_input(json, &model->encoding->inputs[i], &model->baseline.inputs[i],
                    drift->counts[i]);
    json_write_end_array(json);
    json_write_end_object(json);
}

double usage_json_most_psi(const struct model *model, const struct drift *drift)
{
    double most = NAN;
    for (size_t i = 0; i < model->baseline.n_inputs; i++)
        most = fmax(most, baseline_psi(&model->baseline.inputs[i], drift->counts[i]));
    return most;
}

/* ---- the whole ---- */

int usage_json_write(struct json_writer *json, struct model *model, struct error *err)
{
    const struct usage_counts counts = usage_read(&model->usage);
    struct drift drift = {0};
    bool is_compared = model->baseline.n_inputs > 0;
    if (is_compared && drift_copy(&model->drift, &model->baseline, &drift, err) < 0)
        return -1;
    write_requests(json, &counts);
    write_last_answer(json, &counts);
    write_seconds(json, &counts);
    write_latency(json, &counts.latency);
    json_write_key(json, "drift");
    if (is_compared)
        write_drift(json, model, &drift);
    else
        json_write_null(json);
    drift_free(&drift);
    return 0;
}
