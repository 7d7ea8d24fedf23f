#include "api/job_filter.h"

#include <stdio.h>
#include <string.h>

#include "api/job_request.h"
#include "api/registry.h"
#include "core/base/clock.h"
#include "core/jobs/job_record.h"

#define MOST_WORD_BYTES 16U

/* ---- what is asked for ---- */

/* The bit of the state text[0..n); 0 if there is none. */
static unsigned state_of(const char *text, size_t n)
{
    char word[MOST_WORD_BYTES];
    enum job_state state;
    if (n >= sizeof(word))
        return 0;
    snprintf(word, sizeof(word), "%.*s", (int)n, text);
    return job_record_state_of_word(word, &state) == 0 ? 1U << state : 0;
}

static unsigned read_states(const struct request *request, struct problem_list *problems)
{
    const char *text = request_query(request, "state");
    unsigned states = 0, state = 1;
    while (text && state) {
        size_t n = strcspn(text, ",");
        state = state_of(text, n);
        states |= state;
        text = text[n] ? text + n + 1 : NULL;
    }
    if (!state)
        problem_report(problems, ERROR_INVALID, "query state",
                       "must be queued, running, succeeded, failed or cancelled, or "
                       "several of them with commas between");
    return states;
}

static const char *read_model(const struct request *request,
                              struct problem_list *problems)
{
    const char *model = request_query(request, "model");
    if (model && !registry_name_is_valid(model))
        problem_report(problems, ERROR_INVALID, "query model", "must be a model's name");
    return model;
}

static int64_t read_time(const struct request *request, const char *name,
                         int64_t otherwise, struct problem_list *problems)
{
    const char *text = request_query(request, name);
    int64_t when = otherwise;
    char place[PROBLEM_POINTER_BYTES];
    snprintf(place, sizeof(place), "query %s", name);
    if (text && !clock_parse(text, &when))
        problem_report(problems, ERROR_INVALID, place,
                       "must be a time like 2026-11-24T08:12:09Z; a + must be sent as "
                       "%%2B");
    return when;
}

struct job_filter job_filter_read(const struct request *request,
                                  struct problem_list *problems)
{
    return (struct job_filter){
        .states = read_states(request, problems),
        .model = read_model(request, problems),
        .after = read_time(request, "created_after", INT64_MIN, problems),
        .before = read_time(request, "created_before", INT64_MAX, problems)};
}

/* ---- looking ---- */

static bool is_of_model(const struct job_record *record, const char *model)
{
    struct job_request_head head = {0};
    if (job_request_read_head(&head, record->request, record->request_bytes, NULL) < 0)
        return false;
    bool is = strcmp(head.model, model) == 0;
    job_request_free_head(&head);
    return is;
}

static bool fits(const struct job_filter *filter, const struct job_record *record)
{
    return (!filter->states || (filter->states & 1U << record->state)) &&
           record->created_at > filter->after && record->created_at < filter->before &&
           (!filter->model || is_of_model(record, filter->model));
}

static bool takes_all(const struct job_filter *filter)
{
    return !filter->states && !filter->model && filter->after == INT64_MIN &&
           filter->before == INT64_MAX;
}

bool job_filter_accept(void *context, const struct store_record *stored)
{
    const struct job_filter *filter = context;
    struct job_record record = {0};
    if (takes_all(filter))
        return true;
    if (job_record_unpack(&record, stored->meta, stored->meta_bytes, NULL) < 0)
        return false;
    bool is_accepted = fits(filter, &record);
    job_record_free(&record);
    return is_accepted;
}
