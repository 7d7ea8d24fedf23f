#include "api/router.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/handlers/handle_aliases.h"
#include "api/handlers/handle_datasets.h"
#include "api/handlers/handle_evaluate.h"
#include "api/handlers/handle_jobs.h"
#include "api/handlers/handle_meta.h"
#include "api/handlers/handle_models.h"
#include "api/handlers/handle_openapi.h"
#include "api/handlers/handle_predict.h"
#include "api/handlers/handle_score.h"
#include "core/text/utf8.h"

#define MAX_PATH_BYTES 4096
#define MAX_SEGMENTS 8

/* X: name, method, path, query, scope, body, thread, handler, stream */
#define INLINE(name, method, path, query, scope, body, handle)                           \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_##body,            \
            ROUTE_INLINE, handle, NULL                                                   \
    }
#define BLOCKING(name, method, path, query, scope, body, handle)                         \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_##body,            \
            ROUTE_BLOCKING, handle, NULL                                                 \
    }
#define STREAM(name, method, path, query, scope, stream)                                 \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_STREAM,            \
            ROUTE_BLOCKING, NULL, stream                                                 \
    }

/* What is asked most often comes first. */
static const struct route routes[] = {
    INLINE("predict_model", POST, "/v1/models/{model}/predict", "", PREDICT, WHOLE,
           handle_predict_model),
    INLINE("predict_version", POST, "/v1/models/{model}/versions/{version}/predict", "",
           PREDICT, WHOLE, handle_predict_version),
    INLINE("predict_alias", POST, "/v1/models/{model}/aliases/{alias}/predict", "",
           PREDICT, WHOLE, handle_predict_alias),

    BLOCKING("evaluate_model", POST, "/v1/models/{model}/evaluate", "", PREDICT, WHOLE,
             handle_evaluate_model),
    BLOCKING("evaluate_version", POST, "/v1/models/{model}/versions/{version}/evaluate",
             "", PREDICT, WHOLE, handle_evaluate_version),
    BLOCKING("evaluate_alias", POST, "/v1/models/{model}/aliases/{alias}/evaluate", "",
             PREDICT, WHOLE, handle_evaluate_alias),

    BLOCKING("score_model", POST, "/v1/models/{model}/score", "", TRAIN, WHOLE,
             handle_score_model),
    BLOCKING("score_version", POST, "/v1/models/{model}/versions/{version}/score", "",
             TRAIN, WHOLE, handle_score_version),
    BLOCKING("score_alias", POST, "/v1/models/{model}/aliases/{alias}/score", "", TRAIN,
             WHOLE, handle_score_alias),

    INLINE("livez", GET, "/livez", "", NONE, NONE, handle_meta_livez),
    INLINE("readyz", GET, "/readyz", "", NONE, NONE, handle_meta_readyz),
    INLINE("metrics", GET, "/metrics", "", ADMIN, NONE, handle_meta_metrics),
    INLINE("openapi_yaml", GET, "/openapi.yaml", "", NONE, NONE, handle_openapi_yaml),
    INLINE("openapi_json", GET, "/openapi.json", "", NONE, NONE, handle_openapi_json),
    INLINE("version", GET, "/v1/version", "", NONE, NONE, handle_meta_version),

    STREAM("dataset_create", POST, "/v1/datasets", HANDLE_DATASETS_UPLOAD_QUERY, TRAIN,
           &handle_datasets_upload),
    INLINE("dataset_list", GET, "/v1/datasets", "limit after", TRAIN, NONE,
           handle_datasets_list),
    INLINE("dataset_show", GET, "/v1/datasets/{dataset}", "", TRAIN, NONE,
           handle_datasets_show),
    BLOCKING("dataset_delete", DELETE, "/v1/datasets/{dataset}", "", TRAIN, NONE,
             handle_datasets_delete),
    BLOCKING("dataset_rows", GET, "/v1/datasets/{dataset}/rows", "limit after", TRAIN,
             NONE, handle_datasets_rows),

    BLOCKING("job_create", POST, "/v1/jobs", "", TRAIN, WHOLE, handle_jobs_create),
    INLINE("job_list", GET, "/v1/jobs", "limit after state", TRAIN, NONE,
           handle_jobs_list),
    INLINE("job_show", GET, "/v1/jobs/{job}", "", TRAIN, NONE, handle_jobs_show),
    BLOCKING("job_delete", DELETE, "/v1/jobs/{job}", "", TRAIN, NONE, handle_jobs_delete),
    BLOCKING("job_cancel", POST, "/v1/jobs/{job}/cancel", "", TRAIN, NONE,
             handle_jobs_cancel),

    INLINE("model_list", GET, "/v1/models", "limit after", PREDICT, NONE,
           handle_models_list),
    BLOCKING("model_show", GET, "/v1/models/{model}", "include", PREDICT, NONE,
             handle_models_show),
    BLOCKING("model_delete", DELETE, "/v1/models/{model}", "", TRAIN, NONE,
             handle_models_delete),
    INLINE("version_list", GET, "/v1/models/{model}/versions", "limit after", PREDICT,
           NONE, handle_models_list_versions),
    BLOCKING("version_show", GET, "/v1/models/{model}/versions/{version}", "include",
             PREDICT, NONE, handle_models_show_version),
    BLOCKING("version_delete", DELETE, "/v1/models/{model}/versions/{version}", "", TRAIN,
             NONE, handle_models_delete_version),
    INLINE("alias_show", GET, "/v1/models/{model}/aliases/{alias}", "", PREDICT, NONE,
           handle_aliases_show),
    BLOCKING("alias_put", PUT, "/v1/models/{model}/aliases/{alias}", "", TRAIN, WHOLE,
             handle_aliases_put),
    BLOCKING("alias_delete", DELETE, "/v1/models/{model}/aliases/{alias}", "", TRAIN,
             NONE, handle_aliases_delete),
};

