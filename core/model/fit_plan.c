#include "core/model/fit_plan.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/fit_check_firth.h"
#include "core/model/fit_check_missing.h"
#include "core/model/fit_check_path.h"
#include "core/model/fit_check_statistics.h"
#include "core/model/fit_check_steps.h"
#include "core/model/fit_check_validation.h"
#include "core/model/fit_check_values.h"
#include "core/model/fit_family.h"
#include "core/model/fit_problem.h"
#include "core/model/warm_start.h"

struct planning {
    struct fit_plan *plan;
    const struct fit_request *request;
    const struct summary *summary;
    struct fit_problems problems;
};

/* ---- telling ---- */

char *fit_plan_pointer(char *pointer, const char *parent, const char *name,
                       const char *field)
{
    size_t n = (size_t)snprintf(pointer, FIT_PLAN_POINTER_BYTES, "%s/", parent);
    for (; *name && n + 3 < FIT_PLAN_POINTER_BYTES; name++) {
        bool is_special = *name == '~' || *name == '/';
        if (is_special)
            pointer[n++] = '~';
        pointer[n++] = *name == '~' ? '0' : *name == '/' ? '1' : *name;
    }
    snprintf(pointer + n, FIT_PLAN_POINTER_BYTES - n, "%s%s", field ? "/" : "",
             field ? field : "");
    return pointer;
}

static void tell(struct planning *planning, const struct error *problem)
{
    planning->problems.n++;
    planning->problems.tell(planning->problems.context, problem);
}

static void report_column(struct planning *planning, enum error_code code, size_t column,
                          const char *field, const char *message)
{
    char place[FIT_PLAN_POINTER_BYTES];
    const char *name = planning->summary->columns[column].name;
    fit_problem_add(&planning->problems, code,
                    fit_plan_pointer(place, "/columns", name, field), "column %.100s %s",
                    name, message);
}

static size_t find_column(const struct planning *planning, const char *name)
{
    uint32_t found = dictionary_find(&planning->plan->names, name, strlen(name));
    return found == DICTIONARY_NONE ? FIT_PLAN_NONE : found;
}

/* ---- what the job says of single columns ---- */

static bool has_level(const struct column_summary *column, const char *text)
{
    size_t n_bytes = strlen(text);
    for (size_t i = 0; i < column->n_levels_kept; i++)
        if (column->levels[i].n_bytes == n_bytes &&
            memcmp(column->levels[i].text, text, n_bytes) == 0)
            return true;
    return false;
}

/* A level that no cell need have. */
static bool is_added(const struct planning *planning, const struct fit_column *override,
                     const char *text)
{
    int policy =
        override->missing >= 0 ? override->missing : (int)planning->request->missing;
    return strcmp(text, LEVEL_POOL_OTHER) == 0 ||
           (policy > MISSING_DROP && strcmp(text, LEVEL_POOL_MISSING) == 0);
}

static void check_override(struct planning *planning, size_t column,
                           const struct fit_column *override)
{
    const struct column_summary *summary = &planning->summary->columns[column];
    if (override->ignore || !override->reference)
        return;
    if (fit_plan_type(planning->plan, column) == COLUMN_NUMERIC)
        report_column(
            planning, ERROR_INVALID, column, "reference",
            "is numeric and has no reference level; add \"type\":\"categorical\"");
    else if (summary->type == COLUMN_CATEGORICAL &&
             summary->n_levels_kept == summary->n_levels &&
             !has_level(summary, override->reference) &&
             !is_added(planning, override, override->reference))
        report_column(planning, ERROR_UNKNOWN_LEVEL, column, "reference",
                      "does not have this level");
}

static void plan_overrides(struct planning *planning)
{
    const struct fit_request *request = planning->request;
    for (size_t i = 0; i < request->n_columns; i++) {
        const struct fit_column *override = &request->columns[i];
        size_t column = find_column(planning, override->name);
        char place[FIT_PLAN_POINTER_BYTES];
        if (column == FIT_PLAN_NONE) {
            fit_problem_add(&planning->problems, ERROR_UNKNOWN_COLUMN,
                            fit_plan_pointer(place, "/columns", override->name, NULL),
                            "the data has no column %.100s", override->name);
            continue;
        }
        planning->plan->overrides[column] = override;
        check_override(planning, column, override);
    }
}

