#include "api/handlers/handle_job_events.h"

#include <string.h>

#include "api/accept.h"
#include "api/job_event_json.h"
#include "api/job_event_stream.h"
#include "api/job_history.h"
#include "api/job_json.h"
#include "api/query.h"
#include "api/service_internal.h"
#include "core/text/number.h"

/* Ids stay below: JSON numbers that every client reads exactly. */
#define GREATEST_ID (((uint64_t)1 << 53) - 1)

static const char *const types[] = {"application/json", JOB_EVENT_STREAM_TYPE};

struct asked {
    bool as_stream;
    uint64_t after;
    size_t limit;
};

/* ---- what is asked for ---- */

static uint64_t read_id(const char *text, const char *place,
                        struct problem_list *problems)
{
    int64_t id = 0;
    if (!number_parse_integer(text, strlen(text), 0, (int64_t)GREATEST_ID, &id))
        problem_report(problems, ERROR_INVALID, place, "must be the id of an event");
    return (uint64_t)id;
}

/* A client that comes again says how far it was; what it was first told counts less. */
static uint64_t read_after(const struct request *request, bool as_stream,
                           struct problem_list *problems)
{
    const char *last = request_header(request, "Last-Event-ID");
    const char *after = request_query(request, "after");
    bool has_last = last && last[0];
    uint64_t last_id = has_last ? read_id(last, "header Last-Event-ID", problems) : 0;
    if (as_stream && has_last)
        return last_id;
    return after ? read_id(after, "query after", problems) : 0;
}

static struct asked read_request(const struct request *request,
                                 struct problem_list *problems)
{
    size_t type = accept_choose(request_header(request, "Accept"), types, 2);
    struct asked asked = {.as_stream = type == 1};
    if (type == 2)
        problem_report(problems, ERROR_INVALID, "header Accept",
                       "there are application/json and " JOB_EVENT_STREAM_TYPE);
    if (asked.as_stream && request_query(request, "limit"))
        problem_report(problems, ERROR_INVALID, "query limit",
                       "is for lists; a stream has all events");
    asked.after = read_after(request, asked.as_stream, problems);
    asked.limit = query_integer(request, "limit", 1, QUERY_LIMIT_MOST,
                                QUERY_LIMIT_DEFAULT, problems);
    return asked;
}

/* ---- the log ---- */

/* One reference is the caller's. */
static struct job_log *find_log(struct service *service, const char *id,
                                struct error *err)
{
    struct job_record record = {0};
    /* It may end in between, but then its log is still there. */
    if (job_json_find(service, id, &record, err) < 0)
        return NULL;
    struct job_log *log = jobs_log(service->jobs, id);
    if (!log)
        log = job_history_make(service, &record, err);
    job_record_free(&record);
    return log;
}

/* ---- as a list ---- */

struct page {
    struct json_writer json;
    size_t n_left;
    bool has_more;
};

static bool write_entry(void *context, const struct job_log_view *view)
{
    struct page *page = context;
    page->has_more = page->n_left == 0;
    if (page->has_more)
        return false;
    job_event_json_write(&page->json, view);
    page->n_left--;
    return true;
}

static void respond_list(struct job_log *log, const struct asked *asked,
                         struct response *response)
{
    struct page page = {.n_left = asked->limit};
    response_start_json(response, 200);
    page.json = json_write_start(&response->body);
    json_write_begin_object(&page.json);
    json_write_key(&page.json, "data");
    json_write_begin_array(&page.json);
    job_log_each(log, asked->after, write_entry, &page);
    json_write_end_array(&page.json);
    json_write_member_bool(&page.json, "has_more", page.has_more);
    json_write_end_object(&page.json);
}

/* ---- the whole ---- */

/* A browser comes again when the stream ends, unless it is told that nothing comes. */
static int respond(struct service *service, struct job_log *log,
                   const struct asked *asked, struct exchange *exchange,
                   struct error *err)
{
    if (!asked->as_stream)
        respond_list(log, asked, &exchange->response);
    else if (asked->after > 0 && job_log_is_over(log, asked->after))
        response_start(&exchange->response, 204, NULL);
    else
        return job_event_stream_respond(service, log, asked->after, &exchange->response,
                                        err);
    return 0;
}

void handle_job_events(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    struct error err = {0};
    const struct asked asked = read_request(&exchange->request, &problems);
    struct job_log *log = NULL;
    if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    else if (!(log = find_log(service, exchange->request.params[0], &err)) ||
             respond(service, log, &asked, exchange, &err) < 0)
        problem_respond(exchange, &err);
    job_log_release(log);
    problem_list_free(&problems);
    exchange_complete(exchange);
}
