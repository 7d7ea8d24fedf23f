#include "api/path_json.h"

#include <math.h>

static void write_step(struct json_writer *json, const struct report_path *step)
{
    json_write_begin_object(json);
    json_write_member_number(json, "lambda", step->lambda);
    json_write_member_number(json, "l1", step->l1);
    json_write_member_number(json, "l2", step->l2);
    json_write_member_integer(json, "n_nonzero", (int64_t)step->n_nonzero);
    json_write_member_number(json, "objective", step->objective);
    json_write_member_number(json, "deviance_ratio", step->deviance_ratio);
    json_write_member_integer(json, "iterations", (int64_t)step->iterations);
    json_write_member_bool(json, "converged", step->converged);
    json_write_end_object(json);
}

static void write_path(struct json_writer *json, const struct report *report)
{
    json_write_begin_array(json);
    for (size_t i = 0; i < report->n_path; i++)
        write_step(json, &report->path[i]);
    json_write_end_array(json);
}

static void write_curve(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "curve");
    json_write_begin_array(json);
    for (size_t i = 0; i < report->n_path; i++) {
        json_write_begin_object(json);
        json_write_member_number(json, "lambda", report->path[i].lambda);
        json_write_member_number(json, "mean_loss", report->path[i].mean_loss);
        json_write_member_number(json, "std_error", report->path[i].loss_error);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void write_cross_validation(struct json_writer *json, const struct report *report)
{
    json_write_begin_object(json);
    json_write_member_integer(json, "folds", (int64_t)report->n_folds);
    json_write_member_string(json, "choose",
                             report->one_standard_error ? "one_standard_error" : "min");
    json_write_member_number(json, "chosen_lambda",
                             report->path[report->path_chosen].lambda);
    write_curve(json, report);
    json_write_end_object(json);
}

void path_json_write(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "path");
    if (report->has_lambdas)
        write_path(json, report);
    else
        json_write_null(json);
    if (report->has_lambdas)
        json_write_member_number(json, "chosen_lambda",
                                 report->path[report->path_chosen].lambda);
    json_write_key(json, "cross_validation");
    if (report->n_folds > 0)
        write_cross_validation(json, report);
    else
        json_write_null(json);
}
