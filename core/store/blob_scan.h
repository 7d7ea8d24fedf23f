/*
 * Reads every blob of a directory from its first byte to its last, for check and rebuild.
 */
#ifndef LOGITD_CORE_STORE_BLOB_SCAN_H
#define LOGITD_CORE_STORE_BLOB_SCAN_H

#include "core/store/blob_reader.h"

/* One blob, sound or not; what it points to is valid during the call. `why` tells that it
 * is damaged or cannot be read (ERROR_IO); where it is NULL, header and tail are sound.
 */
struct blob_scan_item {
    const unsigned char *id;
    const struct error *why;
    const struct blob_header *header;
    const struct blob_tail *tail;
};
typedef int blob_scan_fn(void *context, const struct blob_scan_item *item,
                         struct error *err);

/* In no order. Lack of memory ends it, and so does a blob of a newer program. */
int blob_scan(int directory, blob_scan_fn *on_blob, void *context,
              struct error *err) MUST_CHECK;
/* The one blob. */
int blob_scan_one(int directory, const unsigned char *id, blob_scan_fn *on_blob,
                  void *context, struct error *err) MUST_CHECK;

#endif
