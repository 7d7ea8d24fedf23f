#include "api/evaluation_rows.h"

#include <math.h>
#include <string.h>

#include "api/dataset_open.h"
#include "api/predict_body.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/model/predict.h"

/* What a row has beside its inputs. */
enum role { ROLE_TARGET, ROLE_WEIGHTS, ROLE_TRIALS, ROLE_OFFSET, N_ROLES };

struct outcome {
    double values[N_ROLES]; /* of the target: a class or a number; NaN: not there */
    enum error_code code;   /* why the row cannot be used; ERROR_NONE: it can */
};

struct reading {
    const struct model *model;
    const struct evaluation_request *request;
    struct evaluation_result *result;
    struct budget *budget;
    size_t reserved_bytes;
    struct evaluate_outcomes classes; /* to find them */
    struct outcome *outcomes;         /* [capacity] of them [n] */
    size_t n, capacity;
    struct buffer text;           /* a string without its escapes */
    const char *columns[N_ROLES]; /* by role; NULL: there is none */
    const char *names[N_ROLES];   /* these, without gaps, and what they are */
    enum role roles[N_ROLES];
    size_t n_names;
    bool has_target; /* some row has its column */
};

/* ---- outcomes ---- */

static int reserve(struct reading *reading, size_t bytes, struct error *err)
{
    if (budget_reserve(reading->budget, bytes, err) < 0)
        return -1;
    reading->reserved_bytes += bytes;
    return 0;
}

static int grow(struct reading *reading, size_t n, struct error *err)
{
    size_t capacity = reading->capacity ? reading->capacity : 64;
    while (capacity < n)
        capacity *= 2;
    if (capacity == reading->capacity)
        return 0;
    size_t more = (capacity - reading->capacity) * sizeof(*reading->outcomes);
    if (reserve(reading, more, err) < 0)
        return -1;
    struct outcome *larger =
        memory_resize(reading->outcomes, capacity, sizeof(*larger), err);
    if (!larger)
        return -1;
    reading->outcomes = larger;
    reading->capacity = capacity;
    return 0;
}

/* That of a row, and of all before it. NULL without memory. */
static struct outcome *outcome_of(struct reading *reading, size_t row, struct error *err)
{
    if (row >= reading->capacity && grow(reading, row + 1, err) < 0)
        return NULL;
    for (; reading->n <= row; reading->n++)
        reading->outcomes[reading->n] =
            (struct outcome){{NAN, NAN, NAN, NAN}, ERROR_NONE};
    return &reading->outcomes[row];
}

/* A problem, or a reason to leave the row out. */
static void refuse(struct reading *reading, struct outcome *outcome, enum error_code code,
                   const char *pointer)
{
    if (outcome->code == ERROR_NONE)
        outcome->code = code;
    if (!reading->result->skips)
        problem_report(reading->result->problems, code, pointer, "%s",
                       code == ERROR_NOT_A_NUMBER ? "a number is needed here"
                                                  : dataset_open_detail(code));
}

/* ---- values ---- */

static void take_class(struct reading *reading, struct outcome *outcome, size_t class,
                       const char *pointer)
{
    if (class == SIZE_MAX)
        refuse(reading, outcome, ERROR_UNKNOWN_LEVEL, pointer);
    else
        outcome->values[ROLE_TARGET] = (double)class;
}

static bool is_of_classes(const struct reading *reading, enum role role)
{
    return role == ROLE_TARGET && reading->model->n_classes > 0 &&
           !reading->columns[ROLE_TRIALS];
}

static int take_number(struct reading *reading, struct json_scan *scan, enum role role,
                       struct outcome *outcome, const char *pointer, struct error *err)
{
    double value;
    if (json_scan_number(scan, &value, err) < 0)
        return -1;
    if (is_of_classes(reading, role))
        take_class(reading, outcome,
                   evaluate_outcomes_class_number(&reading->classes, value), pointer);
    else if (role == ROLE_WEIGHTS && value < 0)
        refuse(reading, outcome, ERROR_BAD_WEIGHT, pointer);
    else
        outcome->values[role] = value;
    return 0;
}

static int take_text(struct reading *reading, struct json_scan *scan, enum role role,
                     struct outcome *outcome, const char *pointer, struct error *err)
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
    take_class(reading, outcome, evaluate_outcomes_class(&reading->classes, plain, n),
               pointer);
    return 0;
}

