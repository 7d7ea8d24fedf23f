#include "server/keys_file.h"

#include <string.h>

#include "api/request.h"
#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

#define HASH_A "00000000000000000000000000000000000000000000000000000000000000aa"
#define HASH_B "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
#define ENTRY_A "{\"name\":\"a\",\"sha256\":\"" HASH_A "\",\"scopes\":[\"predict\"]}"

static int parse(const char *text, struct keys_file *file, struct error *err)
{
    return keys_file_parse(text, strlen(text), file, err);
}

START_TEST(keys_file_reads_names_hashes_scopes_and_limits)
{
    struct error err = {0};
    struct keys_file file = {0};
    ck_assert_int_eq(parse("{\"keys\": [" ENTRY_A ", {\"jobs\": 4, \"name\": \"b-1\",\n"
                           " \"scopes\": [\"train\", \"predict\"],\n"
                           " \"requests_per_second\": 0.5, \"sha256\": \"" HASH_B
                           "\"}]}\n",
                           &file, &err),
                     0);
    ck_assert_uint_eq(file.n_entries, 2);
    ck_assert_str_eq(file.entries[0].name, "a");
    ck_assert_uint_eq(file.entries[0].sha256[31], 0xaa);
    ck_assert_uint_eq(file.entries[0].scopes, SCOPE_PREDICT);
    ck_assert_double_eq(file.entries[0].requests_per_second, 0);
    ck_assert_uint_eq(file.entries[0].n_jobs_most, 0);
    ck_assert_str_eq(file.entries[1].name, "b-1");
    ck_assert_mem_eq(file.entries[1].sha256, "\xab\xcd\xef\x01", 4);
    ck_assert_uint_eq(file.entries[1].scopes, SCOPE_PREDICT | SCOPE_TRAIN);
    ck_assert_double_eq(file.entries[1].requests_per_second, 0.5);
    ck_assert_uint_eq(file.entries[1].n_jobs_most, 4);
    keys_file_free(&file);
}
END_TEST

#define WITH(members) "{\"keys\":[{" members "}]}"
#define NAME "\"name\":\"a\","
#define HASH "\"sha256\":\"" HASH_A "\","
#define SCOPES "\"scopes\":[\"admin\"]"

struct bad_file {
    const char *text, *place, *message;
    enum error_code code;
};

static const struct bad_file bad_files[] = {
    {"", "byte 0", "object", ERROR_BAD_JSON},
    {"[]", "byte 0", "object", ERROR_BAD_JSON},
    {"{}", "", "no keys", ERROR_INVALID},
    {"{\"keys\":[]}", "", "no keys", ERROR_INVALID},
    {"{\"keys\":{}}", "byte 8", "array", ERROR_BAD_JSON},
    {"{\"key\":[]}", "", "\"keys\"", ERROR_UNKNOWN_FIELD},
    {"{\"keys\":[" ENTRY_A "],\"keys\":[]}", "", "once", ERROR_UNKNOWN_FIELD},
    {"{\"keys\":[" ENTRY_A "]} x", "byte 121", "", ERROR_BAD_JSON},
    {"{\"keys\":[" ENTRY_A "," ENTRY_A "]}", "/keys/1", "same name", ERROR_CONFLICT},
    {"{\"keys\":[" ENTRY_A ",{\"name\":\"b\"," HASH SCOPES "}]}", "/keys/1", "same key",
     ERROR_CONFLICT},
    {WITH(NAME HASH), "byte", "", ERROR_BAD_JSON},
    {WITH(HASH SCOPES), "/keys/0", "name is missing", ERROR_MISSING_FIELD},
    {WITH(NAME SCOPES), "/keys/0", "sha256 is missing", ERROR_MISSING_FIELD},
    {WITH(NAME "\"sha256\":\"" HASH_A "\""), "/keys/0", "scopes is missing",
     ERROR_MISSING_FIELD},
    {WITH(NAME HASH SCOPES ",\"Scopes\":[]"), "/keys/0", "nothing else",
     ERROR_UNKNOWN_FIELD},
    {WITH(NAME NAME HASH SCOPES), "/keys/0", "name is there twice", ERROR_DUPLICATE_KEY},
    {WITH("\"name\":\"\"," HASH SCOPES), "/keys/0", "name: ", ERROR_INVALID},
    {WITH("\"name\":\"a b\"," HASH SCOPES), "/keys/0", "name: ", ERROR_INVALID},
    {WITH("\"name\":\".a\"," HASH SCOPES), "/keys/0", "name: ", ERROR_INVALID},
    {WITH("\"name\":7," HASH SCOPES), "byte 17", "name: ", ERROR_BAD_JSON},
    {WITH(NAME "\"sha256\":\"00\"," SCOPES), "/keys/0", "64 hex", ERROR_INVALID},
    {WITH(NAME "\"sha256\":\"" HASH_A "0\"," SCOPES), "/keys/0", "64 hex", ERROR_INVALID},
    {WITH(NAME "\"sha256\":\"g000000000000000000000000000000000000000000000000000000"
               "0000000aa\"," SCOPES),
     "/keys/0", "64 hex", ERROR_INVALID},
    {WITH(NAME HASH "\"scopes\":[]"), "/keys/0", "at least one", ERROR_INVALID},
    {WITH(NAME HASH "\"scopes\":[\"all\"]"), "/keys/0", "predict, train", ERROR_INVALID},
    {WITH(NAME HASH "\"scopes\":[\"administrator-of-all\"]"), "/keys/0", "predict, train",
     ERROR_INVALID},
    {WITH(NAME HASH "\"scopes\":\"admin\""), "byte", "scopes: ", ERROR_BAD_JSON},
    {WITH(NAME HASH "\"scopes\":[1]"), "byte", "scopes: ", ERROR_BAD_JSON},
    {WITH(NAME HASH SCOPES ",\"requests_per_second\":0"), "/keys/0", "from 0.001",
     ERROR_OUT_OF_RANGE},
    {WITH(NAME HASH SCOPES ",\"requests_per_second\":1e9"), "/keys/0", "to 1000000",
     ERROR_OUT_OF_RANGE},
    {WITH(NAME HASH SCOPES ",\"requests_per_second\":\"9\""), "byte", "", ERROR_BAD_JSON},
    {WITH(NAME HASH SCOPES ",\"jobs\":0"), "/keys/0", "from 1", ERROR_OUT_OF_RANGE},
    {WITH(NAME HASH SCOPES ",\"jobs\":1.5"), "/keys/0", "whole", ERROR_OUT_OF_RANGE},
    {WITH(NAME HASH SCOPES ",\"jobs\":-1"), "/keys/0", "from 1", ERROR_OUT_OF_RANGE},
    {WITH(NAME HASH SCOPES ",\"jobs\":null"), "byte", "jobs: ", ERROR_BAD_JSON},
};

