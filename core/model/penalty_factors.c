#include "core/model/penalty_factors.h"

#include <string.h>

#include "core/base/memory.h"

static int index_names(const struct fit_request *request, struct dictionary *names,
                       struct error *err)
{
    for (size_t i = 0; i < request->n_factors; i++) {
        const char *name = request->factors[i].feature;
        if (dictionary_add(names, name, strlen(name), err) == DICTIONARY_NONE)
            return -1;
    }
    return 0;
}

/* Which of the names a term goes by; DICTIONARY_NONE: none. `name` is room for its own.
 */
static uint32_t find_name(const struct dictionary *names, const struct encoding *encoding,
                          const struct term *term, struct buffer *name)
{
    buffer_clear(name);
    term_write(encoding, term, name);
    if (name->failed)
        return DICTIONARY_NONE;
    uint32_t found = dictionary_find(names, name->bytes, name->n_bytes);
    if (found != DICTIONARY_NONE || term->n_factors > 1)
        return found;
    const char *input = encoding->inputs[term->factors->input].name;
    return dictionary_find(names, input, strlen(input));
}

static int spread(const struct fit_request *request, const struct encoding *encoding,
                  const struct dictionary *names, double *factors, struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    for (size_t t = 0; t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        uint32_t found = find_name(names, encoding, term, &name);
        double factor = found == DICTIONARY_NONE ? 1 : request->factors[found].factor;
        for (size_t j = 0; j < term->n_columns; j++)
            factors[term->first_column + j] = factor;
    }
    int status = buffer_check(&name, err);
    buffer_free(&name);
    return status;
}

int penalty_factors_spread(const struct fit_request *request,
                           const struct encoding *encoding, double **factors,
                           struct error *err)
{
    struct dictionary names = {0};
    *factors = NULL;
    if (request->n_factors == 0)
        return 0;
    double *made = memory_new(encoding->n_columns, sizeof(*made), err);
    int status = made ? index_names(request, &names, err) : -1;
    if (status == 0)
        status = spread(request, encoding, &names, made, err);
    dictionary_free(&names);
    if (status == 0)
        *factors = made;
    else
        memory_free(made);
    return status;
}
