#include "api/dialect/tensorflow_model.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/dialect/scoring.h"
#include "api/dialect/tensors.h"
#include "api/model_terms.h"
#include "api/service_internal.h"

/* ---- status ---- */

/* Integers of 64 bits are strings in the JSON form of such messages. */
static void write_version(struct json_writer *json, const char *key, uint64_t version)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, version);
    json_write_member_string(json, key, text);
}

static void write_status(struct json_writer *json, uint64_t version)
{
    json_write_begin_object(json);
    write_version(json, "version", version);
    json_write_member_string(json, "state", "AVAILABLE");
    json_write_key(json, "status");
    json_write_begin_object(json);
    json_write_member_string(json, "error_code", "OK");
    json_write_member_string(json, "error_message", "");
    json_write_end_object(json);
    json_write_end_object(json);
}

void tensorflow_model_write_status(struct json_writer *json, uint64_t version,
                                   const struct registry_listing *listing)
{
    size_t n = listing ? listing->n_versions : 0;
    size_t first = n > TENSORFLOW_MODEL_VERSIONS ? n - TENSORFLOW_MODEL_VERSIONS : 0;
    json_write_key(json, "model_version_status");
    json_write_begin_array(json);
    for (size_t i = n; i-- > first;)
        if (listing->versions[i] != version)
            write_status(json, listing->versions[i]);
    write_status(json, version);
    json_write_end_array(json);
}

/* ---- metadata ---- */

/* -1: any number of rows. */
static void write_dimension(struct json_writer *json, int64_t size)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, size);
    json_write_begin_object(json);
    json_write_member_string(json, "size", text);
    json_write_member_string(json, "name", "");
    json_write_end_object(json);
}

/* n_classes 0: a value a row. */
static void write_tensor(struct json_writer *json, const char *name, bool is_text,
                         size_t n_classes)
{
    json_write_key(json, name);
    json_write_begin_object(json);
    json_write_member_string(json, "dtype", is_text ? "DT_STRING" : "DT_DOUBLE");
    json_write_key(json, "tensor_shape");
    json_write_begin_object(json);
    json_write_key(json, "dim");
    json_write_begin_array(json);
    write_dimension(json, -1);
    if (n_classes > 0)
        write_dimension(json, (int64_t)n_classes);
    json_write_end_array(json);
    json_write_member_bool(json, "unknown_rank", false);
    json_write_end_object(json);
    json_write_member_string(json, "name", name);
    json_write_end_object(json);
}

static void write_inputs(struct json_writer *json, const struct model *model)
{
    const struct encoding *encoding = model->encoding;
    json_write_key(json, "inputs");
    json_write_begin_object(json);
    for (size_t i = 0; i < encoding->n_inputs && i < MODEL_TERMS_INPUTS; i++)
        write_tensor(json, encoding->inputs[i].name,
                     encoding->inputs[i].type == COLUMN_CATEGORICAL, 0);
    json_write_end_object(json);
}

/* The outputs of the set. */
static void write_outputs(struct json_writer *json, const struct model *model,
                          unsigned set)
{
    const struct tensors_output *list[TENSORS_MOST];
    size_t n = tensors_list(model, set, list);
    json_write_key(json, "outputs");
    json_write_begin_object(json);
    for (size_t i = 0; i < n; i++)
        if (set & list[i]->output)
            write_tensor(json, list[i]->name, list[i]->is_text,
                         list[i]->by_class ? model->n_classes : 0);
    json_write_end_object(json);
}

static void begin_signature(struct json_writer *json, const char *name,
                            const struct model *model)
{
    json_write_key(json, name);
    json_write_begin_object(json);
    write_inputs(json, model);
}

static void end_signature(struct json_writer *json, const char *method)
{
    char text[64];
    snprintf(text, sizeof(text), "tensorflow/serving/%s", method);
    json_write_member_string(json, "method_name", text);
    json_write_end_object(json);
}

static void write_predict(struct json_writer *json, const char *name,
                          const struct model *model, unsigned set)
{
    begin_signature(json, name, model);
    write_outputs(json, model, set);
    end_signature(json, "predict");
}

