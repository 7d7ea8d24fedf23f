#include "core/text/number.h"

bool number_parse(const char *text, size_t n, double *value)
{
    const char *end;
    double read;
    if (number_read(text, n, &read, &end) != NUMBER_OK || end != text + n)
        return false;
    *value = read;
    return true;
}

/* The digits of text[0..n) downwards from 0, since INT64_MIN has no counterpart. */
static bool read_negated(const char *text, size_t n, int64_t *value)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return n > 0;
}

bool number_parse_integer(const char *text, size_t n, int64_t least, int64_t most,
                          int64_t *value)
{
    bool negative = n > 0 && text[0] == '-';
    bool has_sign = n > 0 && (negative || text[0] == '+');
    int64_t read;
    if (!read_negated(text + has_sign, n - has_sign, &read))
        return false;
    if (!negative && __builtin_sub_overflow(0, read, &read))
        return false;
    if (read < least || read > most)
        return false;
    *value = read;
    return true;
}
