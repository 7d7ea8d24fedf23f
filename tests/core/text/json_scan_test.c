#include "core/text/json_scan.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* In a block of its own of just that size, so that a sanitizer sees a read behind it. */
static int check_alone(const char *text, size_t n, struct error *err)
{
    char *copy = memory_copy(text, n, NULL);
    int result = json_scan_check(copy, n, err);
    memory_free(copy);
    return result;
}

/* ---- what is JSON and what is not ---- */

static const char *const good[] = {
    "{}",
    "[]",
    " \t\r\n[ \n] \t",
    "null",
    "true",
    "false",
    "\"\"",
    "0",
    "-0",
    "-0.0",
    "1",
    "10",
    "1.5",
    "0.000",
    "1e5",
    "1E+5",
    "1e-05",
    "-12.5e10",
    "1e309",
    "123456789012345678901234567890",
    "[1,2,3]",
    "[1 , 2\n,3 ]",
    "{\"a\":1,\"b\":[{}]}",
    "{ \"a\" : 1 , \"a\" : 2 }",
    "[[],[[]],{},{\"\":{}}]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\uDE00\\u0000\"",
    "\"a longer text without an escape, of more than sixteen bytes\"",
    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
    "[\"\\uABCD\",\"\\uabcd\",\"\\ud7ff\\ue000\"]",
};

START_TEST(what_is_json_passes)
{
    struct error err = {0};
    ck_assert_msg(check_alone(good[_i], strlen(good[_i]), &err) == 0, "%s: %s", good[_i],
                  err.message);
}
END_TEST

