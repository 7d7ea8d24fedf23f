#include "server/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text/json_scan.h"
#include "core/text/utf8.h"
#include "tests/support/suite.h"

static int ends[2];
static char text[8192];

static void setup(void)
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

static void teardown(void)
{
    close(ends[0]);
    close(ends[1]);
}

static struct log log_to_pipe(bool json)
{
    return (struct log){.fd = ends[1], .least = LOG_LEVEL_DEBUG, .json = json};
}

/* What has been written, without the time; checks that it is one line of text, and one
 * JSON value if it is JSON. */
static const char *written(bool json)
{
    ssize_t n = read(ends[0], text, sizeof(text) - 1);
    ck_assert_int_gt(n, 0);
    text[n] = '\0';
    ck_assert_ptr_eq(strchr(text, '\n'), text + n - 1);
    ck_assert_uint_eq(utf8_valid_prefix(text, (size_t)n), (size_t)n);
    text[n - 1] = '\0';
    struct error err = {0};
    if (json)
        ck_assert_int_eq(json_scan_check(text, (size_t)n - 1, &err), 0);
    const char *end_of_time = strstr(text, json ? "Z\"," : "Z ");
    ck_assert_ptr_nonnull(end_of_time);
    return end_of_time + (json ? 3 : 2);
}

START_TEST(log_event_of_text_is_a_sentence)
{
    struct log log = log_to_pipe(false);
    log_event(&log, LOG_LEVEL_WARNING, "no_auth", "it says \"everybody\" may come");
    ck_assert_str_eq(written(false), "warning no_auth: it says \"everybody\" may come");
    int year;
    int day;
    ck_assert_int_eq(sscanf(text, "%4d-%*2d-%2dT%*2d:%*2d:%*2d.%*6dZ", &year, &day), 2);
    ck_assert_int_ge(year, 2024);
}
END_TEST

START_TEST(log_event_of_json_is_an_object)
{
    struct log log = log_to_pipe(true);
    log_event(&log, LOG_LEVEL_ERROR, "store_failed", "it says \"no\"");
    ck_assert_str_eq(written(true), "\"level\":\"error\",\"event\":\"store_failed\","
                                    "\"detail\":\"it says \\\"no\\\"\"}");
    ck_assert_int_eq(strncmp(text, "{\"time\":\"2", 10), 0);
}
END_TEST

START_TEST(log_leaves_out_what_is_below_its_level)
{
    struct log log = log_to_pipe(true);
    struct error err = {0};
    struct log_request request = {.status = 200};
    error_set(&err, ERROR_IO, "x");
    log.least = LOG_LEVEL_WARNING;
    log_event(&log, LOG_LEVEL_INFO, "x", "x");
    log_error(&log, LOG_LEVEL_DEBUG, "x", &err);
    log_answer(&log, &request);
    ck_assert_int_eq(read(ends[0], text, sizeof(text)), -1);
    log_event(&log, LOG_LEVEL_WARNING, "x", "x");
    written(true);
}
END_TEST

struct escape_case {
    const char *value, *text, *json;
};

static const struct escape_case escapes[] = {
    {"a\nb\tc\r", "a\\u000ab\\u0009c\\u000d", "a\\u000ab\\u0009c\\u000d"},
    {"\x1b[2J\x7f", "\\u001b[2J\\u007f", "\\u001b[2J\\u007f"},
    {"\xc2\x9b", "\\u009b", "\\u009b"},
    {"ü €😀", "ü €😀", "ü €😀"},
    {"a\\b", "a\\\\b", "a\\\\b"},
    {"\xff\xc3", "\\ufffd\\ufffd", "\\ufffd\\ufffd"},
    {"\xed\xa0\x80!", "\\ufffd\\ufffd\\ufffd!", "\\ufffd\\ufffd\\ufffd!"},
    {"\xe2\x82", "\\ufffd\\ufffd", "\\ufffd\\ufffd"},
    {"\"", "\"", "\\\""},
    {"", "", ""},
};

START_TEST(log_escapes_what_could_break_a_line_or_move_a_cursor)
{
    const struct escape_case *escape = &escapes[_i];
    char expected[256];
    struct log log = log_to_pipe(false);
    log_event(&log, LOG_LEVEL_INFO, "e", escape->value);
    snprintf(expected, sizeof(expected), "info e: %s", escape->text);
    ck_assert_str_eq(written(false), expected);
    log.json = true;
    log_event(&log, LOG_LEVEL_INFO, "e", escape->value);
    snprintf(expected, sizeof(expected),
             "\"level\":\"info\",\"event\":\"e\",\"detail\":\"%s\"}", escape->json);
    ck_assert_str_eq(written(true), expected);
}
END_TEST

