#include "core/text/json_scan.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Where in text[0..n) the first bracket or quote is; n if there is none. With the bit
 * 0x20 set '[' is '{' and ']' is '}', and no other byte is one of them. */
static size_t find_bracket(const char *text, size_t n)
{
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    size_t at = 0;
    for (uint64_t word; n - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        word = le64toh(word);
        uint64_t quote = word ^ (ones * '"');
        uint64_t open = (word | (ones * 0x20)) ^ (ones * '{');
        uint64_t close = (word | (ones * 0x20)) ^ (ones * '}');
        uint64_t found = (((quote - ones) & ~quote) | ((open - ones) & ~open) |
                          ((close - ones) & ~close)) &
                         tops;
        if (found)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    for (; at < n; at++) {
        char c = text[at] | 0x20;
        if (c == '{' || c == '}' || text[at] == '"')
            break;
    }
    return at;
}

static int pass_bracket(struct json_scan *scan, struct error *err)
{
    struct json_text text;
    char c = scan->text[scan->at];
    if (c == '"')
        return json_scan_string(scan, &text, err);
    if ((c | 0x20) == '{')
        return c == '{' ? json_scan_enter_object(scan, err)
                        : json_scan_enter_array(scan, err);
    scan->at++;
    scan->depth--;
    return 0;
}

int json_scan_pass(struct json_scan *scan, struct error *err)
{
    int floor = scan->depth;
    enum json_kind kind = json_scan_peek(scan);
    if (kind != JSON_KIND_OBJECT && kind != JSON_KIND_ARRAY)
        return json_scan_skip(scan, err);
    do {
        scan->at += find_bracket(scan->text + scan->at, scan->n_bytes - scan->at);
        if (scan->at == scan->n_bytes) {
            error_set(err, ERROR_BAD_JSON,
                      "the text ends too early: a closing bracket is needed");
            error_place(err, "byte %zu", scan->at);
            return -1;
        }
        if (pass_bracket(scan, err) < 0)
            return -1;
    } while (scan->depth > floor);
    scan->is_first = false;
    return 0;
}
