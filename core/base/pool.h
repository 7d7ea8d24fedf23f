/*
 * The fork-join pool that fits run on. Work is a fixed number of blocks (of rows,
 * mostly), which does not depend on the number of threads; sums over blocks are added
 * along a fixed binary tree over block numbers, so that 1…64 threads give the same bits.
 *
 * One fork-join at a time: the caller locks (each running job has a pool of its own). The
 * caller's thread works along. A pool of one thread makes no threads at all. The threads
 * made run at the CPU priority (nice value) given, so that training yields to serving;
 * the caller's thread keeps its own.
 */
#ifndef LOGITD_CORE_BASE_POOL_H
#define LOGITD_CORE_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/stop.h"

struct pool;

/* n_threads in 1…256, the caller's thread included. */
struct pool *pool_new(size_t n_threads, int nice_value, struct error *err) MUST_CHECK;
void pool_free(struct pool *pool);
size_t pool_n_threads(const struct pool *pool);

/*
 * Whom to ask, before each block and on any thread, whether the work is to be given up;
 * NULL: nobody. Once it is, the rest of the blocks are passed over. So whatever is done
 * with a pool ends soon when it is told to, between any two blocks.
 */
void pool_watch(struct pool *pool, bool (*is_over)(void *context), void *context);
/* The same, for work between two rounds that takes long by itself. */
struct stop pool_stop(const struct pool *pool);
bool pool_is_over(const struct pool *pool);
/* After pool_run: were all blocks run? Else -1 with ERROR_CANCELLED. */
int pool_check(const struct pool *pool, struct error *err) MUST_CHECK;

/* Whom to ask, at the start of a round and now and then before a block, whether others
 * want cores; if so, no more than n_threads go on in this round, and offer theirs. The
 * bits of results stay. NULL: nobody. */
void pool_give_way(struct pool *pool, size_t n_threads,
                   bool (*do_others_wait)(void *context), void *context);

/* Called for each block once, on any thread; `worker` in [0, n_threads) names per-thread
 * scratch. */
typedef void pool_block_fn(void *context, size_t block, size_t worker);

void pool_run(struct pool *pool, size_t n_blocks, pool_block_fn *run, void *context);

/* As above; adds the block's contribution to `sums`, which is zeroed before each block.
 */
typedef void pool_sum_fn(void *context, size_t block, size_t worker, double *sums);

/*
 * sums[0..n_sums-1] = the sum of all blocks' contributions, in the order of the fixed
 * tree
 * ((b0+b1)+(b2+b3))+…. Needs about n_threads·(log2(n_blocks/n_threads) + 2) partial
 * vectors, which the pool keeps from call to call, so that iterations do not allocate. -1
 * if there is no memory, sums untouched; or with ERROR_CANCELLED, when it was given up.
 */
int pool_sum(struct pool *pool, size_t n_blocks, size_t n_sums, pool_sum_fn *run,
             void *context, double *sums, struct error *err) MUST_CHECK;

#endif
