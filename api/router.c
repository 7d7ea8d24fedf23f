#include "api/router.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/route_table.h"
#include "core/text/utf8.h"

#define MAX_PATH_BYTES 4096
#define MAX_SEGMENTS 8

const struct route *router_at(size_t i)
{
    return i < route_table_n ? &route_table[i] : NULL;
}

size_t router_n_routes(void)
{
    return route_table_n;
}

size_t router_index(const struct route *route)
{
    assert(route >= route_table && route < route_table + route_table_n);
    return (size_t)(route - route_table);
}

/* ---- the path, cut into decoded segments ---- */

struct segment {
    const char *text; /* not NUL-terminated */
    size_t n_bytes;
};

struct path {
    struct segment segments[MAX_SEGMENTS];
    size_t n;
    char decoded[MAX_PATH_BYTES]; /* where a segment with escapes lies */
    size_t n_decoded;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes text[0..n) once, into path->decoded. False for a bad escape or NUL. */
static bool decode(struct path *path, const char *text, size_t n, struct segment *segment)
{
    char *out = path->decoded + path->n_decoded;
    size_t n_out = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[n_out++] = c;
    }
    path->n_decoded += n_out;
    *segment = (struct segment){out, n_out};
    return true;
}

static bool is_dots(const struct segment *segment)
{
    return (segment->n_bytes == 1 || segment->n_bytes == 2) &&
           memcmp(segment->text, "..", segment->n_bytes) == 0;
}

static bool add_segment(struct path *path, const char *text, size_t n)
{
    struct segment segment = {text, n};
    if (memchr(text, '%', n) && !decode(path, text, n, &segment))
        return false;
    if (is_dots(&segment) ||
        utf8_valid_prefix(segment.text, segment.n_bytes) != segment.n_bytes)
        return false;
    if (path->n < MAX_SEGMENTS)
        path->segments[path->n] = segment;
    path->n++;
    return true;
}

static size_t segment_bytes(const char *text)
{
    return (size_t)(strchrnul(text, '/') - text);
}

static enum router_result split(const char *text, struct path *path)
{
    path->n = 0;
    path->n_decoded = 0;
    if (text[0] != '/')
        return ROUTER_BAD_PATH;
    if (strlen(text) >= MAX_PATH_BYTES)
        return ROUTER_NO_PATH;
    while (*text == '/') {
        size_t n = segment_bytes(text + 1);
        if (!add_segment(path, text + 1, n))
            return ROUTER_BAD_PATH;
        text += 1 + n;
    }
    return path->n <= MAX_SEGMENTS ? ROUTER_FOUND : ROUTER_NO_PATH;
}

/* ---- matching ---- */

/* Where the literal part of a pattern's segment "{name}suffix" begins. */
static const char *suffix_of(const char *pattern)
{
    return strchr(pattern, '}') + 1;
}

static bool is_parameter(const struct segment *segment, const char *suffix,
                         size_t n_suffix)
{
    if (segment->n_bytes <= n_suffix ||
        segment->n_bytes - n_suffix >= ROUTER_MAX_PARAM_BYTES)
        return false;
    const char *end = segment->text + segment->n_bytes;
    return memcmp(end - n_suffix, suffix, n_suffix) == 0;
}

static bool segment_fits(const char *pattern, size_t n, const struct segment *segment)
{
    if (pattern[0] != '{')
        return n == segment->n_bytes && memcmp(pattern, segment->text, n) == 0;
    const char *suffix = suffix_of(pattern);
    return is_parameter(segment, suffix, n - (size_t)(suffix - pattern));
}

/* Most patterns are told from most paths by a segment's first byte. */
static bool begins_otherwise(const char *pattern, const struct segment *segment)
{
    return pattern[0] != '{' && segment->n_bytes > 0 && pattern[0] != segment->text[0];
}

static bool pattern_fits(const char *pattern, const struct path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        if (*pattern++ != '/' || begins_otherwise(pattern, &path->segments[i]))
            return false;
        size_t n = segment_bytes(pattern);
        if (!segment_fits(pattern, n, &path->segments[i]))
            return false;
        pattern += n;
    }
    return *pattern == '\0';
}

static void take_params(const char *pattern, const struct path *path,
                        struct router_match *match)
{
    match->n_params = 0;
    for (size_t i = 0; i < path->n; i++) {
        const struct segment *segment = &path->segments[i];
        pattern++;
        size_t n = segment_bytes(pattern);
        if (*pattern == '{') {
            char *param = match->params[match->n_params++];
            size_t n_suffix = n - (size_t)(suffix_of(pattern) - pattern);
            memcpy(param, segment->text, segment->n_bytes - n_suffix);
            param[segment->n_bytes - n_suffix] = '\0';
        }
        pattern += n;
    }
}

static void allow(struct router_match *match, enum method method)
{
    size_t at = strlen(match->allow);
    snprintf(match->allow + at, sizeof(match->allow) - at, "%s%s%s", at ? ", " : "",
             request_method_word(method), method == METHOD_GET ? ", HEAD" : "");
}

/* What is not there is told as by the routes beside it: the first with the same first
 * segment. */
static const struct problem_shape *shape_beside(const struct path *path)
{
    for (size_t i = 0; i < route_table_n; i++) {
        const char *pattern = route_table[i].path + 1;
        if (segment_fits(pattern, segment_bytes(pattern), &path->segments[0]))
            return route_table[i].shape;
    }
    return NULL;
}

enum router_result router_match(enum method method, const char *path_text,
                                struct router_match *match)
{
    struct path path;
    enum router_result result = split(path_text, &path);
    enum method asked = method == METHOD_HEAD ? METHOD_GET : method;
    match->route = NULL;
    match->shape = NULL;
    match->n_params = 0;
    match->allow[0] = '\0';
    if (result != ROUTER_FOUND)
        return result;
    const char *fitting = NULL; /* the first pattern that fits is the only one */
    for (size_t i = 0; i < route_table_n; i++) {
        const char *pattern = route_table[i].path;
        if (fitting ? strcmp(pattern, fitting) != 0 : !pattern_fits(pattern, &path))
            continue;
        fitting = pattern;
        match->shape = route_table[i].shape;
        if (route_table[i].method == asked) {
            match->route = &route_table[i];
            take_params(route_table[i].path, &path, match);
            return ROUTER_FOUND;
        }
        allow(match, route_table[i].method);
    }
    if (fitting)
        return ROUTER_NO_METHOD;
    match->shape = shape_beside(&path);
    return ROUTER_NO_PATH;
}
