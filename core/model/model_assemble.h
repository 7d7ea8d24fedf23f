/*
 * The last step of a fit: an estimate and what it is about become a model.
 */
#ifndef LOGITD_CORE_MODEL_MODEL_ASSEMBLE_H
#define LOGITD_CORE_MODEL_MODEL_ASSEMBLE_H

#include "core/data/levels.h"
#include "core/model/model.h"

struct model_parts {
    enum family family;
    size_t n_classes;
    const struct level *classes; /* [n_classes] sorted; copied */
    size_t positive;             /* binomial */
    size_t reference;            /* multinomial */
    bool intercept;
    struct encoding *encoding; /* taken */
    struct estimate *estimate; /* all but the solution is taken */
};

/* The number by which a design knows each class: binomial 1 for the positive one and 0
 * for the other; multinomial 0 for the reference, then the others in order. */
void model_assemble_codes(const struct model_parts *parts, double *y_of_class);

/* Multinomial: a class's number in the design, and back. */
size_t model_assemble_code(size_t class, size_t reference);
size_t model_assemble_class(size_t code, size_t reference);

/* A model with one reference. On failure nothing is taken. */
struct model *model_assemble(const struct model_parts *parts,
                             struct error *err) MUST_CHECK;

#endif