static bool is_ignored(const struct fit_plan *plan, size_t column)
{
    return plan->overrides[column] && plan->overrides[column]->ignore;
}

enum column_type fit_plan_type(const struct fit_plan *plan, size_t column)
{
    const struct fit_column *override = plan->overrides[column];
    size_t feature = plan->feature_of[column];
    int type = feature != FIT_PLAN_NONE ? plan->features[feature].type
               : override               ? override->type
                                        : -1;
    return type < 0 ? plan->summary->columns[column].type : (enum column_type)type;
}

/* What the job says of all columns, for this one. */
static enum missing_policy usual_missing(const struct fit_plan *plan, size_t column)
{
    enum missing_policy policy = plan->request->missing;
    if (policy <= MISSING_DROP)
        return policy;
    if (plan->feature_of[column] == FIT_PLAN_NONE)
        return MISSING_ERROR;
    if (fit_plan_type(plan, column) == COLUMN_CATEGORICAL)
        return MISSING_LEVEL;
    return plan->summary->columns[column].is_sparse ? MISSING_ERROR : policy;
}

enum missing_policy fit_plan_missing(const struct fit_plan *plan, size_t column)
{
    const struct fit_column *override = plan->overrides[column];
    return override && override->missing >= 0 ? (enum missing_policy) override->missing
                                              : usual_missing(plan, column);
}

bool fit_plan_target_is_categorical(const struct fit_plan *plan)
{
    const struct fit_column *override = plan->overrides[plan->target];
    return override && override->type == COLUMN_CATEGORICAL;
}

/* ---- target, weights, trials, offset ---- */

static size_t plan_role(struct planning *planning, const char *name, const char *place,
                        bool needs_numbers)
{
    size_t column = name ? find_column(planning, name) : FIT_PLAN_NONE;
    if (!name)
        return FIT_PLAN_NONE;
    if (column == FIT_PLAN_NONE)
        fit_problem_add(&planning->problems, ERROR_UNKNOWN_COLUMN, place,
                        "the data has no column %.100s", name);
    else if (needs_numbers && planning->summary->columns[column].type != COLUMN_NUMERIC)
        fit_problem_add(&planning->problems, ERROR_NOT_A_NUMBER, place,
                        "column %.100s has text where numbers are needed", name);
    else if (is_ignored(planning->plan, column))
        report_column(planning, ERROR_INVALID, column, "type",
                      "is used and cannot be ignored");
    return column;
}

/* Is this column already the target, the weights, …; as a word, or NULL. */
static const char *role_of(const struct fit_plan *plan, size_t column)
{
    return column == plan->target    ? "the target"
           : column == plan->weights ? "the weights"
           : column == plan->trials  ? "the trials"
           : column == plan->offset  ? "the offset"
                                     : NULL;
}

/* A role whose column has another one before it. */
static void add_role(struct planning *planning, size_t *role, const char *name,
                     const char *place)
{
    size_t column = plan_role(planning, name, place, true);
    const char *other = column == FIT_PLAN_NONE ? NULL : role_of(planning->plan, column);
    if (other)
        fit_problem_add(&planning->problems, ERROR_INVALID, place,
                        "column %.100s is %s already", name, other);
    *role = column;
}

/* Clusters, folds and the like may be of text. */
static size_t plan_group(struct planning *planning, const char *name, const char *place)
{
    size_t column = plan_role(planning, name, place, false);
    const char *other = column == FIT_PLAN_NONE ? NULL : role_of(planning->plan, column);
    if (other)
        fit_problem_add(&planning->problems, ERROR_INVALID, place,
                        "column %.100s is %s already", name, other);
    return column;
}

/* Is this column no feature unless it is named as one? */
static bool is_group(const struct fit_plan *plan, size_t column)
{
    return column == plan->cluster || column == plan->split || column == plan->fold;
}