static const struct {
    const char *text;
    size_t at;
    enum error_code code;
} bad[] = {
    {"", 0, ERROR_BAD_JSON},
    {" ", 1, ERROR_BAD_JSON},
    {"\xef\xbb\xbf{}", 0, ERROR_BAD_JSON},
    {"x", 0, ERROR_BAD_JSON},
    {"[", 1, ERROR_BAD_JSON},
    {"{", 1, ERROR_BAD_JSON},
    {"]", 0, ERROR_BAD_JSON},
    {"}", 0, ERROR_BAD_JSON},
    {"[}", 1, ERROR_BAD_JSON},
    {"{]", 1, ERROR_BAD_JSON},
    {"[1}", 2, ERROR_BAD_JSON},
    {"[1", 2, ERROR_BAD_JSON},
    {"[1,", 3, ERROR_BAD_JSON},
    {"[1,]", 3, ERROR_BAD_JSON},
    {"[,1]", 1, ERROR_BAD_JSON},
    {"[1,,2]", 3, ERROR_BAD_JSON},
    {"[1 2]", 3, ERROR_BAD_JSON},
    {"[[1]2]", 4, ERROR_BAD_JSON},
    {"{\"a\"}", 4, ERROR_BAD_JSON},
    {"{\"a\":}", 5, ERROR_BAD_JSON},
    {"{\"a\":1,}", 7, ERROR_BAD_JSON},
    {"{,}", 1, ERROR_BAD_JSON},
    {"{a:1}", 1, ERROR_BAD_JSON},
    {"{'a':1}", 1, ERROR_BAD_JSON},
    {"{1:2}", 1, ERROR_BAD_JSON},
    {"{\"a\" 1}", 5, ERROR_BAD_JSON},
    {"{\"a\":1 \"b\":2}", 7, ERROR_BAD_JSON},
    {"{\"a\":1]", 6, ERROR_BAD_JSON},
    {"{} {}", 3, ERROR_BAD_JSON},
    {"1 2", 2, ERROR_BAD_JSON},
    {"[]]", 2, ERROR_BAD_JSON},
    {"/**/1", 0, ERROR_BAD_JSON},
    {"[1]//", 3, ERROR_BAD_JSON},
    {"NaN", 0, ERROR_BAD_JSON},
    {"[Infinity]", 1, ERROR_BAD_JSON},
    {"-Infinity", 0, ERROR_BAD_JSON},
    {"nan", 0, ERROR_BAD_JSON},
    {"tru", 0, ERROR_BAD_JSON},
    {"True", 0, ERROR_BAD_JSON},
    {"nulll", 4, ERROR_BAD_JSON},
    {"[true1]", 5, ERROR_BAD_JSON},
    {"+1", 0, ERROR_BAD_JSON},
    {".5", 0, ERROR_BAD_JSON},
    {"-", 0, ERROR_BAD_JSON},
    {"-.5", 0, ERROR_BAD_JSON},
    {"01", 0, ERROR_BAD_JSON},
    {"-01", 0, ERROR_BAD_JSON},
    {"00", 0, ERROR_BAD_JSON},
    {"1.", 0, ERROR_BAD_JSON},
    {"[1.]", 1, ERROR_BAD_JSON},
    {"1.e5", 0, ERROR_BAD_JSON},
    {"1e", 0, ERROR_BAD_JSON},
    {"1e+", 0, ERROR_BAD_JSON},
    {"1e5.5", 3, ERROR_BAD_JSON},
    {"0x10", 1, ERROR_BAD_JSON},
    {"1-2", 1, ERROR_BAD_JSON},
    {"1,000", 1, ERROR_BAD_JSON},
    {"\"", 1, ERROR_BAD_JSON},
    {"\"abc", 4, ERROR_BAD_JSON},
    {"'a'", 0, ERROR_BAD_JSON},
    {"\"a\nb\"", 2, ERROR_BAD_JSON},
    {"\"a text of some length \x1f\"", 23, ERROR_BAD_JSON},
    {"\"\\", 1, ERROR_BAD_JSON},
    {"\"\\x\"", 1, ERROR_BAD_JSON},
    {"\"\\u12\"", 1, ERROR_BAD_JSON},
    {"\"\\u12g4\"", 1, ERROR_BAD_JSON},
    {"\"\\ud800\"", 1, ERROR_BAD_JSON},
    {"\"\\udc00\"", 1, ERROR_BAD_JSON},
    {"\"\\ud800\\ud800\"", 1, ERROR_BAD_JSON},
    {"\"\\ud800\\u0041\"", 1, ERROR_BAD_JSON},
    {"\"\\ud800 udc00\"", 1, ERROR_BAD_JSON},
    {"\"\\ud83d\\ude0\"", 1, ERROR_BAD_JSON},
    {"{\"\\ud800\":1}", 2, ERROR_BAD_JSON},
    {"\"a\xff\"", 2, ERROR_BAD_UTF8},
    {"\"\xc0\x80\"", 1, ERROR_BAD_UTF8},
    {"\"\xed\xa0\x80\"", 1, ERROR_BAD_UTF8},
    {"\"\xc3\"", 1, ERROR_BAD_UTF8},
    {"{\"k\xf5\":0}", 3, ERROR_BAD_UTF8},
    {"\"\\n\xe2\x82\"", 3, ERROR_BAD_UTF8},
    {"[\xc3\xa4]", 1, ERROR_BAD_JSON},
};

START_TEST(what_is_no_json_is_refused_at_its_byte)
{
    struct error err = {0};
    char place[32];
    ck_assert_int_eq(check_alone(bad[_i].text, strlen(bad[_i].text), &err), -1);
    ck_assert_msg(err.code == bad[_i].code, "%s: %s", bad[_i].text, error_word(err.code));
    snprintf(place, sizeof(place), "byte %zu", bad[_i].at);
    ck_assert_msg(strcmp(err.place, place) == 0, "%s: %s (%s)", bad[_i].text, err.place,
                  err.message);
    ck_assert_uint_gt(strlen(err.message), 0);
}
END_TEST

START_TEST(a_nul_byte_is_refused_everywhere)
{
    static const char text[] = "{\"a\" : [ 1 , true ] }";
    char broken[sizeof(text)];
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        memcpy(broken, text, sizeof(text));
        broken[i] = '\0';
        ck_assert_int_eq(check_alone(broken, sizeof(text) - 1, NULL), -1);
    }
    ck_assert_int_eq(check_alone(text, sizeof(text), NULL), -1);
}
END_TEST

