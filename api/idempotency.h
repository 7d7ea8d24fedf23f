/*
 * Idempotency-Key: a request with a key that was seen before, from the same caller, is
 * answered as it was then and does nothing. The key's record is committed together with
 * what the request made, so there is no moment in which one is kept without the other; a
 * request that was refused keeps no record and may be sent again, corrected, with the
 * same key.
 *
 * A key is remembered for 24 hours. With another body (or path) it is refused: 422.
 */
#ifndef LOGITD_API_IDEMPOTENCY_H
#define LOGITD_API_IDEMPOTENCY_H

#include <stdbool.h>

#include "api/exchange.h"
#include "core/base/checksum.h"
#include "core/store/store.h"

#define IDEMPOTENCY_MAX_PURGED 8
#define IDEMPOTENCY_MAX_CHANGES (2 + IDEMPOTENCY_MAX_PURGED)

struct idempotency {
    bool is_asked;                /* there is a key */
    char key[CHECKSUM_HEX_BYTES]; /* the record's: a hash of caller and key */
    unsigned char content[CHECKSUM_SHA256_BYTES]; /* of method, path and body */
    uint64_t stale_revision; /* of a forgotten record that lies in the way; 0: none */
    struct buffer meta;      /* of the record to be committed */
    const struct store_record *purged[IDEMPOTENCY_MAX_PURGED];
    size_t n_purged;
};

/* What was answered then. Free with idempotency_free_answer. */
struct idempotency_answer {
    int status;
    char *subject; /* what the request made: the job's id */
    char *body;    /* JSON */
};

/* From the header. -1: the key is unusable (place "header Idempotency-Key"). */
int idempotency_start(struct idempotency *idempotency, const struct request *request,
                      struct error *err) MUST_CHECK;
/* 1: seen before, *answer is filled; 0: new, or no key; -1: seen with another body, no
 * memory. */
int idempotency_find(struct idempotency *idempotency, struct store *store,
                     struct idempotency_answer *answer, struct error *err) MUST_CHECK;
void idempotency_free_answer(struct idempotency_answer *answer);

/* The changes that remember this answer and forget some old keys: at most
 * IDEMPOTENCY_MAX_CHANGES, which borrow from `idempotency`. *n_changes is 0 without a
 * key. A commit that then fails with ERROR_CONFLICT has met the same key from elsewhere:
 * look again with idempotency_find. */
int idempotency_remember(struct idempotency *idempotency, struct store *store, int status,
                         const char *subject, const char *body,
                         struct store_change *changes, size_t *n_changes,
                         struct error *err) MUST_CHECK;

void idempotency_free(struct idempotency *idempotency);

#endif
