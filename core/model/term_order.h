/*
 * The two orders of the numbers of a model with several blocks of coefficients.
 *
 *   by blocks: [n_blocks × n_terms]   what solvers and reports have
 *   by terms:  [n_terms × n_blocks]   what passes over rows take and add up: an entry of
 * a row touches what lies side by side
 *
 * Of one block both are the same.
 */
#ifndef LOGITD_CORE_MODEL_TERM_ORDER_H
#define LOGITD_CORE_MODEL_TERM_ORDER_H

#include <stddef.h>

void term_order_by_terms(size_t n_blocks, size_t n_terms, const double *by_blocks,
                         double *by_terms);
/* Times factor / divisor. */
void term_order_by_blocks(size_t n_blocks, size_t n_terms, const double *by_terms,
                          double factor, double divisor, double *by_blocks);

#endif
