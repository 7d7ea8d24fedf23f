#include "core/model/tally_plan.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define MOST_COLUMNS 1024U
#define LEAST_ROWS 2048U
#define LEAST_ENTRIES 4U /* a row, on average */
/* Additions of a row's products that one to a place is worth; and of all rows, for each
 * sum, that is set to 0, added up and taken apart. */
#define PRODUCTS_A_PLACE 1.5
#define PRODUCTS_TO_SAVE 4.0

#define LANES 8U /* places of a row are a multiple of */

/* ---- what the entries tell ---- */

struct scan {
    const struct design *design;
    uint32_t *before;   /* [n_threads × n_columns] the closest entry before, from 1 */
    uint8_t *is_number; /* [n_threads × n_columns] */
    uint64_t *n_filled; /* [n_threads × n_columns] */
};

static void scan_block(void *context, size_t block, size_t worker)
{
    struct scan *scan = context;
    struct design_block rows;
    size_t d = scan->design->n_columns;
    uint32_t *before = scan->before + worker * d;
    uint8_t *is_number = scan->is_number + worker * d;
    uint64_t *n_filled = scan->n_filled + worker * d;
    design_block(scan->design, block, &rows);
    for (size_t i = 0; i < rows.n_rows; i++) {
        uint32_t last = 0;
        for (size_t e = rows.starts[i]; e < rows.starts[i + 1]; e++) {
            uint32_t column = rows.columns[e];
            before[column] = before[column] < last ? last : before[column];
            is_number[column] |= rows.values[e] != 1;
            n_filled[column]++;
            last = column + 1;
        }
    }
}

/* Into the first thread's. */
static void join_threads(struct scan *scan, size_t n_threads)
{
    size_t d = scan->design->n_columns;
    for (size_t i = d; i < n_threads * d; i++) {
        size_t j = i % d;
        scan->before[j] =
            scan->before[j] < scan->before[i] ? scan->before[i] : scan->before[j];
        scan->is_number[j] |= scan->is_number[i];
        scan->n_filled[j] += scan->n_filled[i];
    }
}

static int scan_rows(struct scan *scan, struct pool *pool, struct error *err)
{
    size_t n_threads = pool_n_threads(pool), n = n_threads * scan->design->n_columns;
    scan->before = memory_new(n, sizeof(*scan->before), err);
    scan->is_number = memory_new(n, sizeof(*scan->is_number), err);
    scan->n_filled = memory_new(n, sizeof(*scan->n_filled), err);
    if (!scan->before || !scan->is_number || !scan->n_filled)
        return -1;
    pool_run(pool, scan->design->n_blocks, scan_block, scan);
    join_threads(scan, n_threads);
    return pool_check(pool, err);
}

static void free_scan(struct scan *scan)
{
    memory_free(scan->before);
    memory_free(scan->is_number);
    memory_free(scan->n_filled);
}

/* ---- factors ---- */

/* A factor of the columns from `first` on; returns the column behind them. */
static size_t take_factor(const struct scan *scan, size_t first,
                          struct tally_factor *factor)
{
    uint64_t n_filled = scan->n_filled[first];
    size_t end = first + 1;
    for (; end < scan->design->n_columns && !scan->is_number[end] &&
           scan->before[end] <= first;
         end++)
        n_filled += scan->n_filled[end];
    factor->first = first;
    factor->n_columns = end - first;
    factor->may_lack = n_filled < scan->design->n_rows;
    factor->n_levels = factor->n_columns + factor->may_lack;
    return end;
}

/* False: there are too many factors or numbers. */
static bool take_columns(struct tally_plan *plan, const struct scan *scan)
{
    for (size_t j = 0; j < plan->n_columns;) {
        if (scan->is_number[j] && plan->n_numbers < TALLY_NUMBERS)
            plan->numbers[plan->n_numbers++] = j++;
        else if (!scan->is_number[j] && plan->n_factors < TALLY_MOST_FACTORS)
            j = take_factor(scan, j, &plan->factors[plan->n_factors++]);
        else
            return false;
    }
    return plan->n_factors > 1;
}

/* ---- tables ---- */

/* Which factors are together in a table by now. */
struct dealing {
    struct tally_plan *plan;
    bool is_met[TALLY_MOST_FACTORS][TALLY_MOST_FACTORS];
};

static size_t n_levels(const struct tally_plan *plan, size_t factor)
{
    return plan->factors[factor].n_levels;
}

/* Each place of a part has sums with all numbers, so that there are more without. */
static size_t most_places(const struct tally_plan *plan)
{
    bool is_part = plan->n_parts == 0;
    if (plan->n_numbers == 0)
        return TALLY_PLAN_PLACES;
    return is_part ? TALLY_PLAN_MIXED : TALLY_PLAN_PLACES / 2;
}

