#include "api/job_solver_fields.h"

#include "api/job_field.h"
#include "core/base/memory.h"
#include "core/optim/solver.h"

#define ITERATIONS_MOST 1000000000
#define GRID_MOST 100

/* ---- algorithm ---- */

JOB_FIELD(job_solver_fields_algorithm)
{
    static const char *const words[] = {
        "auto", "newton",  "newton_cg", "lbfgs",   "gradient_descent",
        "sgd",  "adagrad", "adam",      "rmsprop", "coordinate_descent"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i > 0 && !solver_find(words[i]))
        job_field_later(problems, pointer, "this algorithm");
    else if (i >= 0)
        request->fit.algorithm = words[i];
    return 0;
}

/* ---- penalty ---- */

static JOB_FIELD(read_l2)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.l2);
    return 0;
}

static JOB_FIELD(read_l1)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.l1);
    return 0;
}

static JOB_FIELD(read_factors)
{
    struct job_request *request = context;
    const char *name;
    json_t *factor;
    char at[PROBLEM_POINTER_BYTES];
    if (!json_is_object(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object of numbers by feature");
        return 0;
    }
    request->factors =
        memory_new(json_object_size(value), sizeof(*request->factors), err);
    if (!request->factors)
        return -1;
    request->fit.factors = request->factors;
    json_object_foreach((json_t *)value, name, factor)
    {
        struct fit_factor *next = &request->factors[request->fit.n_factors];
        next->feature = name;
        if (json_fields_number(factor, problem_pointer(at, pointer, name), 0, false,
                               problems, &next->factor))
            request->fit.n_factors++;
    }
    return 0;
}

JOB_FIELD(job_solver_fields_penalty)
{
    static const struct json_field fields[] = {
        {"l2", false, read_l2}, {"l1", false, read_l1}, {"factors", false, read_factors}};
    return json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                            problems, err);
}

/* ---- how to solve ---- */

static JOB_FIELD(read_rate_initial)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems,
                       &request->fit.solver.learning_rate);
    return 0;
}

static JOB_FIELD(read_rate_schedule)
{
    static const char *const words[] = {"constant", "inverse_time", "inverse_sqrt",
                                        "step",     "cosine",       "line_search"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        schedule_find(words[i], &request->fit.solver.schedule);
    return 0;
}

static JOB_FIELD(read_rate_grid)
{
    struct job_request *request = context;
    char at[PROBLEM_POINTER_BYTES];
    size_t n = json_array_size(value);
    if (!json_is_array(value) || n == 0 || n > GRID_MOST) {
        problem_report(problems,
                       json_is_array(value) ? ERROR_INVALID : ERROR_INVALID_TYPE, pointer,
                       "must be an array of 1 to %d numbers", GRID_MOST);
        return 0;
    }
    request->rates = memory_new(n, sizeof(*request->rates), err);
    if (!request->rates)
        return -1;
    request->fit.rates = request->rates;
    for (size_t i = 0; i < n; i++)
        if (json_fields_number(json_array_get(value, i),
                               problem_pointer_at(at, pointer, i), 0, true, problems,
                               &request->rates[request->fit.n_rates]))
            request->fit.n_rates++;
    return 0;
}

static JOB_FIELD(read_rate_restarts)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.n_periods = (uint64_t)n;
    return 0;
}

JOB_FIELD(job_solver_fields_learning_rate)
{
    static const struct json_field fields[] = {{"initial", false, read_rate_initial},
                                               {"schedule", false, read_rate_schedule},
                                               {"restarts", false, read_rate_restarts},
                                               {"grid", false, read_rate_grid}};
    return json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                            problems, err);
}

JOB_FIELD(job_solver_fields_batch_size)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.batch_size = (size_t)n;
    return 0;
}

JOB_FIELD(job_solver_fields_max_epochs)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.max_epochs = (uint64_t)n;
    return 0;
}

JOB_FIELD(job_solver_fields_momentum)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.solver.momentum);
    return 0;
}

JOB_FIELD(job_solver_fields_max_iterations)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.max_iterations = (uint64_t)n;
    return 0;
}

JOB_FIELD(job_solver_fields_tolerance)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems, &request->fit.solver.tolerance);
    return 0;
}

JOB_FIELD(job_solver_fields_seed)
{
    struct job_request *request = context;
    int64_t seed;
    (void)err;
    if (json_fields_integer(value, pointer, 0, INT64_MAX, problems, &seed))
        request->fit.solver.seed = (uint64_t)seed;
    return 0;
}
