#include "server/keys.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/checksum.h"
#include "core/base/memory.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

static struct tree tree;
static struct buffer file;
static char path[TREE_PATH_BYTES];

static void setup(void)
{
    tree_open(&tree);
    tree_path(&tree, "keys", path);
}

static void teardown(void)
{
    buffer_free(&file);
    tree_close(&tree);
}

/* Entries of a file that is being made. */
static void add_key(const char *name, const char *key, const char *scopes,
                    const char *limits)
{
    char hash[CHECKSUM_HEX_BYTES];
    checksum_sha256_hex(key, strlen(key), hash);
    buffer_append_string(&file, file.n_bytes == 0 ? "{\"keys\":[" : ",");
    buffer_printf(&file, "{\"name\":\"%s\",\"sha256\":\"%s\",\"scopes\":[%s]%s}", name,
                  hash, scopes, limits);
}

static void write_file(void)
{
    buffer_append_string(&file, "]}");
    tree_write(&tree, "keys", file.bytes);
    buffer_clear(&file);
}

static struct keys *open_file(void)
{
    struct error err = {0};
    write_file();
    struct keys *keys = keys_open(path, &err);
    ck_assert_msg(keys != NULL, "%s %s", err.place, err.message);
    return keys;
}

static enum keys_verdict check(struct keys *keys, const char *authorization)
{
    struct keys_grant grant;
    unsigned retry;
    enum keys_verdict verdict = keys_check(keys, authorization, &grant, &retry);
    if (verdict == KEYS_GRANTED)
        keys_release(&grant);
    return verdict;
}

START_TEST(keys_that_are_not_configured_let_everybody_do_everything)
{
    struct keys_grant grant;
    unsigned retry;
    ck_assert_int_eq(keys_check(NULL, NULL, &grant, &retry), KEYS_GRANTED);
    ck_assert_ptr_null(grant.principal.name);
    ck_assert_uint_eq(grant.principal.scopes, SCOPE_PREDICT | SCOPE_TRAIN | SCOPE_ADMIN);
    ck_assert_uint_eq(grant.principal.n_jobs_most, 0);
    keys_release(&grant);
    ck_assert_int_eq(check(NULL, "Bearer whatever"), KEYS_GRANTED);
}
END_TEST

START_TEST(keys_check_tells_who_asks)
{
    struct keys_grant grant;
    unsigned retry;
    add_key("first", "secret-1", "\"predict\"", "");
    add_key("second", "secret-2", "\"train\"", ",\"jobs\":3");
    struct keys *keys = open_file();
    ck_assert_int_eq(keys_check(keys, "Bearer secret-2", &grant, &retry), KEYS_GRANTED);
    ck_assert_str_eq(grant.principal.name, "second");
    ck_assert_uint_eq(grant.principal.scopes, SCOPE_TRAIN);
    ck_assert_uint_eq(grant.principal.n_jobs_most, 3);
    keys_release(&grant);
    ck_assert_int_eq(keys_check(keys, "bearer   secret-1", &grant, &retry), KEYS_GRANTED);
    ck_assert_str_eq(grant.principal.name, "first");
    ck_assert_uint_eq(grant.principal.n_jobs_most, 0);
    keys_release(&grant);
    keys_close(keys);
}
END_TEST

struct header_case {
    const char *header;
    enum keys_verdict verdict;
};

static const struct header_case headers[] = {
    {NULL, KEYS_MISSING},
    {"", KEYS_MISSING},
    {"Bearer", KEYS_MISSING},
    {"Bearersecret", KEYS_MISSING},
    {"secret", KEYS_MISSING},
    {"Basic c2VjcmV0", KEYS_MISSING},
    {"Bearer ", KEYS_WRONG},
    {"Bearer secre", KEYS_WRONG},
    {"Bearer secret ", KEYS_WRONG},
    {"Bearer secrets", KEYS_WRONG},
    {"Bearer Secret", KEYS_WRONG},
    {"Bearer secret,secret", KEYS_WRONG},
    {"Bearer 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
     KEYS_WRONG}, /* the hash is no key */
    {"Bearer secret", KEYS_GRANTED},
};

START_TEST(keys_check_takes_the_exact_key_and_nothing_like_it)
{
    add_key("a", "secret", "\"predict\"", "");
    struct keys *keys = open_file();
    ck_assert_int_eq(check(keys, headers[_i].header), headers[_i].verdict);
    keys_close(keys);
}
END_TEST

START_TEST(keys_check_counts_the_requests_of_each_key)
{
    struct keys_grant grant;
    unsigned retry = 0;
    add_key("slow", "one", "\"predict\"", ",\"requests_per_second\":0.01");
    add_key("fast", "two", "\"predict\"", "");
    struct keys *keys = open_file();
    ck_assert_int_eq(check(keys, "Bearer one"), KEYS_GRANTED);
    ck_assert_int_eq(keys_check(keys, "Bearer one", &grant, &retry), KEYS_TOO_MANY);
    ck_assert_uint_ge(retry, 90);
    ck_assert_uint_le(retry, 100);
    ck_assert_ptr_null(grant.held);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(check(keys, "Bearer two"), KEYS_GRANTED);
    keys_close(keys);
}
END_TEST