START_TEST(no_part_of_a_container_passes)
{
    static const char text[] =
        "{\"key\":[1.25e+3,\"a\\u00e4\\ud83d\\ude00\",{\"b\":null}]}";
    ck_assert_int_eq(check_alone(text, sizeof(text) - 1, NULL), 0);
    for (size_t n = 0; n + 1 < sizeof(text); n++) {
        struct error err = {0};
        ck_assert_int_eq(check_alone(text, n, &err), -1);
        ck_assert_int_eq(err.code, ERROR_BAD_JSON);
    }
}
END_TEST

/* ---- limits ---- */

static void nest(struct buffer *text, int depth, const char *open, char close)
{
    for (int i = 0; i < depth; i++)
        buffer_append_string(text, open);
    buffer_append_string(text, "1");
    for (int i = 0; i < depth; i++)
        buffer_append_byte(text, close);
}

static void must_be_too_deep(struct buffer *text, size_t at)
{
    struct error err = {0};
    char place[32];
    ck_assert_int_eq(check_alone(text->bytes, text->n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_DEEP);
    snprintf(place, sizeof(place), "byte %zu", at);
    ck_assert_str_eq(err.place, place);
}

START_TEST(a_text_may_be_32_deep)
{
    struct buffer text = BUFFER_EMPTY;
    nest(&text, 32, "[", ']');
    ck_assert_int_eq(check_alone(text.bytes, text.n_bytes, NULL), 0);
    buffer_clear(&text);
    nest(&text, 33, "[", ']');
    must_be_too_deep(&text, 32);
    buffer_clear(&text);
    nest(&text, 32, "{\"a\":", '}');
    ck_assert_int_eq(check_alone(text.bytes, text.n_bytes, NULL), 0);
    buffer_clear(&text);
    nest(&text, 33, "{\"a\":", '}');
    must_be_too_deep(&text, 32 * 5);
    buffer_clear(&text);
    nest(&text, 100000, "[{\"\":", ']');
    must_be_too_deep(&text, 16 * 5);
    buffer_free(&text);
}
END_TEST

/* "{"":0,"":0,…}", n times; more objects follow, which count anew. */
static int check_keys(int n, struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    for (int object = 0; object < 2; object++) {
        buffer_append_string(&text, object == 0 ? "[{" : ",{\"\":{}");
        for (int i = 0; i < n - object; i++)
            buffer_append_string(&text, i == 0 && object == 0 ? "\"\":0" : ",\"\":0");
        buffer_append_byte(&text, '}');
    }
    buffer_append_byte(&text, ']');
    int result = check_alone(text.bytes, text.n_bytes, err);
    buffer_free(&text);
    return result;
}

START_TEST(an_object_may_have_65536_keys)
{
    struct error err = {0};
    ck_assert_int_eq(check_keys(JSON_SCAN_MAX_KEYS, &err), 0);
    ck_assert_int_eq(check_keys(JSON_SCAN_MAX_KEYS + 1, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
}
END_TEST

static int check_token(const char *before, size_t n, char c, const char *behind,
                       struct error *err)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, before);
    char *run = buffer_reserve(&text, n);
    memset(run, c, n);
    buffer_advance(&text, n);
    buffer_append_string(&text, behind);
    int result = check_alone(text.bytes, text.n_bytes, err);
    buffer_free(&text);
    return result;
}

static const struct {
    const char *before;
    char c;
    const char *behind;
    size_t n_more; /* of the token's bytes, beside the run */
    const char *place;
} tokens[] = {
    {" \"", 'x', "\"", 0, "byte 1"},
    {"[{\"", 'k', "\":1}]", 0, "byte 2"},
    {" \"\\n", 'x', "\xc3\xa4\"", 4, "byte 1"},
    {"  1", '0', "", 1, "byte 2"},
    {"[0.", '3', "]", 2, "byte 1"},
    {"1e", '0', "", 2, "byte 0"},
};

START_TEST(a_token_may_have_a_mebibyte)
{
    struct error err = {0};
    size_t n = JSON_SCAN_MAX_TOKEN_BYTES - tokens[_i].n_more;
    ck_assert_int_eq(
        check_token(tokens[_i].before, n, tokens[_i].c, tokens[_i].behind, &err), 0);
    ck_assert_int_eq(
        check_token(tokens[_i].before, n + 1, tokens[_i].c, tokens[_i].behind, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_str_eq(err.place, tokens[_i].place);
}
END_TEST

/* ---- piece by piece ---- */

static struct json_scan scan_of(const char *text)
{
    return json_scan_start(text, strlen(text));
}

START_TEST(peek_says_what_comes_next)
{
    static const struct {
        const char *text;
        enum json_kind kind;
    } cases[] = {
        {"", JSON_KIND_END},        {" \n\t\r", JSON_KIND_END}, {" {", JSON_KIND_OBJECT},
        {"[", JSON_KIND_ARRAY},     {"\"", JSON_KIND_STRING},   {"-", JSON_KIND_NUMBER},
        {"0", JSON_KIND_NUMBER},    {" 9", JSON_KIND_NUMBER},   {"true", JSON_KIND_TRUE},
        {"false", JSON_KIND_FALSE}, {"null", JSON_KIND_NULL},   {"]", JSON_KIND_BAD},
        {",", JSON_KIND_BAD},       {"+1", JSON_KIND_BAD},      {"\xc3", JSON_KIND_BAD},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_scan scan = scan_of(cases[i].text);
        ck_assert_int_eq(json_scan_peek(&scan), cases[i].kind);
        ck_assert_int_eq(json_scan_peek(&scan), cases[i].kind);
    }
    struct json_scan nul = json_scan_start("\0", 1);
    ck_assert_int_eq(json_scan_peek(&nul), JSON_KIND_BAD);
}
END_TEST

START_TEST(containers_are_walked)
{
    struct json_scan scan = scan_of(" { \"a\" : [ 1 , [ ] , 2.5 ] , \"b\" : { } } ");
    struct json_text key;
    struct error err = {0};
    double value;
    ck_assert_int_eq(json_scan_enter_object(&scan, &err), 0);
    ck_assert_int_eq(json_scan_peek(&scan), JSON_KIND_STRING);
    ck_assert_int_eq(json_scan_next_key(&scan, &key, &err), 1);
    ck_assert(json_scan_text_is(&key, "a"));
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 1);
    ck_assert_int_eq(json_scan_number(&scan, &value, &err), 0);
    ck_assert(value == 1);
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 1);
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 1);
    ck_assert_int_eq(json_scan_number(&scan, &value, &err), 0);
    ck_assert(value == 2.5);
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_key(&scan, &key, &err), 1);
    ck_assert(json_scan_text_is(&key, "b"));
    ck_assert_int_eq(json_scan_enter_object(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_key(&scan, &key, &err), 0);
    ck_assert_int_eq(json_scan_next_key(&scan, &key, &err), 0);
    ck_assert_int_eq(json_scan_finish(&scan, &err), 0);
    ck_assert_int_eq(scan.depth, 0);
}
END_TEST

