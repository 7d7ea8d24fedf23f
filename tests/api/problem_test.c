#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api/problem.h"
#include "core/base/memory.h"

static struct exchange exchange;
static json_t *answer;

static void setup(void)
{
    memset(&exchange, 0, sizeof(exchange));
    exchange.request.id = "req_1";
    answer = NULL;
}

static void teardown(void)
{
    json_decref(answer);
    response_free(&exchange.response);
}

static const char *at(const char *key)
{
    return json_string_value(json_object_get(answer, key));
}

static void parse(void)
{
    const struct response *response = &exchange.response;
    json_decref(answer);
    answer = response->static_body
                 ? json_loadb(response->static_body, response->static_body_bytes, 0, NULL)
                 : json_loadb(response->body.bytes, response->body.n_bytes, 0, NULL);
    ck_assert_ptr_nonnull(answer);
    ck_assert_str_eq(response->content_type, "application/problem+json");
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "status")),
                     response->status);
}

static const json_t *entry(size_t i)
{
    return json_array_get(json_object_get(answer, "errors"), i);
}

static const char *header(const char *name)
{
    for (size_t i = 0; i < exchange.response.n_headers; i++)
        if (strcmp(exchange.response.headers[i].name, name) == 0)
            return exchange.response.headers[i].value;
    return NULL;
}

static void respond(enum error_code code, const char *place)
{
    struct error err = {0};
    error_set(&err, code, "because");
    snprintf(err.place, sizeof(err.place), "%s", place);
    problem_respond(&exchange, &err);
    parse();
}

START_TEST(a_problem_has_the_members_of_the_contract)
{
    respond(ERROR_NOT_A_NUMBER, "/rows/3/1");
    ck_assert_int_eq(exchange.response.status, 422);
    ck_assert_str_eq(at("type"), "urn:logitd:problem:not_a_number");
    ck_assert_str_eq(at("title"), "not a number");
    ck_assert_str_eq(at("code"), "not_a_number");
    ck_assert_str_eq(at("detail"), "because");
    ck_assert_str_eq(at("request_id"), "req_1");
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "errors")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "pointer")),
                     "/rows/3/1");
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "code")),
                     "not_a_number");
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "detail")), "because");
}
END_TEST

static const struct {
    enum error_code code;
    const char *place;
    int status;
} statuses[] = {
    {ERROR_BAD_JSON, "byte 3", 400},
    {ERROR_OUT_OF_RANGE, "byte 3", 400},
    {ERROR_OUT_OF_RANGE, "/a", 422},
    {ERROR_INVALID, "/a", 422},
    {ERROR_OUT_OF_RANGE, "query limit", 400},
    {ERROR_INVALID, "header Prefer", 400},
    {ERROR_NOT_FOUND, "", 404},
    {ERROR_CONFLICT, "", 409},
    {ERROR_CANCELLED, "", 409},
    {ERROR_TOO_LARGE, "", 413},
    {ERROR_UNSUPPORTED, "/formula", 422},
    {ERROR_IO, "", 500},
    {ERROR_CORRUPT, "", 500},
    {ERROR_INTERNAL, "", 500},
    {ERROR_FORMAT_VERSION, "", 501},
    {ERROR_QUEUE_FULL, "", 503},
    {ERROR_NO_MEMORY, "", 503},
    {ERROR_READ_ONLY, "", 503},
    {ERROR_NO_SPACE, "", 507},
};

START_TEST(the_kind_of_an_error_decides_the_status)
{
    respond(statuses[_i].code, statuses[_i].place);
    ck_assert_int_eq(exchange.response.status, statuses[_i].status);
    ck_assert_int_eq(header("Retry-After") != NULL, statuses[_i].status == 503);
}
END_TEST

START_TEST(a_fault_keeps_its_particulars_for_the_log)
{
    respond(ERROR_IO, "");
    ck_assert_ptr_null(strstr(exchange.response.body.bytes, "because"));
    ck_assert_str_eq(exchange.fault.message, "because");
    ck_assert_ptr_nonnull(exchange.fault.file);
}
END_TEST

START_TEST(places_become_members)
{
    respond(ERROR_RAGGED_ROW, "row 12, column gpa");
    ck_assert_int_eq(json_integer_value(json_object_get(entry(0), "row")), 12);
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "column")), "gpa");
    respond(ERROR_RAGGED_ROW, "row 7");
    ck_assert_int_eq(json_integer_value(json_object_get(entry(0), "row")), 7);
    ck_assert_ptr_null(json_object_get(entry(0), "column"));
    respond(ERROR_BAD_JSON, "byte 17");
    ck_assert_int_eq(json_integer_value(json_object_get(entry(0), "byte")), 17);
    respond(ERROR_INVALID, "query limit");
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "parameter")), "limit");
    respond(ERROR_INVALID, "header Prefer");
    ck_assert_str_eq(json_string_value(json_object_get(entry(0), "header")), "Prefer");
}
END_TEST

START_TEST(several_problems_are_told_together)
{
    struct problem_list list = {0};
    problem_report(&list, ERROR_MISSING_FIELD, "/model", "no %s", "model");
    problem_report(&list, ERROR_INVALID_TYPE, "/target", "no text");
    problem_respond_list(&exchange, &list);
    parse();
    ck_assert_int_eq(exchange.response.status, 422);
    ck_assert_str_eq(at("code"), "missing_field");
    ck_assert_str_eq(at("detail"), "no model (and 1 more problem)");
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "errors")), 2);
    problem_list_free(&list);
}
END_TEST