static bool has_room(const struct tally_plan *plan, const struct tally_table *table,
                     size_t factor)
{
    return table->n_factors < TALLY_TABLE_FACTORS &&
           table->n_places * n_levels(plan, factor) <= most_places(plan);
}

static void put(const struct tally_plan *plan, struct tally_table *table, size_t factor)
{
    size_t at = table->n_factors++;
    for (; at > 0 && table->factors[at - 1] > factor; at--)
        table->factors[at] = table->factors[at - 1];
    table->factors[at] = factor;
    table->n_places *= n_levels(plan, factor);
}

/* NULL: there is no room for another one. */
static struct tally_table *begin_table(struct tally_plan *plan)
{
    if (plan->n_tables == TALLY_MOST_TABLES)
        return NULL;
    struct tally_table *table = &plan->tables[plan->n_tables++];
    table->n_places = 1;
    return table;
}

static bool deal_to_part(struct tally_plan *plan, size_t factor)
{
    struct tally_table *table = plan->tables, *end = table + plan->n_tables;
    while (table < end && !has_room(plan, table, factor))
        table++;
    if (table == end && !(table = begin_table(plan)))
        return false;
    put(plan, table, factor);
    return true;
}

static bool deal_parts(struct tally_plan *plan)
{
    bool is_dealt[TALLY_MOST_FACTORS] = {0};
    for (size_t n = 0; n < plan->n_factors; n++) {
        size_t largest = plan->n_factors;
        for (size_t f = 0; f < plan->n_factors; f++)
            if (!is_dealt[f] && (largest == plan->n_factors ||
                                 n_levels(plan, f) > n_levels(plan, largest)))
                largest = f;
        is_dealt[largest] = true;
        if (!deal_to_part(plan, largest))
            return false;
    }
    plan->n_parts = plan->n_tables;
    return true;
}

/* The table's pairs that are in no other one. */
static void list_pairs(struct dealing *dealing, struct tally_table *table)
{
    for (size_t high = 1; high < table->n_factors; high++)
        for (size_t low = 0; low < high; low++) {
            size_t f = table->factors[low], g = table->factors[high];
            if (!dealing->is_met[f][g])
                table->pairs[table->n_pairs++] = (struct tally_pair){low, high};
            dealing->is_met[f][g] = dealing->is_met[g][f] = true;
        }
}

/* Two that have not met, with most levels. */
static bool find_pair(const struct dealing *dealing, size_t pair[2])
{
    const struct tally_plan *plan = dealing->plan;
    size_t most = 0;
    for (size_t g = 1; g < plan->n_factors; g++)
        for (size_t f = 0; f < g; f++) {
            size_t n = n_levels(plan, f) * n_levels(plan, g);
            if (dealing->is_met[f][g] || n <= most)
                continue;
            most = n;
            pair[0] = f;
            pair[1] = g;
        }
    return most > 0;
}

/* How many of the table's factors it has yet to meet. */
static size_t count_new(const struct dealing *dealing, const struct tally_table *table,
                        size_t factor)
{
    size_t n = 0;
    for (size_t i = 0; i < table->n_factors; i++) {
        if (table->factors[i] == factor)
            return 0;
        n += !dealing->is_met[table->factors[i]][factor];
    }
    return n;
}

/* The one that brings most new pairs for its levels; false: nobody is of use. */
static bool find_member(const struct dealing *dealing, const struct tally_table *table,
                        size_t *member)
{
    const struct tally_plan *plan = dealing->plan;
    double best = 0;
    for (size_t f = 0; f < plan->n_factors; f++) {
        double gain =
            (double)count_new(dealing, table, f) / log((double)n_levels(plan, f) + 1);
        if (!has_room(plan, table, f) || gain <= best)
            continue;
        best = gain;
        *member = f;
    }
    return best > 0;
}

static bool deal_pairs(struct dealing *dealing)
{
    struct tally_plan *plan = dealing->plan;
    size_t pair[2], member;
    for (size_t t = 0; t < plan->n_parts; t++)
        list_pairs(dealing, &plan->tables[t]);
    while (find_pair(dealing, pair)) {
        struct tally_table *table = begin_table(plan);
        if (!table)
            return false;
        put(plan, table, pair[0]);
        put(plan, table, pair[1]);
        while (find_member(dealing, table, &member))
            put(plan, table, member);
        list_pairs(dealing, table);
    }
    return true;
}

/* Each factor's places in its tables. */
static void lay_out(struct tally_plan *plan)
{
    for (size_t t = 0; t < plan->n_tables; t++) {
        struct tally_table *table = &plan->tables[t];
        table->first = plan->n_places;
        for (size_t i = table->n_factors, stride = 1; i-- > 0;) {
            table->strides[i] = stride;
            stride *= n_levels(plan, table->factors[i]);
        }
        plan->n_places += table->n_places;
        plan->n_part_places += t < plan->n_parts ? table->n_places : 0;
    }
}

