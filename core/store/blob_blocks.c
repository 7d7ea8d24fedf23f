#include "core/store/blob_blocks.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/base/thread.h"
#include "core/store/disk.h"

/*
 * The blocks are a ring. The caller fills one after the other, the thread takes them in
 * the same order; without the thread each is taken as soon as it is full.
 */

#define N_BLOCKS 16U          /* of the ring, once there is a thread */
#define BLOCKS_ALONE 16U      /* written before it is worth one */
#define WAKE_BLOCKS 4U        /* that are worth waking the thread for */
#define WRITE_BACK_BLOCKS 64U /* after which the disk is told to begin */

struct blob_blocks {
    int fd;
    bool digests_blocks; /* and else all bytes */
    unsigned char *room; /* [n × BLOB_FORMAT_BLOCK_BYTES] */
    size_t n;            /* 1, then N_BLOCKS */
    size_t n_filled;     /* bytes of the block that is being filled */
    struct buffer sums;  /* of blocks that were taken */
    bool has_thread;
    pthread_t thread;

    struct checksum_sha256 sha256; /* of who takes blocks */

    pthread_mutex_t lock; /* guards what follows, once there is a thread */
    pthread_cond_t is_put, is_taken;
    size_t n_bytes[N_BLOCKS]; /* of each in the ring */
    uint32_t crc[N_BLOCKS];
    uint64_t n_put, n_taken; /* blocks */
    uint64_t n_summed;       /* whose sums are in `sums` */
    bool caller_waits, is_ending;
    struct error failure;
};

struct blob_blocks *blob_blocks_new(int fd, bool digests_blocks, struct error *err)
{
    struct blob_blocks *blocks = memory_new(1, sizeof(*blocks), err);
    if (!blocks)
        return NULL;
    blocks->fd = fd;
    blocks->digests_blocks = digests_blocks;
    blocks->n = 1;
    blocks->room = memory_resize(NULL, 1, BLOB_FORMAT_BLOCK_BYTES, err);
    if (!blocks->room) {
        memory_free(blocks);
        return NULL;
    }
    checksum_sha256_start(&blocks->sha256);
    pthread_mutex_init(&blocks->lock, NULL);
    pthread_cond_init(&blocks->is_put, NULL);
    pthread_cond_init(&blocks->is_taken, NULL);
    return blocks;
}

/* ---- taking ---- */

static unsigned char *room_of(const struct blob_blocks *blocks, uint64_t block)
{
    return blocks->room + block % blocks->n * BLOB_FORMAT_BLOCK_BYTES;
}

static int take_block(struct blob_blocks *blocks, uint64_t block, struct error *err)
{
    size_t slot = block % blocks->n, n = blocks->n_bytes[slot];
    const unsigned char *bytes = room_of(blocks, block);
    uint64_t at = BLOB_FORMAT_HEADER_BYTES + block * BLOB_FORMAT_BLOCK_BYTES;
    if (disk_write(blocks->fd, bytes, n, at, err) < 0)
        return -1;
    if (!blocks->digests_blocks)
        checksum_sha256_add(&blocks->sha256, bytes, n);
    blocks->crc[slot] = checksum_crc32c(0, bytes, n);
    if ((block + 1) % WRITE_BACK_BLOCKS == 0)
        disk_begin_sync(blocks->fd,
                        at - (WRITE_BACK_BLOCKS - 1) * BLOB_FORMAT_BLOCK_BYTES,
                        WRITE_BACK_BLOCKS * BLOB_FORMAT_BLOCK_BYTES);
    return 0;
}

/* Of blocks behind one that failed nothing is kept. */
static void *take_blocks(void *context)
{
    struct blob_blocks *blocks = context;
    pthread_mutex_lock(&blocks->lock);
    for (;;) {
        while (blocks->n_taken == blocks->n_put && !blocks->is_ending)
            pthread_cond_wait(&blocks->is_put, &blocks->lock);
        if (blocks->n_taken == blocks->n_put)
            break;
        bool is_whole = !error_is_set(&blocks->failure);
        pthread_mutex_unlock(&blocks->lock);
        struct error problem = {0};
        if (is_whole)
            (void)!take_block(blocks, blocks->n_taken, &problem);
        pthread_mutex_lock(&blocks->lock);
        if (error_is_set(&problem))
            error_copy(&blocks->failure, &problem);
        blocks->n_taken++;
        if (blocks->caller_waits && 2 * (blocks->n_put - blocks->n_taken) <= blocks->n)
            pthread_cond_signal(&blocks->is_taken);
    }
    pthread_mutex_unlock(&blocks->lock);
    return NULL;
}

