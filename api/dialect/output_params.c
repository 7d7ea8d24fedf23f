#include "api/dialect/output_params.h"

#include <stdio.h>

#include "api/dialect/tensors.h"

/* Their pointers are below `parent` here. */
static void move_problems(struct problem_list *from, const char *parent,
                          struct problem_list *to)
{
    for (size_t i = 0; i < from->n && i < PROBLEM_MAX && from->errors; i++) {
        struct error error = from->errors[i];
        snprintf(error.place, sizeof(error.place), "%s%.100s", parent,
                 from->errors[i].place);
        problem_add(to, &error);
    }
    problem_list_free(from);
}

static int read_options(struct scoring *scoring, const struct members_field fields[2],
                        const char *pointer, struct error *err)
{
    struct predict_members members = {.is_object = true};
    struct predict_options options = {0};
    struct problem_list problems = {0};
    members.at[PREDICT_MEMBER_OUTPUT] = fields[0].at;
    members.has[PREDICT_MEMBER_OUTPUT] = fields[0].has;
    members.at[PREDICT_MEMBER_THRESHOLD] = fields[1].at;
    members.has[PREDICT_MEMBER_THRESHOLD] = fields[1].has;
    int result = predict_options_read(scoring->serving.found.model, &members, &options,
                                      &problems, err);
    if (problems.n == 0 && options.outputs & ~(unsigned)TENSORS_OUTPUTS)
        problem_report(&problems, ERROR_UNSUPPORTED, "/output",
                       "this output is for native requests alone");
    move_problems(&problems, pointer, &scoring->problems);
    scoring->body.options.threshold = options.threshold;
    if (fields[0].has)
        scoring->body.options.outputs = options.outputs;
    return result;
}

int output_params_read(struct scoring *scoring, const struct members_field *field,
                       const char *pointer, struct error *err)
{
    struct members_field fields[] = {{.name = "output"}, {.name = "threshold"}};
    struct json_scan scan = field->at;
    if (!field->has || json_scan_peek(&scan) == JSON_KIND_NULL)
        return 0;
    if (members_find(&scan, pointer, fields, 2, &scoring->problems, err) < 0)
        return -1;
    return read_options(scoring, fields, pointer, err);
}
