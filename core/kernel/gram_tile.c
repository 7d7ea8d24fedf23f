#include "core/kernel/gram_tile.h"

const struct gram_tile *gram_tile_of(enum instructions set)
{
    static const struct gram_tile variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {gram_tile_plain_weigh, gram_tile_plain_strip,
                                gram_tile_plain_add},
        [INSTRUCTIONS_AVX2] = {gram_tile_avx2_weigh, gram_tile_avx2_strip,
                               gram_tile_avx2_add},
        [INSTRUCTIONS_AVX512] = {gram_tile_avx512_weigh, gram_tile_avx512_strip,
                                 gram_tile_avx512_add}};
    return &variants[set];
}
