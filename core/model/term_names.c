#include "core/model/term_names.h"

#include <stdio.h>

#include "core/base/memory.h"

int term_names_new(struct term_names *names, const struct estimate_hooks *hooks,
                   size_t most, struct error *err)
{
    struct term_names made = {.hooks = hooks};
    made.names = memory_new(most, sizeof(*made.names), err);
    made.numbers = memory_new(most, sizeof(*made.numbers), err);
    if (!made.names || !made.numbers) {
        term_names_free(&made);
        return -1;
    }
    *names = made;
    return 0;
}

void term_names_free(struct term_names *names)
{
    memory_free(names->names);
    memory_free(names->numbers);
    *names = (struct term_names){0};
}

void term_names_add(struct term_names *names, size_t column)
{
    size_t i = names->n++;
    if (column == TERM_NAMES_INTERCEPT)
        names->names[i] = "(intercept)";
    else if (names->hooks->name)
        names->names[i] = names->hooks->name(names->hooks->context, column);
    else {
        snprintf(names->numbers[i], TERM_NAMES_NUMBER_BYTES, "%zu", column);
        names->names[i] = names->numbers[i];
    }
}

void term_names_place(const struct estimate_hooks *hooks, size_t column,
                      struct error *err)
{
    if (column == TERM_NAMES_INTERCEPT)
        error_place(err, "column (intercept)");
    else if (hooks->name)
        error_place(err, "column %s", hooks->name(hooks->context, column));
    else
        error_place(err, "column %zu", column);
}
