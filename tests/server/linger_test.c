#include "server/linger.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "server/listener.h"
#include "tests/support/peer.h"
#include "tests/support/suite.h"

#define LONG 1000.0
#define SOON 0.2
#define AT_MOST 15.0

static struct linger_set *set;
static int listen_fd;

static void setup(void)
{
    set = linger_new(LONG, NULL);
    ck_assert_ptr_nonnull(set);
    listen_fd = listener_open("127.0.0.1", 0, NULL);
}

static void teardown(void)
{
    linger_free(set);
    close(listen_fd);
}

/* A peer whose other end lingers, its own side ended. */
static void open_lingering(struct peer *peer)
{
    peer_open(peer, listener_port(listen_fd));
    int fd = accept(listen_fd, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    shutdown(fd, SHUT_WR);
    linger_add(set, fd);
}

START_TEST(linger_wait_throws_away_what_comes)
{
    static char bytes[1 << 16];
    struct peer peer;
    open_lingering(&peer);
    for (int i = 0; i < 100; i++) { /* far more than buffers hold */
        ck_assert(peer_send_bytes(&peer, bytes, sizeof(bytes)));
        linger_wait(set, 0.001);
    }
    ck_assert(peer_is_ended(&peer, AT_MOST)); /* in order: not reset */
    peer_close(&peer);
    linger_wait(set, 0.01);
}
END_TEST

START_TEST(linger_wait_lasts_as_long_as_is_said)
{
    double began = clock_seconds();
    linger_wait(set, SOON);
    ck_assert_double_ge(clock_seconds() - began, SOON);
}
END_TEST

static void *wake_main(void *argument)
{
    (void)argument;
    linger_wake(set);
    return NULL;
}

START_TEST(linger_wake_ends_the_waiting)
{
    pthread_t thread;
    double began = clock_seconds();
    pthread_create(&thread, NULL, wake_main, NULL);
    linger_wait(set, LONG);
    ck_assert_double_lt(clock_seconds() - began, AT_MOST);
    pthread_join(thread, NULL);
    linger_wait(set, 0.001); /* once only */
}
END_TEST

START_TEST(linger_ends_when_the_time_is_up)
{
    struct peer peer;
    linger_free(set);
    set = linger_new(SOON, NULL);
    open_lingering(&peer);
    linger_wait(set, 2 * SOON);
    double until = clock_seconds() + AT_MOST;
    while (peer_send_bytes(&peer, "x", 1)) /* until the reset has come */
        ck_assert_double_lt(clock_seconds(), until);
    peer_close(&peer);
}
END_TEST

START_TEST(linger_closes_one_descriptor_of_two)
{
    struct peer peer;
    peer_open(&peer, listener_port(listen_fd));
    int fd = accept(listen_fd, NULL, NULL);
    linger_add(set, dup(fd));
    peer_half_close(&peer);
    for (int i = 0; i < 10; i++)
        linger_wait(set, 0.001); /* it is over, and seen but once */
    close(fd);
    peer_close(&peer);
}
END_TEST

START_TEST(linger_takes_a_bounded_number)
{
    enum { N = 300 };
    static struct peer peers[N];
    int n_closed = 0;
    for (int i = 0; i < N; i++)
        open_lingering(&peers[i]);
    for (int i = 0; i < N; i++) {
        peer_send_bytes(&peers[i], "x", 1); /* the closed ones answer with a reset */
        n_closed += !peer_send_bytes(&peers[i], "y", 1);
        peer_close(&peers[i]);
    }
    ck_assert_int_eq(n_closed, N - 256);
}
END_TEST

START_TEST(linger_fails_cleanly_without_memory)
{
    struct error err = {0};
    memory_fail_after(0);
    ck_assert_ptr_null(linger_new(1, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    struct peer peer;
    peer_open(&peer, listener_port(listen_fd));
    int fd = accept(listen_fd, NULL, NULL);
    memory_fail_after(0);
    linger_add(set, fd); /* closes it */
    memory_fail_after(-1);
    ck_assert(peer_is_ended(&peer, AT_MOST));
    peer_close(&peer);
    linger_free(NULL);
}
END_TEST

TCase *linger_test(void)
{
    TCase *cases = tcase_create("linger");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, linger_wait_throws_away_what_comes);
    tcase_add_test(cases, linger_wait_lasts_as_long_as_is_said);
    tcase_add_test(cases, linger_wake_ends_the_waiting);
    tcase_add_test(cases, linger_ends_when_the_time_is_up);
    tcase_add_test(cases, linger_closes_one_descriptor_of_two);
    tcase_add_test(cases, linger_takes_a_bounded_number);
    tcase_add_test(cases, linger_fails_cleanly_without_memory);
    return cases;
}
