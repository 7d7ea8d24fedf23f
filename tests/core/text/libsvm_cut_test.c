#include "core/text/libsvm_cut.h"

#include <check.h>
#include <string.h>

#include "core/base/random.h"

enum { BLOCKS = 12, BYTES = BLOCKS * CSV_MARKS_BLOCK };

static void cut_all(struct libsvm_cut *cut, const char *text,
                    bool (*cut_block)(struct libsvm_cut *, const char *, size_t))
{
    *cut = (struct libsvm_cut){.start = 0};
    for (size_t at = 0; at < BYTES; at += CSV_MARKS_BLOCK)
        if (!cut_block(cut, text, at))
            break;
}

static void compare(const char *text)
{
    struct libsvm_cut one, other;
    cut_all(&one, text, libsvm_cut_block);
    cut_all(&other, text, libsvm_cut_block_portable);
    if (one.n != other.n || one.has_colon != other.has_colon ||
        memcmp(one.values, other.values, one.n * sizeof(*one.values)) != 0)
        ck_abort_msg("%zu and %zu entries of %.*s", one.n, other.n, (int)BYTES, text);
}

/* Entries of up to `most` digits each, with something else now and then. */
static void write_text(struct random *random, char *text, size_t most, bool has_others)
{
    static const char others[] = " :\n\t\r#\x01\xff";
    size_t at = 0;
    for (char end = ':'; at < BYTES; end = end == ':' ? ' ' : ':') {
        for (size_t n = random_below(random, most + 1); n > 0 && at < BYTES; n--)
            text[at++] = (char)('0' + random_below(random, 10));
        if (at < BYTES)
            text[at++] = has_others && random_below(random, 40) == 0
                             ? others[random_below(random, sizeof(others) - 1)]
                             : end;
    }
}

START_TEST(entries_are_the_same_mark_by_mark_and_all_at_once)
{
    static char text[BYTES];
    struct random random = random_start(8, (uint64_t)_i);
    for (int round = 0; round < 4000; round++) {
        write_text(&random, text, (size_t)round % 30, _i > 0);
        compare(text);
    }
}
END_TEST

START_TEST(a_value_tells_where_it_begins_and_ends)
{
    struct libsvm_cut cut;
    char text[BYTES];
    memset(text, '7', sizeof(text));
    memcpy(text, "1:25 333:4\t", 11);
    text[70] = ':'; /* of an entry that goes on in the second block */
    text[80] = '\n';
    cut_all(&cut, text, libsvm_cut_block);
    ck_assert_uint_eq(cut.n, 3);
    ck_assert_uint_eq(cut.values[0].start, 2);
    ck_assert_uint_eq(cut.values[0].end, 4);
    ck_assert_uint_eq(cut.values[1].start, 9);
    ck_assert_uint_eq(cut.values[1].end, 10);
    ck_assert_uint_eq(cut.values[2].start, 71);
    ck_assert_uint_eq(cut.values[2].end, 80);
    ck_assert(!cut.has_colon);
}
END_TEST

TCase *libsvm_cut_test(void)
{
    TCase *tests = tcase_create("libsvm_cut");
    tcase_add_loop_test(tests, entries_are_the_same_mark_by_mark_and_all_at_once, 0, 2);
    tcase_add_test(tests, a_value_tells_where_it_begins_and_ends);
    return tests;
}
