/*
 * Reads one blob's file and says what is wrong with it: ERROR_NOT_FOUND (no such file),
 * ERROR_CORRUPT, ERROR_FORMAT_VERSION (of a newer program). Other errors are the
 * machine's and say nothing of the blob.
 */
#ifndef LOGITD_CORE_STORE_BLOB_READER_H
#define LOGITD_CORE_STORE_BLOB_READER_H

#include "core/base/mapping.h"
#include "core/store/blob_format.h"

struct blob_reader {
    int fd;
    struct blob_header header;
    uint64_t file_bytes;
};

/* Checks the header and the sizes: one read, whatever the blob's size. */
int blob_reader_open(struct blob_reader *reader, int directory, const unsigned char *id,
                     struct error *err) MUST_CHECK;
void blob_reader_close(struct blob_reader *reader);

/* What lies behind the payload, checked. Free bytes with memory_free. */
struct blob_tail {
    unsigned char *bytes; /* the blocks' checksums first */
    const char *key;      /* [header.key_bytes], not followed by a NUL */
    const void *meta;
    const unsigned char *digest; /* [32] */
};
int blob_reader_tail(struct blob_reader *reader, struct blob_tail *tail,
                     struct error *err) MUST_CHECK;

/* Reads all of the payload against its blocks' checksums. `computed` (NULL: spares the
 * time): the digest that the tail should have. */
int blob_reader_verify(struct blob_reader *reader, const struct blob_tail *tail,
                       unsigned char *computed, struct error *err) MUST_CHECK;

/* Maps the whole file read-only, and guards it (core/base/mapping.h); the payload begins
 * at BLOB_FORMAT_HEADER_BYTES. */
int blob_reader_map(struct blob_reader *reader, void **mapping, struct mapping **guard,
                    struct error *err) MUST_CHECK;

#endif
