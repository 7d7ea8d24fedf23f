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
    bool has_numbers;    /* some text reads as a number, up to its end */
    bool may_start[256]; /* could a text with this first byte be among them? */
};

/* The texts are copied. */
int na_list_start(struct na_list *list, const char *const *texts, size_t n,
                  struct error *err) MUST_CHECK;
void na_list_free(struct na_list *list);

/* Of a text that is not empty and whose first byte some text starts with. */
bool na_list_find(const struct na_list *list, const char *text, size_t n_bytes);

static inline bool na_list_has(const struct na_list *list, const char *text,
                               size_t n_bytes)
{
    if (n_bytes == 0)
        return list->has_empty;
    return list->may_start[(unsigned char)text[0]] && na_list_find(list, text, n_bytes);
}

#endif
