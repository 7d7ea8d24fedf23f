#include "core/text/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1 to 3 bytes as four characters. */
static void write_group(const unsigned char *from, size_t n, char *to)
{
    uint32_t bits = (uint32_t)from[0] << 16 | (n > 1 ? (uint32_t)from[1] << 8 : 0) |
                    (n > 2 ? from[2] : 0);
    to[0] = digits[bits >> 18];
    to[1] = digits[bits >> 12 & 63];
    to[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
    to[3] = n > 2 ? digits[bits & 63] : '=';
}

void base64_write(const void *bytes, size_t n, struct buffer *out)
{
    const unsigned char *from = bytes;
    size_t n_groups = n / 3 + (n % 3 > 0);
    char *to = buffer_reserve(out, 4 * n_groups);
    for (size_t i = 0; to && i < n_groups; i++)
        write_group(from + 3 * i, n - 3 * i < 3 ? n - 3 * i : 3, to + 4 * i);
    if (to)
        buffer_advance(out, 4 * n_groups);
}

/* 64 for what is no digit. */
static uint32_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* How many bytes four characters make; 0: none. Only the last four may be padded. */
static size_t read_group(const char *from, bool is_last, unsigned char *to)
{
    size_t n_digits = is_last && from[3] == '=' ? from[2] == '=' ? 2 : 3 : 4;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < n_digits ? value_of(from[i]) : 0;
        if (value > 63)
            return 0;
        bits = bits << 6 | value;
    }
    to[0] = (unsigned char)(bits >> 16);
    to[1] = (unsigned char)(bits >> 8 & 255);
    to[2] = (unsigned char)(bits & 255);
    bool has_rest = (n_digits < 3 && to[1] != 0) || (n_digits < 4 && to[2] != 0);
    return has_rest ? 0 : n_digits - 1;
}

bool base64_read(const char *text, size_t n, struct buffer *out)
{
    unsigned char bytes[3];
    if (n % 4 != 0)
        return false;
    for (size_t i = 0; i < n; i += 4) {
        size_t n_bytes = read_group(text + i, i + 4 == n, bytes);
        if (n_bytes == 0)
            return false;
        buffer_append(out, bytes, n_bytes);
    }
    return true;
}
