#include "api/problem_shape.h"

#include <check.h>
#include <string.h>

#include "api/problem.h"
#include "core/base/memory.h"

static struct exchange exchange;

static void setup(void)
{
    memset(&exchange, 0, sizeof(exchange));
    exchange.request.id = "req_1";
}

static void teardown(void)
{
    memory_fail_after(-1);
    response_free(&exchange.response);
}

/* ---- the shape of a protocol that knows no 422 ---- */

static int status(const struct problem *problem)
{
    return problem->status == 422 ? 400 : problem->status;
}

static void write(struct json_writer *json, const struct problem *problem,
                  const char *request_id)
{
    (void)request_id;
    json_write_begin_object(json);
    json_write_member_string(json, "error", problem->detail);
    json_write_end_object(json);
}

static const struct problem_shape shape = {.content_type = "application/json",
                                           .status = status,
                                           .write = write,
                                           .out_of_memory = "{\"error\":\"memory\"}"};

static void respond(enum error_code code)
{
    struct error err = {0};
    error_set(&err, code, "because");
    exchange.shape = &shape;
    problem_respond(&exchange, &err);
}

START_TEST(problems_have_the_shape_of_the_route)
{
    respond(ERROR_INVALID);
    ck_assert_int_eq(exchange.response.status, 400);
    ck_assert_str_eq(exchange.response.content_type, "application/json");
    ck_assert_str_eq(exchange.response.body.bytes, "{\"error\":\"because\"}");
}
END_TEST

START_TEST(a_status_may_stay)
{
    respond(ERROR_NOT_FOUND);
    ck_assert_int_eq(exchange.response.status, 404);
}
END_TEST

START_TEST(without_memory_the_shape_has_a_text)
{
    memory_fail_after(0);
    respond(ERROR_INVALID);
    ck_assert_int_eq(exchange.response.status, 503);
    ck_assert_str_eq(exchange.response.static_body, shape.out_of_memory);
}
END_TEST

START_TEST(a_text_that_was_cut_inside_a_character_ends_before_it)
{
    struct buffer out = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&out);
    json_write_begin_object(&json);
    problem_shape_write_text(&json, "detail", "a\xc3");
    json_write_end_object(&json);
    ck_assert_str_eq(out.bytes, "{\"detail\":\"a\"}");
    buffer_free(&out);
}
END_TEST

TCase *problem_shape_test(void)
{
    TCase *tests = tcase_create("problem_shape");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, problems_have_the_shape_of_the_route);
    tcase_add_test(tests, a_status_may_stay);
    tcase_add_test(tests, without_memory_the_shape_has_a_text);
    tcase_add_test(tests, a_text_that_was_cut_inside_a_character_ends_before_it);
    return tests;
}
