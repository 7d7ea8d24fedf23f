#include "core/model/stretch.h"

#define LEAST 32U /* stretches, where there are so many blocks */

size_t stretch_blocks(const struct design *design, size_t n_terms)
{
    uint64_t n_entries = design_n_entries(design) / design->n_blocks + 1;
    uint64_t n = n_terms / n_entries + 1;
    size_t most = design->n_blocks / LEAST + 1;
    return n < most ? (size_t)n : most;
}

size_t stretch_count(const struct design *design, size_t n_blocks)
{
    return (design->n_blocks - 1) / n_blocks + 1;
}

void stretch_find(const struct design *design, size_t n_blocks, size_t i, size_t *first,
                  size_t *end)
{
    *first = i * n_blocks;
    *end = design->n_blocks - *first < n_blocks ? design->n_blocks : *first + n_blocks;
}
