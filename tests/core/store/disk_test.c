#include "core/store/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/core/store/system_calls.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

static struct store_fixture fixture;
static int directory;

static void setup(void)
{
    store_fixture_start(&fixture);
    directory = open(fixture.directory, O_RDONLY | O_DIRECTORY);
}

static void teardown(void)
{
    system_calls_stop();
    close(directory);
    store_fixture_end(&fixture);
}

static void make(const char *name, const char *text)
{
    int fd = disk_create(directory, name, NULL);
    ck_assert_int_eq(disk_write(fd, text, strlen(text), 0, NULL), 0);
    close(fd);
}

static void expect(const char *name, const char *text)
{
    char found[64] = "";
    uint64_t n;
    int fd = disk_open(directory, name, NULL);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(disk_n_bytes(fd, &n, NULL), 0);
    ck_assert_uint_eq(n, strlen(text));
    ck_assert_int_eq(disk_read(fd, found, n, 0, NULL), 0);
    ck_assert_str_eq(found, text);
    close(fd);
}

START_TEST(a_file_is_made_once_and_read_back)
{
    struct error err = {0};
    make("a", "some text");
    expect("a", "some text");
    ck_assert_int_eq(disk_create(directory, "a", &err), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_int_eq(disk_remove(directory, "a", NULL), 0);
    ck_assert_int_eq(disk_remove(directory, "a", NULL), 0); /* it is not there */
}
END_TEST

START_TEST(reading_past_the_end_is_damage)
{
    char byte;
    struct error err = {0};
    make("a", "text");
    int fd = disk_open(directory, "a", NULL);
    ck_assert_int_eq(disk_read(fd, &byte, 1, 4, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
    close(fd);
}
END_TEST

START_TEST(what_is_no_file_is_not_opened)
{
    static const char *const names[] = {"none", "folder", "link", "pipe"};
    make("a", "text");
    ck_assert_int_eq(mkdirat(directory, "folder", 0700), 0);
    ck_assert_int_eq(symlinkat("a", directory, "link"), 0);
    ck_assert_int_eq(mkfifoat(directory, "pipe", 0600), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct error err = {0};
        ck_assert_int_eq(disk_open(directory, names[i], &err), -1);
        ck_assert_msg(err.code == ERROR_NOT_FOUND, "%s: %s", names[i], err.message);
    }
}
END_TEST

static void expect_renaming(void)
{
    struct error err = {0};
    make("a", "first");
    make("b", "second");
    ck_assert_int_eq(disk_rename(directory, "a", directory, "b", &err), -1);
    ck_assert_int_eq(err.code, ERROR_CONFLICT);
    expect("a", "first");
    expect("b", "second");
    ck_assert_int_eq(disk_rename(directory, "a", directory, "c", NULL), 0);
    expect("c", "first");
    ck_assert_int_eq(faccessat(directory, "a", F_OK, 0), -1);
    error_clear(&err);
    ck_assert_int_eq(disk_rename(directory, "a", directory, "d", &err), -1);
    ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
}

START_TEST(a_new_name_replaces_nothing)
{
    expect_renaming();
}
END_TEST

START_TEST(a_new_name_replaces_nothing_where_the_file_system_knows_no_such_rename)
{
    system_calls_start(SYSTEM_CALLS_PLAIN_RENAMES, 0, EINVAL);
    expect_renaming();
    system_calls_start(SYSTEM_CALLS_PLAIN_RENAMES, 0, ENOSYS);
    ck_assert_int_eq(disk_rename(directory, "c", directory, "e", NULL), 0);
    expect("e", "first");
}
END_TEST

static bool some_file_is_there;

static int see_file(void *context, const char *name, struct error *err)
{
    int *n_seen = context;
    ++*n_seen;
    ck_assert(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
    some_file_is_there |= strcmp(name, "a") == 0;
    return *n_seen == 2 ? error_set(err, ERROR_CANCELLED, "enough") : 0;
}

START_TEST(names_are_told_until_it_is_enough)
{
    int n_seen = 0;
    struct error err = {0};
    make("a", "");
    ck_assert_int_eq(disk_each_name(directory, see_file, &n_seen, &err), 0);
    ck_assert(some_file_is_there && n_seen == 1);
    n_seen = 0;
    make("b", "");
    make("c", "");
    ck_assert_int_eq(disk_each_name(directory, see_file, &n_seen, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_int_eq(n_seen, 2);
}
END_TEST

/* With nameless files and, where there are none, without. */
START_TEST(a_scratch_file_leaves_no_name)
{
    struct stat status;
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            system_calls_start(SYSTEM_CALLS_FAIL_ONE, 0, EOPNOTSUPP);
        int fd = disk_scratch(directory, "scratch", NULL);
        system_calls_stop();
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(disk_write(fd, "x", 1, 0, NULL), 0);
        ck_assert(fstat(fd, &status) == 0 && status.st_nlink == 0);
        close(fd);
        ck_assert_uint_eq(store_fixture_n_files(&fixture, "."), 0);
    }
    struct error err = {0};
    system_calls_start(SYSTEM_CALLS_FAIL_ONE, 0, EMFILE);
    ck_assert_int_eq(disk_scratch(directory, "scratch", &err), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
}
END_TEST

TCase *disk_test(void)
{
    TCase *tcase = tcase_create("disk");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_file_is_made_once_and_read_back);
    tcase_add_test(tcase, reading_past_the_end_is_damage);
    tcase_add_test(tcase, what_is_no_file_is_not_opened);
    tcase_add_test(tcase, a_new_name_replaces_nothing);
    tcase_add_test(
        tcase, a_new_name_replaces_nothing_where_the_file_system_knows_no_such_rename);
    tcase_add_test(tcase, names_are_told_until_it_is_enough);
    tcase_add_test(tcase, a_scratch_file_leaves_no_name);
    return tcase;
}
