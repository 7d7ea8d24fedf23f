#include "core/model/fit_data.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/column_mean.h"
#include "core/data/design_entries.h"
#include "core/data/kept_rows.h"
#include "core/model/fit_details.h"
#include "core/model/fit_family.h"
#include "core/model/penalty_factors.h"
#include "core/model/warm_start.h"

/* Says which field is at fault, if it is the request's fault at all. Returns -1. */
static int place_field(struct error *err, const char *pointer)
{
    if (err && (error_kind(err->code) == ERROR_KIND_INPUT ||
                error_kind(err->code) == ERROR_KIND_TOO_LARGE))
        error_place(err, "%s", pointer);
    return -1;
}

/* ---- which columns, which rows ---- */

static void keep_first(void *context, const struct error *problem)
{
    error_copy(context, problem);
}

/* From here on the request and the table are what the formula makes of them. */
static int read_formula(struct fit_data *data, struct error *err)
{
    struct error first = {0};
    long n = fit_formula_read(&data->formula, data->request, table_summary(data->table),
                              keep_first, &first, err);
    if (n != 0)
        return n > 0 ? error_copy(err, &first) : -1;
    if (data->request->formula)
        data->request = &data->formula.request;
    return fit_formula_extend(&data->formula, &data->table, err);
}

static int plan_fit(struct fit_data *data, struct error *err)
{
    struct error first = {0};
    long n = fit_plan_make(&data->plan, data->request, table_summary(data->table),
                           keep_first, &first, err);
    return n > 0 ? error_copy(err, &first) : n < 0 ? -1 : 0;
}

static void drop_rows(struct fit_data *data, size_t column)
{
    if (column != FIT_PLAN_NONE &&
        table_summary(data->table)->columns[column].n_missing > 0)
        kept_rows_drop_missing(data->table, column, data->keep);
}

static int drop_missing(struct fit_data *data, struct error *err)
{
    const struct fit_plan *plan = &data->plan;
    size_t roles[FIT_PLAN_ROLES];
    size_t n_rows = (size_t)table_summary(data->table)->n_rows;
    data->keep = memory_new(n_rows, 1, err);
    if (!data->keep)
        return -1;
    memset(data->keep, 1, n_rows);
    fit_plan_roles(plan, roles);
    for (size_t i = 0; i < FIT_PLAN_ROLES; i++)
        if (roles[i] != FIT_PLAN_NONE && plan->feature_of[roles[i]] == FIT_PLAN_NONE)
            drop_rows(data, roles[i]);
    for (size_t i = 0; i < plan->n_features; i++)
        if (plan->features[i].missing == MISSING_DROP)
            drop_rows(data, plan->columns[i]);
    return 0;
}

static int choose_rows(struct fit_data *data, struct error *err)
{
    uint64_t n_rows = table_summary(data->table)->n_rows;
    if (data->plan.drops_rows && (drop_missing(data, err) < 0 ||
                                  fit_validation_split(&data->validation, data, err) < 0))
        return -1;
    data->n_kept = kept_rows_count(data->table, data->keep);
    data->n_dropped = n_rows - data->n_kept - data->validation.source.n_kept;
    if (data->n_kept == 0)
        return error_set(err, ERROR_NO_ROWS,
                         "every row has a missing cell in one of the columns used; leave "
                         "out the columns where most are missing");
    return 0;
}

/* What a formula works out must be there in all rows that are fitted to, or judged on. */
static int check_formula(const struct fit_data *data, struct error *err)
{
    const struct formula_table *made = &data->formula.data;
    const unsigned char *held_out = data->validation.keep;
    return formula_table_check(made, data->keep, err) < 0 ||
                   (held_out && formula_table_check(made, held_out, err) < 0)
               ? -1
               : 0;
}

/* ---- classes ---- */

/* The class that the request names, or `other` where it names none. */
static int find_class(const struct fit_data *data, const char *text, size_t other,
                      const char *place, size_t *class, struct error *err)
{
    const struct model_parts *parts = &data->parts;
    *class = other;
    if (!text)
        return 0;
    *class = levels_find(parts->classes, parts->n_classes, text, strlen(text));
    if (*class != SIZE_MAX)
        return 0;
    error_set(err, ERROR_UNKNOWN_LEVEL,
              data->request->trials
                  ? "counts have the classes \"0\" (failure) and \"1\" (success)"
                  : "no row has this class");
    error_place(err, "%s", place);
    return -1;
}

/* Of counts: whether a trial succeeds. */
static int make_count_classes(struct fit_data *data, struct error *err)
{
    struct levels_writer writer;
    if (levels_begin(&writer, 2, 2, err) < 0)
        return -1;
    levels_add(&writer, "0", 1, 0);
    levels_add(&writer, "1", 1, 0);
    data->target.classes = writer.levels;
    data->parts.classes = writer.levels;
    data->parts.n_classes = 2;
    data->parts.family = FAMILY_BINOMIAL;
    return 0;
}

