#include "api/dialect/v2_datatype.h"

#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Whole numbers up to here are doubles, and no other becomes one of these. */
#define EXACT 9007199254740991.0

static const struct {
    const char *name;
    size_t n_bytes;
    double least, most; /* of whole numbers; both 0: any number */
} datatypes[V2_N_DATATYPES] = {
    [V2_BOOL] = {"BOOL", 1, 0, 1},
    [V2_UINT8] = {"UINT8", 1, 0, UINT8_MAX},
    [V2_UINT16] = {"UINT16", 2, 0, UINT16_MAX},
    [V2_UINT32] = {"UINT32", 4, 0, UINT32_MAX},
    [V2_UINT64] = {"UINT64", 8, 0, EXACT},
    [V2_INT8] = {"INT8", 1, INT8_MIN, INT8_MAX},
    [V2_INT16] = {"INT16", 2, INT16_MIN, INT16_MAX},
    [V2_INT32] = {"INT32", 4, INT32_MIN, INT32_MAX},
    [V2_INT64] = {"INT64", 8, -EXACT, EXACT},
    [V2_FP16] = {"FP16", 2, 0, 0},
    [V2_FP32] = {"FP32", 4, 0, 0},
    [V2_FP64] = {"FP64", 8, 0, 0},
    [V2_BYTES] = {"BYTES", 0, 0, 0},
    [V2_BF16] = {"BF16", 2, 0, 0},
};

enum v2_datatype v2_datatype_find(const char *name, size_t n)
{
    enum v2_datatype datatype = 0;
    while (datatype < V2_N_DATATYPES && (strlen(datatypes[datatype].name) != n ||
                                         memcmp(datatypes[datatype].name, name, n) != 0))
        datatype++;
    return datatype;
}

const char *v2_datatype_name(enum v2_datatype datatype)
{
    return datatypes[datatype].name;
}

size_t v2_datatype_bytes(enum v2_datatype datatype)
{
    return datatypes[datatype].n_bytes;
}

bool v2_datatype_has(enum v2_datatype datatype, double value)
{
    double least = datatypes[datatype].least, most = datatypes[datatype].most;
    return most == 0 || (value >= least && value <= most && value == floor(value));
}

/* ---- elements in bytes ---- */

static uint64_t read_bits(const char *bytes, size_t n)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (n) {
    case 1:
        return (unsigned char)bytes[0];
    case 2:
        memcpy(&two, bytes, sizeof(two));
        return le16toh(two);
    case 4:
        memcpy(&four, bytes, sizeof(four));
        return le32toh(four);
    default:
        memcpy(&eight, bytes, sizeof(eight));
        return le64toh(eight);
    }
}

/* IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    double value = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                   : exponent == 0 ? ldexp(fraction, -24)
                                   : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -value : value;
}

static double single(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return (double)value;
}

static double element(enum v2_datatype datatype, uint64_t bits)
{
    double value;
    switch (datatype) {
    case V2_INT8:
        return (int8_t)bits;
    case V2_INT16:
        return (int16_t)bits;
    case V2_INT32:
        return (int32_t)bits;
    case V2_INT64:
        return (double)(int64_t)bits;
    case V2_FP16:
        return half(bits);
    case V2_BF16:
        return single((uint32_t)bits << 16);
    case V2_FP32:
        return single((uint32_t)bits);
    case V2_FP64:
        memcpy(&value, &bits, sizeof(value));
        return value;
    default:
        return (double)bits;
    }
}

/* 2^63 and 2^64 are no numbers of 64 bits, but what numbers near them become. */
static bool is_exact(enum v2_datatype datatype, uint64_t bits, double value)
{
    if (datatype == V2_UINT64)
        return value < 0x1p64 && (uint64_t)value == bits;
    if (datatype == V2_INT64)
        return value < 0x1p63 && (int64_t)value == (int64_t)bits;
    return datatype != V2_BOOL || bits <= 1;
}

size_t v2_datatype_read(enum v2_datatype datatype, const char *bytes, size_t n,
                        double *values)
{
    size_t size = v2_datatype_bytes(datatype);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = read_bits(bytes + i * size, size);
        values[i] = element(datatype, bits);
        if (!is_exact(datatype, bits, values[i]))
            return i;
    }
    return n;
}
