/*
 * Makes a database that appears whole or not at all: written beside the place of the
 * real one, then given its name.
 */
#ifndef LOGITD_CORE_STORE_DATABASE_MAKE_H
#define LOGITD_CORE_STORE_DATABASE_MAKE_H

#include "core/store/record.h"
#include "core/store/store_directory.h"

/* With these records, which get sequences and revisions in their order. */
int database_make_write(const struct store_directory *directory,
                        struct record *const *records, size_t n,
                        struct error *err) MUST_CHECK;
/* What was written becomes the database; there must be none. */
int database_make_place(const struct store_directory *directory,
                        struct error *err) MUST_CHECK;

#endif
