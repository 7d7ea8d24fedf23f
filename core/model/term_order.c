#include "core/model/term_order.h"

void term_order_by_terms(size_t n_blocks, size_t n_terms, const double *by_blocks,
                         double *by_terms)
{
    for (size_t i = 0; i < n_terms; i++)
        for (size_t k = 0; k < n_blocks; k++)
            by_terms[i * n_blocks + k] = by_blocks[k * n_terms + i];
}

void term_order_by_blocks(size_t n_blocks, size_t n_terms, const double *by_terms,
                          double factor, double divisor, double *by_blocks)
{
    for (size_t i = 0; i < n_terms; i++)
        for (size_t k = 0; k < n_blocks; k++)
            by_blocks[k * n_terms + i] = factor * by_terms[i * n_blocks + k] / divisor;
}
