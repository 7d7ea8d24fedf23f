/*
 * The contract's lists, {"data":[…],"has_more":bool}, of records in the store.
 */
#ifndef LOGITD_API_RECORD_LIST_H
#define LOGITD_API_RECORD_LIST_H

#include "api/exchange.h"
#include "api/query.h"
#include "core/store/store.h"
#include "core/text/json_write.h"

struct service;

/* Writes what one record is in a list, or nothing where it is not to be told of. -1 with
 * err set. */
typedef int record_list_entry_fn(struct service *service,
                                 const struct store_record *stored, const void *context,
                                 struct json_writer *json, struct error *err);

/*
 * Makes the answer: the page of what the query finds (its `after` is the page's), or all
 * `problems` where there are any, or 400 where there is no such `after`. A record that
 * cannot be read is logged and passed over, so that it does not hide the others; only
 * without memory the whole fails.
 */
void record_list_respond(struct service *service, struct exchange *exchange,
                         const struct store_query *query, const struct query_page *page,
                         const struct problem_list *problems,
                         record_list_entry_fn *write_entry, const void *context);

/* The same with further members behind the page. */
typedef void record_list_more_fn(struct service *service, struct json_writer *json);
void record_list_respond_more(struct service *service, struct exchange *exchange,
                              const struct store_query *query,
                              const struct query_page *page,
                              const struct problem_list *problems,
                              record_list_entry_fn *write_entry, const void *context,
                              record_list_more_fn *write_more);

#endif
