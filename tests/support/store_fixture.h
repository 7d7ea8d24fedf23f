/*
 * A store in a directory of its own (in memory, or below $TMPDIR), and short ways to put,
 * delete and compare.
 */
#ifndef LOGITD_TESTS_SUPPORT_STORE_FIXTURE_H
#define LOGITD_TESTS_SUPPORT_STORE_FIXTURE_H

#include <stddef.h>
#include <stdio.h>

#include "core/store/store.h"
#include "tests/support/scratch_directory.h"

#define STORE_FIXTURE_NOTICES 16

struct store_fixture {
    char directory[SCRATCH_DIRECTORY_BYTES];
    struct store *store; /* NULL while closed */
    size_t n_notices;
    char notices[STORE_FIXTURE_NOTICES][512]; /* the first of them */
    int n_failures;                           /* calls of on_failure */
};

/* Makes an empty directory; opens, which must succeed; closes; removes it all. */
void store_fixture_start(struct store_fixture *fixture);
void store_fixture_open(struct store_fixture *fixture);
int store_fixture_try_open(struct store_fixture *fixture, struct error *err);
void store_fixture_close(struct store_fixture *fixture);
void store_fixture_reopen(struct store_fixture *fixture);
void store_fixture_end(struct store_fixture *fixture);
/* Whether a notice has this text in it. */
int store_fixture_was_told(const struct store_fixture *fixture, const char *text);

/* The path of a file of the directory: a name, or one with a star (blobs/…) for the first
 * that there is. Static text of the thread. */
const char *store_fixture_path(const struct store_fixture *fixture, const char *name);
size_t store_fixture_n_files(const struct store_fixture *fixture, const char *folder);

/* A whole file's bytes; free them with memory_free. Writing makes or replaces it. */
unsigned char *store_fixture_read(const char *path, size_t *n);
void store_fixture_write(const char *path, const void *bytes, size_t n);

/* One change, of text. */
int store_fixture_put(struct store *store, enum store_kind kind, const char *key,
                      const char *meta, struct error *err);
int store_fixture_delete(struct store *store, enum store_kind kind, const char *key,
                         struct error *err);
/* With a blob of n bytes, byte i being (i · 31 + seed) mod 251. */
int store_fixture_put_blob(struct store *store, enum store_kind kind, const char *key,
                           const char *meta, size_t n, unsigned seed, struct error *err);
unsigned char store_fixture_byte(size_t i, unsigned seed);
/* 0 if the record has this meta and, unless n is SIZE_MAX, this blob; -1 with err. */
int store_fixture_compare(struct store *store, enum store_kind kind, const char *key,
                          const char *meta, size_t n, unsigned seed, struct error *err);

#endif
