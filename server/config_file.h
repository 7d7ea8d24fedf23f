/*
 * Settings from a file: lines of "name = value". '#' starts a comment at the start of a
 * line or after a blank; blanks around names and values do not count; a value may stand
 * in double quotes.
 */
#ifndef LOGITD_SERVER_CONFIG_FILE_H
#define LOGITD_SERVER_CONFIG_FILE_H

#include "core/base/error.h"

/* One line's setting. */
typedef int config_file_fn(void *context, const char *name, const char *value,
                           struct error *err);

/* Calls `each` for every setting in order; stops at the first failure, whose place is
 * then "line 7". */
int config_file_read(const char *path, config_file_fn *each, void *context,
                     struct error *err) MUST_CHECK;

#endif
