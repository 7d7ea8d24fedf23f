/*
 * API keys: a file of names, scopes and hashed secrets; who a request comes from, and how
 * often it may come. Thread-safe.
 *
 * The file: JSON, {"keys":[{"name":"ci","sha256":"<64 hex digits of the key's SHA-256>",
 * "scopes":["predict","train"],"requests_per_second":100,"jobs":4}, …]}; the last two are
 * limits, optional. `logitd key` makes a random key and prints it once with its line for
 * the file. A random key of 256 bits needs no slow hash.
 */
#ifndef LOGITD_SERVER_KEYS_H
#define LOGITD_SERVER_KEYS_H

#include "api/request.h"

struct keys;

/* Reads the file (at most 1 MiB). ERROR_INVALID with the entry as place, ERROR_IO. */
struct keys *keys_open(const char *path, struct error *err) MUST_CHECK;
void keys_close(struct keys *keys); /* NULL is fine; no request may be under way */
/* Reads it again (SIGHUP): all of it or, with err, nothing changes. Requests under way
 * keep the identity they have; limits count on for names that stay. */
int keys_reload(struct keys *keys, struct error *err) MUST_CHECK;

enum keys_verdict {
    KEYS_GRANTED,
    KEYS_MISSING, /* 401: no Authorization: Bearer */
    KEYS_WRONG,   /* 401: no such key */
    KEYS_TOO_MANY /* 429 with Retry-After *retry_seconds */
};

/* The caller's identity, held while a request is under way. */
struct keys_grant {
    struct principal principal; /* name is valid until keys_release */
    void *held;                 /* the room's own */
};

/* `authorization`: the header's value, or NULL. Compares in constant time against every
 * key. Without keys (keys NULL): granted, all scopes, no name. */
enum keys_verdict keys_check(struct keys *keys, const char *authorization,
                             struct keys_grant *grant, unsigned *retry_seconds);
void keys_release(struct keys_grant *grant); /* of one that was granted */

/* A new key: its text (KEYS_TEXT_BYTES, NUL included) and hash in hex (65 bytes). */
#define KEYS_TEXT_BYTES 64
int keys_make(char *text, char *sha256_hex, struct error *err) MUST_CHECK;

#endif
