#include "api/query.h"

#include <stdio.h>
#include <string.h>

#include "core/text/number.h"

static bool is_one_of(const char *names, const char *name)
{
    size_t n = strlen(name);
    const char *at = names;
    while (*at && n > 0) {
        size_t word = strcspn(at, " ");
        if (word == n && memcmp(at, name, n) == 0)
            return true;
        at += word + strspn(at + word, " ");
    }
    return false;
}

static const char *place_of(char place[PROBLEM_POINTER_BYTES], const char *name)
{
    snprintf(place, PROBLEM_POINTER_BYTES, "query %s", name);
    return place;
}

static bool seen_before(const struct request *request, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(request->query[j].name, request->query[i].name) == 0)
            return true;
    return false;
}

void query_check(const struct request *request, const char *names,
                 struct problem_list *problems)
{
    char place[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < request->n_query; i++) {
        place_of(place, request->query[i].name);
        if (!is_one_of(names, request->query[i].name))
            problem_report(problems, ERROR_UNKNOWN_FIELD, place,
                           names[0] ? "no such query parameter; there are: %s"
                                    : "no query parameters are taken here%s",
                           names);
        else if (seen_before(request, i))
            problem_report(problems, ERROR_INVALID, place, "may be given only once");
    }
}

size_t query_integer(const struct request *request, const char *name, size_t least,
                     size_t most, size_t fallback, struct problem_list *problems)
{
    const char *text = request_query(request, name);
    int64_t value;
    char place[PROBLEM_POINTER_BYTES];
    if (!text)
        return fallback;
    if (number_parse_integer(text, strlen(text), (int64_t)least, (int64_t)most, &value))
        return (size_t)value;
    problem_report(problems, ERROR_OUT_OF_RANGE, place_of(place, name),
                   "must be a whole number from %zu to %zu", least, most);
    return fallback;
}

bool query_bool(const struct request *request, const char *name, bool fallback,
                struct problem_list *problems)
{
    const char *text = request_query(request, name);
    char place[PROBLEM_POINTER_BYTES];
    if (!text)
        return fallback;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        problem_report(problems, ERROR_INVALID, place_of(place, name),
                       "must be true or false");
    return strcmp(text, "true") == 0;
}

struct query_page query_read_page(const struct request *request,
                                  struct problem_list *problems)
{
    return (struct query_page){.limit =
                                   query_integer(request, "limit", 1, QUERY_LIMIT_MOST,
                                                 QUERY_LIMIT_DEFAULT, problems),
                               .after = request_query(request, "after")};
}
