#include "core/data/quantiles.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/radix.h"

#define MOST_SAMPLES 131072U
#define MOST_LEVELS 24U
#define LEAST_CAPACITY 8U
#define LEAST_SHARE 384U /* values of a column, however many columns there are */

/* What is kept of one column: buffers one behind the other, the values of each standing
 * for twice as many as those of the one before. */
struct sketch {
    uint64_t row;            /* the next one */
    uint32_t n[MOST_LEVELS]; /* values in each buffer */
    uint64_t n_turns;        /* how often a buffer was thinned out */
};

struct quantiles {
    uint64_t stride; /* rows of a stratum */
    size_t n_levels;
    size_t capacity[MOST_LEVELS]; /* of each buffer; even where there are several */
    size_t start[MOST_LEVELS];    /* of each in its column's values */
    size_t n_values;              /* of a column */
    struct sketch *sketches;      /* [n_columns] */
    double *values;               /* [n_columns × n_values] */
    struct radix_room room;       /* of the largest capacity */
};

/* ---- how much room there is ---- */

/* Buffers of a share: each has two thirds of the next one's room, as a value that is
 * lost there weighs half as much (Karnin, Lang and Liberty, "Optimal quantile
 * approximation in streams", FOCS 2016). Returns the last one's. */
static size_t divide(struct quantiles *quantiles, size_t share)
{
    size_t n = quantiles->n_levels;
    double left = ((double)share - LEAST_CAPACITY * (double)n) / 3;
    for (size_t level = n; level-- > 0; left *= 2.0 / 3) {
        size_t capacity = (size_t)left & ~(size_t)1;
        quantiles->capacity[level] =
            capacity > LEAST_CAPACITY ? capacity : LEAST_CAPACITY;
    }
    quantiles->n_values = 0;
    for (size_t level = 0; level < n; level++) {
        quantiles->start[level] = quantiles->n_values;
        quantiles->n_values += quantiles->capacity[level];
    }
    return quantiles->capacity[n - 1];
}

static void plan(struct quantiles *quantiles, uint64_t n_rows, size_t n_columns)
{
    uint64_t n_samples = n_rows < MOST_SAMPLES ? n_rows : MOST_SAMPLES;
    size_t share = QUANTILES_BYTES / sizeof(double) / (n_columns > 0 ? n_columns : 1);
    share = share < LEAST_SHARE ? LEAST_SHARE : share;
    quantiles->stride = n_rows / MOST_SAMPLES + (n_rows % MOST_SAMPLES != 0);
    quantiles->n_levels = 1;
    quantiles->n_values = quantiles->capacity[0] = (size_t)n_samples;
    if (n_samples <= share)
        return;
    do
        quantiles->n_levels++;
    while (n_samples >> (quantiles->n_levels - 1) > divide(quantiles, share));
}

struct quantiles *quantiles_new(uint64_t n_rows, size_t n_columns, struct error *err)
{
    size_t n_values;
    struct quantiles *quantiles = memory_new(1, sizeof(*quantiles), err);
    if (!quantiles)
        return NULL;
    plan(quantiles, n_rows, n_columns);
    quantiles->sketches = memory_new(n_columns, sizeof(*quantiles->sketches), err);
    if (memory_product(n_columns, quantiles->n_values, &n_values))
        quantiles->values = memory_new(n_values, sizeof(double), err);
    if (quantiles->sketches && quantiles->values &&
        radix_room_make(&quantiles->room, quantiles->capacity[quantiles->n_levels - 1],
                        err) == 0)
        return quantiles;
    quantiles_free(quantiles);
    return NULL;
}

void quantiles_free(struct quantiles *quantiles)
{
    if (!quantiles)
        return;
    memory_free(quantiles->sketches);
    memory_free(quantiles->values);
    radix_room_free(&quantiles->room);
    memory_free(quantiles);
}

/* ---- values coming in ---- */

