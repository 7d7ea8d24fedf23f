#include "core/data/split.h"

#include <math.h>
#include <stdbool.h>

#include "core/base/memory.h"
#include "core/base/random.h"

/* Epochs shuffle by the streams 1, 2, … of the same seed. */
#define STREAM UINT64_MAX

/* Of one class: rows that are left, and rows still wanted of these. */
struct stratum {
    uint64_t n_left, n_wanted;
};

static size_t class_at(const double *class_of, uint64_t i)
{
    return class_of ? (size_t)class_of[i] : 0;
}

static void count(const unsigned char *keep, uint64_t n_rows, const double *class_of,
                  struct stratum *strata)
{
    uint64_t i = 0;
    for (uint64_t row = 0; row < n_rows; row++)
        if (!keep || keep[row])
            strata[class_at(class_of, i++)].n_left++;
}

/* What is rounded off one class is carried on to the next. */
static uint64_t share_out(struct stratum *strata, size_t n_classes, double share)
{
    double exact = 0;
    uint64_t given = 0;
    for (size_t k = 0; k < n_classes; k++) {
        uint64_t n = strata[k].n_left, wanted;
        exact += share * (double)n;
        wanted = (uint64_t)floor(exact + 0.5);
        wanted = wanted > given ? wanted - given : 0;
        strata[k].n_wanted = wanted < n ? wanted : n > 0 ? n - 1 : 0;
        given += strata[k].n_wanted;
    }
    return given;
}

static bool draw(struct stratum *stratum, struct random *random)
{
    bool is_taken = random_below(random, stratum->n_left) < stratum->n_wanted;
    stratum->n_left--;
    stratum->n_wanted -= is_taken;
    return is_taken;
}

int split_rows(const unsigned char *keep, uint64_t n_rows, const double *class_of,
               size_t n_classes, double share, uint64_t seed, unsigned char *held_out,
               uint64_t *n_held_out, struct error *err)
{
    struct stratum *strata = memory_new(n_classes, sizeof(*strata), err);
    struct random random = random_start(seed, STREAM);
    uint64_t i = 0;
    if (!strata)
        return -1;
    count(keep, n_rows, class_of, strata);
    *n_held_out = share_out(strata, n_classes, share);
    for (uint64_t row = 0; row < n_rows; row++) {
        bool is_kept = !keep || keep[row];
        held_out[row] = is_kept && draw(&strata[class_at(class_of, i)], &random);
        i += is_kept;
    }
    memory_free(strata);
    return 0;
}
