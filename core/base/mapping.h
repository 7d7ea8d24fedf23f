/*
 * Guards mappings of files. A page of one that cannot be read (the disk fails, somebody
 * has cut the file) is a SIGBUS; in a guarded range a page of zeros takes its place, and
 * who reads goes on with these, until it asks and is told. So whoever uses what it has
 * read asks first, and reads so that zeros, in any pages and at any time, lead it to no
 * wrong address: of places and counts that lie in a mapping each is read once and held
 * against its bounds, or they are left unguarded.
 *
 * A SIGBUS elsewhere does what it did before. Asking costs a load; the guard costs
 * nothing until a page fails. Thread-safe, but for one mapping's guard and unguard.
 */
#ifndef LOGITD_CORE_BASE_MAPPING_H
#define LOGITD_CORE_BASE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

#define MAPPING_MOST 1024U /* at once, in the process */

struct mapping;

/* Of a range that has just been mapped from a file: whole pages, with this protection.
 * Before anybody reads it. ERROR_BUSY beyond MAPPING_MOST. */
struct mapping *mapping_guard(void *start, size_t n_bytes, int protection,
                              struct error *err) MUST_CHECK;
/* Before it is unmapped. NULL is fine. */
void mapping_unguard(struct mapping *mapping);

/* Has a page failed? NULL: none has. */
bool mapping_has_failed(const struct mapping *mapping);
/* -1 with ERROR_UNREADABLE if so: "<what> cannot be read…", at which byte. */
int mapping_check(const struct mapping *mapping, const char *what,
                  struct error *err) MUST_CHECK;

#endif
