/*
 * The certificate and key that TLS connections use, and their exchange while connections
 * are there.
 */
#ifndef LOGITD_SERVER_TLS_CERTIFICATE_H
#define LOGITD_SERVER_TLS_CERTIFICATE_H

#include <gnutls/abstract.h>

#include "core/base/error.h"

struct tls_certificate_holder;

/* PEM texts: a chain of at most TLS_CERTIFICATE_MOST, the server's own first, and its
 * key. ERROR_INVALID if they cannot be read or do not belong together. */
#define TLS_CERTIFICATE_MOST 8
struct tls_certificate_holder *tls_certificate_open(const char *chain, const char *key,
                                                    struct error *err) MUST_CHECK;
void tls_certificate_close(
    struct tls_certificate_holder *holder); /* no handshake goes on */

/* Thread-safe, as is the next. What was there before stays in memory, as a handshake may
 * use it: some kilobytes for each exchange. */
int tls_certificate_change(struct tls_certificate_holder *holder, const char *chain,
                           const char *key, struct error *err) MUST_CHECK;

/* For a handshake: valid until tls_certificate_close. */
struct tls_certificate {
    gnutls_pcert_st chain[TLS_CERTIFICATE_MOST];
    unsigned n_chain;
    gnutls_privkey_t key;
    struct tls_certificate *older;
};
struct tls_certificate *tls_certificate_current(struct tls_certificate_holder *holder);

#endif
