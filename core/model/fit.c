#include "core/model/fit.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/data/design_build.h"
#include "core/data/kept_rows.h"
#include "core/model/algorithm.h"
#include "core/model/fit_family.h"
#include "core/model/fit_plan.h"
#include "core/model/model_assemble.h"

const struct fit_request fit_defaults = {
    .family = "auto",
    .algorithm = "auto",
    .frequency_weights = true,
    .intercept = true,
    .statistics = -1,
    .solver = {.max_iterations = 1000, .tolerance = 1e-8, .seed = 1},
};

#define CONFIDENCE 0.95
#define BATCH_SIZE 32
#define N_VECTORS 50U /* of p numbers, that a method without a Hessian holds */

struct fitting {
    const struct fit_request *request;
    const struct table *table;
    struct pool *pool;
    struct fit_plan plan;
    unsigned char *keep; /* [n_rows of the table]; NULL: every row is */
    uint64_t n_kept;
    struct target target;
    struct model_parts parts;
    double *y_of_class;
    double *factors; /* [n_columns of the design] or NULL */
    struct encoding *encoding;
    struct design design;
    double log_coefficient;
    struct buffer terms; /* names, each with its NUL */
    size_t *term_starts; /* [n_columns] */
    struct estimate estimate;
};

static void free_fitting(struct fitting *fitting)
{
    fit_plan_free(&fitting->plan);
    memory_free(fitting->keep);
    target_free(&fitting->target);
    memory_free(fitting->y_of_class);
    memory_free(fitting->factors);
    encoding_free(fitting->encoding);
    design_free(&fitting->design);
    buffer_free(&fitting->terms);
    memory_free(fitting->term_starts);
    estimate_free(&fitting->estimate);
}

/* Says which field is at fault, if it is the request's fault at all. Returns -1. */
static int place_field(struct error *err, const char *pointer)
{
    if (err && (error_kind(err->code) == ERROR_KIND_INPUT ||
                error_kind(err->code) == ERROR_KIND_TOO_LARGE))
        error_place(err, "%s", pointer);
    return -1;
}

/* ---- which columns, which rows ---- */

static void keep_first(void *context, const struct error *problem)
{
    error_copy(context, problem);
}

static int plan_fit(struct fitting *fitting, struct error *err)
{
    struct error first = {0};
    long n = fit_plan_make(&fitting->plan, fitting->request,
                           table_summary(fitting->table), keep_first, &first, err);
    return n > 0 ? error_copy(err, &first) : n < 0 ? -1 : 0;
}

static void drop_rows(struct fitting *fitting, size_t column)
{
    if (column != FIT_PLAN_NONE &&
        table_summary(fitting->table)->columns[column].n_missing > 0)
        kept_rows_drop_missing(fitting->table, column, fitting->keep);
}

static int choose_rows(struct fitting *fitting, struct error *err)
{
    const struct fit_plan *plan = &fitting->plan;
    size_t n_rows = (size_t)table_summary(fitting->table)->n_rows;
    if (plan->drops_rows) {
        fitting->keep = memory_new(n_rows, 1, err);
        if (!fitting->keep)
            return -1;
        memset(fitting->keep, 1, n_rows);
        drop_rows(fitting, plan->target);
        drop_rows(fitting, plan->weights);
        drop_rows(fitting, plan->trials);
        drop_rows(fitting, plan->offset);
        for (size_t i = 0; i < plan->n_features; i++)
            drop_rows(fitting, plan->columns[i]);
    }
    fitting->n_kept = kept_rows_count(fitting->table, fitting->keep);
    if (fitting->n_kept == 0)
        return error_set(err, ERROR_NO_ROWS,
                         "every row has a missing cell in one of the columns used; leave "
                         "out the columns where most are missing");
    return 0;
}

/* ---- classes ---- */

/* The class that the request names, or `other` where it names none. */
static int find_class(const struct fitting *fitting, const char *text, size_t other,
                      const char *place, size_t *class, struct error *err)
{
    const struct model_parts *parts = &fitting->parts;
    *class = other;
    if (!text)
        return 0;
    *class = levels_find(parts->classes, parts->n_classes, text, strlen(text));
    if (*class != SIZE_MAX)
        return 0;
    error_set(err, ERROR_UNKNOWN_LEVEL,
              fitting->request->trials
                  ? "counts have the classes \"0\" (failure) and \"1\" (success)"
                  : "no row has this class");
    error_place(err, "%s", place);
    return -1;
}

