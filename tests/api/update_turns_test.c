#include "api/update_turns.h"

#include <check.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

static struct loopback loopback;
static struct exchange exchanges[4];
static char order[16]; /* of what began and ended */
static int n_completed;

static void note(char what)
{
    order[strlen(order)] = what;
}

static void complete(struct exchange *exchange)
{
    (void)exchange;
    n_completed++;
}

static void ask(size_t i, char *model)
{
    exchanges[i] = (struct exchange){.complete = complete};
    exchanges[i].request.params[0] = model;
}

static void setup(void)
{
    loopback_open(&loopback);
    memset(order, 0, sizeof(order));
    n_completed = 0;
    ask(0, "m");
    ask(1, "m");
    ask(2, "other");
    ask(3, "m");
}

static void teardown(void)
{
    for (size_t i = 0; i < 4; i++)
        response_free(&exchanges[i].response);
    loopback_close(&loopback);
}

static void run_late(struct service *service, struct exchange *exchange)
{
    (void)service;
    note((char)('0' + (exchange - exchanges)));
    exchange_complete(exchange);
}

/* While it has the turn of its model others come. */
static void run_first(struct service *service, struct exchange *exchange)
{
    note('(');
    for (size_t i = 1; i < 4; i++)
        update_turns_run(service, &exchanges[i], run_late);
    note(')');
    exchange_complete(exchange);
}

START_TEST(a_model_has_one_at_a_time_in_the_order_in_which_they_came)
{
    update_turns_run(loopback.service, &exchanges[0], run_first);
    ck_assert_str_eq(order, "(2)13"); /* 2 is of another model */
    ck_assert_int_eq(n_completed, 4);
}
END_TEST

START_TEST(without_memory_nobody_waits)
{
    memory_fail_after(0);
    update_turns_run(loopback.service, &exchanges[0], run_first);
    memory_fail_after(-1);
    ck_assert_str_eq(order, "");
    ck_assert_int_eq(exchanges[0].response.status, 503);
    ck_assert_int_eq(n_completed, 1);
    update_turns_run(loopback.service, &exchanges[1], run_late);
    ck_assert_str_eq(order, "1");
}
END_TEST

TCase *update_turns_test(void)
{
    TCase *tcase = tcase_create("update_turns");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_model_has_one_at_a_time_in_the_order_in_which_they_came);
    tcase_add_test(tcase, without_memory_nobody_waits);
    return tcase;
}
