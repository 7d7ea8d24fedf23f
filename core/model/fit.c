#include "core/model/fit.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/model/fit_check_statistics.h"
#include "core/model/fit_data.h"
#include "core/model/fit_details.h"
#include "core/model/fit_folds.h"
#include "core/model/fit_memory.h"
#include "core/model/fit_place.h"
#include "core/model/fit_preview.h"
#include "core/model/warm_start.h"

const struct fit_request fit_defaults = {
    .family = "auto",
    .algorithm = "auto",
    .frequency_weights = true,
    .intercept = true,
    .statistics = -1,
    .details = {.confidence = .95},
    .solver = {.max_iterations = 1000, .tolerance = 1e-8, .seed = 1},
};

#define BATCH_SIZE 32

/* ---- options ---- */

/* Subgradients do not fall near a minimum: steps must, unless the method's own do. */
static enum schedule usual_schedule(const struct fit_request *request, enum family family)
{
    const struct solver *solver = solver_find(request->algorithm);
    bool has_own = !solver || solver_find("adagrad") == solver;
    return family_traits(family)->is_smooth || has_own ? SCHEDULE_CONSTANT
                                                       : SCHEDULE_INVERSE_SQRT;
}

static struct solver_options solver_options(const struct fit_request *request,
                                            enum family family)
{
    struct solver_options options = request->solver;
    options.batch_size = options.batch_size ? options.batch_size : BATCH_SIZE;
    options.max_epochs = options.max_epochs ? options.max_epochs : FIT_MAX_EPOCHS;
    if (options.schedule == SCHEDULE_USUAL)
        options.schedule = usual_schedule(request, family);
    return options;
}

static struct estimate_options options_of(const struct fit_data *data)
{
    const struct fit_request *request = data->request;
    const struct path_options *path = &request->path;
    bool has_path = path->n_lambdas > 0; /* then these stand for all of its penalties */
    return (struct estimate_options){
        .family = data->parts.family,
        .algorithm = request->algorithm,
        .intercept = request->intercept,
        .frequency_weights =
            request->frequency_weights && request->weights && !request->trials,
        .l2 = has_path ? 1 - path->alpha : request->l2,
        .l1 = has_path ? path->alpha : request->l1,
        .n_entries = fit_data_entries(data),
        .firth = request->firth,
        .factors = data->factors,
        .statistics = family_traits(data->parts.family)->is_smooth &&
                      fit_check_statistics_wanted(request),
        .standardize = request->standardize,
        .solver = solver_options(request, data->parts.family),
        .held_out = request->is_validated ? &data->validation.design : NULL,
        .patience = request->patience,
        .rates = request->rates,
        .n_rates = request->n_rates,
        .n_at_once = request->n_rates ? request->n_rates + 1 : 0,
        .confidence = request->details.confidence,
        .log_coefficient = data->log_coefficient};
}

static size_t add(size_t a, size_t b)
{
    return memory_sum(a, b, &a) ? a : SIZE_MAX;
}

/* Of the design and the estimate. */
static struct fit_needs needs_of(const struct fit_data *data, size_t n_threads)
{
    const struct estimate_options options = options_of(data);
    const struct algorithm_task task = algorithm_task_of(
        &options, data->n_kept, data->encoding->n_columns, data->parts.n_classes);
    size_t n_folds = data->request->path.n_folds;
    uint64_t n_held_out = data->validation.source.n_kept;
    struct fit_needs needs = fit_data_needs(data, n_threads);
    needs.arrays = add(needs.arrays, fit_memory_array_bytes(&task, n_folds, n_held_out));
    needs.method = fit_memory_bytes(&task, n_threads);
    needs.n_coefficients = task.n_blocks * task.n_terms;
    needs.other = add(needs.other, needs.method);
    needs.other = add(needs.other, fit_details_bytes(data, &task, n_threads));
    needs.other = add(needs.other, path_bytes(&data->request->path, data->n_kept));
    size_t baseline = baseline_bytes(data->encoding); /* when the rest is gone */
    needs.other = needs.other > baseline ? needs.other : baseline;
    return needs;
}

/* ---- estimating ---- */

static size_t count_constants(const struct encoding *encoding)
{
    size_t n = 0;
    for (size_t t = 0; t < encoding->n_terms; t++)
        n += encoding->terms[t].n_columns == 0;
    return n;
}

/* names[count_constants], in a buffer of theirs. */
static int name_constants(const struct encoding *encoding, struct buffer *room,
                          const char **names, struct error *err)
{
    size_t n = 0;
    for (size_t t = 0; t < encoding->n_terms; t++)
        if (encoding->terms[t].n_columns == 0) {
            term_write(encoding, &encoding->terms[t], room);
            buffer_append_byte(room, '\0');
        }
    if (buffer_check(room, err) < 0)
        return -1;
    for (size_t at = 0; at < room->n_bytes; at += strlen(room->bytes + at) + 1)
        names[n++] = room->bytes + at;
    return 0;
}

/* Terms of which an input has one level only get no coefficient; the report says so. */
static int warn_of_constants(const struct fit_data *data, struct report *report,
                             struct error *err)
{
    const struct encoding *encoding = data->encoding;
    struct buffer room = BUFFER_EMPTY;
    size_t n = count_constants(encoding);
    const char **names = memory_new(n, sizeof(*names), err);
    int status = !names ? -1 : n == 0 ? 0 : name_constants(encoding, &room, names, err);
    if (status == 0 && n > 0)
        status = report_warn(report, "constant_columns", names, n, err,
                             "%zu categorical columns have the same level in all rows "
                             "and no coefficient",
                             n);
    memory_free(names);
    buffer_free(&room);
    return status;
}

