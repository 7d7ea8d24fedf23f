/*
 * Models and their versions (contract.md "Models"). A model is there while it has a
 * version; its numbers go on where they ended, even after all of it was deleted.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_MODELS_H
#define LOGITD_API_HANDLERS_HANDLE_MODELS_H

#include "api/router.h"

route_fn handle_models_list; /* those that can be served, in order of creation */
route_fn handle_models_show; /* the version that answers; ?include=covariance */
/* All versions, in one transaction. 409 while there is an alias. */
route_fn handle_models_delete;
route_fn handle_models_list_versions; /* damaged ones too, oldest first */
route_fn handle_models_show_version;  /* ?include=covariance */
/* 409 while an alias names it. */
route_fn handle_models_delete_version;

#endif
