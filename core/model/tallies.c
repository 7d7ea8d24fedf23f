#include "core/model/tallies.h"

#include <string.h>

#include "core/base/memory.h"

#define LEAST_STRETCHES 8U /* where there are so many blocks */
#define SUMS_A_STRETCH 8U  /* additions to each of its sums, about, else */

/* ---- rows ---- */

static void touch(const struct tallies *tallies, const struct tally_rows *rows)
{
    design_array_touch(tallies->design, rows->places,
                       rows->n_rows * rows->stride * sizeof(*rows->places));
    if (rows->numbers)
        design_array_touch(tallies->design, rows->numbers,
                           rows->n_rows * TALLY_NUMBERS * sizeof(*rows->numbers));
}

struct tally_rows tallies_parts(const struct tallies *tallies, uint64_t first,
                                size_t n_rows)
{
    const struct tally_plan *plan = tallies->plan;
    const struct tally_rows rows = {
        .n_rows = n_rows,
        .n_tables = plan->n_parts,
        .n_parts = plan->n_parts,
        .stride = plan->of_parts.stride,
        .places = tallies->parts + first * plan->of_parts.stride,
        .numbers = tallies->numbers ? tallies->numbers + first * TALLY_NUMBERS : NULL};
    touch(tallies, &rows);
    return rows;
}

struct tally_rows tallies_rows(const struct tallies *tallies, uint64_t first,
                               size_t n_rows)
{
    const struct tally_plan *plan = tallies->plan;
    struct tally_rows rows = tallies_parts(tallies, first, n_rows);
    rows.n_tables = plan->n_tables;
    rows.stride = plan->of_tables.stride;
    rows.places = tallies->places + first * rows.stride;
    touch(tallies, &rows);
    return rows;
}

/* From entries, with the numbers if the rows have them. */
static void fill(const struct tallies *tallies, const struct tally_steps *steps,
                 const struct tally_rows *rows, const struct design_block *from)
{
    const struct tally_columns columns = {steps->first, steps->steps,
                                          tallies->plan->number};
    tally_rows_of(instructions_best())
        ->fill(rows, &columns, from->starts, from->columns, from->values);
}

static void fill_parts(void *context, size_t block, size_t worker)
{
    const struct tallies *tallies = context;
    struct design_block from;
    (void)worker;
    design_block(tallies->design, block, &from);
    const struct tally_rows rows = tallies_parts(tallies, from.first_row, from.n_rows);
    fill(tallies, &tallies->plan->of_parts, &rows, &from);
}

static void fill_tables(void *context, size_t block, size_t worker)
{
    const struct tallies *tallies = context;
    struct design_block from;
    (void)worker;
    design_block(tallies->design, block, &from);
    struct tally_rows rows = tallies_rows(tallies, from.first_row, from.n_rows);
    rows.numbers = NULL;
    fill(tallies, &tallies->plan->of_tables, &rows, &from);
}

int tallies_prepare_hessian(struct tallies *tallies, struct pool *pool, struct error *err)
{
    if (tallies->has_places)
        return 0;
    pool_run(pool, tallies->design->n_blocks, fill_tables, tallies);
    if (pool_check(pool, err) < 0)
        return -1;
    tallies->has_places = true;
    return 0;
}

