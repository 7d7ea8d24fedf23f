/*
 * Each function goes on from scan->at and leaves it behind what it read; after a failure
 * it stands where the place of the error says. A string is searched for its closing quote
 * first and held against UTF-8 afterwards, once: the work is linear.
 */
#include "core/text/json_scan.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "core/text/json_escape.h"
#include "core/text/json_numbers.h"
#include "core/text/number.h"
#include "core/text/utf8.h"

#define LEAST_MANY 4 /* numbers of which it pays to look at many at once */

struct json_scan json_scan_start(const char *text, size_t n_bytes)
{
    return (struct json_scan){.text = text, .n_bytes = n_bytes};
}

/* ---- failures ---- */

static int place_here(const struct json_scan *scan, struct error *err)
{
    error_place(err, "byte %zu", scan->offset + scan->at);
    return -1;
}

static int fail(const struct json_scan *scan, struct error *err, enum error_code code,
                const char *message)
{
    error_set(err, code, "%s", message);
    return place_here(scan, err);
}

/* Where the text ends, that is what is wrong. */
static int fail_syntax(const struct json_scan *scan, struct error *err,
                       const char *message)
{
    if (scan->at < scan->n_bytes)
        return fail(scan, err, ERROR_BAD_JSON, message);
    error_set(err, ERROR_BAD_JSON, "the text ends too early: %s", message);
    return place_here(scan, err);
}

static bool is_infinity(const struct json_scan *scan)
{
    static const char word[] = "-Infinity";
    const char *text = scan->text + scan->at;
    size_t n = scan->n_bytes - scan->at, at = n > 0 && *text == '-' ? 0 : 1;
    size_t n_word = sizeof(word) - 1 - at;
    return n >= n_word && memcmp(text, word + at, n_word) == 0;
}

static int fail_number(const struct json_scan *scan, struct error *err)
{
    if (scan->takes_nan && is_infinity(scan))
        return fail(scan, err, ERROR_NON_FINITE, "the number is not finite");
    return fail_syntax(scan, err, "a number as JSON has it is needed here");
}

static int fail_value(const struct json_scan *scan, struct error *err)
{
    if (scan->takes_nan && is_infinity(scan))
        return fail_number(scan, err);
    if (scan->at == 0 && scan->n_bytes >= 3 && memcmp(scan->text, "\xef\xbb\xbf", 3) == 0)
        return fail_syntax(scan, err, "JSON text begins without a byte order mark");
    return fail_syntax(scan, err,
                       "an object, an array, a string, a number, true, false or null is "
                       "needed here");
}

static int fail_token(const struct json_scan *scan, struct error *err, const char *what)
{
    error_set(err, ERROR_TOO_LARGE, "the %s is longer than %u bytes", what,
              JSON_SCAN_MAX_TOKEN_BYTES);
    return place_here(scan, err);
}

/* ---- what comes next ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The byte behind the blanks; '\0' at the end of the text, where no byte of JSON is NUL.
 */
