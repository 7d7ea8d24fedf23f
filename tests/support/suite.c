#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SECONDS 300
#else
#define TEST_SECONDS 60
#endif

#ifdef __SANITIZE_THREAD__
#define STRIDE 7
#else
#define STRIDE 1
#endif

struct part {
    size_t number, of; /* from 0 */
};

/* Ends the process where it is none: a part that is not run would go unnoticed. */
static struct part read_part(const char *text)
{
    struct part part = {1, 1};
    int end = 0;
    if (text && (sscanf(text, "%zu/%zu%n", &part.number, &part.of, &end) != 2 ||
                 text[end] != '\0' || part.number == 0 || part.number > part.of)) {
        fprintf(stderr, "%s is no part of the tests; \"2/4\" is the second of four\n",
                text);
        exit(64);
    }
    part.number--;
    return part;
}

int suite_run(const char *room, suite_case_fn *const *cases, size_t n_cases,
              const char *part)
{
    Suite *suite = suite_create(room);
    struct part taken = read_part(part);
    for (size_t i = taken.number; i < n_cases; i += taken.of) {
        TCase *tcase = cases[i]();
        tcase_set_timeout(tcase, TEST_SECONDS);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void suite_add_rounds(TCase *tcase, const TTest *test, int start, int end)
{
    for (int i = start; i < end; i += STRIDE)
        tcase_add_loop_test(tcase, test, i, i + 1);
}
