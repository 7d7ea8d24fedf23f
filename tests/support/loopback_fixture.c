#include "tests/support/loopback_fixture.h"

#include <check.h>

#include "api/service_internal.h"
#include "core/base/memory.h"

struct loopback loopback;

void loopback_fixture_setup(void)
{
    memory_fail_after(-1);
    loopback_open(&loopback);
}

void loopback_fixture_teardown(void)
{
    memory_fail_after(-1);
    ck_assert_uint_eq(budget_used(&loopback.service->budget), 0);
    loopback_close(&loopback);
}
