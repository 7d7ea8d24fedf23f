/*
 * Designs made in memory, and what they say of coefficients by the formulas alone: for
 * tests of the numerical heart, which must not be its own witness.
 */
#ifndef LOGITD_TESTS_SUPPORT_MADE_DESIGN_H
#define LOGITD_TESTS_SUPPORT_MADE_DESIGN_H

#include <complex.h>
#include <stdbool.h>

#include "core/model/estimate.h"

/* Of zeros, without weights and offset. Free with design_free. */
void made_design_new(struct design *design, size_t n_rows, size_t n_columns,
                     size_t n_classes);
/* Weights of 1, to be changed; made_design_weigh adds them up afterwards. */
void made_design_add_weights(struct design *design);
void made_design_weigh(struct design *design);
void made_design_add_offset(struct design *design);

/* Standard normal columns; classes drawn from coefficients of size `signal`. */
void made_design_draw(struct design *design, uint64_t seed, double signal);

/* Cells but about this share of them become 0. */
void made_design_thin(struct design *design, uint64_t seed, double share);
/* Drawn anew: most cells are 0, but for column 3, which is far from it; weights, some of
 * which are 0, and offsets. */
void made_design_patchy(struct design *design, size_t n_rows, size_t n_columns,
                        size_t n_classes);
/* The same design stored by what is not 0. */
void made_design_sparse(const struct design *dense, struct design *sparse);

/* ERROR_… through the test: fails it. Default options: newton, intercept, statistics. */
struct estimate_options made_design_options(const struct design *design);
struct estimate made_design_fit(const struct design *design,
                                const struct estimate_options *options);
struct estimate made_design_fit_with(const struct design *design,
                                     const struct estimate_options *options,
                                     size_t n_threads);

/* Mean loss and its gradient at terms [n_blocks × (intercept + d)], complex for complex
 * steps; without penalty. */
double complex made_design_loss(const struct design *design,
                                const struct estimate_options *options,
                                const double complex *terms);
void made_design_gradient(const struct design *design,
                          const struct estimate_options *options,
                          const double complex *terms, double complex *gradient);

/* Has the report a warning of this code that names the column (NULL: any)? */
bool made_design_is_warned(const struct report *report, const char *code,
                           const char *column);

#endif
