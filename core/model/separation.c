#include "core/model/separation.h"

#include <math.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/dependence.h"
#include "core/model/separation_rows.h"
#include "core/model/term_names.h"

/* A Newton step raises what it separates by 1; what it does not, by the error that
 * convergence has left. */
#define STILL 1e-2
#define STILL_SHARE 1e-9  /* rounding of a growth, and of the direction */
#define CERTAIN_MARGIN 40 /* e^-40: a row's curvature is below rounding */

/* What the limit's Hessian does not determine: no curvature, or none of its own. */
#define LEAST_CURVATURE 1e-15
#define LEAST_PIVOT 1e-10

/* A coefficient takes part in a direction if its share is above rounding. */
#define SHARE 1e-7
#define INTERCEPT_SHARE 1e-9

#define MOST_LISTED 8U

struct examination {
    struct estimation *estimation;
    struct objective_point far; /* β + distance·δ */
    struct dependence dependence;
    double *direction; /* [n] δ */
    double *cleaned;   /* [n] its projection on N */
    double *null;      /* [n] a vector of N */
    double *share;     /* [n] */
    double *terms;     /* [d] coefficients on v */
    bool *diverges;    /* [n_blocks × n_terms] has a component in N */
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
    if (!examination->direction || !examination->cleaned || !examination->null ||
        !examination->share || !examination->terms || !examination->diverges)
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

/* The Newton step of the free coordinates. */
static int find_direction(struct examination *examination, struct error *err)
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
    cholesky_factor(&factor, hessian);
    cholesky_solve(&factor, step);
    cholesky_free(&factor);
    memset(examination->direction, 0, n * sizeof(double));
    for (size_t i = 0; i < n_free; i++)
        if (!is_penalised(estimation, estimation->free[i]))
            examination->direction[estimation->free[i]] = step[i];
    return 0;
}

/* ---- 2 and 3: the null space of the limit ---- */

static int evaluate_far(struct examination *examination, double distance,
                        struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    for (size_t i = 0; i < estimation->likelihood.n; i++)
        examination->far.beta[i] =
            estimation->point.beta[i] + distance * examination->direction[i];
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
            intercept -= basis->centre[j] * v;
            bound += fabs(basis->centre[j] * v);
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
static void project(struct examination *examination)
{
    struct dependence *dependence = &examination->dependence;
    const double *hessian = examination->far.hessian;
    size_t n = examination->estimation->likelihood.n;
    memset(examination->cleaned, 0, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
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
    *separation = (struct separation){0};
}

static int move_to_limit(struct examination *examination,
                         const struct separation_rows *rows, struct error *err)
{
    struct estimation *estimation = examination->estimation;
    struct separation *separation = &estimation->separation;
    size_t n_terms = estimation_n_terms(estimation);
    if (make_separation(estimation, err) < 0)
        return -1;
    separation->is_proved = true;
    separation->is_complete = rows->n_still == 0;
    /* Where nothing is left to converge the point stays: it predicts more modestly. */
    for (size_t i = 0; !separation->is_complete && i < estimation->likelihood.n; i++)
        estimation->point.beta[i] += rows->distance * examination->cleaned[i];
    estimation->point.have = 0;
    memcpy(estimation->free, examination->dependence.kept,
           examination->dependence.n_kept * sizeof(size_t));
    estimation->n_free = examination->dependence.n_kept;
    memcpy(separation->diverges, examination->diverges, n_terms * sizeof(bool));
    mark_terms(examination, examination->cleaned, examination->diverges,
               separation->signs);
    return objective_evaluate(&estimation->objective, &estimation->point,
                              OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN,
                              err);
}

static bool is_separating(const struct separation_rows *rows)
{
    return rows->n_other == 0 && rows->n_growing > 0;
}

static int examine(struct examination *examination, bool *proved, struct error *err)
{
    const struct estimation *estimation = examination->estimation;
    struct separation_rows about = {.still = STILL, .wanted = CERTAIN_MARGIN};
    struct separation_rows exact = {.still_share = STILL_SHARE, .wanted = CERTAIN_MARGIN};
    if (find_direction(examination, err) < 0 ||
        separation_rows_look(&about, estimation, examination->direction, err) < 0)
        return -1;
    if (!is_separating(&about))
        return 0;
    if (evaluate_far(examination, about.distance, err) < 0)
        return -1;
    project(examination);
    if (separation_rows_look(&exact, estimation, examination->cleaned, err) < 0)
        return -1;
    if (!is_separating(&exact))
        return 0;
    *proved = true;
    return move_to_limit(examination, &exact, err);
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
    struct separation_rows rows = {.still_share = STILL_SHARE, .wanted = CERTAIN_MARGIN};
    if (separation_rows_look(&rows, estimation, estimation->point.beta, err) < 0 ||
        make_separation(estimation, err) < 0)
        return -1;
    if (!is_separating(&rows) || rows.n_still > 0)
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
