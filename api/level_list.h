/*
 * Levels of a column as a request names them: "test", 1, or a list of these. A number
 * stands for the text in which data write it.
 */
#ifndef LOGITD_API_LEVEL_LIST_H
#define LOGITD_API_LEVEL_LIST_H

#include "api/json_fields.h"

#define LEVEL_LIST_MOST 1000U

struct level_list { /* all zero: none */
    size_t n;
    const char **texts; /* [n]; of strings the tree's own, of numbers in what follows */
    char *numbers;
};

/* Into an all-zero list. What is no such list is reported, and the list is then as good
 * as could be made of the rest. -1 only without memory. */
int level_list_read(struct level_list *list, const json_t *value, const char *pointer,
                    struct problem_list *problems, struct error *err) MUST_CHECK;
void level_list_free(struct level_list *list); /* back to all zero */

#endif
