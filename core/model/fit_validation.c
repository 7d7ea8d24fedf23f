#include "core/model/fit_validation.h"

#include <string.h>

#include "core/model/fit_data.h"

#include "core/base/memory.h"
#include "core/data/kept_rows.h"
#include "core/data/split.h"
#include "core/model/fit_split.h"

/* ---- a part of the rows ---- */

/* In rows: not of counts, not of numbers. */
static bool has_classes(const struct fit_data *data)
{
    return !data->request->trials && fit_data_source(data).target;
}

/* The class of each row that is kept; *class_of is NULL where there are none. */
static int read_classes(const struct fit_data *data, double **class_of, struct error *err)
{
    size_t n_classes = data->target.n_classes;
    *class_of = NULL;
    if (!has_classes(data))
        return 0;
    double *index = memory_new(n_classes, sizeof(*index), err);
    double *classes = memory_new((size_t)data->n_kept, sizeof(*classes), err);
    for (size_t k = 0; index && k < n_classes; k++)
        index[k] = (double)k;
    int status =
        index && classes ? target_code(&data->target, index, NULL, classes, err) : -1;
    memory_free(index);
    if (status < 0) {
        memory_free(classes);
        return -1;
    }
    *class_of = classes;
    return 0;
}

static int draw(struct fit_validation *validation, const struct fit_data *data,
                uint64_t n_rows, struct error *err)
{
    double *class_of;
    if (read_classes(data, &class_of, err) < 0)
        return -1;
    int status =
        split_rows(data->keep, n_rows, class_of, class_of ? data->target.n_classes : 1,
                   data->request->validation_fraction, data->request->solver.seed,
                   validation->keep, &validation->source.n_kept, err);
    memory_free(class_of);
    return status;
}

/* What is held out is not fitted to. */
static int take_off(const struct fit_validation *validation, struct fit_data *data,
                    uint64_t n_rows, struct error *err)
{
    if (!data->keep) {
        data->keep = memory_new((size_t)n_rows, 1, err);
        if (!data->keep)
            return -1;
        memset(data->keep, 1, (size_t)n_rows);
    }
    for (uint64_t row = 0; row < n_rows; row++)
        data->keep[row] = data->keep[row] && !validation->keep[row];
    data->n_kept -= validation->source.n_kept;
    data->target.keep = data->keep;
    data->target.n_kept = data->n_kept;
    return 0;
}

static int hold_out(struct fit_validation *validation, struct fit_data *data,
                    struct error *err)
{
    uint64_t n_rows = table_summary(data->table)->n_rows, n;
    validation->keep = memory_new((size_t)n_rows, 1, err);
    if (!validation->keep || draw(validation, data, n_rows, err) < 0)
        return -1;
    n = validation->source.n_kept;
    if (n == 0 || n == data->n_kept) {
        error_set(err, ERROR_OUT_OF_RANGE, "of %llu rows this holds out %s",
                  (unsigned long long)data->n_kept, n == 0 ? "none" : "all");
        error_place(err, "/validation/fraction");
        return -1;
    }
    validation->source = fit_data_source(data);
    validation->source.keep = validation->keep;
    validation->source.n_kept = n;
    validation->target = data->target;
    validation->target.keep = validation->keep;
    validation->target.n_kept = n;
    validation->source.target = has_classes(data) ? &validation->target : NULL;
    return take_off(validation, data, n_rows, err);
}

/* ---- another table ---- */

static void find_column(const struct fit_data *data, const struct dictionary *names,
                        size_t *column)
{
    if (*column == FIT_PLAN_NONE)
        return;
    const char *name = table_summary(data->table)->columns[*column].name;
    uint32_t found = dictionary_find(names, name, strlen(name));
    *column = found == DICTIONARY_NONE ? FIT_PLAN_NONE : found;
}

/* The plan was checked against the other table, too (fit_check_validation.h). */
static int find_columns(struct fit_validation *validation, const struct fit_data *data,
                        struct dictionary *names, struct error *err)
{
    struct design_source *source = &validation->source;
    if (summary_index(table_summary(source->table), names, err) < 0)
        return -1;
    find_column(data, names, &source->successes);
    find_column(data, names, &source->trials);
    find_column(data, names, &source->weights);
    find_column(data, names, &source->offset);
    return 0;
}

static void drop_rows(struct fit_validation *validation, size_t column)
{
    const struct table *table = validation->source.table;
    if (column != FIT_PLAN_NONE && table_summary(table)->columns[column].n_missing > 0)
        kept_rows_drop_missing(table, column, validation->keep);
}

/* Rows with a missing cell are left out as they are from the fit's own table. */
static int choose_rows(struct fit_validation *validation, const struct fit_data *data,
                       const struct dictionary *names, struct error *err)
{
    struct design_source *source = &validation->source;
    size_t n_rows = (size_t)table_summary(source->table)->n_rows;
    validation->keep = memory_new(n_rows, 1, err);
    if (!validation->keep)
        return -1;
    memset(validation->keep, 1, n_rows);
    drop_rows(validation, source->successes);
    drop_rows(validation, source->trials);
    drop_rows(validation, source->weights);
    drop_rows(validation, source->offset);
    for (size_t i = 0; i < data->plan.n_features; i++) {
        size_t column = data->plan.columns[i];
        if (data->plan.features[i].missing != MISSING_DROP)
            continue;
        find_column(data, names, &column);
        drop_rows(validation, column);
    }
    source->keep = validation->keep;
    source->n_kept = kept_rows_count(source->table, source->keep);
    return source->n_kept > 0 ? 0
                              : error_set(err, ERROR_NO_ROWS,
                                          "every row of the validation data has a "
                                          "missing cell in one of the columns used");
}

