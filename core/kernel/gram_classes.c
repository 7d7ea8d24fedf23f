#include "core/kernel/gram_classes.h"

const struct gram_classes *gram_classes_of(enum instructions set)
{
    static const struct gram_classes variants[INSTRUCTIONS_N] = {
        [INSTRUCTIONS_PLAIN] = {gram_classes_plain_product, gram_classes_plain_cross},
        [INSTRUCTIONS_AVX2] = {gram_classes_avx2_product, gram_classes_avx2_cross},
        [INSTRUCTIONS_AVX512] = {gram_classes_avx512_product, gram_classes_avx512_cross}};
    return &variants[set];
}
