#include "api/accept.h"

#include <string.h>
#include <strings.h>

#include "core/text/number.h"

/* How precisely a range names a type. */
enum precision { NOT_AT_ALL, ANYTHING, KIND, EXACTLY };

static enum precision precision_of(const char *range, size_t n, const char *type)
{
    size_t n_kind = strcspn(type, "/") + 1;
    if (n == 3 && memcmp(range, "*/*", 3) == 0)
        return ANYTHING;
    if (n == n_kind + 1 && range[n - 1] == '*' && strncasecmp(range, type, n_kind) == 0)
        return KIND;
    return n == strlen(type) && strncasecmp(range, type, n) == 0 ? EXACTLY : NOT_AT_ALL;
}

/* q of the parameters text[0..n); 1 if it is not there, 0 if it is no number. */
static double weight_of(const char *text, size_t n)
{
    double weight;
    for (const char *end = text + n; text < end;) {
        text += strspn(text, "; \t");
        size_t length = strcspn(text, "; \t,");
        if (length >= 2 && strncasecmp(text, "q=", 2) == 0)
            return number_parse(text + 2, length - 2, &weight) && weight <= 1 ? weight
                                                                              : 0;
        text += length > 0 ? length : 1;
    }
    return 1;
}

/* What the client makes of one type. */
static double liking(const char *header, const char *type)
{
    enum precision best = NOT_AT_ALL;
    double weight = 0;
    while (*header) {
        header += strspn(header, ", \t");
        size_t n = strcspn(header, ","), n_range = strcspn(header, ";, \t");
        enum precision precision = precision_of(header, n_range, type);
        if (precision > best) {
            best = precision;
            weight = weight_of(header + n_range, n - n_range);
        }
        header += n;
    }
    return weight;
}

size_t accept_choose(const char *header, const char *const *types, size_t n_types)
{
    size_t best = n_types;
    double most = 0;
    if (!header || !*header)
        return 0;
    for (size_t i = 0; i < n_types; i++) {
        double weight = liking(header, types[i]);
        if (weight > most) {
            most = weight;
            best = i;
        }
    }
    return best;
}
