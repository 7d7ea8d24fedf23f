#include "core/model/fit_formula_columns.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/model/fit_plan.h"
#include "core/model/fit_problem.h"

#define NONE SIZE_MAX

static size_t find(const struct fit_formula_columns *columns, const char *name)
{
    uint32_t found = dictionary_find(&columns->names, name, strlen(name));
    return found == DICTIONARY_NONE ? NONE : found;
}

int fit_formula_columns_start(struct fit_formula_columns *columns, struct error *err)
{
    const struct fit_request *request = columns->request;
    size_t n = columns->summary->n_columns_kept;
    if (summary_index(columns->summary, &columns->names, err) < 0)
        return -1;
    columns->said = memory_new(n, sizeof(struct fit_column *), err);
    columns->use = memory_new(n, sizeof(*columns->use), err);
    columns->features = memory_new(n, sizeof(*columns->features), err);
    if (!columns->said || !columns->use || !columns->features)
        return -1;
    for (size_t i = 0; i < request->n_columns; i++) {
        size_t column = find(columns, request->columns[i].name);
        if (column != NONE)
            columns->said[column] = &request->columns[i];
    }
    return 0;
}

void fit_formula_columns_free(struct fit_formula_columns *columns)
{
    dictionary_free(&columns->names);
    memory_free(columns->said);
    memory_free(columns->use);
    memory_free(columns->features);
    *columns = (struct fit_formula_columns){0};
}

/* ---- a point ---- */

static bool is_ignored(const struct fit_formula_columns *columns, size_t column)
{
    return columns->said[column] && columns->said[column]->ignore;
}

/* Columns that have something else to do. */
static bool has_role(const struct fit_formula_columns *columns, const char *name)
{
    const struct fit_request *request = columns->request;
    const char *const roles[] = {request->weights, request->trials,
                                 request->details.cluster, request->split.column,
                                 request->fold};
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
        if (roles[i] && strcmp(roles[i], name) == 0)
            return true;
    return false;
}

const char **fit_formula_columns_of_point(const struct fit_formula_columns *columns,
                                          size_t *n, struct error *err)
{
    const struct summary *summary = columns->summary;
    const char **names = memory_new(summary->n_columns_kept, sizeof(*names), err);
    *n = 0;
    for (size_t j = 0; names && j < summary->n_columns_kept; j++) {
        const char *name = summary->columns[j].name;
        if (!is_ignored(columns, j) && !has_role(columns, name))
            names[(*n)++] = name;
    }
    return names;
}

/* ---- problems ---- */

struct using
{
    struct fit_formula_columns *columns;
    struct fit_problems problems;
};

static void refuse_at(struct using *using, enum error_code code, size_t position,
                      const char *name, const char *why)
{
    fit_problem_add(&using->problems, code, "/formula", "position %zu: column %.100s %s",
                    position, name, why);
}

/* Of a column that the formula names; or a point stands for. */
static void refuse(struct using *using, enum error_code code, const char *name,
                   const char *why)
{
    const struct formula *formula = using->columns->formula;
    for (size_t i = 0; i < formula->n_mentions; i++)
        if (strcmp(formula->mentions[i].name, name) == 0) {
            refuse_at(using, code, formula->mentions[i].position, name, why);
            return;
        }
    fit_problem_add(&using->problems, code, "/formula", "column %.100s %s", name, why);
}

static void find_mentions(struct using *using)
{
    const struct fit_formula_columns *columns = using->columns;
    for (size_t i = 0; i < columns->formula->n_mentions; i++) {
        const struct formula_mention *mention = &columns->formula->mentions[i];
        size_t column = find(columns, mention->name);
        if (column == NONE)
            refuse_at(using, ERROR_UNKNOWN_COLUMN, mention->position, mention->name,
                      "is not in the data");
        else if (is_ignored(columns, column))
            refuse_at(using, ERROR_INVALID, mention->position, mention->name,
                      "is used and ignored at once");
    }
}

/* ---- uses ---- */

static struct fit_formula_use *use_feature(struct using *using, const char *name)
{
    struct fit_formula_columns *columns = using->columns;
    size_t column = find(columns, name);
    struct fit_formula_use *use = &columns->use[column];
    if (!use->is_feature)
        columns->features[columns->n_features++] = column;
    use->is_feature = true;
    return use;
}

