#include "api/import_body.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

void import_body_free(struct import_body *body)
{
    dictionary_free(&body->given);
    memory_free(body->classes);
    memory_free(body->class_of_given);
    formula_free(&body->formula);
    encoding_free(body->encoding);
    memory_free(body->estimates);
    memory_free(body->std_errors);
    memory_free(body->means);
    memory_free(body->scales);
    memory_free(body->order);
    memory_free(body->covariance);
}

bool import_body_text(const json_t *value, char room[IMPORT_BODY_TEXT_BYTES],
                      const char **text, size_t *n_bytes)
{
    *text = room;
    switch (json_typeof(value)) {
    case JSON_STRING:
        *text = json_string_value(value);
        *n_bytes = json_string_length(value);
        return true;
    case JSON_INTEGER:
        *n_bytes = number_write_integer(json_integer_value(value), room);
        return true;
    case JSON_REAL:
        *n_bytes = number_write(json_real_value(value), room);
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *text = json_is_true(value) ? "true" : "false";
        *n_bytes = strlen(*text);
        return true;
    default:
        return false;
    }
}

/* R writes a number as an array of one. */
static const json_t *unbox(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) == 1 ? json_array_get(value, 0)
                                                               : value;
}

bool import_body_number(const struct import_body *body, const json_t *value,
                        const char *pointer, double *out)
{
    value = unbox(value);
    if (!json_is_number(value)) {
        problem_report(body->problems, ERROR_NOT_A_NUMBER, pointer, "must be a number");
        return false;
    }
    *out = json_number_value(value);
    return true;
}

size_t import_body_class(const struct import_body *body, const char *text, size_t n_bytes,
                         const char *pointer)
{
    uint32_t found = dictionary_find(&body->given, text, n_bytes);
    if (found != DICTIONARY_NONE)
        return body->class_of_given[found];
    problem_report(body->problems, ERROR_INVALID, pointer, "is none of the classes");
    return SIZE_MAX;
}

const json_t *import_body_member(const struct import_body *body, const char *name)
{
    const json_t *value = json_object_get(body->json, name);
    return json_is_null(value) ? NULL : value;
}

int import_body_make_room(struct import_body *body, struct error *err)
{
    size_t n;
    body->n_blocks = body->family == FAMILY_MULTINOMIAL ? body->given.n - 1 : 1;
    body->n_terms = body->encoding->n_columns + body->intercept;
    if (!memory_product(body->n_blocks, body->n_terms, &n))
        return error_no_memory(err, SIZE_MAX);
    body->estimates = memory_new(n, sizeof(*body->estimates), err);
    body->std_errors = memory_new(n, sizeof(*body->std_errors), err);
    if (!body->estimates || !body->std_errors)
        return -1;
    for (size_t i = 0; i < n; i++)
        body->estimates[i] = body->std_errors[i] = NAN;
    return 0;
}

size_t import_body_block(const struct import_body *body, size_t class)
{
    return class == body->reference ? SIZE_MAX : class - (class > body->reference);
}
