#include "server/listener.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/peer.h"
#include "tests/support/suite.h"

static struct error err;

static void setup(void)
{
    error_clear(&err);
}

static int open_on(const char *host)
{
    int fd = listener_open(host, 0, &err);
    ck_assert_msg(fd >= 0, "%s: %s", host, err.message);
    ck_assert_uint_ne(listener_port(fd), 0);
    return fd;
}

START_TEST(listener_takes_addresses_and_names)
{
    static const char *const hosts[] = {"127.0.0.1", "0.0.0.0", "localhost"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        struct peer peer;
        int fd = open_on(hosts[i]);
        peer_open(&peer, listener_port(fd));
        peer_close(&peer);
        close(fd);
    }
}
END_TEST

static bool has_ipv6(void)
{
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                         .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has =
        fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

START_TEST(listener_takes_ipv6)
{
    if (!has_ipv6())
        return; /* this machine has none */
    close(open_on("::1"));
    struct peer peer;
    int fd = open_on("::"); /* both kinds */
    peer_open(&peer, listener_port(fd));
    peer_close(&peer);
    close(fd);
}
END_TEST

START_TEST(listener_tells_of_a_port_in_use)
{
    int fd = open_on("127.0.0.1");
    uint16_t port = listener_port(fd);
    ck_assert_int_eq(listener_open("127.0.0.1", port, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LOCKED);
    ck_assert_ptr_nonnull(strstr(err.message, "is in use"));
    close(fd);
}
END_TEST

START_TEST(listener_refuses_addresses_of_other_machines)
{
    ck_assert_int_eq(listener_open("192.0.2.1", 0, &err), -1); /* RFC 5737 */
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_ptr_nonnull(strstr(err.message, "not an address of this machine"));
}
END_TEST

START_TEST(listener_refuses_what_is_no_host)
{
    static const char *const hosts[] = {"127.0.0.1:80", "no host", "256.1.1.1.1", "-"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        error_clear(&err);
        ck_assert_int_eq(listener_open(hosts[i], 0, &err), -1);
        ck_assert_int_eq(err.code, ERROR_INVALID);
    }
}
END_TEST

TCase *listener_test(void)
{
    TCase *cases = tcase_create("listener");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, listener_takes_addresses_and_names);
    tcase_add_test(cases, listener_takes_ipv6);
    tcase_add_test(cases, listener_tells_of_a_port_in_use);
    tcase_add_test(cases, listener_refuses_addresses_of_other_machines);
    tcase_add_test(cases, listener_refuses_what_is_no_host);
    return cases;
}
