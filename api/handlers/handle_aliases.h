/*
 * Aliases of a model (contract.md "Models"): shown, put and deleted, with the record's
 * revision as ETag.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_ALIASES_H
#define LOGITD_API_HANDLERS_HANDLE_ALIASES_H

#include "api/router.h"

route_fn handle_aliases_list; /* in order of creation */
route_fn handle_aliases_show;
/* 201 for a new one, 200 for one that was moved. */
route_fn handle_aliases_put;
route_fn handle_aliases_delete;

#endif
