#include "core/model/separation.h"

#include <math.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/dependence.h"
#include "core/model/separation_cone.h"
#include "core/model/separation_rows.h"
#include "core/model/term_names.h"

/* A Newton step raises what it separates by 1; what it does not, by the error that
 * convergence has left. */
#define STILL 1e-2
#define CERTAIN_MARGIN 40 /* e^-40: a row's curvature is below rounding */
/* While others still move, rows that are certain must not come back. */
#define FAR_MARGIN 200

/* What the limit's Hessian does not determine: no curvature, or none of its own. */
#define LEAST_CURVATURE 1e-15
#define LEAST_PIVOT 1e-10

/* A coefficient takes part in a direction if its share is above rounding. */
#define SHARE 1e-7
#define INTERCEPT_SHARE 1e-9

#define MOST_LISTED 8U

struct examination {
    struct estimation *estimation;
    struct objective_point far; /* start + distance·δ */
    struct dependence dependence;
    const double *start; /* [n] where rows that do not grow have curvature */
    double *direction;   /* [n] δ */
    double *cleaned;     /* [n] its projection on N */
    double *null;        /* [n] a vector of N */
    double *share;       /* [n] */
    double *terms;       /* [d] coefficients on v */
    bool *diverges;      /* [n_blocks × n_terms] has a component in N */
    double *zero;        /* [n] */
    bool *may_move;      /* [n] coordinates that are free and have no penalty */
};

static void free_examination(struct examination *examination)
{
    objective_point_free(&examination->estimation->objective, &examination->far);
    dependence_free(&examination->dependence);
    memory_free(examination->direction);
    memory_free(examination->cleaned);
    memory_free(examination->null);
    memory_free(examination->share);
    memory_free(examination->terms);
    memory_free(examination->diverges);
    memory_free(examination->may_move);
    memory_free(examination->zero);
}

static int make_examination(struct examination *examination, struct error *err)
{
    struct estimation *estimation = examination->estimation;
    size_t n = estimation->likelihood.n;
    examination->direction = memory_new(n, sizeof(double), err);
    examination->cleaned = memory_new(n, sizeof(double), err);
    examination->null = memory_new(n, sizeof(double), err);
    examination->share = memory_new(n, sizeof(double), err);
    examination->terms = memory_new(estimation->design->n_columns, sizeof(double), err);
    examination->diverges = memory_new(estimation_n_terms(estimation), sizeof(bool), err);
    examination->may_move = memory_new(n, sizeof(bool), err);
    examination->zero = memory_new(n, sizeof(double), err);
    if (!examination->direction || !examination->cleaned || !examination->null ||
        !examination->share || !examination->terms || !examination->diverges ||
        !examination->may_move || !examination->zero)
        return -1;
    return 0;
}

/* What is [n × n]: to look at the limit. */
static int make_limit(struct examination *examination, struct error *err)
{
    struct estimation *estimation = examination->estimation;
    if (objective_point_new(&estimation->objective, OBJECTIVE_HESSIAN, &examination->far,
                            err) < 0)
        return -1;
    return dependence_new(&examination->dependence, estimation->likelihood.n, err);
}

/* ---- 1: the direction ---- */

/* A penalty forbids to go on for ever. */
static bool is_penalised(const struct estimation *estimation, size_t coordinate)
{
    const struct basis *basis = &estimation->basis;
    size_t term = coordinate % basis->n_terms;
    return term >= basis->intercept &&
           basis->penalty[basis->columns[term - basis->intercept]] > 0;
}

static void find_movable(struct examination *examination)
{
    const struct estimation *estimation = examination->estimation;
    for (size_t i = 0; i < estimation->n_free; i++)
        examination->may_move[estimation->free[i]] =
            !is_penalised(estimation, estimation->free[i]);
}

/* The Newton step of the free coordinates. */
static int take_step(struct examination *examination, struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    const struct objective_point *point = &estimation->point;
    size_t n = estimation->likelihood.n, n_free = estimation->n_free;
    struct cholesky factor;
    double *hessian = examination->far.hessian, *step = examination->share;
    for (size_t i = 0; i < n_free; i++) {
        step[i] = -point->gradient[estimation->free[i]];
        for (size_t j = 0; j <= i; j++)
            hessian[i * n_free + j] =
                point->hessian[estimation->free[i] * n + estimation->free[j]];
    }
    if (cholesky_new(&factor, n_free, err) < 0)
        return -1;
    factor.stop = pool_stop(estimation->pool);
    cholesky_factor(&factor, hessian);
    int status = stop_check(&factor.stop, err);
    if (status == 0)
        cholesky_solve(&factor, step);
    cholesky_free(&factor);
    if (status < 0)
        return -1;
    memset(examination->direction, 0, n * sizeof(double));
    for (size_t i = 0; i < n_free; i++)
        if (examination->may_move[estimation->free[i]])
            examination->direction[estimation->free[i]] = step[i];
    return 0;
}

