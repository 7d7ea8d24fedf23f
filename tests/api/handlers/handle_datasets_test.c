#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"

#define CSV "Content-Type: text/csv"

static struct loopback loopback;

static void setup(void)
{
    loopback_open(&loopback);
}

static void teardown(void)
{
    loopback_close(&loopback);
}

static struct answer upload(const char *query, const char *csv)
{
    char target[256];
    snprintf(target, sizeof(target), "POST /v1/datasets%s", query);
    return loopback_call(&loopback, target, CSV, csv);
}

static struct answer call(const char *method, const char *id, const char *rest)
{
    char target[256];
    snprintf(target, sizeof(target), "%s /v1/datasets/%s%s", method, id, rest);
    return loopback_call(&loopback, target, NULL, NULL);
}

static const char admissions[] =
    "admit,gre,ses\n1,380,low\n0,660,high\n1,,low\n0,520,NA\n";

START_TEST(an_upload_becomes_a_dataset)
{
    char sha256[CHECKSUM_HEX_BYTES];
    struct answer answer = upload("?name=admissions", admissions);
    ck_assert_int_eq(answer.status, 201);
    const char *id = answer_string(&answer, "id");
    ck_assert_msg(strncmp(id, "ds_", 3) == 0 && strlen(id) == 23, "%s", id);
    ck_assert_str_eq(answer_header(&answer, "Location") + strlen("/v1/datasets/"), id);
    ck_assert_str_eq(answer_string(&answer, "name"), "admissions");
    ck_assert_str_eq(answer_string(&answer, "format"), "csv");
    ck_assert_str_eq(answer_string(&answer, "sha256"),
                     checksum_sha256_hex(admissions, strlen(admissions), sha256));
    ck_assert(answer_number(&answer, "bytes") == (double)strlen(admissions));
    ck_assert(answer_number(&answer, "n_rows") == 4);
    ck_assert(answer_number(&answer, "n_columns") == 3);
    ck_assert_uint_eq(strlen(answer_string(&answer, "created_at")), 27);
    answer_free(&answer);
}
END_TEST

START_TEST(columns_are_summarised)
{
    struct answer answer = upload("", admissions);
    ck_assert(json_is_null(answer_at(&answer, "name")));
    ck_assert_str_eq(answer_string(&answer, "columns/1/name"), "gre");
    ck_assert_str_eq(answer_string(&answer, "columns/1/type"), "numeric");
    ck_assert(answer_number(&answer, "columns/1/n_missing") == 1);
    ck_assert(answer_number(&answer, "columns/1/min") == 380);
    ck_assert(answer_number(&answer, "columns/1/max") == 660);
    ck_assert(fabs(answer_number(&answer, "columns/1/mean") - 520) < 1e-9);
    ck_assert(fabs(answer_number(&answer, "columns/1/std") - 140) < 1e-9); /* √19600 */
    ck_assert_str_eq(answer_string(&answer, "columns/2/type"), "categorical");
    ck_assert(answer_number(&answer, "columns/2/n_missing") == 1);
    ck_assert(answer_number(&answer, "columns/2/n_levels") == 2);
    ck_assert_str_eq(answer_string(&answer, "columns/2/levels/0/level"), "high");
    ck_assert(answer_number(&answer, "columns/2/levels/1/count") == 2);
    answer_free(&answer);
}
END_TEST

START_TEST(a_dataset_survives_a_restart_as_it_was_answered)
{
    struct answer made = upload("?name=a", admissions);
    loopback_restart(&loopback);
    struct answer shown = call("GET", answer_string(&made, "id"), "");
    ck_assert_int_eq(shown.status, 200);
    ck_assert_str_eq(shown.body, made.body);
    answer_free(&made);
    answer_free(&shown);
}
END_TEST

