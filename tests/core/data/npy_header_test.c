#include "core/data/npy_header.h"

#include <check.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct {
    const char *text;
    size_t n_dimensions;
    uint64_t shape[3];
    bool is_fortran;
} headers[] = {
    /* as numpy 1 and 2 write it */
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }          \n",
     2,
     {3, 4},
     false},
    {"{'descr': '<f8', 'fortran_order': True, 'shape': (3,), }\n", 1, {3}, true},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", 0, {0}, false},
    /* Python 2 */
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 4L), }\n", 2, {3, 4}, false},
    /* other programs */
    {"{\"shape\":(10,20,30),\"descr\":\"<f8\",\"fortran_order\":True}",
     3,
     {10, 20, 30},
     true},
    {" {\n'fortran_order' :False , 'shape' : ( 3 , 0 , ) ,'descr'\t: '<f8' ,}  ",
     2,
     {3, 0},
     false},
};

START_TEST(a_header_is_read_however_it_is_written)
{
    struct npy_header header = {0};
    struct error err = {0};
    const char *text = headers[_i].text;
    ck_assert_msg(npy_header_read(&header, text, strlen(text), 10, &err) == 0, "%s: %s",
                  text, err.message);
    ck_assert(header.type.kind == 'f' && header.type.size == 8 && !header.type.is_big);
    ck_assert(header.is_fortran == headers[_i].is_fortran);
    ck_assert_uint_eq(header.n_dimensions, headers[_i].n_dimensions);
    for (size_t i = 0; i < header.n_dimensions; i++)
        ck_assert_uint_eq(header.shape[i], headers[_i].shape[i]);
}
END_TEST

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
} refused[] = {
    {"", ERROR_BAD_NPY, "byte 10"},
    {"[1]", ERROR_BAD_NPY, "byte 10"},
    {"{}", ERROR_BAD_NPY, "byte 12"},
    {"{'descr': '<f8', 'shape': (3,)}", ERROR_BAD_NPY, "byte 41"},
    {"{'descr': '<f8', 'descr': '<f8'}", ERROR_BAD_NPY, "byte 34"},
    {"{'more': 1}", ERROR_BAD_NPY, "byte 17"},
    {"{'descr': '|O'}", ERROR_UNSUPPORTED, "byte 20"},
    {"{'descr': [('a', '<f8'), ('b', '<i4')]}", ERROR_UNSUPPORTED, "byte 20"},
    {"{'descr': ('<f8', (2,))}", ERROR_UNSUPPORTED, "byte 20"},
    {"{'descr': f8}", ERROR_BAD_NPY, "byte 20"},
    {"{'descr': '<f8}", ERROR_BAD_NPY, "byte 20"},
    {"{'descr' '<f8'}", ERROR_BAD_NPY, "byte 19"},
    {"{'descr': '<f8' 'shape': (3,)}", ERROR_BAD_NPY, "byte 26"},
    {"{'fortran_order': 0}", ERROR_BAD_NPY, "byte 28"},
    {"{'fortran_order': true}", ERROR_BAD_NPY, "byte 28"},
    {"{'shape': 3}", ERROR_BAD_NPY, "byte 20"},
    {"{'shape': (3)}", ERROR_BAD_NPY, "byte 23"},
    {"{'shape': (-3,)}", ERROR_BAD_NPY, "byte 21"},
    {"{'shape': (3.0,)}", ERROR_BAD_NPY, "byte 22"},
    {"{'shape': (3 4)}", ERROR_BAD_NPY, "byte 23"},
    {"{'shape': (,)}", ERROR_BAD_NPY, "byte 21"},
    {"{'shape': (3,", ERROR_BAD_NPY, "byte 23"},
    {"{'shape': (9999999999999999999,)}", ERROR_TOO_LARGE, "byte 39"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} x", ERROR_BAD_NPY,
     "byte 66"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,)", ERROR_BAD_NPY, "byte 64"},
    {"__import__('os')", ERROR_BAD_NPY, "byte 10"},
};