/* The step, if it lets no pair shrink that is not gone, and some grow. */
static int try_step(struct examination *examination, bool *found, struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    struct separation_rows about = {.still = STILL,
                                    .gone = estimation->separation.direction};
    if (take_step(examination, err) < 0 ||
        separation_rows_look(&about, estimation, examination->direction, err) < 0)
        return -1;
    *found = separation_rows_separate(&about);
    return 0;
}

/* Any direction of the cone that is left. */
static int try_cone(struct examination *examination, bool *found, struct error *err)
{
    struct separation *separation = &examination->estimation->separation;
    if (!separation->is_excluded &&
        separation_cone_find(examination->estimation, examination->may_move,
                             separation->direction, examination->direction, found,
                             err) < 0)
        return -1;
    separation->is_excluded = !*found;
    return 0;
}

/* Adds to the direction what was proved before, often enough that pairs which grow along
 * that grow along both. */
static int join_proved(struct examination *examination, double still, struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    const double *proved = estimation->separation.direction;
    struct separation_rows rows = {.still = still, .gone = proved};
    if (!proved)
        return 0;
    if (separation_rows_look(&rows, estimation, examination->direction, err) < 0)
        return -1;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        examination->direction[i] += rows.distance * proved[i];
    return 0;
}

/* ---- 2 and 3: the null space of the limit ---- */

static int evaluate_far(struct examination *examination, double distance,
                        struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        examination->far.beta[i] =
            examination->start[i] + distance * examination->direction[i];
    examination->far.have = 0;
    return objective_evaluate(&estimation->objective, &examination->far,
                              OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                              err);
}

/* Marks the coefficients as given that have a share in a direction of the basis; where
 * signs is not NULL, sets those that are 0. */
static void mark_terms(struct examination *examination, const double *direction,
                       bool *takes_part, int *signs)
{
    const struct estimation *estimation = examination->estimation;
    const struct basis *basis = &estimation->basis;
    size_t n_terms = basis->n_columns + basis->intercept;
    double greatest = 0;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        greatest = fmax(greatest, fabs(direction[i]));
    for (size_t b = 0; b < estimation->likelihood.n_blocks; b++) {
        const double *block = direction + b * basis->n_terms;
        double intercept = basis->intercept ? block[0] : 0, bound = fabs(intercept);
        basis_spread_weights(basis, block + basis->intercept, examination->terms);
        for (size_t j = 0; j < basis->n_columns; j++) {
            double v = examination->terms[j];
            size_t i = b * n_terms + basis->intercept + j;
            intercept -= basis->origin[j] * v;
            bound += fabs(basis->origin[j] * v);
            if (!(fabs(v) > SHARE * greatest))
                continue;
            takes_part[i] = true;
            if (signs && signs[i] == 0)
                signs[i] = v > 0 ? 1 : -1;
        }
        if (!basis->intercept ||
            !(fabs(intercept) > fmax(SHARE * greatest, INTERCEPT_SHARE * bound)))
            continue;
        takes_part[b * n_terms] = true;
        if (signs && signs[b * n_terms] == 0)
            signs[b * n_terms] = intercept > 0 ? 1 : -1;
    }
}

/* The vector of N that the last candidate, which is not kept, stands for. */
static void find_null_vector(struct examination *examination, size_t coordinate)
{
    const struct dependence *dependence = &examination->dependence;
    size_t n = examination->estimation->likelihood.n;
    memset(examination->null, 0, n * sizeof(double));
    examination->null[coordinate] = 1;
    dependence_coefficients(dependence, examination->far.hessian, coordinate,
                            examination->share);
    for (size_t i = 0; i < dependence->n_kept; i++)
        examination->null[dependence->kept[i]] = -examination->share[i];
}

/* Which coordinates the Hessian far along δ keeps; the projection of δ on what it does
 * not: coordinates that are not kept are coordinates of N. */