START_TEST(pieces_of_any_size_make_the_same_dataset)
{
    struct answer whole = upload("", admissions);
    loopback.piece_bytes = 1;
    struct answer bytes = upload("", admissions);
    ck_assert_str_eq(answer_string(&whole, "sha256"), answer_string(&bytes, "sha256"));
    ck_assert(json_equal(answer_at(&whole, "columns"), answer_at(&bytes, "columns")));
    answer_free(&whole);
    answer_free(&bytes);
}
END_TEST

static const struct {
    const char *query, *csv;
} dialects[] = {
    {"?delimiter=;", "a;b\n1;2\n3;x\n"},
    {"?delimiter=semicolon", "a;b\n1;2\n3;x\n"},
    {"?delimiter=%09", "a\tb\n1\t2\n3\tx\n"},
    {"?delimiter=tab", "a\tb\n1\t2\n3\tx\n"},
    {"?delimiter=pipe&quote='", "'a'|b\n1|2\n3|'x'\n"},
    {"?delimiter=space", "a b\n1  2\n3 x\n"},
    {"?header=true", "a,b\n1,2\n3,x\n"},
};

START_TEST(the_query_says_how_to_read)
{
    struct answer answer = upload(dialects[_i].query, dialects[_i].csv);
    ck_assert_msg(answer.status == 201, "%s: %s", dialects[_i].query, answer.body);
    ck_assert_str_eq(answer_string(&answer, "columns/0/name"), "a");
    ck_assert_str_eq(answer_string(&answer, "columns/0/type"), "numeric");
    ck_assert_str_eq(answer_string(&answer, "columns/1/levels/1/level"), "x");
    answer_free(&answer);
}
END_TEST

START_TEST(without_a_header_columns_are_numbered)
{
    struct answer answer = upload("?header=false", "1,2\n3,4\n");
    ck_assert_str_eq(answer_string(&answer, "columns/1/name"), "c2");
    ck_assert(answer_number(&answer, "n_rows") == 2);
    answer_free(&answer);
}
END_TEST

START_TEST(what_counts_as_missing_can_be_said)
{
    struct answer answer = upload("?na=-9,none,", "a,b\n-9,none\n1,x\n,NA\n");
    ck_assert_int_eq(answer.status, 201);
    ck_assert(answer_number(&answer, "columns/0/n_missing") == 2);
    ck_assert(answer_number(&answer, "columns/1/n_missing") == 1);
    ck_assert_str_eq(answer_string(&answer, "columns/1/levels/0/level"), "NA");
    answer_free(&answer);
}
END_TEST

START_TEST(all_bad_parameters_are_told_at_once)
{
    struct answer answer =
        upload("?name=../x&delimiter=ab&quote=xy&header=1&nonsense=2", admissions);
    ck_assert_int_eq(answer.status, 400);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 5);
    answer_free(&answer);
}
END_TEST

static const struct {
    const char *headers;
    const char *code;
} refused[] = {
    {"Content-Type: application/octet-stream", "unsupported_media_type"},
    {"Content-Type: text/csv; charset=latin1", "unsupported_media_type"},
    {NULL, "unsupported_media_type"},
    {"Content-Type: text/csv\nContent-Encoding: br", "unsupported_content_encoding"},
};

START_TEST(other_formats_and_encodings_are_415)
{
    struct answer answer =
        loopback_call(&loopback, "POST /v1/datasets", refused[_i].headers, admissions);
    ck_assert_int_eq(answer.status, 415);
    ck_assert_str_eq(answer_string(&answer, "code"), refused[_i].code);
    answer_free(&answer);
}
END_TEST

static struct answer upload_libsvm(const char *query, const char *text)
{
    char line[128];
    snprintf(line, sizeof(line), "POST /v1/datasets%s", query);
    return loopback_call(&loopback, line, "Content-Type: text/x-libsvm", text);
}

