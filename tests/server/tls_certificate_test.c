#include "server/tls_certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

/* ---- a certificate that signs itself, with its key, as PEM texts ---- */

struct pair {
    char chain[4096], key[4096];
};

static void make_key(gnutls_x509_privkey_t *key)
{
    const unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    ck_assert_int_eq(gnutls_x509_privkey_init(key), 0);
    ck_assert_int_eq(gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA, bits, 0), 0);
}

static void make_certificate(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t key,
                             const char *name)
{
    const time_t now = time(NULL);
    ck_assert_int_eq(gnutls_x509_crt_init(crt), 0);
    gnutls_x509_crt_set_version(*crt, 3);
    gnutls_x509_crt_set_serial(*crt, "\1", 1);
    gnutls_x509_crt_set_dn_by_oid(*crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                  (unsigned)strlen(name));
    gnutls_x509_crt_set_activation_time(*crt, now - 3600);
    gnutls_x509_crt_set_expiration_time(*crt, now + 3600);
    gnutls_x509_crt_set_key(*crt, key);
    ck_assert_int_eq(gnutls_x509_crt_sign2(*crt, *crt, key, GNUTLS_DIG_SHA256, 0), 0);
}

static struct pair pair_of(const char *name)
{
    struct pair pair = {.chain = ""};
    size_t n_chain = sizeof(pair.chain) - 1, n_key = sizeof(pair.key) - 1;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    make_key(&key);
    make_certificate(&crt, key, name);
    ck_assert_int_eq(
        gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, pair.chain, &n_chain), 0);
    ck_assert_int_eq(
        gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, pair.key, &n_key), 0);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return pair;
}

static struct pair first, second;
static struct error err;

static void setup(void)
{
    error_clear(&err);
    first = pair_of("first");
    second = pair_of("second");
}

/* ---- the holder ---- */

START_TEST(tls_certificate_is_changed_while_the_old_one_is_used)
{
    struct tls_certificate_holder *holder =
        tls_certificate_open(first.chain, first.key, &err);
    ck_assert_msg(holder != NULL, "%s", err.message);
    struct tls_certificate *before = tls_certificate_current(holder);
    ck_assert_uint_eq(before->n_chain, 1);
    ck_assert_int_eq(tls_certificate_change(holder, second.chain, second.key, &err), 0);
    ck_assert_ptr_ne(tls_certificate_current(holder), before);
    ck_assert_int_eq(gnutls_privkey_get_pk_algorithm(before->key, NULL), GNUTLS_PK_ECDSA);
    tls_certificate_close(holder);
    tls_certificate_close(NULL);
}
END_TEST

static void expect_refusal(const char *chain, const char *key, const char *why)
{
    error_clear(&err);
    ck_assert_ptr_null(tls_certificate_open(chain, key, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
}

START_TEST(tls_certificate_refuses_what_does_not_belong_together)
{
    expect_refusal(first.chain, second.key, "does not belong");
    expect_refusal("nonsense", first.key, "PEM");
    expect_refusal(first.chain, "nonsense", "PEM");
    expect_refusal("", "", "PEM");
    expect_refusal(first.key, first.key, "PEM");
}
END_TEST

START_TEST(tls_certificate_bounds_the_chain)
{
    char chain[sizeof(first.chain) * (TLS_CERTIFICATE_MOST + 1)] = "";
    for (int i = 0; i < TLS_CERTIFICATE_MOST; i++)
        strcat(chain, first.chain);
    struct tls_certificate_holder *holder = tls_certificate_open(chain, first.key, &err);
    ck_assert_msg(holder != NULL, "%s", err.message);
    ck_assert_uint_eq(tls_certificate_current(holder)->n_chain, TLS_CERTIFICATE_MOST);
    tls_certificate_close(holder);
    strcat(chain, first.chain);
    expect_refusal(chain, first.key, "at most 8");
}
END_TEST

START_TEST(tls_certificate_stays_when_a_change_fails)
{
    struct tls_certificate_holder *holder =
        tls_certificate_open(first.chain, first.key, &err);
    struct tls_certificate *before = tls_certificate_current(holder);
    ck_assert_int_eq(tls_certificate_change(holder, first.chain, second.key, &err), -1);
    ck_assert_ptr_eq(tls_certificate_current(holder), before);
    memory_fail_after(0);
    ck_assert_int_eq(tls_certificate_change(holder, first.chain, first.key, NULL), -1);
    memory_fail_after(0);
    ck_assert_ptr_null(tls_certificate_open(first.chain, first.key, NULL));
    memory_fail_after(1);
    ck_assert_ptr_null(tls_certificate_open(first.chain, first.key, NULL));
    memory_fail_after(-1);
    ck_assert_ptr_eq(tls_certificate_current(holder), before);
    tls_certificate_close(holder);
}
END_TEST

/* ---- over a connection ---- */

struct client {
    struct peer peer;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
};

static void client_open(struct client *client, uint16_t port)
{
    peer_open(&client->peer, port);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&client->credentials), 0);
    ck_assert_int_eq(gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL), 0);
    gnutls_set_default_priority(client->session);
    gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
    gnutls_transport_set_int(client->session, client->peer.fd);
    gnutls_handshake_set_timeout(client->session, 20000);
    ck_assert_int_eq(gnutls_handshake(client->session), 0);
}