static void plan_roles(struct planning *planning)
{
    const struct fit_request *request = planning->request;
    struct fit_plan *plan = planning->plan;
    if (!request->target)
        fit_problem_add(&planning->problems, ERROR_MISSING_FIELD, "/target",
                        "name the column to predict");
    plan->target =
        plan_role(planning, request->target, "/target", request->trials != NULL);
    add_role(planning, &plan->weights, request->weights, "/weights");
    add_role(planning, &plan->trials, request->trials, "/trials");
    add_role(planning, &plan->offset, request->offset, "/offset");
    plan->cluster = plan_group(planning, request->details.cluster, "/cluster");
    plan->split = plan_group(planning, request->split.column, "/validation/column");
    plan->fold = plan_group(planning, request->fold, "/cross_validation/column");
}

void fit_plan_roles(const struct fit_plan *plan, size_t *columns)
{
    const size_t roles[FIT_PLAN_ROLES] = {plan->target, plan->weights, plan->trials,
                                          plan->offset, plan->cluster, plan->split,
                                          plan->fold};
    memcpy(columns, roles, sizeof(roles));
}

/* ---- features ---- */

static void add_feature(struct fit_plan *plan, size_t column)
{
    const struct fit_column *override = plan->overrides[column];
    plan->columns[plan->n_features] = column;
    plan->feature_of[column] = plan->n_features;
    plan->features[plan->n_features++] =
        (struct input_request){.name = plan->summary->columns[column].name,
                               .type = override ? override->type : -1,
                               .reference = override ? override->reference : NULL,
                               .unseen = override ? override->unseen : UNSEEN_USUAL,
                               .min_count = override ? override->min_count : 0,
                               .max_levels = override ? override->max_levels : 0};
}

static void plan_named_feature(struct planning *planning, size_t i)
{
    struct fit_plan *plan = planning->plan;
    const char *name = planning->request->features[i];
    size_t column = find_column(planning, name);
    char place[FIT_PLAN_POINTER_BYTES];
    snprintf(place, sizeof(place), "/features/%zu", i);
    if (column == FIT_PLAN_NONE)
        fit_problem_add(&planning->problems, ERROR_UNKNOWN_COLUMN, place,
                        "the data has no column %.100s", name);
    else if (role_of(plan, column))
        fit_problem_add(&planning->problems, ERROR_INVALID, place,
                        "column %.100s is %s and cannot be a feature too", name,
                        role_of(plan, column));
    else if (plan->feature_of[column] != FIT_PLAN_NONE)
        fit_problem_add(&planning->problems, ERROR_DUPLICATE_COLUMN, place,
                        "feature %.100s is named more than once", name);
    else if (is_ignored(plan, column))
        fit_problem_add(&planning->problems, ERROR_INVALID, place,
                        "column %.100s is a feature and ignored at once", name);
    else
        add_feature(plan, column);
}

static void plan_features(struct planning *planning)
{
    const struct fit_request *request = planning->request;
    struct fit_plan *plan = planning->plan;
    size_t n_columns = planning->summary->n_columns_kept;
    long n_problems = planning->problems.n;
    if (request->features)
        for (size_t i = 0; i < request->n_features; i++)
            plan_named_feature(planning, i);
    else
        for (size_t j = 0; j < n_columns; j++)
            if (!role_of(plan, j) && !is_group(plan, j) && !is_ignored(plan, j))
                add_feature(plan, j);
    if (plan->n_features == 0 && planning->problems.n == n_problems &&
        !formula_is_intercept_alone(request->terms))
        fit_problem_add(&planning->problems, ERROR_NO_FEATURES, "/features",
                        "no column is left to fit on; name at least one feature, or "
                        "write a formula like \"y ~ 1\" for an intercept alone");
}

/* ---- missing cells ---- */

static bool drops_rows(const struct fit_plan *plan, size_t column)
{
    return column != FIT_PLAN_NONE && plan->summary->columns[column].n_missing > 0 &&
           fit_plan_missing(plan, column) == MISSING_DROP;
}

static void plan_missing(struct fit_plan *plan)
{
    size_t roles[FIT_PLAN_ROLES];
    fit_plan_roles(plan, roles);
    plan->drops_rows = plan->split != FIT_PLAN_NONE;
    for (size_t i = 0; i < FIT_PLAN_ROLES; i++)
        plan->drops_rows = plan->drops_rows || drops_rows(plan, roles[i]);
    for (size_t i = 0; i < plan->n_features; i++) {
        plan->features[i].missing = fit_plan_missing(plan, plan->columns[i]);
        plan->drops_rows = plan->drops_rows || drops_rows(plan, plan->columns[i]);
    }
}

