/*
 * Writes one blob's file: under an unfinished name, made durable, and only then under its
 * own. One thread at a time.
 */
#ifndef LOGITD_CORE_STORE_BLOB_WRITER_H
#define LOGITD_CORE_STORE_BLOB_WRITER_H

#include "core/store/blob_blocks.h"

struct blob_writer {
    int directory; /* borrowed */
    int fd;
    struct blob_header header;
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    struct blob_blocks *blocks;
    struct buffer tail;
    bool has_failed;  /* for good: bytes are missing */
    bool has_name;    /* its own: it is there as a blob */
    bool sync_failed; /* nobody knows what is on the disk */
};

/* digests_blocks: see blob_format.h. */
int blob_writer_start(struct blob_writer *writer, int directory, uint32_t kind,
                      bool digests_blocks, struct error *err) MUST_CHECK;
int blob_writer_add(struct blob_writer *writer, const void *bytes, size_t n,
                    struct error *err) MUST_CHECK;
int blob_writer_seal(struct blob_writer *writer, const char *key, const void *meta,
                     size_t meta_bytes, struct error *err) MUST_CHECK;
/* Removes the file, under whatever name. */
void blob_writer_remove(struct blob_writer *writer);
/* Frees what it owns; the file stays. */
void blob_writer_end(struct blob_writer *writer);

#endif