static int take_value(struct reading *reading, struct json_scan *scan, enum role role,
                      size_t row, const char *pointer, struct error *err)
{
    struct outcome *outcome = outcome_of(reading, row, err);
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
    enum role role = reading->roles[which];
    reading->has_target = reading->has_target || role == ROLE_TARGET;
    return take_value(reading, scan, role, row, pointer, err);
}

/* ---- names and labels ---- */

static const char *column_of(const struct evaluation_column *asked, const char *usual)
{
    return asked->is_none ? NULL : asked->name ? asked->name : usual;
}

static void name_columns(struct reading *reading)
{
    const struct evaluation_request *request = reading->request;
    const struct model_roles *roles = &reading->model->roles;
    bool takes_offset = model_n_scores(reading->model) == 1;
    reading->columns[ROLE_TARGET] = column_of(&request->target, roles->target);
    reading->columns[ROLE_WEIGHTS] = column_of(&request->weights, NULL);
    reading->columns[ROLE_TRIALS] = column_of(&request->trials, roles->trials);
    reading->columns[ROLE_OFFSET] =
        column_of(&request->offset, takes_offset ? roles->offset : NULL);
    for (enum role role = ROLE_TARGET; role < N_ROLES; role++)
        if (reading->columns[role]) {
            reading->names[reading->n_names] = reading->columns[role];
            reading->roles[reading->n_names++] = role;
        }
}

/* One for each of n_rows. */
static int read_labels(struct reading *reading, size_t n_rows, struct error *err)
{
    struct json_scan scan = reading->request->labels;
    char pointer[PROBLEM_POINTER_BYTES];
    size_t n = 0;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(reading->result->problems, ERROR_INVALID_TYPE, "/labels",
                       "an array of labels is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (; (more = json_scan_next_element(&scan, err)) == 1; n++) {
        problem_pointer_at(pointer, "/labels", n);
        if ((n < n_rows ? take_value(reading, &scan, ROLE_TARGET, n, pointer, err)
                        : json_scan_skip(&scan, err)) < 0)
            return -1;
    }
    if (more == 0 && n != n_rows)
        problem_report(reading->result->problems, ERROR_WRONG_WIDTH, "/labels",
                       "there are %zu labels for %zu rows", n, n_rows);
    return more;
}