#define N_ROUTES (sizeof(routes) / sizeof(*routes))

const struct route *router_at(size_t i)
{
    return i < N_ROUTES ? &routes[i] : NULL;
}

size_t router_n_routes(void)
{
    return N_ROUTES;
}

size_t router_index(const struct route *route)
{
    assert(route >= routes && route < routes + N_ROUTES);
    return (size_t)(route - routes);
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

static enum router_result split(const char *text, struct path *path)
{
    path->n = 0;
    path->n_decoded = 0;
    if (text[0] != '/')
        return ROUTER_BAD_PATH;
    if (strlen(text) >= MAX_PATH_BYTES)
        return ROUTER_NO_PATH;
    while (*text == '/') {
        size_t n = strcspn(text + 1, "/");
        if (!add_segment(path, text + 1, n))
            return ROUTER_BAD_PATH;
        text += 1 + n;
    }
    return path->n <= MAX_SEGMENTS ? ROUTER_FOUND : ROUTER_NO_PATH;
}

/* ---- matching ---- */

static bool is_parameter(const struct segment *segment)
{
    return segment->n_bytes > 0 && segment->n_bytes < ROUTER_MAX_PARAM_BYTES;
}

static bool pattern_fits(const char *pattern, const struct path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        const struct segment *segment = &path->segments[i];
        if (*pattern++ != '/')
            return false;
        size_t n = strcspn(pattern, "/");
        if (pattern[0] == '{'
                ? !is_parameter(segment)
                : n != segment->n_bytes || memcmp(pattern, segment->text, n) != 0)
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
        if (*pattern == '{') {
            char *param = match->params[match->n_params++];
            memcpy(param, segment->text, segment->n_bytes);
            param[segment->n_bytes] = '\0';
        }
        pattern += strcspn(pattern, "/");
    }
}

static void allow(struct router_match *match, enum method method)
{
    size_t at = strlen(match->allow);
    snprintf(match->allow + at, sizeof(match->allow) - at, "%s%s%s", at ? ", " : "",
             request_method_word(method), method == METHOD_GET ? ", HEAD" : "");
}

enum router_result router_match(enum method method, const char *path_text,
                                struct router_match *match)
{
    struct path path;
    enum router_result result = split(path_text, &path);
    enum method asked = method == METHOD_HEAD ? METHOD_GET : method;
    match->route = NULL;
    match->n_params = 0;
    match->allow[0] = '\0';
    if (result != ROUTER_FOUND)
        return result;
    for (size_t i = 0; i < N_ROUTES; i++) {
        if (!pattern_fits(routes[i].path, &path))
            continue;
        if (routes[i].method == asked) {
            match->route = &routes[i];
            take_params(routes[i].path, &path, match);
            return ROUTER_FOUND;
        }
        allow(match, routes[i].method);
    }
    return match->allow[0] ? ROUTER_NO_METHOD : ROUTER_NO_PATH;
}
