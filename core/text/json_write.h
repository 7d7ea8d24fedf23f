/*
 * Writes JSON text into a buffer, commas and escapes included. Everything that the daemon
 * says in JSON goes through here, so that every double prints in its shortest exact form
 * and NaN or infinity becomes null. Errors stick to the buffer. The caller locks.
 */
#ifndef LOGITD_CORE_TEXT_JSON_WRITE_H
#define LOGITD_CORE_TEXT_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

struct json_writer {
    struct buffer *out; /* borrowed */
    bool needs_comma;
};

struct json_writer json_write_start(struct buffer *out);

void json_write_begin_object(struct json_writer *json);
void json_write_end_object(struct json_writer *json);
void json_write_begin_array(struct json_writer *json);
void json_write_end_array(struct json_writer *json);

/* Keys are escaped like strings. After a key exactly one value follows. */
void json_write_key(struct json_writer *json, const char *key);

void json_write_number(struct json_writer *json, double value); /* not finite: null */
void json_write_integer(struct json_writer *json, int64_t value);
void json_write_bool(struct json_writer *json, bool value);
void json_write_null(struct json_writer *json);
void json_write_string(struct json_writer *json, const char *text); /* NULL: null */
void json_write_text(struct json_writer *json, const char *text, size_t n);
/* JSON that is already written, as one value. */
void json_write_raw(struct json_writer *json, const char *text, size_t n);

/* Key and value in one call. */
void json_write_member_number(struct json_writer *json, const char *key, double value);
void json_write_member_integer(struct json_writer *json, const char *key, int64_t value);
void json_write_member_bool(struct json_writer *json, const char *key, bool value);
void json_write_member_string(struct json_writer *json, const char *key,
                              const char *text);
void json_write_member_null(struct json_writer *json, const char *key);
void json_write_member_numbers(struct json_writer *json, const char *key,
                               const double *values, size_t n);

#endif
