#include "server/gate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

/* ---- a head, cut up in place as libmicrohttpd does it ---- */

#define MOST_FIELDS 100

struct cut_head {
    char *bytes;  /* the head, with NULs where a piece ends */
    char *target; /* a copy, made before */
    char *folds;  /* where names with continued lines are put together */
    size_t n_folded;
    struct gate_field fields[MOST_FIELDS];
    struct gate_head head;
};

/* The next line, ended by CR LF or LF, both of which become NUL. */
static char *cut_line(char **at)
{
    char *line = *at;
    char *end = line;
    while (*end != '\n')
        end++;
    *at = end + 1;
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

/* "METHOD SP TARGET SP VERSION", lenient about more blanks; the line may have a NUL. */
static void cut_first_line(struct cut_head *cut, char *line, size_t n)
{
    char *place = memchr(line, ' ', n);
    *place++ = '\0';
    while (*place == ' ')
        place++;
    char *version = line + n - 1;
    while (*version != ' ')
        version--;
    *version++ = '\0';
    cut->head.method = line;
    cut->head.place = place;
    cut->head.version = version;
    cut->target = memory_copy_string(place, NULL);
    cut->head.target = cut->target;
    cut->head.target_bytes = strlen(place);
}

static void cut_field(struct cut_head *cut, char *line)
{
    struct gate_field *field = &cut->fields[cut->head.n_fields++];
    char *value = line + strcspn(line, ":");
    if (*value)
        *value++ = '\0';
    value += strspn(value, " \t");
    *field = (struct gate_field){line, strlen(line), value, strlen(value)};
}

/* libmicrohttpd copies the name and glues the line to it. */
static void cut_fold(struct cut_head *cut, const char *line)
{
    struct gate_field *field = &cut->fields[cut->head.n_fields - 1];
    char *name = cut->folds + cut->n_folded;
    memcpy(name, field->name, field->name_bytes);
    strcpy(name + field->name_bytes, line + strspn(line, " \t"));
    field->name = name;
    field->name_bytes = strlen(name);
    cut->n_folded += field->name_bytes + 1;
}

static struct cut_head cut_up(const char *text, size_t n)
{
    struct cut_head cut = {.bytes = memory_copy_text(text, n, NULL),
                           .folds = memory_new(n, 2, NULL)};
    char *at = cut.bytes;
    size_t n_first = strcspn(text, "\r\n");
    if (n_first < n && text[n_first] == '\0') /* a NUL is no end */
        n_first += 1 + strcspn(text + n_first + 1, "\r\n");
    at += n_first;
    cut_line(&at);
    cut_first_line(&cut, cut.bytes, n_first);
    for (;;) {
        char *line = cut_line(&at);
        if (line[0] == '\0')
            break;
        if ((line[0] == ' ' || line[0] == '\t') && cut.head.n_fields > 0)
            cut_fold(&cut, line);
        else
            cut_field(&cut, line);
    }
    cut.head.n_bytes = (size_t)(at - cut.bytes);
    return cut;
}

static void cut_free(struct cut_head *cut)
{
    memory_free(cut->bytes);
    memory_free(cut->target);
    memory_free(cut->folds);
}

static enum gate_reason check_bytes(const char *text, size_t n,
                                    struct gate_result *result)
{
    struct cut_head cut = cut_up(text, n);
    cut.head.fields = cut.fields;
    enum gate_reason reason = gate_check(&cut.head, result);
    cut_free(&cut);
    return reason;
}

static enum gate_reason check(const char *text)
{
    struct gate_result result;
    return check_bytes(text, strlen(text), &result);
}

/* ---- the rules ---- */

struct rule {
    const char *head; /* without the empty line, which is added */
    enum gate_reason reason;
};

#define HOST "Host: a\r\n"
static const struct rule rules[] = {
    {"GET / HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"HEAD /livez HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"POST /v1/jobs HTTP/1.1\r\n" HOST "Content-Length: 17\r\n", GATE_PASSED},
    {"PUT /v1/jobs HTTP/1.1\r\n" HOST "content-length:17\r\n", GATE_PASSED},
    {"POST /cancel HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"DELETE /v1/jobs/x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n", GATE_PASSED},
    {"GET / HTTP/1.0\r\n", GATE_PASSED},
    {"GET / HTTP/1.2\r\n" HOST, GATE_PASSED},
    {"GET http://a.example:80/x?y HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"GET HTTPS://a/ HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"GET /%00?%zz HTTP/1.1\r\n" HOST, GATE_PASSED}, /* the router's to refuse */
    {"GET / HTTP/1.1\r\n" HOST "X-Empty:\r\nX-Blank: \t \r\nX: a\tb\r\n", GATE_PASSED},
    {"GET / HTTP/1.1\r\n" HOST "X: a\xc3\xa9\r\nX: twice\r\n", GATE_PASSED},

    /* the first line */
    {"get / HTTP/1.1\r\n" HOST, GATE_UNKNOWN_METHOD},
    {"Patch / HTTP/1.1\r\n" HOST, GATE_UNKNOWN_METHOD},
    {"CONNECT a:80 HTTP/1.1\r\n" HOST, GATE_UNKNOWN_METHOD},
    {"BREW / HTTP/1.1\r\n" HOST, GATE_UNKNOWN_METHOD},
    {"PATCH / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n", GATE_PASSED}, /* 405 later */
    {"OPTIONS / HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"OPTIONS * HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"TRACE / HTTP/1.1\r\n" HOST, GATE_PASSED},
    {"GET / HTTP/2.0\r\n" HOST, GATE_UNKNOWN_VERSION},
    {"GET / HTTP/0.9\r\n" HOST, GATE_UNKNOWN_VERSION},
    {"GET / http/1.1\r\n" HOST, GATE_UNKNOWN_VERSION},
    {"GET / HTTP/1.11\r\n" HOST, GATE_UNKNOWN_VERSION},
    {"GET / HTTP/1.\r\n" HOST, GATE_UNKNOWN_VERSION},
    {"GET * HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET a/b HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET http://a HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET ftp://a/ HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET /a b HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET /\x01 HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET /\x7f HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET /a#b HTTP/1.1\r\n" HOST, GATE_BAD_TARGET},
    {"GET  / HTTP/1.1\r\n" HOST, GATE_MALFORMED_HEAD},

    /* the lines */
    {"GET / HTTP/1.1\n" HOST, GATE_MALFORMED_HEAD},
    {"GET / HTTP/1.1\r\nHost: a\n", GATE_MALFORMED_HEAD},
    {"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n", GATE_MALFORMED_HEAD},
    {"GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\nY: c\r\n", GATE_MALFORMED_HEAD},
    {"POST / HTTP/1.1\r\n" HOST "X: a\r\n b\r\nContent-Length: 3\r\n",
     GATE_MALFORMED_HEAD},
    {"GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n", GATE_BAD_HEADER_VALUE},
    {"GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n", GATE_BAD_HEADER_VALUE},
    {"GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n", GATE_BAD_HEADER_VALUE},
    {"GET / HTTP/1.1\r\n" HOST "X : a\r\n", GATE_BAD_HEADER_NAME},
    {"GET / HTTP/1.1\r\n" HOST "X\t: a\r\n", GATE_BAD_HEADER_NAME},
    {"GET / HTTP/1.1\r\n" HOST ": a\r\n", GATE_BAD_HEADER_NAME},
    {"GET / HTTP/1.1\r\n" HOST "X(y): a\r\n", GATE_BAD_HEADER_NAME},
    {"GET / HTTP/1.1\r\n" HOST "X\xc3\xa9: a\r\n", GATE_BAD_HEADER_NAME},
    {"GET / HTTP/1.1\r\n X: a\r\n" HOST, GATE_BAD_HEADER_NAME},

    /* where the request ends */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n",
     GATE_REPEATED_HEADER},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\ncontent-length: 4\r\n",
     GATE_REPEATED_HEADER},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3 \r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n", GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1234567890123456789\r\n",
     GATE_BAD_CONTENT_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length : 3\r\n", GATE_BAD_HEADER_NAME},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n 0\r\n", GATE_BAD_HEADER_NAME},
    {"POST / HTTP/1.1\r\n" HOST "Content-LengthX: 3\r\n", GATE_BAD_HEADER_NAME},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding-: chunked\r\n", GATE_BAD_HEADER_NAME},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\n chunked\r\n",
     GATE_BAD_HEADER_NAME},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n", GATE_LENGTH_REQUIRED},
    {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked \r\n", GATE_LENGTH_REQUIRED},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
     GATE_AMBIGUOUS_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: identity\r\n",
     GATE_AMBIGUOUS_LENGTH},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", GATE_AMBIGUOUS_LENGTH},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n",
     GATE_UNKNOWN_CODING},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n", GATE_UNKNOWN_CODING},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;q=1\r\n",
     GATE_UNKNOWN_CODING},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n", GATE_UNKNOWN_CODING},
    {"POST / HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
     GATE_UNKNOWN_CODING},
    {"GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n", GATE_UNEXPECTED_BODY},
    {"HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n", GATE_UNEXPECTED_BODY},
    {"DELETE / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n", GATE_UNEXPECTED_BODY},
    {"TRACE / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n", GATE_UNEXPECTED_BODY},

    /* other fields */
    {"GET / HTTP/1.1\r\n", GATE_MISSING_HOST},
    {"GET / HTTP/1.9\r\nX: a\r\n", GATE_MISSING_HOST},
    {"GET / HTTP/1.1\r\n" HOST HOST, GATE_REPEATED_HEADER},
    {"GET / HTTP/1.0\r\n" HOST HOST, GATE_REPEATED_HEADER},
    {"GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n",
     GATE_REPEATED_HEADER},
    {"GET / HTTP/1.1\r\n" HOST "Content-Type: a\r\ncontent-type: b\r\n",
     GATE_REPEATED_HEADER},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n", GATE_PASSED},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\n", GATE_BAD_EXPECTATION},
    {"POST / HTTP/1.1\r\n" HOST "Expect:\r\n", GATE_BAD_EXPECTATION},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nExpect: 100-continue\r\n",
     GATE_BAD_EXPECTATION},
    {"POST / HTTP/1.0\r\nExpect: 200-ok\r\n", GATE_PASSED},
};
#define N_RULES ((int)(sizeof(rules) / sizeof(*rules)))