START_TEST(each_reader_refuses_another_kind)
{
    struct json_text text = {"kept", 4, false};
    enum json_kind kind = JSON_KIND_BAD;
    double value = 7;
    struct json_scan number = scan_of("1"), string = scan_of("\"a\"");
    struct json_scan object = scan_of("{}"), array = scan_of("[]");
    ck_assert_int_eq(json_scan_enter_object(&array, NULL), -1);
    ck_assert_int_eq(json_scan_enter_array(&object, NULL), -1);
    ck_assert_int_eq(json_scan_string(&number, &text, NULL), -1);
    ck_assert_int_eq(json_scan_number(&string, &value, NULL), -1);
    ck_assert_int_eq(json_scan_literal(&number, &kind, NULL), -1);
    ck_assert_str_eq(text.text, "kept");
    ck_assert(value == 7);
    ck_assert_int_eq(kind, JSON_KIND_BAD);
}
END_TEST

START_TEST(a_value_is_skipped_where_it_stands)
{
    struct json_scan scan = scan_of("[ {\"a\":[1,{}]} , \"]\" , 1.5 , null ]");
    struct error err = {0};
    int n = 0, more;
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    while ((more = json_scan_next_element(&scan, &err)) == 1) {
        ck_assert_int_eq(json_scan_skip(&scan, &err), 0);
        ck_assert_int_eq(scan.depth, 1);
        n++;
    }
    ck_assert_int_eq(more, 0);
    ck_assert_int_eq(n, 4);
    ck_assert_int_eq(json_scan_finish(&scan, &err), 0);
}
END_TEST

