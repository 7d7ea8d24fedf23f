#include "server/reaper.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "server/listener.h"
#include "tests/support/peer.h"
#include "tests/support/suite.h"

/* Short times, and what they may become on a busy machine. */
#define SOON 0.2
#define TICK 0.02
#define LONG 1000.0
#define AT_MOST 15.0

static struct reaper *reaper;
static struct reaper_socket *watched;
static struct peer peer;
static int listen_fd, fd;

static atomic_int n_wakes;

static const struct reaper_times times = {.idle_seconds = LONG,
                                          .head_seconds = SOON,
                                          .drain_seconds = SOON,
                                          .linger_seconds = SOON,
                                          .stall_seconds = SOON,
                                          .tick_seconds = TICK};

static void setup_with(struct reaper_times chosen)
{
    reaper = reaper_new(&chosen, NULL);
    ck_assert_ptr_nonnull(reaper);
    listen_fd = listener_open("127.0.0.1", 0, NULL);
    ck_assert_int_ge(listen_fd, 0);
    peer_open(&peer, listener_port(listen_fd));
    fd = accept(listen_fd, NULL, NULL);
    watched = reaper_watch(reaper, fd, NULL);
    ck_assert_ptr_nonnull(watched);
}

static void setup(void)
{
    setup_with(times);
}

static void teardown(void)
{
    if (watched) {
        reaper_unwatch(reaper, watched, false);
        close(fd);
    }
    reaper_free(reaper);
    peer_close(&peer);
    close(listen_fd);
    watched = NULL;
}

/* As an HTTP thread closes a connection. */
static void close_watched(bool lingers)
{
    shutdown(fd, SHUT_WR);
    reaper_unwatch(reaper, watched, lingers);
    close(fd);
    watched = NULL;
}

START_TEST(reaper_ends_a_socket_at_its_deadline)
{
    double began = clock_seconds();
    reaper_answer(watched, began + SOON);
    ck_assert(peer_is_ended(&peer, AT_MOST));
    ck_assert_double_ge(clock_seconds() - began, SOON);
}
END_TEST

START_TEST(reaper_leaves_a_socket_without_deadline)
{
    reaper_answer(watched, clock_seconds() + SOON);
    reaper_never(watched);
    ck_assert(!peer_is_ended(&peer, 4 * SOON));
}
END_TEST

START_TEST(reaper_ends_what_is_idle_too_long)
{
    struct reaper_times impatient = times;
    teardown();
    impatient.idle_seconds = SOON;
    setup_with(impatient);
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_leaves_what_is_idle_for_a_while)
{
    ck_assert(!peer_is_ended(&peer, 4 * SOON));
}
END_TEST

START_TEST(reaper_gives_a_head_that_has_begun_little_time)
{
    const struct timespec pause = {.tv_nsec = 150 * 1000 * 1000};
    reaper_idle(watched, clock_seconds());
    nanosleep(&pause, NULL); /* the kernel's clock has ticks */
    peer_send(&peer, "G");
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_ends_a_head_that_has_been_seen)
{
    reaper_head(watched, clock_seconds());
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_sees_the_end_of_a_peer_that_nobody_reads)
{
    reaper_body(watched, clock_seconds() + LONG);
    peer_send(&peer, "x");
    peer_half_close(&peer);
    ck_assert(!peer_is_ended(&peer, 4 * SOON)); /* there is something left to read */
    char byte;
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_lets_a_peer_that_has_ended_have_its_answer)
{
    reaper_answer(watched, clock_seconds() + LONG);
    peer_half_close(&peer);
    ck_assert(!peer_is_ended(&peer, 4 * SOON));
}
END_TEST