START_TEST(log_error_names_code_place_and_source)
{
    struct error err = {.code = ERROR_NO_SPACE,
                        .file = "core/store/x.c",
                        .line = 7,
                        .place = "--data",
                        .message = "write blob: no space left"};
    struct log log = log_to_pipe(false);
    log_error(&log, LOG_LEVEL_ERROR, "cannot_start", &err);
    ck_assert_str_eq(written(false),
                     "error cannot_start code=no_space place=--data "
                     "detail=\"write blob: no space left\" source=core/store/x.c:7");
    log.json = true;
    err.place[0] = '\0';
    log_error(&log, LOG_LEVEL_ERROR, "cannot_start", &err);
    ck_assert_str_eq(
        written(true),
        "\"level\":\"error\",\"event\":\"cannot_start\",\"code\":\"no_space\","
        "\"detail\":\"write blob: no space left\",\"source\":\"core/store/x.c:7\"}");
}
END_TEST

START_TEST(log_answer_tells_who_asked_what_and_how_it_went)
{
    struct log_request request = {.request_id = "r 1",
                                  .method = "POST",
                                  .route = "createJob",
                                  .principal = "ci",
                                  .status = 202,
                                  .seconds = 0.0012345,
                                  .request_bytes = 812,
                                  .response_bytes = 1024};
    struct log log = log_to_pipe(false);
    log_answer(&log, &request);
    ck_assert_str_eq(written(false), "info answer method=POST route=createJob status=202 "
                                     "seconds=0.001234 request_id=\"r 1\" principal=ci "
                                     "request_bytes=812 response_bytes=1024");
    log.json = true;
    request.route = request.principal = NULL;
    log_answer(&log, &request);
    ck_assert_str_eq(written(true),
                     "\"level\":\"info\",\"event\":\"answer\",\"method\":\"POST\","
                     "\"status\":202,\"seconds\":0.001234,\"request_id\":\"r 1\","
                     "\"request_bytes\":812,\"response_bytes\":1024}");
}
END_TEST

START_TEST(log_answer_of_a_fault_is_an_error_and_says_why)
{
    struct error fault = {0};
    struct log_request request = {.status = 500, .fault = &fault};
    struct log log = log_to_pipe(true);
    error_set(&fault, ERROR_INTERNAL, "a \"bug\"");
    log_answer(&log, &request);
    const char *line = written(true);
    ck_assert_ptr_nonnull(strstr(line, "\"level\":\"error\""));
    ck_assert_ptr_nonnull(strstr(line, "\"code\":\"internal\""));
    ck_assert_ptr_nonnull(strstr(line, "\"detail\":\"a \\\"bug\\\"\""));
    ck_assert_ptr_nonnull(strstr(line, "tests/server/log_test.c:"));
    request = (struct log_request){.status = 503};
    log_answer(&log, &request);
    ck_assert_ptr_nonnull(strstr(written(true), "\"level\":\"warning\""));
    request = (struct log_request){.status = 501}; /* the client's fault */
    log_answer(&log, &request);
    ck_assert_ptr_nonnull(strstr(written(true), "\"level\":\"info\""));
}
END_TEST

START_TEST(log_cuts_values_between_characters)
{
    static char value[9000];
    struct log log = log_to_pipe(_i == 1);
    for (size_t i = 0; i + 3 < sizeof(value); i += 3)
        memcpy(value + i, "€", 3);
    log_event(&log, LOG_LEVEL_INFO, value, value);
    ck_assert_ptr_nonnull(strstr(written(_i == 1), "€…"));
    memset(value, '\x01', sizeof(value) - 1);
    struct log_request request = {.request_id = value,
                                  .method = value,
                                  .route = value,
                                  .principal = value,
                                  .status = 500,
                                  .seconds = 1e300,
                                  .request_bytes = ~0UL,
                                  .response_bytes = ~0UL};
    struct error fault = {.code = ERROR_INTERNAL};
    memset(fault.place, '\x01', sizeof(fault.place) - 1);
    memset(fault.message, '\x01', sizeof(fault.message) - 1);
    request.fault = &fault;
    log_answer(&log, &request);
    written(_i == 1);
}
END_TEST

START_TEST(log_that_cannot_be_written_is_passed_over)
{
    struct log log = {.fd = -1, .json = true};
    log_event(&log, LOG_LEVEL_ERROR, "x", "y");
}
END_TEST

TCase *log_test(void)
{
    TCase *tcase = tcase_create("log");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, log_event_of_text_is_a_sentence);
    tcase_add_test(tcase, log_event_of_json_is_an_object);
    tcase_add_test(tcase, log_leaves_out_what_is_below_its_level);
    tcase_add_loop_test(tcase, log_escapes_what_could_break_a_line_or_move_a_cursor, 0,
                        sizeof(escapes) / sizeof(*escapes));
    tcase_add_test(tcase, log_error_names_code_place_and_source);
    tcase_add_test(tcase, log_answer_tells_who_asked_what_and_how_it_went);
    tcase_add_test(tcase, log_answer_of_a_fault_is_an_error_and_says_why);
    tcase_add_loop_test(tcase, log_cuts_values_between_characters, 0, 2);
    tcase_add_test(tcase, log_that_cannot_be_written_is_passed_over);
    return tcase;
}
