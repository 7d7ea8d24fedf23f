#include "core/text/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/*
 * The length of the code point beyond ASCII at text[0..n), 0 if there is none. By table
 * 3-7 of the Unicode standard only the second byte has bounds of its own: behind E0 and
 * F0 it keeps overlong forms out, behind ED surrogates, behind F4 what is past U+10FFFF.
 */
static size_t code_point_bytes(const unsigned char *text, size_t n)
{
    unsigned char lead = text[0];
    size_t n_bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n < n_bytes)
        return 0;
    unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < least || text[1] > most)
        return 0;
    for (size_t i = 2; i < n_bytes; i++)
        if (!is_continuation(text[i]))
            return 0;
    return n_bytes;
}

static size_t skip_ascii(const unsigned char *text, size_t n)
{
    size_t at = 0;
    for (uint64_t words[2]; n - at >= sizeof(words); at += sizeof(words)) {
        memcpy(words, text + at, sizeof(words));
        if ((words[0] | words[1]) & 0x8080808080808080U)
            break;
    }
    while (at < n && text[at] < 0x80)
        at++;
    return at;
}

size_t utf8_valid_prefix(const char *text, size_t n)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < n) {
        if (bytes[at] < 0x80) {
            at += skip_ascii(bytes + at, n - at);
            continue;
        }
        size_t n_bytes = code_point_bytes(bytes + at, n - at);
        if (n_bytes == 0)
            break;
        at += n_bytes;
    }
    return at;
}
