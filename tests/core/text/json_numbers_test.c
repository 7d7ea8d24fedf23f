#include "core/text/json_numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "core/text/json_scan.h"
#include "tests/support/suite.h"

#define MOST 700

/* ---- by itself ---- */

/* In a block of its own size, so that the sanitizer sees a read behind it. */
static void must_read(const char *text, size_t n_expected, size_t n_used_expected)
{
    double values[100];
    size_t n_used = 99, n = strlen(text);
    char *copy = malloc(n + 1);
    ck_assert_ptr_nonnull(copy);
    copy[0] = '['; /* may be read */
    memcpy(copy + 1, text, n);
    size_t n_read = json_numbers_read(copy + 1, 1, n, values, 100, &n_used);
    free(copy);
    ck_assert_msg(n_read == n_expected && n_used == n_used_expected,
                  "%s: %zu numbers, %zu bytes", text, n_read, n_used);
}

START_TEST(numbers_up_to_the_bracket_are_read)
{
    must_read("1,2,3]", 3, 5);
    must_read("1]", 1, 1);
    must_read("1],2]", 1, 1);
    must_read("\n  1.5,\t-2e3,\r\n 0.25],[4]", 3, 20);
    must_read("-0,0,-0.0,1E+2]", 4, 14);
}
END_TEST

START_TEST(they_end_at_what_is_none)
{
    must_read("1,null,2]", 1, 1);
    must_read("1,\"2,3\",4]", 1, 1);
    must_read("[1],2]", 0, 0);
    must_read("1,01,2]", 1, 1);
    must_read("1,.5]", 1, 1);
    must_read("1,5.]", 1, 1);
    must_read("1,-]", 1, 1);
    must_read("1,1e999]", 1, 1);
    must_read("1,,2]", 1, 1);
    must_read("1 ,2]", 0, 0); /* which is for the slower way */
    must_read("1,2", 1, 1);
    must_read("", 0, 0);
}
END_TEST

/* ---- beside the slower way ---- */

struct outcome {
    double values[MOST];
    size_t n;
    int more;
    struct error err;
};

/* Up to three at a time are read one by one. */
static void read_array(const char *text, size_t n_bytes, size_t at_once,
                       struct outcome *out)
{
    struct json_scan scan = json_scan_start(text, n_bytes);
    *out = (struct outcome){.more = 1};
    ck_assert_int_eq(json_scan_enter_array(&scan, &out->err), 0);
    while (out->more == 1) {
        size_t n_read = 0, room = MOST - out->n;
        out->more =
            json_scan_next_numbers(&scan, out->values + out->n,
                                   room < at_once ? room : at_once, &n_read, &out->err);
        out->n += n_read;
        if (out->more != 1 || out->n == MOST)
            break;
        if (json_scan_peek(&scan) != JSON_KIND_NUMBER) {
            out->more = json_scan_skip(&scan, &out->err) < 0 ? -1 : 1;
        } else if (json_scan_number(&scan, &out->values[out->n], &out->err) < 0) {
            out->more = -1;
        } else {
            out->n++;
        }
    }
}

static void must_agree(const char *text, size_t n_bytes)
{
    static struct outcome fast, slow;
    char *copy = malloc(n_bytes);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, n_bytes);
    read_array(copy, n_bytes, 3, &slow);
    read_array(copy, n_bytes, MOST, &fast);
    free(copy);
    bool same = fast.more == slow.more && fast.err.code == slow.err.code &&
                strcmp(fast.err.place, slow.err.place) == 0;
    if (fast.more >= 0)
        same = same && fast.n == slow.n &&
               memcmp(fast.values, slow.values, fast.n * sizeof(double)) == 0;
    ck_assert_msg(same, "%.*s: %zu and %zu, %d and %d, %s and %s", (int)n_bytes, text,
                  fast.n, slow.n, fast.more, slow.more, fast.err.place, slow.err.place);
}

static size_t put_number(struct random *random, char *at)
{
    static const double scales[] = {2, 1, 1e-2, 1e3, 1e-9, 1e17, 1e300};
    double value = (random_uniform(random) - .5) * scales[random_below(random, 7)];
    switch (random_below(random, 5)) {
    case 0:
        return (size_t)sprintf(at, "%.17g", value);
    case 1:
        return (size_t)sprintf(at, "%g", value);
    default:
        return (size_t)sprintf(at, "%.*f", (int)random_below(random, 18), value);
    }
}

/* Sometimes not quite an array of numbers. */
static size_t put_array(struct random *random, char *text)
{
    static const char *const separators[] = {",", ", ", ",\n\t", " ,", ",,"};
    static const char *const others[] = {"null", "\"a,b]\"", "[1]", "01", "-01",
                                         "-0",   "1.",       "-",   "1e5"};
    size_t n = random_below(random, 120), n_separators = random_below(random, 40) ? 3 : 5;
    size_t which = random_below(random, n_separators);
    char *at = text;
    *at++ = '[';
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            at += sprintf(at, "%s", separators[which]);
        if (random_below(random, 60) == 0)
            at += sprintf(at, "%s", others[random_below(random, 9)]);
        else
            at += put_number(random, at);
    }
    *at++ = ']';
    return (size_t)(at - text);
}

START_TEST(many_at_once_are_what_one_by_one_are)
{
    static char text[120 * 400];
    struct random random = random_start((uint64_t)_i, 0);
    for (int i = 0; i < 500; i++) {
        size_t n = put_array(&random, text);
        must_agree(text, n);
        must_agree(text, 1 + random_below(&random, n)); /* cut off */
    }
}
END_TEST

TCase *json_numbers_test(void)
{
    TCase *tcase = tcase_create("json_numbers");
    tcase_add_test(tcase, numbers_up_to_the_bracket_are_read);
    tcase_add_test(tcase, they_end_at_what_is_none);
    tcase_add_loop_test(tcase, many_at_once_are_what_one_by_one_are, 0, 8);
    return tcase;
}
