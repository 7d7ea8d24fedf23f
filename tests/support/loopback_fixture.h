/*
 * The fixture of tests that call a started service: one on a new directory for each, and
 * in the end nothing that is still reserved.
 */
#ifndef LOGITD_TESTS_SUPPORT_LOOPBACK_FIXTURE_H
#define LOGITD_TESTS_SUPPORT_LOOPBACK_FIXTURE_H

#include "tests/support/loopback.h"

extern struct loopback loopback;

void loopback_fixture_setup(void);
void loopback_fixture_teardown(void);

#endif