START_TEST(gate_holds_its_rules)
{
    const struct rule *rule = &rules[_i];
    char head[512];
    /* What a bare LF ends, a bare LF may end altogether. */
    snprintf(head, sizeof(head), "%s\r\n", rule->head);
    enum gate_reason reason = check(head);
    ck_assert_msg(reason == rule->reason, "%s instead of %s for:\n%s", gate_code(reason),
                  gate_code(rule->reason), head);
}
END_TEST

/* ---- what strings cannot show ---- */

static const struct {
    const char *head;
    size_t n;
} with_nul[] = {
#define BYTES(text)                                                                      \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    }
    BYTES("GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    BYTES("GET\0 / HTTP/1.1\r\nHost: a\r\n\r\n"),
    BYTES("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nHost: a\r\nX: b\0: c\r\n\r\n"),
    BYTES("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\0\x30\r\n\r\n"),
};

/* RFC 9110, 5.6.2: tchar. What ends a name or a line is left out. */
START_TEST(gate_takes_names_of_token_characters_alone)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (int c = 1; c < 256; c++) {
        char text[64];
        bool is_token = (c < 128 && isalnum(c)) || strchr(others, c);
        if (c == ':' || c == '\r' || c == '\n')
            continue;
        sprintf(text, "GET / HTTP/1.1\r\n" HOST "X%cy: a\r\n\r\n", c);
        ck_assert_msg(check(text) == (is_token ? GATE_PASSED : GATE_BAD_HEADER_NAME),
                      "byte %d", c);
    }
}
END_TEST