static int find_targets(struct reading *reading, size_t n_rows, struct error *err)
{
    struct problem_list *problems = reading->result->problems;
    bool has_labels = reading->request->has_labels;
    if (has_labels && reading->has_target)
        problem_report(problems, ERROR_INVALID, "/labels",
                       "the rows have the target's column; give either");
    else if (has_labels)
        return read_labels(reading, n_rows, err);
    else if (!reading->has_target)
        problem_report(problems, ERROR_MISSING_FIELD, "/labels",
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
    bool has_instances = reading->request->members.has[PREDICT_MEMBER_INSTANCES];
    struct outcome *outcome = &reading->outcomes[row];
    const double *values = outcome->values;
    char pointer[PROBLEM_POINTER_BYTES];
    problem_pointer_at(pointer, has_instances ? "/instances" : "/rows", row);
    for (enum role role = ROLE_TARGET; role < N_ROLES; role++)
        if (outcome->code == ERROR_NONE && isnan(values[role]) &&
            (role == ROLE_TARGET || reading->columns[role]))
            refuse(reading, outcome, ERROR_MISSING_VALUE, pointer);
    double successes = values[ROLE_TARGET], trials = values[ROLE_TRIALS];
    if (outcome->code == ERROR_NONE && reading->columns[ROLE_TRIALS] &&
        !(is_count(successes) && is_count(trials) && successes <= trials))
        refuse(reading, outcome, ERROR_BAD_COUNT, pointer);
}

static int check_rows(struct reading *reading, size_t n_rows, struct error *err)
{
    if (n_rows == 0 || !outcome_of(reading, n_rows - 1, err))
        return n_rows == 0 ? 0 : -1;
    for (size_t row = 0; row < n_rows; row++)
        check_row(reading, row);
    return 0;
}

/* ---- judging ---- */

static void skip(struct reading *reading, enum error_code code)
{
    reading->result->n_skipped++;
    reading->result->n_cells[code]++;
}

static void add_row(struct reading *reading, struct evaluate *evaluate, double *scores,
                    const struct outcome *outcome)
{
    const double *values = outcome->values;
    double weight = reading->columns[ROLE_WEIGHTS] ? values[ROLE_WEIGHTS] : 1;
    if (reading->columns[ROLE_OFFSET])
        scores[0] = fmax(-DBL_MAX, fmin(scores[0] + values[ROLE_OFFSET], DBL_MAX));
    if (!reading->columns[ROLE_TRIALS]) {
        evaluate_add(evaluate, scores, &values[ROLE_TARGET], &weight, 1);
        return;
    }
    size_t success = evaluate_outcomes_success(reading->model);
    const double class[] = {(double)success, (double)(1 - success)};
    const double weights[] = {weight * values[ROLE_TARGET],
                              weight * (values[ROLE_TRIALS] - values[ROLE_TARGET])};
    evaluate_add(evaluate, scores, &class[0], &weights[0], 1);
    evaluate_add(evaluate, scores, &class[1], &weights[1], 1);
}

static void add_rows(struct reading *reading, const struct predict_body *body,
                     struct evaluate *evaluate, double *scores)
{
    size_t bad = 0, n_scores = model_n_scores(reading->model);
    for (size_t row = 0; row < body->n_rows; row++) {
        if (bad < body->n_bad && body->bad[bad].row == row) {
            skip(reading, body->bad[bad++].code);
            continue;
        }
        if (reading->outcomes[row].code != ERROR_NONE)
            skip(reading, reading->outcomes[row].code);
        else
            add_row(reading, evaluate, scores, &reading->outcomes[row]);
        scores += n_scores;
    }
}

static void score(const struct model *model, const struct predict_body *body,
                  double *scores)
{
    if (body->n_good > 0 && model->encoding->is_sparse)
        predict_scores_sparse(model, body->entries, body->ends, body->n_good, scores);
    else if (body->n_good > 0)
        predict_scores(model, body->cells, body->n_good, NULL, scores);
}

static int judge(struct reading *reading, const struct predict_body *body,
                 struct error *err)
{
    const struct model *model = reading->model;
    size_t n_scores = body->n_good * model_n_scores(model), n_bytes;
    size_t n_most = body->n_good * (reading->columns[ROLE_TRIALS] ? 2 : 1);
    if (!memory_sum(evaluate_bytes(model, n_most), n_scores * sizeof(double), &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (reserve(reading, n_bytes, err) < 0)
        return -1;
    double *scores = memory_new_aligned(n_scores, sizeof(*scores), err);
    struct evaluate *evaluate =
        scores ? evaluate_new(model, &reading->request->options, n_most, err) : NULL;
    int result = -1;
    if (evaluate) {
        score(model, body, scores);
        add_rows(reading, body, evaluate, scores);
        result = evaluate_finish(evaluate, &reading->result->evaluation, err);
    }
    evaluate_free(evaluate);
    memory_free(scores);
    return result;
}

/* ---- the whole ---- */

/* 0 where all could be read, though there may be problems. */
static int read_rows(struct reading *reading, struct predict_body *parsed,
                     const char *body, size_t n_bytes, struct error *err)
{
    struct problem_list *problems = reading->result->problems;
    name_columns(reading);
    const struct predict_beside beside = {reading->n_names, reading->names, read_beside,
                                          reading};
    parsed->options.on_error_row = reading->result->skips;
    if (evaluate_outcomes_open_classes(&reading->classes, reading->model, err) < 0)
        return -1;
    if (predict_body_read_rows(reading->model, &reading->request->members, &beside, body,
                               n_bytes, reading->budget, parsed, problems, err) < 0)
        return error_is_set(err) ? -1 : 0;
    if (find_targets(reading, parsed->n_rows, err) < 0)
        return -1;
    return problems->n > 0 ? 0 : check_rows(reading, parsed->n_rows, err);
}

static void reading_free(struct reading *reading)
{
    evaluate_outcomes_free(&reading->classes);
    memory_free(reading->outcomes);
    buffer_free(&reading->text);
    budget_release(reading->budget, reading->reserved_bytes);
}

int evaluation_rows_run(struct service *service, const struct model *model,
                        const struct evaluation_request *request, const char *body,
                        size_t n_bytes, struct evaluation_result *result,
                        struct error *err)
{
    struct reading reading = {
        .model = model, .request = request, .result = result, .budget = &service->budget};
    struct predict_body parsed = {0};
    int status = read_rows(&reading, &parsed, body, n_bytes, err);
    result->n_rows = parsed.n_rows;
    if (status == 0 && result->problems->n == 0)
        status = judge(&reading, &parsed, err);
    predict_body_free(&parsed);
    reading_free(&reading);
    if (status == 0)
        evaluation_result_check(result);
    return status;
}
