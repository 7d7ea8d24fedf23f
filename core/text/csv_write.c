#include "core/base/buffer.h"
#include "core/text/csv.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool needs_quotes(const char *text, size_t n)
{
    if (n == 0 || is_blank(text[0]) || is_blank(text[n - 1]))
        return true;
    for (size_t i = 0; i < n; i++)
        if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

void csv_write_cell(struct buffer *out, const char *text, size_t n)
{
    if (!needs_quotes(text, n)) {
        buffer_append(out, text, n);
        return;
    }
    buffer_append_byte(out, '"');
    for (const char *quote; n > 0 && (quote = memchr(text, '"', n));) {
        size_t n_before = (size_t)(quote - text) + 1;
        buffer_append(out, text, n_before);
        buffer_append_byte(out, '"');
        text += n_before;
        n -= n_before;
    }
    buffer_append(out, text, n);
    buffer_append_byte(out, '"');
}
