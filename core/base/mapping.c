/*
 * What the handler looks at are slots of static memory, which are there before the first
 * signal and for ever. A slot's owner writes `end` before `start`, and takes `start` away
 * before it unmaps; so whatever mix of an old and a new mapping the handler sees in a
 * slot of somebody else's, the failing address, which lies in a third one that is mapped
 * just then, is in neither.
 *
 * mmap is not on POSIX's list of what a handler may call, but on Linux it is one system
 * call without a lock or state of the library; journald and libwayland do the same.
 */
#include "core/base/mapping.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOWHERE SIZE_MAX

struct mapping {
    atomic_bool is_taken;
    atomic_uintptr_t start, end; /* start 0: nothing is guarded */
    atomic_int protection;
    atomic_size_t failed_at; /* the first byte that was missed, or NOWHERE */
};

static struct mapping slots[MAPPING_MOST];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction before;
static uintptr_t page_bytes;

/* ---- the handler ---- */

static struct mapping *find(uintptr_t at)
{
    for (size_t i = 0; i < MAPPING_MOST; i++) {
        uintptr_t start = atomic_load(&slots[i].start);
        if (start != 0 && at >= start && at < atomic_load(&slots[i].end) &&
            atomic_load(&slots[i].start) == start)
            return &slots[i];
    }
    return NULL;
}

static bool put_zeros(struct mapping *mapping, uintptr_t at)
{
    size_t none = NOWHERE;
    atomic_compare_exchange_strong(&mapping->failed_at, &none,
                                   at - atomic_load(&mapping->start));
    void *page = (void *)(at / page_bytes * page_bytes);
    return mmap(page, page_bytes, atomic_load(&mapping->protection),
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

/* What was sent (si_code ≤ 0) does not come again by itself. */
static void pass_on(const siginfo_t *info)
{
    sigaction(SIGBUS, &before, NULL);
    if (info->si_code <= 0)
        raise(SIGBUS);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    struct mapping *mapping = info->si_code > 0 ? find((uintptr_t)info->si_addr) : NULL;
    (void)number, (void)context;
    if (!mapping || !put_zeros(mapping, (uintptr_t)info->si_addr))
        pass_on(info);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

/* ---- the slots ---- */

static struct mapping *take_slot(void)
{
    for (size_t i = 0; i < MAPPING_MOST; i++) {
        bool is_taken = false;
        if (!atomic_load(&slots[i].is_taken) &&
            atomic_compare_exchange_strong(&slots[i].is_taken, &is_taken, true))
            return &slots[i];
    }
    return NULL;
}

struct mapping *mapping_guard(void *start, size_t n_bytes, int protection,
                              struct error *err)
{
    pthread_once(&once, install);
    struct mapping *mapping = take_slot();
    if (!mapping) {
        error_set(err, ERROR_BUSY, "too many files are being read; try again later");
        return NULL;
    }
    atomic_store(&mapping->protection, protection);
    atomic_store(&mapping->failed_at, NOWHERE);
    atomic_store(&mapping->end, (uintptr_t)start + n_bytes);
    atomic_store(&mapping->start, (uintptr_t)start);
    return mapping;
}

void mapping_unguard(struct mapping *mapping)
{
    if (!mapping)
        return;
    atomic_store(&mapping->start, 0);
    atomic_store(&mapping->is_taken, false);
}

bool mapping_has_failed(const struct mapping *mapping)
{
    return mapping && atomic_load(&mapping->failed_at) != NOWHERE;
}

int mapping_check(const struct mapping *mapping, const char *what, struct error *err)
{
    if (!mapping_has_failed(mapping))
        return 0;
    return error_set(err, ERROR_UNREADABLE,
                     "%s cannot be read from the disk: input failed at byte %zu", what,
                     atomic_load(&mapping->failed_at));
}
