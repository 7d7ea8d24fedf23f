#include "api/job_preview.h"

#include <math.h>

#include "api/service_internal.h"
#include "core/model/fit_preview.h"
#include "core/text/json_write.h"

#define MOST_TERMS 1000U /* that are listed */

/* ---- writing ---- */

static void write_class(struct json_writer *json, const char *key,
                        const struct level *class)
{
    json_write_key(json, key);
    json_write_text(json, class->text, class->n_bytes);
}

/* As in a version. */
static void write_classes(struct json_writer *json, const struct model_parts *parts)
{
    const struct family_traits *traits = family_traits(parts->family);
    json_write_member_string(json, "family", traits->word);
    json_write_key(json, "classes");
    json_write_begin_array(json);
    for (size_t k = 0; !traits->of_numbers && k < parts->n_classes; k++)
        json_write_text(json, parts->classes[k].text, parts->classes[k].n_bytes);
    json_write_end_array(json);
    if (traits->of_two_classes)
        write_class(json, "positive", &parts->classes[parts->positive]);
    else if (!traits->of_numbers)
        write_class(json, "reference", &parts->classes[parts->reference]);
}

static void write_terms(struct json_writer *json, struct fit_data *data)
{
    size_t n = data->encoding->n_columns;
    json_write_key(json, "terms");
    json_write_begin_array(json);
    for (size_t j = 0; j < n && j < MOST_TERMS; j++)
        json_write_string(json, fit_data_term(data, j));
    json_write_end_array(json);
}

static void write_design(struct json_writer *json, struct fit_preview *preview)
{
    struct fit_data *data = &preview->data;
    json_write_key(json, "design");
    json_write_begin_object(json);
    json_write_member_integer(json, "n_rows", (int64_t)data->n_kept);
    json_write_member_integer(json, "n_rows_dropped", (int64_t)data->n_dropped);
    json_write_member_integer(json, "n_columns", (int64_t)data->encoding->n_columns);
    json_write_member_string(json, "storage",
                             preview->storage == DESIGN_CSR_F64 ? "sparse" : "dense");
    json_write_member_integer(json, "n_entries", (int64_t)preview->n_entries);
    json_write_member_integer(json, "bytes", (int64_t)preview->design_bytes);
    json_write_member_bool(json, "on_disk", preview->place.is_on_disk);
    write_terms(json, data);
    json_write_end_object(json);
}

static void write_term(struct json_writer *json, const struct encoding *encoding,
                       const struct term *term)
{
    struct buffer name = BUFFER_EMPTY;
    term_write(encoding, term, &name);
    if (name.failed)
        json->out->failed = true;
    json_write_text(json, name.bytes ? name.bytes : "", name.n_bytes);
    buffer_free(&name);
}

/* Terms of which an input has one level only get no coefficient. */
static void write_constants(struct json_writer *json, const struct encoding *encoding)
{
    json_write_key(json, "constant_columns");
    json_write_begin_array(json);
    for (size_t t = 0; t < encoding->n_terms; t++)
        if (encoding->terms[t].n_columns == 0)
            write_term(json, encoding, &encoding->terms[t]);
    json_write_end_array(json);
}

/* Two digits: it is a guess. */
static double about(double seconds)
{
    double unit = seconds > 0 ? pow(10, floor(log10(seconds)) - 1) : 1;
    return unit < 1 ? round(seconds / unit) / round(1 / unit)
                    : round(seconds / unit) * unit;
}

static void write_time(struct json_writer *json, const struct fit_preview *preview)
{
    double fit = preview->time.seconds, read = preview->read_seconds;
    json_write_key(json, "time");
    json_write_begin_object(json);
    json_write_member_bool(json, "estimate", true);
    json_write_member_number(json, "seconds", about(read + fit));
    json_write_member_number(json, "read_seconds", about(read));
    json_write_member_number(json, "fit_seconds", about(fit));
    json_write_member_bool(json, "at_most", preview->time.is_bound);
    json_write_member_integer(json, "threads", (int64_t)preview->n_threads);
    json_write_end_object(json);
}

static void write_preview(struct json_writer *json, const struct job_request *request,
                          struct fit_preview *preview)
{
    json_write_begin_object(json);
    json_write_member_bool(json, "dry_run", true);
    json_write_member_string(json, "model", request->model);
    write_classes(json, &preview->data.parts);
    json_write_member_string(json, "algorithm", preview->algorithm.solver->name);
    json_write_member_string(json, "chosen_because", preview->algorithm.because);
    json_write_member_bool(json, "statistics", preview->statistics);
    write_design(json, preview);
    write_constants(json, preview->data.encoding);
    json_write_member_integer(json, "n_coefficients", (int64_t)preview->n_coefficients);
    json_write_member_integer(json, "memory_bytes", (int64_t)preview->place.memory_bytes);
    write_time(json, preview);
    json_write_member_string(json, "warm_start", request->warm_start);
    json_write_end_object(json);
}

/* ---- the run ---- */

static bool is_over(void *context)
{
    struct service *service = context;
    return atomic_load(&service->is_draining);
}

static int run(struct service *service, const struct job_request *request,
               const struct table *table, struct fit_preview *preview, struct error *err)
{
    struct error why = {0};
    struct pool *pool = pool_new(1, 0, err);
    if (!pool)
        return -1;
    pool_watch(pool, is_over, service);
    const struct fit_room room = service_fit_room(service);
    int status = fit_preview(&request->fit, table, &room, pool,
                             service->options.n_threads, preview, &why);
    pool_free(pool);
    return status == 0 ? 0 : service_tell_stop(&why, err);
}

int job_preview_write(struct service *service, const struct job_request *request,
                      const struct table *table, struct buffer *out, struct error *err)
{
    struct fit_preview preview = {0};
    struct json_writer json = json_write_start(out);
    if (run(service, request, table, &preview, err) < 0)
        return -1;
    write_preview(&json, request, &preview);
    fit_preview_free(&preview);
    return buffer_check(out, err);
}