static int report_warm_start(const struct fit_data *data, struct report *report,
                             struct error *err)
{
    const char *name = data->request->warm_start_name;
    if (name && !(report->warm_start = memory_copy_string(name, err)))
        return -1;
    return 0;
}

static int estimate(struct fit_data *data, struct pool *pool,
                    const struct solver_watch *watch, struct estimate *estimate,
                    struct error *err)
{
    struct estimate_options options = options_of(data);
    struct estimate_hooks hooks = {.name = fit_data_term, .context = data};
    struct fit_details details = {0};
    const struct path_options path = fit_folds_path(data);
    double *start = NULL;
    if (watch)
        hooks.watch = *watch;
    int status = warm_start_make(data, &start, err);
    if (status == 0)
        status = fit_details_make(&details, data, err);
    options.start = start;
    options.details = details.options;
    if (status == 0)
        status = path_run(&data->design, &options, &path, &hooks, pool, estimate, err);
    memory_free(start);
    fit_details_free(&details);
    if (status < 0 || report_warm_start(data, &estimate->report, err) < 0 ||
        fit_details_number_rows(data, &estimate->report.addenda, err) < 0)
        return -1;
    return warn_of_constants(data, &estimate->report, err);
}

/* ---- the whole ---- */

static int copy_name(char **copy, const char *name, struct error *err)
{
    *copy = name ? memory_copy_string(name, err) : NULL;
    return name && !*copy ? -1 : 0;
}

static int name_roles(struct model_roles *roles, const struct fit_request *request,
                      struct error *err)
{
    return copy_name(&roles->target, request->target, err) < 0 ||
                   copy_name(&roles->weights, request->weights, err) < 0 ||
                   copy_name(&roles->trials, request->trials, err) < 0 ||
                   copy_name(&roles->offset, request->offset, err) < 0 ||
                   copy_name(&roles->formula, request->formula, err) < 0
               ? -1
               : 0;
}

static struct model *assemble(struct fit_data *data, struct estimate *estimate,
                              struct error *err)
{
    data->parts.estimate = estimate;
    struct model *model = model_assemble(&data->parts, err);
    if (!model)
        return NULL;
    data->encoding = NULL; /* the model's now */
    if (baseline_build(&model->baseline, data->table, model->encoding, data->keep, err) ==
            0 &&
        name_roles(&model->roles, data->request, err) == 0)
        return model;
    model_release(model);
    return NULL;
}

static struct model *build_and_estimate(struct fit_data *data, struct pool *pool,
                                        const struct solver_watch *watch, double start,
                                        struct error *err)
{
    struct estimate estimated = {0};
    struct model *model = NULL;
    solver_tell_stage(watch, "encoding", 0, 0);
    if (fit_data_build(data, pool, err) < 0)
        return NULL;
    double read_seconds = clock_seconds() - start;
    if (estimate(data, pool, watch, &estimated, err) == 0) {
        struct report *report = &estimated.report;
        report->n_rows_dropped = data->n_dropped;
        report->design_bytes = design_n_bytes(&data->design);
        report->design_is_sparse = data->design.storage == DESIGN_CSR_F64;
        report->design_is_on_disk = data->file != NULL;
        report->read_seconds = read_seconds;
        report->total_seconds = clock_seconds() - start;
        model = assemble(data, &estimated, err);
    }
    estimate_free(&estimated);
    return model;
}

/* Nothing that a failing disk has had a part in. */
static struct model *build_on(struct fit_data *data, struct pool *pool,
                              const struct solver_watch *watch, double start,
                              struct error *err)
{
    struct error why = {0};
    struct model *model = build_and_estimate(data, pool, watch, start, &why);
    if (array_file_check(data->file, err) == 0 && model)
        return model;
    error_copy(err, &why);
    model_release(model);
    return NULL;
}

struct model *fit_run(const struct fit_request *request, const struct table *table,
                      const struct fit_room *room, struct pool *pool,
                      const struct solver_watch *watch, struct error *err)
{
    struct fit_data data = {0};
    struct model *model = NULL;
    double start = clock_seconds();
    solver_tell_stage(watch, "reading", 0, 0);
    if (fit_data_prepare(&data, request, table, err) == 0) {
        const struct fit_needs needs = needs_of(&data, pool_n_threads(pool));
        struct fit_place place;
        if (fit_place_take(&place, &needs, room, pool_n_threads(pool), &data.file, err) ==
            0) {
            model = build_on(&data, pool, watch, start, err);
            fit_data_free(&data);
            fit_place_leave(&place, room);
        }
    }
    fit_data_free(&data);
    return model;
}

int fit_preview(const struct fit_request *request, const struct table *table,
                const struct fit_room *room, struct pool *pool, size_t n_threads,
                struct fit_preview *preview, struct error *err)
{
    int status = fit_data_prepare(&preview->data, request, table, err);
    if (status == 0) {
        const struct estimate_options options = options_of(&preview->data);
        const struct fit_needs needs = needs_of(&preview->data, n_threads);
        preview->n_threads = n_threads;
        preview->place = fit_place_choose(&needs, room, room->budget->limit, n_threads);
        status = fit_place_check(&preview->place, &needs, room, err);
        if (status == 0)
            status = fit_preview_look(preview, &options, room, pool, err);
    }
    if (status < 0)
        fit_preview_free(preview);
    return status;
}