/* ---- the family ---- */

static void check_class(struct planning *planning, const char *class, const char *place)
{
    const struct column_summary *target =
        &planning->summary->columns[planning->plan->target];
    if (class && !has_level(target, class))
        fit_problem_add(&planning->problems, ERROR_UNKNOWN_LEVEL, place,
                        "the target does not have this class");
}

/* As far as the summary tells: if rows are left out, only they can tell the classes. */
static void check_family(struct planning *planning)
{
    const struct fit_plan *plan = planning->plan;
    const struct fit_request *request = planning->request;
    struct error why = {0};
    enum family family;
    if (planning->problems.n > 0 || request->trials)
        return;
    const struct column_summary *target = &planning->summary->columns[plan->target];
    bool is_text = target->type == COLUMN_CATEGORICAL;
    bool is_counted = is_text || target->n_distinct > 0;
    const struct fit_family_classes classes = {
        .n = is_text ? target->n_levels : target->n_distinct,
        .are_numbers = !is_text && !fit_plan_target_is_categorical(plan),
        .are_whole = target->are_whole};
    bool is_known = is_counted && !plan->drops_rows;
    if ((is_known ? fit_family_choose(request, &classes, &family, &why)
                  : fit_family_check(request, classes.are_numbers, &why)) < 0 ||
        (is_known && request->warm_start &&
         warm_start_check_family(request->warm_start, family, &why) < 0))
        tell(planning, &why);
    else if (is_text && !plan->drops_rows) {
        check_class(planning, request->positive, "/positive");
        check_class(planning, request->reference, "/reference");
    }
}

/* ---- the whole ---- */

static int make_arrays(struct fit_plan *plan, struct error *err)
{
    size_t n = plan->summary->n_columns_kept;
    if (summary_index(plan->summary, &plan->names, err) < 0)
        return -1;
    plan->overrides = memory_new(n, sizeof(*plan->overrides), err);
    plan->columns = memory_new(n, sizeof(*plan->columns), err);
    plan->features = memory_new(n, sizeof(*plan->features), err);
    plan->feature_of = memory_new(n, sizeof(*plan->feature_of), err);
    if (!plan->overrides || !plan->columns || !plan->features || !plan->feature_of)
        return -1;
    for (size_t j = 0; j < n; j++)
        plan->feature_of[j] = FIT_PLAN_NONE;
    return 0;
}

long fit_plan_make(struct fit_plan *plan, const struct fit_request *request,
                   const struct summary *summary, fit_problem_fn *problem, void *context,
                   struct error *err)
{
    struct planning planning = {plan, request, summary, {problem, context, 0}};
    plan->request = request;
    plan->summary = summary;
    plan->target = plan->weights = plan->trials = plan->offset = FIT_PLAN_NONE;
    plan->cluster = plan->split = plan->fold = FIT_PLAN_NONE;
    if (make_arrays(plan, err) < 0)
        return -1;
    plan_overrides(&planning);
    plan_roles(&planning);
    plan_features(&planning);
    plan_missing(plan);
    planning.problems.n += fit_check_missing(plan, problem, context);
    planning.problems.n += fit_check_values(plan, problem, context);
    planning.problems.n += fit_check_steps(request, problem, context);
    planning.problems.n += fit_check_path(request, problem, context);
    planning.problems.n += fit_check_firth(request, problem, context);
    planning.problems.n += fit_check_statistics(request, summary, problem, context);
    long n = fit_check_validation(plan, problem, context, err);
    if (n < 0)
        return -1;
    planning.problems.n += n;
    check_family(&planning);
    return planning.problems.n;
}

void fit_plan_free(struct fit_plan *plan)
{
    dictionary_free(&plan->names);
    memory_free(plan->overrides);
    memory_free(plan->columns);
    memory_free(plan->features);
    memory_free(plan->feature_of);
    *plan = (struct fit_plan){0};
}
