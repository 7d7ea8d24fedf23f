#include "api/import_covariance.h"

#include <math.h>
#include <string.h>

#include "api/import_terms.h"
#include "api/job_field.h"
#include "core/base/memory.h"

/* How far two cells that are one may lie apart, by the standard errors: what printing
 * with few digits does is far below it. */
#define ASYMMETRY 1e-6

struct covariance {
    const struct import_body *body;
    size_t n;
    const json_t *terms, *classes, *matrix; /* terms, classes NULL: not given */
    const char *at;                         /* where the matrix is */
    size_t *place;                          /* [n] which coefficient each row is of */
};

/* ---- whose rows they are ---- */

static JOB_FIELD(read_terms)
{
    struct covariance *covariance = context;
    (void)pointer, (void)problems, (void)err;
    covariance->terms = value;
    return 0;
}

static JOB_FIELD(read_classes)
{
    struct covariance *covariance = context;
    (void)pointer, (void)problems, (void)err;
    covariance->classes = value;
    return 0;
}

static JOB_FIELD(read_matrix)
{
    struct covariance *covariance = context;
    (void)pointer, (void)problems, (void)err;
    covariance->matrix = value;
    return 0;
}

/* SIZE_MAX with the problem reported; of what has no classes 0. */
static size_t find_block(const struct covariance *covariance, size_t i)
{
    const struct import_body *body = covariance->body;
    const json_t *class = json_array_get(covariance->classes, i);
    char pointer[PROBLEM_POINTER_BYTES];
    if (body->family != FAMILY_MULTINOMIAL)
        return 0;
    problem_pointer_at(pointer, "/covariance/classes", i);
    size_t found = SIZE_MAX, block = SIZE_MAX;
    if (json_is_string(class))
        found = import_body_class(body, json_string_value(class),
                                  json_string_length(class), pointer);
    if (found != SIZE_MAX)
        block = import_body_block(body, found);
    if (block == SIZE_MAX)
        problem_report(body->problems, ERROR_INVALID, pointer,
                       "must be a class with coefficients");
    return block;
}

static int find_term(const struct covariance *covariance, struct import_terms *terms,
                     size_t i, size_t *term, struct error *err)
{
    const struct import_body *body = covariance->body;
    const char *name = json_string_value(json_array_get(covariance->terms, i));
    char pointer[PROBLEM_POINTER_BYTES];
    uint32_t column = IMPORT_TERMS_NONE;
    *term = 0;
    if (name && body->intercept && import_terms_is_intercept(name))
        return 0;
    if (name && import_terms_find(terms, name, &column, err) < 0)
        return -1;
    *term = column + (size_t)body->intercept;
    if (column < IMPORT_TERMS_AMBIGUOUS)
        return 0;
    *term = SIZE_MAX;
    problem_report(body->problems, ERROR_UNKNOWN_COLUMN,
                   problem_pointer_at(pointer, "/covariance/terms", i),
                   "the inputs have no such term");
    return 0;
}

static int place_named(struct covariance *covariance, unsigned char *is_there,
                       struct error *err)
{
    const struct import_body *body = covariance->body;
    struct import_terms terms = {.encoding = body->encoding};
    char pointer[PROBLEM_POINTER_BYTES];
    int result = 0;
    for (size_t i = 0; result == 0 && i < covariance->n; i++) {
        size_t block = find_block(covariance, i), term = 0;
        result = find_term(covariance, &terms, i, &term, err);
        if (result < 0 || block == SIZE_MAX || term == SIZE_MAX)
            continue;
        covariance->place[i] = block * body->n_terms + term;
        if (is_there[covariance->place[i]]++)
            problem_report(body->problems, ERROR_INVALID,
                           problem_pointer_at(pointer, "/covariance/terms", i),
                           "a coefficient is there twice");
    }
    import_terms_free(&terms);
    return result;
}

static int place_rows(struct covariance *covariance, struct error *err)
{
    const struct import_body *body = covariance->body;
    if (!covariance->terms) {
        for (size_t i = 0; i < covariance->n; i++)
            covariance->place[i] = body->order ? body->order[i] : i;
        return 0;
    }
    if (json_array_size(covariance->terms) != covariance->n ||
        (body->family == FAMILY_MULTINOMIAL &&
         json_array_size(covariance->classes) != covariance->n)) {
        problem_report(body->problems, ERROR_WRONG_WIDTH, "/covariance/terms",
                       "must be %zu terms, of a multinomial model with their classes",
                       covariance->n);
        return 0;
    }
    unsigned char *is_there = memory_new(covariance->n, 1, err);
    int result = is_there ? place_named(covariance, is_there, err) : -1;
    memory_free(is_there);
    return result;
}