/* Memory of rows comes to the threads that fill it. */
static int make_arrays(struct tallies *tallies, struct error *err)
{
    const struct tally_plan *plan = tallies->plan;
    const struct design *design = tallies->design;
    size_t n_rows = (size_t)design->n_rows, n_parts, n_places, n_numbers;
    if (!memory_product(n_rows, plan->of_parts.stride, &n_parts) ||
        !memory_product(n_rows, plan->of_tables.stride, &n_places) ||
        !memory_product(n_rows, plan->n_numbers > 0 ? TALLY_NUMBERS : 0, &n_numbers))
        return error_no_memory(err, SIZE_MAX);
    tallies->of_place = memory_new_aligned(plan->n_part_places, sizeof(double), err);
    tallies->of_number = memory_new_aligned(TALLY_NUMBERS, sizeof(double), err);
    tallies->parts = design_array_take(design, n_parts, sizeof(*tallies->parts), err);
    tallies->places = design_array_take(design, n_places, sizeof(*tallies->places), err);
    design_array_expose(design, tallies->parts);
    design_array_expose(design, tallies->places);
    if (n_numbers > 0)
        tallies->numbers = design_array_take(design, n_numbers, sizeof(double), err);
    return tallies->of_place && tallies->of_number && tallies->parts && tallies->places &&
                   (tallies->numbers || n_numbers == 0)
               ? 0
               : -1;
}

static size_t stretch_blocks(const struct tallies *tallies)
{
    size_t n = SUMS_A_STRETCH * tallies_n_sums(tallies, true) /
                   (DESIGN_BLOCK_ROWS * tallies->plan->n_tables) +
               1;
    size_t most = tallies->design->n_blocks / LEAST_STRETCHES + 1;
    return n < most ? n : most;
}

int tallies_new(struct tallies *tallies, const struct tally_plan *plan,
                const struct design *design, bool intercept, struct pool *pool,
                struct error *err)
{
    struct tallies made = {.plan = plan, .design = design, .intercept = intercept};
    made.stretch_blocks = stretch_blocks(&made);
    int status = make_arrays(&made, err);
    if (status == 0) {
        pool_run(pool, design->n_blocks, fill_parts, &made);
        status = pool_check(pool, err);
    }
    if (status < 0)
        tallies_free(&made);
    else
        *tallies = made;
    return status;
}

void tallies_free(struct tallies *tallies)
{
    if (!tallies->design)
        return;
    design_array_free(tallies->design, tallies->parts);
    design_array_free(tallies->design, tallies->places);
    design_array_free(tallies->design, tallies->numbers);
    memory_free(tallies->of_place);
    memory_free(tallies->of_number);
    *tallies = (struct tallies){0};
}

/* ---- the places of a table in turn ---- */

#define NO_TERM SIZE_MAX /* of a level that is no column */

struct walk {
    const struct tally_plan *plan;
    const struct tally_table *table;
    size_t intercept;
    size_t levels[TALLY_TABLE_FACTORS];
    size_t terms[TALLY_TABLE_FACTORS]; /* raw terms of these */
};

static void set_term(struct walk *walk, size_t i)
{
    const struct tally_factor *factor = &walk->plan->factors[walk->table->factors[i]];
    walk->terms[i] =
        factor->may_lack && walk->levels[i] == 0
            ? NO_TERM
            : walk->intercept + factor->first + walk->levels[i] - factor->may_lack;
}

static struct walk walk_begin(const struct tallies *tallies,
                              const struct tally_table *table)
{
    struct walk walk = {
        .plan = tallies->plan, .table = table, .intercept = tallies->intercept};
    for (size_t i = 0; i < table->n_factors; i++)
        set_term(&walk, i);
    return walk;
}

/* The last factor's levels follow each other. */
static void walk_on(struct walk *walk)
{
    const struct tally_table *table = walk->table;
    for (size_t i = table->n_factors; i-- > 0;) {
        size_t n_levels = walk->plan->factors[table->factors[i]].n_levels;
        bool is_last = ++walk->levels[i] == n_levels;
        if (is_last)
            walk->levels[i] = 0;
        set_term(walk, i);
        if (!is_last)
            return;
    }
}

/* ---- margins ---- */

static double sum_terms(const struct walk *walk, const double *raw)
{
    double sum = 0;
    for (size_t i = 0; i < walk->table->n_factors; i++)
        sum += walk->terms[i] == NO_TERM ? 0 : raw[walk->terms[i]];
    return sum;
}

