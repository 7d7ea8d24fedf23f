#include "api/usage_metrics.h"

#include <math.h>
#include <stdio.h>

#include "api/metrics.h"
#include "api/model_path.h"
#include "api/usage_json.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define LABELS_BYTES (REGISTRY_NAME_BYTES + 64)

struct served {
    char name[REGISTRY_NAME_BYTES];
    uint64_t version;
    struct model *model; /* retained */
    struct usage_counts counts;
    double age_seconds, most_psi; /* NaN: not known */
};

struct chosen {
    struct served versions[USAGE_METRICS_MOST];
    size_t n;
};

/* ---- which versions ---- */

static bool was_asked(const struct usage_counts *counts)
{
    return counts->n_answered + counts->n_failed > 0;
}

/* The one that answered longest ago. */
static struct served *find_oldest(struct chosen *chosen)
{
    struct served *oldest = &chosen->versions[0];
    for (size_t i = 1; i < chosen->n; i++)
        if (chosen->versions[i].counts.last_microseconds <
            oldest->counts.last_microseconds)
            oldest = &chosen->versions[i];
    return oldest;
}

static void choose(void *context, const char *name, uint64_t version, struct model *model)
{
    struct chosen *chosen = context;
    const struct usage_counts counts = usage_read(&model->usage);
    if (!was_asked(&counts))
        return;
    struct served *place = &chosen->versions[chosen->n];
    if (chosen->n < USAGE_METRICS_MOST) {
        chosen->n++;
    } else {
        place = find_oldest(chosen);
        if (place->counts.last_microseconds >= counts.last_microseconds)
            return;
        model_release(place->model);
    }
    *place = (struct served){
        .version = version, .model = model_retain(model), .counts = counts};
    snprintf(place->name, sizeof(place->name), "%s", name);
}

/* ---- what is to be asked for, without the registry's lock ---- */

static double age_of(const struct served *served, struct store *store)
{
    char key[MODEL_PATH_KEY_BYTES];
    model_path_version_key(served->name, served->version, key);
    const struct store_record *stored = store_find(store, STORE_VERSION, key);
    double age =
        stored ? 1e-6 * (double)(clock_wall_microseconds() - stored->created_at) : NAN;
    store_release(stored);
    return age;
}

static double most_psi_of(struct model *model)
{
    struct drift drift = {0};
    double most = NAN;
    if (model->baseline.n_inputs == 0 ||
        drift_copy(&model->drift, &model->baseline, &drift, NULL) < 0)
        return most;
    if (drift.n_rows >= USAGE_METRICS_LEAST_ROWS)
        most = usage_json_most_psi(model, &drift);
    drift_free(&drift);
    return most;
}

static void look(struct chosen *chosen, struct store *store)
{
    for (size_t i = 0; i < chosen->n; i++) {
        struct served *served = &chosen->versions[i];
        served->age_seconds = age_of(served, store);
        served->most_psi = most_psi_of(served->model);
    }
}

/* ---- text ---- */

static const char *labels_of(const struct served *served, char *labels)
{
    snprintf(labels, LABELS_BYTES, "model=\"%s\",version=\"%llu\"", served->name,
             (unsigned long long)served->version);
    return labels;
}

static void write_requests(const struct chosen *chosen, struct buffer *out)
{
    static const char name[] = "logitd_model_requests_total";
    char labels[LABELS_BYTES];
    metrics_write_family(out, name, "counter", "Requests to predict, by version.");
    for (size_t i = 0; i < chosen->n; i++) {
        const struct usage_counts *counts = &chosen->versions[i].counts;
        labels_of(&chosen->versions[i], labels);
        buffer_printf(out, "%s{%s,outcome=\"answered\"} %llu\n", name, labels,
                      (unsigned long long)counts->n_answered);
        buffer_printf(out, "%s{%s,outcome=\"failed\"} %llu\n", name, labels,
                      (unsigned long long)counts->n_failed);
    }
}

static double rows_of(const struct served *served)
{
    return (double)served->counts.n_rows;
}

static double seconds_of_age(const struct served *served)
{
    return served->age_seconds;
}

static double psi_of(const struct served *served)
{
    return served->most_psi;
}

static void write_values(const struct chosen *chosen, const char *name, const char *type,
                         const char *help, double (*value_of)(const struct served *),
                         struct buffer *out)
{
    char labels[LABELS_BYTES];
    metrics_write_family(out, name, type, help);
    for (size_t i = 0; i < chosen->n; i++) {
        double value = value_of(&chosen->versions[i]);
        if (!isnan(value))
            buffer_printf(out, "%s{%s} %.17g\n", name,
                          labels_of(&chosen->versions[i], labels), value);
    }
}

static void write_latency(const struct chosen *chosen, struct buffer *out)
{
    static const char name[] = "logitd_model_request_duration_seconds";
    char labels[LABELS_BYTES];
    metrics_write_family(out, name, "histogram",
                         "Time from finding the version to its answer.");
    for (size_t i = 0; i < chosen->n; i++)
        metrics_write_histogram(out, name, labels_of(&chosen->versions[i], labels),
                                &chosen->versions[i].counts.latency);
}

void usage_metrics_write(struct registry *registry, struct store *store,
                         struct buffer *out)
{
    struct chosen *chosen = memory_new(1, sizeof(*chosen), NULL);
    if (!chosen)
        return;
    registry_visit(registry, choose, chosen);
    look(chosen, store);
    write_requests(chosen, out);
    write_values(chosen, "logitd_model_rows_total", "counter", "Rows scored, by version.",
                 rows_of, out);
    write_latency(chosen, out);
    write_values(chosen, "logitd_model_age_seconds", "gauge",
                 "Time since the version was made.", seconds_of_age, out);
    write_values(chosen, "logitd_model_max_psi", "gauge",
                 "The largest population stability index among the inputs, against the "
                 "rows of the fit.",
                 psi_of, out);
    for (size_t i = 0; i < chosen->n; i++)
        model_release(chosen->versions[i].model);
    memory_free(chosen);
}
