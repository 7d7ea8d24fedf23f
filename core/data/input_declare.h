/*
 * An input as somebody says it is, where there are no data to find it in: of a model that
 * was fitted elsewhere.
 */
#ifndef LOGITD_CORE_DATA_INPUT_DECLARE_H
#define LOGITD_CORE_DATA_INPUT_DECLARE_H

#include "core/data/input.h"

struct input_declaration { /* texts are borrowed */
    const char *name;
    enum column_type type;
    enum missing_policy missing;
    bool is_sparse;       /* of a number */
    bool has_indicator;   /* with MISSING_INDICATOR: its column is there */
    double fill;          /* with MISSING_MEAN and MISSING_INDICATOR; finite */
    struct level *levels; /* [n_levels], each once; of a category at least one */
    size_t n_levels;
    const char *reference; /* one of them; NULL: the first */
    enum unseen_policy unseen;
    bool has_other; /* LEVEL_POOL_OTHER, one of the levels, is what rare ones became */
    uint64_t n_pooled;
};

/*
 * Into an all-zero input, which copies what it needs and is complete but for its index
 * (input_index). Levels keep their order, but LEVEL_POOL_OTHER and, with MISSING_LEVEL,
 * LEVEL_POOL_MISSING come last. ERROR_INVALID where policy and type do not go together;
 * ERROR_UNKNOWN_LEVEL for a reference, or a pool, that is no level.
 */
int input_declare(struct input *input, const struct input_declaration *as,
                  struct error *err) MUST_CHECK;

#endif
