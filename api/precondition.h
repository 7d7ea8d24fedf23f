/*
 * Conditional requests (RFC 9110, section 13): If-Match and If-None-Match against the
 * revision of a record, whose entity tag is the number in quotes.
 */
#ifndef LOGITD_API_PRECONDITION_H
#define LOGITD_API_PRECONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "api/request.h"
#include "api/response.h"

/* revision 0: there is no record. False: answer 412. Tags are compared strongly, so that
 * a weak one never matches; what is no tag matches nothing. */
bool precondition_holds(const struct request *request, uint64_t revision);

/* The header ETag. */
void precondition_tag(struct response *response, uint64_t revision);

#endif
