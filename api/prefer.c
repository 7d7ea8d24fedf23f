#include "api/prefer.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/text/number.h"

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* One preference, up to a comma or semicolon: its seconds if it is wait=N. */
static bool read_wait(const char *text, size_t n_bytes, unsigned *seconds)
{
    int64_t value;
    if (n_bytes < 6 || strncasecmp(text, "wait=", 5) != 0)
        return false;
    text += 5;
    n_bytes -= 5;
    if (n_bytes > 2 && text[0] == '"' && text[n_bytes - 1] == '"') {
        text++;
        n_bytes -= 2;
    }
    if (!number_parse_integer(text, n_bytes, 0, INT32_MAX, &value))
        return false;
    *seconds =
        value < PREFER_WAIT_MOST_SECONDS ? (unsigned)value : PREFER_WAIT_MOST_SECONDS;
    return true;
}

static bool find_wait(const char *value, unsigned *seconds)
{
    while (*value) {
        value = skip_blanks(value);
        size_t n = strcspn(value, ",; \t");
        if (read_wait(value, n, seconds))
            return true;
        value += strcspn(value, ",");
        value += *value == ',';
    }
    return false;
}

unsigned prefer_wait_seconds(const struct request *request)
{
    unsigned seconds = 0;
    for (size_t i = 0; i < request->n_headers; i++)
        if (strcasecmp(request->headers[i].name, "Prefer") == 0 &&
            find_wait(request->headers[i].value, &seconds))
            break;
    return seconds;
}
