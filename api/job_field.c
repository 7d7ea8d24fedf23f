#include "api/job_field.h"

#include <string.h>

void job_field_later(struct problem_list *problems, const char *pointer, const char *what)
{
    problem_report(problems, ERROR_UNSUPPORTED, pointer,
                   "%s is not offered by this version; leave it out", what);
}

int job_field_word(const json_t *value, const char *pointer, const char *const *words,
                   size_t n_words, struct problem_list *problems)
{
    const char *text;
    struct buffer known = BUFFER_EMPTY;
    if (!json_fields_string(value, pointer, problems, &text))
        return -1;
    for (size_t i = 0; i < n_words; i++)
        if (strcmp(words[i], text) == 0)
            return (int)i;
    for (size_t i = 0; i < n_words; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", words[i]);
    problem_report(problems, ERROR_INVALID, pointer, "must be one of: %s",
                   known.bytes ? known.bytes : "");
    buffer_free(&known);
    return -1;
}
