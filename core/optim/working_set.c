#include "core/optim/working_set.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/l1.h"

/* New ones of a set: as many as are in it already, and no fewer than this. */
#define LEAST_NEW 64U
/* An excess of the gradient over l1 below this share of l1 is rounding. */
#define NOISE 1e-14
#define SEED 1U

int working_set_new(struct working_set *set, const struct objective *objective,
                    struct error *err)
{
    struct working_set made = {0};
    made.coordinates = memory_new(objective->n, sizeof(*made.coordinates), err);
    made.candidates = memory_new(objective->n, sizeof(*made.candidates), err);
    if (!made.coordinates || !made.candidates) {
        working_set_free(&made);
        return -1;
    }
    *set = made;
    return 0;
}

void working_set_free(struct working_set *set)
{
    memory_free(set->coordinates);
    memory_free(set->candidates);
    *set = (struct working_set){0};
}

/* The order of candidates, no two of which are equal. */
static bool is_before(const struct working_set_candidate *a,
                      const struct working_set_candidate *b)
{
    return a->score != b->score ? a->score > b->score : a->coordinate < b->coordinate;
}

static void swap(struct working_set_candidate *a, struct working_set_candidate *b)
{
    struct working_set_candidate held = *a;
    *a = *b;
    *b = held;
}

/* Those before the one at `pivot` to the front, those behind it to the back; returns
 * where it is then. */
static size_t part_at(struct working_set_candidate *candidates, size_t first, size_t end,
                      size_t pivot)
{
    struct working_set_candidate *last = &candidates[end - 1];
    size_t place = first;
    swap(&candidates[pivot], last);
    for (size_t i = first; i < end - 1; i++)
        if (is_before(&candidates[i], last))
            swap(&candidates[place++], &candidates[i]);
    swap(&candidates[place], last);
    return place;
}

/* Hoare's selection: the first ones of the order in front of `most`, in any order. Drawn
 * pivots, so that no order that data come in is a slow one. */
static void select_first(struct working_set_candidate *candidates, size_t first,
                         size_t end, size_t most)
{
    struct random random = random_start(SEED, 0);
    while (end - first > 1) {
        size_t pivot = first + (size_t)random_below(&random, end - first);
        size_t place = part_at(candidates, first, end, pivot);
        if (place == most)
            return;
        if (place < most)
            first = place + 1;
        else
            end = place;
    }
}

static int by_coordinate(const void *one, const void *other)
{
    size_t a = *(const size_t *)one, b = *(const size_t *)other;
    return a < b ? -1 : a > b;
}

/* Those that move, behind the n there are; returns how many there are now. */
static size_t add_candidates(struct working_set *set, const struct objective *objective,
                             const struct objective_point *point, struct l1_among among,
                             bool are_new, size_t n)
{
    double least = set->reach > 0 && set->reach < 1 ? set->reach : 1;
    for (size_t k = 0; k < among.n; k++) {
        size_t i = among.coordinates ? among.coordinates[k] : k;
        double l1 = objective->l1 ? objective->l1[i] : 0, size = fabs(point->gradient[i]);
        bool is_new = point->beta[i] == 0 && l1 > 0;
        if (is_new != are_new || (is_new && size <= least * l1))
            continue;
        bool exceeds = size > l1 + NOISE * l1;
        if (is_new && !exceeds && !(set->reach > 0))
            continue;
        double slope = fabs(l1_slope(point->beta[i], point->gradient[i], l1));
        if (is_new && !exceeds)
            slope = size / l1 - 1 - NOISE;
        set->candidates[n++] = (struct working_set_candidate){
            .score = l1 == 0 ? INFINITY : slope, .coordinate = i};
    }
    return n;
}

/* The greatest `most` of candidates first…n-1 to the front; returns where they end. */
static size_t keep_greatest(struct working_set *set, size_t first, size_t n, size_t most)
{
    if (n - first <= most)
        return n;
    select_first(set->candidates, first, n, first + most);
    return first + most;
}

static double norm_behind(const struct working_set *set, size_t n)
{
    double squares = 0;
    for (size_t i = set->n; i < n; i++) {
        double slope = fmax(0, set->candidates[i].score);
        squares += slope * slope;
    }
    return sqrt(squares);
}

void working_set_choose(struct working_set *set, const struct objective *objective,
                        const struct objective_point *point)
{
    working_set_choose_among(set, objective, point, (struct l1_among){.n = objective->n});
}

void working_set_choose_among(struct working_set *set, const struct objective *objective,
                              const struct objective_point *point, struct l1_among among)
{
    size_t n_old = add_candidates(set, objective, point, among, false, 0);
    size_t n = add_candidates(set, objective, point, among, true, n_old);
    size_t n_new = n_old > LEAST_NEW ? n_old : LEAST_NEW;
    if (n_old + n_new <= WORKING_SET_MOST)
        set->n = keep_greatest(set, n_old, n, n_new);
    else
        set->n = keep_greatest(set, 0, n, WORKING_SET_MOST);
    set->left_out = norm_behind(set, n);
    for (size_t i = 0; i < set->n; i++)
        set->coordinates[i] = set->candidates[i].coordinate;
    qsort(set->coordinates, set->n, sizeof(*set->coordinates), by_coordinate);
}
