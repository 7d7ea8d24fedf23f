#include "api/model_json_validation.h"

static void write_rows(struct json_writer *json, const struct report *report)
{
    json_write_key(json, "validation");
    if (report->n_validation_rows == 0) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_member_integer(json, "n_rows", (int64_t)report->n_validation_rows);
    json_write_member_number(json, "sum_weights", report->validation_weights);
    json_write_member_number(json, "loss", report->validation_loss);
    if (report->patience > 0)
        json_write_member_integer(json, "best_iteration",
                                  (int64_t)report->best_iteration);
    else
        json_write_member_null(json, "best_iteration");
    json_write_end_object(json);
}

void model_json_validation_write(struct json_writer *json, const struct report *report)
{
    write_rows(json, report);
    json_write_key(json, "learning_rate_search");
    json_write_begin_array(json);
    for (size_t k = 0; k < report->n_trials; k++) {
        const struct report_trial *trial = &report->trials[k];
        json_write_begin_object(json);
        json_write_member_number(json, "learning_rate", trial->learning_rate);
        json_write_member_number(json, "validation_loss", trial->validation_loss);
        json_write_member_bool(json, "diverged", trial->diverged);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}