START_TEST(keys_reload_takes_the_new_file_and_keeps_who_is_under_way)
{
    struct error err = {0};
    struct keys_grant grant;
    unsigned retry;
    add_key("old", "one", "\"predict\"", "");
    struct keys *keys = open_file();
    ck_assert_int_eq(keys_check(keys, "Bearer one", &grant, &retry), KEYS_GRANTED);
    add_key("new", "two", "\"train\"", "");
    write_file();
    ck_assert_int_eq(keys_reload(keys, &err), 0);
    ck_assert_int_eq(check(keys, "Bearer one"), KEYS_WRONG);
    ck_assert_int_eq(check(keys, "Bearer two"), KEYS_GRANTED);
    ck_assert_str_eq(grant.principal.name, "old");
    ck_assert_int_eq(keys_reload(keys, &err), 0);
    ck_assert_str_eq(grant.principal.name, "old");
    keys_release(&grant);
    keys_close(keys);
}
END_TEST

START_TEST(keys_reload_of_a_bad_file_changes_nothing)
{
    struct error err = {0};
    struct error missing = {0};
    add_key("a", "one", "\"predict\"", "");
    struct keys *keys = open_file();
    tree_write(&tree, "keys", "{\"keys\":[{\"name\":\"a\"}]}");
    ck_assert_int_eq(keys_reload(keys, &err), -1);
    ck_assert_str_eq(err.place, "/keys/0");
    ck_assert_int_eq(check(keys, "Bearer one"), KEYS_GRANTED);
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(keys_reload(keys, &missing), -1);
    ck_assert_int_eq(missing.code, ERROR_NOT_FOUND);
    ck_assert_int_eq(check(keys, "Bearer one"), KEYS_GRANTED);
    keys_close(keys);
}
END_TEST

START_TEST(keys_reload_counts_on_for_names_that_stay)
{
    struct error err = {0};
    add_key("slow", "one", "\"predict\"", ",\"requests_per_second\":0.01");
    struct keys *keys = open_file();
    ck_assert_int_eq(check(keys, "Bearer one"), KEYS_GRANTED);
    add_key("other", "three", "\"predict\"", ",\"requests_per_second\":0.01");
    add_key("slow", "two", "\"predict\"", ",\"requests_per_second\":0.02");
    write_file();
    ck_assert_int_eq(keys_reload(keys, &err), 0);
    ck_assert_int_eq(check(keys, "Bearer two"), KEYS_TOO_MANY);
    ck_assert_int_eq(check(keys, "Bearer three"), KEYS_GRANTED);
    keys_close(keys);
}
END_TEST

#define N_THREADS 4
#define N_CHECKS 2000

static void *check_many(void *keys)
{
    for (int i = 0; i < N_CHECKS; i++) {
        struct keys_grant grant;
        unsigned retry;
        if (keys_check(keys, "Bearer one", &grant, &retry) != KEYS_GRANTED ||
            strcmp(grant.principal.name, "a") != 0)
            return keys;
        keys_release(&grant);
    }
    return NULL;
}

START_TEST(keys_may_be_checked_while_they_are_read_again)
{
    struct error err = {0};
    pthread_t threads[N_THREADS];
    add_key("a", "one", "\"predict\"", "");
    struct keys *keys = open_file();
    for (int i = 0; i < N_THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, check_many, keys), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(keys_reload(keys, &err), 0);
    for (int i = 0; i < N_THREADS; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    keys_close(keys);
}
END_TEST

START_TEST(keys_open_survives_every_failing_allocation)
{
    add_key("a", "one", "\"predict\"", "");
    write_file();
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct keys *keys = keys_open(path, &err);
        memory_fail_after(-1);
        if (keys) {
            ck_assert_int_gt(n, 5);
            keys_close(keys);
            return;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(keys_make_makes_another_key_each_time)
{
    struct error err = {0};
    char text[2][KEYS_TEXT_BYTES];
    char hash[2][CHECKSUM_HEX_BYTES];
    char expected[CHECKSUM_HEX_BYTES];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(keys_make(text[i], hash[i], &err), 0);
        ck_assert_uint_eq(strlen(text[i]), 50); /* 7 + ⌈256 / 6⌉ */
        ck_assert_int_eq(strncmp(text[i], "logitd_", 7), 0);
        ck_assert_uint_eq(strspn(text[i] + 7, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
                          43);
        ck_assert_str_eq(hash[i], checksum_sha256_hex(text[i], 50, expected));
    }
    ck_assert_str_ne(text[0], text[1]);
}
END_TEST

START_TEST(keys_made_are_keys_that_open)
{
    struct error err = {0};
    char text[KEYS_TEXT_BYTES];
    char hash[CHECKSUM_HEX_BYTES];
    char header[128];
    ck_assert_int_eq(keys_make(text, hash, &err), 0);
    add_key("made", text, "\"admin\"", "");
    struct keys *keys = open_file();
    snprintf(header, sizeof(header), "Bearer %s", text);
    ck_assert_int_eq(check(keys, header), KEYS_GRANTED);
    keys_close(keys);
}
END_TEST

TCase *keys_test(void)
{
    TCase *tcase = tcase_create("keys");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, keys_that_are_not_configured_let_everybody_do_everything);
    tcase_add_test(tcase, keys_check_tells_who_asks);
    tcase_add_loop_test(tcase, keys_check_takes_the_exact_key_and_nothing_like_it, 0,
                        sizeof(headers) / sizeof(*headers));
    tcase_add_test(tcase, keys_check_counts_the_requests_of_each_key);
    tcase_add_test(tcase, keys_reload_takes_the_new_file_and_keeps_who_is_under_way);
    tcase_add_test(tcase, keys_reload_of_a_bad_file_changes_nothing);
    tcase_add_test(tcase, keys_reload_counts_on_for_names_that_stay);
    tcase_add_test(tcase, keys_may_be_checked_while_they_are_read_again);
    tcase_add_test(tcase, keys_open_survives_every_failing_allocation);
    tcase_add_test(tcase, keys_make_makes_another_key_each_time);
    tcase_add_test(tcase, keys_made_are_keys_that_open);
    return tcase;
}
