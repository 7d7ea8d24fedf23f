#include "server/small_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

static struct tree tree;

static void setup(void)
{
    tree_open(&tree);
}

static void teardown(void)
{
    tree_close(&tree);
}

static int read_file(const char *name, struct buffer *out, struct error *err)
{
    char path[TREE_PATH_BYTES];
    return small_file_read(tree_path(&tree, name, path), out, err);
}

START_TEST(small_file_read_appends_the_whole_file)
{
    struct error err = {0};
    struct buffer out = BUFFER_EMPTY;
    tree_write_bytes(&tree, "a", "one\0two\n", 8);
    buffer_append_string(&out, "before ");
    ck_assert_int_eq(read_file("a", &out, &err), 0);
    ck_assert_uint_eq(out.n_bytes, 15);
    ck_assert_mem_eq(out.bytes, "before one\0two\n", 16);
    buffer_free(&out);
}
END_TEST

START_TEST(small_file_read_follows_links_and_takes_an_empty_file)
{
    struct error err = {0};
    struct buffer out = BUFFER_EMPTY;
    char link[TREE_PATH_BYTES];
    tree_write(&tree, "empty", "");
    ck_assert_int_eq(symlink("empty", tree_path(&tree, "link", link)), 0);
    ck_assert_int_eq(read_file("link", &out, &err), 0);
    ck_assert_uint_eq(out.n_bytes, 0);
    buffer_free(&out);
}
END_TEST

START_TEST(small_file_read_has_a_limit)
{
    struct error err = {0};
    struct buffer big = BUFFER_EMPTY;
    struct buffer out = BUFFER_EMPTY;
    char *bytes = buffer_reserve(&big, SMALL_FILE_MAX_BYTES + 1);
    memset(bytes, 'x', SMALL_FILE_MAX_BYTES + 1);
    tree_write_bytes(&tree, "fits", bytes, SMALL_FILE_MAX_BYTES);
    tree_write_bytes(&tree, "big", bytes, SMALL_FILE_MAX_BYTES + 1);
    ck_assert_int_eq(read_file("fits", &out, &err), 0);
    ck_assert_uint_eq(out.n_bytes, SMALL_FILE_MAX_BYTES);
    ck_assert_int_eq(read_file("big", &out, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_eq(out.n_bytes, SMALL_FILE_MAX_BYTES);
    buffer_free(&big);
    buffer_free(&out);
}
END_TEST

START_TEST(small_file_read_says_what_is_wrong)
{
    struct buffer out = BUFFER_EMPTY;
    struct error missing = {0};
    struct error folder = {0};
    struct error pipe = {0};
    struct error below = {0};
    char path[TREE_PATH_BYTES];
    tree_write(&tree, "folder/file", "x");
    ck_assert_int_eq(mkfifo(tree_path(&tree, "pipe", path), 0600), 0);
    ck_assert_int_eq(read_file("missing", &out, &missing), -1);
    ck_assert_int_eq(missing.code, ERROR_NOT_FOUND);
    ck_assert_int_eq(read_file("folder/file/x", &out, &below), -1);
    ck_assert_int_eq(below.code, ERROR_NOT_FOUND);
    ck_assert_int_eq(read_file("folder", &out, &folder), -1);
    ck_assert_int_eq(folder.code, ERROR_INVALID);
    ck_assert_int_eq(read_file("pipe", &out, &pipe), -1);
    ck_assert_int_eq(pipe.code, ERROR_INVALID);
    ck_assert_ptr_null(out.bytes);
}
END_TEST

START_TEST(small_file_read_survives_every_failing_allocation)
{
    tree_write(&tree, "a", "text");
    for (long n = 0;; n++) {
        struct error err = {0};
        struct buffer out = BUFFER_EMPTY;
        memory_fail_after(n);
        int result = read_file("a", &out, &err);
        memory_fail_after(-1);
        buffer_free(&out);
        if (result == 0) {
            ck_assert_int_gt(n, 1);
            return;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(small_file_wipe_overwrites_every_byte)
{
    struct buffer secret = BUFFER_EMPTY;
    buffer_append_string(&secret, "secret");
    small_file_wipe(&secret);
    ck_assert_mem_eq(secret.bytes, "\0\0\0\0\0\0", 6);
    buffer_free(&secret);
    small_file_wipe(&secret);
}
END_TEST

TCase *small_file_test(void)
{
    TCase *tcase = tcase_create("small_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, small_file_read_appends_the_whole_file);
    tcase_add_test(tcase, small_file_read_follows_links_and_takes_an_empty_file);
    tcase_add_test(tcase, small_file_read_has_a_limit);
    tcase_add_test(tcase, small_file_read_says_what_is_wrong);
    tcase_add_test(tcase, small_file_read_survives_every_failing_allocation);
    tcase_add_test(tcase, small_file_wipe_overwrites_every_byte);
    return tcase;
}