/* ---- putting ---- */

/* Under the lock, if there is one. The sums of what was taken. */
static int collect_sums(struct blob_blocks *blocks, struct error *err)
{
    for (; blocks->n_summed < blocks->n_taken; blocks->n_summed++)
        pack_u32(&blocks->sums, blocks->crc[blocks->n_summed % blocks->n]);
    return error_is_set(&blocks->failure) ? error_copy(err, &blocks->failure)
                                          : buffer_check(&blocks->sums, err);
}

/* Its first blocks are those that would be put next in a ring of any size. */
static int begin_thread(struct blob_blocks *blocks, struct error *err)
{
    struct error none = {0};
    unsigned char *room =
        memory_resize(blocks->room, N_BLOCKS, BLOB_FORMAT_BLOCK_BYTES, err);
    if (!room)
        return -1;
    blocks->room = room;
    blocks->n = N_BLOCKS;
    blocks->has_thread = thread_start(&blocks->thread, take_blocks, blocks, &none) == 0;
    return 0; /* without one it is slower */
}

static int put_alone(struct blob_blocks *blocks, struct error *err)
{
    if (take_block(blocks, blocks->n_put, err) < 0)
        return -1;
    blocks->n_put++;
    blocks->n_taken++;
    if (collect_sums(blocks, err) < 0)
        return -1;
    return blocks->n_put == BLOCKS_ALONE ? begin_thread(blocks, err) : 0;
}

/* Waits until the next one has room. */
static int put_to_thread(struct blob_blocks *blocks, struct error *err)
{
    pthread_mutex_lock(&blocks->lock);
    blocks->n_put++;
    if (blocks->n_put - blocks->n_taken >= WAKE_BLOCKS)
        pthread_cond_signal(&blocks->is_put);
    while (blocks->n_put - blocks->n_taken == blocks->n) {
        blocks->caller_waits = true;
        pthread_cond_wait(&blocks->is_taken, &blocks->lock);
        blocks->caller_waits = false;
    }
    int result = collect_sums(blocks, err);
    pthread_mutex_unlock(&blocks->lock);
    return result;
}

static int put_block(struct blob_blocks *blocks, struct error *err)
{
    blocks->n_bytes[blocks->n_put % blocks->n] = blocks->n_filled;
    blocks->n_filled = 0;
    return blocks->has_thread ? put_to_thread(blocks, err) : put_alone(blocks, err);
}

int blob_blocks_add(struct blob_blocks *blocks, const void *bytes, size_t n,
                    struct error *err)
{
    for (const char *from = bytes; n > 0;) {
        size_t room = BLOB_FORMAT_BLOCK_BYTES - blocks->n_filled;
        size_t taken = n < room ? n : room;
        memcpy(room_of(blocks, blocks->n_put) + blocks->n_filled, from, taken);
        blocks->n_filled += taken;
        from += taken;
        n -= taken;
        if (taken == room && put_block(blocks, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the end ---- */

static void end_thread(struct blob_blocks *blocks)
{
    if (!blocks->has_thread)
        return;
    pthread_mutex_lock(&blocks->lock);
    blocks->is_ending = true;
    pthread_cond_signal(&blocks->is_put);
    pthread_mutex_unlock(&blocks->lock);
    pthread_join(blocks->thread, NULL);
    blocks->has_thread = false;
}

int blob_blocks_end(struct blob_blocks *blocks, struct buffer *tail,
                    unsigned char digest[CHECKSUM_SHA256_BYTES], struct error *err)
{
    if (blocks->n_filled > 0 && put_block(blocks, err) < 0)
        return -1;
    end_thread(blocks);
    if (collect_sums(blocks, err) < 0)
        return -1;
    buffer_append(tail, blocks->sums.bytes, blocks->sums.n_bytes);
    if (blocks->digests_blocks)
        checksum_sha256_add(&blocks->sha256, blocks->sums.bytes, blocks->sums.n_bytes);
    checksum_sha256_finish(&blocks->sha256, digest);
    return buffer_check(tail, err);
}

void blob_blocks_free(struct blob_blocks *blocks)
{
    if (!blocks)
        return;
    end_thread(blocks);
    pthread_mutex_destroy(&blocks->lock);
    pthread_cond_destroy(&blocks->is_put);
    pthread_cond_destroy(&blocks->is_taken);
    buffer_free(&blocks->sums);
    memory_free(blocks->room);
    memory_free(blocks);
}
