#include <check.h>
#include <semaphore.h>

#include "core/base/memory.h"
#include "tests/support/served.h"

#define MANY 64

static struct served served;
static sem_t begun, go;

static void setup(void)
{
    sem_init(&begun, 0, 0);
    sem_init(&go, 0, 0);
    served_open(&served);
    served_start(&served);
}

static void teardown(void)
{
    memory_fail_after(-1);
    served_close(&served);
    sem_destroy(&begun);
    sem_destroy(&go);
}

static void tell(void *work)
{
    sem_post(work);
}

static void wait_to_go(void *work)
{
    sem_post(work);
    sem_wait(&go);
}

START_TEST(work_is_done_on_another_thread)
{
    ck_assert(transport_later(served.transport, tell, &begun));
    sem_wait(&begun);
}
END_TEST

/* Threads are few, and so is what may wait for them. */
START_TEST(work_is_refused_while_other_tasks_wait)
{
    int n = 0;
    while (n < MANY && transport_later(served.transport, wait_to_go, &begun))
        n++;
    ck_assert_int_lt(n, MANY);
    for (int i = 0; i < n; i++)
        sem_post(&go);
    for (int i = 0; i < n; i++)
        sem_wait(&begun);
    while (!transport_later(served.transport, tell, &begun)) /* until they are done */
        ;
    sem_wait(&begun);
}
END_TEST

START_TEST(work_is_refused_without_memory_and_at_the_end)
{
    memory_fail_after(0);
    ck_assert(!transport_later(served.transport, tell, &begun));
    memory_fail_after(-1);
    transport_stop(served.transport, 1);
    ck_assert(!transport_later(served.transport, tell, &begun));
}
END_TEST

TCase *transport_later_test(void)
{
    TCase *tcase = tcase_create("transport_later");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, work_is_done_on_another_thread);
    tcase_add_test(tcase, work_is_refused_while_other_tasks_wait);
    tcase_add_test(tcase, work_is_refused_without_memory_and_at_the_end);
    return tcase;
}