START_TEST(sparse_text_gets_one_column_an_index)
{
    struct answer answer = upload_libsvm("?name=words", "+1 3:2 17:1\n-1\n-1 17:0.5\n");
    ck_assert_int_eq(answer.status, 201);
    ck_assert_str_eq(answer_string(&answer, "format"), "libsvm");
    ck_assert_int_eq(json_integer_value(answer_at(&answer, "n_rows")), 3);
    ck_assert_int_eq(json_integer_value(answer_at(&answer, "n_columns")), 3);
    const json_t *columns = answer_at(&answer, "columns");
    const json_t *label = json_array_get(columns, 0), *last = json_array_get(columns, 2);
    ck_assert_str_eq(json_string_value(json_object_get(label, "name")), "label");
    ck_assert_ptr_null(json_object_get(label, "sparse"));
    ck_assert_str_eq(json_string_value(json_object_get(last, "name")), "17");
    ck_assert(json_is_true(json_object_get(last, "sparse")));
    ck_assert(json_number_value(json_object_get(last, "mean")) == 0.5);
    ck_assert(json_number_value(json_object_get(last, "min")) == 0);
    answer_free(&answer);
}
END_TEST

START_TEST(a_thousand_of_very_many_columns_are_listed)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "1");
    for (int j = 1; j <= 100000; j++)
        buffer_printf(&text, " %d:1", j);
    struct answer answer = upload_libsvm("", text.bytes);
    buffer_free(&text);
    ck_assert_int_eq(answer.status, 201);
    ck_assert_int_eq(json_integer_value(answer_at(&answer, "n_columns")), 100001);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "columns")), 1000);
    answer_free(&answer);
}
END_TEST

START_TEST(options_of_delimited_text_do_not_go_with_others)
{
    struct answer answer =
        upload_libsvm("?delimiter=tab&quote=none&header=false&na=x", "1 1:1\n");
    ck_assert_int_eq(answer.status, 400);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 4);
    answer_free(&answer);
}
END_TEST

START_TEST(malformed_sparse_lines_are_all_told)
{
    struct answer answer = upload_libsvm("", "1 1:1\n1 2\n1 3:1\n0 x:1\n");
    ck_assert_int_eq(answer.status, 400);
    const json_t *errors = answer_at(&answer, "errors");
    ck_assert_uint_eq(json_array_size(errors), 2);
    const json_t *second = json_array_get(errors, 1);
    ck_assert_int_eq(json_integer_value(json_object_get(second, "row")), 4);
    ck_assert_str_eq(json_string_value(json_object_get(second, "code")), "bad_libsvm");
    const char *detail = json_string_value(json_object_get(second, "detail"));
    ck_assert_int_eq(strncmp(detail, "line 4, character 3: ", 21), 0);
    answer_free(&answer);
}
END_TEST

START_TEST(the_identity_encoding_is_none)
{
    struct answer answer = loopback_call(&loopback, "POST /v1/datasets",
                                         CSV "\nContent-Encoding: identity", admissions);
    ck_assert_int_eq(answer.status, 201);
    answer_free(&answer);
}
END_TEST

