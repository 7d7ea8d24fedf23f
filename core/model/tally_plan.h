/*
 * Which columns of a sparse design are levels of factors, and which factors are counted
 * together (core/kernel/tally_rows.h). One-hot columns are what it is for, however they
 * have come: coded here, or by whoever wrote the file.
 *
 * A factor is a run of columns that hold nothing but ones, and of which no row has two: a
 * column begins a new one where some row has it and another of the run, which the entry
 * before it tells. Rows that have none of them are at a level of their own. Columns with
 * other values are numbers, of which there may be a few.
 *
 * Factors are dealt out to tables of up to TALLY_PLAN_PLACES places, each to one of the
 * parts, the largest first; then tables are added until each two factors are together in
 * one, each begun by the two with most levels that are not yet, and filled by those that
 * bring most new pairs. Only pairs are wanted of a table, so its factors may be many.
 */
#ifndef LOGITD_CORE_MODEL_TALLY_PLAN_H
#define LOGITD_CORE_MODEL_TALLY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/kernel/tally_rows.h"

#define TALLY_MOST_FACTORS 32U
#define TALLY_TABLE_FACTORS 12U
#define TALLY_PLAN_PLACES 512U
#define TALLY_PLAN_MIXED 96U /* of a part, where there are numbers */
#define TALLY_MOST_SUMS 1.5  /* by places and numbers, for each cell of the Hessian */

/* So many doubles in whole lines of memory. */
#define TALLY_PADDED(n) (((n) + 7) / 8 * 8)

struct tally_factor {
    size_t first, n_columns;
    bool may_lack; /* some row has none of them: level 0, and columns follow */
    size_t n_levels;
};

/* Two factors of a table, and where they are in it; each two are in one table's list. */
struct tally_pair {
    size_t low, high;
};

struct tally_table {
    size_t n_factors;
    size_t factors[TALLY_TABLE_FACTORS]; /* ascending */
    size_t strides[TALLY_TABLE_FACTORS]; /* of a level; the last one's is 1 */
    size_t first, n_places;
    size_t n_pairs;
    struct tally_pair pairs[TALLY_TABLE_FACTORS * (TALLY_TABLE_FACTORS - 1) / 2];
};

struct tally_plan {
    size_t n_columns;
    size_t n_factors;
    struct tally_factor factors[TALLY_MOST_FACTORS];
    size_t n_tables, n_parts;
    struct tally_table tables[TALLY_MOST_TABLES];
    size_t n_places, n_part_places;
    size_t n_numbers;
    size_t numbers[TALLY_NUMBERS]; /* their columns, ascending */
    /* What entries do, of all tables and of the parts by themselves. */
    struct tally_steps {
        size_t stride;   /* of places */
        uint16_t *first; /* as in struct tally_columns */
        uint16_t *steps;
    } of_tables, of_parts;
    uint8_t *number;
};

/* *plan stays NULL where a plan would not be worth its while for the rows. The same for
 * any pool. It holds for any of the design's rows by themselves. */
int tally_plan_find(struct tally_plan **plan, const struct design *design,
                    struct pool *pool, struct error *err) MUST_CHECK;
void tally_plan_free(struct tally_plan *plan); /* NULL is fine */

/* Is it worth its while for so many rows with so many entries? */
bool tally_plan_pays(const struct tally_plan *plan, uint64_t n_rows, uint64_t n_entries);

/* Numbers that are added up for a Hessian: by places, which are padded to whole lines of
 * memory, by places of the parts and numbers, by two numbers. */
size_t tally_plan_n_sums(const struct tally_plan *plan);

#endif
