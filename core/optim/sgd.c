/*
 *   v ← μv - ηg
 *   β ← β + v          momentum (Polyak, "Some methods of speeding up the convergence of
 *                      iteration methods", 1964); μ = 0: plain SGD
 *   β ← β + μv - ηg    Nesterov's. It takes the gradient at β + μv, and that point is
 * what β stands for here (Sutskever, Martens, Dahl and Hinton, "On the importance of
 * initialization and momentum in deep learning", ICML 2013; in this form Bengio,
 * Boulanger-Lewandowski and Pascanu, "Advances in optimizing recurrent networks", 2013)
 *
 * With l1 every step is followed by its proximal one: β moves towards 0 by η·l1, and no
 * further (Duchi and Singer, "Efficient online and batch learning using forward backward
 * splitting", JMLR 10, 2009).
 *
 * Where no rate is given, η is one over the greatest curvature of J.
 */
#include "core/optim/sgd.h"

#include "core/optim/l1.h"

void sgd_update(struct epochs_memory *memory, const double *gradient, double rate,
                double *beta)
{
    double momentum = memory->options->momentum;
    for (size_t i = 0; i < memory->n; i++) {
        double *v = &memory->first[i], step = rate * gradient[i];
        *v = momentum * *v - step;
        beta[i] += memory->options->nesterov ? momentum * *v - step : *v;
        if (memory->l1)
            beta[i] = l1_shrink(beta[i], rate * memory->l1[i]);
    }
}

int sgd_solve(const struct objective *objective, const struct solver_options *options,
              const struct solver_watch *watch, struct objective_point *point,
              struct solver_result *result, struct error *err)
{
    return epochs_run(sgd_update, 0, objective, options, watch, point, result, err);
}
