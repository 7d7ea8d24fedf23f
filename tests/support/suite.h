/*
 * A room's test binary: the cases of its files, run by libcheck.
 */
#ifndef LOGITD_TESTS_SUPPORT_SUITE_H
#define LOGITD_TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

/* What a file foo_test.c defines under the name foo_test. */
typedef TCase *suite_case_fn(void);

/*
 * Runs the cases as one suite named after the room and prints libcheck's closing line.
 * `part` is NULL, or "2/4" for the second of four parts: every fourth case from the
 * second on, so that parts can run side by side. Returns the exit status: 0 if every test
 * passed. CK_FORK=no and the other variables of libcheck work; each test is given 60
 * seconds (300 under a sanitizer).
 */
int suite_run(const char *room, suite_case_fn *const *cases, size_t n_cases,
              const char *part);

/*
 * A loop of rounds that differ in their numbers and not in what threads do. Under the
 * thread sanitizer, which makes a round ten times as long, every seventh is run, from the
 * first on: options that go by bits of _i are met in all their values. Else all are.
 */
void suite_add_rounds(TCase *tcase, const TTest *test, int start, int end);

#endif
