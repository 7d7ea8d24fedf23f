/* Blobs, for the rest of the room. */
#ifndef LOGITD_CORE_STORE_STORE_BLOB_H
#define LOGITD_CORE_STORE_STORE_BLOB_H

#include "core/store/record.h"

/* The record has this sealed blob, and its moment of creation. */
void store_blob_describe(const struct store_blob_writer *writer, struct record *record);
/* Ends the writer; its file stays. */
void store_blob_hand_over(struct store_blob_writer *writer);
/* Nobody knows whether a record has this blob: the file must stay when it is abandoned.
 */
void store_blob_leave(struct store_blob_writer *writer);

/* Marks a record of the index damaged. ERROR_NOT_FOUND if it is not there any more. */
int store_blob_mark_damaged(struct store *store, const struct record *record,
                            struct error *err) MUST_CHECK;

#endif
