/*
 * The rows of the one route table (api/router.h), for the router alone.
 */
#ifndef LOGITD_API_ROUTE_TABLE_H
#define LOGITD_API_ROUTE_TABLE_H

#include "api/router.h"

extern const struct route route_table[];
extern const size_t route_table_n;

#endif
