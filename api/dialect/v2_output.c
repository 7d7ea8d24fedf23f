#include "api/dialect/v2_output.h"

#include <stdint.h>

#include "core/text/number.h"

void v2_output_take(const struct model *model, unsigned set, struct v2_outputs *outputs)
{
    const struct tensors_output *list[TENSORS_MOST];
    size_t n = tensors_list(model, set, list);
    outputs->n = 0;
    for (size_t i = 0; i < n; i++)
        if (set & list[i]->output)
            outputs->of[outputs->n++] = (struct v2_output){.tensor = list[i]};
}

/* ---- reading ---- */

struct reading {
    const struct tensors_output *offered[TENSORS_MOST];
    size_t n_offered;
    struct v2_outputs *outputs;
    struct problem_list *problems;
    char pointer[PROBLEM_POINTER_BYTES]; /* of the element at hand */
    struct v2_output output;             /* it */
    bool has_name;
};

static void refuse(struct reading *reading, enum error_code code, const char *member,
                   const char *message)
{
    char pointer[PROBLEM_POINTER_BYTES];
    problem_report(reading->problems, code,
                   problem_pointer(pointer, reading->pointer, member), "%s", message);
}

/* NULL: there is none of this name. */
static const struct tensors_output *find(const struct reading *reading,
                                         const struct json_text *name)
{
    for (size_t i = 0; i < reading->n_offered; i++)
        if (json_scan_text_is(name, reading->offered[i]->name))
            return reading->offered[i];
    return NULL;
}

static int read_name(struct reading *reading, struct json_scan *scan, struct error *err)
{
    struct json_text name = {0};
    bool is_text = json_scan_peek(scan) == JSON_KIND_STRING;
    if ((is_text ? json_scan_string(scan, &name, err) : json_scan_skip(scan, err)) < 0)
        return -1;
    reading->has_name = true;
    reading->output.tensor = is_text ? find(reading, &name) : NULL;
    if (!reading->output.tensor)
        refuse(reading, ERROR_UNSUPPORTED, "name",
               "the model has no such output; its metadata lists them");
    return 0;
}

static int read_binary(struct reading *reading, struct json_scan *scan, struct error *err)
{
    enum json_kind kind = json_scan_peek(scan);
    reading->output.has_binary = true;
    reading->output.is_binary = kind == JSON_KIND_TRUE;
    if (kind != JSON_KIND_TRUE && kind != JSON_KIND_FALSE)
        refuse(reading, ERROR_INVALID_TYPE, "parameters", "binary_data is true or false");
    return json_scan_skip(scan, err);
}

static int read_classification(struct reading *reading, struct json_scan *scan,
                               struct error *err)
{
    struct json_text text = {0};
    int64_t n = -1;
    bool is_number = json_scan_peek(scan) == JSON_KIND_NUMBER;
    if ((is_number ? json_scan_number_text(scan, &text, err)
                   : json_scan_skip(scan, err)) < 0)
        return -1;
    if (!is_number || !number_parse_integer(text.text, text.n_bytes, 0, INT64_MAX, &n))
        refuse(reading, ERROR_INVALID, "parameters",
               "classification is a whole number from 0 on");
    else
        reading->output.n_classes = (size_t)n;
    return 0;
}

static int read_parameters(struct reading *reading, struct json_scan *scan,
                           struct error *err)
{
    struct json_text key;
    int more, result = 0;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        refuse(reading, ERROR_INVALID_TYPE, "parameters", "an object is needed");
        return json_scan_skip(scan, err);
    }
    if (json_scan_enter_object(scan, err) < 0)
        return -1;
    while (result == 0 && (more = json_scan_next_key(scan, &key, err)) != 0) {
        if (more < 0)
            return -1;
        if (json_scan_text_is(&key, "binary_data")) {
            result = read_binary(reading, scan, err);
        } else if (json_scan_text_is(&key, "classification")) {
            result = read_classification(reading, scan, err);
        } else {
            if (json_scan_text_is(&key, "shared_memory_region"))
                refuse(reading, ERROR_UNSUPPORTED, "parameters",
                       "shared memory is not supported");
            result = json_scan_skip(scan, err);
        }
    }
    return result;
}

static int read_members(struct reading *reading, struct json_scan *scan,
                        struct error *err)
{
    struct json_text key;
    int more;
    if (json_scan_enter_object(scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(scan, &key, err)) == 1) {
        int result = json_scan_text_is(&key, "name") ? read_name(reading, scan, err)
                     : json_scan_text_is(&key, "parameters")
                         ? read_parameters(reading, scan, err)
                         : json_scan_skip(scan, err);
        if (result < 0)
            return -1;
    }
    return more;
}

static bool is_asked_for(const struct v2_outputs *outputs,
                         const struct tensors_output *tensor)
{
    for (size_t i = 0; i < outputs->n; i++)
        if (outputs->of[i].tensor == tensor)
            return true;
    return false;
}

static void take(struct reading *reading)
{
    if (!reading->has_name)
        refuse(reading, ERROR_MISSING_FIELD, "name", "the name of an output is needed");
    else if (!reading->output.tensor)
        return;
    else if (is_asked_for(reading->outputs, reading->output.tensor))
        refuse(reading, ERROR_INVALID, "name", "the output is asked for twice");
    else if (reading->output.n_classes > 0 && reading->output.tensor->is_text)
        refuse(reading, ERROR_UNSUPPORTED, "parameters",
               "classification is of numbers, not of BYTES");
    else
        reading->outputs->of[reading->outputs->n++] = reading->output;
}

static int read_output(struct reading *reading, struct json_scan *scan, struct error *err)
{
    reading->output = (struct v2_output){0};
    reading->has_name = false;
    if (json_scan_peek(scan) != JSON_KIND_OBJECT) {
        problem_report(reading->problems, ERROR_INVALID_TYPE, reading->pointer,
                       "an object is needed");
        return json_scan_skip(scan, err);
    }
    if (read_members(reading, scan, err) < 0)
        return -1;
    take(reading);
    return 0;
}

int v2_output_read(const struct model *model, unsigned usual, struct json_scan scan,
                   struct v2_outputs *outputs, struct problem_list *problems,
                   struct error *err)
{
    struct reading reading = {.outputs = outputs, .problems = problems};
    int more;
    reading.n_offered = tensors_list(model, usual, reading.offered);
    outputs->n = 0;
    if (json_scan_peek(&scan) != JSON_KIND_ARRAY) {
        problem_report(problems, ERROR_INVALID_TYPE, "/outputs", "an array is needed");
        return 0;
    }
    if (json_scan_enter_array(&scan, err) < 0)
        return -1;
    for (size_t i = 0; (more = json_scan_next_element(&scan, err)) == 1; i++) {
        problem_pointer_at(reading.pointer, "/outputs", i);
        if (read_output(&reading, &scan, err) < 0)
            return -1;
    }
    if (more == 0 && outputs->n == 0) /* as Triton takes it */
        v2_output_take(model, usual, outputs);
    return more;
}