static void client_close(struct client *client)
{
    gnutls_bye(client->session, GNUTLS_SHUT_WR);
    gnutls_deinit(client->session);
    gnutls_certificate_free_credentials(client->credentials);
    peer_close(&client->peer);
}

/* The common name in the certificate that the server has shown. */
static void expect_name(struct client *client, const char *name)
{
    char text[64];
    size_t n = sizeof(text);
    unsigned n_chain;
    gnutls_x509_crt_t crt;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(client->session, &n_chain);
    gnutls_x509_crt_init(&crt);
    ck_assert_int_eq(gnutls_x509_crt_import(crt, chain, GNUTLS_X509_FMT_DER), 0);
    ck_assert_int_eq(
        gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n),
        0);
    ck_assert_str_eq(text, name);
    gnutls_x509_crt_deinit(crt);
}

/* Sends a request and expects the answer to hold the text. */
static void expect_answer(struct client *client, const char *request, const char *text)
{
    char answer[4096];
    size_t n = 0;
    ck_assert_int_eq(gnutls_record_send(client->session, request, strlen(request)),
                     (ssize_t)strlen(request));
    answer[0] = '\0';
    while (!strstr(answer, text)) {
        ssize_t n_more =
            gnutls_record_recv(client->session, answer + n, sizeof(answer) - 1 - n);
        ck_assert_msg(n_more > 0, "%s not in %s", text, answer);
        n += (size_t)n_more;
        answer[n] = '\0';
    }
}

#define LIVEZ "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

START_TEST(tls_certificate_is_that_of_new_connections)
{
    struct served served;
    struct client before, after;
    served_open(&served);
    served.options.tls_certificate = first.chain;
    served.options.tls_key = first.key;
    served_start(&served);
    client_open(&before, served.port);
    expect_name(&before, "first");
    expect_answer(&before, LIVEZ, "{\"status\":\"live\"}");
    ck_assert_int_eq(
        transport_set_certificate(served.transport, second.chain, second.key, &err), 0);
    client_open(&after, served.port);
    expect_name(&after, "second");
    expect_answer(&after, LIVEZ, "{\"status\":\"live\"}");
    expect_answer(&before, LIVEZ, "{\"status\":\"live\"}");
    client_close(&before);
    client_close(&after);
    served_close(&served);
}
END_TEST

START_TEST(tls_carries_uploads)
{
    struct served served;
    struct client client;
    served_open(&served);
    served.options.tls_certificate = first.chain;
    served.options.tls_key = first.key;
    served_start(&served);
    client_open(&client, served.port);
    expect_answer(&client,
                  "POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                  "Content-Length: 12\r\n\r\na,b\n1,2\n3,4\n",
                  "\"n_rows\":2");
    expect_answer(&client,
                  "GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
                  "unexpected_body");
    client_close(&client);
    served_close(&served);
}
END_TEST

TCase *tls_certificate_test(void)
{
    TCase *cases = tcase_create("tls_certificate");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, tls_certificate_is_changed_while_the_old_one_is_used);
    tcase_add_test(cases, tls_certificate_refuses_what_does_not_belong_together);
    tcase_add_test(cases, tls_certificate_bounds_the_chain);
    tcase_add_test(cases, tls_certificate_stays_when_a_change_fails);
    tcase_add_test(cases, tls_certificate_is_that_of_new_connections);
    tcase_add_test(cases, tls_carries_uploads);
    return cases;
}