static int project(struct examination *examination, struct error *err)
{
    const struct stop stop = pool_stop(examination->estimation->pool);
    struct dependence *dependence = &examination->dependence;
    const double *hessian = examination->far.hessian;
    size_t n = examination->estimation->likelihood.n;
    memset(examination->cleaned, 0, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        if (stop_check(&stop, err) < 0)
            return -1;
        bool has_curvature = hessian[i * (n + 1)] > LEAST_CURVATURE;
        double pivot = dependence_pivot(dependence, hessian, i);
        if (has_curvature && pivot > LEAST_PIVOT) {
            dependence_keep(dependence, i);
            continue;
        }
        if (!has_curvature)
            memset(dependence->row, 0, dependence->n_kept * sizeof(double));
        find_null_vector(examination, i);
        mark_terms(examination, examination->null, examination->diverges, NULL);
        for (size_t k = 0; k < n; k++)
            examination->cleaned[k] += examination->direction[i] * examination->null[k];
    }
    return 0;
}

/* ---- 4: the limit ---- */

static int make_separation(struct estimation *estimation, struct error *err)
{
    struct separation *separation = &estimation->separation;
    size_t n = estimation_n_terms(estimation);
    if (!separation->diverges)
        separation->diverges = memory_new(n, sizeof(bool), err);
    if (!separation->signs)
        separation->signs = memory_new(n, sizeof(int), err);
    return separation->diverges && separation->signs ? 0 : -1;
}

void separation_free(struct separation *separation)
{
    memory_free(separation->diverges);
    memory_free(separation->signs);
    memory_free(separation->direction);
    *separation = (struct separation){0};
}

static int keep_direction(struct examination *examination, struct error *err)
{
    struct separation *separation = &examination->estimation->separation;
    size_t n = examination->estimation->likelihood.n;
    if (!separation->direction)
        separation->direction = memory_new(n, sizeof(double), err);
    if (!separation->direction)
        return -1;
    memcpy(separation->direction, examination->cleaned, n * sizeof(double));
    return 0;
}

static int evaluate_point(struct estimation *estimation, struct error *err)
{
    estimation->point.have = 0;
    return objective_evaluate(&estimation->objective, &estimation->point,
                              OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                              err);
}

static int move_to_limit(struct examination *examination,
                         const struct separation_rows *rows, struct error *err)
{
    struct estimation *estimation = examination->estimation;
    struct separation *separation = &estimation->separation;
    size_t n_terms = estimation_n_terms(estimation);
    if (make_separation(estimation, err) < 0 || keep_direction(examination, err) < 0)
        return -1;
    separation->is_proved = true;
    separation->is_complete = rows->n_still == 0;
    separation->is_settled = false;
    /* Where nothing is left to converge the point stays: it predicts more modestly. */
    for (size_t i = 0; !separation->is_complete && i < estimation->likelihood.n; i++)
        estimation->point.beta[i] += rows->distance * examination->cleaned[i];
    memcpy(estimation->free, examination->dependence.kept,
           examination->dependence.n_kept * sizeof(size_t));
    estimation->n_free = examination->dependence.n_kept;
    memcpy(separation->diverges, examination->diverges, n_terms * sizeof(bool));
    mark_terms(examination, examination->cleaned, examination->diverges,
               separation->signs);
    return evaluate_point(estimation, err);
}

int separation_settle(struct estimation *estimation, struct error *err)
{
    const double *direction = estimation->separation.direction;
    struct separation_rows rows = {.from = estimation->point.beta,
                                   .wanted = CERTAIN_MARGIN};
    if (separation_rows_look(&rows, estimation, direction, err) < 0)
        return -1;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        estimation->point.beta[i] += rows.distance * direction[i];
    estimation->separation.is_settled = true;
    return evaluate_point(estimation, err);
}

/* From a direction that lets pairs grow, but for noise up to `still`. */
static int prove(struct examination *examination, double still, bool *proved,
                 struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    struct separation_rows about = {
        .still = still, .from = examination->start, .wanted = CERTAIN_MARGIN};
    struct separation_rows exact = {.from = estimation->point.beta, .wanted = FAR_MARGIN};
    if (join_proved(examination, still, err) < 0 ||
        separation_rows_look(&about, estimation, examination->direction, err) < 0 ||
        evaluate_far(examination, about.distance, err) < 0)
        return -1;
    examination->dependence.n_kept = 0;
    if (project(examination, err) < 0 ||
        separation_rows_look(&exact, estimation, examination->cleaned, err) < 0)
        return -1;
    *proved = separation_rows_separate(&exact);
    return *proved ? move_to_limit(examination, &exact, err) : 0;
}