START_TEST(gate_finds_what_hides_behind_a_nul)
{
    struct gate_result result;
    enum gate_reason reason = check_bytes(with_nul[_i].head, with_nul[_i].n, &result);
    ck_assert_msg(reason != GATE_PASSED, "head %d passed", _i);
}
END_TEST

START_TEST(gate_tells_what_a_head_says)
{
    static const char text[] = "PUT http://h:1/a/b?c=d HTTP/1.1\r\nHost: h\r\n"
                               "Content-Length: 042\r\nExpect: 100-continue\r\n\r\n";
    struct cut_head cut = cut_up(text, strlen(text));
    struct gate_result result;
    cut.head.fields = cut.fields;
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_PASSED);
    ck_assert_int_eq(result.method, METHOD_PUT);
    ck_assert_str_eq(result.path, "/a/b?c=d");
    ck_assert(result.has_length);
    ck_assert_uint_eq(result.content_length, 42);
    ck_assert(result.expects_continue);
    cut_free(&cut);
}
END_TEST

START_TEST(gate_takes_the_longest_length_that_it_reads)
{
    static const char text[] = "POST / HTTP/1.1\r\nHost: h\r\n"
                               "Content-Length: 999999999999999999\r\n\r\n";
    struct gate_result result;
    ck_assert_int_eq(check_bytes(text, strlen(text), &result), GATE_PASSED);
    ck_assert_uint_eq(result.content_length, 999999999999999999U);
}
END_TEST