/* Of counts: whether a trial succeeds. */
static int make_count_classes(struct fitting *fitting, struct error *err)
{
    struct levels_writer writer;
    if (levels_begin(&writer, 2, 2, err) < 0)
        return -1;
    levels_add(&writer, "0", 1, 0);
    levels_add(&writer, "1", 1, 0);
    fitting->target.classes = writer.levels;
    fitting->parts.classes = writer.levels;
    fitting->parts.n_classes = 2;
    fitting->parts.family = FAMILY_BINOMIAL;
    return 0;
}

/* Too many classes to be listed are no classes, or more than there can be. */
static int choose_family(struct fitting *fitting, bool are_too_many, struct error *err)
{
    const struct target *target = &fitting->target;
    size_t column = fitting->plan.target;
    bool are_numbers =
        table_summary(fitting->table)->columns[column].type == COLUMN_NUMERIC &&
        !fit_plan_target_is_categorical(&fitting->plan);
    const struct fit_family_classes classes = {.n = are_too_many ? TARGET_MAX_CLASSES + 1
                                                                 : target->n_classes,
                                               .are_numbers = are_numbers,
                                               .are_whole = target->are_whole};
    return fit_family_choose(fitting->request, &classes, &fitting->parts.family, err);
}

static int find_classes(struct fitting *fitting, struct error *err)
{
    struct model_parts *parts = &fitting->parts;
    if (fitting->request->trials)
        return make_count_classes(fitting, err);
    struct error why = {0};
    if (target_find_classes(&fitting->target, fitting->table, fitting->plan.target,
                            fitting->keep, fitting->n_kept, &why) < 0 &&
        why.code != ERROR_TOO_LARGE)
        return error_copy(err, &why);
    parts->classes = fitting->target.classes;
    parts->n_classes = fitting->target.n_classes;
    return choose_family(fitting, error_is_set(&why), err);
}

static int choose_classes(struct fitting *fitting, struct error *err)
{
    struct model_parts *parts = &fitting->parts;
    if (find_classes(fitting, err) < 0)
        return place_field(err, "/target");
    if (find_class(fitting, fitting->request->positive, parts->n_classes - 1, "/positive",
                   &parts->positive, err) < 0 ||
        find_class(fitting, fitting->request->reference, 0, "/reference",
                   &parts->reference, err) < 0)
        return -1;
    fitting->y_of_class = memory_new(parts->n_classes, sizeof(*fitting->y_of_class), err);
    if (!fitting->y_of_class)
        return -1;
    model_assemble_codes(parts, fitting->y_of_class);
    return 0;
}

/* ---- features ---- */

static int encode_features(struct fitting *fitting, struct error *err)
{
    const struct fit_plan *plan = &fitting->plan;
    struct error why = {0};
    fitting->encoding = encoding_build(fitting->table, plan->features, plan->n_features,
                                       fitting->keep, &why);
    if (!fitting->encoding) {
        char place[FIT_PLAN_POINTER_BYTES];
        const char *field = why.code == ERROR_UNKNOWN_LEVEL ? "reference" : "type";
        char name[sizeof(why.place)];
        memcpy(name, why.place, sizeof(name));
        why.place[0] = '\0';
        place_field(&why, fit_plan_pointer(place, "/columns", name, field));
        return error_copy(err, &why);
    }
    fitting->parts.encoding = fitting->encoding;
    fitting->parts.intercept = fitting->request->intercept;
    if (fitting->encoding->n_columns > 0)
        return 0;
    error_set(err, ERROR_NO_FEATURES,
              "every feature is the same in all rows; there is nothing to fit on");
    error_place(err, "/features");
    return -1;
}

static int spread_factors(struct fitting *fitting, struct error *err)
{
    const struct fit_request *request = fitting->request;
    const struct encoding *encoding = fitting->encoding;
    if (request->n_factors == 0)
        return 0;
    fitting->factors = memory_new(encoding->n_columns, sizeof(*fitting->factors), err);
    if (!fitting->factors)
        return -1;
    for (size_t j = 0; j < encoding->n_columns; j++)
        fitting->factors[j] = 1;
    for (size_t i = 0; i < request->n_factors; i++) {
        const char *name = request->factors[i].feature;
        size_t input = encoding_find_input(encoding, name, strlen(name));
        for (size_t j = 0; j < encoding->n_columns; j++)
            if (encoding->columns[j].input == input)
                fitting->factors[j] = request->factors[i].factor;
    }
    return 0;
}

