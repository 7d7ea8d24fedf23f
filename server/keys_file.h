/*
 * The file of API keys, read strictly: a key that is not understood as it was meant must
 * not be served by. Its form is described in server/keys.h.
 */
#ifndef LOGITD_SERVER_KEYS_FILE_H
#define LOGITD_SERVER_KEYS_FILE_H

#include <stddef.h>

#include "core/base/checksum.h"
#include "core/base/error.h"

#define KEYS_FILE_MAX_ENTRIES 1000U
#define KEYS_FILE_NAME_BYTES 129U

struct keys_file_entry {
    char name[KEYS_FILE_NAME_BYTES];
    unsigned char sha256[CHECKSUM_SHA256_BYTES];
    unsigned scopes;            /* of api/request.h; admin has brought the others along */
    double requests_per_second; /* 0: no limit */
    size_t n_jobs_most;         /* 0: no limit */
};

struct keys_file {
    struct keys_file_entry *entries;
    size_t n_entries;
};

/* Into an all-zero one. The place of an error is a JSON pointer ("/keys/3/sha256") or a
 * byte. */
int keys_file_read(const char *path, struct keys_file *file,
                   struct error *err) MUST_CHECK;
int keys_file_parse(const char *text, size_t n_bytes, struct keys_file *file,
                    struct error *err) MUST_CHECK;
void keys_file_free(struct keys_file *file);

/* "predict", "train" or "admin": its bit; 0 for another word. */
unsigned keys_file_scope(const char *word);

/* A letter or digit, then up to 127 letters, digits, '.', '_' or '-'. */
bool keys_file_is_name(const char *text);

#endif