/* A text that no row has would make the same number of all of them. */
static void check_texts(struct using *using, struct expression *expression,
                        size_t variable)
{
    const char *name = expression_variable(expression, variable);
    const struct column_summary *column =
        &using->columns->summary->columns[find(using->columns, name)];
    if (column->type == COLUMN_CATEGORICAL && column->n_levels == column->n_levels_kept &&
        expression_bind(expression, variable, column->levels, column->n_levels, NULL) < 0)
        refuse(using, ERROR_UNKNOWN_LEVEL, name,
               "is compared with a text that no row has");
}

static void use_expression(struct using *using, struct expression *expression)
{
    for (size_t i = 0; i < expression_n_variables(expression); i++) {
        struct fit_formula_use *use =
            use_feature(using, expression_variable(expression, i));
        if (expression_is_text(expression, i)) {
            use->as_text = true;
            check_texts(using, expression, i);
        } else
            use->as_number = true;
    }
}

static void use_factors(struct using *using)
{
    const struct formula *formula = using->columns->formula;
    for (size_t i = 0; i < formula->n_factors; i++) {
        const struct formula_factor *factor = &formula->factors[i];
        if (factor->kind == FORMULA_EXPRESSION) {
            use_expression(using, factor->expression);
            continue;
        }
        struct fit_formula_use *use = use_feature(using, factor->name);
        use->as_it_is = use->as_it_is || factor->kind == FORMULA_COLUMN;
        use->as_categorical = use->as_categorical || factor->kind == FORMULA_CATEGORICAL;
        use->reference = factor->reference ? factor->reference : use->reference;
    }
}

/* ---- do uses go together? ---- */

static enum column_type type_of(const struct fit_formula_columns *columns, size_t column)
{
    const struct fit_column *said = columns->said[column];
    return said && said->type >= 0 ? (enum column_type)said->type
                                   : columns->summary->columns[column].type;
}

static const char *objection(const struct fit_formula_columns *columns, size_t column)
{
    const struct fit_formula_use *use = &columns->use[column];
    const struct fit_column *said = columns->said[column];
    bool is_numeric = type_of(columns, column) == COLUMN_NUMERIC;
    if (use->as_number && use->as_categorical)
        return "is a number in one place and stands in C(…) in another";
    if (use->as_text && is_numeric && (use->as_number || use->as_it_is))
        return "is a number elsewhere; compare it with a number, without quotes";
    if (use->as_number && !is_numeric)
        return "is categorical where a number is needed";
    if ((use->as_categorical || use->as_text) && said && said->type == COLUMN_NUMERIC)
        return "is categorical here, and numeric in \"columns\"";
    return NULL;
}

static void check_reference(struct using *using, size_t column)
{
    const struct fit_column *said = using->columns->said[column];
    const char *reference = using->columns->use[column].reference;
    char place[FIT_PLAN_POINTER_BYTES];
    if (!reference || !said || !said->reference ||
        strcmp(said->reference, reference) == 0)
        return;
    fit_problem_add(
        &using->problems, ERROR_INVALID,
        fit_plan_pointer(place, "/columns", said->name, "reference"),
        "the formula names another reference for column %.100s; leave out one",
        said->name);
}

static void check_features(struct using *using)
{
    const struct fit_formula_columns *columns = using->columns;
    for (size_t i = 0; i < columns->n_features; i++) {
        size_t column = columns->features[i];
        const char *why = objection(columns, column);
        if (why)
            refuse(using, ERROR_INVALID, columns->summary->columns[column].name, why);
        check_reference(using, column);
    }
}

/* ---- what is worked out ---- */

static int missing_policy(const struct fit_formula_columns *columns, size_t column)
{
    const struct fit_column *said = columns->said[column];
    enum missing_policy usual = columns->request->missing;
    if (said && said->missing >= 0)
        return said->missing;
    return usual == MISSING_DROP ? MISSING_DROP : MISSING_ERROR;
}

