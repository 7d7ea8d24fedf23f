#include "api/row_outcomes.h"

#include <math.h>

#include "api/dataset_open.h"
#include "core/base/memory.h"

struct reading {
    const struct model *model;
    const struct row_outcomes_asked *asked;
    struct row_outcomes *outcomes;
    struct problem_list *problems;
    struct buffer text;             /* a string without its escapes */
    const char *names[ROW_N_ROLES]; /* columns, without gaps, and what they are */
    enum row_role roles[ROW_N_ROLES];
    size_t n_names;
    bool has_target; /* some row has its column */
};

/* ---- outcomes ---- */

static int grow(struct row_outcomes *outcomes, size_t n, struct error *err)
{
    size_t capacity = outcomes->capacity ? outcomes->capacity : 64;
    while (capacity < n)
        capacity *= 2;
    if (capacity == outcomes->capacity)
        return 0;
    size_t more = (capacity - outcomes->capacity) * sizeof(*outcomes->rows);
    if (budget_reserve(outcomes->budget, more, err) < 0)
        return -1;
    outcomes->reserved_bytes += more;
    struct row_outcome *larger =
        memory_resize(outcomes->rows, capacity, sizeof(*larger), err);
    if (!larger)
        return -1;
    outcomes->rows = larger;
    outcomes->capacity = capacity;
    return 0;
}

/* That of a row, and of all before it. NULL without memory. */
static struct row_outcome *outcome_of(struct row_outcomes *outcomes, size_t row,
                                      struct error *err)
{
    if (row >= outcomes->capacity && grow(outcomes, row + 1, err) < 0)
        return NULL;
    for (; outcomes->n <= row; outcomes->n++)
        outcomes->rows[outcomes->n] =
            (struct row_outcome){{NAN, NAN, NAN, NAN}, ERROR_NONE};
    return &outcomes->rows[row];
}

/* A problem, or a reason to leave the row out. */
static void refuse(struct reading *reading, struct row_outcome *outcome,
                   enum error_code code, const char *pointer)
{
    if (outcome->code == ERROR_NONE)
        outcome->code = code;
    if (!reading->asked->skips)
        problem_report(reading->problems, code, pointer, "%s",
                       code == ERROR_NOT_A_NUMBER ? "a number is needed here"
                                                  : dataset_open_detail(code));
}

/* ---- values ---- */

static void take_class(struct reading *reading, struct row_outcome *outcome, size_t class,
                       const char *pointer)
{
    if (class == SIZE_MAX)
        refuse(reading, outcome, ERROR_UNKNOWN_LEVEL, pointer);
    else
        outcome->values[ROW_TARGET] = (double)class;
}

static bool is_of_classes(const struct reading *reading, enum row_role role)
{
    return role == ROW_TARGET && reading->model->n_classes > 0 &&
           !reading->outcomes->columns[ROW_TRIALS];
}

static int take_number(struct reading *reading, struct json_scan *scan,
                       enum row_role role, struct row_outcome *outcome,
                       const char *pointer, struct error *err)
{
    double value;
    if (json_scan_number(scan, &value, err) < 0)
        return -1;
    if (is_of_classes(reading, role))
        take_class(reading, outcome,
                   evaluate_outcomes_class_number(&reading->outcomes->classes, value),
                   pointer);
    else if (role == ROW_WEIGHTS && value < 0)
        refuse(reading, outcome, ERROR_BAD_WEIGHT, pointer);
    else
        outcome->values[role] = value;
    return 0;
}

static int take_text(struct reading *reading, struct json_scan *scan, enum row_role role,
                     struct row_outcome *outcome, const char *pointer, struct error *err)
{
    struct json_text text;
    if (json_scan_string(scan, &text, err) < 0)
        return -1;
    if (!is_of_classes(reading, role)) {
        refuse(reading, outcome, ERROR_NOT_A_NUMBER, pointer);
        return 0;
    }
    buffer_clear(&reading->text);
    char *plain = buffer_reserve(&reading->text, text.n_bytes + 1);
    if (!plain)
        return error_no_memory(err, text.n_bytes);
    size_t n = json_scan_unescape(&text, plain);
    take_class(reading, outcome,
               evaluate_outcomes_class(&reading->outcomes->classes, plain, n), pointer);
    return 0;
}

static int take_value(struct reading *reading, struct json_scan *scan, enum row_role role,
                      size_t row, const char *pointer, struct error *err)
{
    struct row_outcome *outcome = outcome_of(reading->outcomes, row, err);
    if (!outcome)
        return -1;
    switch (json_scan_peek(scan)) {
    case JSON_KIND_NUMBER:
        return take_number(reading, scan, role, outcome, pointer, err);
    case JSON_KIND_STRING:
        return take_text(reading, scan, role, outcome, pointer, err);
    case JSON_KIND_NULL:
        refuse(reading, outcome, ERROR_MISSING_VALUE, pointer);
        break;
    default:
        refuse(reading, outcome,
               is_of_classes(reading, role) ? ERROR_INVALID_TYPE : ERROR_NOT_A_NUMBER,
               pointer);
    }
    return json_scan_skip(scan, err);
}

static int read_beside(void *context, size_t which, size_t row, struct json_scan *scan,
                       const char *pointer, struct error *err)
{
    struct reading *reading = context;
    enum row_role role = reading->roles[which];
    reading->has_target = reading->has_target || role == ROW_TARGET;
    return take_value(reading, scan, role, row, pointer, err);
}

/* ---- names and labels ---- */

