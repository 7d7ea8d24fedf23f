#include "core/model/fit_formula.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/fit_formula_columns.h"
#include "core/model/fit_plan.h"
#include "core/model/fit_problem.h"

void fit_formula_free(struct fit_formula *formula)
{
    formula_table_free(&formula->data);
    formula_table_free(&formula->validation);
    formula_free(&formula->formula);
    memory_free(formula->columns);
    memory_free(formula->features);
    memory_free(formula->summary.columns);
    *formula = (struct fit_formula){0};
}

struct reading {
    struct fit_formula *formula;
    struct fit_formula_columns columns;
    struct fit_problems problems;
};

/* ---- the text ---- */

static int parse(struct reading *reading, struct error *err)
{
    struct error why = {0};
    const char *text = reading->formula->job->formula;
    size_t n;
    const char **names = fit_formula_columns_of_point(&reading->columns, &n, err);
    if (!names)
        return -1;
    int result =
        formula_parse(&reading->formula->formula, text, strlen(text), names, n, &why);
    memory_free(names);
    if (result == 0)
        return 0;
    if (why.code != ERROR_BAD_FORMULA)
        return error_copy(err, &why);
    fit_problem_add(&reading->problems, why.code, "/formula", "%s: %s", why.place,
                    why.message);
    return 0;
}

/* ---- what is said twice ---- */

static void check_fields(struct reading *reading)
{
    const struct fit_request *job = reading->formula->job;
    if (job->target)
        fit_problem_add(&reading->problems, ERROR_INVALID, "/target",
                        "the formula says what is predicted; leave this out");
    if (job->features)
        fit_problem_add(&reading->problems, ERROR_INVALID, "/features",
                        "the formula says what predicts; leave this out");
    if (job->offset)
        fit_problem_add(&reading->problems, ERROR_INVALID, "/offset",
                        "write offset(…) into the formula, and leave this out");
}

static void check_intercept(struct reading *reading)
{
    const struct fit_request *job = reading->formula->job;
    if (job->says_intercept && job->intercept != reading->formula->formula.intercept)
        fit_problem_add(&reading->problems, ERROR_INVALID, "/intercept",
                        "the formula has %s intercept; leave this out, or %s",
                        job->intercept ? "no" : "an",
                        job->intercept ? "take \"- 1\" (or \"0\") out of the formula"
                                       : "write \"- 1\" into the formula");
}

/* A column of the data must not hide what is worked out. */
static void check_names(struct reading *reading, const struct summary *summary)
{
    struct fit_formula *formula = reading->formula;
    size_t n = formula_table_summaries(&formula->formula, summary, formula->computed);
    for (size_t i = 0; i < n; i++)
        if (summary_find(summary, formula->computed[i].name) != SIZE_MAX)
            fit_problem_add(
                &reading->problems, ERROR_BAD_FORMULA, "/formula",
                "the data has a column of the name %.100s; write it in backquotes, or "
                "give it another name",
                formula->computed[i].name);
}

/* ---- the other table ---- */

/* What cannot be worked out there is told of that table. */
static int extend_validation(struct reading *reading, struct error *err)
{
    struct fit_formula *formula = reading->formula;
    const struct table *table = formula->job->validation_table;
    struct error why = {0};
    if (!table ||
        formula_table_make(&formula->validation, &formula->formula, table, &why) == 0)
        return 0;
    if (error_kind(why.code) != ERROR_KIND_INPUT)
        return error_copy(err, &why);
    fit_problem_add(&reading->problems, why.code, "/validation/dataset",
                    "of the validation data: %s", why.message);
    return 0;
}

/* ---- the request ---- */

static int list_features(struct fit_formula *formula,
                         const struct fit_formula_columns *columns, struct error *err)
{
    formula->features = memory_new(columns->n_features, sizeof(*formula->features), err);
    for (size_t i = 0; formula->features && i < columns->n_features; i++)
        formula->features[i] = columns->summary->columns[columns->features[i]].name;
    return formula->features ? 0 : -1;
}