/* `admissions`, as gzip -9n packs it. */
static const char packed[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\xc9\xcd\x2c\xd1\x49\x2f"
    "\x4a\xd5\x29\x4e\x2d\xe6\x32\xd4\x31\xb6\x30\xd0\xc9\xc9\x2f\xe7\x32\xd0"
    "\x31\x33\x33\xd0\xc9\xc8\x4c\xcf\x00\x0a\x42\x45\x4c\x8d\x0c\x74\xfc\x1c"
    "\xb9\x00\x7c\xcd\x04\x14\x33\x00\x00\x00";

static struct answer upload_packed(const char *headers, size_t n_bytes)
{
    return loopback_call_bytes(&loopback, "POST /v1/datasets", headers, packed, n_bytes);
}

START_TEST(a_packed_file_is_unpacked_and_known_by_its_own_bytes)
{
    char sha256[CHECKSUM_HEX_BYTES];
    struct answer plain = upload("", admissions);
    for (size_t piece = 1; piece < 100; piece += 98) {
        loopback.piece_bytes = piece;
        struct answer answer =
            upload_packed(CSV "\nContent-Encoding: gzip", sizeof(packed) - 1);
        ck_assert_msg(answer.status == 201, "%s", answer.body);
        ck_assert(
            json_equal(answer_at(&answer, "columns"), answer_at(&plain, "columns")));
        ck_assert(answer_number(&answer, "bytes") == sizeof(packed) - 1);
        ck_assert_str_eq(answer_string(&answer, "sha256"),
                         checksum_sha256_hex(packed, sizeof(packed) - 1, sha256));
        answer_free(&answer);
    }
    answer_free(&plain);
}
END_TEST

static void expect_refusal(struct answer answer, int status, const char *code)
{
    ck_assert_msg(answer.status == status, "%s", answer.body);
    ck_assert_str_eq(answer_string(&answer, "code"), code);
    answer_free(&answer);
}

START_TEST(a_packed_file_that_is_damaged_or_too_large_is_refused)
{
    static const char gzip[] = CSV "\nContent-Encoding: x-gzip";
    expect_refusal(upload_packed(gzip, sizeof(packed) - 5), 400, "bad_gzip");
    expect_refusal(upload_packed(gzip, 0), 400, "bad_gzip");
    expect_refusal(loopback_call(&loopback, "POST /v1/datasets", gzip, admissions), 400,
                   "bad_gzip");
    expect_refusal(upload_packed(CSV, sizeof(packed) - 1), 400, "bad_csv");
    loopback.options.max_upload_bytes = sizeof(admissions) - 2;
    loopback_restart(&loopback);
    expect_refusal(upload_packed(gzip, sizeof(packed) - 1), 413, "too_large");
    struct answer list = loopback_call(&loopback, "GET /v1/datasets", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&list, "data")), 0);
    answer_free(&list);
}
END_TEST

static const struct {
    const char *csv, *code;
    int status, row;
} broken[] = {
    {"a,b\n1,2\n3\n", "ragged_row", 422, 3},
    {"a,b\n1,\"2\n", "bad_csv", 400, 2},
    {"a,a\n1,2\n", "duplicate_column", 422, 0},
    {"a,\n1,2\n", "bad_column_name", 422, 0},
    {"a,b\n", "no_rows", 422, 0},
    {"", "no_rows", 422, 0},
    {"a,b\n1,\xff\n", "bad_utf8", 400, 2},
};

START_TEST(a_broken_file_is_refused_by_row)
{
    struct answer answer = upload("", broken[_i].csv);
    ck_assert_msg(answer.status == broken[_i].status, "%s: %s", broken[_i].csv,
                  answer.body);
    ck_assert_str_eq(answer_string(&answer, "code"), broken[_i].code);
    if (broken[_i].row > 0)
        ck_assert(answer_number(&answer, "errors/0/row") == broken[_i].row);
    answer_free(&answer);
    struct answer list = loopback_call(&loopback, "GET /v1/datasets", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&list, "data")), 0);
    answer_free(&list);
}
END_TEST

START_TEST(all_broken_rows_are_told_at_once)
{
    struct answer answer = upload("", "a,b\n1\n1,2\n1,2,3\n4,\"");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_str_eq(answer_string(&answer, "code"), "ragged_row");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 3);
    ck_assert(answer_number(&answer, "errors/0/row") == 2);
    ck_assert(answer_number(&answer, "errors/1/row") == 4);
    ck_assert(answer_number(&answer, "errors/2/row") == 5);
    ck_assert_str_eq(answer_string(&answer, "errors/2/code"), "bad_csv");
    answer_free(&answer);
    answer = upload("", "a,b\ninf,nan\n1,2\n");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "errors")), 2);
    ck_assert_str_eq(answer_string(&answer, "errors/1/column"), "b");
    answer_free(&answer);
}
END_TEST