START_TEST(a_value_is_passed_over_by_its_brackets)
{
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        {"[1,2],", 5},
        {" [ [ ] , { } ] ,", 14},
        {"{\"]}\":\"\\\"[{\"}]", 13},
        {"[[1,2,3,4,5],[\"a long text with ] and } in it\"]]]", 48},
        {"\"[\"]", 3},
        {"12.5]", 4},
        {"true]", 4},
        {"[nonsense, but closed]", 22},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_scan scan = scan_of(cases[i].text);
        struct error err = {0};
        ck_assert_msg(json_scan_pass(&scan, &err) == 0, "%s: %s", cases[i].text,
                      err.message);
        ck_assert_msg(scan.at == cases[i].end, "%s: %zu", cases[i].text, scan.at);
        ck_assert_int_eq(scan.depth, 0);
    }
}
END_TEST

/* Rows of numbers, sometimes none, sometimes strings with brackets, and how long that is.
 */
static size_t put_rows(struct random *random, char *text)
{
    char *at = text;
    int n_rows = 1 + (int)random_below(random, 40);
    *at++ = '[';
    for (int row = 0; row < n_rows; row++) {
        int n = (int)random_below(random, random_below(random, 2) ? 3 : 60);
        at = stpcpy(at, row > 0 ? ",[" : "[");
        for (int i = 0; i < n; i++) {
            int what = (int)random_below(random, 80);
            at = stpcpy(at, i > 0 ? "," : "");
            at = stpcpy(at, what == 0   ? "\"]\\\"[\""
                            : what == 1 ? "[[{}],[]]"
                            : what < 40 ? "-1.25"
                                        : "7");
        }
        at = stpcpy(at, "]");
    }
    *at++ = ']';
    return (size_t)(at - text);
}

START_TEST(many_rows_are_passed_over_to_their_end)
{
    static char text[40 * 60 * 12];
    struct random random = random_start((uint64_t)_i, 0);
    for (int i = 0; i < 500; i++) {
        size_t n = put_rows(&random, text), n_cut = random_below(&random, n);
        memset(text + n, random_below(&random, 2) ? ']' : '[', 100);
        struct json_scan scan = json_scan_start(text, n + 100);
        struct error err = {0};
        if (json_scan_pass(&scan, &err) != 0 || scan.at != n || scan.depth != 0)
            ck_abort_msg("%.*s: %zu", (int)n, text, scan.at);
        scan = json_scan_start(text, n_cut);
        ck_assert_int_eq(json_scan_pass(&scan, &err), -1);
    }
}
END_TEST