static int make_request(struct fit_formula *formula,
                        const struct fit_formula_columns *columns, struct error *err)
{
    size_t n_columns, n_computed = 0;
    while (n_computed < FORMULA_TABLE_MOST && formula->computed[n_computed].name)
        n_computed++;
    formula->columns = fit_formula_columns_merge(columns, formula->computed, n_computed,
                                                 &n_columns, err);
    if (!formula->columns || list_features(formula, columns, err) < 0 ||
        summary_extend(&formula->summary, columns->summary, formula->computed, n_computed,
                       err) < 0)
        return -1;
    struct fit_request *request = &formula->request;
    *request = *formula->job;
    request->target = formula->formula.target;
    request->offset = formula->formula.offset;
    request->features = formula->features;
    request->n_features = columns->n_features;
    request->columns = formula->columns;
    request->n_columns = n_columns;
    request->terms = &formula->formula;
    request->intercept = formula->formula.intercept;
    if (formula->validation.table)
        request->validation_table = formula->validation.table;
    return 0;
}

static int read_formula(struct reading *reading, const struct summary *summary,
                        struct error *err)
{
    struct fit_formula *formula = reading->formula;
    struct fit_formula_columns *columns = &reading->columns;
    if (fit_formula_columns_start(columns, err) < 0)
        return -1;
    check_fields(reading);
    long n_problems = reading->problems.n;
    if (parse(reading, err) < 0)
        return -1;
    if (reading->problems.n > n_problems) /* there is no formula */
        return 0;
    check_intercept(reading);
    reading->problems.n += fit_formula_columns_use(columns, reading->problems.tell,
                                                   reading->problems.context);
    check_names(reading, summary);
    if (reading->problems.n == 0 && extend_validation(reading, err) < 0)
        return -1;
    return reading->problems.n > 0 ? 0 : make_request(formula, columns, err);
}

long fit_formula_read(struct fit_formula *formula, const struct fit_request *request,
                      const struct summary *summary, fit_problem_fn *problem,
                      void *context, struct error *err)
{
    struct reading reading = {
        .formula = formula,
        .columns = {.request = request, .summary = summary, .formula = &formula->formula},
        .problems = {problem, context, 0}};
    if (!request->formula)
        return 0;
    formula->job = request;
    int result = read_formula(&reading, summary, err);
    fit_formula_columns_free(&reading.columns);
    return result < 0 ? -1 : reading.problems.n;
}

int fit_formula_extend(struct fit_formula *formula, const struct table **table,
                       struct error *err)
{
    if (!formula->job)
        return 0;
    if (formula_table_make(&formula->data, &formula->formula, *table, err) < 0)
        return -1;
    if (formula->data.table)
        *table = formula->data.table;
    return 0;
}

/* ---- places ---- */

/* Does the job itself say this of a column? "/columns/NAME/FIELD" */
static bool is_said(const struct fit_request *job, const char *place)
{
    char said[FIT_PLAN_POINTER_BYTES];
    for (size_t i = 0; i < job->n_columns; i++) {
        const struct fit_column *column = &job->columns[i];
        if ((column->reference &&
             strcmp(fit_plan_pointer(said, "/columns", column->name, "reference"),
                    place) == 0) ||
            (column->type >= 0 &&
             strcmp(fit_plan_pointer(said, "/columns", column->name, "type"), place) ==
                 0))
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static bool is_of_formula(const struct fit_request *job, const char *place)
{
    static const char columns[] = "/columns/", features[] = "/features";
    if (strcmp(place, "/target") == 0 || strcmp(place, "/offset") == 0 ||
        strncmp(place, features, sizeof(features) - 1) == 0)
        return true;
    return strncmp(place, columns, sizeof(columns) - 1) == 0 &&
           (ends_with(place, "/reference") || ends_with(place, "/type")) &&
           !is_said(job, place);
}

void fit_formula_place(const struct fit_formula *formula, struct error *problem)
{
    if (formula->job && problem && is_of_formula(formula->job, problem->place))
        snprintf(problem->place, sizeof(problem->place), "/formula");
}
