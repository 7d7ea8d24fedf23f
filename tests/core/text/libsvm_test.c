#include "core/text/libsvm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/text/number.h"
#include "tests/support/suite.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* What came out as text: "label|index:value …\n" of rows, "!code place\n" of refusals. */
static struct buffer seen;
static char first_message[256];

static void setup(void)
{
    memory_fail_after(-1);
    first_message[0] = '\0';
}

static void teardown(void)
{
    buffer_free(&seen);
}

static int see_row(void *context, const struct libsvm_row *row, struct error *err)
{
    (void)context, (void)err;
    buffer_printf(&seen, "%d:%s|", (int)row->row, row->label);
    if (row->label_bytes != strlen(row->label))
        ck_abort_msg("%s", row->label);
    for (size_t i = 0; i < row->n_entries; i++)
        buffer_printf(&seen, "%s%llu:%.17g", i ? " " : "",
                      (unsigned long long)row->entries[i].index, row->entries[i].value);
    buffer_append_byte(&seen, '\n');
    return 0;
}

static int see_problem(void *context, uint64_t row, const struct error *problem,
                       struct error *err)
{
    char place[32];
    (void)context, (void)err;
    snprintf(place, sizeof(place), "row %d", (int)row);
    ck_assert_int_eq(strncmp(problem->place, place, strlen(place)), 0);
    if (!first_message[0])
        memcpy(first_message, problem->message, sizeof(first_message));
    buffer_printf(&seen, "!%s %s\n", error_word(problem->code), problem->place);
    return 0;
}

/* In pieces that lie in blocks of their own, so that a sanitizer sees a read behind one.
 */
static int scan(const char *text, size_t n, size_t piece, struct error *err)
{
    struct libsvm_scanner *scanner = libsvm_new(see_row, see_problem, NULL, err);
    int result = scanner ? 0 : -1;
    for (size_t at = 0; result == 0 && at < n; at += piece) {
        size_t length = n - at < piece ? n - at : piece;
        char *copy = malloc(length);
        memcpy(copy, text + at, length);
        result = libsvm_push(scanner, copy, length, err);
        free(copy);
    }
    if (result == 0)
        result = libsvm_finish(scanner, err);
    libsvm_free(scanner);
    return result;
}

static void must_give_in(const char *text, size_t n, size_t piece, const char *expected)
{
    struct error err = {0};
    buffer_clear(&seen);
    ck_assert_msg(scan(text, n, piece, &err) == 0, "%s: %s", text, err.message);
    const char *found = seen.bytes ? seen.bytes : "";
    ck_assert_msg(strcmp(found, expected) == 0, "in pieces of %zu: %s gives %s", piece,
                  text, found);
}

static void must_give(const char *text, size_t n, const char *expected)
{
    for (size_t piece = 1; piece <= n + 1; piece += piece < 64 ? 1 : n / 7 + 1)
        must_give_in(text, n, piece, expected);
}

static const struct {
    const char *text, *rows;
} good[] = {
    {"", ""},
    {"\n\n \n# nothing\n", ""},
    {"1 1:2 3:4\n", "1:1|1:2 3:4\n"},
    {"1 1:2 3:4", "1:1|1:2 3:4\n"},
    {"+1 1:+0.5 2:-1e-3\r\n-1\r\n", "1:+1|1:0.5 2:-0.001\n2:-1|\n"},
    {"1\t5:1   7:2\t\n\n0 \n", "1:1|5:1 7:2\n2:0|\n"},
    {"1 5:1 # a comment 9:9\n2 # \n", "1:1|5:1\n2:2|\n"},
    {"1 5:1#9:9\n2#\n#\n3 1:1", "1:1|5:1\n2:2|\n3:3|1:1\n"},
    {"\xef\xbb\xbf"
     "1 2:3\n",
     "1:1|2:3\n"},
    {"1 9:1 0:2 5:3\n", "1:1|0:2 5:3 9:1\n"},
    {"1 007:1 8:2\n", "1:1|7:1 8:2\n"},
    {"1 3:0 4:-0.0 5:1e-400\n", "1:1|3:0 4:-0 5:0\n"},
    {"1 999999999999999999:1\n", "1:1|999999999999999999:1\n"},
    {"-1 |f 9:6.25e-02 14:3\n1 | 2:1\n", "1:-1|9:0.0625 14:3\n2:1|2:1\n"},
    {"spam 1:1\n1,2 3:4\n", "1:spam|1:1\n2:1,2|3:4\n"},
};