START_TEST(what_has_no_end_cannot_be_passed_over)
{
    static const struct {
        const char *text;
        enum error_code code;
    } cases[] = {
        {"", ERROR_BAD_JSON},          {"]", ERROR_BAD_JSON},
        {"[[1,2]", ERROR_BAD_JSON},    {"{\"a\":\"}", ERROR_BAD_JSON},
        {"[\"\\x\"]", ERROR_BAD_JSON}, {"[\"\xff\"]", ERROR_BAD_UTF8},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_scan scan = scan_of(cases[i].text);
        struct error err = {0};
        ck_assert_msg(json_scan_pass(&scan, &err) == -1, "%s", cases[i].text);
        ck_assert_int_eq(err.code, cases[i].code);
        ck_assert_int_eq(strncmp(err.place, "byte ", 5), 0);
    }
    char deep[JSON_SCAN_MAX_DEPTH + 1];
    memset(deep, '[', sizeof(deep));
    struct json_scan scan = json_scan_start(deep, sizeof(deep));
    struct error err = {0};
    ck_assert_int_eq(json_scan_pass(&scan, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_DEEP);
}
END_TEST

START_TEST(passing_over_goes_on_within_a_container)
{
    struct json_scan scan = scan_of("{\"a\":[1,[2]],\"b\":{\"c\":[]},\"d\":1}");
    struct json_text key;
    struct error err = {0};
    int n = 0, more;
    ck_assert_int_eq(json_scan_enter_object(&scan, &err), 0);
    while ((more = json_scan_next_key(&scan, &key, &err)) == 1) {
        ck_assert_int_eq(json_scan_pass(&scan, &err), 0);
        ck_assert_int_eq(scan.depth, 1);
        n++;
    }
    ck_assert_int_eq(more, 0);
    ck_assert_int_eq(n, 3);
    ck_assert_int_eq(json_scan_finish(&scan, &err), 0);
}
END_TEST

START_TEST(runs_of_numbers_are_read_at_once)
{
    struct json_scan scan = scan_of("[1, -2.5,3 ,4,\"x\",5,null,6]");
    struct error err = {0};
    double values[3];
    size_t n = 9;
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 3, &n, &err), 1);
    ck_assert_uint_eq(n, 3);
    ck_assert(values[0] == 1 && values[1] == -2.5 && values[2] == 3);
    ck_assert_int_eq(json_scan_number(&scan, values, &err), 0);
    ck_assert(values[0] == 4);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 3, &n, &err), 1);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(json_scan_skip(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 3, &n, &err), 1);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(json_scan_peek(&scan), JSON_KIND_NULL);
    ck_assert_int_eq(json_scan_skip(&scan, &err), 0);
    ck_assert_int_eq(json_scan_next_numbers(&scan, values, 3, &n, &err), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert(values[0] == 6);
    ck_assert_int_eq(json_scan_finish(&scan, &err), 0);
}
END_TEST

START_TEST(a_run_of_numbers_ends_where_none_may_follow)
{
    static const struct {
        const char *text;
        enum error_code code;
        const char *place;
    } cases[] = {
        {"[1,01]", ERROR_BAD_JSON, "byte 3"},
        {"[1,1e309]", ERROR_OUT_OF_RANGE, "byte 3"},
        {"[1 2]", ERROR_BAD_JSON, "byte 3"},
        {"[1,2", ERROR_BAD_JSON, "byte 4"},
        {"[1,2}", ERROR_BAD_JSON, "byte 4"},
        {"[1,2x]", ERROR_BAD_JSON, "byte 4"},
        {"[1,2.5.5]", ERROR_BAD_JSON, "byte 6"},
        {"[1,-]", ERROR_BAD_JSON, "byte 3"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_scan scan = scan_of(cases[i].text);
        struct error err = {0};
        double values[8];
        size_t n = 9;
        ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
        ck_assert_msg(json_scan_next_numbers(&scan, values, 8, &n, &err) == -1, "%s",
                      cases[i].text);
        ck_assert_uint_eq(n, 9);
        ck_assert_int_eq(err.code, cases[i].code);
        ck_assert_str_eq(err.place, cases[i].place);
    }
}
END_TEST

START_TEST(numbers_are_read_exactly)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {" 3.61,", 3.61},
        {"-1e-7]", -1e-7},
        {"0.1\t", 0.1},
        {"1E5}", 1e5},
        {"5e-324", 5e-324},
        {"9007199254740993", 0x1p53},
        {"1e-400", 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_scan scan = scan_of(cases[i].text);
        double value = -1;
        ck_assert_int_eq(json_scan_number(&scan, &value, NULL), 0);
        ck_assert_msg(value == cases[i].value, "%s: %a", cases[i].text, value);
        ck_assert_uint_eq(scan.at, strcspn(cases[i].text + 1, ",]\t}") + 1);
    }
}
END_TEST

