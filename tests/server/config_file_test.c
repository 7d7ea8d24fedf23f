#include "server/config_file.h"

#include <string.h>

#include "core/base/buffer.h"
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

/* "name=value;" of each line, in a buffer; the name "bad" is refused. */
static int note(void *context, const char *name, const char *value, struct error *err)
{
    if (strcmp(name, "bad") == 0)
        return error_set(err, ERROR_INVALID, "is bad");
    buffer_printf(context, "%s=%s;", name, value);
    return 0;
}

static int read_text(const char *text, struct buffer *out, struct error *err)
{
    char path[TREE_PATH_BYTES];
    tree_write(&tree, "conf", text);
    return config_file_read(tree_path(&tree, "conf", path), note, out, err);
}

struct good_case {
    const char *text, *settings;
};

static const struct good_case good[] = {
    {"", ""},
    {"\n \n\t\n", ""},
    {"# all of it\n  # is comment", ""},
    {"a = 1\nb=2\n", "a=1;b=2;"},
    {"a = 1", "a=1;"},
    {"  a\t=\t1 2  \r\nb = 3\r\n", "a=1 2;b=3;"},
    {"a = 1 # one\nb = 2\t#two", "a=1;b=2;"},
    {"a = 1#2", "a=1#2;"},
    {"a = b = c", "a=b = c;"},
    {"a =", "a=;"},
    {"a = # nothing", "a=;"},
    {"a = \" # 1 \" # quoted", "a= # 1 ;"},
    {"a = \"\"", "a=;"},
    {"a = b\"c\"", "a=b\"c\";"},
};

START_TEST(config_file_reads_names_and_values)
{
    struct error err = {0};
    struct buffer out = BUFFER_EMPTY;
    ck_assert_int_eq(read_text(good[_i].text, &out, &err), 0);
    ck_assert_str_eq(out.bytes ? out.bytes : "", good[_i].settings);
    buffer_free(&out);
}
END_TEST

struct bad_case {
    const char *text, *place, *message;
};

static const struct bad_case bad[] = {
    {"a = 1\nbad = 2\n", "line 2", "is bad"},
    {"\n\nlisten", "line 3", "wants name = value"},
    {"a = \"b", "line 1", "closing quote"},
    {"a = \"b\" c", "line 1", "after the closing quote"},
};

START_TEST(config_file_names_the_line_that_is_wrong)
{
    struct error err = {0};
    struct buffer out = BUFFER_EMPTY;
    ck_assert_int_eq(read_text(bad[_i].text, &out, &err), -1);
    ck_assert_str_eq(err.place, bad[_i].place);
    ck_assert_ptr_nonnull(strstr(err.message, bad[_i].message));
    buffer_free(&out);
}
END_TEST

START_TEST(config_file_must_be_text_and_there)
{
    struct error binary = {0};
    struct error missing = {0};
    struct buffer out = BUFFER_EMPTY;
    char path[TREE_PATH_BYTES];
    tree_path(&tree, "conf", path);
    ck_assert_int_eq(config_file_read(path, note, &out, &missing), -1);
    ck_assert_int_eq(missing.code, ERROR_NOT_FOUND);
    tree_write_bytes(&tree, "conf", "a = 1\0\n", 7);
    ck_assert_int_eq(config_file_read(path, note, &out, &binary), -1);
    ck_assert_int_eq(binary.code, ERROR_INVALID);
    ck_assert_ptr_null(out.bytes);
}
END_TEST

TCase *config_file_test(void)
{
    TCase *tcase = tcase_create("config_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, config_file_reads_names_and_values, 0,
                        sizeof(good) / sizeof(*good));
    tcase_add_loop_test(tcase, config_file_names_the_line_that_is_wrong, 0,
                        sizeof(bad) / sizeof(*bad));
    tcase_add_test(tcase, config_file_must_be_text_and_there);
    return tcase;
}
