#include "api/update_json.h"

#include "core/base/clock.h"

static const char *schedule_word(enum schedule schedule)
{
    return schedule == SCHEDULE_INVERSE_TIME   ? "inverse_time"
           : schedule == SCHEDULE_INVERSE_SQRT ? "inverse_sqrt"
                                               : "constant";
}

static void write_plan(struct json_writer *json, const struct online_plan *plan)
{
    json_write_member_string(json, "algorithm", online_word(plan->algorithm));
    json_write_key(json, "learning_rate");
    json_write_begin_object(json);
    json_write_member_number(json, "initial", plan->rate);
    json_write_member_string(json, "schedule", schedule_word(plan->schedule));
    json_write_end_object(json);
    json_write_member_number(json, "l2", plan->l2);
    json_write_member_number(json, "l1", plan->l1);
}

static void write_tally(struct json_writer *json, const struct online_head *head,
                        const struct online_tally *tally)
{
    json_write_member_integer(json, "n_rows", (int64_t)tally->n_rows);
    json_write_member_integer(json, "n_steps", (int64_t)tally->n_steps);
    json_write_member_number(json, "loss", online_loss(&tally->score));
    json_write_member_number(json, "accuracy", online_accuracy(head, &tally->score));
}

static void write_version(struct json_writer *json, const char *name, uint64_t version)
{
    if (version > 0)
        json_write_member_integer(json, name, (int64_t)version);
    else
        json_write_member_null(json, name);
}

static void write_time(struct json_writer *json, const char *name, int64_t microseconds)
{
    char text[CLOCK_TEXT_BYTES];
    json_write_member_string(json, name, clock_text(microseconds, text));
}

void update_json_write(struct json_writer *json, const char *model,
                       const struct update_copy *copy, const struct online_tally *call)
{
    json_write_member_string(json, "model", model);
    json_write_member_integer(json, "revision", (int64_t)copy->revision);
    write_version(json, "from", copy->from);
    write_version(json, "published", copy->published);
    write_time(json, "created_at", copy->created_at);
    write_time(json, "updated_at", copy->updated_at);
    write_plan(json, &copy->head.plan);
    write_tally(json, &copy->head, &copy->head.whole);
    json_write_member_number(json, "recent_loss", online_loss(&copy->head.recent));
    json_write_member_number(json, "recent_accuracy",
                             online_accuracy(&copy->head, &copy->head.recent));
    if (!call)
        return;
    json_write_key(json, "call");
    json_write_begin_object(json);
    write_tally(json, &copy->head, call);
    json_write_end_object(json);
}

void update_json_write_learning(struct json_writer *json, const struct model *model)
{
    const struct model_learning *learning = &model->learning;
    json_write_key(json, "online");
    if (learning->n_steps == 0) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    json_write_member_integer(json, "n_rows", (int64_t)model->report.n_rows);
    json_write_member_integer(json, "n_steps", (int64_t)learning->n_steps);
    json_write_member_number(json, "loss", learning->loss);
    json_write_member_number(json, "accuracy", learning->accuracy);
    json_write_member_number(json, "recent_loss", learning->recent_loss);
    json_write_end_object(json);
}
