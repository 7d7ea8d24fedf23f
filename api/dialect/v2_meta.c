#include "api/dialect/v2_meta.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/dialect/scoring.h"
#include "api/dialect/tensors.h"
#include "api/dialect/v2_tensor.h"
#include "api/model_path.h"
#include "api/problem.h"
#include "api/service_internal.h"

#define PLATFORM "logitd"

/* ---- the server ---- */

static struct json_writer begin(struct exchange *exchange)
{
    response_start_json(&exchange->response, 200);
    return json_write_start(&exchange->response.body);
}

void v2_meta_server(struct service *service, struct exchange *exchange)
{
    static const char *const extensions[] = {"binary_tensor_data",  "classification",
                                             "model_configuration", "model_repository",
                                             "parameters",          "statistics"};
    struct json_writer json = begin(exchange);
    (void)service;
    json_write_begin_object(&json);
    json_write_member_string(&json, "name", "logitd");
    json_write_member_string(&json, "version", LOGITD_VERSION);
    json_write_key(&json, "extensions");
    json_write_begin_array(&json);
    for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
        json_write_string(&json, extensions[i]);
    json_write_end_array(&json);
    json_write_end_object(&json);
    exchange_complete(exchange);
}

static void respond_true(struct exchange *exchange, const char *key)
{
    struct json_writer json = begin(exchange);
    json_write_begin_object(&json);
    json_write_member_bool(&json, key, true);
    json_write_end_object(&json);
}

void v2_meta_live(struct service *service, struct exchange *exchange)
{
    (void)service;
    respond_true(exchange, "live");
    exchange_complete(exchange);
}

void v2_meta_ready(struct service *service, struct exchange *exchange)
{
    if (service_is_ready(service))
        respond_true(exchange, "ready");
    else
        problem_respond_status(exchange, 503, "not_ready", "the service is not ready");
    exchange_complete(exchange);
}

/* ---- tensors ---- */

/* In the words of metadata, or of a configuration. */
struct words {
    const char *type_key, *shape_key, *number, *text;
};
static const struct words metadata_words = {"datatype", "shape", "FP64", "BYTES"};
static const struct words config_words = {"data_type", "dims", "TYPE_FP64",
                                          "TYPE_STRING"};

/* [-1], or [-1, width]. */
static void write_tensor(struct json_writer *json, const struct words *words,
                         const char *name, bool is_text, size_t width)
{
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_member_string(json, words->type_key,
                             is_text ? words->text : words->number);
    json_write_key(json, words->shape_key);
    json_write_begin_array(json);
    json_write_integer(json, -1);
    if (width > 0)
        json_write_integer(json, (int64_t)width);
    json_write_end_array(json);
    json_write_end_object(json);
}

static void write_inputs(struct json_writer *json, const struct words *words,
                         const struct model *model)
{
    const struct encoding *encoding = model->encoding;
    json_write_begin_array(json);
    if (v2_tensor_is_whole(model))
        write_tensor(json, words, V2_TENSOR_INPUT, false, encoding->n_inputs);
    else
        for (size_t i = 0; i < encoding->n_inputs; i++)
            write_tensor(json, words, encoding->inputs[i].name,
                         encoding->inputs[i].type != COLUMN_NUMERIC, 0);
    json_write_end_array(json);
}

static void write_outputs(struct json_writer *json, const struct words *words,
                          const struct model *model, unsigned usual)
{
    const struct tensors_output *list[TENSORS_MOST];
    size_t n = tensors_list(model, usual, list);
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++)
        if (usual & list[i]->output)
            write_tensor(json, words, list[i]->name, list[i]->is_text,
                         list[i]->by_class ? model->n_classes : 0);
    json_write_end_array(json);
}

/* ---- models ---- */

static void write_version(struct json_writer *json, uint64_t version)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, version);
    json_write_string(json, text);
}

static int write_versions(struct json_writer *json, struct service *service,
                          const char *name, struct error *err)
{
    struct registry_listing listing;
    if (registry_list(service->registry, name, &listing, err) < 0)
        return -1;
    for (size_t i = 0; i < listing.n_versions; i++)
        write_version(json, listing.versions[i]);
    registry_listing_free(&listing);
    return 0;
}

/* What is told of a version that was found by its model alone, or as itself. */
typedef int write_fn(struct json_writer *json, struct service *service, const char *name,
                     enum model_path_by by, const struct registry_found *found,
                     struct error *err);

static int write_metadata(struct json_writer *json, struct service *service,
                          const char *name, enum model_path_by by,
                          const struct registry_found *found, struct error *err)
{
    const struct model *model = found->model;
    struct predict_options options = {0};
    if (scoring_options_read(model, &options, err) < 0)
        return -1;
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_key(json, "versions");
    json_write_begin_array(json);
    if (by == MODEL_PATH_BY_VERSION)
        write_version(json, found->version);
    else if (write_versions(json, service, name, err) < 0)
        return -1;
    json_write_end_array(json);
    json_write_member_string(json, "platform", PLATFORM);
    json_write_key(json, "inputs");
    write_inputs(json, &metadata_words, model);
    json_write_key(json, "outputs");
    write_outputs(json, &metadata_words, model, options.outputs);
    json_write_key(json, "parameters");
    json_write_begin_object(json);
    json_write_member_string(json, "family", family_traits(model->family)->word);
    if (family_traits(model->family)->of_two_classes)
        json_write_member_string(json, "positive", model->classes[model->positive]);
    json_write_end_object(json);
    json_write_end_object(json);
    return 0;
}

static int write_config(struct json_writer *json, struct service *service,
                        const char *name, enum model_path_by by,
                        const struct registry_found *found, struct error *err)
{
    struct predict_options options = {0};
    (void)service, (void)by;
    if (scoring_options_read(found->model, &options, err) < 0)
        return -1;
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_member_string(json, "platform", PLATFORM);
    json_write_member_string(json, "backend", PLATFORM);
    json_write_member_integer(json, "max_batch_size", 0); /* it is among the dims */
    json_write_key(json, "input");
    write_inputs(json, &config_words, found->model);
    json_write_key(json, "output");
    write_outputs(json, &config_words, found->model, options.outputs);
    json_write_end_object(json);
    return 0;
}

static int write_ready(struct json_writer *json, struct service *service,
                       const char *name, enum model_path_by by,
                       const struct registry_found *found, struct error *err)
{
    (void)service, (void)by, (void)found, (void)err;
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_member_bool(json, "ready", true);
    json_write_end_object(json);
    return 0;
}

static int respond_found(struct service *service, struct exchange *exchange,
                         enum model_path_by by, write_fn *write, struct error *err)
{
    char *const *params = exchange->request.params;
    struct registry_found found;
    if (model_path_lookup(service, by, params[0], params[1], &found, err) < 0)
        return -1;
    struct json_writer json = begin(exchange);
    int result = write(&json, service, params[0], by, &found, err);
    if (result == 0)
        result = response_reserve(&exchange->response, &service->budget, err);
    model_release(found.model);
    return result;
}

static void respond(struct service *service, struct exchange *exchange,
                    enum model_path_by by, write_fn *write)
{
    struct error err = {0};
    if (respond_found(service, exchange, by, write, &err) < 0)
        problem_respond(exchange, &err);
    exchange_complete(exchange);
}

void v2_meta_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, write_metadata);
}

void v2_meta_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, write_metadata);
}

void v2_meta_model_ready(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, write_ready);
}

void v2_meta_version_ready(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, write_ready);
}

void v2_meta_model_config(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_MODEL, write_config);
}

void v2_meta_version_config(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, MODEL_PATH_BY_VERSION, write_config);
}