START_TEST(text_gives_its_rows_however_it_is_cut)
{
    must_give(good[_i].text, strlen(good[_i].text), good[_i].rows);
}
END_TEST

static const struct {
    const char *text, *seen, *message;
} bad[] = {
    {"1 1:2\n1 qid:3 1:2\n2 2:2\n", "1:1|1:2\n!unsupported row 2\n3:2|2:2\n",
     "line 2, character 3: qid marks groups"},
    {"\n# x\n1 1:2 x\n", "!bad_libsvm row 1\n", "line 3, character 7: a field"},
    {"1 5\n", "!bad_libsvm row 1\n", "line 1, character 3: a field"},
    {"1 :5\n", "!bad_libsvm row 1\n", "line 1, character 3: a field"},
    {"1 -1:5\n", "!bad_libsvm row 1\n", "line 1, character 3: a field"},
    {"1 1.5:5\n", "!bad_libsvm row 1\n", "line 1, character 3: a field"},
    {"1 1000000000000000000:5\n", "!bad_libsvm row 1\n", "line 1, character 3: a field"},
    {"1 3:\n", "!not_a_number row 1, column 3\n",
     "line 1, character 5: the value is not"},
    {"1 3: 4\n", "!not_a_number row 1, column 3\n",
     "line 1, character 5: the value is not"},
    {"1 3:x 4:y\n2 1:1\n", "!not_a_number row 1, column 3\n2:2|1:1\n",
     "line 1, character 5: the value is not"},
    {"1 3:1,5\n", "!not_a_number row 1, column 3\n",
     "line 1, character 5: the value is not"},
    {"1 3:0x1p3\n", "!not_a_number row 1, column 3\n",
     "line 1, character 5: the value is not"},
    {"1 3:nan\n", "!non_finite row 1, column 3\n",
     "line 1, character 5: the value is infinite"},
    {"1 3:-Inf\n", "!non_finite row 1, column 3\n",
     "line 1, character 5: the value is infinite"},
    {"1 3:1e309\n", "!non_finite row 1, column 3\n",
     "line 1, character 5: the value is infinite"},
    {"1 3:1 3:2\n", "!duplicate_column row 1, column 3\n",
     "line 1, character 10: the row has"},
    {"1 3:1 1:1 3:0\n", "!duplicate_column row 1, column 3\n",
     "line 1, character 14: the row has"},
    {"2:1 3:1\n4 4:4", "!bad_libsvm row 1, column label\n2:4|4:4\n",
     "line 1, character 1: a row begins with its label"},
    {"1 1:1 |g 2:2\n", "!bad_libsvm row 1\n", "line 1, character 7: a field"},
    {"1 |f |g 2:2\n", "!bad_libsvm row 1\n", "line 1, character 6: a field"},
};

START_TEST(a_malformed_line_is_told_and_passed_over)
{
    must_give(bad[_i].text, strlen(bad[_i].text), bad[_i].seen);
    ck_assert_msg(strncmp(first_message, bad[_i].message, strlen(bad[_i].message)) == 0,
                  "%s: %s", bad[_i].text, first_message);
}
END_TEST

START_TEST(a_nul_is_no_part_of_a_label_or_number)
{
    must_give("1\0 1:2\n", 7, "!bad_libsvm row 1, column label\n");
    must_give("1 1:2\0 3:4\n", 11, "!not_a_number row 1, column 1\n");
}
END_TEST