/* What the skipping scan takes for a number, the reading one does, and the other way. */
START_TEST(numbers_of_another_grammar_are_refused)
{
    static const char *const texts[] = {"01",  "+1",    ".5",   "1.",   "-",     "",
                                        "1e",  "1e+",   "1.e5", "0x10", "-01",   "1-2",
                                        "1_0", "1.5.5", "--1",  "NaN",  "1e5e5", "\"1\""};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct json_scan scan = scan_of(texts[i]);
        struct error err = {0};
        double value = 7;
        ck_assert_msg(json_scan_number(&scan, &value, &err) == -1, "%s", texts[i]);
        ck_assert_int_eq(err.code, ERROR_BAD_JSON);
        ck_assert_msg(strncmp(err.place, "byte ", 5) == 0, "%s", texts[i]);
        ck_assert(value == 7);
    }
}
END_TEST

START_TEST(a_number_beyond_a_double_is_told)
{
    static const char *const texts[] = {"1e309", "-1e309", "1.8e308", "1e999999999999"};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct json_scan scan = scan_of(texts[i]);
        struct error err = {0};
        double value = 7;
        ck_assert_int_eq(json_scan_number(&scan, &value, &err), -1);
        ck_assert_int_eq(err.code, ERROR_OUT_OF_RANGE);
        ck_assert_str_eq(err.place, "byte 0");
        ck_assert(value == 7);
    }
}
END_TEST

START_TEST(literals_are_read)
{
    struct json_scan scan = scan_of("[true,false , null]");
    struct error err = {0};
    enum json_kind kind;
    ck_assert_int_eq(json_scan_enter_array(&scan, &err), 0);
    static const enum json_kind kinds[] = {JSON_KIND_TRUE, JSON_KIND_FALSE,
                                           JSON_KIND_NULL};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(json_scan_next_element(&scan, &err), 1);
        ck_assert_int_eq(json_scan_literal(&scan, &kind, &err), 0);
        ck_assert_int_eq(kind, kinds[i]);
    }
    ck_assert_int_eq(json_scan_next_element(&scan, &err), 0);
}
END_TEST

/* ---- texts ---- */

static const struct {
    const char *written;
    const char *plain;
    bool has_escapes;
} texts[] = {
    {"\"\"", "", false},
    {"\"abc\"", "abc", false},
    {"\"\xc3\xa4\"", "\xc3\xa4", false},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", true},
    {"\"a\\u0041b\"", "aAb", true},
    {"\"\\u007f\\u0080\\u07FF\\u0800\\uffff\"",
     "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", true},
    {"\"\\ud800\\udc00\\uD83D\\uDE00\\udbff\\udfff\"",
     "\xf0\x90\x80\x80\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", true},
    {"\"\\\\u0041\"", "\\u0041", true},
    {"\"a text of more than eight bytes\\n\"", "a text of more than eight bytes\n", true},
};

START_TEST(texts_are_read_with_their_escapes)
{
    struct json_scan scan = scan_of(texts[_i].written);
    struct json_text text;
    struct error err = {0};
    ck_assert_int_eq(json_scan_string(&scan, &text, &err), 0);
    ck_assert_int_eq(text.has_escapes, texts[_i].has_escapes);
    ck_assert_uint_eq(text.n_bytes, strlen(texts[_i].written) - 2);
    ck_assert_int_eq(json_scan_finish(&scan, &err), 0);

    char *plain = memory_new(text.n_bytes, 1, NULL); /* just the room that is promised */
    size_t n = json_scan_unescape(&text, plain);
    ck_assert_uint_eq(n, strlen(texts[_i].plain));
    ck_assert_mem_eq(plain, texts[_i].plain, n);
    memory_free(plain);

    ck_assert(json_scan_text_is(&text, texts[_i].plain));
    char other[80];
    snprintf(other, sizeof(other), "%sx", texts[_i].plain);
    ck_assert(!json_scan_text_is(&text, other));
    if (n > 0) {
        other[n - 1] ^= 1;
        other[n] = '\0';
        ck_assert(!json_scan_text_is(&text, other));
        other[n - 1] = '\0';
        ck_assert(!json_scan_text_is(&text, other));
    }
}
END_TEST

