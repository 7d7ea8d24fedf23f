#include "core/text/json_write.h"

#include <math.h>
#include <string.h>

#include "core/text/number.h"

struct json_writer json_write_start(struct buffer *out)
{
    return (struct json_writer){.out = out};
}

/* ---- commas ---- */

/* Before a key, and before a value that has none. */
static void separate(struct json_writer *json)
{
    if (json->needs_comma)
        buffer_append_byte(json->out, ',');
    json->needs_comma = true;
}

static void begin(struct json_writer *json, char bracket)
{
    separate(json);
    buffer_append_byte(json->out, bracket);
    json->needs_comma = false;
}

static void end(struct json_writer *json, char bracket)
{
    buffer_append_byte(json->out, bracket);
    json->needs_comma = true;
}

void json_write_begin_object(struct json_writer *json)
{
    begin(json, '{');
}

void json_write_end_object(struct json_writer *json)
{
    end(json, '}');
}

void json_write_begin_array(struct json_writer *json)
{
    begin(json, '[');
}

void json_write_end_array(struct json_writer *json)
{
    end(json, ']');
}

/* ---- strings ---- */

static bool must_be_escaped(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* The letter of a short escape; '\0' where there is none. */
static char escape_letter(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static void write_escape(struct buffer *out, char c)
{
    static const char digits[] = "0123456789abcdef";
    char letter = escape_letter(c);
    if (letter) {
        buffer_append(out, (const char[]){'\\', letter}, 2);
        return;
    }
    char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    buffer_append(out, escape, sizeof(escape));
}

static void write_quoted(struct buffer *out, const char *text, size_t n)
{
    size_t n_written = 0;
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < n; i++)
        if (must_be_escaped(text[i])) {
            buffer_append(out, text + n_written, i - n_written);
            write_escape(out, text[i]);
            n_written = i + 1;
        }
    buffer_append(out, text + n_written, n - n_written);
    buffer_append_byte(out, '"');
}

void json_write_key(struct json_writer *json, const char *key)
{
    separate(json);
    write_quoted(json->out, key, strlen(key));
    buffer_append_byte(json->out, ':');
    json->needs_comma = false;
}

void json_write_text(struct json_writer *json, const char *text, size_t n)
{
    separate(json);
    write_quoted(json->out, text, n);
}

void json_write_string(struct json_writer *json, const char *text)
{
    if (text)
        json_write_text(json, text, strlen(text));
    else
        json_write_null(json);
}

/* ---- other values ---- */

void json_write_raw(struct json_writer *json, const char *text, size_t n)
{
    separate(json);
    buffer_append(json->out, text, n);
}

void json_write_number(struct json_writer *json, double value)
{
    if (!isfinite(value)) {
        json_write_null(json);
        return;
    }
    separate(json);
    char *text = buffer_reserve(json->out, NUMBER_TEXT_BYTES);
    if (text)
        buffer_advance(json->out, number_write(value, text));
}

void json_write_integer(struct json_writer *json, int64_t value)
{
    char text[NUMBER_TEXT_BYTES];
    json_write_raw(json, text, number_write_integer(value, text));
}

void json_write_bool(struct json_writer *json, bool value)
{
    if (value)
        json_write_raw(json, "true", 4);
    else
        json_write_raw(json, "false", 5);
}

void json_write_null(struct json_writer *json)
{
    json_write_raw(json, "null", 4);
}

/* ---- members ---- */

void json_write_member_number(struct json_writer *json, const char *key, double value)
{
    json_write_key(json, key);
    json_write_number(json, value);
}

void json_write_member_integer(struct json_writer *json, const char *key, int64_t value)
{
    json_write_key(json, key);
    json_write_integer(json, value);
}

void json_write_member_bool(struct json_writer *json, const char *key, bool value)
{
    json_write_key(json, key);
    json_write_bool(json, value);
}

void json_write_member_string(struct json_writer *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

void json_write_member_null(struct json_writer *json, const char *key)
{
    json_write_key(json, key);
    json_write_null(json);
}

void json_write_member_numbers(struct json_writer *json, const char *key,
                               const double *values, size_t n)
{
    json_write_key(json, key);
    json_write_begin_array(json);
    for (size_t i = 0; i < n; i++)
        json_write_number(json, values[i]);
    json_write_end_array(json);
}