START_TEST(lists_come_in_pages)
{
    char *ids[5];
    for (size_t i = 0; i < 5; i++)
        ids[i] = loopback_upload(&loopback, admissions);
    struct answer first =
        loopback_call(&loopback, "GET /v1/datasets?limit=3", NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&first, "data")), 3);
    ck_assert(json_is_true(answer_at(&first, "has_more")));
    ck_assert_str_eq(answer_string(&first, "data/0/id"), ids[0]);
    char target[96];
    snprintf(target, sizeof(target), "GET /v1/datasets?after=%s", ids[2]);
    struct answer rest = loopback_call(&loopback, target, NULL, NULL);
    ck_assert_uint_eq(json_array_size(answer_at(&rest, "data")), 2);
    ck_assert(json_is_false(answer_at(&rest, "has_more")));
    ck_assert_str_eq(answer_string(&rest, "data/1/id"), ids[4]);
    answer_free(&first);
    answer_free(&rest);
    for (size_t i = 0; i < 5; i++)
        free(ids[i]);
}
END_TEST

START_TEST(rows_are_read_back)
{
    char *id = loopback_upload(&loopback, admissions);
    struct answer answer = call("GET", id, "/rows?limit=2&after=1");
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.body,
                     "{\"columns\":[\"admit\",\"gre\",\"ses\"],\"rows\":"
                     "[[0,660,\"high\"],[1,null,\"low\"]],\"has_more\":true}");
    answer_free(&answer);
    answer = call("GET", id, "/rows?after=3");
    ck_assert_str_eq(answer.body, "{\"columns\":[\"admit\",\"gre\",\"ses\"],\"rows\":"
                                  "[[0,520,null]],\"has_more\":false}");
    answer_free(&answer);
    answer = call("GET", id, "/rows?after=99");
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "rows")), 0);
    ck_assert(json_is_false(answer_at(&answer, "has_more")));
    answer_free(&answer);
    answer = call("GET", id, "/rows?limit=0");
    ck_assert_int_eq(answer.status, 400);
    answer_free(&answer);
    free(id);
}
END_TEST

START_TEST(a_deleted_dataset_is_gone)
{
    char *id = loopback_upload(&loopback, admissions);
    struct answer answer = call("DELETE", id, "");
    ck_assert_int_eq(answer.status, 204);
    ck_assert_uint_eq(answer.body_bytes, 0);
    answer_free(&answer);
    static const char *const rests[] = {"", "/rows"};
    for (size_t i = 0; i < 2; i++) {
        answer = call("GET", id, rests[i]);
        ck_assert_int_eq(answer.status, 404);
        ck_assert_str_eq(answer_string(&answer, "code"), "not_found");
        answer_free(&answer);
    }
    answer = call("DELETE", id, "");
    ck_assert_int_eq(answer.status, 404);
    answer_free(&answer);
    free(id);
}
END_TEST

START_TEST(many_levels_are_counted_but_a_hundred_are_listed)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "a\n");
    for (int i = 0; i < 150; i++)
        buffer_printf(&csv, "v%03d\n", i);
    struct answer answer = upload("", csv.bytes);
    ck_assert(answer_number(&answer, "columns/0/n_levels") == 150);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "columns/0/levels")), 100);
    answer_free(&answer);
    buffer_free(&csv);
}
END_TEST

START_TEST(many_columns_are_counted_but_a_thousand_are_listed)
{
    struct buffer csv = BUFFER_EMPTY;
    for (int i = 0; i < 1100; i++)
        buffer_printf(&csv, "%sx%d", i ? "," : "", i);
    for (int i = 0; i < 1100; i++)
        buffer_printf(&csv, "%s%d", i ? "," : "\n", i);
    struct answer answer = upload("", csv.bytes);
    ck_assert(answer_number(&answer, "n_columns") == 1100);
    ck_assert_uint_eq(json_array_size(answer_at(&answer, "columns")), 1000);
    answer_free(&answer);
    buffer_free(&csv);
}
END_TEST

