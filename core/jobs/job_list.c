#include "core/jobs/job_list.h"

#include <assert.h>
#include <string.h>

#include "core/jobs/jobs_internal.h"

void job_list_append(struct job_list *list, struct job *job)
{
    struct job **end = &list->first;
    while (*end)
        end = &(*end)->next;
    job->next = NULL;
    *end = job;
    list->n++;
}

void job_list_prepend(struct job_list *list, struct job *job)
{
    job->next = list->first;
    list->first = job;
    list->n++;
}

void job_list_remove(struct job_list *list, struct job *job)
{
    struct job **at = &list->first;
    while (*at && *at != job)
        at = &(*at)->next;
    assert(*at);
    *at = job->next;
    list->n--;
}

struct job *job_list_find(const struct job_list *list, const char *id)
{
    struct job *job = list->first;
    while (job && strcmp(job->record.id, id) != 0)
        job = job->next;
    return job;
}
