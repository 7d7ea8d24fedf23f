/*
 * Holds the blobs on the disk against the records, once, before anybody uses the store:
 * unfinished files and blobs without a record are removed; records whose blob is missing
 * or whose header or length is wrong are marked damaged, and the file goes to quarantine.
 * Reads one header a blob, no content.
 */
#ifndef LOGITD_CORE_STORE_STORE_RECOVER_H
#define LOGITD_CORE_STORE_STORE_RECOVER_H

#include "core/base/error.h"

struct store;

/* ERROR_FORMAT_VERSION if a blob was written by a newer program. */
int store_recover(struct store *store, struct error *err) MUST_CHECK;

#endif
