#include "core/data/level_pool.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

/* What becomes of a level of the column. */
enum fate { STAYS, IS_RARE, IS_OTHER, IS_MISSING };

struct pooling {
    const struct level *levels;
    size_t n;
    const struct level_pool_request *request;
    unsigned char *fates; /* [n] */
    uint64_t n_other_rows, n_missing_rows, n_rare;
};

/* ---- which are rare ---- */

static bool is_text(const struct level *level, const char *text)
{
    return level->n_bytes == strlen(text) &&
           memcmp(level->text, text, level->n_bytes) == 0;
}

static bool pools(const struct level_pool_request *request)
{
    return request->min_count > 0 || request->max_levels > 0;
}

static enum fate fate_of(const struct level_pool_request *request,
                         const struct level *level)
{
    if (request->missing && is_text(level, LEVEL_POOL_MISSING))
        return IS_MISSING;
    if (pools(request) && is_text(level, LEVEL_POOL_OTHER))
        return IS_OTHER;
    return level->n_rows < request->min_count ? IS_RARE : STAYS;
}

static int compare_counts(const void *left, const void *right)
{
    const struct level *const *a = left, *const *b = right;
    if ((*a)->n_rows != (*b)->n_rows)
        return (*a)->n_rows > (*b)->n_rows ? -1 : 1;
    return (*a > *b) - (*a < *b);
}

/* Of those that stay, beyond the ones that most rows have. */
static int pool_beyond(struct pooling *pooling, struct error *err)
{
    size_t n = 0, most = pooling->request->max_levels;
    if (most == 0 || most >= pooling->n)
        return 0;
    const struct level **by_count = memory_new(pooling->n, sizeof(*by_count), err);
    if (!by_count)
        return -1;
    for (size_t i = 0; i < pooling->n; i++)
        if (pooling->fates[i] == STAYS)
            by_count[n++] = &pooling->levels[i];
    qsort(by_count, n, sizeof(*by_count), compare_counts);
    for (size_t i = most; i < n; i++)
        pooling->fates[by_count[i] - pooling->levels] = IS_RARE;
    memory_free(by_count);
    return 0;
}

static int choose_fates(struct pooling *pooling, struct error *err)
{
    pooling->fates = memory_new(pooling->n, sizeof(*pooling->fates), err);
    if (!pooling->fates)
        return -1;
    for (size_t i = 0; i < pooling->n; i++)
        pooling->fates[i] = (unsigned char)fate_of(pooling->request, &pooling->levels[i]);
    if (pool_beyond(pooling, err) < 0)
        return -1;
    pooling->n_missing_rows = pooling->request->missing ? pooling->request->n_missing : 0;
    for (size_t i = 0; i < pooling->n; i++) {
        enum fate fate = pooling->fates[i];
        uint64_t n_rows = pooling->levels[i].n_rows;
        pooling->n_missing_rows += fate == IS_MISSING ? n_rows : 0;
        pooling->n_other_rows += fate == IS_RARE || fate == IS_OTHER ? n_rows : 0;
        pooling->n_rare += fate == IS_RARE;
    }
    return 0;
}

/* ---- the levels of the input ---- */

/* A block with room for two more; those of this fate are in it. */
static int list_levels(const struct pooling *pooling, enum fate fate,
                       struct levels_writer *writer, struct error *err)
{
    size_t n = 2, n_bytes = sizeof(LEVEL_POOL_OTHER) + sizeof(LEVEL_POOL_MISSING);
    for (size_t i = 0; i < pooling->n; i++)
        if (pooling->fates[i] == fate) {
            n_bytes += pooling->levels[i].n_bytes;
            n++;
        }
    if (levels_begin(writer, n, n_bytes, err) < 0)
        return -1;
    for (size_t i = 0; i < pooling->n; i++)
        if (pooling->fates[i] == fate)
            levels_add(writer, pooling->levels[i].text, pooling->levels[i].n_bytes,
                       pooling->levels[i].n_rows);
    return 0;
}

static size_t add_level(struct levels_writer *writer, const char *text, uint64_t n_rows)
{
    levels_add(writer, text, strlen(text), n_rows);
    return writer->n - 1;
}

static int make(const struct pooling *pooling, struct level_pool *pool, struct error *err)
{
    struct levels_writer stay, rare;
    if (list_levels(pooling, STAYS, &stay, err) < 0)
        return -1;
    pool->levels = stay.levels;
    pool->other = pool->missing = SIZE_MAX;
    pool->n_pooled = pooling->n_rare;
    if (pooling->n_other_rows > 0)
        pool->other = add_level(&stay, LEVEL_POOL_OTHER, pooling->n_other_rows);
    if (pooling->n_missing_rows > 0)
        pool->missing = add_level(&stay, LEVEL_POOL_MISSING, pooling->n_missing_rows);
    pool->n = stay.n;
    if (!pooling->request->keep_rare || pooling->n_rare == 0)
        return 0;
    if (list_levels(pooling, IS_RARE, &rare, err) < 0)
        return -1;
    pool->rare = rare.levels;
    pool->n_rare = rare.n;
    return 0;
}

int level_pool_make(struct level_pool *pool, const struct level *levels, size_t n,
                    const struct level_pool_request *request, struct error *err)
{
    struct pooling pooling = {.levels = levels, .n = n, .request = request};
    int status = choose_fates(&pooling, err);
    if (status == 0)
        status = make(&pooling, pool, err);
    if (status < 0)
        level_pool_free(pool);
    memory_free(pooling.fates);
    return status;
}

void level_pool_free(struct level_pool *pool)
{
    memory_free(pool->levels);
    memory_free(pool->rare);
    *pool = (struct level_pool){0};
}