static int name_terms(struct fitting *fitting, struct error *err)
{
    size_t n = fitting->encoding->n_columns;
    fitting->term_starts = memory_new(n, sizeof(*fitting->term_starts), err);
    if (!fitting->term_starts)
        return -1;
    for (size_t j = 0; j < n; j++) {
        fitting->term_starts[j] = fitting->terms.n_bytes;
        encoding_write_term(fitting->encoding, j, &fitting->terms);
        buffer_append_byte(&fitting->terms, '\0');
    }
    return buffer_check(&fitting->terms, err);
}

static const char *term_name(void *context, size_t column)
{
    const struct fitting *fitting = context;
    return fitting->terms.bytes + fitting->term_starts[column];
}

/* ---- the design ---- */

static struct design_source source_of(const struct fitting *fitting)
{
    const struct fit_plan *plan = &fitting->plan;
    return (struct design_source){.table = fitting->table,
                                  .encoding = fitting->encoding,
                                  .keep = fitting->keep,
                                  .n_kept = fitting->n_kept,
                                  .target = &fitting->target,
                                  .y_of_class = fitting->y_of_class,
                                  .successes = plan->target,
                                  .trials = plan->trials,
                                  .weights = plan->weights,
                                  .offset = plan->offset};
}

/* Counts succeed or fail; the design has the share of the positive class. */
static void turn_counts(struct fitting *fitting)
{
    for (uint64_t i = 0; i < fitting->design.n_rows; i++)
        fitting->design.y[i] = 1 - fitting->design.y[i];
}

static int build_design(struct fitting *fitting, struct error *err)
{
    const struct design_source source = source_of(fitting);
    if (design_build(&source, fitting->pool, &fitting->design, &fitting->log_coefficient,
                     err) < 0)
        return place_field(err,
                           err && err->code == ERROR_BAD_WEIGHT ? "/weights" : "/target");
    if (fitting->request->trials && fitting->parts.positive == 0)
        turn_counts(fitting);
    return 0;
}

static bool wants_statistics(const struct fit_request *request)
{
    return request->statistics < 0 ? request->l2 == 0 : request->statistics > 0;
}

static struct algorithm_task task_of(const struct fitting *fitting)
{
    const struct fit_request *request = fitting->request;
    bool is_binomial = fitting->parts.family == FAMILY_BINOMIAL;
    return (struct algorithm_task){
        .name = request->algorithm,
        .n_rows = fitting->n_kept,
        .n_blocks = is_binomial ? 1 : fitting->parts.n_classes - 1,
        .n_terms = fitting->encoding->n_columns + request->intercept,
        .statistics = wants_statistics(request),
        .is_penalised = request->l2 > 0 && !fitting->factors};
}

/* Matrices that an estimate may hold at once. Of p×p, p coefficients: two Hessians, their
 * sums and a factor while it searches, two more in the limit of separated data;
 * afterwards covariance and Hessian on their way to the columns as given; and the partial
 * sums of the pool. Where nothing is p×p, the same many of d×d, d columns, for the basis;
 * and vectors: directions, pairs of lbfgs, and of two points the probabilities of each
 * row. SIZE_MAX if there is no counting them. */
static size_t estimate_bytes(const struct fitting *fitting)
{
    const struct algorithm_task task = task_of(fitting);
    struct algorithm algorithm;
    size_t n_matrices = 7, p, n_cells, n_vectors, n_kept = 0;
    for (uint64_t n = fitting->n_kept / DESIGN_BLOCK_ROWS; n > 0; n /= 2)
        n_matrices += pool_n_threads(fitting->pool);
    if (!algorithm_choose(&task, &algorithm) ||
        !memory_product(task.n_blocks, task.n_terms, &p) ||
        !memory_product(p, N_VECTORS + n_matrices, &n_vectors))
        return SIZE_MAX;
    size_t side = algorithm.is_dense ? p : task.n_terms;
    if ((!algorithm.solver->needs_hessian && !algorithm.solver->is_first_order &&
         !memory_product(fitting->n_kept, 2 * (task.n_blocks + 1), &n_kept)) ||
        !memory_product(side, side, &n_cells) ||
        !memory_product(n_cells, n_matrices, &n_cells) ||
        !memory_sum(n_cells, n_vectors, &n_cells) ||
        !memory_sum(n_cells, n_kept, &n_cells) ||
        !memory_product(n_cells, sizeof(double), &n_cells))
        return SIZE_MAX;
    return n_cells;
}

/* The order of the rows, of a method that shuffles them; SIZE_MAX as above. */
static size_t order_bytes(const struct fitting *fitting)
{
    const struct solver *solver = solver_find(fitting->request->algorithm);
    size_t n_bytes;
    if (!solver || !solver->in_batches)
        return 0;
    return memory_product((size_t)fitting->n_kept, sizeof(size_t), &n_bytes) ? n_bytes
                                                                             : SIZE_MAX;
}