START_TEST(keys_file_refuses_what_is_not_meant_so)
{
    const struct bad_file *bad = &bad_files[_i];
    struct error err = {0};
    struct keys_file file = {0};
    ck_assert_int_eq(parse(bad->text, &file, &err), -1);
    ck_assert_int_eq(err.code, bad->code);
    ck_assert_msg(strncmp(err.place, bad->place, strlen(bad->place)) == 0, "place %s",
                  err.place);
    ck_assert_msg(strstr(err.message, bad->message) != NULL, "%s", err.message);
    ck_assert_ptr_null(file.entries);
}
END_TEST

START_TEST(keys_file_has_a_limit_of_keys)
{
    struct error err = {0};
    struct keys_file file = {0};
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "{\"keys\":[");
    for (unsigned i = 0; i <= KEYS_FILE_MAX_ENTRIES; i++)
        buffer_printf(&text, "%s{\"name\":\"k%u\",\"sha256\":\"%064u\",\"scopes\":[%s]}",
                      i == 0 ? "" : ",", i, i, "\"predict\"");
    buffer_append_string(&text, "]}");
    ck_assert_int_eq(keys_file_parse(text.bytes, text.n_bytes, &file, &err), -1);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    buffer_free(&text);
}
END_TEST

START_TEST(keys_file_survives_every_failing_allocation)
{
    struct tree tree;
    char path[TREE_PATH_BYTES];
    tree_open(&tree);
    tree_write(&tree, "keys", "{\"keys\":[" ENTRY_A "]}");
    tree_path(&tree, "keys", path);
    for (long n = 0;; n++) {
        struct error err = {0};
        struct keys_file file = {0};
        memory_fail_after(n);
        int result = keys_file_read(path, &file, &err);
        memory_fail_after(-1);
        keys_file_free(&file);
        if (result == 0) {
            ck_assert_int_gt(n, 2);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    tree_close(&tree);
}
END_TEST

START_TEST(keys_file_that_is_not_there_or_empty_is_an_error)
{
    struct tree tree;
    char path[TREE_PATH_BYTES];
    struct error missing = {0};
    struct error empty = {0};
    struct keys_file file = {0};
    tree_open(&tree);
    tree_path(&tree, "keys", path);
    ck_assert_int_eq(keys_file_read(path, &file, &missing), -1);
    ck_assert_int_eq(missing.code, ERROR_NOT_FOUND);
    tree_write(&tree, "keys", "");
    ck_assert_int_eq(keys_file_read(path, &file, &empty), -1);
    ck_assert_int_eq(empty.code, ERROR_BAD_JSON);
    tree_close(&tree);
}
END_TEST

START_TEST(keys_file_names_have_128_letters_at_most)
{
    char name[130];
    memset(name, 'x', sizeof(name));
    name[129] = '\0';
    ck_assert(!keys_file_is_name(name));
    name[128] = '\0';
    ck_assert(keys_file_is_name(name));
}
END_TEST

START_TEST(keys_file_scope_of_admin_brings_the_others_along)
{
    ck_assert_uint_eq(keys_file_scope("predict"), SCOPE_PREDICT);
    ck_assert_uint_eq(keys_file_scope("train"), SCOPE_TRAIN);
    ck_assert_uint_eq(keys_file_scope("admin"),
                      SCOPE_ADMIN | SCOPE_TRAIN | SCOPE_PREDICT);
    ck_assert_uint_eq(keys_file_scope("Admin"), 0);
}
END_TEST

TCase *keys_file_test(void)
{
    TCase *tcase = tcase_create("keys_file");
    tcase_add_test(tcase, keys_file_reads_names_hashes_scopes_and_limits);
    tcase_add_loop_test(tcase, keys_file_refuses_what_is_not_meant_so, 0,
                        sizeof(bad_files) / sizeof(*bad_files));
    tcase_add_test(tcase, keys_file_has_a_limit_of_keys);
    tcase_add_test(tcase, keys_file_survives_every_failing_allocation);
    tcase_add_test(tcase, keys_file_that_is_not_there_or_empty_is_an_error);
    tcase_add_test(tcase, keys_file_names_have_128_letters_at_most);
    tcase_add_test(tcase, keys_file_scope_of_admin_brings_the_others_along);
    return tcase;
}
