/*
 * The options of a predict request whose body has no place for them, from the query:
 * output=label,probability  threshold=0.3  top_k=3  confidence=0.9  layout=columns
 * on_error=row. They mean what they mean in a JSON body (api/predict_options.h).
 */
#ifndef LOGITD_API_PREDICT_QUERY_H
#define LOGITD_API_PREDICT_QUERY_H

#include "api/predict_options.h"
#include "api/request.h"

#define PREDICT_QUERY "output threshold top_k confidence layout on_error"

/* Wrong ones go to `problems` ("query threshold"); -1 only without memory. */
int predict_query_read(const struct model *model, const struct request *request,
                       struct predict_options *options, struct problem_list *problems,
                       struct error *err) MUST_CHECK;

/* Of a body that has options of its own: each parameter is a problem. */
void predict_query_refuse(const struct request *request, struct problem_list *problems);

#endif
