#include "core/text/json_write.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/text/number.h"

struct json_writer json_write_start(struct buffer *out)
{
    return (struct json_writer){.out = out};
}

/*
 * A value is written in one piece: room for it, for the comma before it and, of a key,
 * the colon behind it is made once, and the bytes are put there.
 */

/* Where n bytes of a value go, behind the comma that it needs; NULL without memory. */
static inline char *begin(struct json_writer *json, size_t n)
{
    char *at = buffer_reserve(json->out, n + 1);
    if (at) {
        *at = ',';
        at += json->needs_comma;
    }
    json->needs_comma = true;
    return at;
}

/* The value goes up to here. */
static inline void end(struct json_writer *json, const char *behind)
{
    buffer_advance(json->out, (size_t)(behind - json->out->bytes) - json->out->n_bytes);
}

/* ---- containers ---- */

static inline void open(struct json_writer *json, char bracket)
{
    char *at = begin(json, 1);
    json->needs_comma = false;
    if (!at)
        return;
    *at = bracket;
    end(json, at + 1);
}

static inline void close(struct json_writer *json, char bracket)
{
    json->needs_comma = true;
    buffer_append_byte(json->out, bracket);
}

void json_write_begin_object(struct json_writer *json)
{
    open(json, '{');
}

void json_write_end_object(struct json_writer *json)
{
    close(json, '}');
}

void json_write_begin_array(struct json_writer *json)
{
    open(json, '[');
}

void json_write_end_array(struct json_writer *json)
{
    close(json, ']');
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

/* Returns where the escape ends, of six bytes at most. */
static char *put_escape(char *at, char c)
{
    static const char digits[] = "0123456789abcdef";
    char letter = escape_letter(c);
    *at++ = '\\';
    if (letter) {
        *at++ = letter;
        return at;
    }
    memcpy(at, "u00", 3);
    at[3] = digits[c >> 4];
    at[4] = digits[c & 15];
    return at + 5;
}

/* How many bytes more than text[0..n) its escapes take, at most. */
static size_t escape_bytes(const char *text, size_t n)
{
    size_t n_escapes = 0;
    for (size_t i = 0; i < n; i++)
        n_escapes += must_be_escaped(text[i]);
    return 5 * n_escapes;
}

/* Of eight bytes, the top bit of each that must be escaped, perhaps also of one behind
 * such a one. */
static inline uint64_t find_escapes(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
    return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
            ((eight - ones * 0x20) & ~eight)) &
           tops;
}

/* Copies text of 8 bytes or more, in words of which the last two overlap; not 0 if some
 * of it must be escaped. */
static inline uint64_t copy_words(char *at, const char *text, size_t n)
{
    uint64_t eight, found = 0;
    for (size_t i = 0; i + sizeof(eight) < n; i += sizeof(eight)) {
        memcpy(&eight, text + i, sizeof(eight));
        memcpy(at + i, &eight, sizeof(eight));
        found |= find_escapes(eight);
    }
    memcpy(&eight, text + n - sizeof(eight), sizeof(eight));
    memcpy(at + n - sizeof(eight), &eight, sizeof(eight));
    return found | find_escapes(eight);
}

/* Copies text[0..n), most of which is a few bytes; false if some of it must be escaped.
 */
static inline bool copy_plain(char *at, const char *text, size_t n)
{
    if (n >= sizeof(uint64_t))
        return copy_words(at, text, n) == 0;
    bool is_plain = true;
    for (size_t i = 0; i < n; i++) {
        at[i] = text[i];
        is_plain &= !must_be_escaped(text[i]);
    }
    return is_plain;
}

static char *put_escaped(char *at, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (must_be_escaped(text[i]))
            at = put_escape(at, text[i]);
        else
            *at++ = text[i];
    return at;
}

/* In quotes; returns behind them. */
static inline char *put_quoted(struct json_writer *json, const char *text, size_t n)
{
    bool needs_comma = json->needs_comma;
    char *at = begin(json, n + 3);
    if (!at)
        return NULL;
    *at++ = '"';
    if (copy_plain(at, text, n)) {
        at += n;
    } else { /* from the beginning, with room for them */
        json->needs_comma = needs_comma;
        at = begin(json, n + escape_bytes(text, n) + 3);
        if (!at)
            return NULL;
        *at++ = '"';
        at = put_escaped(at, text, n);
    }
    *at++ = '"';
    return at;
}

void json_write_key(struct json_writer *json, const char *key)
{
    char *at = put_quoted(json, key, strlen(key));
    json->needs_comma = false;
    if (!at)
        return;
    *at++ = ':';
    end(json, at);
}

void json_write_text(struct json_writer *json, const char *text, size_t n)
{
    char *at = put_quoted(json, text, n);
    if (at)
        end(json, at);
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
    char *at = begin(json, n);
    if (!at)
        return;
    memcpy(at, text, n);
    end(json, at + n);
}

void json_write_number(struct json_writer *json, double value)
{
    if (!isfinite(value)) {
        json_write_null(json);
        return;
    }
    char *at = begin(json, NUMBER_TEXT_BYTES);
    if (at)
        end(json, at + number_write(value, at));
}

void json_write_integer(struct json_writer *json, int64_t value)
{
    char *at = begin(json, NUMBER_TEXT_BYTES);
    if (at)
        end(json, at + number_write_integer(value, at));
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
