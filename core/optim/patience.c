#include "core/optim/patience.h"

#include <math.h>

struct patience patience_start(uint64_t most)
{
    return (struct patience){.most = most, .least = NAN};
}

bool patience_improves(struct patience *patience, double loss)
{
    bool is_less = isfinite(loss) && !(loss >= patience->least);
    patience->n_seen++;
    patience->n_without = is_less ? 0 : patience->n_without + 1;
    if (is_less)
        patience->least = loss;
    return is_less;
}

bool patience_is_over(const struct patience *patience)
{
    return patience->most > 0 && patience->n_without >= patience->most;
}
