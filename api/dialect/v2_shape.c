#include "api/dialect/v2_shape.h"

#include "api/dialect/text_problem.h"

static int status(const struct problem *problem)
{
    return problem->status == 422 ? 400 : problem->status;
}

static void write(struct json_writer *json, const struct problem *problem,
                  const char *request_id)
{
    (void)request_id;
    json_write_begin_object(json);
    text_problem_write(json, "error", problem);
    json_write_end_object(json);
}

const struct problem_shape v2_shape = {
    .content_type = "application/json",
    .status = status,
    .write = write,
    .out_of_memory = "{\"error\":\"not enough memory to answer; try again later\"}"};
