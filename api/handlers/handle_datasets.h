/*
 * Datasets (contract.md "Datasets"): a streamed upload becomes a table; list, show, read
 * rows, delete.
 */
#ifndef LOGITD_API_HANDLERS_HANDLE_DATASETS_H
#define LOGITD_API_HANDLERS_HANDLE_DATASETS_H

#include "api/router.h"

/* POST /v1/datasets. Nothing is kept of an upload that is refused or broken off. */
#define HANDLE_DATASETS_UPLOAD_QUERY "name delimiter header na quote"
extern const struct route_stream handle_datasets_upload;

route_fn handle_datasets_list; /* oldest first */
route_fn handle_datasets_show;
/* 409 while a queued or running job reads it; a model keeps its name and hash but needs
 * it no more. */
route_fn handle_datasets_delete;
/* ?limit= rows behind the first ?after= ones; fewer where the table is very wide. */
route_fn handle_datasets_rows;

#endif
