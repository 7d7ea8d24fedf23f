#include "server/setting_value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text/number.h"

#define QUOTED_BYTES 60 /* of a value, in a message */

/* Sets an error that ends with what was given. */
static int refuse(const char *wanted, const char *given, struct error *err)
{
    bool is_cut = strlen(given) > QUOTED_BYTES;
    return error_set(err, ERROR_INVALID, "wants %s, not \"%.*s%s\"", wanted, QUOTED_BYTES,
                     given, is_cut ? "…" : "");
}

int setting_value_count(const char *text, uint64_t least, uint64_t most, size_t *value,
                        struct error *err)
{
    int64_t number;
    if (number_parse_integer(text, strlen(text), (int64_t)least, (int64_t)most,
                             &number)) {
        *value = (size_t)number;
        return 0;
    }
    char wanted[96];
    snprintf(wanted, sizeof(wanted), "a whole number from %llu to %llu",
             (unsigned long long)least, (unsigned long long)most);
    return refuse(wanted, text, err);
}

/* ---- sizes ---- */

static const char prefixes[] = {'K', 'M', 'G', 'T'};

/* "", "B", "bytes", "M", "MB" and "MiB", in any case: 1 or the power of 1024; 0 for
 * anything else.
 */
static double unit_of(const char *text)
{
    double unit = 1;
    const char *rest = text;
    for (size_t i = 0; i < sizeof(prefixes) && text[0] != '\0'; i++)
        if (strncasecmp(text, &prefixes[i], 1) == 0) {
            unit = (double)(1ULL << (10 * (i + 1)));
            rest = text + 1;
        }
    if (rest[0] == '\0' || strcasecmp(rest, "B") == 0)
        return unit;
    return strcasecmp(rest, unit > 1 ? "iB" : "bytes") == 0 ? unit : 0;
}

int setting_value_size(const char *text, uint64_t least, uint64_t most, size_t *value,
                       struct error *err)
{
    double number;
    const char *end;
    if (number_read(text, strlen(text), &number, &end) == NUMBER_OK) {
        double bytes = number * unit_of(end + strspn(end, " "));
        if (bytes >= (double)least && bytes <= (double)most) {
            *value = (size_t)bytes;
            return 0;
        }
    }
    char low[32];
    char high[32];
    char wanted[128];
    snprintf(wanted, sizeof(wanted), "a size from %s to %s, such as 256M or 1.5 GiB",
             setting_value_size_text(least, low), setting_value_size_text(most, high));
    return refuse(wanted, text, err);
}

char *setting_value_size_text(uint64_t bytes, char *text)
{
    size_t power = 0;
    while (power < sizeof(prefixes) && bytes >= 1ULL << (10 * (power + 1)))
        power++;
    double scaled = (double)bytes / (double)(1ULL << (10 * power));
    if (power == 0 || scaled * 1000 != (double)(uint64_t)(scaled * 1000))
        snprintf(text, 32, "%llu bytes", (unsigned long long)bytes);
    else
        snprintf(text, 32, "%.15g %ciB", scaled, prefixes[power - 1]);
    return text;
}

/* ---- words ---- */

int setting_value_switch(const char *text, bool *value, struct error *err)
{
    static const char *const words[] = {"false", "true", "no", "yes",
                                        "off",   "on",   "0",  "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(text, words[i]) == 0) {
            *value = i % 2 == 1;
            return 0;
        }
    return refuse("true or false", text, err);
}

int setting_value_word(const char *text, const char *const *words, size_t n_words,
                       size_t *index, struct error *err)
{
    char wanted[128] = "";
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *index = i;
            return 0;
        }
        size_t n = strlen(wanted);
        const char *between = i == 0 ? "" : i + 1 < n_words ? ", " : " or ";
        snprintf(wanted + n, sizeof(wanted) - n, "%s%s", between, words[i]);
    }
    return refuse(wanted, text, err);
}

/* ---- addresses ---- */

/* Is it a name of a machine, as far as its letters go? */
static bool is_name(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return host[0] != '\0' && host[strspn(host, letters)] == '\0';
}

static bool is_ipv6(const char *host)
{
    struct in6_addr address;
    char bare[SETTING_VALUE_HOST_BYTES]; /* without its zone: "fe80::1%eth0" */
    snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(host, "%"), host);
    return inet_pton(AF_INET6, bare, &address) == 1;
}

/* The host of "HOST:…" or "[HOST]:…"; *port is behind the colon. */
static bool split_address(const char *text, char *host, const char **port,
                          bool *bracketed)
{
    *bracketed = text[0] == '[';
    const char *start = text + *bracketed;
    const char *end = *bracketed ? strchr(start, ']') : strrchr(start, ':');
    const char *colon = end && *bracketed ? end + 1 : end;
    if (!colon || colon[0] != ':' || end - start >= SETTING_VALUE_HOST_BYTES)
        return false;
    snprintf(host, SETTING_VALUE_HOST_BYTES, "%.*s", (int)(end - start), start);
    *port = colon + 1;
    return true;
}

int setting_value_address(const char *text, char host[SETTING_VALUE_HOST_BYTES],
                          uint16_t *port, struct error *err)
{
    char name[SETTING_VALUE_HOST_BYTES];
    const char *digits;
    bool bracketed;
    int64_t number;
    if (!split_address(text, name, &digits, &bracketed) ||
        !(bracketed ? is_ipv6(name) : is_name(name)) ||
        !number_parse_integer(digits, strlen(digits), 0, UINT16_MAX, &number))
        return refuse("HOST:PORT, such as 127.0.0.1:8080 or [::1]:0, with a port from 0 "
                      "to 65535",
                      text, err);
    snprintf(host, SETTING_VALUE_HOST_BYTES, "%s", name);
    *port = (uint16_t)number;
    return 0;
}
