/*
 * The inputs of a model that is imported, one declaration after the other.
 */
#ifndef LOGITD_API_IMPORT_INPUT_LIST_H
#define LOGITD_API_IMPORT_INPUT_LIST_H

#include "api/import_body.h"

struct import_input_list {            /* all zero: none */
    struct input_declaration *inputs; /* [names.n]; names are borrowed from the body,
                                       * levels owned */
    size_t capacity;
    struct dictionary names;
};

void import_input_list_free(struct import_input_list *list);

/* One more, a number; the pointer is valid until the next. A name that is not a column's,
 * or is there already, is reported, and *input is NULL. -1 only without memory. */
int import_input_list_add(struct import_input_list *list, const char *name,
                          const char *pointer, struct problem_list *problems,
                          struct input_declaration **input, struct error *err) MUST_CHECK;

/* NULL if there is none of this name. */
struct input_declaration *import_input_list_find(const struct import_input_list *list,
                                                 const char *name);

/* Makes a category of it, with the levels of a JSON array in their order. Reports what is
 * no level, or is there twice. -1 only without memory. */
int import_input_list_levels(struct input_declaration *input, const json_t *levels,
                             const char *pointer, struct problem_list *problems,
                             struct error *err) MUST_CHECK;

/* One more from an object of `schema.inputs`. -1 only without memory. */
int import_input_list_add_object(struct import_input_list *list, const json_t *object,
                                 const char *pointer, struct problem_list *problems,
                                 struct error *err) MUST_CHECK;

#endif
