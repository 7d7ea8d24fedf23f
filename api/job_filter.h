/*
 * Which jobs a list has: ?state= (one or several words with commas between), ?model=, and
 * ?created_after= and ?created_before=, which take times of RFC 3339 and do not include
 * them.
 */
#ifndef LOGITD_API_JOB_FILTER_H
#define LOGITD_API_JOB_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/problem.h"
#include "core/store/store.h"

#define JOB_FILTER_QUERY "state model created_after created_before"

struct job_filter {
    unsigned states;   /* a bit for each enum job_state; 0: all */
    const char *model; /* borrowed from the request; NULL: all */
    int64_t after, before;
};

struct job_filter job_filter_read(const struct request *request,
                                  struct problem_list *problems);

/* Of a STORE_JOB record, for struct store_query; context: the filter. One that cannot be
 * read is accepted where nothing is asked for. */
bool job_filter_accept(void *filter, const struct store_record *stored);

#endif