void tallies_set_vector(struct tallies *tallies, const double *raw)
{
    const struct tally_plan *plan = tallies->plan;
    double first = tallies->intercept ? raw[0] : 0;
    for (size_t t = 0; t < plan->n_parts; t++) {
        struct walk walk = walk_begin(tallies, &plan->tables[t]);
        double *of_place = tallies->of_place + walk.table->first;
        for (size_t p = 0; p < walk.table->n_places; p++, walk_on(&walk))
            of_place[p] = (t == 0 ? first : 0) + sum_terms(&walk, raw);
    }
    for (size_t k = 0; k < plan->n_numbers; k++)
        tallies->of_number[k] = raw[tallies->intercept + plan->numbers[k]];
}

void tallies_add_margins(const struct tallies *tallies, const struct tally_rows *rows,
                         double *z)
{
    tally_rows_of(instructions_best())
        ->margins(rows, tallies->of_place, tallies->of_number, z);
}

/* ---- sums ---- */

/* Where they are in what a pass adds up. */
static size_t n_gradient(const struct tally_plan *plan)
{
    return TALLY_PADDED(plan->n_part_places) + TALLY_NUMBERS;
}

static size_t n_mixed(const struct tally_plan *plan)
{
    return plan->n_numbers > 0 ? plan->n_part_places * TALLY_NUMBERS : 0;
}

size_t tallies_n_sums(const struct tallies *tallies, bool with_hessian)
{
    const struct tally_plan *plan = tallies->plan;
    return n_gradient(plan) + (with_hessian ? tally_plan_n_sums(plan) : 0);
}

void tallies_add_gradient(const struct tallies *tallies, const struct tally_rows *rows,
                          const double *v, double *sums)
{
    tally_rows_of(instructions_best())
        ->product(rows, v, sums, sums + TALLY_PADDED(tallies->plan->n_part_places));
}

void tallies_add_hessian(const struct tallies *tallies, const struct tally_rows *rows,
                         const double *h, double *sums)
{
    const struct tally_plan *plan = tallies->plan;
    double *places = sums + n_gradient(plan),
           *mixed = places + TALLY_PADDED(plan->n_places);
    tally_rows_of(instructions_best())
        ->weigh(rows, h, places, mixed, mixed + n_mixed(plan));
}

/* ---- and what they are of raw terms ---- */

static void take_gradient(const struct tallies *tallies, const double *sums,
                          double *gradient)
{
    const struct tally_plan *plan = tallies->plan;
    memset(gradient, 0, (plan->n_columns + tallies->intercept) * sizeof(*gradient));
    for (size_t t = 0; t < plan->n_parts; t++) {
        struct walk walk = walk_begin(tallies, &plan->tables[t]);
        const double *places = sums + walk.table->first;
        for (size_t p = 0; p < walk.table->n_places; p++, walk_on(&walk)) {
            if (t == 0 && tallies->intercept)
                gradient[0] += places[p];
            for (size_t i = 0; places[p] != 0 && i < walk.table->n_factors; i++)
                if (walk.terms[i] != NO_TERM)
                    gradient[walk.terms[i]] += places[p];
        }
    }
    for (size_t k = 0; k < plan->n_numbers; k++)
        gradient[tallies->intercept + plan->numbers[k]] =
            sums[TALLY_PADDED(plan->n_part_places) + k];
}

static void add_pairs(const struct walk *walk, double sum, double *hessian, size_t n)
{
    for (size_t k = 0; k < walk->table->n_pairs; k++) {
        size_t low = walk->terms[walk->table->pairs[k].low];
        size_t high = walk->terms[walk->table->pairs[k].high];
        if (low != NO_TERM && high != NO_TERM)
            hessian[high * n + low] += sum;
    }
}

