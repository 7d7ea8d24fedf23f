#include "core/text/csv_marks.h"

#include <check.h>

#include "core/base/random.h"

static bool is_mark(const struct csv_marks *marks, char c)
{
    unsigned char byte = (unsigned char)c;
    return byte == marks->delimiter || byte == marks->quote || byte <= '\r';
}

static void must_be_right(const struct csv_marks *marks, const char *bytes)
{
    bool has_high = false;
    for (size_t i = 0; i < CSV_MARKS_BLOCK; i++) {
        if ((marks->found >> i & 1) != is_mark(marks, bytes[i]))
            ck_abort_msg("byte %zu, %d", i, bytes[i]);
        has_high = has_high || (unsigned char)bytes[i] >= 0x80;
    }
    if (marks->has_high != has_high)
        ck_abort_msg("%d", has_high);
}

START_TEST(blocks_are_looked_at_right_with_and_without_vectors)
{
    static const char delimiters[] = ",;\t|", quotes[] = "\"'\0~";
    struct random random = random_start(3, 0);
    for (int i = 0; i < 20000; i++) {
        struct csv_marks marks = {.delimiter = (unsigned char)delimiters[i % 4],
                                  .quote = (unsigned char)quotes[i / 4 % 4]};
        char bytes[CSV_MARKS_BLOCK];
        uint64_t range = i % 2 ? 256 : 128;
        for (size_t k = 0; k < CSV_MARKS_BLOCK; k++)
            bytes[k] = (char)random_below(&random, range);
        csv_marks_look(&marks, bytes);
        must_be_right(&marks, bytes);
        csv_marks_look_portable(&marks, bytes);
        must_be_right(&marks, bytes);
    }
}
END_TEST

START_TEST(marks_are_found_in_any_order_of_asking)
{
    char text[200];
    struct random random = random_start(4, 0);
    struct csv_marks marks = {.delimiter = ',', .quote = '"'};
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = random_below(&random, 20) == 0 ? ',' : 'x';
    for (int i = 0; i < 5000; i++) {
        size_t n = random_below(&random, sizeof(text)) + 1, at = random_below(&random, n);
        size_t expected = at;
        bool has_high = false;
        while (expected < n && text[expected] != ',')
            expected++;
        csv_marks_forget(&marks);
        bool is_there = memchr(text + at / 2, ',', n - at / 2) != NULL;
        if ((csv_marks_next(&marks, text, at / 2, n, &has_high) < n) != is_there ||
            csv_marks_next(&marks, text, at, n, &has_high) != expected || has_high)
            ck_abort_msg("at %zu of %zu", at, n);
    }
}
END_TEST

TCase *csv_marks_test(void)
{
    TCase *tests = tcase_create("csv_marks");
    tcase_add_test(tests, blocks_are_looked_at_right_with_and_without_vectors);
    tcase_add_test(tests, marks_are_found_in_any_order_of_asking);
    return tests;
}
