/* Any text reads as the C library reads it, and what was read is written so that it comes
 * back. */
#include <stdlib.h>
#include <string.h>

#include "core/text/number.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
    char copy[2048], text[NUMBER_TEXT_BYTES];
    const char *end;
    double value, again;
    enum number_result result = number_read((const char *)bytes, n, &value, &end);
    if (result == NUMBER_NONE || end - (const char *)bytes >= (ptrdiff_t)sizeof(copy))
        return 0;
    size_t n_read = (size_t)(end - (const char *)bytes);
    memcpy(copy, bytes, n_read);
    copy[n_read] = '\0';
    double expected = strtod(copy, NULL);
    check((result == NUMBER_OVERFLOW) == (expected - expected != 0));
    if (result == NUMBER_OVERFLOW)
        return 0;
    check(memcmp(&value, &expected, sizeof(value)) == 0);
    check(number_parse(text, number_write(value, text), &again));
    check(memcmp(&value, &again, sizeof(value)) == 0);
    return 0;
}
