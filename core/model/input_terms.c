#include "core/model/input_terms.h"

#include "core/base/memory.h"

int input_terms_new(struct input_terms *terms, const struct estimation *estimation,
                    struct error *err)
{
    struct input_terms made = {.estimation = estimation};
    made.coefficients = memory_new(estimation_n_terms(estimation), sizeof(size_t), err);
    if (!made.coefficients)
        return -1;
    *terms = made;
    return 0;
}

void input_terms_free(struct input_terms *terms)
{
    memory_free(terms->coefficients);
    *terms = (struct input_terms){0};
}

static size_t input_of(const struct estimation *estimation, size_t column)
{
    const struct statistics_column *columns = estimation->options->details.columns;
    return columns ? columns[column].term : column;
}

static void add_column(struct input_terms *terms, size_t column)
{
    const struct estimation *estimation = terms->estimation;
    const struct estimate *estimate = estimation->estimate;
    if (estimation->basis.aliased[column])
        return;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        terms->coefficients[terms->n++] =
            b * estimate->n_terms + estimation->basis.intercept + column;
}

bool input_terms_next(struct input_terms *terms)
{
    const struct estimation *estimation = terms->estimation;
    size_t n_columns = estimation->design->n_columns;
    terms->n = 0;
    while (terms->n == 0 && terms->next_column < n_columns) {
        terms->term = input_of(estimation, terms->next_column);
        while (terms->next_column < n_columns &&
               input_of(estimation, terms->next_column) == terms->term)
            add_column(terms, terms->next_column++);
    }
    return terms->n > 0;
}