/* Rows without a cell of it can only be dropped. */
static void check_worked_on_missing(struct using *using, size_t column)
{
    const struct summary *summary = using->columns->summary;
    const struct column_summary *of = &summary->columns[column];
    char place[FIT_PLAN_POINTER_BYTES];
    int policy = missing_policy(using->columns, column);
    if (of->n_missing == 0 || policy == MISSING_DROP)
        return;
    fit_problem_add(
        &using->problems, ERROR_MISSING_VALUE,
        fit_plan_pointer(place, "/columns", of->name, "missing"),
        "of column %.60s, %llu of %llu cells are missing; set its \"missing\" to "
        "\"drop\" to leave out these rows",
        of->name, (unsigned long long)of->n_missing, (unsigned long long)summary->n_rows);
}

static void check_worked_on(struct using *using, struct expression *expression)
{
    for (size_t i = 0; i < expression_n_variables(expression); i++) {
        const char *name = expression_variable(expression, i);
        size_t column = find(using->columns, name);
        bool is_text = expression_is_text(expression, i);
        bool is_numeric = using->columns->summary->columns[column].type == COLUMN_NUMERIC;
        if (!is_text && !is_numeric)
            refuse(using, ERROR_NOT_A_NUMBER, name, "has text where numbers are needed");
        if (is_text && is_numeric)
            refuse(using, ERROR_INVALID_TYPE, name,
                   "has numbers; compare it with a number, without quotes");
        if (is_text)
            check_texts(using, expression, i);
        if (!using->columns->use[column].is_worked_on)
            check_worked_on_missing(using, column);
        using->columns->use[column].is_worked_on = true;
    }
}

/* What is predicted would predict itself. */
static void check_leaks(struct using *using, const struct expression *response)
{
    for (size_t i = 0; i < expression_n_variables(response); i++) {
        const char *name = expression_variable(response, i);
        if (using->columns->use[find(using->columns, name)].is_feature)
            refuse(using, ERROR_INVALID, name,
                   "is on both sides: it cannot predict what is made of it");
    }
}

long fit_formula_columns_use(struct fit_formula_columns *columns, fit_problem_fn *problem,
                             void *context)
{
    const struct formula *formula = columns->formula;
    struct using using = {columns, {problem, context, 0}};
    find_mentions(&using);
    if (using.problems.n > 0)
        return using.problems.n;
    use_factors(&using);
    check_features(&using);
    if (formula->response.expression) {
        check_worked_on(&using, formula->response.expression);
        check_leaks(&using, formula->response.expression);
    }
    for (size_t i = 0; !formula->is_offset_column && i < formula->n_offsets; i++)
        check_worked_on(&using, formula->offsets[i]);
    return using.problems.n;
}

/* ---- what the job says, and the formula ---- */

static bool is_categorical(const struct fit_formula_columns *columns, size_t column)
{
    const struct formula_factor *response = &columns->formula->response;
    const struct fit_formula_use *use = &columns->use[column];
    return use->as_categorical || use->as_text ||
           (response->kind == FORMULA_CATEGORICAL &&
            find(columns, response->name) == column);
}

struct fit_column *fit_formula_columns_merge(const struct fit_formula_columns *columns,
                                             const struct column_summary *computed,
                                             size_t n_computed, size_t *n,
                                             struct error *err)
{
    const struct fit_request *request = columns->request;
    size_t n_columns = columns->summary->n_columns_kept, most;
    if (!memory_sum(n_columns, request->n_columns + n_computed, &most)) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    struct fit_column *merged = memory_new(most, sizeof(*merged), err);
    if (!merged)
        return NULL;
    *n = 0;
    for (size_t i = 0; i < request->n_columns; i++)
        if (find(columns, request->columns[i].name) == NONE)
            merged[(*n)++] = request->columns[i];
    for (size_t j = 0; j < n_columns; j++) {
        bool is_made = is_categorical(columns, j);
        struct fit_column *column = &merged[*n];
        if (!columns->said[j] && !is_made)
            continue;
        *column = columns->said[j]
                      ? *columns->said[j]
                      : (struct fit_column){.name = columns->summary->columns[j].name,
                                            .type = -1,
                                            .missing = -1};
        column->type = is_made ? COLUMN_CATEGORICAL : column->type;
        column->reference =
            columns->use[j].reference ? columns->use[j].reference : column->reference;
        ++*n;
    }
    for (size_t i = 0; i < n_computed; i++)
        merged[(*n)++] = (struct fit_column){
            .name = computed[i].name, .type = -1, .missing = MISSING_DROP};
    return merged;
}