/* ---- the cells ---- */

static void put_row(struct import_body *body, const struct covariance *covariance,
                    size_t i, const json_t *row, const char *pointer)
{
    char at[PROBLEM_POINTER_BYTES];
    size_t to = covariance->place[i];
    for (size_t j = 0; j < covariance->n; j++) {
        const json_t *cell = json_array_get(row, j);
        double *value = &body->covariance[to * covariance->n + covariance->place[j]];
        *value = NAN;
        if (isnan(body->estimates[to]) || isnan(body->estimates[covariance->place[j]]))
            continue; /* of one that is aliased nothing is known */
        (void)import_body_number(body, cell, problem_pointer_at(at, pointer, j), value);
    }
}

/* Before there is room for them, as a body may say little and mean much. */
static void check_shape(const struct covariance *covariance)
{
    char pointer[PROBLEM_POINTER_BYTES];
    size_t n = covariance->n, n_rows = json_array_size(covariance->matrix);
    struct problem_list *problems = covariance->body->problems;
    if (n_rows != n)
        problem_report(problems, ERROR_WRONG_WIDTH, covariance->at,
                       "must have %zu rows and columns", n);
    for (size_t i = 0; n_rows == n && i < n; i++)
        if (json_array_size(json_array_get(covariance->matrix, i)) != n)
            problem_report(problems, ERROR_WRONG_WIDTH,
                           problem_pointer_at(pointer, covariance->at, i),
                           "must have %zu numbers", n);
}

static void put_rows(struct import_body *body, const struct covariance *covariance)
{
    char pointer[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < covariance->n; i++)
        put_row(body, covariance, i, json_array_get(covariance->matrix, i),
                problem_pointer_at(pointer, covariance->at, i));
}

static void check_cells(const struct import_body *body,
                        const struct covariance *covariance)
{
    const double *of = body->covariance;
    size_t n = covariance->n;
    for (size_t i = 0; i < n; i++) {
        if (of[i * n + i] < 0) {
            problem_report(body->problems, ERROR_OUT_OF_RANGE, covariance->at,
                           "a variance is not negative");
            return;
        }
        for (size_t j = 0; j < i; j++)
            if (fabs(of[i * n + j] - of[j * n + i]) >
                ASYMMETRY * sqrt(of[i * n + i]) * sqrt(of[j * n + j])) {
                problem_report(body->problems, ERROR_INVALID, covariance->at,
                               "is not symmetric");
                return;
            }
    }
}

static int read_all(struct import_body *body, struct covariance *covariance,
                    struct error *err)
{
    size_t n_cells, n_problems = body->problems->n;
    if (!memory_product(covariance->n, covariance->n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    covariance->place = memory_new(covariance->n, sizeof(*covariance->place), err);
    if (!covariance->place || place_rows(covariance, err) < 0)
        return -1;
    check_shape(covariance);
    if (body->problems->n > n_problems)
        return 0;
    body->covariance = memory_new(n_cells, sizeof(*body->covariance), err);
    if (!body->covariance)
        return -1;
    put_rows(body, covariance);
    if (body->problems->n == n_problems)
        check_cells(body, covariance);
    return 0;
}

int import_covariance_read(struct import_body *body, struct error *err)
{
    static const struct json_field fields[] = {{"terms", false, read_terms},
                                               {"classes", false, read_classes},
                                               {"matrix", true, read_matrix}};
    const json_t *value = import_body_member(body, "covariance");
    struct covariance covariance = {.body = body,
                                    .n = body->n_blocks * body->n_terms,
                                    .matrix = value,
                                    .at = "/covariance"};
    size_t n_problems = body->problems->n;
    if (!value)
        return 0;
    if (json_is_object(value)) {
        covariance.at = "/covariance/matrix";
        if (json_fields_read(value, "/covariance", fields, 3, &covariance, body->problems,
                             err) < 0)
            return -1;
    }
    if (body->problems->n > n_problems)
        return 0;
    int result = read_all(body, &covariance, err);
    memory_free(covariance.place);
    return result;
}
