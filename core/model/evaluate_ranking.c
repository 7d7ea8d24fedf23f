#include "core/model/evaluate_ranking.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/kernel/twofold.h"

/* ---- sorting: by the bytes of the scores, the last one first ---- */

#define N_BYTES 8U
#define N_VALUES 256U

/* A number that is the smaller the greater the score is. */
static uint64_t key_of(double score)
{
    uint64_t bits;
    score += 0.0; /* no minus */
    memcpy(&bits, &score, sizeof(bits));
    return bits >> 63 ? bits : ~(bits | (uint64_t)1 << 63);
}

static size_t byte_of(uint64_t key, size_t byte)
{
    return (size_t)(key >> (8 * byte)) & (N_VALUES - 1);
}

/* counts[byte][value]; of a pass where all cases have the same there is nothing to do. */
static void count_bytes(const struct evaluate_case *cases, size_t n,
                        size_t counts[N_BYTES][N_VALUES])
{
    memset(counts, 0, N_BYTES * sizeof(*counts));
    for (size_t i = 0; i < n; i++) {
        uint64_t key = key_of(cases[i].score);
        for (size_t byte = 0; byte < N_BYTES; byte++)
            counts[byte][byte_of(key, byte)]++;
    }
}

/* Counts become the places where each value starts. */
static void find_places(size_t counts[N_VALUES])
{
    size_t place = 0;
    for (size_t v = 0; v < N_VALUES; v++) {
        size_t count = counts[v];
        counts[v] = place;
        place += count;
    }
}

void evaluate_ranking_sort(struct evaluate_case *cases, size_t n,
                           struct evaluate_case *spare)
{
    size_t counts[N_BYTES][N_VALUES];
    struct evaluate_case *from = cases, *to = spare;
    if (n == 0)
        return;
    count_bytes(cases, n, counts);
    for (size_t byte = 0; byte < N_BYTES; byte++) {
        if (counts[byte][byte_of(key_of(from[0].score), byte)] == n)
            continue;
        find_places(counts[byte]);
        for (size_t i = 0; i < n; i++)
            to[counts[byte][byte_of(key_of(from[i].score), byte)]++] = from[i];
        struct evaluate_case *swap = from;
        from = to;
        to = swap;
    }
    if (from != cases)
        memcpy(cases, from, n * sizeof(*cases));
}

/* ---- walking down the scores ---- */

struct walk {
    const struct evaluate_case *cases;
    size_t n, at;
    double scale;          /* of weights so great that products might overflow */
    struct twofold tp, fp; /* so far; scaled */
    double p, q;           /* of the score that was passed last */
};

static double value_of(struct twofold sum)
{
    return sum.high + sum.low;
}

/* A power of two, so that it changes nothing but the size. */
static double scale_of(const struct evaluate_case *cases, size_t n)
{
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, fabs(cases[i].weight));
    return greatest < 0x1p200 ? 1 : 1 / exp2(floor(log2(greatest)));
}

/* Passes all cases with the next score; false behind the last. */
static bool pass_score(struct walk *walk)
{
    struct twofold p = {0, 0}, q = {0, 0};
    if (walk->at == walk->n)
        return false;
    double score = walk->cases[walk->at].score;
    for (; walk->at < walk->n && walk->cases[walk->at].score == score; walk->at++) {
        double weight = walk->cases[walk->at].weight * walk->scale;
        if (weight > 0)
            p = twofold_add(p, (struct twofold){weight, 0});
        else
            q = twofold_add(q, (struct twofold){-weight, 0});
    }
    walk->p = value_of(p);
    walk->q = value_of(q);
    walk->tp = twofold_add(walk->tp, p);
    walk->fp = twofold_add(walk->fp, q);
    return true;
}

/* ---- the areas ---- */

struct areas {
    struct twofold ranks; /* Σ over cases of the other class of the positives above */
    struct twofold precision;
};

static void add_areas(struct areas *areas, const struct walk *walk)
{
    double tp = value_of(walk->tp), fp = value_of(walk->fp);
    double above = tp - walk->p / 2;
    areas->ranks = twofold_add(areas->ranks, (struct twofold){above * walk->q, 0});
    if (walk->p > 0)
        areas->precision = twofold_add(areas->precision,
                                       (struct twofold){walk->p * (tp / (tp + fp)), 0});
}

/* Returns how many scores there are; what is left in the walk are the totals. */
static size_t measure(struct walk *walk, struct areas *areas)
{
    size_t n_distinct = 0;
    while (pass_score(walk)) {
        add_areas(areas, walk);
        n_distinct++;
    }
    return n_distinct;
}

/* ---- the points ---- */

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

/* Scaled, as positives and negatives are. */
static void keep_points(struct walk *walk, double positives, double negatives,
                        struct evaluate_ranking *ranking)
{
    bool are_few = ranking->n_distinct <= EVALUATE_RANKING_POINTS;
    const double n_parts = EVALUATE_RANKING_POINTS - 1;
    double next = 0; /* part */
    while (pass_score(walk)) {
        double tp = value_of(walk->tp), fp = value_of(walk->fp);
        double way = (share(tp, positives) + share(fp, negatives)) / 2;
        if (!are_few && way * n_parts < next && walk->at < walk->n)
            continue;
        next = floor(way * n_parts) + 1;
        ranking->points[ranking->n_points++] = (struct evaluate_point){
            walk->cases[walk->at - 1].score, tp / walk->scale, fp / walk->scale};
    }
}

/* ---- the whole ---- */

void evaluate_ranking_make(const struct evaluate_case *cases, size_t n,
                           struct evaluate_ranking *ranking)
{
    const struct walk start = {.cases = cases, .n = n, .scale = scale_of(cases, n)};
    struct walk walk = start;
    struct areas areas = {{0, 0}, {0, 0}};
    *ranking = (struct evaluate_ranking){.n_distinct = measure(&walk, &areas)};
    double positives = value_of(walk.tp), negatives = value_of(walk.fp);
    ranking->positives = positives / walk.scale;
    ranking->negatives = negatives / walk.scale;
    ranking->auc = positives > 0 && negatives > 0
                       ? value_of(areas.ranks) / positives / negatives
                       : (double)NAN;
    ranking->average_precision =
        positives > 0 ? value_of(areas.precision) / positives : (double)NAN;
    walk = start;
    keep_points(&walk, positives, negatives, ranking);
}