static inline char next_byte(struct json_scan *scan)
{
    while (scan->at < scan->n_bytes && is_blank(scan->text[scan->at]))
        scan->at++;
    return scan->at < scan->n_bytes ? scan->text[scan->at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_number(char c)
{
    return is_digit(c) || c == '-';
}

enum json_kind json_scan_peek(struct json_scan *scan)
{
    char c = next_byte(scan);
    if (begins_number(c))
        return JSON_KIND_NUMBER;
    switch (c) {
    case '{':
        return JSON_KIND_OBJECT;
    case '[':
        return JSON_KIND_ARRAY;
    case '"':
        return JSON_KIND_STRING;
    case 't':
        return JSON_KIND_TRUE;
    case 'f':
        return JSON_KIND_FALSE;
    case 'n':
        return JSON_KIND_NULL;
    case 'N':
        return scan->takes_nan ? JSON_KIND_NULL : JSON_KIND_BAD;
    default:
        return scan->at == scan->n_bytes ? JSON_KIND_END : JSON_KIND_BAD;
    }
}

/* ---- containers ---- */

static int enter(struct json_scan *scan, char bracket, struct error *err)
{
    if (next_byte(scan) != bracket)
        return fail_syntax(scan, err,
                           bracket == '{' ? "an object is needed here"
                                          : "an array is needed here");
    if (scan->depth == JSON_SCAN_MAX_DEPTH) {
        error_set(err, ERROR_TOO_DEEP, "objects and arrays are nested more than %d deep",
                  JSON_SCAN_MAX_DEPTH);
        return place_here(scan, err);
    }
    scan->at++;
    scan->depth++;
    scan->is_first = true;
    return 0;
}

int json_scan_enter_object(struct json_scan *scan, struct error *err)
{
    return enter(scan, '{', err);
}

int json_scan_enter_array(struct json_scan *scan, struct error *err)
{
    return enter(scan, '[', err);
}

/* Passes over the comma or the closing bracket. 1, 0 (it was the bracket) or -1. */
static inline int next(struct json_scan *scan, char bracket, struct error *err)
{
    char c = next_byte(scan);
    bool is_first = scan->is_first;
    scan->is_first = false;
    if (c == bracket) {
        scan->at++;
        scan->depth--;
        return 0;
    }
    if (is_first)
        return 1;
    if (c != ',')
        return fail_syntax(scan, err,
                           bracket == ']' ? "a comma or ']' is needed here"
                                          : "a comma or '}' is needed here");
    scan->at++;
    return 1;
}

int json_scan_next_element(struct json_scan *scan, struct error *err)
{
    return next(scan, ']', err);
}

int json_scan_next_key(struct json_scan *scan, struct json_text *key, struct error *err)
{
    struct json_text found;
    int more = next(scan, '}', err);
    if (more <= 0)
        return more;
    if (next_byte(scan) != '"')
        return fail_syntax(scan, err, "a key in quotes is needed here");
    if (json_scan_string(scan, &found, err) < 0)
        return -1;
    if (next_byte(scan) != ':')
        return fail_syntax(scan, err, "a ':' is needed behind the key");
    scan->at++;
    *key = found;
    return 1;
}

/* ---- strings ---- */

/* Where in text[0..n) the first byte is that a string does not simply hold: quote,
 * backslash or control character; n if there is none. Eight bytes at a time: a byte of
 * `found` has its top bit set if it is one of these; bytes above the lowest such may be
 * wrong, which does not matter. *high gets a bit where a byte passed over, or one soon
 * after, is beyond ASCII. */
static size_t find_special(const char *text, size_t n, uint64_t *high)
{
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    size_t at = 0;
    for (uint64_t word; n - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        word = le64toh(word);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t found = (((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                          ((word - ones * 0x20) & ~word)) &
                         tops;
        *high |= word & tops;
        if (found)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    for (; at < n; at++) {
        unsigned char c = (unsigned char)text[at];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        *high |= c & 0x80U;
    }
    return at;
}

static int check_utf8(struct json_scan *scan, size_t start, struct error *err)
{
    size_t n = scan->at - start;
    size_t n_valid = utf8_valid_prefix(scan->text + start, n);
    if (n_valid == n)
        return 0;
    scan->at = start + n_valid;
    return fail(scan, err, ERROR_BAD_UTF8, "the text is not valid UTF-8");
}

/* At a byte that find_special() found and that is no quote. */
static int pass_special(struct json_scan *scan, struct error *err)
{
    const char *text = scan->text + scan->at;
    if (scan->at == scan->n_bytes)
        return fail_syntax(scan, err, "a string lacks its closing quote");
    if (*text != '\\')
        return fail_syntax(scan, err, "a control character in a string must be escaped");
    size_t n = json_escape_bytes(text, scan->n_bytes - scan->at);
    if (n == 0)
        return fail(scan, err, ERROR_BAD_JSON,
                    "this is no escape, or half of a surrogate pair");
    scan->at += n;
    return 0;
}

int json_scan_string(struct json_scan *scan, struct json_text *text, struct error *err)
{
    if (next_byte(scan) != '"')
        return fail_syntax(scan, err, "a string is needed here");
    size_t start = ++scan->at;
    uint64_t high = 0;
    bool has_escapes = false;
    for (;;) {
        scan->at += find_special(scan->text + scan->at, scan->n_bytes - scan->at, &high);
        if (scan->at < scan->n_bytes && scan->text[scan->at] == '"')
            break;
        if (pass_special(scan, err) < 0)
            return -1;
        has_escapes = true;
    }
    if (high && check_utf8(scan, start, err) < 0)
        return -1;
    if (scan->at - start > JSON_SCAN_MAX_TOKEN_BYTES) {
        scan->at = start - 1;
        return fail_token(scan, err, "string");
    }
    *text = (struct json_text){scan->text + start, scan->at - start, has_escapes};
    scan->at++;
    return 0;
}

/* ---- numbers and words ---- */

/* What may not follow a number or a word, or it would be another. */
static inline bool goes_on(const struct json_scan *scan)
{
    if (scan->at == scan->n_bytes)
        return false;
    char c = scan->text[scan->at], letter = c | 0x20;
    if (c == ',' || c == ']')
        return false;
    return is_digit(c) || (letter >= 'a' && letter <= 'z') || c == '.' || c == '+' ||
           c == '-' || c == '_';
}

/* Of the number at scan->at. */
static inline int read_number(struct json_scan *scan, double *value, struct error *err)
{
    double found;
    const char *text = scan->text + scan->at, *end;
    enum number_result result =
        number_read_json(text, scan->n_bytes - scan->at, &found, &end);
    if (result == NUMBER_NONE)
        return fail_number(scan, err);
    if (result == NUMBER_OVERFLOW)
        return fail(scan, err, ERROR_OUT_OF_RANGE,
                    "the number is beyond the range of a double");
    if (end - text > JSON_SCAN_MAX_TOKEN_BYTES)
        return fail_token(scan, err, "number");
    scan->at += (size_t)(end - text);
    if (goes_on(scan))
        return fail_syntax(scan, err, "the number goes on as none of JSON's does");
    *value = found;
    return 0;
}

int json_scan_number(struct json_scan *scan, double *value, struct error *err)
{
    next_byte(scan);
    return read_number(scan, value, err);
}

/* At an element of an array: numbers that are easily read, many at once. How many. */
static size_t read_many(struct json_scan *scan, double *values, size_t most)
{
    size_t n = 0, n_some, n_used;
    do {
        size_t at = scan->at + (n > 0); /* behind the comma */
        n_some = json_numbers_read(scan->text + at, at, scan->n_bytes - at, values + n,
                                   most - n, &n_used);
        if (n_some > 0)
            scan->at = at + n_used;
        n += n_some;
    } while (n_some > 0 && n < most && scan->text[scan->at] == ',');
    return n;
}

int json_scan_next_numbers(struct json_scan *scan, double *values, size_t most,
                           size_t *n_read, struct error *err)
{
    size_t n = 0;
    int more;
    while ((more = next(scan, ']', err)) == 1 && n < most &&
           begins_number(next_byte(scan))) {
        size_t n_many = n == 0 && most >= LEAST_MANY ? read_many(scan, values, most) : 0;
        if (n_many == 0 && read_number(scan, &values[n], err) < 0)
            return -1;
        n += n_many > 0 ? n_many : 1;
    }
    if (more >= 0)
        *n_read = n;
    return more;
}

static size_t digits_end(const struct json_scan *scan, size_t at)
{
    while (at < scan->n_bytes && is_digit(scan->text[at]))
        at++;
    return at;
}

static char byte_at(const struct json_scan *scan, size_t at)
{
    return at < scan->n_bytes ? scan->text[at] : '\0';
}

/* Behind the number at `at`; `at` itself if there is none by JSON's grammar. */
static size_t number_end(const struct json_scan *scan, size_t at)
{
    size_t whole = at + (byte_at(scan, at) == '-'), start;
    size_t end = digits_end(scan, whole);
    if (end == whole || (byte_at(scan, whole) == '0' && end > whole + 1))
        return at;
    if (byte_at(scan, end) == '.') {
        start = end + 1;
        end = digits_end(scan, start);
        if (end == start)
            return at;
    }
    if ((byte_at(scan, end) | 0x20) == 'e') {
        char sign = byte_at(scan, end + 1);
        start = end + 1 + (sign == '+' || sign == '-');
        end = digits_end(scan, start);
        if (end == start)
            return at;
    }
    return end;
}

static int skip_number(struct json_scan *scan, struct error *err)
{
    size_t end = number_end(scan, scan->at);
    if (end == scan->at)
        return fail_number(scan, err);
    if (end - scan->at > JSON_SCAN_MAX_TOKEN_BYTES)
        return fail_token(scan, err, "number");
    scan->at = end;
    return 0;
}

int json_scan_number_text(struct json_scan *scan, struct json_text *text,
                          struct error *err)
{
    next_byte(scan);
    size_t start = scan->at;
    if (skip_number(scan, err) < 0)
        return -1;
    if (goes_on(scan))
        return fail_syntax(scan, err, "the number goes on as none of JSON's does");
    *text = (struct json_text){scan->text + start, scan->at - start, false};
    return 0;
}

static int pass_word(struct json_scan *scan, const char *word, struct error *err)
{
    size_t n = strlen(word);
    if (scan->n_bytes - scan->at < n || memcmp(scan->text + scan->at, word, n) != 0)
        return fail_value(scan, err);
    scan->at += n;
    return goes_on(scan) ? fail_value(scan, err) : 0;
}

int json_scan_literal(struct json_scan *scan, enum json_kind *which, struct error *err)
{
    enum json_kind kind = json_scan_peek(scan);
    const char *null = byte_at(scan, scan->at) == 'N' ? "NaN" : "null";
    const char *word = kind == JSON_KIND_TRUE    ? "true"
                       : kind == JSON_KIND_FALSE ? "false"
                       : kind == JSON_KIND_NULL  ? null
                                                 : NULL;
    if (!word)
        return fail_syntax(scan, err, "true, false or null is needed here");
    if (pass_word(scan, word, err) < 0)
        return -1;
    *which = kind;
    return 0;
}

/* ---- any value ---- */

/* The containers that json_scan_skip() has entered, by depth. */
struct skipping {
    int floor; /* depth at which it began */
    bool is_object[JSON_SCAN_MAX_DEPTH + 1];
    unsigned n_keys[JSON_SCAN_MAX_DEPTH + 1];
};

/* Skips a value that holds none, or enters one that does. */
static int skip_or_enter(struct json_scan *scan, struct skipping *skipping,
                         struct error *err)
{
    struct json_text text;
    enum json_kind kind = json_scan_peek(scan), literal;
    switch (kind) {
    case JSON_KIND_NUMBER:
        return skip_number(scan, err);
    case JSON_KIND_STRING:
        return json_scan_string(scan, &text, err);
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
        if (enter(scan, kind == JSON_KIND_OBJECT ? '{' : '[', err) < 0)
            return -1;
        skipping->is_object[scan->depth] = kind == JSON_KIND_OBJECT;
        skipping->n_keys[scan->depth] = 0;
        return 0;
    case JSON_KIND_TRUE:
    case JSON_KIND_FALSE:
    case JSON_KIND_NULL:
        return json_scan_literal(scan, &literal, err);
    default:
        return fail_value(scan, err);
    }
}

static int skip_key(struct json_scan *scan, struct skipping *skipping, struct error *err)
{
    struct json_text key;
    int more = json_scan_next_key(scan, &key, err);
    if (more == 1 && ++skipping->n_keys[scan->depth] > JSON_SCAN_MAX_KEYS) {
        error_set(err, ERROR_TOO_LARGE, "an object has more than %d keys",
                  JSON_SCAN_MAX_KEYS);
        return place_here(scan, err);
    }
    return more;
}

/* Goes on to the next value, out of containers that end. 1, 0 (there is none) or -1. */
static int find_next(struct json_scan *scan, struct skipping *skipping, struct error *err)
{
    while (scan->depth > skipping->floor) {
        int more = skipping->is_object[scan->depth] ? skip_key(scan, skipping, err)
                                                    : next(scan, ']', err);
        if (more != 0)
            return more;
    }
    return 0;
}

int json_scan_skip(struct json_scan *scan, struct error *err)
{
    struct skipping skipping = {.floor = scan->depth};
    int more = 1;
    while (more == 1) {
        if (skip_or_enter(scan, &skipping, err) < 0)
            return -1;
        more = find_next(scan, &skipping, err);
    }
    return more;
}

int json_scan_finish(struct json_scan *scan, struct error *err)
{
    next_byte(scan);
    if (scan->at < scan->n_bytes)
        return fail_syntax(scan, err, "nothing may stand behind the value");
    return 0;
}

int json_scan_check(const char *text, size_t n_bytes, struct error *err)
{
    struct json_scan scan = json_scan_start(text, n_bytes);
    return json_scan_skip(&scan, err) < 0 ? -1 : json_scan_finish(&scan, err);
}

/* ---- the text of strings: known to be well formed ---- */

bool json_scan_text_is(const struct json_text *text, const char *word)
{
    size_t n_word = strlen(word), at = 0;
    if (!text->has_escapes)
        return text->n_bytes == n_word && memcmp(text->text, word, n_word) == 0;
    for (size_t i = 0, n_read; i < text->n_bytes; i += n_read) {
        char character[4];
        size_t n = json_escape_read(text->text + i, character, &n_read);
        if (n_word - at < n || memcmp(word + at, character, n) != 0)
            return false;
        at += n;
    }
    return at == n_word;
}

size_t json_scan_unescape(const struct json_text *text, char *out)
{
    size_t n_out = 0;
    for (size_t i = 0, n_read; i < text->n_bytes; i += n_read) {
        char character[4];
        size_t n = json_escape_read(text->text + i, character, &n_read);
        memcpy(out + n_out, character, n);
        n_out += n;
    }
    return n_out;
}