START_TEST(a_malformed_header_says_where)
{
    struct npy_header header = {0};
    struct error err = {0};
    const char *text = refused[_i].text;
    ck_assert_int_eq(npy_header_read(&header, text, strlen(text), 10, &err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%s: %s", text, err.message);
    ck_assert_msg(strcmp(err.place, refused[_i].place) == 0, "%s: %s", text, err.place);
}
END_TEST

START_TEST(a_shape_of_very_many_dimensions_is_refused)
{
    struct npy_header header = {0};
    struct error err = {0};
    char text[256] = "{'shape': (";
    for (int i = 0; i < 65; i++)
        strcat(text, "1,");
    strcat(text, ")}");
    ck_assert_int_eq(npy_header_read(&header, text, strlen(text), 10, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_NPY);
}
END_TEST

static int read_prefix(const char *text, size_t n, struct npy_prefix *prefix,
                       struct error *err)
{
    int result = 0;
    for (size_t i = 1; result == 0 && i <= n; i++) /* as it comes, byte by byte */
        result = npy_header_read_prefix(prefix, text, i, err);
    return result;
}

START_TEST(the_prefix_tells_version_and_length)
{
    struct npy_prefix prefix;
    struct error err = {0};
    ck_assert_int_eq(read_prefix("\x93NUMPY\x01\0v\0", 9, &prefix, &err), 0);
    ck_assert_int_eq(read_prefix("\x93NUMPY\x01\0v\x01", 10, &prefix, &err), 1);
    ck_assert(prefix.n_bytes == 10 && prefix.n_dict_bytes == 'v' + 256);
    for (char version = 2; version <= 3; version++) {
        char text[12] = "\x93NUMPY_\0v\0\0";
        text[6] = version;
        ck_assert_int_eq(read_prefix(text, 11, &prefix, &err), 0);
        ck_assert_int_eq(read_prefix(text, 12, &prefix, &err), 1);
        ck_assert(prefix.n_bytes == 12 && prefix.n_dict_bytes == 'v');
    }
}
END_TEST

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
} prefixes[] = {
    {"PK\x03\x04________", ERROR_BAD_NPY, "byte 0"},
    {"\x93NUMPX______", ERROR_BAD_NPY, "byte 0"},
    {"\x93NUMPY\x04\0\0\0\0\0", ERROR_UNSUPPORTED, "byte 6"},
    {"\x93NUMPY\0\0\0\0\0\0", ERROR_UNSUPPORTED, "byte 6"},
    {"\x93NUMPY\x01\x01v\0\0\0", ERROR_UNSUPPORTED, "byte 7"},
    {"\x93NUMPY\x02\0\xff\xff\xff\xff", ERROR_TOO_LARGE, "byte 8"},
};

START_TEST(another_file_is_refused_by_its_first_bytes)
{
    struct npy_prefix prefix;
    struct error err = {0};
    ck_assert_int_eq(read_prefix(prefixes[_i].text, 12, &prefix, &err), -1);
    ck_assert_msg(err.code == prefixes[_i].code, "%d: %s", _i, err.message);
    ck_assert_str_eq(err.place, prefixes[_i].place);
}
END_TEST

TCase *npy_header_test(void)
{
    TCase *tests = tcase_create("npy_header");
    tcase_add_loop_test(tests, a_header_is_read_however_it_is_written, 0,
                        LENGTH(headers));
    tcase_add_loop_test(tests, a_malformed_header_says_where, 0, LENGTH(refused));
    tcase_add_test(tests, a_shape_of_very_many_dimensions_is_refused);
    tcase_add_test(tests, the_prefix_tells_version_and_length);
    tcase_add_loop_test(tests, another_file_is_refused_by_its_first_bytes, 0,
                        LENGTH(prefixes));
    return tests;
}
