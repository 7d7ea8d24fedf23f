/*
 * Reads the members of a small JSON object by a table: known names, required ones, one
 * reader a field. Everything that is wrong is reported with its pointer and the reading
 * goes on. A member that is null counts as not there.
 */
#ifndef LOGITD_API_JSON_FIELDS_H
#define LOGITD_API_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "api/problem.h"

/* One value that is there and not null; `pointer` is its own. -1 only without memory. */
typedef int json_field_fn(void *context, const json_t *value, const char *pointer,
                          struct problem_list *problems, struct error *err);

struct json_field {
    const char *name;
    bool required;
    json_field_fn *read;
};

/* Parses a whole body, after json_scan_check, refusing duplicate keys. NULL with err:
 * place "byte 17". Free with json_decref. */
json_t *json_fields_parse(const char *text, size_t n_bytes, struct error *err) MUST_CHECK;

/* `object` at `pointer` ("" for the whole body); anything but an object is reported. */
int json_fields_read(const json_t *object, const char *pointer,
                     const struct json_field *fields, size_t n_fields, void *context,
                     struct problem_list *problems, struct error *err) MUST_CHECK;

/* Values: true with *out set, or false with the problem reported and *out left alone.
 * Strings are borrowed from the tree. */
bool json_fields_string(const json_t *value, const char *pointer,
                        struct problem_list *problems, const char **out);
bool json_fields_bool(const json_t *value, const char *pointer,
                      struct problem_list *problems, bool *out);
/* A finite number, at least (or, if `above` is set, above) `least`. */
bool json_fields_number(const json_t *value, const char *pointer, double least,
                        bool above, struct problem_list *problems, double *out);
/* A whole number in [least, most]; 5.0 is one. */
bool json_fields_integer(const json_t *value, const char *pointer, int64_t least,
                         int64_t most, struct problem_list *problems, int64_t *out);

/* The tree as text, numbers in their shortest exact form. */
struct json_writer;
void json_fields_write(const json_t *value, struct json_writer *json);

#endif
