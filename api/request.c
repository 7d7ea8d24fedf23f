#include "api/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const char *request_method_word(enum method method)
{
    static const char *const words[METHOD_N] = {"GET",    "HEAD",  "POST",    "PUT",
                                                "DELETE", "PATCH", "OPTIONS", "TRACE"};
    return words[method];
}

const char *request_header(const struct request *request, const char *name)
{
    /* Most differ in the first letter: this is asked several times for each request. */
    for (size_t i = 0; i < request->n_headers; i++)
        if ((*request->headers[i].name | 0x20) == (*name | 0x20) &&
            strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

const char *request_query(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->n_query; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value ? request->query[i].value : "";
    return NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Behind a parameter's value, quoted or not; *value and *n_bytes are what it says. */
static const char *read_value(const char *text, const char **value, size_t *n_bytes)
{
    if (*text != '"') {
        *value = text;
        *n_bytes = strcspn(text, "; \t");
        return text + *n_bytes;
    }
    *value = text + 1;
    *n_bytes = strcspn(*value, "\"");
    const char *end = *value + *n_bytes;
    return *end == '"' ? end + 1 : end;
}

static bool value_is(const char *value, size_t n_bytes, const char *word)
{
    return n_bytes == strlen(word) && strncasecmp(value, word, n_bytes) == 0;
}

/* US-ASCII is a part of UTF-8. */
static bool charset_is_fine(const char *parameters)
{
    const char *at = parameters;
    while (*at == ';') {
        at = skip_blanks(at + 1);
        size_t n_name = strcspn(at, "=; \t");
        const char *name = at;
        at += n_name;
        if (*at != '=')
            continue;
        const char *value;
        size_t n_bytes;
        at = skip_blanks(read_value(at + 1, &value, &n_bytes));
        if (value_is(name, n_name, "charset") && !value_is(value, n_bytes, "utf-8") &&
            !value_is(value, n_bytes, "us-ascii"))
            return false;
    }
    return true;
}

bool request_media_type(const struct request *request, char *out, size_t out_bytes)
{
    const char *text = request_header(request, "Content-Type");
    out[0] = '\0';
    if (!text)
        return true;
    text = skip_blanks(text);
    size_t n = strcspn(text, "; \t");
    if (n < out_bytes) {
        for (size_t i = 0; i < n; i++)
            out[i] = (char)tolower((unsigned char)text[i]);
        out[n] = '\0';
    }
    return charset_is_fine(skip_blanks(text + n));
}