static void write_classification(struct json_writer *json, const struct model *model)
{
    begin_signature(json, "classification", model);
    json_write_key(json, "outputs");
    json_write_begin_object(json);
    write_tensor(json, "classes", true, model->n_classes);
    write_tensor(json, "scores", false, model->n_classes);
    json_write_end_object(json);
    end_signature(json, "classify");
}

static void write_regression(struct json_writer *json, const struct model *model)
{
    begin_signature(json, "regression", model);
    json_write_key(json, "outputs");
    json_write_begin_object(json);
    write_tensor(json, "outputs", false, 0);
    json_write_end_object(json);
    end_signature(json, "regress");
}

static void write_signatures(struct json_writer *json, const struct model *model,
                             unsigned usual)
{
    const struct tensors_output *list[TENSORS_MOST];
    size_t n = tensors_list(model, usual, list);
    json_write_begin_object(json);
    write_predict(json, "serving_default", model, usual);
    for (size_t i = 0; i < n; i++)
        write_predict(json, list[i]->name, model, list[i]->output);
    if (usual & PREDICT_PROBABILITY)
        write_classification(json, model);
    if (model_n_scores(model) == 1)
        write_regression(json, model);
    json_write_end_object(json);
}

static void write_metadata(struct json_writer *json, const struct serving *serving,
                           unsigned usual)
{
    json_write_begin_object(json);
    json_write_key(json, "model_spec");
    json_write_begin_object(json);
    json_write_member_string(json, "name", serving->name);
    json_write_member_string(json, "signature_name", "");
    write_version(json, "version", serving->found.version);
    json_write_end_object(json);
    json_write_key(json, "metadata");
    json_write_begin_object(json);
    json_write_key(json, "signature_def");
    json_write_begin_object(json);
    json_write_member_string(json, "@type",
                             "type.googleapis.com/tensorflow.serving.SignatureDefMap");
    json_write_key(json, "signature_def");
    write_signatures(json, serving->found.model, usual);
    json_write_end_object(json);
    json_write_end_object(json);
    json_write_end_object(json);
}

/* ---- handlers ---- */

typedef int write_fn(struct json_writer *json, const struct serving *serving,
                     struct error *err);

static int write_label_status(struct json_writer *json, const struct serving *serving,
                              struct error *err)
{
    (void)err;
    json_write_begin_object(json);
    tensorflow_model_write_status(json, serving->found.version, NULL);
    json_write_end_object(json);
    return 0;
}

static int write_model_metadata(struct json_writer *json, const struct serving *serving,
                                struct error *err)
{
    struct predict_options options;
    if (scoring_options_read(serving->found.model, &options, err) < 0)
        return -1;
    write_metadata(json, serving, options.outputs);
    return 0;
}

static void show(struct service *service, struct exchange *exchange,
                 enum model_path_by by, write_fn *write)
{
    char *const *params = exchange->request.params;
    struct response *response = &exchange->response;
    struct serving serving = {.name = params[0]};
    struct error err = {0};
    int result =
        model_path_lookup(service, by, params[0], params[1], &serving.found, &err);
    if (result == 0) {
        response_start_json(response, 200);
        struct json_writer json = json_write_start(&response->body);
        result = write(&json, &serving, &err);
        if (result == 0)
            result = response_reserve(response, &service->budget, &err);
    }
    if (result < 0) {
        buffer_free(&response->body);
        problem_respond(exchange, &err);
    }
    model_release(serving.found.model);
    exchange_complete(exchange);
}

void tensorflow_model_status_label(struct service *service, struct exchange *exchange)
{
    show(service, exchange, MODEL_PATH_BY_ALIAS, write_label_status);
}

void tensorflow_model_metadata(struct service *service, struct exchange *exchange)
{
    show(service, exchange, MODEL_PATH_BY_MODEL, write_model_metadata);
}

void tensorflow_model_metadata_version(struct service *service, struct exchange *exchange)
{
    show(service, exchange, MODEL_PATH_BY_VERSION, write_model_metadata);
}

void tensorflow_model_metadata_label(struct service *service, struct exchange *exchange)
{
    show(service, exchange, MODEL_PATH_BY_ALIAS, write_model_metadata);
}
