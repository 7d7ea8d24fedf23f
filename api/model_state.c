#include "api/model_state.h"

#include <string.h>

#include "api/json_fields.h"
#include "api/model_json.h"
#include "core/model/model_file.h"
#include "core/text/base64.h"

void model_state_write(struct json_writer *json, const struct model *model)
{
    struct buffer bytes = BUFFER_EMPTY, text = BUFFER_EMPTY;
    model_file_write(model, &bytes);
    base64_write(bytes.bytes, bytes.n_bytes, &text);
    if (bytes.failed || text.failed)
        json->out->failed = true;
    json_write_key(json, "state");
    json_write_text(json, text.bytes ? text.bytes : "", text.n_bytes);
    buffer_free(&bytes);
    buffer_free(&text);
}

/* ---- is the rest of the body what the state says? ---- */

/* Numbers by value: 5, 5.0 and 0.5e1 are one. */
static bool is_same(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_array(a)) {
        bool same = json_array_size(a) == json_array_size(b);
        for (size_t i = 0; same && i < json_array_size(a); i++)
            same = is_same(json_array_get(a, i), json_array_get(b, i));
        return same;
    }
    if (!json_is_object(a))
        return json_equal(a, b);
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach((json_t *)a, key, value)
    {
        const json_t *other = json_object_get(b, key);
        if (!other || !is_same(value, other))
            return false;
    }
    return true;
}

/* What a version tells with this include; NULL with err set. A state whose texts are no
 * JSON is none that was exported. */
static json_t *tell(const struct model *model, unsigned include, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    json_write_begin_object(&json);
    model_json_write_members(&json, model, include);
    json_write_end_object(&json);
    json_t *tree = NULL;
    if (buffer_check(&text, err) == 0)
        tree = json_fields_parse(text.bytes, text.n_bytes, err);
    buffer_free(&text);
    return tree;
}

/* Members of the place where a version is, not of the model. */
static bool is_of_place(const char *name)
{
    static const char *const names[] = {"state",      "model",   "version",
                                        "created_at", "aliases", "sha256",
                                        "name",       "ready",   "model_version_status"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Lists may be whole, or cut where they are long. */
static void compare(const json_t *body, const json_t *whole, const json_t *cut,
                    struct problem_list *problems)
{
    const char *name;
    json_t *value;
    char pointer[PROBLEM_POINTER_BYTES];
    json_object_foreach((json_t *)body, name, value)
    {
        const json_t *long_one = json_object_get(whole, name);
        const json_t *short_one = json_object_get(cut, name);
        if (is_of_place(name) || json_is_null(value) ||
            (long_one && is_same(value, long_one)) ||
            (short_one && is_same(value, short_one)))
            continue;
        problem_report(problems, ERROR_INVALID, problem_pointer(pointer, "", name),
                       "is not what state says; leave state out to import coefficients "
                       "that were changed");
    }
}

/* It is written as it is, and so must be one object. */
static int check_metadata(const struct model *model, struct error *err)
{
    const char *text = model->metadata ? model->metadata : "{}";
    json_t *metadata = json_fields_parse(text, strlen(text), err);
    int result = json_is_object(metadata) ? 0 : -1;
    json_decref(metadata);
    return result == 0 ? 0 : error_set(err, ERROR_CORRUPT, "its metadata is no object");
}

static int check(const json_t *body, const struct model *model,
                 struct problem_list *problems, struct error *err)
{
    if (check_metadata(model, err) < 0)
        return -1;
    json_t *whole = tell(model,
                         MODEL_JSON_COVARIANCE | MODEL_JSON_COEFFICIENTS |
                             MODEL_JSON_INPUTS | MODEL_JSON_RESIDUALS,
                         err);
    json_t *cut = whole ? tell(model, 0, err) : NULL;
    if (cut)
        compare(body, whole, cut, problems);
    json_decref(whole);
    json_decref(cut);
    return cut ? 0 : -1;
}

/* ---- reading ---- */

static struct model *read_file(const json_t *body, struct error *err)
{
    const json_t *state = json_object_get(body, "state");
    struct buffer bytes = BUFFER_EMPTY;
    struct model *model = NULL;
    if (!json_is_string(state) ||
        !base64_read(json_string_value(state), json_string_length(state), &bytes))
        error_set(err, ERROR_CORRUPT, "it is not base64");
    else if (buffer_check(&bytes, err) == 0)
        model = model_file_read(bytes.bytes, bytes.n_bytes, err);
    buffer_free(&bytes);
    return model;
}

struct model *model_state_read(const json_t *body, struct problem_list *problems,
                               struct error *err)
{
    struct error why = {0};
    size_t n = problems->n;
    struct model *model = read_file(body, &why);
    if (model && check(body, model, problems, &why) == 0 && problems->n == n)
        return model;
    model_release(model);
    if (why.code == ERROR_NO_MEMORY)
        error_copy(err, &why);
    else if (error_is_set(&why))
        problem_report(problems, ERROR_INVALID, "/state",
                       "is no state that this program exported: %s", why.message);
    return NULL;
}