/* ---- what an entry does ---- */

static void step_factor(const struct tally_plan *plan, const struct tally_steps *steps,
                        size_t t, size_t i)
{
    const struct tally_table *table = &plan->tables[t];
    const struct tally_factor *factor = &plan->factors[table->factors[i]];
    for (size_t j = 0; j < factor->n_columns; j++)
        steps->steps[(factor->first + j) * steps->stride + t] =
            (uint16_t)((factor->may_lack + j) * table->strides[i]);
}

static int make_steps(const struct tally_plan *plan, size_t n_tables,
                      struct tally_steps *steps, struct error *err)
{
    steps->stride = (n_tables + LANES - 1) / LANES * LANES;
    steps->first = memory_new(steps->stride, sizeof(*steps->first), err);
    steps->steps =
        memory_new(steps->stride * plan->n_columns, sizeof(*steps->steps), err);
    if (!steps->first || !steps->steps)
        return -1;
    for (size_t t = 0; t < n_tables; t++) {
        steps->first[t] = (uint16_t)plan->tables[t].first;
        for (size_t i = 0; i < plan->tables[t].n_factors; i++)
            step_factor(plan, steps, t, i);
    }
    return 0;
}

static int make_columns(struct tally_plan *plan, struct error *err)
{
    plan->number = memory_new(plan->n_columns, sizeof(*plan->number), err);
    if (!plan->number || make_steps(plan, plan->n_tables, &plan->of_tables, err) < 0 ||
        make_steps(plan, plan->n_parts, &plan->of_parts, err) < 0)
        return -1;
    memset(plan->number, TALLY_NUMBERS, plan->n_columns);
    for (size_t k = 0; k < plan->n_numbers; k++)
        plan->number[plan->numbers[k]] = (uint8_t)k;
    return 0;
}

/* ---- the whole ---- */

size_t tally_plan_n_sums(const struct tally_plan *plan)
{
    size_t n_mixed = plan->n_numbers > 0 ? plan->n_part_places * TALLY_NUMBERS : 0;
    return TALLY_PADDED(plan->n_places) + n_mixed + TALLY_NUMBERS * TALLY_NUMBERS;
}

bool tally_plan_pays(const struct tally_plan *plan, uint64_t n_rows, uint64_t n_entries)
{
    double a_row = (double)n_entries / (double)n_rows;
    double products = a_row * (a_row + 1) / 2;
    double saved = products - PRODUCTS_A_PLACE * (double)plan->n_tables;
    return saved * (double)n_rows >= PRODUCTS_TO_SAVE * (double)tally_plan_n_sums(plan);
}

static bool may_pay(const struct design *design)
{
    return design->storage == DESIGN_CSR_F64 && design->n_columns <= MOST_COLUMNS &&
           design->n_rows >= LEAST_ROWS &&
           design_n_entries(design) >= LEAST_ENTRIES * design->n_rows;
}

static bool plan_tables(struct tally_plan *plan, const struct scan *scan)
{
    const struct design *design = scan->design;
    struct dealing dealing = {.plan = plan};
    plan->n_columns = design->n_columns;
    if (!take_columns(plan, scan) || !deal_parts(plan) || !deal_pairs(&dealing))
        return false;
    lay_out(plan);
    double n_cells = (double)plan->n_columns * (double)plan->n_columns;
    return (double)tally_plan_n_sums(plan) <= TALLY_MOST_SUMS * n_cells &&
           tally_plan_pays(plan, design->n_rows, design_n_entries(design));
}

static int make_plan(struct tally_plan **plan, const struct scan *scan, struct error *err)
{
    struct tally_plan *made = memory_new(1, sizeof(*made), err);
    if (!made)
        return -1;
    bool pays = plan_tables(made, scan);
    int status = pays ? make_columns(made, err) : 0;
    if (!pays || status < 0)
        tally_plan_free(made);
    else
        *plan = made;
    return status;
}

int tally_plan_find(struct tally_plan **plan, const struct design *design,
                    struct pool *pool, struct error *err)
{
    struct scan scan = {.design = design};
    if (!may_pay(design))
        return 0;
    int status = scan_rows(&scan, pool, err);
    if (status == 0)
        status = make_plan(plan, &scan, err);
    free_scan(&scan);
    return status;
}

void tally_plan_free(struct tally_plan *plan)
{
    if (!plan)
        return;
    memory_free(plan->of_tables.first);
    memory_free(plan->of_tables.steps);
    memory_free(plan->of_parts.first);
    memory_free(plan->of_parts.steps);
    memory_free(plan->number);
    memory_free(plan);
}