/* The pieces of a head may neither leave bytes out nor overlap. */
START_TEST(gate_accounts_for_every_byte)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: abc\r\nX: def\r\n\r\n";
    struct cut_head cut = cut_up(text, strlen(text));
    struct gate_field *host = &cut.fields[0];
    const struct gate_field whole = *host;
    struct gate_result result;
    cut.head.fields = cut.fields;
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_PASSED);
    *host = (struct gate_field){whole.name, whole.name_bytes, whole.value + 1,
                                whole.value_bytes - 1}; /* a byte left out before it */
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    *host = (struct gate_field){whole.name, whole.name_bytes, whole.value,
                                whole.value_bytes - 1}; /* behind it */
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    *host = whole;
    cut.head.n_bytes++;
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    cut.head.n_bytes--;
    cut.head.place++;
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    cut.head.place--;
    cut.head.n_fields = 1; /* a field left out */
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    cut.head.n_fields = 2;
    memcpy(cut.bytes + (cut.fields[1].name - cut.bytes), "X--",
           3); /* name and value overlap */
    cut.fields[1].name_bytes = 6;
    ck_assert_int_eq(gate_check(&cut.head, &result), GATE_MALFORMED_HEAD);
    cut_free(&cut);
}
END_TEST

/* ---- sizes ---- */

/* "GET /aaa… HTTP/1.1" with a target of n bytes. */
static enum gate_reason check_target_of(size_t n)
{
    char head[4096];
    size_t at = (size_t)snprintf(head, sizeof(head), "GET /");
    memset(head + at, 'a', n - 1);
    snprintf(head + at + n - 1, sizeof(head) - at - n, " HTTP/1.1\r\n" HOST "\r\n");
    return check(head);
}

START_TEST(gate_bounds_the_target)
{
    ck_assert_int_eq(check_target_of(GATE_MOST_TARGET_BYTES), GATE_PASSED);
    ck_assert_int_eq(check_target_of(GATE_MOST_TARGET_BYTES + 1), GATE_TARGET_TOO_LONG);
}
END_TEST

