#include "core/data/npy_type.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Bytes as numpy.array([…], dtype).tobytes() has them. */
static const struct {
    const char *type, *bytes;
    double value;
} numbers[] = {
    {"|b1", "\x01", 1},
    {"|b1", "\0", 0},
    {"b1", "\x01", 1},
    {"|i1", "\x80", -128},
    {"|u1", "\xff", 255},
    {"<i2", "\x00\x80", -32768},
    {">i2", "\xff\xfe", -2},
    {"<u2", "\xff\xff", 65535},
    {">u2", "\x01\x00", 256},
    {"<i4", "\xfe\xff\xff\xff", -2},
    {">i4", "\x80\x00\x00\x00", -2147483648.0},
    {"<u4", "\xff\xff\xff\xff", 4294967295.0},
    {"<i8", "\x00\x00\x00\x00\x00\x00\x00\x80", -9223372036854775808.0},
    {"<i8", "\x01\x00\x00\x00\x00\x00\x20\x00", 9007199254740992.0}, /* 2^53 + 1 */
    {">i8", "\xff\xff\xff\xff\xff\xff\xff\xff", -1},
    {"<u8", "\xff\xff\xff\xff\xff\xff\xff\xff", 18446744073709551616.0},
    {"<f2", "\x00\x3c", 1},
    {"<f2", "\x01\x00", 0x1p-24}, /* the least subnormal */
    {"<f2", "\xff\x7b", 65504},   /* the greatest */
    {">f2", "\xc0\x00", -2},
    {"<f2", "\x55\x35", 0.333251953125},
    {"<f4", "\xcd\xcc\xcc\x3d", 0.100000001490116119384765625},
    {">f4", "\xbf\x80\x00\x00", -1},
    {"=f4", "\x00\x00\x80\x3f", 1},
    {"<f8", "\x9a\x99\x99\x99\x99\x99\xb9\x3f", 0.1},
    {">f8", "\x3f\xb9\x99\x99\x99\x99\x99\x9a", 0.1},
    {"<f8", "\x00\x00\x00\x00\x00\x00\xf0\x7f", INFINITY},
    {"<f4", "\x00\x00\x80\xff", -INFINITY},
    {"<f2", "\x00\x7c", INFINITY},
};

START_TEST(bytes_are_numbers)
{
    struct npy_type type;
    struct error err = {0};
    double values[3] = {-7, -7, -7};
    char twice[16];
    ck_assert_int_eq(
        npy_type_read(&type, numbers[_i].type, strlen(numbers[_i].type), &err), 0);
    memcpy(twice, numbers[_i].bytes, type.size);
    memcpy(twice + type.size, numbers[_i].bytes, type.size);
    npy_type_convert(&type, twice, 2, values);
    ck_assert_msg(values[0] == numbers[_i].value, "%s: %g", numbers[_i].type, values[0]);
    ck_assert(values[1] == numbers[_i].value && values[2] == -7);
}
END_TEST

START_TEST(what_is_no_number_stays_none)
{
    static const char *const types[] = {"<f2", "<f4", "<f8"};
    static const char *const bytes[] = {"\x00\x7e", "\x00\x00\xc0\x7f",
                                        "\x01\x00\x00\x00\x00\x00\xf0\xff"};
    for (size_t i = 0; i < 3; i++) {
        struct npy_type type;
        struct error err = {0};
        double value;
        ck_assert_int_eq(npy_type_read(&type, types[i], 3, &err), 0);
        npy_type_convert(&type, bytes[i], 1, &value);
        ck_assert(isnan(value));
    }
}
END_TEST

static const struct {
    const char *type;
    enum error_code code;
} refused[] = {
    {"|O", ERROR_UNSUPPORTED},   {"|O8", ERROR_UNSUPPORTED},
    {"<U5", ERROR_UNSUPPORTED},  {"|S3", ERROR_UNSUPPORTED},
    {"<c16", ERROR_UNSUPPORTED}, {"<M8[ns]", ERROR_UNSUPPORTED},
    {"|V8", ERROR_UNSUPPORTED},  {"<f16", ERROR_UNSUPPORTED},
    {"<f1", ERROR_UNSUPPORTED},  {"<f12", ERROR_UNSUPPORTED},
    {"<i3", ERROR_UNSUPPORTED},  {"|b2", ERROR_UNSUPPORTED},
    {"", ERROR_BAD_NPY},         {"<", ERROR_BAD_NPY},
    {"<f", ERROR_BAD_NPY},       {"f8 ", ERROR_BAD_NPY},
    {"<f-8", ERROR_BAD_NPY},     {"|f8", ERROR_BAD_NPY},
    {"<x8", ERROR_BAD_NPY},      {"<f4294967304", ERROR_BAD_NPY},
};

START_TEST(other_types_are_refused)
{
    struct npy_type type;
    struct error err = {0};
    const char *text = refused[_i].type;
    ck_assert_int_eq(npy_type_read(&type, text, strlen(text), &err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%s: %s", text, err.message);
}
END_TEST

TCase *npy_type_test(void)
{
    TCase *tests = tcase_create("npy_type");
    tcase_add_loop_test(tests, bytes_are_numbers, 0, LENGTH(numbers));
    tcase_add_test(tests, what_is_no_number_stays_none);
    tcase_add_loop_test(tests, other_types_are_refused, 0, LENGTH(refused));
    return tests;
}
