#include "api/predict_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t n_listed(const struct problem_list *problems)
{
    return problems->n < PROBLEM_MAX ? problems->n : PROBLEM_MAX;
}

/* The segment of a pointer behind its slash, without escapes (RFC 6901); what follows. */
static const char *read_segment(const char *at, char segment[PROBLEM_POINTER_BYTES])
{
    size_t n = 0;
    for (; *at && *at != '/'; at++) {
        bool is_escape = *at == '~' && (at[1] == '0' || at[1] == '1');
        segment[n++] = !is_escape ? *at : at[1] == '0' ? '~' : '/';
        at += is_escape;
    }
    segment[n] = '\0';
    return at;
}

void predict_places_of_query(struct problem_list *problems)
{
    char name[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; problems->errors && i < n_listed(problems); i++) {
        struct error *problem = &problems->errors[i];
        if (problem->place[0] != '/')
            continue;
        read_segment(problem->place + 1, name);
        snprintf(problem->place, sizeof(problem->place), "query %.100s", name);
    }
}

static void place_in_line(struct error *problem, const char *rest, bool is_array,
                          const struct encoding *encoding)
{
    char segment[PROBLEM_POINTER_BYTES];
    rest = read_segment(rest, segment);
    unsigned long long row = strtoull(segment, NULL, 10) + 1;
    if (*rest != '/') {
        snprintf(problem->place, sizeof(problem->place), "row %llu", row);
        return;
    }
    read_segment(rest + 1, segment);
    size_t cell = is_array ? strtoull(segment, NULL, 10) : SIZE_MAX;
    const char *column =
        cell < encoding->n_inputs ? encoding->inputs[cell].name : segment;
    snprintf(problem->place, sizeof(problem->place), "row %llu, column %.80s", row,
             column);
}

void predict_places_of_lines(struct problem_list *problems,
                             const struct encoding *encoding)
{
    static const char rows[] = "/rows/", instances[] = "/instances/";
    for (size_t i = 0; problems->errors && i < n_listed(problems); i++) {
        struct error *problem = &problems->errors[i];
        char place[sizeof(problem->place)];
        memcpy(place, problem->place, sizeof(place));
        if (strncmp(place, rows, sizeof(rows) - 1) == 0)
            place_in_line(problem, place + sizeof(rows) - 1, true, encoding);
        else if (strncmp(place, instances, sizeof(instances) - 1) == 0)
            place_in_line(problem, place + sizeof(instances) - 1, false, encoding);
    }
}