START_TEST(only_the_first_hundred_are_listed_but_all_are_counted)
{
    struct problem_list list = {0};
    for (int i = 0; i < 150; i++)
        problem_report(&list, ERROR_INVALID, "/a", "wrong");
    problem_respond_list(&exchange, &list);
    parse();
    ck_assert_str_eq(at("detail"), "wrong (and 149 more problems)");
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "errors")), 100);
    problem_list_free(&list);
}
END_TEST

START_TEST(lists_can_be_joined)
{
    struct problem_list list = {0}, other = {0};
    problem_report(&list, ERROR_INVALID, "/a", "wrong");
    for (int i = 0; i < 120; i++)
        problem_report(&other, ERROR_INVALID, "/b", "wrong");
    problem_list_move(&list, &other);
    ck_assert_uint_eq(list.n, 121);
    ck_assert_uint_eq(other.n, 0);
    ck_assert_str_eq(list.errors[99].place, "/b");
    problem_list_free(&list);
}
END_TEST

START_TEST(problems_of_different_kinds_are_422)
{
    struct problem_list list = {0};
    problem_report(&list, ERROR_TOO_LARGE, "/metadata", "too much");
    problem_report(&list, ERROR_INVALID, "/a", "wrong");
    problem_respond_list(&exchange, &list);
    ck_assert_int_eq(exchange.response.status, 422);
    problem_list_free(&list);
}
END_TEST

START_TEST(what_a_body_names_and_is_not_there_is_422)
{
    struct problem_list list = {0};
    problem_report(&list, ERROR_NOT_FOUND, "/dataset", "there is no such dataset");
    problem_respond_list(&exchange, &list);
    parse();
    ck_assert_int_eq(exchange.response.status, 422);
    ck_assert_str_eq(at("code"), "not_found");
    problem_list_free(&list);
}
END_TEST

START_TEST(query_problems_together_are_400)
{
    struct problem_list list = {0};
    problem_report(&list, ERROR_OUT_OF_RANGE, "query limit", "too many");
    problem_report(&list, ERROR_UNKNOWN_FIELD, "query lim", "unknown");
    problem_respond_list(&exchange, &list);
    ck_assert_int_eq(exchange.response.status, 400);
    problem_list_free(&list);
}
END_TEST

START_TEST(a_list_without_memory_is_503)
{
    struct problem_list list = {0};
    memory_fail_after(0);
    problem_report(&list, ERROR_INVALID, "/a", "wrong");
    memory_fail_after(-1);
    ck_assert_uint_eq(list.n, 1);
    problem_respond_list(&exchange, &list);
    ck_assert_int_eq(exchange.response.status, 503);
    problem_list_free(&list);
}
END_TEST

START_TEST(without_memory_the_answer_is_static)
{
    struct error err = {0};
    error_set(&err, ERROR_INVALID, "because");
    memory_fail_after(0);
    problem_respond(&exchange, &err);
    memory_fail_after(-1);
    parse();
    ck_assert_int_eq(exchange.response.status, 503);
    ck_assert_str_eq(at("code"), "out_of_memory");
    ck_assert_str_eq(header("Retry-After"), "1");
}
END_TEST

START_TEST(a_cut_character_does_not_reach_the_answer)
{
    struct error err = {0};
    char name[300];
    for (size_t i = 0; i + 1 < sizeof(name); i += 2)
        memcpy(name + i, "\xc3\xa4", 2);
    name[298] = '\0';
    error_set(&err, ERROR_INVALID, "x%s", name);
    error_place(&err, "/%s", name);
    problem_respond(&exchange, &err);
    parse(); /* refuses bad UTF-8 */
}
END_TEST

START_TEST(pointers_are_escaped_and_cut)
{
    char pointer[PROBLEM_POINTER_BYTES], name[400];
    ck_assert_str_eq(problem_pointer(pointer, "/columns", "a/b~c"), "/columns/a~1b~0c");
    ck_assert_str_eq(problem_pointer_at(pointer, pointer, 7), "/columns/a~1b~0c/7");
    memset(name, '/', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    problem_pointer(pointer, "/x", name);
    ck_assert_uint_lt(strlen(pointer), PROBLEM_POINTER_BYTES);
    ck_assert_str_eq(pointer + strlen(pointer) - 2, "~1");
}
END_TEST

START_TEST(a_problem_forgets_what_was_answered_before)
{
    response_start_json(&exchange.response, 201);
    response_header(&exchange.response, "Location", "/x");
    buffer_append_string(&exchange.response.body, "half an answ");
    respond(ERROR_CONFLICT, "");
    ck_assert_ptr_null(header("Location"));
}
END_TEST

TCase *problem_test(void)
{
    TCase *tcase = tcase_create("problem");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_problem_has_the_members_of_the_contract);
    tcase_add_loop_test(tcase, the_kind_of_an_error_decides_the_status, 0,
                        sizeof(statuses) / sizeof(*statuses));
    tcase_add_test(tcase, a_fault_keeps_its_particulars_for_the_log);
    tcase_add_test(tcase, places_become_members);
    tcase_add_test(tcase, several_problems_are_told_together);
    tcase_add_test(tcase, only_the_first_hundred_are_listed_but_all_are_counted);
    tcase_add_test(tcase, lists_can_be_joined);
    tcase_add_test(tcase, problems_of_different_kinds_are_422);
    tcase_add_test(tcase, what_a_body_names_and_is_not_there_is_422);
    tcase_add_test(tcase, query_problems_together_are_400);
    tcase_add_test(tcase, a_list_without_memory_is_503);
    tcase_add_test(tcase, without_memory_the_answer_is_static);
    tcase_add_test(tcase, a_cut_character_does_not_reach_the_answer);
    tcase_add_test(tcase, pointers_are_escaped_and_cut);
    tcase_add_test(tcase, a_problem_forgets_what_was_answered_before);
    return tcase;
}