static int code_classes(struct fit_validation *validation, const struct fit_data *data,
                        struct error *err)
{
    const struct target *target = &validation->target;
    validation->y_of_class =
        memory_new(target->n_classes, sizeof(*validation->y_of_class), err);
    if (!validation->y_of_class)
        return -1;
    for (size_t k = 0; k < target->n_classes; k++) {
        const struct level *class = &target->classes[k];
        size_t known = levels_find(data->parts.classes, data->parts.n_classes,
                                   class->text, class->n_bytes);
        if (known == SIZE_MAX)
            return error_set(
                err, ERROR_UNKNOWN_LEVEL,
                "the validation data has a class that no row of the fit has");
        validation->y_of_class[k] = data->y_of_class[known];
    }
    validation->source.y_of_class = validation->y_of_class;
    return 0;
}

static int find_classes(struct fit_validation *validation, const struct fit_data *data,
                        struct error *err)
{
    struct design_source *source = &validation->source;
    source->target = NULL;
    if (!has_classes(data))
        return 0;
    source->target = &validation->target;
    if (target_find_classes(&validation->target, source->table, source->successes,
                            source->keep, source->n_kept, err) < 0)
        return -1;
    validation->is_other = true;
    return code_classes(validation, data, err);
}

static int take_table(struct fit_validation *validation, const struct fit_data *data,
                      struct error *err)
{
    struct dictionary names = {0};
    validation->source = fit_data_source(data);
    validation->source.table = data->request->validation_table;
    int status = find_columns(validation, data, &names, err);
    if (status == 0)
        status = choose_rows(validation, data, &names, err);
    if (status == 0)
        status = formula_table_check(&data->formula.validation, validation->keep, err);
    if (status == 0)
        status = find_classes(validation, data, err);
    dictionary_free(&names);
    return status;
}

/* ---- by a column ---- */

int fit_validation_split(struct fit_validation *validation, struct fit_data *data,
                         struct error *err)
{
    if (data->plan.split == FIT_PLAN_NONE)
        return 0;
    validation->keep = memory_new((size_t)table_summary(data->table)->n_rows, 1, err);
    if (!validation->keep ||
        fit_split_rows(&data->request->split, data->table, data->plan.split, data->keep,
                       validation->keep, err) < 0)
        return -1;
    validation->source.n_kept = kept_rows_count(data->table, validation->keep);
    return 0;
}

static int take_split(struct fit_validation *validation, const struct fit_data *data,
                      struct error *err)
{
    uint64_t n_kept = validation->source.n_kept;
    validation->source = fit_data_source(data);
    validation->source.keep = validation->keep;
    validation->source.n_kept = n_kept;
    return find_classes(validation, data, err);
}

/* ---- the whole ---- */

/* Rows with classes of their own, and what their column or table is named by. */
static bool are_other(const struct fit_data *data)
{
    return data->request->validation_table || data->plan.split != FIT_PLAN_NONE;
}

/* "row 3, column age" of the other rows is not one of the fit's: the message keeps it. */
static int place_rows(const struct fit_data *data, const struct error *why,
                      struct error *err)
{
    struct error placed = *why;
    if (error_kind(why->code) == ERROR_KIND_INPUT && why->place[0] != '\0') {
        error_clear(&placed);
        error_set(&placed, why->code, "%.150s (%s)", why->message, why->place);
    }
    error_place(&placed, data->request->validation_table ? "/validation/dataset"
                                                         : "/validation/level");
    return error_copy(err, error_kind(why->code) == ERROR_KIND_INPUT ? &placed : why);
}

int fit_validation_prepare(struct fit_validation *validation, struct fit_data *data,
                           struct error *err)
{
    struct error why = {0};
    if (!data->request->is_validated)
        return 0;
    if (!are_other(data))
        return hold_out(validation, data, err);
    return (data->request->validation_table ? take_table : take_split)(validation, data,
                                                                       &why) < 0
               ? place_rows(data, &why, err)
               : 0;
}

void fit_validation_free(struct fit_validation *validation)
{
    memory_free(validation->keep);
    memory_free(validation->y_of_class);
    if (validation->is_other)
        target_free(&validation->target);
    design_free(&validation->design);
    *validation = (struct fit_validation){0};
}

size_t fit_validation_bytes(const struct fit_validation *validation)
{
    const struct table *table = validation->source.table;
    return table ? (size_t)table_summary(table)->n_rows : 0;
}

size_t fit_validation_array_bytes(const struct fit_validation *validation,
                                  const struct fit_data *data)
{
    const struct design_source fitted = fit_data_source(data);
    struct design_source source = validation->source;
    if (!source.table)
        return 0;
    const struct design alike = {.storage = design_build_storage(&fitted)};
    source.fitted = &alike;
    return design_build_bytes(&source);
}

int fit_validation_build(struct fit_validation *validation, const struct fit_data *data,
                         struct pool *pool, struct error *err)
{
    struct error why = {0};
    double log_coefficient; /* the same at every iterate */
    if (!validation->source.table)
        return 0;
    validation->source.fitted = &data->design;
    validation->source.file = data->file;
    if (design_build(&validation->source, pool, &validation->design, &log_coefficient,
                     &why) < 0)
        return are_other(data) ? place_rows(data, &why, err) : error_copy(err, &why);
    fit_data_turn_counts(data, &validation->design);
    return 0;
}
