#include "tests/support/store_fixture.h"

#include <check.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

/* ---- the directory ---- */

void store_fixture_start(struct store_fixture *fixture)
{
    *fixture = (struct store_fixture){0};
    scratch_directory_make(fixture->directory);
}

static void on_notice(void *context, const char *message)
{
    struct store_fixture *fixture = context;
    if (fixture->n_notices < STORE_FIXTURE_NOTICES)
        snprintf(fixture->notices[fixture->n_notices], sizeof(fixture->notices[0]), "%s",
                 message);
    fixture->n_notices++;
}

static void on_failure(void *context, const struct error *why)
{
    struct store_fixture *fixture = context;
    (void)why;
    fixture->n_failures++;
}

int store_fixture_try_open(struct store_fixture *fixture, struct error *err)
{
    const struct store_options options = {on_failure, on_notice, fixture};
    fixture->n_notices = 0;
    fixture->store = store_open(fixture->directory, &options, err);
    return fixture->store ? 0 : -1;
}

void store_fixture_open(struct store_fixture *fixture)
{
    struct error err = {0};
    ck_assert_msg(store_fixture_try_open(fixture, &err) == 0, "%s", err.message);
}

void store_fixture_close(struct store_fixture *fixture)
{
    if (fixture->store)
        store_close(fixture->store);
    fixture->store = NULL;
}

void store_fixture_reopen(struct store_fixture *fixture)
{
    store_fixture_close(fixture);
    store_fixture_open(fixture);
}

static void remove_all(const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, NULL);
    for (int i = 0; i < n; i++) {
        char below[512];
        snprintf(below, sizeof(below), "%s/%s", path, names[i]->d_name);
        bool is_self =
            strcmp(names[i]->d_name, ".") == 0 || strcmp(names[i]->d_name, "..") == 0;
        if (!is_self && unlink(below) < 0)
            remove_all(below);
        free(names[i]);
    }
    free(names);
    rmdir(path);
}

void store_fixture_end(struct store_fixture *fixture)
{
    store_fixture_close(fixture);
    remove_all(fixture->directory);
}

int store_fixture_was_told(const struct store_fixture *fixture, const char *text)
{
    for (size_t i = 0; i < fixture->n_notices && i < STORE_FIXTURE_NOTICES; i++)
        if (strstr(fixture->notices[i], text))
            return 1;
    return 0;
}

const char *store_fixture_path(const struct store_fixture *fixture, const char *name)
{
    static _Thread_local char path[512];
    snprintf(path, sizeof(path), "%s/%s", fixture->directory, name);
    char *pattern = strrchr(path, '/');
    struct dirent **names = NULL;
    if (!strchr(pattern, '*'))
        return path;
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "%s", pattern + 1);
    pattern[1] = '\0';
    int n = scandir(path, &names, NULL, alphasort);
    const char *found = NULL;
    for (int i = 0; i < n; i++) {
        if (!found && fnmatch(wanted, names[i]->d_name, FNM_PERIOD) == 0) {
            strncat(path, names[i]->d_name, sizeof(path) - strlen(path) - 1);
            found = path;
        }
        free(names[i]);
    }
    free(names);
    return found;
}

size_t store_fixture_n_files(const struct store_fixture *fixture, const char *folder)
{
    struct dirent **names = NULL;
    int n = scandir(store_fixture_path(fixture, folder), &names, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return n < 2 ? 0 : (size_t)n - 2;
}

unsigned char *store_fixture_read(const char *path, size_t *n)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file && fstat(fileno(file), &status) == 0, "%s", path);
    unsigned char *bytes = memory_new((size_t)status.st_size, 1, NULL);
    *n = fread(bytes, 1, (size_t)status.st_size, file);
    ck_assert_uint_eq(*n, (size_t)status.st_size);
    fclose(file);
    return bytes;
}

void store_fixture_write(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0, "%s",
                  path);
}

/* ---- records ---- */

int store_fixture_put(struct store *store, enum store_kind kind, const char *key,
                      const char *meta, struct error *err)
{
    const struct store_change change = {
        .kind = kind, .key = key, .meta = meta, .meta_bytes = strlen(meta)};
    return store_commit(store, &change, 1, err);
}

int store_fixture_delete(struct store *store, enum store_kind kind, const char *key,
                         struct error *err)
{
    const struct store_change change = {.deletes = true, .kind = kind, .key = key};
    return store_commit(store, &change, 1, err);
}

unsigned char store_fixture_byte(size_t i, unsigned seed)
{
    return (unsigned char)((i * 31 + seed) % 251);
}

static int fill(struct store_blob_writer *blob, size_t n, unsigned seed,
                struct error *err)
{
    unsigned char bytes[5000];
    for (size_t at = 0; at < n;) {
        size_t part = n - at < sizeof(bytes) ? n - at : sizeof(bytes);
        for (size_t i = 0; i < part; i++)
            bytes[i] = store_fixture_byte(at + i, seed);
        if (store_blob_write(blob, bytes, part, err) < 0)
            return -1;
        at += part;
    }
    return 0;
}

int store_fixture_put_blob(struct store *store, enum store_kind kind, const char *key,
                           const char *meta, size_t n, unsigned seed, struct error *err)
{
    /* As the daemon has it. */
    struct store_blob_writer *blob = store_blob_begin(
        store, kind, kind == STORE_DATASET ? STORE_DIGEST_BLOCKS : STORE_DIGEST_PAYLOAD,
        err);
    const struct store_change change = {
        .kind = kind, .key = key, .meta = meta, .meta_bytes = strlen(meta), .blob = blob};
    if (blob && fill(blob, n, seed, err) == 0 &&
        store_blob_seal(blob, key, meta, strlen(meta), err) == 0 &&
        store_commit(store, &change, 1, err) == 0)
        return 0;
    store_blob_abandon(blob);
    return -1;
}

static int compare_blob(const struct store_blob *blob, size_t n, unsigned seed,
                        struct error *err)
{
    const unsigned char *bytes = blob->bytes;
    if (blob->n_bytes != n)
        return error_set(err, ERROR_INVALID, "the blob has another length");
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != store_fixture_byte(i, seed))
            return error_set(err, ERROR_INVALID, "byte %zu differs", i);
    return 0;
}

int store_fixture_compare(struct store *store, enum store_kind kind, const char *key,
                          const char *meta, size_t n, unsigned seed, struct error *err)
{
    const struct store_record *record = store_find(store, kind, key);
    struct store_blob blob = {0};
    int result = 0;
    if (!record)
        return error_set(err, ERROR_NOT_FOUND, "there is no %s", key);
    if (record->meta_bytes != strlen(meta) ||
        memcmp(record->meta, meta, record->meta_bytes) != 0)
        result = error_set(err, ERROR_INVALID, "%s has another meta", key);
    if (result == 0 && n != SIZE_MAX)
        result = store_blob_open(store, record, &blob, err);
    if (result == 0 && n != SIZE_MAX)
        result = compare_blob(&blob, n, seed, err);
    store_blob_close(&blob);
    store_release(record);
    return result;
}
