#include "core/text/json_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape, -1 if they are none. */
static int hex_unit(const char *digits, size_t n)
{
    int unit = 0;
    if (n < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(digits[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

size_t json_escape_bytes(const char *text, size_t n)
{
    if (n < 2)
        return 0;
    if (text[1] != 'u')
        return text[1] && strchr("\"\\/bfnrt", text[1]) ? 2 : 0;
    int unit = hex_unit(text + 2, n - 2);
    if (unit < 0 || is_low_surrogate(unit))
        return 0;
    if (!is_high_surrogate(unit))
        return 6;
    bool has_escape = n >= 12 && text[6] == '\\' && text[7] == 'u';
    return has_escape && is_low_surrogate(hex_unit(text + 8, 4)) ? 12 : 0;
}

static size_t write_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n_bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n_bytes - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00U >> n_bytes & 0xf0U) | code);
    return n_bytes;
}

static uint32_t code_of_escape(const char *escape)
{
    uint32_t unit = (uint32_t)hex_unit(escape + 2, 4);
    if (!is_high_surrogate((int)unit))
        return unit;
    uint32_t low = (uint32_t)hex_unit(escape + 8, 4);
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

size_t json_escape_read(const char *text, char out[4], size_t *n_read)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    *n_read = 1;
    out[0] = text[0];
    if (text[0] != '\\')
        return 1;
    if (text[1] == 'u') {
        uint32_t code = code_of_escape(text);
        *n_read = code < 0x10000 ? 6 : 12;
        return write_utf8(code, out);
    }
    const char *letter = strchr(letters, text[1]);
    *n_read = 2;
    out[0] = letter ? controls[letter - letters] : text[1];
    return 1;
}
