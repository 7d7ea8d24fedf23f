#include "server/process_metrics.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static double value_of(const struct buffer *text, const char *name)
{
    char line[96];
    double value;
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = strstr(text->bytes, line);
    ck_assert_msg(at != NULL, "no %s in\n%s", name, text->bytes);
    ck_assert_int_eq(sscanf(at + strlen(line), "%lf", &value), 1);
    return value;
}

START_TEST(a_process_has_memory_and_takes_time)
{
    struct buffer text = BUFFER_EMPTY;
    process_metrics_write(&text);
    buffer_append_byte(&text, '\0');
    ck_assert_double_gt(value_of(&text, "process_resident_memory_bytes"), 100000);
    ck_assert_double_gt(value_of(&text, "process_cpu_seconds_total"), 0);
    buffer_free(&text);
}
END_TEST

TCase *process_metrics_test(void)
{
    TCase *tests = tcase_create("process_metrics");
    tcase_add_test(tests, a_process_has_memory_and_takes_time);
    return tests;
}