static size_t bytes_needed(const struct fitting *fitting)
{
    const struct design_source source = source_of(fitting);
    size_t n_bytes = design_build_bytes(&source, pool_n_threads(fitting->pool));
    if (!memory_sum(n_bytes, estimate_bytes(fitting), &n_bytes) ||
        !memory_sum(n_bytes, order_bytes(fitting), &n_bytes) ||
        (fitting->keep &&
         !memory_sum(n_bytes, (size_t)table_summary(fitting->table)->n_rows, &n_bytes)))
        return SIZE_MAX;
    return n_bytes;
}

/* ---- estimating ---- */

/* Inputs that have one level only get no coefficient; the report says so. */
static int warn_of_constants(struct fitting *fitting, struct error *err)
{
    const struct encoding *encoding = fitting->encoding;
    const char **names = memory_new(encoding->n_inputs, sizeof(*names), err);
    size_t n = 0;
    if (!names)
        return -1;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (encoding->inputs[i].n_levels == 1)
            names[n++] = encoding->inputs[i].name;
    int result =
        n == 0 ? 0
               : report_warn(&fitting->estimate.report, "constant_columns", names, n, err,
                             "%zu categorical columns have the same level in "
                             "all rows and no coefficient",
                             n);
    memory_free(names);
    return result;
}

static struct solver_options solver_options(const struct fit_request *request)
{
    struct solver_options options = request->solver;
    options.batch_size = options.batch_size ? options.batch_size : BATCH_SIZE;
    options.max_epochs = options.max_epochs ? options.max_epochs : FIT_MAX_EPOCHS;
    return options;
}

static int estimate(struct fitting *fitting, const struct solver_watch *watch,
                    struct error *err)
{
    const struct fit_request *request = fitting->request;
    const struct estimate_options options = {.family = fitting->parts.family,
                                             .algorithm = request->algorithm,
                                             .intercept = request->intercept,
                                             .frequency_weights =
                                                 request->frequency_weights &&
                                                 request->weights && !request->trials,
                                             .l2 = request->l2,
                                             .factors = fitting->factors,
                                             .statistics = wants_statistics(request),
                                             .standardize = request->standardize,
                                             .solver = solver_options(request),
                                             .confidence = CONFIDENCE,
                                             .log_coefficient = fitting->log_coefficient};
    struct estimate_hooks hooks = {.name = term_name, .context = fitting};
    if (watch)
        hooks.watch = *watch;
    if (estimate_run(&fitting->design, &options, &hooks, fitting->pool,
                     &fitting->estimate, err) < 0)
        return -1;
    return warn_of_constants(fitting, err);
}

/* ---- the whole ---- */

static struct model *assemble(struct fitting *fitting, struct error *err)
{
    fitting->parts.estimate = &fitting->estimate;
    struct model *model = model_assemble(&fitting->parts, err);
    if (model)
        fitting->encoding = NULL; /* the model's now */
    return model;
}

static struct model *build_and_estimate(struct fitting *fitting,
                                        const struct solver_watch *watch, double start,
                                        struct error *err)
{
    if (build_design(fitting, err) < 0)
        return NULL;
    double read_seconds = clock_seconds() - start;
    if (estimate(fitting, watch, err) < 0)
        return NULL;
    struct report *report = &fitting->estimate.report;
    report->n_rows_dropped = table_summary(fitting->table)->n_rows - fitting->n_kept;
    report->read_seconds = read_seconds;
    report->total_seconds = clock_seconds() - start;
    return assemble(fitting, err);
}

static int prepare(struct fitting *fitting, struct error *err)
{
    if (plan_fit(fitting, err) < 0 || choose_rows(fitting, err) < 0 ||
        choose_classes(fitting, err) < 0 || encode_features(fitting, err) < 0 ||
        spread_factors(fitting, err) < 0)
        return -1;
    return name_terms(fitting, err);
}

struct model *fit_run(const struct fit_request *request, const struct table *table,
                      struct budget *budget, struct pool *pool,
                      const struct solver_watch *watch, struct error *err)
{
    struct fitting fitting = {.request = request, .table = table, .pool = pool};
    struct model *model = NULL;
    double start = clock_seconds();
    if (prepare(&fitting, err) == 0) {
        size_t n_bytes = bytes_needed(&fitting);
        if (budget_reserve(budget, n_bytes, err) == 0) {
            model = build_and_estimate(&fitting, watch, start, err);
            budget_release(budget, n_bytes);
        }
    }
    free_fitting(&fitting);
    return model;
}