START_TEST(long_levels_do_not_make_a_long_record)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "a\n");
    for (int i = 0; i < 90; i++) {
        for (int j = 0; j < 100000; j++)
            buffer_append_byte(&csv, 'x');
        buffer_printf(&csv, "%d\n", i);
    }
    struct answer answer = upload("", csv.bytes);
    ck_assert_int_eq(answer.status, 201);
    ck_assert(answer_number(&answer, "columns/0/n_levels") == 90);
    ck_assert_uint_lt(answer.body_bytes, 5U << 20);
    answer_free(&answer);
    buffer_free(&csv);
}
END_TEST

static size_t n_files(const char *directory)
{
    size_t n = 0;
    char path[512];
    DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (entry->d_type == DT_DIR)
            n += n_files(path);
    }
    if (dir)
        closedir(dir);
    return n;
}

START_TEST(a_broken_off_upload_leaves_nothing_behind)
{
    size_t before = n_files(loopback.directory);
    loopback.piece_bytes = 8;
    struct answer answer = upload("", "a,b\n1,2\n3,4\n5,6,7\n8,9\n");
    ck_assert_int_eq(answer.status, 422);
    ck_assert_uint_eq(n_files(loopback.directory), before);
    answer_free(&answer);
}
END_TEST

START_TEST(an_upload_survives_every_failed_allocation)
{
    int status = 503;
    for (long n = 0; status != 201; n++) {
        ck_assert_int_lt(n, 1000);
        memory_fail_after(n);
        struct answer answer = upload("?name=a&na=x,y", admissions);
        memory_fail_after(-1);
        status = answer.status;
        ck_assert_msg(status == 201 || status == 503, "%ld: %d %s", n, status,
                      answer.body);
        ck_assert_ptr_nonnull(answer.json);
        answer_free(&answer);
    }
}
END_TEST

TCase *handle_datasets_test(void)
{
    TCase *tcase = tcase_create("handle_datasets");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_upload_becomes_a_dataset);
    tcase_add_test(tcase, columns_are_summarised);
    tcase_add_test(tcase, a_dataset_survives_a_restart_as_it_was_answered);
    tcase_add_test(tcase, pieces_of_any_size_make_the_same_dataset);
    tcase_add_loop_test(tcase, the_query_says_how_to_read, 0,
                        sizeof(dialects) / sizeof(*dialects));
    tcase_add_test(tcase, without_a_header_columns_are_numbered);
    tcase_add_test(tcase, what_counts_as_missing_can_be_said);
    tcase_add_test(tcase, all_bad_parameters_are_told_at_once);
    tcase_add_loop_test(tcase, other_formats_and_encodings_are_415, 0,
                        sizeof(refused) / sizeof(*refused));
    tcase_add_test(tcase, sparse_text_gets_one_column_an_index);
    tcase_add_test(tcase, a_thousand_of_very_many_columns_are_listed);
    tcase_add_test(tcase, options_of_delimited_text_do_not_go_with_others);
    tcase_add_test(tcase, malformed_sparse_lines_are_all_told);
    tcase_add_test(tcase, the_identity_encoding_is_none);
    tcase_add_test(tcase, a_packed_file_is_unpacked_and_known_by_its_own_bytes);
    tcase_add_test(tcase, a_packed_file_that_is_damaged_or_too_large_is_refused);
    tcase_add_loop_test(tcase, a_broken_file_is_refused_by_row, 0,
                        sizeof(broken) / sizeof(*broken));
    tcase_add_test(tcase, all_broken_rows_are_told_at_once);
    tcase_add_test(tcase, lists_come_in_pages);
    tcase_add_test(tcase, rows_are_read_back);
    tcase_add_test(tcase, a_deleted_dataset_is_gone);
    tcase_add_test(tcase, many_levels_are_counted_but_a_hundred_are_listed);
    tcase_add_test(tcase, many_columns_are_counted_but_a_thousand_are_listed);
    tcase_add_test(tcase, long_levels_do_not_make_a_long_record);
    tcase_add_test(tcase, a_broken_off_upload_leaves_nothing_behind);
    tcase_add_test(tcase, an_upload_survives_every_failed_allocation);
    return tcase;
}
