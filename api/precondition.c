#include "api/precondition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t,");
}

/* Is `tag` one of the list, or is the list "*"? */
static bool is_listed(const char *list, const char *tag)
{
    const char *text = skip_blanks(list);
    if (text[0] == '*' && *skip_blanks(text + 1) == '\0')
        return true;
    while (*text) {
        bool is_weak = strncmp(text, "W/", 2) == 0;
        const char *start = is_weak ? text + 2 : text;
        const char *end = *start == '"' ? strchr(start + 1, '"') : NULL;
        if (!end)
            return false;
        size_t n = (size_t)(end + 1 - start);
        if (!is_weak && n == strlen(tag) && memcmp(start, tag, n) == 0)
            return true;
        text = skip_blanks(end + 1);
    }
    return false;
}

bool precondition_holds(const struct request *request, uint64_t revision)
{
    const char *match = request_header(request, "If-Match");
    const char *none_match = request_header(request, "If-None-Match");
    char tag[32];
    snprintf(tag, sizeof(tag), "\"%" PRIu64 "\"", revision);
    if (match && (revision == 0 || !is_listed(match, tag)))
        return false;
    return !none_match || revision == 0 || !is_listed(none_match, tag);
}

void precondition_tag(struct response *response, uint64_t revision)
{
    response_header(response, "ETag", "\"%" PRIu64 "\"", revision);
}