START_TEST(reaper_ends_idle_sockets_when_it_drains)
{
    reaper_drain(reaper);
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_leaves_requests_under_way_when_it_drains)
{
    reaper_never(watched);
    reaper_drain(reaper);
    ck_assert(!peer_is_ended(&peer, 4 * SOON));
    reaper_idle(watched, clock_seconds());
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

START_TEST(reaper_ends_all)
{
    reaper_never(watched);
    reaper_end_all(reaper);
    ck_assert(peer_is_ended(&peer, AT_MOST));
}
END_TEST

/* More than the socket's buffers hold, so that somebody must be reading. */
static bool send_much(void)
{
    static char bytes[1 << 16];
    bool is_taken = true;
    for (int i = 0; i < 256 && is_taken; i++)
        is_taken = peer_send_bytes(&peer, bytes, sizeof(bytes));
    return is_taken;
}

START_TEST(reaper_reads_on_where_it_lingers)
{
    struct reaper_times patient = times;
    teardown();
    patient.linger_seconds = LONG;
    setup_with(patient);
    close_watched(true);
    ck_assert(send_much());
    ck_assert(peer_is_ended(&peer, AT_MOST)); /* in order: not reset */
}
END_TEST

START_TEST(reaper_does_not_linger_for_ever)
{
    close_watched(true);
    double until = clock_seconds() + AT_MOST;
    bool is_taken = true;
    while (is_taken && clock_seconds() < until)
        is_taken = peer_send_bytes(&peer, "x", 1);
    ck_assert(!is_taken);
}
END_TEST

START_TEST(reaper_free_closes_where_it_lingers)
{
    close_watched(true);
    reaper_free(reaper);
    reaper = NULL;
    ck_assert(!send_much());
}
END_TEST

/* ---- streams ---- */

static void on_wake(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static void begin_stream(double moment)
{
    atomic_store(&n_wakes, 0);
    reaper_begin_stream(watched, on_wake, &n_wakes);
    reaper_wait(watched, moment);
}

static bool is_woken(double seconds)
{
    const struct timespec pause = {.tv_nsec = 1000 * 1000};
    double until = clock_seconds() + seconds;
    while (atomic_load(&n_wakes) == 0 && clock_seconds() < until)
        nanosleep(&pause, NULL);
    return atomic_load(&n_wakes) > 0;
}

START_TEST(reaper_wakes_a_stream_at_its_moment)
{
    double began = clock_seconds();
    begin_stream(began + SOON);
    ck_assert(is_woken(AT_MOST));
    ck_assert_double_ge(clock_seconds() - began, SOON);
    ck_assert(!peer_is_ended(&peer, SOON));
}
END_TEST

START_TEST(reaper_lets_a_stream_wait)
{
    begin_stream(clock_seconds() + LONG);
    ck_assert(!is_woken(4 * SOON));
}
END_TEST

START_TEST(reaper_wakes_a_stream_whose_peer_goes)
{
    begin_stream(clock_seconds() + LONG);
    peer_half_close(&peer);
    ck_assert(is_woken(AT_MOST));
}
END_TEST

START_TEST(reaper_wakes_a_stream_once_whose_peer_only_listens)
{
    begin_stream(clock_seconds() + LONG);
    peer_half_close(&peer);
    ck_assert(is_woken(AT_MOST));
    reaper_flow(watched, clock_seconds());
    atomic_store(&n_wakes, 0);
    reaper_wait(watched, clock_seconds() + LONG);
    ck_assert(!is_woken(4 * SOON));
}
END_TEST

START_TEST(reaper_wakes_a_stream_whose_peer_resets)
{
    begin_stream(clock_seconds() + LONG);
    peer_reset(&peer);
    ck_assert(is_woken(AT_MOST));
    peer_open(&peer, listener_port(listen_fd));
}
END_TEST

START_TEST(reaper_wakes_streams_when_it_drains)
{
    begin_stream(clock_seconds() + LONG);
    reaper_drain(reaper);
    ck_assert(is_woken(AT_MOST));
}
END_TEST

START_TEST(reaper_wakes_no_stream_that_has_ended)
{
    begin_stream(clock_seconds() + LONG);
    reaper_end_stream(watched);
    reaper_drain(reaper);
    ck_assert(!is_woken(2 * SOON));
}
END_TEST

START_TEST(reaper_ends_a_stream_that_does_not_flow)
{
    begin_stream(clock_seconds() + LONG);
    reaper_flow(watched, clock_seconds());
    ck_assert(peer_is_ended(&peer, AT_MOST));
    ck_assert(!is_woken(SOON));
}
END_TEST

/* What lies in the kernel's buffers, too, is not to lie there for ever. */
START_TEST(reaper_wakes_a_stream_whose_peer_takes_nothing)
{
    static char bytes[1 << 16];
    begin_stream(clock_seconds() + LONG);
    while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
    ck_assert(is_woken(AT_MOST));
    ck_assert_int_lt(send(fd, bytes, 1, MSG_DONTWAIT | MSG_NOSIGNAL), 0);
}
END_TEST

START_TEST(reaper_watches_many)
{
    enum { N = 100 };
    struct peer peers[N];
    struct reaper_socket *sockets[N];
    int fds[N];
    for (int i = 0; i < N; i++) {
        peer_open(&peers[i], listener_port(listen_fd));
        fds[i] = accept(listen_fd, NULL, NULL);
        sockets[i] = reaper_watch(reaper, fds[i], NULL);
    }
    for (int i = 0; i < N; i += 3)
        reaper_answer(sockets[i], clock_seconds());
    for (int i = 0; i < N; i += 3)
        ck_assert(peer_is_ended(&peers[i], AT_MOST));
    for (int i = 0; i < N; i++) {
        ck_assert(i % 3 == 0 || !peer_is_ended(&peers[i], 0.001));
        reaper_unwatch(reaper, sockets[i], false);
        close(fds[i]);
        peer_close(&peers[i]);
    }
}
END_TEST

START_TEST(reaper_fails_cleanly_without_memory)
{
    struct error err = {0};
    memory_fail_after(0);
    ck_assert_ptr_null(reaper_new(&times, &err));
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    memory_fail_after(0);
    ck_assert_ptr_null(reaper_watch(reaper, fd, NULL));
    memory_fail_after(1);
    ck_assert_ptr_null(reaper_new(&times, NULL));
    memory_fail_after(-1);
    reaper_free(NULL);
}
END_TEST

TCase *reaper_test(void)
{
    TCase *cases = tcase_create("reaper");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, reaper_ends_a_socket_at_its_deadline);
    tcase_add_test(cases, reaper_leaves_a_socket_without_deadline);
    tcase_add_test(cases, reaper_ends_what_is_idle_too_long);
    tcase_add_test(cases, reaper_leaves_what_is_idle_for_a_while);
    tcase_add_test(cases, reaper_gives_a_head_that_has_begun_little_time);
    tcase_add_test(cases, reaper_ends_a_head_that_has_been_seen);
    tcase_add_test(cases, reaper_sees_the_end_of_a_peer_that_nobody_reads);
    tcase_add_test(cases, reaper_lets_a_peer_that_has_ended_have_its_answer);
    tcase_add_test(cases, reaper_ends_idle_sockets_when_it_drains);
    tcase_add_test(cases, reaper_leaves_requests_under_way_when_it_drains);
    tcase_add_test(cases, reaper_ends_all);
    tcase_add_test(cases, reaper_reads_on_where_it_lingers);
    tcase_add_test(cases, reaper_does_not_linger_for_ever);
    tcase_add_test(cases, reaper_free_closes_where_it_lingers);
    tcase_add_test(cases, reaper_wakes_a_stream_at_its_moment);
    tcase_add_test(cases, reaper_lets_a_stream_wait);
    tcase_add_test(cases, reaper_wakes_a_stream_whose_peer_goes);
    tcase_add_test(cases, reaper_wakes_a_stream_once_whose_peer_only_listens);
    tcase_add_test(cases, reaper_wakes_a_stream_whose_peer_resets);
    tcase_add_test(cases, reaper_wakes_streams_when_it_drains);
    tcase_add_test(cases, reaper_wakes_no_stream_that_has_ended);
    tcase_add_test(cases, reaper_ends_a_stream_that_does_not_flow);
    tcase_add_test(cases, reaper_wakes_a_stream_whose_peer_takes_nothing);
    tcase_add_test(cases, reaper_watches_many);
    tcase_add_test(cases, reaper_fails_cleanly_without_memory);
    return cases;
}
