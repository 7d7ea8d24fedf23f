#include "server/tls_certificate.h"

#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"

struct tls_certificate_holder {
    _Atomic(struct tls_certificate *) current;
};

static gnutls_datum_t datum(const char *text)
{
    /* GnuTLS reads it only. */
    return (gnutls_datum_t){(unsigned char *)(size_t)text, (unsigned)strlen(text)};
}

static void tls_certificate_free(struct tls_certificate *certificate)
{
    if (!certificate)
        return;
    for (unsigned i = 0; i < certificate->n_chain; i++)
        gnutls_pcert_deinit(&certificate->chain[i]);
    if (certificate->key)
        gnutls_privkey_deinit(certificate->key);
    memory_free(certificate);
}

/* GnuTLS checks what belongs together when it makes credentials. */
static int check_pair(const char *chain, const char *key, struct error *err)
{
    gnutls_certificate_credentials_t credentials;
    const gnutls_datum_t chain_pem = datum(chain), key_pem = datum(key);
    if (gnutls_certificate_allocate_credentials(&credentials) < 0)
        return error_no_memory(err, sizeof(credentials));
    int result = gnutls_certificate_set_x509_key_mem(credentials, &chain_pem, &key_pem,
                                                     GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    if (result == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return error_set(err, ERROR_INVALID,
                         "the key does not belong to the first certificate of the chain");
    if (result < 0)
        return error_set(err, ERROR_INVALID,
                         "certificate or key cannot be read: both must be PEM texts, the "
                         "key without a password");
    return 0;
}

static int load_chain(struct tls_certificate *certificate, const char *chain,
                      struct error *err)
{
    const gnutls_datum_t pem = datum(chain);
    unsigned n = TLS_CERTIFICATE_MOST;
    if (gnutls_pcert_list_import_x509_raw(certificate->chain, &n, &pem,
                                          GNUTLS_X509_FMT_PEM,
                                          GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED) < 0)
        return error_set(err, ERROR_INVALID,
                         "the chain must have at most %d certificates, the server's own "
                         "first and each followed by its issuer's",
                         TLS_CERTIFICATE_MOST);
    certificate->n_chain = n;
    return 0;
}

static int load_key(struct tls_certificate *certificate, const char *key,
                    struct error *err)
{
    const gnutls_datum_t pem = datum(key);
    if (gnutls_privkey_init(&certificate->key) < 0)
        return error_no_memory(err, 1);
    if (gnutls_privkey_import_x509_raw(certificate->key, &pem, GNUTLS_X509_FMT_PEM, NULL,
                                       0) < 0)
        return error_set(err, ERROR_INVALID, "the key cannot be read");
    return 0;
}

static struct tls_certificate *load(const char *chain, const char *key, struct error *err)
{
    if (check_pair(chain, key, err) < 0)
        return NULL;
    struct tls_certificate *certificate = memory_new(1, sizeof(*certificate), err);
    if (!certificate)
        return NULL;
    if (load_chain(certificate, chain, err) == 0 && load_key(certificate, key, err) == 0)
        return certificate;
    tls_certificate_free(certificate);
    return NULL;
}

struct tls_certificate_holder *tls_certificate_open(const char *chain, const char *key,
                                                    struct error *err)
{
    struct tls_certificate_holder *holder = memory_new(1, sizeof(*holder), err);
    if (!holder || tls_certificate_change(holder, chain, key, err) == 0)
        return holder;
    memory_free(holder);
    return NULL;
}

void tls_certificate_close(struct tls_certificate_holder *holder)
{
    if (!holder)
        return;
    struct tls_certificate *older;
    for (struct tls_certificate *c = atomic_load(&holder->current); c; c = older) {
        older = c->older;
        tls_certificate_free(c);
    }
    memory_free(holder);
}

int tls_certificate_change(struct tls_certificate_holder *holder, const char *chain,
                           const char *key, struct error *err)
{
    struct tls_certificate *fresh = load(chain, key, err);
    if (!fresh)
        return -1;
    fresh->older = atomic_load(&holder->current);
    while (!atomic_compare_exchange_weak(&holder->current, &fresh->older, fresh))
        ;
    return 0;
}

struct tls_certificate *tls_certificate_current(struct tls_certificate_holder *holder)
{
    return atomic_load(&holder->current);
}