START_TEST(a_field_is_of_bounded_length_wherever_it_is_cut)
{
    static const size_t lengths[] = {LIBSVM_MOST_FIELD_BYTES, LIBSVM_MOST_FIELD_BYTES + 1,
                                     5000};
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        char text[6000] = "1 2:0.";
        memset(text + 6, '0', lengths[i] - 5);
        strcpy(text + 2 + lengths[i] - 1, "7\n");
        ck_assert_uint_eq(strlen(text), 2 + lengths[i] + 1);
        must_give(text, strlen(text),
                  i == 0 ? "1:1|2:0\n" : "!not_a_number row 1, column 2\n");
    }
}
END_TEST

START_TEST(a_long_comment_is_passed_over)
{
    char text[5000] = "1 2:3 #";
    memset(text + 7, 'x', 4000);
    strcat(text, "\n4 5:6\n");
    must_give(text, strlen(text), "1:1|2:3\n2:4|5:6\n");
}
END_TEST

START_TEST(many_entries_are_one_row)
{
    struct buffer text = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&text, "1");
    for (unsigned i = 0; i < LIBSVM_MOST_ENTRIES; i++)
        buffer_printf(&text, " %u:1", i);
    ck_assert_int_eq(scan(text.bytes, text.n_bytes, 65536, &err), 0);
    ck_assert_int_eq(strncmp(seen.bytes, "1:1|0:1 1:1 ", 12), 0);
    buffer_printf(&text, " %u:1\n2 1:1\n", LIBSVM_MOST_ENTRIES);
    buffer_clear(&seen);
    ck_assert_int_eq(scan(text.bytes, text.n_bytes, 65536, &err), 0);
    ck_assert_str_eq(seen.bytes, "!too_large row 1\n2:2|1:1\n");
    buffer_free(&text);
}
END_TEST

static int stop_at_row(void *context, const struct libsvm_row *row, struct error *err)
{
    (void)context, (void)row;
    return error_set(err, ERROR_IO, "no more");
}

static int stop_at_problem(void *context, uint64_t row, const struct error *problem,
                           struct error *err)
{
    (void)context, (void)row;
    return error_copy(err, problem);
}

START_TEST(whoever_is_told_may_end_the_scan)
{
    static const char *const texts[] = {"1 1:1\n", "1 x\n"};
    static const enum error_code codes[] = {ERROR_IO, ERROR_BAD_LIBSVM};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct error err = {0};
        struct libsvm_scanner *scanner =
            libsvm_new(stop_at_row, stop_at_problem, NULL, &err);
        ck_assert_int_eq(libsvm_push(scanner, texts[i], strlen(texts[i]), &err), -1);
        ck_assert_int_eq(err.code, codes[i]);
        libsvm_free(scanner);
    }
}
END_TEST

/* Short pieces are read a field at a time. */
START_TEST(fields_read_together_are_those_read_alone)
{
    static const char *const pieces[] = {
        " 7:1",        " 12:0.25",   " 3:-17",        " 123456:1e-3",
        " 99999999:5", "  8:2",      "\t9:3.5",       " 123456789:4",
        " 4:",         " 5:x",       " 6:1e400",      " 7:12345678901234567",
        "\n1 1:1",     "\r\n-1 2:2", " 1:3#c 2:4\n0", " 1:2 ",
        "\n\n2",       "\n3 |f 1:1", " qid:3",        " 2:00.500"};
    struct random random = random_start(11, (uint64_t)_i);
    struct buffer text = BUFFER_EMPTY;
    size_t n_common = _i % 2 ? 5 : LENGTH(pieces);
    buffer_append_string(&text, "1");
    for (size_t i = 0; i < 400; i++)
        buffer_append_string(
            &text, pieces[random_below(
                       &random, random_below(&random, 9) ? n_common : LENGTH(pieces))]);
    buffer_append_byte(&text, '\0');
    buffer_clear(&seen);
    ck_assert_int_eq(scan(text.bytes, text.n_bytes - 1, 60, NULL), 0);
    char *expected = memory_copy(seen.bytes, seen.n_bytes + 1, NULL);
    must_give_in(text.bytes, text.n_bytes - 1, text.n_bytes, expected);
    must_give_in(text.bytes, text.n_bytes - 1, 333, expected);
    memory_free(expected);
    buffer_free(&text);
}
END_TEST

