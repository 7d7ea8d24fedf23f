/* The route table against openapi.yaml, in both directions. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/openapi.h"
#include "api/openapi_text.h"
#include "api/router.h"

static json_t *document;

static void setup(void)
{
    struct buffer json = BUFFER_EMPTY;
    json_error_t error;
    ck_assert_int_eq(openapi_write_json(openapi_text, openapi_text_bytes, &json, NULL),
                     0);
    document = json_loadb(json.bytes, json.n_bytes, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(document != NULL, "%s", error.text);
    buffer_free(&json);
}

static void teardown(void)
{
    json_decref(document);
}

/* ---- looking things up ---- */

/* "#/components/parameters/limit" */
static const json_t *resolve(const char *reference)
{
    char text[256];
    char *rest = NULL;
    const json_t *at = document;
    ck_assert_msg(strncmp(reference, "#/", 2) == 0, "%s", reference);
    snprintf(text, sizeof(text), "%s", reference + 2);
    for (char *part = strtok_r(text, "/", &rest); part; part = strtok_r(NULL, "/", &rest))
        at = json_object_get(at, part);
    ck_assert_msg(at != NULL, "%s leads nowhere", reference);
    return at;
}

static const json_t *followed(const json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    return reference ? resolve(reference) : value;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void lower_method(enum method method, char *word)
{
    const char *upper = request_method_word(method);
    for (; *upper; upper++)
        *word++ = (char)tolower((unsigned char)*upper);
    *word = '\0';
}

/* NULL if the document does not have it. */
static const json_t *operation_of(const struct route *route)
{
    char method[16];
    lower_method(route->method, method);
    const json_t *path = json_object_get(json_object_get(document, "paths"), route->path);
    return json_object_get(path, method);
}

/* The names of an operation's parameters that are `in` there, each with a blank behind,
 * in the order of the document. */
static void list_parameters(const json_t *parameters, const char *in, char *names)
{
    size_t i;
    const json_t *value;
    json_array_foreach((json_t *)parameters, i, value)
    {
        const json_t *parameter = followed(value);
        if (strcmp(string_of(parameter, "in"), in) == 0) {
            strcat(names, string_of(parameter, "name"));
            strcat(names, " ");
        }
    }
}

/* ---- from the table to the document ---- */

static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0)
            return true;
        at += length;
    }
    return false;
}

static void expect_words(const char *words, const char *in, const char *what)
{
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        ck_assert_msg(has_word(in, at, n), "%s: %.*s is on one side only", what, (int)n,
                      at);
        at += n;
    }
}

static void expect_same_query(const struct route *route, const json_t *operation)
{
    char names[512] = "";
    list_parameters(json_object_get(operation, "parameters"), "query", names);
    expect_words(route->query, names, route->name);
    expect_words(names, route->query, route->name);
}

/* {a}/{b} in the path, and a and b among the parameters, in the same order. */
static void expect_path_parameters(const struct route *route)
{
    const json_t *path = json_object_get(json_object_get(document, "paths"), route->path);
    char documented[512] = "", found[512] = "";
    list_parameters(json_object_get(path, "parameters"), "path", documented);
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at, '{')) {
        size_t n = strcspn(++at, "}");
        strncat(found, at, n);
        strcat(found, " ");
    }
    ck_assert_str_eq(documented, found);
}

static const char *scope_word(enum scope scope)
{
    return scope == SCOPE_PREDICT ? "predict" : scope == SCOPE_TRAIN ? "train" : "admin";
}

static void expect_scope(const struct route *route, const json_t *operation)
{
    char text[64];
    const json_t *security = json_object_get(operation, "security");
    bool is_open = json_is_array(security) && json_array_size(security) == 0;
    ck_assert_msg(is_open == (route->scope == SCOPE_NONE), "%s: security", route->name);
    if (is_open)
        return;
    snprintf(text, sizeof(text), "Scope `%s`.", scope_word(route->scope));
    ck_assert_msg(strstr(string_of(operation, "summary"), text) != NULL, "%s: %s",
                  route->name, text);
}

START_TEST(every_route_is_in_the_document)
{
    for (size_t i = 0; i < router_n_routes(); i++) {
        const struct route *route = router_at(i);
        const json_t *operation = operation_of(route);
        ck_assert_msg(operation != NULL, "%s is not in the document", route->name);
        ck_assert_str_eq(string_of(operation, "operationId"), route->name);
        ck_assert_msg((json_object_get(operation, "requestBody") != NULL) ==
                          (route->body != ROUTE_BODY_NONE),
                      "%s: body", route->name);
        expect_same_query(route, operation);
        expect_path_parameters(route);
        expect_scope(route, operation);
    }
}
END_TEST

/* ---- from the document to the table ---- */

static const struct route *route_of(const char *method, const char *path)
{
    char word[16];
    for (size_t i = 0; i < router_n_routes(); i++) {
        const struct route *route = router_at(i);
        lower_method(route->method, word);
        if (strcmp(word, method) == 0 && strcmp(route->path, path) == 0)
            return route;
    }
    return NULL;
}

START_TEST(every_operation_of_the_document_has_a_route)
{
    const char *path, *method;
    json_t *methods, *operation;
    size_t n = 0;
    json_object_foreach(json_object_get(document, "paths"), path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            if (strcmp(method, "parameters") == 0)
                continue;
            ck_assert_msg(route_of(method, path) != NULL, "no route for %s %s", method,
                          path);
            n++;
        }
    }
    ck_assert_uint_eq(n, router_n_routes());
}
END_TEST

/* ---- the document in itself ---- */

static void expect_references(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_array(value))
        json_array_foreach(value, i, member) expect_references(member);
    if (!json_is_object(value))
        return;
    followed(value);
    json_object_foreach((json_t *)value, key, member) expect_references(member);
}

START_TEST(every_reference_leads_somewhere)
{
    expect_references(document);
}
END_TEST

/* Problems in the shape that the route has. */
static void expect_answers(const char *path, const char *method, const json_t *operation)
{
    const struct route *route = route_of(method, path);
    const json_t *responses = json_object_get(operation, "responses");
    const json_t *problem = json_object_get(responses, "default");
    ck_assert_msg(json_object_size(responses) >= 2, "%s %s", method, path);
    bool is_ours =
        strcmp(string_of(problem, "$ref"), "#/components/responses/Problem") == 0;
    ck_assert_msg(is_ours == (route->shape == NULL), "%s %s", method, path);
    const json_t *content = json_object_get(followed(problem), "content");
    ck_assert_msg(is_ours || json_object_get(content, route->shape->content_type),
                  "%s %s", method, path);
}

START_TEST(every_operation_tells_of_success_and_failure)
{
    const char *path, *method;
    json_t *methods, *operation;
    json_object_foreach(json_object_get(document, "paths"), path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            if (strcmp(method, "parameters") != 0)
                expect_answers(path, method, operation);
        }
    }
}
END_TEST

START_TEST(the_document_has_the_version_of_the_program)
{
    ck_assert_str_eq(string_of(json_object_get(document, "info"), "version"),
                     LOGITD_VERSION);
    ck_assert_str_eq(string_of(document, "openapi"), "3.1.0");
}
END_TEST

TCase *router_openapi_test(void)
{
    TCase *tcase = tcase_create("router_openapi");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, every_route_is_in_the_document);
    tcase_add_test(tcase, every_operation_of_the_document_has_a_route);
    tcase_add_test(tcase, every_reference_leads_somewhere);
    tcase_add_test(tcase, every_operation_tells_of_success_and_failure);
    tcase_add_test(tcase, the_document_has_the_version_of_the_program);
    return tcase;
}
