#include <check.h>

#include "api/request.h"

static struct request with_type(const char *type)
{
    static struct request_pair pair;
    pair = (struct request_pair){"content-type", type};
    return (struct request){.headers = &pair, .n_headers = 1};
}

START_TEST(header_names_compare_without_case)
{
    struct request request = with_type("a/b");
    ck_assert_str_eq(request_header(&request, "Content-Type"), "a/b");
    ck_assert_ptr_null(request_header(&request, "Content-Typ"));
}
END_TEST

START_TEST(query_gives_the_first_value_and_empty_for_none)
{
    const struct request_pair query[] = {{"a", NULL}, {"b", "1"}, {"b", "2"}};
    const struct request request = {.query = query, .n_query = 3};
    ck_assert_str_eq(request_query(&request, "a"), "");
    ck_assert_str_eq(request_query(&request, "b"), "1");
    ck_assert_ptr_null(request_query(&request, "c"));
}
END_TEST

static const struct {
    const char *header, *type;
    bool is_fine;
} types[] = {
    {"text/csv", "text/csv", true},
    {" Text/CSV ; header=present", "text/csv", true},
    {"text/csv;charset=UTF-8", "text/csv", true},
    {"text/csv; charset=\"utf-8\"; header=absent", "text/csv", true},
    {"text/csv; charset=us-ascii", "text/csv", true},
    {"text/csv; charset=latin1", "text/csv", false},
    {"text/csv; header=absent; Charset=\"iso-8859-1\"", "text/csv", false},
    {"text/csv; charset=\"utf-8", "text/csv", true},
    {"text/csv; charset", "text/csv", true},
    {"application/x-a-type-that-is-too-long-for-us", "", true},
    {"", "", true},
};

START_TEST(media_type_is_lower_case_without_parameters)
{
    char out[24];
    struct request request = with_type(types[_i].header);
    ck_assert_int_eq(request_media_type(&request, out, sizeof(out)), types[_i].is_fine);
    ck_assert_str_eq(out, types[_i].type);
}
END_TEST

START_TEST(media_type_is_empty_without_the_header)
{
    char out[24] = "x";
    const struct request request = {0};
    ck_assert(request_media_type(&request, out, sizeof(out)));
    ck_assert_str_eq(out, "");
}
END_TEST

TCase *request_test(void)
{
    TCase *tcase = tcase_create("request");
    tcase_add_test(tcase, header_names_compare_without_case);
    tcase_add_test(tcase, query_gives_the_first_value_and_empty_for_none);
    tcase_add_loop_test(tcase, media_type_is_lower_case_without_parameters, 0,
                        sizeof(types) / sizeof(*types));
    tcase_add_test(tcase, media_type_is_empty_without_the_header);
    return tcase;
}
