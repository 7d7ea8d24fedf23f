/*
 * Any bytes as JSON: the scanner and jansson agree on what is well formed, the value that
 * was skipped is the one that was passed over and the one that was walked, and what is
 * written again reads the same.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/text/json_scan.h"
#include "core/text/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

/* ---- every value read for what it is, and written ---- */

struct walk {
    struct json_scan scan;
    struct json_writer json;
    struct error err;
};

static int walk_value(struct walk *walk);

static void write_plain(struct walk *walk, const struct json_text *text, int is_key)
{
    char *plain = memory_new(text->n_bytes + 1, 1, NULL);
    size_t n = json_scan_unescape(text, plain);
    check(n <= text->n_bytes);
    plain[n] = '\0';
    check(json_scan_text_is(text, plain) == (strlen(plain) == n));
    if (is_key)
        json_write_key(&walk->json, plain); /* cut at a NUL */
    else
        json_write_text(&walk->json, plain, n);
    memory_free(plain);
}

static int walk_object(struct walk *walk)
{
    struct json_text key;
    int more;
    check(json_scan_enter_object(&walk->scan, &walk->err) == 0);
    json_write_begin_object(&walk->json);
    while ((more = json_scan_next_key(&walk->scan, &key, &walk->err)) == 1) {
        write_plain(walk, &key, 1);
        if (walk_value(walk) < 0)
            return -1;
    }
    check(more == 0);
    json_write_end_object(&walk->json);
    return 0;
}

/* By runs of numbers and by single elements in turn. */
static int walk_array(struct walk *walk)
{
    double values[3];
    size_t n = 0;
    int more;
    check(json_scan_enter_array(&walk->scan, &walk->err) == 0);
    json_write_begin_array(&walk->json);
    while ((more = json_scan_next_numbers(&walk->scan, values, 3, &n, &walk->err)) >= 0) {
        for (size_t i = 0; i < n; i++)
            json_write_number(&walk->json, values[i]);
        if (more == 0)
            break;
        if (walk_value(walk) < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    json_write_end_array(&walk->json);
    return 0;
}

static int walk_string(struct walk *walk)
{
    struct json_text text;
    check(json_scan_string(&walk->scan, &text, &walk->err) == 0);
    write_plain(walk, &text, 0);
    return 0;
}

static int walk_number(struct walk *walk)
{
    double value;
    if (json_scan_number(&walk->scan, &value, &walk->err) < 0)
        return -1;
    json_write_number(&walk->json, value);
    return 0;
}

static int walk_literal(struct walk *walk)
{
    enum json_kind kind;
    check(json_scan_literal(&walk->scan, &kind, &walk->err) == 0);
    if (kind == JSON_KIND_NULL)
        json_write_null(&walk->json);
    else
        json_write_bool(&walk->json, kind == JSON_KIND_TRUE);
    return 0;
}

/* -1 only for a number beyond the doubles. */
static int walk_value(struct walk *walk)
{
    switch (json_scan_peek(&walk->scan)) {
    case JSON_KIND_OBJECT:
        return walk_object(walk);
    case JSON_KIND_ARRAY:
        return walk_array(walk);
    case JSON_KIND_STRING:
        return walk_string(walk);
    case JSON_KIND_NUMBER:
        return walk_number(walk);
    default:
        return walk_literal(walk);
    }
}

static void walk_again(const char *text, size_t n, struct buffer *out)
{
    struct walk walk = {json_scan_start(text, n), json_write_start(out), {0}};
    int result = walk_value(&walk);
    check(result == 0 || walk.err.code == ERROR_OUT_OF_RANGE);
    if (result < 0) {
        buffer_clear(out);
        return;
    }
    check(json_scan_finish(&walk.scan, &walk.err) == 0);
    check(json_scan_check(out->bytes, out->n_bytes, &walk.err) == 0);
}

/* ---- against the library, which refuses a few things more and allows deeper ones ----
 */

static int library_reads(const char *text, size_t n, json_error_t *failure)
{
    json_t *tree = json_loadb(text, n, JSON_DECODE_ANY, failure);
    json_decref(tree);
    return tree != NULL;
}

static void compare(const char *text, size_t n, int is_good, const struct error *err)
{
    json_error_t failure = {0};
    int reads = library_reads(text, n, &failure);
    enum json_error_code why = json_error_code(&failure);
    if (is_good)
        check(reads || why == json_error_numeric_overflow ||
              why == json_error_null_character || why == json_error_null_byte_in_key);
    else
        check(!reads || err->code == ERROR_TOO_DEEP || memchr(text, '\0', n));
}

static void check_well_formed(const char *text, size_t n)
{
    struct error err = {0};
    struct json_scan scan = json_scan_start(text, n);
    check(json_scan_pass(&scan, &err) == 0 && scan.depth == 0);
    check(json_scan_finish(&scan, &err) == 0);
    struct buffer once = BUFFER_EMPTY, twice = BUFFER_EMPTY;
    walk_again(text, n, &once);
    if (once.n_bytes > 0) {
        walk_again(once.bytes, once.n_bytes, &twice);
        check(once.n_bytes == twice.n_bytes &&
              memcmp(once.bytes, twice.bytes, once.n_bytes) == 0);
    }
    buffer_free(&once);
    buffer_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *text = (const char *)bytes;
    struct error err = {0};
    int result = json_scan_check(text, n, &err);
    check((result == 0) == !error_is_set(&err));
    check(result == 0 || strncmp(err.place, "byte ", 5) == 0);
    check(result == 0 || (size_t)atoll(err.place + 5) <= n);
    compare(text, n, result == 0, &err);
    if (result == 0) {
        check_well_formed(text, n);
    } else {
        struct json_scan scan = json_scan_start(text, n);
        (void)!json_scan_pass(&scan, NULL);
        check(scan.at <= n);
    }
    return 0;
}