static void name_columns(struct reading *reading)
{
    const struct model_roles *roles = &reading->model->roles;
    bool takes_offset = model_n_scores(reading->model) == 1;
    const char *usual[ROW_N_ROLES] = {[ROW_TARGET] = roles->target,
                                      [ROW_TRIALS] = roles->trials,
                                      [ROW_OFFSET] = takes_offset ? roles->offset : NULL};
    for (enum row_role role = ROW_TARGET; role < ROW_N_ROLES; role++) {
        const char *name = row_columns_name(reading->asked->columns, role, usual[role]);
        reading->outcomes->columns[role] = name;
        if (!name)
            continue;
        reading->names[reading->n_names] = name;
        reading->roles[reading->n_names++] = role;
    }
}

/* One for each of n_rows. */
static int read_labels(struct reading *reading, size_t n_rows, struct error *err)
{
    struct json_scan scan = reading->asked->lists->labels;
    char pointer[PROBLEM_POINTER_BYTES];
    size_t n = 0;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, "/labels",
                       "an array of labels is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (; (more = json_scan_next_element(&scan, err)) == 1; n++) {
        problem_pointer_at(pointer, "/labels", n);
        if ((n < n_rows ? take_value(reading, &scan, ROW_TARGET, n, pointer, err)
                        : json_scan_skip(&scan, err)) < 0)
            return -1;
    }
    if (more == 0 && n != n_rows)
        problem_report(reading->problems, ERROR_WRONG_WIDTH, "/labels",
                       "there are %zu labels for %zu rows", n, n_rows);
    return more;
}

static int find_targets(struct reading *reading, size_t n_rows, struct error *err)
{
    if (reading->asked->lists->has_labels && reading->has_target)
        problem_report(reading->problems, ERROR_INVALID, "/labels",
                       "the rows have the target's column; give either");
    else if (reading->asked->lists->has_labels)
        return read_labels(reading, n_rows, err);
    else if (!reading->has_target)
        problem_report(reading->problems, ERROR_MISSING_FIELD, "/labels",
                       "give a label for each row, or the target's column by its name");
    return 0;
}

/* ---- rows that lack something ---- */

static bool is_count(double value)
{
    return value >= 0 && value == floor(value);
}

static void check_row(struct reading *reading, size_t row)
{
    bool has_instances = reading->asked->lists->members.has[PREDICT_MEMBER_INSTANCES];
    struct row_outcome *outcome = &reading->outcomes->rows[row];
    const char *const *columns = reading->outcomes->columns;
    const double *values = outcome->values;
    char pointer[PROBLEM_POINTER_BYTES];
    problem_pointer_at(pointer, has_instances ? "/instances" : "/rows", row);
    for (enum row_role role = ROW_TARGET; role < ROW_N_ROLES; role++)
        if (outcome->code == ERROR_NONE && isnan(values[role]) &&
            (role == ROW_TARGET || columns[role]))
            refuse(reading, outcome, ERROR_MISSING_VALUE, pointer);
    double successes = values[ROW_TARGET], trials = values[ROW_TRIALS];
    if (outcome->code == ERROR_NONE && columns[ROW_TRIALS] &&
        !(is_count(successes) && is_count(trials) && successes <= trials))
        refuse(reading, outcome, ERROR_BAD_COUNT, pointer);
}

static int check_rows(struct reading *reading, size_t n_rows, struct error *err)
{
    if (n_rows == 0 || !outcome_of(reading->outcomes, n_rows - 1, err))
        return n_rows == 0 ? 0 : -1;
    for (size_t row = 0; row < n_rows; row++)
        check_row(reading, row);
    return 0;
}

/* ---- the whole ---- */

static int read_rows(struct reading *reading, const char *body, size_t n_bytes,
                     struct budget *budget, struct predict_body *parsed,
                     struct error *err)
{
    name_columns(reading);
    const struct predict_beside beside = {reading->n_names, reading->names, read_beside,
                                          reading};
    parsed->options.on_error_row = reading->asked->skips;
    if (evaluate_outcomes_open_classes(&reading->outcomes->classes, reading->model, err) <
        0)
        return -1;
    if (predict_body_read_rows(reading->model, &reading->asked->lists->members, &beside,
                               body, n_bytes, budget, parsed, reading->problems, err) < 0)
        return error_is_set(err) ? -1 : 0;
    if (find_targets(reading, parsed->n_rows, err) < 0)
        return -1;
    return reading->problems->n > 0 ? 0 : check_rows(reading, parsed->n_rows, err);
}

int row_outcomes_read(struct row_outcomes *outcomes, const struct model *model,
                      const struct row_outcomes_asked *asked, const char *body,
                      size_t n_bytes, struct budget *budget, struct predict_body *parsed,
                      struct problem_list *problems, struct error *err)
{
    struct reading reading = {
        .model = model, .asked = asked, .outcomes = outcomes, .problems = problems};
    outcomes->budget = budget;
    int result = read_rows(&reading, body, n_bytes, budget, parsed, err);
    buffer_free(&reading.text);
    return result;
}

int row_outcomes_add(struct row_outcomes *outcomes, double target, struct error *err)
{
    struct row_outcome *outcome = outcome_of(outcomes, outcomes->n, err);
    if (!outcome)
        return -1;
    outcome->values[ROW_TARGET] = target;
    return 0;
}

void row_outcomes_free(struct row_outcomes *outcomes)
{
    evaluate_outcomes_free(&outcomes->classes);
    memory_free(outcomes->rows);
    if (outcomes->budget)
        budget_release(outcomes->budget, outcomes->reserved_bytes);
    *outcomes = (struct row_outcomes){0};
}

double row_outcomes_weight(const struct row_outcomes *outcomes, size_t row)
{
    return outcomes->columns[ROW_WEIGHTS] ? outcomes->rows[row].values[ROW_WEIGHTS] : 1;
}
