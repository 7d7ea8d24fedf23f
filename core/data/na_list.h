/*
 * Which texts of cells mean that there is nothing: compared byte by byte.
 */
#ifndef LOGITD_CORE_DATA_NA_LIST_H
#define LOGITD_CORE_DATA_NA_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

struct na_list {
    size_t n;
    char **texts;
    bool has_empty;
    bool may_start[256]; /* could a text with this first byte be among them? */
};

/* The texts are copied. */
int na_list_start(struct na_list *list, const char *const *texts, size_t n,
                  struct error *err) MUST_CHECK;
void na_list_free(struct na_list *list);

bool na_list_has(const struct na_list *list, const char *text, size_t n_bytes);

#endif
