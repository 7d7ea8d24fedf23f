#include "core/data/npy_type.h"

#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- what type it is ---- */

static int refuse_kind(char kind, struct error *err)
{
    switch (kind) {
    case 'O':
        return error_set(err, ERROR_UNSUPPORTED,
                         "an array of Python objects is not read; make numbers of them "
                         "with .astype('float64'), or send a table as CSV or NDJSON");
    case 'U':
    case 'S':
    case 'a':
        return error_set(err, ERROR_UNSUPPORTED,
                         "an array of texts is not read; send a table with texts as CSV "
                         "or NDJSON");
    case 'c':
        return error_set(err, ERROR_UNSUPPORTED,
                         "an array of complex numbers is not read; stack their .real and "
                         ".imag as columns");
    case 'M':
    case 'm':
        return error_set(err, ERROR_UNSUPPORTED,
                         "an array of dates or durations is not read; make numbers of "
                         "them with .astype('int64')");
    case 'V':
        return error_set(err, ERROR_UNSUPPORTED,
                         "an array of records is not read; make columns of its fields, "
                         "all of one type of number");
    default:
        return error_set(err, ERROR_BAD_NPY, "the type of the array is unknown");
    }
}

static bool is_number(char kind)
{
    return kind == 'b' || kind == 'i' || kind == 'u' || kind == 'f';
}

static bool has_size(char kind, unsigned size)
{
    if (kind == 'b')
        return size == 1;
    return size == 2 || size == 4 || size == 8 || (size == 1 && kind != 'f');
}

/* Digits, few enough for any type. */
static bool read_size(const char *text, size_t n, unsigned *size)
{
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *size = 10 * *size + (unsigned)(text[i] - '0');
    }
    return n > 0 && n <= 3;
}

int npy_type_read(struct npy_type *type, const char *text, size_t n, struct error *err)
{
    unsigned size;
    char order = n > 0 && strchr("<>|=", text[0]) ? text[0] : '\0';
    if (order != '\0') {
        text++;
        n--;
    }
    char kind = n > 0 ? *text : '\0';
    if (!is_number(kind))
        return refuse_kind(kind, err);
    if (!read_size(text + 1, n - 1, &size))
        return refuse_kind('\0', err);
    if (!has_size(kind, size))
        return error_set(err, ERROR_UNSUPPORTED,
                         "numbers of this size are not read; convert the array with "
                         ".astype('float64')");
    if (order == '|' && size > 1)
        return error_set(err, ERROR_BAD_NPY,
                         "the type of the array does not tell the order of its bytes");
    *type = (struct npy_type){.kind = kind, .size = size, .is_big = order == '>'};
    return 0;
}

/* ---- the numbers ---- */

static uint16_t load_two(const char *at, bool is_big)
{
    uint16_t bits;
    memcpy(&bits, at, sizeof(bits));
    return is_big ? be16toh(bits) : le16toh(bits);
}

static uint32_t load_four(const char *at, bool is_big)
{
    uint32_t bits;
    memcpy(&bits, at, sizeof(bits));
    return is_big ? be32toh(bits) : le32toh(bits);
}

static uint64_t load_eight(const char *at, bool is_big)
{
    uint64_t bits;
    memcpy(&bits, at, sizeof(bits));
    return is_big ? be64toh(bits) : le64toh(bits);
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

static double single(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return (double)value;
}

static double whole(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void convert_reals(const struct npy_type *type, const char *at, size_t n,
                          double *values)
{
    bool is_big = type->is_big;
    for (size_t i = 0; i < n && type->size == 2; i++)
        values[i] = half(load_two(at + 2 * i, is_big));
    for (size_t i = 0; i < n && type->size == 4; i++)
        values[i] = single(load_four(at + 4 * i, is_big));
    for (size_t i = 0; i < n && type->size == 8; i++)
        values[i] = whole(load_eight(at + 8 * i, is_big));
}

static void convert_signed(const struct npy_type *type, const char *at, size_t n,
                           double *values)
{
    bool is_big = type->is_big;
    for (size_t i = 0; i < n && type->size == 1; i++)
        values[i] = (int8_t)at[i];
    for (size_t i = 0; i < n && type->size == 2; i++)
        values[i] = (int16_t)load_two(at + 2 * i, is_big);
    for (size_t i = 0; i < n && type->size == 4; i++)
        values[i] = (int32_t)load_four(at + 4 * i, is_big);
    for (size_t i = 0; i < n && type->size == 8; i++)
        values[i] = (double)(int64_t)load_eight(at + 8 * i, is_big);
}

static void convert_unsigned(const struct npy_type *type, const char *at, size_t n,
                             double *values)
{
    bool is_big = type->is_big;
    for (size_t i = 0; i < n && type->size == 1; i++)
        values[i] = (unsigned char)at[i];
    for (size_t i = 0; i < n && type->size == 2; i++)
        values[i] = load_two(at + 2 * i, is_big);
    for (size_t i = 0; i < n && type->size == 4; i++)
        values[i] = load_four(at + 4 * i, is_big);
    for (size_t i = 0; i < n && type->size == 8; i++)
        values[i] = (double)load_eight(at + 8 * i, is_big);
}

void npy_type_convert(const struct npy_type *type, const char *bytes, size_t n,
                      double *values)
{
    if (type->kind == 'f')
        convert_reals(type, bytes, n, values);
    else if (type->kind == 'i')
        convert_signed(type, bytes, n, values);
    else if (type->kind == 'u')
        convert_unsigned(type, bytes, n, values);
    else
        for (size_t i = 0; i < n; i++)
            values[i] = bytes[i] != 0;
}