/* Too many classes to be listed are no classes, or more than there can be. */
static int choose_family(struct fit_data *data, bool are_too_many, struct error *err)
{
    const struct target *target = &data->target;
    size_t column = data->plan.target;
    bool are_numbers =
        table_summary(data->table)->columns[column].type == COLUMN_NUMERIC &&
        !fit_plan_target_is_categorical(&data->plan);
    const struct fit_family_classes classes = {.n = are_too_many ? TARGET_MAX_CLASSES + 1
                                                                 : target->n_classes,
                                               .are_numbers = are_numbers,
                                               .are_whole = target->are_whole};
    return fit_family_choose(data->request, &classes, &data->parts.family, err);
}

static bool predicts_numbers(const struct fit_data *data)
{
    return family_traits(data->parts.family)->of_numbers;
}

static int find_classes(struct fit_data *data, struct error *err)
{
    struct model_parts *parts = &data->parts;
    if (data->request->trials)
        return make_count_classes(data, err);
    struct error why = {0};
    if (target_find_classes(&data->target, data->table, data->plan.target, data->keep,
                            data->n_kept, &why) < 0 &&
        why.code != ERROR_TOO_LARGE)
        return error_copy(err, &why);
    if (choose_family(data, error_is_set(&why), err) < 0)
        return -1;
    if (!predicts_numbers(data)) {
        parts->classes = data->target.classes;
        parts->n_classes = data->target.n_classes;
    }
    return 0;
}

static int choose_classes(struct fit_data *data, struct error *err)
{
    struct model_parts *parts = &data->parts;
    if (find_classes(data, err) < 0)
        return place_field(err, "/target");
    if (predicts_numbers(data))
        return 0;
    if (find_class(data, data->request->positive, parts->n_classes - 1, "/positive",
                   &parts->positive, err) < 0 ||
        find_class(data, data->request->reference, 0, "/reference", &parts->reference,
                   err) < 0)
        return -1;
    data->y_of_class = memory_new(parts->n_classes, sizeof(*data->y_of_class), err);
    if (!data->y_of_class)
        return -1;
    model_assemble_codes(parts, data->y_of_class);
    return warm_start_check(data, err);
}

/* ---- features ---- */

static int encode_features(struct fit_data *data, struct error *err)
{
    const struct fit_plan *plan = &data->plan;
    struct error why = {0};
    data->encoding = encoding_build(data->table, plan->features, plan->n_features,
                                    data->request->terms, data->keep, &why);
    if (!data->encoding) {
        char place[FIT_PLAN_POINTER_BYTES];
        const char *field = why.code == ERROR_UNKNOWN_LEVEL ? "reference" : "type";
        char name[sizeof(why.place)];
        memcpy(name, why.place, sizeof(name));
        why.place[0] = '\0';
        place_field(&why, fit_plan_pointer(place, "/columns", name, field));
        return error_copy(err, &why);
    }
    data->parts.encoding = data->encoding;
    data->parts.intercept = data->request->intercept;
    if (data->encoding->n_columns > 0 || data->encoding->n_inputs == 0)
        return 0;
    error_set(err, ERROR_NO_FEATURES,
              "every feature is the same in all rows; there is nothing to fit on");
    error_place(err, "/features");
    return -1;
}

/* ---- names ---- */

#define NAMES_AT_ONCE 65536U /* before it is asked if the fit is over */

static int name_columns(struct fit_data *data, const struct pool *pool, struct error *err)
{
    const struct stop stop = pool_stop(pool);
    size_t n = data->encoding->n_columns;
    data->term_starts = memory_new(n, sizeof(*data->term_starts), err);
    if (!data->term_starts)
        return -1;
    for (size_t j = 0; j < n; j++) {
        if (j % NAMES_AT_ONCE == 0 && stop_check(&stop, err) < 0)
            return -1;
        data->term_starts[j] = data->terms.n_bytes;
        encoding_write_column(data->encoding, j, &data->terms);
        buffer_append_byte(&data->terms, '\0');
    }
    return buffer_check(&data->terms, err);
}

/* A buffer that grows doubles, and holds what was there meanwhile. */
static bool names_bytes(const struct encoding *encoding, size_t *n_bytes)
{
    size_t n_names, n_starts;
    return encoding_names_bytes(encoding, &n_names) &&
           memory_product(n_names, 3, &n_names) &&
           memory_product(encoding->n_columns, sizeof(size_t), &n_starts) &&
           memory_sum(n_names, n_starts, n_bytes);
}

const char *fit_data_term(void *context, size_t column)
{
    const struct fit_data *data = context;
    return data->terms.bytes + data->term_starts[column];
}

/* ---- what stands for missing numbers ---- */

/* Of the rows that are fitted to; where the fit is made several times without a part of
 * them, the same for all of these. */
