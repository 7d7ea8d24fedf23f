/*
 * A round: the caller publishes the work under `lock`, wakes the threads, works along,
 * ends the round and waits until the last of those that joined it is done; who wakes up
 * too late has missed it. Blocks are handed out in order by one counter, and so a thread
 * may leave between two of them; the caller's does not.
 *
 * A sum: every finished block becomes a node of the tree. Whoever finishes a node first
 * leaves its sums in the place of the two nodes' parent; whoever finishes second adds
 * both and climbs. So the association is the tree's, whoever does the work. A node
 * without a sibling (the number of blocks need not be a power of two) climbs as it is.
 */
#include "core/base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/thread.h"

#define MOST_THREADS 256
#define MOST_BLOCKS ((size_t)1 << 48)
#define DOUBLES_A_LINE 8U
#define TURN_SECONDS 200e-6 /* after which a thread asks whether others wait */
/* Rounds mostly follow each other sooner than a thread falls asleep and is woken. */
#define SPIN_SECONDS 50e-6

struct worker {
    struct pool *pool;
    size_t index;
    pthread_t thread;
};

/* What a sum needs; kept from call to call. */
struct tree {
    pthread_mutex_t lock; /* guards what follows during a round */
    double **spare;       /* [n_vectors], the first n_spare of them free */
    size_t n_spare;
    double *
        *waiting; /* [n_blocks], by the first block of the parent's right half; or NULL */

    size_t n_sums;
    double *result; /* where the root's go; the caller's */
    void *memory;   /* all of the above */
    size_t n_bytes;
};

struct pool {
    size_t n_threads;
    int nice_value;
    struct worker
        *workers; /* [n_threads - 1]; the caller's thread is worker n_threads - 1 */
    size_t n_started;

    pthread_mutex_t lock; /* guards these; two are looked at without it first */
    pthread_cond_t begin;
    pthread_cond_t end;
    atomic_uint_fast64_t round;
    bool is_open;         /* it can be joined */
    size_t n_awake;       /* of the threads made, the first so many may */
    atomic_size_t n_busy; /* that have */
    bool stop;
    bool spins; /* there is a core for each thread */

    /* The work of a round, written before it begins. */
    void (*work)(struct pool *pool, size_t worker);
    size_t n_blocks;
    atomic_size_t next_block;
    pool_block_fn *run;
    pool_sum_fn *sum;
    void *context;
    struct tree tree;

    /* Set between rounds. */
    struct stop stop_asked;
    atomic_bool is_given_up;               /* in this round, or the last */
    bool (*do_others_wait)(void *context); /* NULL: nobody is asked */
    void *others;
    size_t n_meanwhile; /* threads made that work while others wait */
    double *turn_until; /* [n_threads] */
};

/* ---- threads ---- */

/* One of so many looks, a few dozen cycles apart. */
static bool may_look_again(const struct pool *pool, double until)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
    return pool->spins && clock_seconds() < until;
}

static bool can_join(const struct pool *pool, size_t worker, uint64_t seen)
{
    return pool->is_open && pool->round != seen && worker < pool->n_awake;
}

/* Waits for a round after `seen` that this thread may join; false when the pool ends. */
static bool round_join(struct pool *pool, size_t worker, uint64_t *seen)
{
    double until = clock_seconds() + SPIN_SECONDS;
    while (atomic_load(&pool->round) == *seen && may_look_again(pool, until)) {
    }
    pthread_mutex_lock(&pool->lock);
    while (!can_join(pool, worker, *seen) && !pool->stop)
        pthread_cond_wait(&pool->begin, &pool->lock);
    *seen = pool->round;
    bool goes_on = !pool->stop;
    if (goes_on)
        pool->n_busy++;
    pthread_mutex_unlock(&pool->lock);
    return goes_on;
}

static void round_leave(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    if (--pool->n_busy == 0)
        pthread_cond_signal(&pool->end);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;
    uint64_t seen = 0;
    thread_stand_back(self->pool->nice_value);
    while (round_join(self->pool, self->index, &seen)) {
        self->pool->work(self->pool, self->index);
        round_leave(self->pool);
    }
    return NULL;
}

static int workers_start(struct pool *pool, struct error *err)
{
    for (; pool->n_started < pool->n_threads - 1; pool->n_started++) {
        struct worker *worker = &pool->workers[pool->n_started];
        *worker = (struct worker){.pool = pool, .index = pool->n_started};
        if (thread_start(&worker->thread, worker_main, worker, err) < 0)
            return -1;
    }
    return 0;
}

