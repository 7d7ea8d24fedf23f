#include "api/dialect/kserve_v1.h"

#include <string.h>

#include "api/dialect/members.h"
#include "api/dialect/scoring.h"
#include "api/dialect/tensors.h"
#include "core/base/memory.h"
#include "core/model/contribution.h"

static int read_explain(struct scoring *scoring, struct error *err)
{
    struct members_field field = {.name = "instances", .is_checked_later = true};
    struct predict_members members = {.is_object = true,
                                      .takes_any = true,
                                      .takes_arrays = true,
                                      .takes_nan = scoring->takes_nan};
    struct json_scan scan = scoring_scan(scoring);
    if (members_find(&scan, "", &field, 1, &scoring->problems, err) < 0 ||
        json_scan_finish(&scan, err) < 0 ||
        contribution_check(scoring->serving.found.model, err) < 0)
        return -1;
    members.at[PREDICT_MEMBER_INSTANCES] = field.at;
    members.has[PREDICT_MEMBER_INSTANCES] = field.has;
    if (field.has)
        return scoring_read_rows(scoring, &members, err);
    problem_report(&scoring->problems, ERROR_MISSING_FIELD, "",
                   "\"instances\" is needed");
    return 0;
}

/* ---- explanations ---- */

struct explaining {
    const struct scoring *scoring;
    struct contribution contribution;
    double *parts; /* [n_scores × n], of the row at hand */
    struct json_writer *json;
};

static void find_parts(struct explaining *explaining, size_t row)
{
    const struct predict_body *body = &explaining->scoring->body;
    const struct encoding *encoding = explaining->scoring->serving.found.model->encoding;
    if (!encoding->is_sparse) {
        contribution_row(&explaining->contribution,
                         body->cells + row * encoding->n_inputs, explaining->parts);
        return;
    }
    size_t start = row > 0 ? body->ends[row - 1] : 0;
    contribution_row_sparse(&explaining->contribution, body->entries + start,
                            body->ends[row] - start, explaining->parts);
}

static void write_parts(struct explaining *explaining, size_t score)
{
    const struct contribution *contribution = &explaining->contribution;
    json_write_begin_object(explaining->json);
    for (size_t i = 0; i < contribution->n; i++)
        json_write_member_number(explaining->json, contribution_name(contribution, i),
                                 explaining->parts[score * contribution->n + i]);
    json_write_end_object(explaining->json);
}

/* Of a multinomial: by class. */
static void write_by_class(struct explaining *explaining)
{
    const struct model *model = explaining->scoring->serving.found.model;
    struct json_writer *json = explaining->json;
    json_write_key(json, "bias");
    json_write_begin_object(json);
    for (size_t k = 0; k < model->n_classes; k++)
        json_write_member_number(json, model->classes[k],
                                 explaining->contribution.bias[k]);
    json_write_end_object(json);
    json_write_key(json, "contributions");
    json_write_begin_object(json);
    for (size_t k = 0; k < model->n_classes; k++) {
        json_write_key(json, model->classes[k]);
        write_parts(explaining, k);
    }
    json_write_end_object(json);
}

static void write_explanation(struct explaining *explaining, size_t row)
{
    struct json_writer *json = explaining->json;
    find_parts(explaining, row);
    json_write_begin_object(json);
    if (explaining->scoring->serving.n_scores > 1) {
        write_by_class(explaining);
    } else {
        json_write_member_number(json, "bias", explaining->contribution.bias[0]);
        json_write_key(json, "contributions");
        write_parts(explaining, 0);
    }
    json_write_end_object(json);
}

/* Of what the text will take, with the names in each row. */
static int reserve(struct explaining *explaining, size_t *n_bytes, struct error *err)
{
    const struct serving *serving = &explaining->scoring->serving;
    size_t row_bytes = 64;
    for (size_t i = 0; i < explaining->contribution.n; i++)
        row_bytes += strlen(contribution_name(&explaining->contribution, i)) + 28;
    *n_bytes = serving->n_rows * serving->n_scores * row_bytes;
    return budget_reserve(serving->budget, *n_bytes, err);
}

static int write_all(struct explaining *explaining, struct error *err)
{
    const struct serving *serving = &explaining->scoring->serving;
    size_t n_bytes;
    if (reserve(explaining, &n_bytes, err) < 0)
        return -1;
    json_write_key(explaining->json, "explanations");
    json_write_begin_array(explaining->json);
    for (size_t row = 0; row < serving->n_rows; row++)
        write_explanation(explaining, row);
    json_write_end_array(explaining->json);
    budget_release(serving->budget, n_bytes);
    return 0;
}

static int write_explanations(struct scoring *scoring, struct json_writer *json,
                              struct error *err)
{
    struct explaining explaining = {.scoring = scoring, .json = json};
    int result =
        contribution_new(&explaining.contribution, scoring->serving.found.model, err);
    if (result == 0) {
        explaining.parts = memory_new(
            scoring->serving.n_scores * explaining.contribution.n, sizeof(double), err);
        result = explaining.parts ? write_all(&explaining, err) : -1;
    }
    memory_free(explaining.parts);
    contribution_free(&explaining.contribution);
    return result;
}

static int write_explain(struct scoring *scoring, struct error *err)
{
    struct json_writer json = json_write_start(&scoring->exchange->response.body);
    json_write_begin_object(&json);
    json_write_key(&json, "predictions");
    if (tensors_write_rows(&json, &scoring->serving, &scoring->body, err) < 0 ||
        write_explanations(scoring, &json, err) < 0)
        return -1;
    json_write_end_object(&json);
    return 0;
}

void kserve_v1_explain(struct service *service, struct exchange *exchange)
{
    static const struct scoring_form form = {true, read_explain, write_explain};
    if (scoring_check_text_type(exchange))
        scoring_respond(service, exchange, MODEL_PATH_BY_MODEL,
                        exchange->request.params[0], NULL, &form);
    exchange_complete(exchange);
}
