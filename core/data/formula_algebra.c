#include "core/data/formula_algebra.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/formula.h"
#include "core/data/formula_scan.h"

/* Bounds on what is made on the way to the terms; a product counts for several steps. */
#define MOST_TERMS_EVER (4 * FORMULA_MAX_TERMS)
#define MOST_WORK (UINT64_C(1) << 26)
#define WORK_OF_PRODUCT 16U

void formula_algebra_free(struct formula_algebra *algebra)
{
    dictionary_free(&algebra->terms);
    memory_free(algebra->stamps);
    *algebra = (struct formula_algebra){0};
}

void formula_algebra_free_sum(struct formula_sum *sum)
{
    memory_free(sum->terms);
    *sum = (struct formula_sum){0};
}

static int spend(struct formula_algebra *algebra, uint64_t work, struct error *err)
{
    algebra->work += work;
    if (algebra->work > MOST_WORK || algebra->terms.n > MOST_TERMS_EVER)
        return formula_scan_refuse(algebra->position, err,
                                   "working this out takes too many terms");
    return 0;
}

/* ---- terms ---- */

size_t formula_algebra_factors(const struct formula_algebra *algebra, uint32_t term,
                               uint32_t *factors)
{
    size_t n_bytes;
    const char *bytes = dictionary_text(&algebra->terms, term, &n_bytes);
    memcpy(factors, bytes, n_bytes);
    return n_bytes / sizeof(*factors);
}

static uint32_t find_term(struct formula_algebra *algebra, const uint32_t *factors,
                          size_t n, struct error *err)
{
    if (n > FORMULA_ALGEBRA_MAX_FACTORS) {
        formula_scan_refuse(algebra->position, err, "a term may have at most %u factors",
                            FORMULA_ALGEBRA_MAX_FACTORS);
        return DICTIONARY_NONE;
    }
    return dictionary_add(&algebra->terms, (const char *)factors, n * sizeof(*factors),
                          err);
}

/* The factors of both, each once. */
static size_t unite(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b,
                    uint32_t *both)
{
    size_t n = 0, i = 0, j = 0;
    while (i < n_a || j < n_b) {
        uint32_t next = j == n_b || (i < n_a && a[i] < b[j]) ? a[i] : b[j];
        both[n++] = next;
        i += i < n_a && a[i] == next;
        j += j < n_b && b[j] == next;
    }
    return n;
}

static uint32_t multiply(struct formula_algebra *algebra, uint32_t left, uint32_t right,
                         struct error *err)
{
    uint32_t a[FORMULA_ALGEBRA_MAX_FACTORS], b[FORMULA_ALGEBRA_MAX_FACTORS];
    uint32_t both[2 * FORMULA_ALGEBRA_MAX_FACTORS];
    size_t n_a = formula_algebra_factors(algebra, left, a);
    size_t n_b = formula_algebra_factors(algebra, right, b);
    return find_term(algebra, both, unite(a, n_a, b, n_b, both), err);
}

/* ---- lists of terms ---- */

static int append(struct formula_algebra *algebra, struct formula_sum *sum, uint32_t term,
                  struct error *err)
{
    if (sum->n == sum->capacity) {
        size_t capacity = sum->capacity > 0 ? 2 * sum->capacity : 4;
        uint32_t *terms = memory_resize(sum->terms, capacity, sizeof(*terms), err);
        if (!terms)
            return -1;
        sum->terms = terms;
        sum->capacity = capacity;
    }
    sum->terms[sum->n++] = term;
    return spend(algebra, 1, err);
}

static int begin_pass(struct formula_algebra *algebra, struct error *err)
{
    size_t n = algebra->terms.n;
    if (n > algebra->n_stamps) {
        uint32_t *stamps = memory_resize(algebra->stamps, 2 * n, sizeof(*stamps), err);
        if (!stamps)
            return -1;
        memset(stamps + algebra->n_stamps, 0,
               (2 * n - algebra->n_stamps) * sizeof(*stamps));
        algebra->stamps = stamps;
        algebra->n_stamps = 2 * n;
    }
    algebra->pass++;
    return 0;
}

/* Is this the first time in this pass? */
static bool is_first(struct formula_algebra *algebra, uint32_t term)
{
    bool first = algebra->stamps[term] != algebra->pass;
    algebra->stamps[term] = algebra->pass;
    return first;
}

static void keep_first(struct formula_algebra *algebra, struct formula_sum *sum)
{
    size_t n = 0;
    for (size_t i = 0; i < sum->n; i++)
        if (is_first(algebra, sum->terms[i]))
            sum->terms[n++] = sum->terms[i];
    sum->n = n;
}

int formula_algebra_distinct(struct formula_algebra *algebra, struct formula_sum *sum,
                             struct error *err)
{
    if (begin_pass(algebra, err) < 0 || spend(algebra, sum->n, err) < 0)
        return -1;
    keep_first(algebra, sum);
    if (sum->n > FORMULA_MAX_TERMS)
        return formula_scan_refuse(algebra->position, err, "there are more than %u terms",
                                   FORMULA_MAX_TERMS);
    return 0;
}

/* ---- + and - ---- */

int formula_algebra_add_factor(struct formula_algebra *algebra, struct formula_sum *left,
                               uint32_t factor, struct error *err)
{
    uint32_t term = find_term(algebra, &factor, 1, err);
    return term == DICTIONARY_NONE ? -1 : append(algebra, left, term, err);
}