struct pool *pool_new(size_t n_threads, int nice_value, struct error *err)
{
    assert(n_threads >= 1 && n_threads <= MOST_THREADS);
    struct pool *pool = memory_new(1, sizeof(*pool), err);
    if (!pool)
        return NULL;
    pool->n_threads = n_threads;
    pool->nice_value = nice_value;
    pool->spins = n_threads <= (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    pthread_mutex_init(&pool->tree.lock, NULL);
    pool->workers = memory_new(n_threads - 1, sizeof(*pool->workers), err);
    pool->turn_until = memory_new(n_threads, sizeof(*pool->turn_until), err);
    if (!pool->workers || !pool->turn_until || workers_start(pool, err) < 0) {
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_mutex_destroy(&pool->tree.lock);
    pthread_cond_destroy(&pool->end);
    pthread_cond_destroy(&pool->begin);
    pthread_mutex_destroy(&pool->lock);
    memory_free(pool->tree.memory);
    memory_free(pool->turn_until);
    memory_free(pool->workers);
    memory_free(pool);
}

size_t pool_n_threads(const struct pool *pool)
{
    return pool->n_threads;
}

/* ---- giving up ---- */

void pool_watch(struct pool *pool, bool (*is_over)(void *context), void *context)
{
    pool->stop_asked = (struct stop){is_over, context};
}

struct stop pool_stop(const struct pool *pool)
{
    return pool->stop_asked;
}

bool pool_is_over(const struct pool *pool)
{
    return stop_is_asked(&pool->stop_asked);
}

int pool_check(const struct pool *pool, struct error *err)
{
    return atomic_load(&pool->is_given_up)
               ? error_set(err, ERROR_CANCELLED, "the work was stopped")
               : 0;
}

/* ---- giving way ---- */

void pool_give_way(struct pool *pool, size_t n_threads,
                   bool (*do_others_wait)(void *context), void *context)
{
    assert(n_threads >= 1);
    pool->do_others_wait = do_others_wait;
    pool->others = context;
    pool->n_meanwhile = n_threads - 1;
}

static bool do_others_wait(const struct pool *pool)
{
    return pool->do_others_wait && pool->do_others_wait(pool->others);
}

static bool is_callers(const struct pool *pool, size_t worker)
{
    return worker == pool->n_threads - 1;
}

/* Whoever waits for this core has it now. By itself the kernel thinks of them when a tick
 * or the end of a turn makes it, which may be milliseconds later. False: for the rest of
 * the round, too. */
static bool give_way(struct pool *pool, size_t worker)
{
    if (!pool->do_others_wait)
        return true;
    double now = clock_seconds();
    if (now < pool->turn_until[worker])
        return true;
    pool->turn_until[worker] = now + TURN_SECONDS;
    if (!do_others_wait(pool))
        return true;
    if (!is_callers(pool, worker) && worker >= pool->n_meanwhile)
        return false;
    sched_yield();
    return true;
}

/* ---- rounds ---- */

/* How many of the threads made are to work. */
static size_t n_to_wake(const struct pool *pool, size_t n_blocks)
{
    if (n_blocks <= 1 || pool->n_started == 0) /* one block is not worth waking them */
        return 0;
    return pool->n_meanwhile < pool->n_started && do_others_wait(pool) ? pool->n_meanwhile
                                                                       : pool->n_started;
}

static void round_begin(struct pool *pool, size_t n_awake)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_awake = n_awake;
    pool->is_open = true;
    pool->round++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
}

static void round_close(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_open = false;
    pthread_mutex_unlock(&pool->lock);
}

static void round_end(struct pool *pool)
{
    round_close(pool);
    double until = clock_seconds() + SPIN_SECONDS;
    while (atomic_load(&pool->n_busy) > 0 && may_look_again(pool, until)) {
    }
    pthread_mutex_lock(&pool->lock);
    while (pool->n_busy > 0)
        pthread_cond_wait(&pool->end, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* Runs `work` on all threads that may. */
static void round_run(struct pool *pool, size_t n_blocks,
                      void (*work)(struct pool *pool, size_t worker))
{
    size_t n_awake = n_to_wake(pool, n_blocks);
    pool->work = work;
    pool->n_blocks = n_blocks;
    atomic_store(&pool->next_block, 0);
    atomic_store(&pool->is_given_up, false);
    if (n_awake > 0)
        round_begin(pool, n_awake);
    work(pool, pool->n_threads - 1);
    if (n_awake > 0)
        round_end(pool);
}

/* The next block to work on; false when all are taken, or the rest is given up. */
static bool block_take(struct pool *pool, size_t worker, size_t *block)
{
    if (!give_way(pool, worker))
        return false;
    *block = atomic_fetch_add(&pool->next_block, 1);
    if (*block >= pool->n_blocks)
        return false;
    if (pool_is_over(pool))
        atomic_store(&pool->is_given_up, true);
    return !atomic_load(&pool->is_given_up);
}

static void blocks_run(struct pool *pool, size_t worker)
{
    size_t block;
    while (block_take(pool, worker, &block))
        pool->run(pool->context, block, worker);
}

void pool_run(struct pool *pool, size_t n_blocks, pool_block_fn *run, void *context)
{
    pool->run = run;
    pool->context = context;
    round_run(pool, n_blocks, blocks_run);
}

/* ---- sums ---- */

static size_t log2_floor(size_t n)
{
    size_t log = 0;
    while (n >>= 1)
        log++;
    return log;
}

/*
 * How many vectors can be in use at once. Blocks are taken in order, so what is finished
 * lacks at most min(n_threads, n_blocks) blocks that are being worked on or come next. A
 * vector waits only beside the path from such a block to the root, and h paths in a tree
 * of depth L have at most h·(L - ⌊log2 h⌋) nodes beside them, which can be more for fewer
 * paths. Each thread holds one more.
 */
static size_t vectors_needed(size_t n_threads, size_t n_blocks)
{
    size_t depth = n_blocks > 1 ? log2_floor(n_blocks - 1) + 1 : 0;
    size_t most_paths = n_threads < n_blocks ? n_threads : n_blocks;
    size_t n_waiting = 0;
    for (size_t h = 1; h <= most_paths; h++) {
        size_t n_beside = h * (depth - log2_floor(h));
        n_waiting = n_beside > n_waiting ? n_beside : n_waiting;
    }
    return n_waiting + n_threads;
}

/* Lays the tree out for a sum, in the memory of the last one where that is enough. */
static int tree_prepare(struct tree *tree, size_t n_vectors, size_t n_blocks,
                        size_t n_sums, struct error *err)
{
    size_t stride, vectors_bytes, pointers_bytes, n_bytes;
    if (!memory_sum(n_sums, DOUBLES_A_LINE - 1, &stride) ||
        !memory_product(stride - stride % DOUBLES_A_LINE, n_vectors * sizeof(double),
                        &vectors_bytes) ||
        !memory_product(n_vectors + n_blocks, sizeof(double *), &pointers_bytes) ||
        !memory_sum(vectors_bytes, pointers_bytes, &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (n_bytes > tree->n_bytes) {
        void *grown = memory_new_aligned(n_bytes, 1, err);
        if (!grown)
            return -1;
        memory_free(tree->memory);
        tree->memory = grown;
        tree->n_bytes = n_bytes;
    }
    stride -= stride % DOUBLES_A_LINE;
    double *vectors = tree->memory;
    tree->spare = (double **)(void *)(vectors + n_vectors * stride);
    tree->waiting = tree->spare + n_vectors;
    tree->n_sums = n_sums;
    tree->n_spare = n_vectors;
    for (size_t i = 0; i < n_vectors; i++)
        tree->spare[i] = vectors + i * stride;
    for (size_t i = 0; i < n_blocks; i++)
        tree->waiting[i] = NULL;
    return 0;
}

static double *spare_take(struct tree *tree)
{
    pthread_mutex_lock(&tree->lock);
    assert(tree->n_spare > 0);
    double *sums = tree->spare[--tree->n_spare];
    pthread_mutex_unlock(&tree->lock);
    return sums;
}

static void spare_return(struct tree *tree, double *sums)
{
    pthread_mutex_lock(&tree->lock);
    tree->spare[tree->n_spare++] = sums;
    pthread_mutex_unlock(&tree->lock);
}

/* The sums of a node's sibling, if they wait already; NULL if now the node's own wait. */
static double *sibling_meet(struct tree *tree, size_t parent, double *sums)
{
    pthread_mutex_lock(&tree->lock);
    double *sibling = tree->waiting[parent];
    tree->waiting[parent] = sibling ? NULL : sums;
    pthread_mutex_unlock(&tree->lock);
    return sibling;
}

/* Carries a finished block's sums up the tree of n_blocks as far as they can go. */
static void sums_climb(struct tree *tree, size_t n_blocks, size_t block, double *sums)
{
    for (size_t width = 1; width < n_blocks; width *= 2) {
        size_t parent = block / (2 * width) * (2 * width) + width;
        if (parent >= n_blocks)
            continue; /* no right half, no sibling */
        double *sibling = sibling_meet(tree, parent, sums);
        if (!sibling)
            return;
        for (size_t i = 0; i < tree->n_sums; i++)
            sums[i] += sibling[i];
        spare_return(tree, sibling);
    }
    memcpy(tree->result, sums, tree->n_sums * sizeof(*sums));
    spare_return(tree, sums);
}

/* The vector is taken before the block: vectors_needed counts on it. */
static void blocks_sum(struct pool *pool, size_t worker)
{
    struct tree *tree = &pool->tree;
    size_t block;
    for (;;) {
        double *sums = spare_take(tree);
        if (!block_take(pool, worker, &block)) {
            spare_return(tree, sums);
            return;
        }
        memset(sums, 0, tree->n_sums * sizeof(*sums));
        pool->sum(pool->context, block, worker, sums);
        sums_climb(tree, pool->n_blocks, block, sums);
    }
}

int pool_sum(struct pool *pool, size_t n_blocks, size_t n_sums, pool_sum_fn *run,
             void *context, double *sums, struct error *err)
{
    if (n_blocks > MOST_BLOCKS)
        return error_no_memory(err, SIZE_MAX);
    size_t n_vectors = vectors_needed(pool->n_threads, n_blocks);
    if (tree_prepare(&pool->tree, n_vectors, n_blocks, n_sums, err) < 0)
        return -1;
    pool->sum = run;
    pool->context = context;
    pool->tree.result = sums;
    memset(sums, 0, n_sums * sizeof(*sums)); /* of no blocks */
    round_run(pool, n_blocks, blocks_sum);
    return pool_check(pool, err);
}
