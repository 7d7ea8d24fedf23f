#include "core/model/family.h"

#include <stddef.h>
#include <string.h>

static const struct family_traits traits[] = {
    [FAMILY_BINOMIAL] = {.word = "binomial",
                         .of_two_classes = true,
                         .is_logistic = true,
                         .is_smooth = true},
    [FAMILY_MULTINOMIAL] = {.word = "multinomial",
                            .is_logistic = true,
                            .is_smooth = true},
    [FAMILY_GAUSSIAN] = {.word = "gaussian", .of_numbers = true, .is_smooth = true},
    [FAMILY_HINGE] = {.word = "hinge",
                      .of_two_classes = true,
                      .auto_algorithm = "adagrad"},
    [FAMILY_ABSOLUTE] = {.word = "absolute",
                         .of_numbers = true,
                         .auto_algorithm = "adagrad"},
};
#define N_TRAITS (sizeof(traits) / sizeof(*traits))

const struct family_traits *family_traits(enum family family)
{
    return (size_t)family < N_TRAITS && traits[family].word ? &traits[family] : NULL;
}

bool family_find(const char *word, enum family *family)
{
    for (size_t i = 0; i < N_TRAITS; i++)
        if (traits[i].word && strcmp(traits[i].word, word) == 0) {
            *family = (enum family)i;
            return true;
        }
    return false;
}
