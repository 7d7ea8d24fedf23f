/*
 * Versions from coefficients that were estimated elsewhere, or from an export
 * (api/import_model.h).
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_IMPORT_H
#define LOGITD_API_HANDLERS_HANDLE_IMPORT_H

#include "api/router.h"

/* 201 with the version, which is its model's next. */
route_fn handle_import_version;

#endif