/* At 0 each row has all the curvature there is; but with offsets it may be anywhere. */
static void find_start(struct examination *examination)
{
    const struct estimation *estimation = examination->estimation;
    examination->start =
        estimation->survey.has_offset ? estimation->point.beta : examination->zero;
}

static int examine(struct examination *examination, bool *proved, struct error *err)
{
    bool found = false;
    find_movable(examination);
    find_start(examination);
    if (try_step(examination, &found, err) < 0 ||
        (found && prove(examination, STILL, proved, err) < 0))
        return -1;
    if (*proved)
        return 0;
    found = false;
    if (try_cone(examination, &found, err) < 0)
        return -1;
    return found ? prove(examination, 0, proved, err) : 0;
}

int separation_examine(struct estimation *estimation, bool *proved, struct error *err)
{
    struct examination examination = {.estimation = estimation};
    *proved = false;
    int status = make_examination(&examination, err);
    if (status == 0)
        status = make_limit(&examination, err);
    if (status == 0)
        status = examine(&examination, proved, err);
    free_examination(&examination);
    return status;
}

/* Every pair has its margin from the coefficients alone, and grows with them. */
static int examine_point(struct examination *examination, bool *proved, struct error *err)
{
    struct estimation *estimation = examination->estimation;
    struct separation *separation = &estimation->separation;
    struct separation_rows rows = {.wanted = CERTAIN_MARGIN};
    if (separation_rows_look(&rows, estimation, estimation->point.beta, err) < 0 ||
        make_separation(estimation, err) < 0)
        return -1;
    if (!separation_rows_separate(&rows) || rows.n_still > 0)
        return 0;
    for (size_t i = 0; i < estimation_n_terms(estimation); i++)
        separation->diverges[i] = true;
    mark_terms(examination, estimation->point.beta, examination->diverges,
               separation->signs);
    estimation->n_free = 0;
    *proved = separation->is_proved = separation->is_complete = true;
    return 0;
}

int separation_examine_point(struct estimation *estimation, bool *proved,
                             struct error *err)
{
    struct examination examination = {.estimation = estimation};
    *proved = false;
    int status = make_examination(&examination, err);
    if (status == 0)
        status = examine_point(&examination, proved, err);
    free_examination(&examination);
    return status;
}

/* ---- telling ---- */

static void list_sign(struct buffer *signs, const char *name, int sign, size_t n_before)
{
    if (n_before > MOST_LISTED)
        return;
    if (n_before == MOST_LISTED) {
        buffer_append_string(signs, ", …");
        return;
    }
    buffer_printf(signs, "%s%s (%c)", n_before == 0 ? "" : ", ", name,
                  sign > 0   ? '+'
                  : sign < 0 ? '-'
                             : '?');
}

/* Each term once, with the sign of its first coefficient. */
static void list_terms(const struct estimation *estimation, struct term_names *names,
                       struct buffer *signs)
{
    const struct separation *separation = &estimation->separation;
    const struct basis *basis = &estimation->basis;
    size_t n_terms = basis->n_columns + basis->intercept;
    for (size_t i = 0; i < n_terms; i++)
        for (size_t b = 0; b < estimation->likelihood.n_blocks; b++) {
            size_t at = b * n_terms + i, n_before = names->n;
            if (!separation->diverges[at] ||
                (i >= basis->intercept && basis->aliased[i - basis->intercept]))
                continue;
            term_names_add(names, i < basis->intercept ? TERM_NAMES_INTERCEPT
                                                       : i - basis->intercept);
            list_sign(signs, names->names[n_before], separation->signs[at], n_before);
            break;
        }
}

int separation_warn(const struct estimation *estimation, struct error *err)
{
    const struct separation *separation = &estimation->separation;
    struct buffer signs = BUFFER_EMPTY;
    struct term_names names;
    if (!separation->is_proved)
        return 0;
    if (term_names_new(&names, estimation->hooks, estimation->basis.n_columns + 1, err) <
        0)
        return -1;
    list_terms(estimation, &names, &signs);
    int status = buffer_check(&signs, err);
    if (status == 0)
        status = report_warn(
            &estimation->estimate->report,
            separation->is_complete ? "complete_separation" : "quasi_complete_separation",
            names.names, names.n, err,
            "%s predicted without error; the likelihood has no maximum, and these "
            "coefficients grow without bound: %s. A penalty makes them finite",
            separation->is_complete ? "every row is" : "some rows are", signs.bytes);
    buffer_free(&signs);
    term_names_free(&names);
    return status;
}