static enum gate_reason check_n_fields(size_t n)
{
    char head[4096];
    size_t at = (size_t)snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n" HOST);
    for (size_t i = 1; i < n; i++)
        at += (size_t)snprintf(head + at, sizeof(head) - at, "X-%zu: y\r\n", i);
    snprintf(head + at, sizeof(head) - at, "\r\n");
    return check(head);
}

START_TEST(gate_bounds_the_number_of_fields)
{
    ck_assert_int_eq(check_n_fields(GATE_MOST_FIELDS), GATE_PASSED);
    ck_assert_int_eq(check_n_fields(GATE_MOST_FIELDS + 1), GATE_TOO_MANY_HEADERS);
}
END_TEST

/* A field whose name and value have n bytes together. */
static enum gate_reason check_field_of(size_t n)
{
    static char head[GATE_MOST_FIELD_BYTES + 128];
    size_t at = (size_t)snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n" HOST "X: ");
    memset(head + at, 'a', n - 1);
    snprintf(head + at + n - 1, sizeof(head) - at - n, "\r\n\r\n");
    return check(head);
}

START_TEST(gate_bounds_a_field)
{
    ck_assert_int_eq(check_field_of(GATE_MOST_FIELD_BYTES), GATE_PASSED);
    ck_assert_int_eq(check_field_of(GATE_MOST_FIELD_BYTES + 1), GATE_HEADER_TOO_LARGE);
}
END_TEST

START_TEST(gate_bounds_the_whole_head)
{
    char head[GATE_MOST_HEAD_BYTES + 2] = "GET / HTTP/1.1\r\n" HOST;
    for (size_t n = 0; n < 2; n++) {
        size_t n_bytes = GATE_MOST_HEAD_BYTES + n;
        for (size_t at = strlen("GET / HTTP/1.1\r\n" HOST); at < n_bytes - 2;) {
            size_t n_field = n_bytes - 2 - at < 6000 ? n_bytes - 2 - at : 6000;
            memset(head + at, 'a', n_field);
            head[at + 1] = ':';
            memcpy(head + at + n_field - 2, "\r\n", 2);
            at += n_field;
        }
        memcpy(head + n_bytes - 2, "\r\n", 3);
        ck_assert_int_eq(check(head), n == 0 ? GATE_PASSED : GATE_HEAD_TOO_LARGE);
    }
}
END_TEST

START_TEST(gate_names_each_reason_once_with_a_status)
{
    for (int i = GATE_PASSED + 1; i < GATE_N_REASONS; i++) {
        enum gate_reason reason = (enum gate_reason)i;
        ck_assert_int_ge(gate_status(reason), 400);
        ck_assert_int_lt(gate_status(reason), 506);
        ck_assert_uint_gt(strlen(gate_detail(reason)), 10);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(gate_code(reason), gate_code((enum gate_reason)j));
    }
}
END_TEST

TCase *gate_test(void)
{
    TCase *cases = tcase_create("gate");
    tcase_add_loop_test(cases, gate_holds_its_rules, 0, N_RULES);
    tcase_add_loop_test(cases, gate_finds_what_hides_behind_a_nul, 0,
                        (int)(sizeof(with_nul) / sizeof(*with_nul)));
    tcase_add_test(cases, gate_takes_names_of_token_characters_alone);
    tcase_add_test(cases, gate_tells_what_a_head_says);
    tcase_add_test(cases, gate_takes_the_longest_length_that_it_reads);
    tcase_add_test(cases, gate_accounts_for_every_byte);
    tcase_add_test(cases, gate_bounds_the_target);
    tcase_add_test(cases, gate_bounds_the_number_of_fields);
    tcase_add_test(cases, gate_bounds_a_field);
    tcase_add_test(cases, gate_bounds_the_whole_head);
    tcase_add_test(cases, gate_names_each_reason_once_with_a_status);
    return cases;
}