/* What serves as random (the finalizer of splitmix64: Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014). */
static uint64_t mix(uint64_t number)
{
    uint64_t hash = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

static double *buffer_of(const struct quantiles *quantiles, size_t column, size_t level)
{
    return quantiles->values + column * quantiles->n_values + quantiles->start[level];
}

static void thin_out(struct quantiles *quantiles, size_t column, size_t level);

/* Where the next value of a buffer goes; there is room in the last one. */
static double *make_room(struct quantiles *quantiles, size_t column, size_t level)
{
    struct sketch *sketch = &quantiles->sketches[column];
    if (sketch->n[level] == quantiles->capacity[level])
        thin_out(quantiles, column, level);
    return buffer_of(quantiles, column, level) + sketch->n[level];
}

/* The values of a full buffer, which is even, make half as many of the next one. */
static void thin_out(struct quantiles *quantiles, size_t column, size_t level)
{
    struct sketch *sketch = &quantiles->sketches[column];
    double *values = buffer_of(quantiles, column, level);
    size_t n = quantiles->capacity[level] / 2, first = mix(sketch->n_turns++) & 1;
    radix_sort(values, 2 * n, &quantiles->room);
    for (size_t i = 0; i < n; i++) {
        *make_room(quantiles, column, level + 1) = values[2 * i + first];
        sketch->n[level + 1]++;
    }
    sketch->n[level] = 0;
}

static uint64_t pick(uint64_t stratum, uint64_t stride)
{
    return stratum * stride + mix(stratum) % stride;
}

void quantiles_add(struct quantiles *quantiles, size_t column, const double *values,
                   size_t n)
{
    struct sketch *sketch = &quantiles->sketches[column];
    uint64_t first = sketch->row, end = first + n, stride = quantiles->stride;
    for (uint64_t stratum = first / stride;; stratum++) {
        uint64_t row = stride == 1 ? stratum : pick(stratum, stride);
        if (row >= end)
            break;
        if (row < first || isnan(values[row - first]))
            continue;
        *make_room(quantiles, column, 0) = values[row - first];
        sketch->n[0]++;
    }
    sketch->row = end;
}

/* ---- what comes of them ---- */

/* Of values that all count alike. */
static void find_by_place(const struct quantiles *quantiles, double *values, size_t n,
                          double found[SUMMARY_QUANTILES])
{
    size_t places[2 * SUMMARY_QUANTILES];
    double parts[SUMMARY_QUANTILES], ends[2 * SUMMARY_QUANTILES];
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        double place = (double)(n - 1) * summary_shares[i];
        size_t below = (size_t)place;
        places[2 * i] = below;
        places[2 * i + 1] = below + 1 < n ? below + 1 : below;
        parts[i] = place - (double)below;
    }
    radix_select(values, n, places, 2 * SUMMARY_QUANTILES, ends, &quantiles->room);
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++)
        found[i] = parts[i] == 0 || places[2 * i] == places[2 * i + 1]
                       ? ends[2 * i]
                       : (1 - parts[i]) * ends[2 * i] + parts[i] * ends[2 * i + 1];
}

/* The least value left in the sorted buffers, of which at[] have been taken; its weight
 * is returned. There is one. */
static uint64_t take_least(const struct quantiles *quantiles, size_t column,
                           uint32_t at[MOST_LEVELS], double *value)
{
    const struct sketch *sketch = &quantiles->sketches[column];
    size_t least = MOST_LEVELS;
    for (size_t level = 0; level < quantiles->n_levels; level++) {
        const double *values = buffer_of(quantiles, column, level);
        if (at[level] < sketch->n[level] &&
            (least == MOST_LEVELS || values[at[level]] < *value)) {
            least = level;
            *value = values[at[level]];
        }
    }
    at[least]++;
    return UINT64_C(1) << least;
}

/* The values in whose weight the shares of all weight fall. */
static void find_by_weight(const struct quantiles *quantiles, size_t column,
                           double found[SUMMARY_QUANTILES])
{
    uint64_t all = 0, weight = 0;
    uint32_t at[MOST_LEVELS] = {0};
    double value = 0;
    for (size_t level = 0; level < quantiles->n_levels; level++) {
        uint32_t n = quantiles->sketches[column].n[level];
        radix_sort(buffer_of(quantiles, column, level), n, &quantiles->room);
        all += (uint64_t)n << level;
    }
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        double place = (double)(all - 1) * summary_shares[i];
        while ((double)weight <= place)
            weight += take_least(quantiles, column, at, &value);
        found[i] = value;
    }
}

bool quantiles_find(struct quantiles *quantiles, size_t column,
                    double found[SUMMARY_QUANTILES])
{
    const struct sketch *sketch = &quantiles->sketches[column];
    bool is_thin = false, has_any = false;
    for (size_t level = 0; level < quantiles->n_levels; level++) {
        has_any = has_any || sketch->n[level] > 0;
        is_thin = is_thin || (level > 0 && sketch->n[level] > 0);
    }
    if (is_thin)
        find_by_weight(quantiles, column, found);
    else if (has_any)
        find_by_place(quantiles, buffer_of(quantiles, column, 0), sketch->n[0], found);
    return has_any;
}
