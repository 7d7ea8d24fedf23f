#include "core/model/fit_preview.h"

#include "core/base/clock.h"
#include "core/model/fit_folds.h"
#include "core/model/survey.h"

static struct algorithm_task task_of(const struct fit_data *data,
                                     const struct estimate_options *options)
{
    return algorithm_task_of(options, data->n_kept, data->encoding->n_columns,
                             data->parts.n_classes);
}

static int choose_algorithm(struct fit_preview *preview,
                            const struct estimate_options *options, struct error *err)
{
    const struct algorithm_task task = task_of(&preview->data, options);
    preview->statistics = options->statistics;
    preview->n_coefficients = task.n_blocks * task.n_terms;
    if (algorithm_choose(&task, &preview->algorithm))
        return 0;
    return error_set(err, ERROR_INVALID, "there is no algorithm of this name");
}

/* With the folds, which the rows tell. */
static void guess_time(struct fit_preview *preview,
                       const struct estimate_options *options)
{
    const struct algorithm_task task = task_of(&preview->data, options);
    const struct path_options path = fit_folds_path(&preview->data);
    preview->time =
        fit_time_guess(&task, &preview->algorithm, options, &path, preview->n_threads);
}

static int look_at_rows(struct fit_preview *preview,
                        const struct estimate_options *options, struct pool *pool,
                        struct error *err)
{
    const struct estimate_hooks hooks = {.name = fit_data_term,
                                         .context = &preview->data};
    struct survey survey = {0};
    struct design *design = &preview->data.design;
    double start = clock_seconds();
    if (fit_data_build(&preview->data, pool, err) < 0)
        return -1;
    preview->read_seconds = clock_seconds() - start;
    guess_time(preview, options);
    preview->storage = design->storage;
    preview->n_entries = design_n_entries(design);
    preview->design_bytes = design_n_bytes(design);
    int status = survey_run(&survey, design, options, &hooks, pool, err);
    survey_free(&survey);
    design_free(design);
    design_free(&preview->data.validation.design);
    return status;
}

int fit_preview_look(struct fit_preview *preview, const struct estimate_options *options,
                     const struct fit_room *room, struct pool *pool, struct error *err)
{
    size_t n_threads = pool_n_threads(pool);
    const struct fit_needs needs = fit_data_needs(&preview->data, n_threads);
    struct fit_place place;
    if (choose_algorithm(preview, options, err) < 0 ||
        fit_place_take(&place, &needs, room, n_threads, &preview->data.file, err) < 0)
        return -1;
    int status = look_at_rows(preview, options, pool, err);
    array_file_free(preview->data.file);
    preview->data.file = NULL;
    fit_place_leave(&place, room);
    return status;
}

void fit_preview_free(struct fit_preview *preview)
{
    fit_data_free(&preview->data);
    *preview = (struct fit_preview){0};
}
