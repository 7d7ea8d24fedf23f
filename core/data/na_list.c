#include "core/data/na_list.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/text/number.h"

int na_list_start(struct na_list *list, const char *const *texts, size_t n,
                  struct error *err)
{
    struct na_list fresh = {.texts = memory_new(n, sizeof(*fresh.texts), err)};
    if (!fresh.texts)
        return -1;
    for (size_t i = 0; i < n; i++) {
        fresh.texts[i] = memory_copy_string(texts[i], err);
        if (!fresh.texts[i]) {
            na_list_free(&fresh);
            return -1;
        }
        fresh.n++;
        double value;
        fresh.has_numbers |= number_parse(texts[i], strlen(texts[i]), &value);
        fresh.has_empty |= texts[i][0] == '\0';
        fresh.may_start[(unsigned char)texts[i][0]] = true;
    }
    *list = fresh;
    return 0;
}

void na_list_free(struct na_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        memory_free(list->texts[i]);
    memory_free(list->texts);
    *list = (struct na_list){0};
}

bool na_list_find(const struct na_list *list, const char *text, size_t n_bytes)
{
    for (size_t i = 0; i < list->n; i++)
        if (strlen(list->texts[i]) == n_bytes &&
            memcmp(list->texts[i], text, n_bytes) == 0)
            return true;
    return false;
}
