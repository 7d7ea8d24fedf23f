#include <check.h>
#include <string.h>

#include "api/dialect/v2_shape.h"
#include "api/router.h"

static enum router_result match(enum method method, const char *path,
                                struct router_match *found)
{
    memset(found, 0x5a, sizeof(*found));
    return router_match(method, path, found);
}

/* Parameters replaced by their names without braces. */
static void path_of(const struct route *route, char *path)
{
    for (const char *c = route->path; *c; c++)
        if (*c != '{' && *c != '}')
            *path++ = *c;
    *path = '\0';
}

START_TEST(every_route_is_found_by_its_own_path)
{
    struct router_match found;
    char path[256];
    for (size_t i = 0; i < router_n_routes(); i++) {
        const struct route *route = router_at(i);
        path_of(route, path);
        ck_assert_msg(match(route->method, path, &found) == ROUTER_FOUND, "%s", path);
        ck_assert_msg(found.route == route, "%s went to %s", path, found.route->name);
        ck_assert_uint_eq(router_index(route), i);
    }
    ck_assert_ptr_null(router_at(router_n_routes()));
}
END_TEST

START_TEST(routes_are_consistent)
{
    for (size_t i = 0; i < router_n_routes(); i++) {
        const struct route *route = router_at(i);
        ck_assert_msg((route->handle == NULL) == (route->body == ROUTE_BODY_STREAM), "%s",
                      route->name);
        ck_assert_msg((route->stream != NULL) == (route->body == ROUTE_BODY_STREAM), "%s",
                      route->name);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(route->name, router_at(j)->name);
    }
}
END_TEST

START_TEST(head_goes_where_get_goes)
{
    struct router_match found;
    ck_assert_int_eq(match(METHOD_HEAD, "/livez", &found), ROUTER_FOUND);
    ck_assert_str_eq(found.route->name, "livez");
}
END_TEST

START_TEST(parameters_are_decoded_exactly_once)
{
    struct router_match found;
    ck_assert_int_eq(match(METHOD_GET, "/v1/jobs/a%2541%2Fb%C3%A4", &found),
                     ROUTER_FOUND);
    ck_assert_str_eq(found.route->name, "job_show");
    ck_assert_uint_eq(found.n_params, 1);
    ck_assert_str_eq(found.params[0], "a%41/b\xc3\xa4");
}
END_TEST

START_TEST(escaped_literals_are_the_same_path)
{
    struct router_match found;
    ck_assert_int_eq(match(METHOD_GET, "/v1/%6Aobs", &found), ROUTER_FOUND);
    ck_assert_str_eq(found.route->name, "job_list");
}
END_TEST

START_TEST(a_wrong_method_tells_the_right_ones)
{
    struct router_match found;
    ck_assert_int_eq(match(METHOD_PUT, "/v1/datasets/x", &found), ROUTER_NO_METHOD);
    ck_assert_str_eq(found.allow, "GET, HEAD, DELETE");
    ck_assert_int_eq(match(METHOD_POST, "/livez", &found), ROUTER_NO_METHOD);
    ck_assert_str_eq(found.allow, "GET, HEAD");
    ck_assert_ptr_null(found.route);
}
END_TEST

static const char *const bad_paths[] = {"",
                                        "livez",
                                        "/v1/jobs/%",
                                        "/v1/jobs/%4",
                                        "/v1/jobs/%zz",
                                        "/v1/jobs/%00",
                                        "/v1/jobs/a%00b",
                                        "/v1/jobs/..",
                                        "/v1/jobs/%2e%2E",
                                        "/v1/./jobs",
                                        "/v1/jobs/%ff",
                                        "/v1/jobs/\xff",
                                        "/v1/jobs/%ED%A0%80",
                                        "/.",
                                        "/../livez"};

START_TEST(malformed_paths_are_bad)
{
    struct router_match found;
    ck_assert_msg(match(METHOD_GET, bad_paths[_i], &found) == ROUTER_BAD_PATH, "%s",
                  bad_paths[_i]);
}
END_TEST

static const char *const unknown_paths[] = {"/",
                                            "/livez/",
                                            "//livez",
                                            "/v1",
                                            "/v1/",
                                            "/v1/jobs/",
                                            "/v1/jobs/a/b",
                                            "/v1/job",
                                            "/v1/jobsx",
                                            "/v1/jobs/a/cancel/",
                                            "/LIVEZ",
                                            "/a/b/c/d/e/f/g/h/i",
                                            "/v1/datasets//rows"};

START_TEST(other_paths_are_not_there)
{
    struct router_match found;
    ck_assert_msg(match(METHOD_GET, unknown_paths[_i], &found) == ROUTER_NO_PATH, "%s",
                  unknown_paths[_i]);
}
END_TEST

START_TEST(what_is_not_there_is_told_as_by_the_routes_beside_it)
{
    struct router_match found;
    ck_assert_int_eq(match(METHOD_GET, "/v2/models/m/nothing", &found), ROUTER_NO_PATH);
    ck_assert_ptr_eq(found.shape, &v2_shape);
    ck_assert_int_eq(match(METHOD_GET, "/v1/nothing", &found), ROUTER_NO_PATH);
    ck_assert_ptr_null(found.shape);
    ck_assert_int_eq(match(METHOD_GET, "/v3", &found), ROUTER_NO_PATH);
    ck_assert_ptr_null(found.shape);
}
END_TEST

START_TEST(long_segments_and_paths_are_not_there)
{
    struct router_match found;
    char path[8192] = "/v1/jobs/";
    memset(path + 9, 'a', ROUTER_MAX_PARAM_BYTES - 1);
    ck_assert_int_eq(match(METHOD_GET, path, &found), ROUTER_FOUND);
    ck_assert_uint_eq(strlen(found.params[0]), ROUTER_MAX_PARAM_BYTES - 1);
    path[9 + ROUTER_MAX_PARAM_BYTES - 1] = 'a';
    ck_assert_int_eq(match(METHOD_GET, path, &found), ROUTER_NO_PATH);
    memset(path + 9, 'a', sizeof(path) - 10);
    ck_assert_int_eq(match(METHOD_GET, path, &found), ROUTER_NO_PATH);
}
END_TEST

TCase *router_test(void)
{
    TCase *tcase = tcase_create("router");
    tcase_add_test(tcase, every_route_is_found_by_its_own_path);
    tcase_add_test(tcase, routes_are_consistent);
    tcase_add_test(tcase, head_goes_where_get_goes);
    tcase_add_test(tcase, parameters_are_decoded_exactly_once);
    tcase_add_test(tcase, escaped_literals_are_the_same_path);
    tcase_add_test(tcase, a_wrong_method_tells_the_right_ones);
    tcase_add_loop_test(tcase, malformed_paths_are_bad, 0,
                        sizeof(bad_paths) / sizeof(*bad_paths));
    tcase_add_loop_test(tcase, other_paths_are_not_there, 0,
                        sizeof(unknown_paths) / sizeof(*unknown_paths));
    tcase_add_test(tcase, what_is_not_there_is_told_as_by_the_routes_beside_it);
    tcase_add_test(tcase, long_segments_and_paths_are_not_there);
    return tcase;
}