static void take_traits(struct formula_sum *left, const struct formula_sum *right)
{
    left->intercept = right->intercept ? right->intercept : left->intercept;
    left->has_offset = left->has_offset || right->has_offset;
}

/* Terms that come again stay until they are too many, so that long sums are linear. */
int formula_algebra_add(struct formula_algebra *algebra, struct formula_sum *left,
                        const struct formula_sum *right, struct error *err)
{
    for (size_t i = 0; i < right->n; i++)
        if (append(algebra, left, right->terms[i], err) < 0)
            return -1;
    take_traits(left, right);
    return left->n > 2 * FORMULA_MAX_TERMS ? formula_algebra_distinct(algebra, left, err)
                                           : 0;
}

int formula_algebra_subtract(struct formula_algebra *algebra, struct formula_sum *left,
                             const struct formula_sum *right, struct error *err)
{
    if (right->has_offset)
        return formula_scan_refuse(algebra->position, err,
                                   "an offset cannot be taken away; leave it out");
    if (begin_pass(algebra, err) < 0 ||
        spend(algebra, (uint64_t)left->n + right->n, err) < 0)
        return -1;
    size_t n = 0;
    for (size_t i = 0; i < right->n; i++)
        is_first(algebra, right->terms[i]);
    for (size_t i = 0; i < left->n; i++)
        if (algebra->stamps[left->terms[i]] != algebra->pass)
            left->terms[n++] = left->terms[i];
    left->n = n;
    left->intercept = right->intercept ? -right->intercept : left->intercept;
    return 0;
}

/* ---- products ---- */

static int check_product(const struct formula_algebra *algebra,
                         const struct formula_sum *left, const struct formula_sum *right,
                         struct error *err)
{
    return left->has_offset || right->has_offset
               ? formula_scan_refuse(algebra->position, err,
                                     "an offset can only be added to other terms")
               : 0;
}

/* Appends a:b for each a of left, up to n_left, and each b of right. */
static int append_products(struct formula_algebra *algebra, struct formula_sum *out,
                           const uint32_t *left, size_t n_left,
                           const struct formula_sum *right, struct error *err)
{
    for (size_t i = 0; i < n_left; i++)
        for (size_t j = 0; j < right->n; j++) {
            uint32_t product = multiply(algebra, left[i], right->terms[j], err);
            if (product == DICTIONARY_NONE || spend(algebra, WORK_OF_PRODUCT, err) < 0 ||
                append(algebra, out, product, err) < 0)
                return -1;
        }
    return formula_algebra_distinct(algebra, out, err);
}

/* Puts `fresh` in the place of left, unless something failed. */
static int replace(struct formula_sum *left, struct formula_sum *fresh, int result)
{
    if (result < 0) {
        formula_algebra_free_sum(fresh);
        return -1;
    }
    formula_algebra_free_sum(left);
    *left = *fresh;
    return 0;
}

int formula_algebra_interact(struct formula_algebra *algebra, struct formula_sum *left,
                             const struct formula_sum *right, struct error *err)
{
    struct formula_sum fresh = {.intercept = left->intercept};
    take_traits(&fresh, right);
    if (left->intercept > 0 || right->intercept > 0)
        return formula_scan_refuse(algebra->position, err,
                                   "the intercept 1 cannot be a factor of a term");
    return check_product(algebra, left, right, err) < 0
               ? -1
               : replace(
                     left, &fresh,
                     append_products(algebra, &fresh, left->terms, left->n, right, err));
}

int formula_algebra_cross(struct formula_algebra *algebra, struct formula_sum *left,
                          const struct formula_sum *right, struct error *err)
{
    struct formula_sum fresh = {0};
    int result = check_product(algebra, left, right, err);
    if (result == 0)
        result = formula_algebra_add(algebra, &fresh, left, err);
    if (result == 0)
        result = formula_algebra_add(algebra, &fresh, right, err);
    if (result == 0)
        result = append_products(algebra, &fresh, left->terms, left->n, right, err);
    return replace(left, &fresh, result);
}

/* The term of all factors of a sum. */
static int unite_all(struct formula_algebra *algebra, const struct formula_sum *sum,
                     uint32_t *all, struct error *err)
{
    *all = sum->terms[0];
    for (size_t i = 1; i < sum->n; i++) {
        *all = multiply(algebra, *all, sum->terms[i], err);
        if (*all == DICTIONARY_NONE || spend(algebra, WORK_OF_PRODUCT, err) < 0)
            return -1;
    }
    return 0;
}

int formula_algebra_nest(struct formula_algebra *algebra, struct formula_sum *left,
                         const struct formula_sum *right, struct error *err)
{
    uint32_t all;
    if (check_product(algebra, left, right, err) < 0)
        return -1;
    take_traits(left, right);
    if (left->n == 0)
        return 0;
    return unite_all(algebra, left, &all, err) < 0 ||
                   append_products(algebra, left, &all, 1, right, err) < 0
               ? -1
               : 0;
}

int formula_algebra_raise(struct formula_algebra *algebra, struct formula_sum *left,
                          double exponent, struct error *err)
{
    struct formula_sum base = {0};
    int result = check_product(algebra, left, left, err);
    if (result == 0)
        result = formula_algebra_distinct(algebra, left, err);
    if (result == 0)
        result = formula_algebra_add(algebra, &base, left, err);
    for (size_t n = 0; result == 0 && n < left->n && exponent > 1; exponent--) {
        n = left->n; /* when nothing is new, it is at its end */
        result = formula_algebra_cross(algebra, left, &base, err);
    }
    formula_algebra_free_sum(&base);
    return result;
}
