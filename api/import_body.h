/*
 * A body that gives a model's coefficients, while it is read: what each step found is
 * what the next ones go by. The steps, in order: import_classes.h, import_inputs.h,
 * import_named.h or import_matrix.h, import_covariance.h; import_model.h takes them.
 */
#ifndef LOGITD_API_IMPORT_BODY_H
#define LOGITD_API_IMPORT_BODY_H

#include <jansson.h>

#include "api/problem.h"
#include "core/data/encoding.h"
#include "core/model/model_import.h"

struct import_body {
    const json_t *json;            /* an object; borrowed */
    struct problem_list *problems; /* borrowed */

    enum family family;
    struct dictionary given; /* classes in the order in which they were given */
    struct level *classes;   /* [given.n] sorted */
    size_t *class_of_given;  /* [given.n] → classes */
    size_t positive;
    size_t reference; /* SIZE_MAX: not said */

    struct formula formula; /* all zero: there is none */
    struct encoding *encoding;

    bool intercept;
    size_t n_blocks, n_terms;
    double *estimates, *std_errors; /* [n_blocks × n_terms], NaN where not given */
    double *means, *scales;         /* [columns] or NULL */
    size_t *order; /* [n_blocks × n_terms] coefficients as they were listed; NULL: they
                    * were not one by one */
    double *covariance; /* [(n_blocks·n_terms)²] or NULL */
};

void import_body_free(struct import_body *body); /* what it owns */

/* A class or a level as text: of a string its own, of a number the shortest, of a boolean
 * `true` or `false`. Points into the value or into `room`. False for any other. */
#define IMPORT_BODY_TEXT_BYTES 32
bool import_body_text(const json_t *value, char room[IMPORT_BODY_TEXT_BYTES],
                      const char **text, size_t *n_bytes);

/* True with *out set if this is a finite number, or an array of this one alone; else
 * false with the problem reported. */
bool import_body_number(const struct import_body *body, const json_t *value,
                        const char *pointer, double *out);

/* The class (of body->classes) of this text, or SIZE_MAX with the problem reported. */
size_t import_body_class(const struct import_body *body, const char *text, size_t n_bytes,
                         const char *pointer);

/* A member of the body; NULL where it is null or not there. */
const json_t *import_body_member(const struct import_body *body, const char *name);

/* Room for estimates and std_errors, all NaN, once intercept and reference are known. -1
 * only without memory. */
int import_body_make_room(struct import_body *body, struct error *err) MUST_CHECK;
/* The block of a multinomial's class; SIZE_MAX: the reference has none. */
size_t import_body_block(const struct import_body *body, size_t class);

#endif
