#include "api/train_eta.h"

#include <math.h>
#include <string.h>

/* From here on a growing decrease is taken to go on growing. */
#define SUPERLINEAR 1.5
#define QUADRATIC 2.0
#define STEEP 1.0 /* and where g falls by less than e it is chance */

void train_eta_start(struct train_eta *eta, const struct fit_request *request)
{
    *eta = (struct train_eta){.request = request};
}

/* ---- one search ---- */

static void keep_step(struct train_eta *eta, const struct solver_step *step)
{
    bool is_new = step->iteration == 0;
    size_t n = is_new ? 0 : eta->n_steps;
    n = n < TRAIN_ETA_WINDOW ? n : TRAIN_ETA_WINDOW - 1;
    memmove(eta->steps + 1, eta->steps, n * sizeof(*eta->steps));
    eta->steps[0].seconds = step->seconds;
    eta->steps[0].gradient_norm = step->gradient_norm;
    eta->n_steps = n + 1;
}

/* By how much log g fell, k steps ago. */
static double decrease(const struct train_eta *eta, size_t k)
{
    return log(eta->steps[k + 1].gradient_norm / eta->steps[k].gradient_norm);
}

/* Gradients of batches go up and down: of them only what falls every time tells. */
static bool falls_steadily(const struct train_eta *eta)
{
    for (size_t k = 0; k + 1 < eta->n_steps; k++)
        if (!(decrease(eta, k) > 0))
            return false;
    return eta->n_steps == TRAIN_ETA_WINDOW;
}

/* Iterations until log g is down by so much. */
static double iterations_left(const struct train_eta *eta, double way, bool in_epochs)
{
    size_t n = eta->n_steps;
    double growth =
        n > 2 && decrease(eta, 1) > 0 ? decrease(eta, 0) / decrease(eta, 1) : 1;
    double fall = decrease(eta, 0), count = 0;
    if (way <= 0)
        return 1; /* it may go on to the last digits */
    if (in_epochs && !falls_steadily(eta))
        return (double)NAN;
    if (growth >= SUPERLINEAR && fall > STEEP && !in_epochs) {
        for (; way > 0; way -= fall, count++)
            fall *= fmin(growth, QUADRATIC);
        return count;
    }
    fall = log(eta->steps[n - 1].gradient_norm / eta->steps[0].gradient_norm) /
           (double)(n - 1);
    return fall > 0 ? way / fall : (double)NAN;
}

/* The median of the last iterations: one that waited, or a proof in between, is not what
 * the next will take. */
static double usual_seconds(const struct train_eta *eta)
{
    double sorted[TRAIN_ETA_WINDOW];
    size_t n = eta->n_steps - 1;
    for (size_t k = 0; k < n; k++) {
        double took = fmax(eta->steps[k].seconds - eta->steps[k + 1].seconds, 0);
        size_t at = k;
        for (; at > 0 && sorted[at - 1] > took; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = took;
    }
    return sorted[n / 2];
}

static double search_left(const struct train_eta *eta, const struct solver_step *step)
{
    const struct solver_options *options = &eta->request->solver;
    uint64_t epochs = options->max_epochs ? options->max_epochs : FIT_MAX_EPOCHS;
    uint64_t most = epochs < options->max_iterations ? epochs : options->max_iterations;
    size_t n = eta->n_steps;
    if (n < 2)
        return (double)NAN;
    double target = options->tolerance * fmax(1, fabs(step->objective));
    double count =
        iterations_left(eta, log(step->gradient_norm / target), step->in_epochs);
    if (step->in_epochs)
        /* fmin passes over NaN. */
        count =
            fmin(count, most > step->iteration ? (double)(most - step->iteration) : 0);
    return isfinite(count) ? count * usual_seconds(eta) : (double)NAN;
}

/* ---- one after the other ---- */

static void end_part(struct train_eta *eta, double now)
{
    eta->latest_seconds = now - eta->part_began_at;
    eta->seconds[eta->part % eta->n_places] = eta->latest_seconds;
}

static double rest(const struct train_eta *eta)
{
    double sum = 0;
    if (eta->latest_seconds <= 0)
        return (double)NAN;
    for (size_t k = eta->part; k < eta->n_parts; k++) {
        double known = eta->seconds[k % eta->n_places];
        sum += known > 0 ? known : eta->latest_seconds;
    }
    return sum;
}

static void begin_parts(struct train_eta *eta, bool is_of_folds, size_t n_parts)
{
    size_t n = eta->request->path.n_lambdas;
    eta->n_places = is_of_folds ? (n > 0 ? n : 1) : n_parts;
    eta->n_before = is_of_folds ? 0 : eta->n_parts - (eta->n_parts ? n_parts : 0);
    eta->n_parts = is_of_folds ? n_parts + eta->n_places : eta->n_before + n_parts;
}

void train_eta_stage(struct train_eta *eta, const char *stage, size_t part,
                     size_t n_parts, double now)
{
    if (n_parts == 0)
        return;
    if (part > 1 || eta->n_parts > 0)
        end_part(eta, now);
    if (part == 1)
        begin_parts(eta, strcmp(stage, "cross_validation") == 0, n_parts);
    eta->part = eta->n_before + part - 1;
    eta->part_began_at = now;
    eta->rest_seconds = rest(eta);
}

/* ---- both ---- */

double train_eta_now(const struct train_eta *eta, double now)
{
    if (eta->n_parts == 0)
        return (double)NAN;
    double left = eta->rest_seconds - (now - eta->part_began_at);
    return left > 0 ? left : (double)NAN;
}

double train_eta_step(struct train_eta *eta, const struct solver_step *step, double now)
{
    keep_step(eta, step);
    return eta->n_parts > 0 ? train_eta_now(eta, now) : search_left(eta, step);
}
