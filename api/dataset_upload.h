/*
 * One upload (contract.md "Datasets"): the bytes that a client streams become a table in
 * a blob, a record and an answer, or nothing at all.
 */
#ifndef LOGITD_API_DATASET_UPLOAD_H
#define LOGITD_API_DATASET_UPLOAD_H

#include "api/exchange.h"
#include "api/service.h"

struct dataset_upload;

/* Content-Type says the format, Content-Encoding whether it is packed; the query what
 * else is to be known. NULL with the answer made: 415 for a format or encoding that is
 * not read, 400 for the query, 507, 503. */
struct dataset_upload *dataset_upload_begin(struct service *service,
                                            struct exchange *exchange);
/* 0, or -1 with the answer made: what is wrong with the bytes, by row and column. */
int dataset_upload_write(struct dataset_upload *upload, struct exchange *exchange,
                         const char *bytes, size_t n);
/* For the checksum, all bytes that are written; may run beside dataset_upload_write. */
void dataset_upload_digest(struct dataset_upload *upload, const char *bytes, size_t n);
/* Durable when it returns: 201, Location and the dataset; or the answer that says why
 * not. */
void dataset_upload_finish(struct dataset_upload *upload, struct exchange *exchange);
/* Removes what was not finished. NULL is fine. */
void dataset_upload_free(struct dataset_upload *upload);

#endif
