#include "core/model/penalty_factors.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/model/fit_plan.h"

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
    if (found != DICTIONARY_NONE || term->n_factors > 1 ||
        term->factors->kind == FACTOR_EXPRESSION)
        return found;
    const char *input = encoding->inputs[term->factors->input].name;
    return dictionary_find(names, input, strlen(input));
}

/* A factor that nothing goes by would be passed over in silence. */
static int check_used(const struct fit_request *request, const bool *is_used,
                      struct error *err)
{
    for (size_t i = 0; i < request->n_factors; i++) {
        const char *name = request->factors[i].feature;
        char place[FIT_PLAN_POINTER_BYTES];
        if (is_used[i])
            continue;
        error_set(err, ERROR_UNKNOWN_COLUMN,
                  "no term of the formula is named %.100s, nor is one of it alone", name);
        error_place(err, "%s", fit_plan_pointer(place, "/penalty/factors", name, NULL));
        return -1;
    }
    return 0;
}

static int spread(const struct fit_request *request, const struct encoding *encoding,
                  const struct dictionary *names, double *factors, bool *is_used,
                  struct error *err)
{
    struct buffer name = BUFFER_EMPTY;
    int status = 0;
    for (size_t t = 0; status == 0 && t < encoding->n_terms; t++) {
        const struct term *term = &encoding->terms[t];
        uint32_t found = find_name(names, encoding, term, &name);
        double factor = found == DICTIONARY_NONE ? 1 : request->factors[found].factor;
        if (found != DICTIONARY_NONE)
            is_used[found] = true;
        for (size_t j = 0; j < term->n_columns; j++)
            factors[term->first_column + j] = factor;
        status = buffer_check(&name, err);
    }
    buffer_free(&name);
    return status < 0 ? -1 : check_used(request, is_used, err);
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
    bool *is_used = memory_new(request->n_factors, sizeof(*is_used), err);
    int status = made && is_used ? index_names(request, &names, err) : -1;
    if (status == 0)
        status = spread(request, encoding, &names, made, is_used, err);
    dictionary_free(&names);
    memory_free(is_used);
    if (status == 0)
        *factors = made;
    else
        memory_free(made);
    return status;
}
