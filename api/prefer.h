/* The header Prefer (RFC 7240), as far as it is honoured. */
#ifndef LOGITD_API_PREFER_H
#define LOGITD_API_PREFER_H

#include "api/request.h"

#define PREFER_WAIT_MOST_SECONDS 600

/* The N of wait=N, at most PREFER_WAIT_MOST_SECONDS; 0 where it is absent or unreadable
 * (which RFC 7240 wants ignored). */
unsigned prefer_wait_seconds(const struct request *request);

#endif