START_TEST(a_nul_in_a_text_is_no_end)
{
    struct json_scan scan = scan_of("\"a\\u0000b\"");
    struct json_text text;
    char plain[8];
    ck_assert_int_eq(json_scan_string(&scan, &text, NULL), 0);
    ck_assert(!json_scan_text_is(&text, "a"));
    ck_assert_uint_eq(json_scan_unescape(&text, plain), 3);
    ck_assert_mem_eq(plain, "a\0b", 3);
}
END_TEST

/* The eight-byte steps must find each special byte at each place, and none besides. */
START_TEST(every_byte_at_every_place_of_a_string)
{
    for (size_t at = 0; at < 20; at++)
        for (int c = 0; c < 256; c++) {
            char text[24] = "\"aaaaaaaaaaaaaaaaaaaa\"";
            text[1 + at] = (char)c;
            bool is_good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            ck_assert_msg((check_alone(text, 22, NULL) == 0) == is_good, "%d at %zu", c,
                          at);
        }
}
END_TEST

START_TEST(nothing_is_allocated)
{
    struct error err = {0};
    memory_fail_after(0);
    ck_assert_int_eq(json_scan_check("{\"a\":[1,\"\\n\"]}", 14, &err), 0);
    ck_assert_int_eq(json_scan_check("[", 1, &err), -1);
    ck_assert_int_eq(memory_fail_after(-1), 0);
}
END_TEST

TCase *json_scan_test(void)
{
    TCase *tests = tcase_create("json_scan");
    tcase_add_loop_test(tests, what_is_json_passes, 0, (int)LENGTH(good));
    tcase_add_loop_test(tests, what_is_no_json_is_refused_at_its_byte, 0,
                        (int)LENGTH(bad));
    tcase_add_test(tests, a_nul_byte_is_refused_everywhere);
    tcase_add_test(tests, no_part_of_a_container_passes);
    tcase_add_test(tests, a_text_may_be_32_deep);
    tcase_add_test(tests, an_object_may_have_65536_keys);
    tcase_add_loop_test(tests, a_token_may_have_a_mebibyte, 0, (int)LENGTH(tokens));
    tcase_add_test(tests, peek_says_what_comes_next);
    tcase_add_test(tests, containers_are_walked);
    tcase_add_test(tests, each_reader_refuses_another_kind);
    tcase_add_test(tests, a_value_is_skipped_where_it_stands);
    tcase_add_test(tests, a_value_is_passed_over_by_its_brackets);
    tcase_add_loop_test(tests, many_rows_are_passed_over_to_their_end, 0, 4);
    tcase_add_test(tests, what_has_no_end_cannot_be_passed_over);
    tcase_add_test(tests, passing_over_goes_on_within_a_container);
    tcase_add_test(tests, runs_of_numbers_are_read_at_once);
    tcase_add_test(tests, a_run_of_numbers_ends_where_none_may_follow);
    tcase_add_test(tests, numbers_are_read_exactly);
    tcase_add_test(tests, numbers_of_another_grammar_are_refused);
    tcase_add_test(tests, a_number_beyond_a_double_is_told);
    tcase_add_test(tests, literals_are_read);
    tcase_add_loop_test(tests, texts_are_read_with_their_escapes, 0, (int)LENGTH(texts));
    tcase_add_test(tests, a_nul_in_a_text_is_no_end);
    tcase_add_test(tests, every_byte_at_every_place_of_a_string);
    tcase_add_test(tests, nothing_is_allocated);
    return tests;
}
