#include "api/record_list.h"

#include "api/service_internal.h"

static int write_readable(struct service *service, const struct store_record *stored,
                          record_list_entry_fn *write_entry, const void *context,
                          struct json_writer *json, struct error *err)
{
    struct error why = {0};
    if (write_entry(service, stored, context, json, &why) == 0)
        return 0;
    if (why.code == ERROR_NO_MEMORY)
        return error_copy(err, &why);
    service_log(service, SERVICE_LOG_ERROR, "record_unreadable", stored->key);
    return 0;
}

static int write_page(struct service *service, struct response *response,
                      const struct store_query *query, size_t limit,
                      record_list_entry_fn *write_entry, const void *context,
                      record_list_more_fn *write_more, struct error *err)
{
    const struct store_record *records[QUERY_LIMIT_MOST];
    bool has_more;
    size_t n = store_list(service->store, query, limit, records, &has_more);
    int result = 0;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_key(&json, "data");
    json_write_begin_array(&json);
    for (size_t i = 0; i < n; i++) {
        if (result == 0)
            result =
                write_readable(service, records[i], write_entry, context, &json, err);
        store_release(records[i]);
    }
    json_write_end_array(&json);
    json_write_member_bool(&json, "has_more", has_more);
    if (write_more)
        write_more(service, &json);
    json_write_end_object(&json);
    return result;
}

/* An empty page would pass for the list's end. */
static bool can_go_on(struct service *service, struct exchange *exchange,
                      const struct store_query *query)
{
    struct problem_list problems = {0};
    const struct store_record *last =
        query->after ? store_find(service->store, query->kind, query->after) : NULL;
    bool can = last || !query->after;
    store_release(last);
    if (can)
        return true;
    problem_report(&problems, ERROR_INVALID, "query after",
                   "the list has no such entry, or it was deleted; begin again without "
                   "this parameter");
    problem_respond_list(exchange, &problems);
    problem_list_free(&problems);
    return false;
}

void record_list_respond_more(struct service *service, struct exchange *exchange,
                              const struct store_query *query,
                              const struct query_page *page,
                              const struct problem_list *problems,
                              record_list_entry_fn *write_entry, const void *context,
                              record_list_more_fn *write_more)
{
    struct error err = {0};
    if (problems->n > 0)
        problem_respond_list(exchange, problems);
    else if (can_go_on(service, exchange, query) &&
             write_page(service, &exchange->response, query, page->limit, write_entry,
                        context, write_more, &err) < 0)
        problem_respond(exchange, &err);
}

void record_list_respond(struct service *service, struct exchange *exchange,
                         const struct store_query *query, const struct query_page *page,
                         const struct problem_list *problems,
                         record_list_entry_fn *write_entry, const void *context)
{
    record_list_respond_more(service, exchange, query, page, problems, write_entry,
                             context, NULL);
}