static void take_pairs(const struct tallies *tallies, const double *places,
                       double *hessian, size_t n)
{
    const struct tally_plan *plan = tallies->plan;
    for (size_t t = 0; t < plan->n_tables; t++) {
        struct walk walk = walk_begin(tallies, &plan->tables[t]);
        const double *sums = places + walk.table->first;
        if (walk.table->n_pairs == 0)
            continue;
        for (size_t p = 0; p < walk.table->n_places; p++, walk_on(&walk))
            if (sums[p] != 0)
                add_pairs(&walk, sums[p], hessian, n);
    }
}

/* Of a column of ones and zeros the square is the product with the intercept. */
static void take_squares(const struct tallies *tallies, const double *places,
                         double *hessian, size_t n)
{
    const struct tally_plan *plan = tallies->plan;
    for (size_t t = 0; t < plan->n_parts; t++) {
        struct walk walk = walk_begin(tallies, &plan->tables[t]);
        const double *sums = places + walk.table->first;
        for (size_t p = 0; p < walk.table->n_places; p++, walk_on(&walk)) {
            if (t == 0 && tallies->intercept)
                hessian[0] += sums[p];
            for (size_t i = 0; sums[p] != 0 && i < walk.table->n_factors; i++) {
                size_t term = walk.terms[i];
                if (term == NO_TERM)
                    continue;
                hessian[term * (n + 1)] += sums[p];
                if (tallies->intercept)
                    hessian[term * n] += sums[p];
            }
        }
    }
}

static void add_product(double *hessian, size_t n, size_t term, size_t other, double sum)
{
    hessian[term > other ? term * n + other : other * n + term] += sum;
}

/* What one place of the parts has of the numbers. */
static void add_numbers(const struct tallies *tallies, const struct walk *walk,
                        bool is_first, const double *sums, double *hessian, size_t n)
{
    const struct tally_plan *plan = tallies->plan;
    for (size_t k = 0; k < plan->n_numbers; k++) {
        size_t term = tallies->intercept + plan->numbers[k];
        if (sums[k] == 0)
            continue;
        if (is_first && tallies->intercept)
            hessian[term * n] += sums[k];
        for (size_t i = 0; i < walk->table->n_factors; i++)
            if (walk->terms[i] != NO_TERM)
                add_product(hessian, n, term, walk->terms[i], sums[k]);
    }
}

static void take_numbers(const struct tallies *tallies, const double *mixed,
                         double *hessian, size_t n)
{
    const struct tally_plan *plan = tallies->plan;
    const double *squares = mixed + n_mixed(plan);
    for (size_t t = 0; t < plan->n_parts; t++) {
        struct walk walk = walk_begin(tallies, &plan->tables[t]);
        const double *sums = mixed + walk.table->first * TALLY_NUMBERS;
        for (size_t p = 0; p < walk.table->n_places; p++, walk_on(&walk))
            add_numbers(tallies, &walk, t == 0, sums + p * TALLY_NUMBERS, hessian, n);
    }
    for (size_t k = 0; k < plan->n_numbers; k++)
        for (size_t l = 0; l <= k; l++)
            hessian[(tallies->intercept + plan->numbers[k]) * n + tallies->intercept +
                    plan->numbers[l]] = squares[k * TALLY_NUMBERS + l];
}

static void take_hessian(const struct tallies *tallies, const double *sums,
                         double *hessian)
{
    const struct tally_plan *plan = tallies->plan;
    size_t n = plan->n_columns + tallies->intercept;
    memset(hessian, 0, n * n * sizeof(*hessian));
    take_pairs(tallies, sums, hessian, n);
    take_squares(tallies, sums, hessian, n);
    if (plan->n_numbers > 0)
        take_numbers(tallies, sums + TALLY_PADDED(plan->n_places), hessian, n);
}

void tallies_take(const struct tallies *tallies, const double *sums, double *gradient,
                  double *hessian)
{
    take_gradient(tallies, sums, gradient);
    if (hessian)
        take_hessian(tallies, sums + n_gradient(tallies->plan), hessian);
}
