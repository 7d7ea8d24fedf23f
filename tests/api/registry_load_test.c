/* The registry filled from a store, as at every start. */
#include <stdio.h>
#include <string.h>

#include "api/alias_record.h"
#include "api/registry.h"
#include "core/base/memory.h"
#include "core/model/model_file.h"
#include "tests/support/small_model.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

#define N_NOTICES 8

static struct store_fixture fixture;
static struct registry *registry;
static char notices[N_NOTICES][512];
static size_t n_notices;

static void on_notice(void *context, const char *message)
{
    (void)context;
    if (n_notices < N_NOTICES)
        snprintf(notices[n_notices], sizeof(notices[0]), "%s", message);
    n_notices++;
}

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
    registry = registry_new(NULL);
    n_notices = 0;
}

static void teardown(void)
{
    memory_fail_after(-1);
    registry_free(registry);
    store_fixture_end(&fixture);
}

/* ---- what lies in the store ---- */

static void put_bytes(const char *key, const void *bytes, size_t n)
{
    struct store_blob_writer *blob =
        store_blob_begin(fixture.store, STORE_VERSION, STORE_DIGEST_PAYLOAD, NULL);
    ck_assert_int_eq(store_blob_write(blob, bytes, n, NULL), 0);
    ck_assert_int_eq(store_blob_seal(blob, key, NULL, 0, NULL), 0);
    const struct store_change change = {.kind = STORE_VERSION, .key = key, .blob = blob};
    ck_assert_int_eq(store_commit(fixture.store, &change, 1, NULL), 0);
}

/* A model whose intercept is the number given. */
static void put_model(const char *key, double intercept)
{
    const double solution[] = {intercept, 0.5, 0.25, 2};
    struct model *model = small_model_binomial(solution);
    struct buffer bytes = BUFFER_EMPTY;
    model_file_write(model, &bytes);
    put_bytes(key, bytes.bytes, bytes.n_bytes);
    buffer_free(&bytes);
    model_release(model);
}

static void put_alias(const char *key, uint64_t version)
{
    struct buffer meta = BUFFER_EMPTY;
    const struct alias_target target = alias_target_of_version(version);
    alias_record_pack(&target, &meta);
    const struct store_change change = {
        .kind = STORE_ALIAS, .key = key, .meta = meta.bytes, .meta_bytes = meta.n_bytes};
    ck_assert_int_eq(store_commit(fixture.store, &change, 1, NULL), 0);
    buffer_free(&meta);
}

/* Of the one blob that there is. */
static void damage_blob(void)
{
    char path[512];
    snprintf(path, sizeof(path), "%s", store_fixture_path(&fixture, "blobs/*.blob"));
    FILE *file = fopen(path, "r+b");
    ck_assert(file && fseek(file, 200, SEEK_SET) == 0);
    int byte = fgetc(file);
    ck_assert(fseek(file, 200, SEEK_SET) == 0 && fputc(byte ^ 1, file) != EOF);
    ck_assert_int_eq(fclose(file), 0);
}

static int load(struct error *err)
{
    return registry_load(registry, fixture.store, on_notice, NULL, err);
}

static void expect_loaded(void)
{
    struct error err = {0};
    ck_assert_msg(load(&err) == 0, "%s", err.message);
}

/* The intercept of what answers; NaN-free, so -1000 means: nothing. */
static double intercept_of(const char *name, uint64_t version)
{
    struct registry_found found = {0};
    if (registry_find_version(registry, name, version, &found, NULL) < 0)
        return -1000;
    double intercept = found.model->intercepts[0];
    model_release(found.model);
    return intercept;
}

static bool was_told(const char *text)
{
    for (size_t i = 0; i < n_notices && i < N_NOTICES; i++)
        if (strstr(notices[i], text))
            return true;
    return false;
}

/* ---- */

START_TEST(an_empty_store_gives_an_empty_registry)
{
    expect_loaded();
    ck_assert_uint_eq(registry_n_versions(registry), 0);
    ck_assert_uint_eq(n_notices, 0);
}
END_TEST

START_TEST(versions_and_aliases_come_back)
{
    struct registry_found found = {0};
    put_model("m/1", 1);
    put_model("m/10", 10);
    put_model("m/2", 2);
    put_model("other.name/7", 7);
    put_alias("m@default", 2);
    put_alias("m@old", 1);
    store_fixture_reopen(&fixture);
    expect_loaded();
    ck_assert_uint_eq(n_notices, 0);
    ck_assert_uint_eq(registry_n_versions(registry), 4);
    ck_assert_double_eq(intercept_of("m", 1), 1);
    ck_assert_double_eq(intercept_of("m", 10), 10);
    ck_assert_double_eq(intercept_of("other.name", 7), 7);
    ck_assert_int_eq(registry_find(registry, "m", &found, NULL), 0);
    ck_assert_uint_eq(found.version, 2); /* by its alias */
    model_release(found.model);
    ck_assert_int_eq(registry_find_alias(registry, "m", "old", &found, NULL), 0);
    ck_assert_uint_eq(found.version, 1);
    model_release(found.model);
}
END_TEST

