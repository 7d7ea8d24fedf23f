#include "tests/support/suite.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SECONDS 300
#else
#define TEST_SECONDS 60
#endif

int suite_run(const char *room, suite_case_fn *const *cases, size_t n_cases)
{
    Suite *suite = suite_create(room);
    for (size_t i = 0; i < n_cases; i++) {
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