static int fill_input(struct fit_data *data, struct input *input, struct error *err)
{
    const struct fit_plan *plan = &data->plan;
    size_t column = dictionary_find(&plan->names, input->name, strlen(input->name));
    char place[FIT_PLAN_POINTER_BYTES];
    input->fill =
        column_mean(data->table, column, data->keep, plan->weights, plan->trials);
    if (isfinite(input->fill))
        return 0;
    error_set(err, ERROR_MISSING_VALUE,
              "no row that is fitted to has a cell in column %.100s, so that it has no "
              "mean; leave it out",
              input->name);
    error_place(err, "%s", fit_plan_pointer(place, "/columns", input->name, "missing"));
    return -1;
}

static int fill_inputs(struct fit_data *data, struct error *err)
{
    for (size_t i = 0; i < data->encoding->n_inputs; i++)
        if (input_is_filled(&data->encoding->inputs[i]) &&
            fill_input(data, &data->encoding->inputs[i], err) < 0)
            return -1;
    return 0;
}

/* ---- the design ---- */

struct design_source fit_data_source(const struct fit_data *data)
{
    const struct fit_plan *plan = &data->plan;
    return (struct design_source){.table = data->table,
                                  .encoding = data->encoding,
                                  .keep = data->keep,
                                  .n_kept = data->n_kept,
                                  .target = predicts_numbers(data) ? NULL : &data->target,
                                  .y_of_class = data->y_of_class,
                                  .successes = plan->target,
                                  .trials = plan->trials,
                                  .weights = plan->weights,
                                  .offset = plan->offset,
                                  .file = data->file};
}

/* Counts succeed or fail; the design has the share of the positive class. */
void fit_data_turn_counts(const struct fit_data *data, struct design *design)
{
    if (!data->request->trials || data->parts.positive != 0)
        return;
    for (uint64_t i = 0; i < design->n_rows; i++)
        design->y[i] = 1 - design_label(design, i);
}

int fit_data_build(struct fit_data *data, struct pool *pool, struct error *err)
{
    const struct design_source source = fit_data_source(data);
    if (name_columns(data, pool, err) < 0)
        return -1;
    if (design_build(&source, pool, &data->design, &data->log_coefficient, err) < 0) {
        place_field(err, err && err->code == ERROR_BAD_WEIGHT ? "/weights" : "/target");
        fit_formula_place(&data->formula, err);
        return -1;
    }
    fit_data_turn_counts(data, &data->design);
    if (fit_folds_make(&data->folds, data, err) < 0)
        return -1;
    return fit_validation_build(&data->validation, data, pool, err);
}

uint64_t fit_data_entries(const struct fit_data *data)
{
    const struct design_source source = fit_data_source(data);
    return design_build_storage(&source) == DESIGN_DENSE_F64
               ? 0
               : design_entries_most(&source);
}

/* ---- the whole ---- */

static size_t add(size_t a, size_t b)
{
    return memory_sum(a, b, &a) ? a : SIZE_MAX;
}

struct fit_needs fit_data_needs(const struct fit_data *data, size_t n_threads)
{
    const struct design_source source = fit_data_source(data);
    const struct fit_validation *validation = &data->validation;
    size_t n_rows = (size_t)table_summary(data->table)->n_rows, n_names;
    size_t other = add(design_build_room_bytes(&source, n_threads),
                       names_bytes(data->encoding, &n_names) ? n_names : SIZE_MAX);
    other = add(other, data->keep ? n_rows : 0);
    other = add(other, fit_validation_bytes(validation));
    return (struct fit_needs){.arrays = add(design_build_bytes(&source),
                                            fit_validation_array_bytes(validation, data)),
                              .block = design_build_block_bytes(&source),
                              .other = add(other, fit_folds_bytes(data))};
}

static int prepare(struct fit_data *data, struct error *err)
{
    if (read_formula(data, err) < 0 || plan_fit(data, err) < 0 ||
        choose_rows(data, err) < 0 || check_formula(data, err) < 0 ||
        choose_classes(data, err) < 0 || encode_features(data, err) < 0 ||
        fit_details_check(data, err) < 0 ||
        penalty_factors_spread(data->request, data->encoding, &data->factors, err) < 0)
        return -1;
    if (fit_validation_prepare(&data->validation, data, err) < 0)
        return -1;
    return fill_inputs(data, err);
}

int fit_data_prepare(struct fit_data *data, const struct fit_request *request,
                     const struct table *table, struct error *err)
{
    data->request = request;
    data->table = table;
    if (prepare(data, err) == 0)
        return 0;
    fit_formula_place(&data->formula, err);
    return -1;
}

void fit_data_free(struct fit_data *data)
{
    fit_plan_free(&data->plan);
    fit_formula_free(&data->formula);
    fit_validation_free(&data->validation);
    fit_folds_free(&data->folds);
    memory_free(data->keep);
    target_free(&data->target);
    memory_free(data->y_of_class);
    memory_free(data->factors);
    encoding_free(data->encoding);
    design_free(&data->design);
    array_file_free(data->file);
    buffer_free(&data->terms);
    memory_free(data->term_starts);
    *data = (struct fit_data){0};
}
