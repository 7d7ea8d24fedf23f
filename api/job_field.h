/*
 * What readers of a job's fields have in common: their signature, words out of a list,
 * and the refusal of what is not offered yet.
 */
#ifndef LOGITD_API_JOB_FIELD_H
#define LOGITD_API_JOB_FIELD_H

#include "api/job_request.h"
#include "api/json_fields.h"

/* What every reader is given: a json_field_fn; the context is the struct job_request,
 * unless said otherwise. `static JOB_FIELD(name)` where only its own file uses it. */
#define JOB_FIELD(name)                                                                  \
    int name(void *context, const json_t *value, const char *pointer,                    \
             struct problem_list *problems, struct error *err)

#define JOB_FIELD_STRING(name, member)                                                   \
    static JOB_FIELD(name)                                                               \
    {                                                                                    \
        struct job_request *request = context;                                           \
        (void)err;                                                                       \
        json_fields_string(value, pointer, problems, &request->member);                  \
        return 0;                                                                        \
    }

#define JOB_FIELD_BOOL(name, member)                                                     \
    static JOB_FIELD(name)                                                               \
    {                                                                                    \
        struct job_request *request = context;                                           \
        (void)err;                                                                       \
        json_fields_bool(value, pointer, problems, &request->member);                    \
        return 0;                                                                        \
    }

#define JOB_FIELD_COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The index of a string among `words`, or -1 with the problem reported. */
int job_field_word(const json_t *value, const char *pointer, const char *const *words,
                   size_t n_words, struct problem_list *problems);

/* Of what is known and for a later version: "WHAT is not offered by this version; leave
 * it out" */
void job_field_later(struct problem_list *problems, const char *pointer,
                     const char *what);

#endif
