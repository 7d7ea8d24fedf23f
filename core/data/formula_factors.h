/*
 * The factors of a formula while it is read: each once, whatever the way in which the
 * text names it. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_FORMULA_FACTORS_H
#define LOGITD_CORE_DATA_FORMULA_FACTORS_H

#include "core/data/formula.h"
#include "core/data/formula_scan.h"

struct formula_factors { /* all zero: none */
    struct dictionary keys;
    size_t n, capacity;
    struct formula_factor *factors;
    bool *is_named; /* by itself or in C(…), and not only through a point */
    /* columns, each once */
    struct dictionary names;
    size_t n_mentions, mentions_capacity;
    size_t n_on_left; /* the first ones */
    struct formula_mention *mentions;
};

#define FORMULA_FACTORS_NONE UINT32_MAX

void formula_factors_free(struct formula_factors *factors);

/* All return the number of the factor, or FORMULA_FACTORS_NONE with err set. What they
 * are given is taken, and freed where it is there already or on failure. */
uint32_t formula_factors_column(struct formula_factors *factors, char *name,
                                size_t position, struct error *err) MUST_CHECK;
/* What a point stands for: of a column that is there in C(…), this. */
uint32_t formula_factors_of_point(struct formula_factors *factors, const char *name,
                                  struct error *err) MUST_CHECK;
/* `categorical` has its name and reference. */
uint32_t formula_factors_categorical(struct formula_factors *factors,
                                     struct formula_factor *categorical, size_t position,
                                     struct error *err) MUST_CHECK;
uint32_t formula_factors_expression(struct formula_factors *factors,
                                    struct expression *expression,
                                    struct error *err) MUST_CHECK;

/* Notes that the text names a column, or an expression's columns. */
int formula_factors_mention(struct formula_factors *factors, const char *name,
                            size_t position, struct error *err) MUST_CHECK;
int formula_factors_mention_all(struct formula_factors *factors,
                                const struct expression *expression,
                                struct error *err) MUST_CHECK;
/* Is it one of the first n_on_left? */
bool formula_factors_is_on_left(const struct formula_factors *factors, const char *name);

#endif