/* More than are read from the store at once. */
START_TEST(hundreds_of_versions_come_back)
{
    enum { N = 600 };
    char key[64];
    for (int i = 1; i <= N; i++) {
        snprintf(key, sizeof(key), "m%d/%d", i % 7, i);
        put_model(key, i);
        snprintf(key, sizeof(key), "m%d@a%d", i % 7, i);
        put_alias(key, (uint64_t)i);
    }
    expect_loaded();
    ck_assert_uint_eq(registry_n_versions(registry), N);
    for (int i = 1; i <= N; i++) {
        struct registry_found found = {0};
        snprintf(key, sizeof(key), "m%d", i % 7);
        ck_assert_double_eq(intercept_of(key, (uint64_t)i), i);
        char alias[16];
        snprintf(alias, sizeof(alias), "a%d", i);
        ck_assert_int_eq(registry_find_alias(registry, key, alias, &found, NULL), 0);
        ck_assert_uint_eq(found.version, (uint64_t)i);
        model_release(found.model);
    }
}
END_TEST

START_TEST(a_damaged_version_is_left_out_and_told_of)
{
    struct registry_listing listing = {0};
    struct error err = {0};
    put_model("m/1", 1);
    damage_blob();
    put_model("m/2", 2);
    put_model("n/1", 3);
    put_alias("m@default", 1);
    expect_loaded();
    ck_assert(was_told("m/1 is left out"));
    ck_assert_double_eq(intercept_of("m", 1), -1000);
    ck_assert_double_eq(intercept_of("m", 2), 2);
    ck_assert_double_eq(intercept_of("n", 1), 3);
    ck_assert_int_eq(registry_list(registry, "m", &listing, NULL), 0);
    ck_assert_uint_eq(listing.n_versions, 1);
    ck_assert_uint_eq(listing.n_aliases, 1); /* for when it is put right */
    registry_listing_free(&listing);
    struct registry_found found = {0};
    ck_assert_int_eq(registry_find(registry, "m", &found, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND); /* not silently another version */
}
END_TEST

START_TEST(a_version_that_was_damaged_before_is_told_of_again)
{
    put_model("m/1", 1);
    damage_blob();
    expect_loaded();
    registry_free(registry);
    registry = registry_new(NULL);
    n_notices = 0;
    store_fixture_reopen(&fixture); /* its file lies in quarantine now */
    expect_loaded();
    ck_assert(was_told("m/1 is left out"));
    ck_assert(!registry_has(registry, "m"));
}
END_TEST

START_TEST(a_blob_that_is_no_model_is_left_out)
{
    put_bytes("m/1", "this is no model", 16);
    put_bytes("m/2", "", 0);
    put_model("m/3", 3);
    expect_loaded();
    ck_assert_uint_eq(n_notices, 2);
    ck_assert(was_told("m/1 is left out"));
    ck_assert(was_told("m/2 is left out"));
    ck_assert_double_eq(intercept_of("m", 3), 3);
}
END_TEST

START_TEST(keys_that_are_none_are_left_out)
{
    static const char *const keys[] = {"m", "/1", "m/", "m/0", "m/01", "m/x"};
    enum { N = sizeof(keys) / sizeof(*keys) };
    for (size_t i = 0; i < N; i++)
        put_model(keys[i], 1);
    put_model("m/5", 5);
    put_alias("m", 5);
    put_alias("@a", 5);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_ALIAS, "m@a", "x", NULL), 0);
    expect_loaded();
    ck_assert_uint_eq(n_notices, N + 3);
    ck_assert_uint_eq(registry_n_versions(registry), 1);
    ck_assert_double_eq(intercept_of("m", 5), 5);
}
END_TEST

START_TEST(loading_without_memory_is_refused)
{
    int result = -1;
    put_model("m/1", 1);
    put_model("m/2", 2);
    put_alias("m@a", 1);
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        registry_free(registry);
        registry = registry_new(NULL);
        memory_fail_after(n);
        result = load(&err);
        ck_assert_msg(memory_fail_after(-1) <= n ? result == 0
                                                 : err.code == ERROR_NO_MEMORY,
                      "allocation %ld: %d, %s", n, result, err.message);
    }
    ck_assert_uint_eq(registry_n_versions(registry), 2);
}
END_TEST

TCase *registry_load_test(void)
{
    TCase *tcase = tcase_create("registry_load");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_store_gives_an_empty_registry);
    tcase_add_test(tcase, versions_and_aliases_come_back);
    tcase_add_test(tcase, hundreds_of_versions_come_back);
    tcase_add_test(tcase, a_damaged_version_is_left_out_and_told_of);
    tcase_add_test(tcase, a_version_that_was_damaged_before_is_told_of_again);
    tcase_add_test(tcase, a_blob_that_is_no_model_is_left_out);
    tcase_add_test(tcase, keys_that_are_none_are_left_out);
    tcase_add_test(tcase, loading_without_memory_is_refused);
    return tcase;
}
