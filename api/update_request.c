#include "api/update_request.h"

#include <float.h>

#include "api/job_field.h"
#include "api/json_fields.h"

#define MOST_BATCH INT64_C(2147483647)

void update_request_free(struct update_request *request)
{
    json_decref(request->tree);
    *request = (struct update_request){0};
}

/* ---- fields ---- */

/* A json_field_fn whose context is the struct update_request. */
#define FIELD(name)                                                                      \
    static int name(void *context, const json_t *value, const char *pointer,             \
                    struct problem_list *problems, struct error *err)

static int read_column(struct update_request *request, enum row_role role,
                       const json_t *value, const char *pointer,
                       struct problem_list *problems)
{
    row_columns_read(&request->columns, role, value, pointer, problems);
    return 0;
}

FIELD(read_target)
{
    (void)err;
    return read_column(context, ROW_TARGET, value, pointer, problems);
}

FIELD(read_weights)
{
    (void)err;
    return read_column(context, ROW_WEIGHTS, value, pointer, problems);
}

FIELD(read_trials)
{
    (void)err;
    return read_column(context, ROW_TRIALS, value, pointer, problems);
}

FIELD(read_offset)
{
    (void)err;
    return read_column(context, ROW_OFFSET, value, pointer, problems);
}

FIELD(read_algorithm)
{
    struct update_request *request = context;
    const char *word = NULL;
    (void)err;
    if (!json_fields_string(value, pointer, problems, &word))
        return 0;
    request->has_algorithm = online_find(word, &request->plan.algorithm);
    if (!request->has_algorithm)
        problem_report(problems, ERROR_INVALID, pointer, "must be adagrad or sgd");
    return 0;
}

FIELD(read_initial)
{
    struct update_request *request = context;
    (void)err;
    request->has_rate =
        json_fields_number(value, pointer, 0, true, problems, &request->plan.rate);
    return 0;
}

FIELD(read_schedule)
{
    static const char *const words[] = {"constant", "inverse_time", "inverse_sqrt"};
    static const enum schedule schedules[] = {SCHEDULE_CONSTANT, SCHEDULE_INVERSE_TIME,
                                              SCHEDULE_INVERSE_SQRT};
    struct update_request *request = context;
    (void)err;
    int word = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    request->has_schedule = word >= 0;
    if (word >= 0)
        request->plan.schedule = schedules[word];
    return 0;
}

FIELD(read_learning_rate)
{
    static const struct json_field fields[] = {{"initial", false, read_initial},
                                               {"schedule", false, read_schedule}};
    return json_fields_read(value, pointer, fields, 2, context, problems, err);
}

FIELD(read_l2)
{
    struct update_request *request = context;
    (void)err;
    request->has_l2 =
        json_fields_number(value, pointer, 0, false, problems, &request->plan.l2);
    return 0;
}

FIELD(read_l1)
{
    struct update_request *request = context;
    (void)err;
    request->has_l1 =
        json_fields_number(value, pointer, 0, false, problems, &request->plan.l1);
    return 0;
}

FIELD(read_batch_size)
{
    struct update_request *request = context;
    int64_t n = 0;
    (void)err;
    if (json_fields_integer(value, pointer, 1, MOST_BATCH, problems, &n))
        request->batch_size = (uint64_t)n;
    return 0;
}

FIELD(read_from)
{
    struct update_request *request = context;
    int64_t version = 0;
    (void)err;
    if (json_fields_integer(value, pointer, 1, INT64_MAX, problems, &version))
        request->from = (uint64_t)version;
    return 0;
}

FIELD(read_reset)
{
    struct update_request *request = context;
    (void)err;
    json_fields_bool(value, pointer, problems, &request->resets);
    return 0;
}

static const struct json_field fields[] = {
    {"target", false, read_target},
    {"weights", false, read_weights},
    {"trials", false, read_trials},
    {"offset", false, read_offset},
    {"algorithm", false, read_algorithm},
    {"learning_rate", false, read_learning_rate},
    {"l2", false, read_l2},
    {"l1", false, read_l1},
    {"batch_size", false, read_batch_size},
    {"from", false, read_from},
    {"reset", false, read_reset},
};

/* ---- the whole ---- */

static int read_rest(struct update_request *request, const struct buffer *rest,
                     struct problem_list *problems, struct error *err)
{
    request->tree = json_fields_parse(rest->bytes, rest->n_bytes, err);
    if (!request->tree)
        return -1;
    return json_fields_read(request->tree, "", fields, sizeof(fields) / sizeof(*fields),
                            request, problems, err);
}

int update_request_read(struct update_request *request, const char *body, size_t n_bytes,
                        struct problem_list *problems, struct error *err)
{
    struct buffer rest = BUFFER_EMPTY;
    int result = row_lists_cut(&request->lists, body, n_bytes, &rest, problems, err);
    if (result == 0 && request->lists.members.is_object)
        result = read_rest(request, &rest, problems, err);
    buffer_free(&rest);
    return result;
}

/* ---- and the plan ---- */

void update_request_apply(const struct update_request *request, struct online_plan *plan)
{
    if (request->has_algorithm)
        plan->algorithm = request->plan.algorithm;
    if (request->has_l2)
        plan->l2 = request->plan.l2;
    if (request->has_l1)
        plan->l1 = request->plan.l1;
    if (request->has_rate)
        plan->rate = request->plan.rate;
    if (request->has_schedule)
        plan->schedule = request->plan.schedule;
}

void update_request_check(const struct update_request *request,
                          const struct online_plan *plan, uint64_t from,
                          struct problem_list *problems)
{
    static const char again[] = "; \"reset\":true begins anew";
    if (request->has_algorithm && request->plan.algorithm != plan->algorithm)
        problem_report(problems, ERROR_INVALID, "/algorithm",
                       "the working copy learns by %s%s", online_word(plan->algorithm),
                       again);
    if (request->has_l2 && request->plan.l2 != plan->l2)
        problem_report(problems, ERROR_INVALID, "/l2",
                       "the working copy learns with an l2 of %.17g%s", plan->l2, again);
    if (request->has_l1 && request->plan.l1 != plan->l1)
        problem_report(problems, ERROR_INVALID, "/l1",
                       "the working copy learns with an l1 of %.17g%s", plan->l1, again);
    if (request->from > 0 && request->from != from)
        problem_report(problems, ERROR_INVALID, "/from",
                       "the working copy began with version %llu%s",
                       (unsigned long long)from, again);
}