START_TEST(want_of_memory_is_told)
{
    static const char text[] = "1 1:1 2:2\n2 5:5";
    for (long n = 0;; n++) {
        struct error err = {0};
        buffer_clear(&seen);
        buffer_append_string(&seen, "                                            ");
        buffer_clear(&seen);
        memory_fail_after(n);
        int result = scan(text, sizeof(text) - 1, 4, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 100);
    }
    ck_assert_str_eq(seen.bytes, "1:1|1:1 2:2\n2:2|5:5\n");
}
END_TEST

/* ---- long lines, where fields are read in words and vectors ---- */

static const char *const odd_fields[] = {
    "1234567:1",  "12345678:2", "999999999999999999:3",
    "0:4",        "7:-0",       "8:0",
    "9:+1",       "10:1e3",     "11:.5",
    "12:5.",      "13:007",     "14:2.50",
    "15:1e-400",  "16:inf",     "17:1e999",
    "18:x",       "19:",        ":5",
    "20:1#c",     "21:1\x01",   "22:1:2",
    "23",         "-1:5",       "24:--1",
    "25:1,2",     "26:\xff",    "27:12345678901234567",
    "28:1\t29:2", "30:1\r"};

/* Columns ascend, so that none comes twice. */
static size_t make_lines(char *text, size_t most, struct random *random)
{
    size_t n = 0;
    uint64_t index = 100;
    uint64_t one_in = 20 + random_below(random, 1000);
    while (n + 60 < most) {
        if (n == 0 || text[n - 1] == '\n')
            n += (size_t)sprintf(text + n, "%d", random_below(random, 2) ? 1 : -1);
        index += 1 + random_below(random, 1000);
        if (random_below(random, one_in) == 0)
            n += (size_t)sprintf(text + n, " %s",
                                 odd_fields[random_below(random, LENGTH(odd_fields))]);
        else
            n += (size_t)sprintf(text + n, " %llu:%.*g", (unsigned long long)index,
                                 1 + (int)random_below(random, 17),
                                 random_normal(random) * 100);
        if (random_below(random, 12) == 0)
            text[n++] = '\n';
    }
    text[n] = '\0';
    return n;
}

START_TEST(long_lines_are_read_the_same_however_they_are_cut)
{
    struct random random = random_start(12, 0);
    for (int i = 0; i < 500; i++) {
        char text[3000];
        size_t n = make_lines(text, 200 + random_below(&random, 2700), &random);
        struct error err = {0};
        buffer_clear(&seen);
        ck_assert_int_eq(scan(text, n, 1, &err), 0);
        struct buffer expected = seen;
        seen = BUFFER_EMPTY;
        for (int k = 0; k < 8; k++)
            must_give_in(text, n, 2 + random_below(&random, k < 4 ? 64 : n),
                         expected.bytes);
        buffer_free(&expected);
    }
}
END_TEST

TCase *libsvm_test(void)
{
    TCase *tcase = tcase_create("libsvm");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, text_gives_its_rows_however_it_is_cut, 0, LENGTH(good));
    tcase_add_loop_test(tcase, a_malformed_line_is_told_and_passed_over, 0, LENGTH(bad));
    tcase_add_test(tcase, a_nul_is_no_part_of_a_label_or_number);
    tcase_add_test(tcase, a_field_is_of_bounded_length_wherever_it_is_cut);
    tcase_add_test(tcase, a_long_comment_is_passed_over);
    tcase_add_test(tcase, many_entries_are_one_row);
    tcase_add_test(tcase, whoever_is_told_may_end_the_scan);
    tcase_add_test(tcase, long_lines_are_read_the_same_however_they_are_cut);
    tcase_add_loop_test(tcase, fields_read_together_are_those_read_alone, 0, 40);
    tcase_add_test(tcase, want_of_memory_is_told);
    return tcase;
}
