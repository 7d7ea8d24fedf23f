#include "core/data/radix.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"

#define N_BUCKETS 65536U /* by the upper bits: sign, exponent, and four more */
#define N_LEAST 4096U    /* numbers for which counting them in buckets pays */
#define NO_BUCKET UINT32_MAX

int radix_room_make(struct radix_room *room, size_t n, struct error *err)
{
    struct radix_room fresh = {0};
    fresh.values = memory_new(n, sizeof(*fresh.values), err);
    if (n >= N_LEAST)
        fresh.counts = memory_new(N_BUCKETS, sizeof(*fresh.counts), err);
    if (!fresh.values || (n >= N_LEAST && !fresh.counts)) {
        radix_room_free(&fresh);
        return -1;
    }
    *room = fresh;
    return 0;
}

size_t radix_room_bytes(size_t n)
{
    return n * sizeof(double) + (n >= N_LEAST ? N_BUCKETS * sizeof(uint32_t) : 0);
}

void radix_room_free(struct radix_room *room)
{
    memory_free(room->values);
    memory_free(room->counts);
    *room = (struct radix_room){0};
}

/* Whole numbers in the order of the doubles. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | UINT64_C(1) << 63);
}

/* ---- all of them ---- */

static void count_digits(const double *values, size_t n, uint32_t counts[8][256])
{
    for (size_t i = 0; i < n; i++)
        for (uint64_t key = key_of(values[i]), k = 0; k < 8; k++)
            counts[k][key >> 8 * k & 0xff]++;
}

/* By one digit, of which there are so many of each. */
static void move_by_digit(const double *from, size_t n, size_t digit,
                          const uint32_t counts[256], double *to)
{
    uint32_t starts[256] = {0};
    for (size_t i = 1; i < 256; i++)
        starts[i] = starts[i - 1] + counts[i - 1];
    for (size_t i = 0; i < n; i++)
        to[starts[key_of(from[i]) >> 8 * digit & 0xff]++] = from[i];
}

static void sort(double *values, size_t n, double *room)
{
    uint32_t counts[8][256] = {{0}};
    double *from = values, *to = room;
    count_digits(values, n, counts);
    for (size_t digit = 0; digit < 8 && n > 1; digit++) {
        if (counts[digit][key_of(values[0]) >> 8 * digit & 0xff] == n)
            continue; /* all have the same */
        move_by_digit(from, n, digit, counts[digit], to);
        double *other = from;
        from = to;
        to = other;
    }
    if (from != values)
        memcpy(values, from, n * sizeof(*values));
}

void radix_sort(double *values, size_t n, const struct radix_room *room)
{
    sort(values, n, room->values);
}

/* ---- some of them ---- */

/* The numbers of a bucket in which there are places: where they are put, and the place of
 * the first of them. */
struct part {
    size_t at, n, first;
};

static bool has_place(const size_t *places, size_t n_places, size_t first, size_t n)
{
    for (size_t i = 0; i < n_places; i++)
        if (places[i] - first < n)
            return true;
    return false;
}

/* Counts become where the bucket's numbers are put, or NO_BUCKET. Returns how many parts
 * there are. */
static size_t choose_parts(uint32_t *counts, const size_t *places, size_t n_places,
                           struct part *parts)
{
    size_t n_parts = 0, first = 0, at = 0;
    for (size_t bucket = 0; bucket < N_BUCKETS; bucket++) {
        size_t n = counts[bucket];
        counts[bucket] = NO_BUCKET;
        if (n > 0 && has_place(places, n_places, first, n)) {
            counts[bucket] = (uint32_t)at;
            parts[n_parts++] = (struct part){at, n, first};
            at += n;
        }
        first += n;
    }
    return n_parts;
}

static size_t bucket_of(double value)
{
    return key_of(value) >> 48;
}

static void gather_parts(const double *values, size_t n, uint32_t *counts, double *to)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t *at = &counts[bucket_of(values[i])];
        if (*at != NO_BUCKET)
            to[(*at)++] = values[i];
    }
}

static double at_place(const struct part *part, const double *sorted, size_t place)
{
    while (place - part->first >= part->n)
        part++;
    return sorted[part->at + (place - part->first)];
}

void radix_select(double *values, size_t n, const size_t *places, size_t n_places,
                  double *found, const struct radix_room *room)
{
    struct part parts[RADIX_MOST_PLACES] = {{.n = n}};
    double *sorted = n < N_LEAST ? values : room->values;
    assert(n_places <= RADIX_MOST_PLACES);
    if (n < N_LEAST) {
        sort(values, n, room->values);
    } else {
        memset(room->counts, 0, N_BUCKETS * sizeof(*room->counts));
        for (size_t i = 0; i < n; i++)
            room->counts[bucket_of(values[i])]++;
        size_t n_parts = choose_parts(room->counts, places, n_places, parts);
        gather_parts(values, n, room->counts, sorted);
        for (size_t i = 0; i < n_parts; i++)
            sort(sorted + parts[i].at, parts[i].n, values);
    }
    for (size_t i = 0; i < n_places; i++)
        found[i] = at_place(parts, sorted, places[i]);
}
