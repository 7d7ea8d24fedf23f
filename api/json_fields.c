#include "api/json_fields.h"

#include <math.h>
#include <string.h>

#include "core/text/json_scan.h"
#include "core/text/json_write.h"

/* ---- the tree ---- */

/* jansson's own texts quote the body; ours must not. */
static int tell_failure(const json_error_t *failure, struct error *err)
{
    switch (json_error_code(failure)) {
    case json_error_out_of_memory:
        return error_set(err, ERROR_NO_MEMORY, "not enough memory to read the body");
    case json_error_duplicate_key:
        error_set(err, ERROR_DUPLICATE_KEY, "an object has the same key twice");
        break;
    case json_error_numeric_overflow:
        error_set(err, ERROR_OUT_OF_RANGE, "a number is too large");
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        error_set(err, ERROR_BAD_JSON, "a string contains the character U+0000");
        break;
    default:
        error_set(err, ERROR_BAD_JSON, "the body is not well-formed JSON");
        break;
    }
    error_place(err, "byte %d", failure->position);
    return -1;
}

json_t *json_fields_parse(const char *text, size_t n_bytes, struct error *err)
{
    json_error_t failure;
    if (json_scan_check(text, n_bytes, err) < 0)
        return NULL;
    json_t *tree =
        json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &failure);
    if (!tree)
        tell_failure(&failure, err);
    return tree;
}

static void write_object(const json_t *object, struct json_writer *json)
{
    const char *key;
    json_t *value;
    json_write_begin_object(json);
    json_object_foreach((json_t *)object, key, value)
    {
        json_write_key(json, key);
        json_fields_write(value, json);
    }
    json_write_end_object(json);
}

static void write_array(const json_t *array, struct json_writer *json)
{
    json_write_begin_array(json);
    for (size_t i = 0; i < json_array_size(array); i++)
        json_fields_write(json_array_get(array, i), json);
    json_write_end_array(json);
}

/* As deep as json_scan_check let it be. */
void json_fields_write(const json_t *value, struct json_writer *json)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(value, json);
        break;
    case JSON_ARRAY:
        write_array(value, json);
        break;
    case JSON_STRING:
        json_write_text(json, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        json_write_integer(json, json_integer_value(value));
        break;
    case JSON_REAL:
        json_write_number(json, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        json_write_bool(json, json_is_true(value));
        break;
    case JSON_NULL:
        json_write_null(json);
        break;
    }
}

/* ---- members ---- */

static const struct json_field *find_field(const struct json_field *fields,
                                           size_t n_fields, const char *name)
{
    for (size_t i = 0; i < n_fields; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void report_missing(const json_t *object, const char *pointer,
                           const struct json_field *fields, size_t n_fields,
                           struct problem_list *problems)
{
    char at[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < n_fields; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        if (fields[i].required && (!value || json_is_null(value)))
            problem_report(problems, ERROR_MISSING_FIELD,
                           problem_pointer(at, pointer, fields[i].name), "%s is missing",
                           fields[i].name);
    }
}

int json_fields_read(const json_t *object, const char *pointer,
                     const struct json_field *fields, size_t n_fields, void *context,
                     struct problem_list *problems, struct error *err)
{
    const char *name;
    json_t *value;
    char at[PROBLEM_POINTER_BYTES];
    if (!json_is_object(object)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");
        return 0;
    }
    json_object_foreach((json_t *)object, name, value)
    {
        const struct json_field *field = find_field(fields, n_fields, name);
        problem_pointer(at, pointer, name);
        if (!field)
            problem_report(problems, ERROR_UNKNOWN_FIELD, at, "there is no such field");
        else if (!json_is_null(value) &&
                 field->read(context, value, at, problems, err) < 0)
            return -1;
    }
    report_missing(object, pointer, fields, n_fields, problems);
    return 0;
}

/* ---- values ---- */

bool json_fields_string(const json_t *value, const char *pointer,
                        struct problem_list *problems, const char **out)
{
    if (!json_is_string(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be a string");
        return false;
    }
    *out = json_string_value(value);
    return true;
}

bool json_fields_bool(const json_t *value, const char *pointer,
                      struct problem_list *problems, bool *out)
{
    if (!json_is_boolean(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be true or false");
        return false;
    }
    *out = json_is_true(value);
    return true;
}

bool json_fields_number(const json_t *value, const char *pointer, double least,
                        bool above, struct problem_list *problems, double *out)
{
    double number = json_number_value(value);
    if (!json_is_number(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be a number");
        return false;
    }
    if (!(above ? number > least : number >= least)) {
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer, "must be %s %g",
                       above ? "above" : "at least", least);
        return false;
    }
    *out = number;
    return true;
}

static bool as_integer(const json_t *value, int64_t *out)
{
    double number = json_number_value(value);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    *out = fabs(number) < 0x1p53 ? (int64_t)number : 0;
    return json_is_real(value) && (double)*out == number;
}

bool json_fields_integer(const json_t *value, const char *pointer, int64_t least,
                         int64_t most, struct problem_list *problems, int64_t *out)
{
    int64_t number;
    if (!as_integer(value, &number)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be a whole number");
        return false;
    }
    if (number < least || number > most) {
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer, "must be from %lld to %lld",
                       (long long)least, (long long)most);
        return false;
    }
    *out = number;
    return true;
}
