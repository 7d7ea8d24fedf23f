#include "core/jobs/job_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define FIRST_CAPACITY 8
/* Of those that are never thinned out. */
#define MOST_KEPT (JOB_LOG_MOST / 8)

struct entry {
    struct job_event event; /* owns its detail, and a word that is not a stage's */
    bool is_kept;
};

struct job_log {
    atomic_size_t n_references;
    pthread_mutex_t lock; /* guards what follows */
    struct entry *entries;
    size_t n, capacity;
    size_t n_kept;
    uint64_t next_id;
    uint64_t n_dropped;  /* since the last one that is there */
    uint64_t stride;     /* of the ids that thinning has left */
    uint64_t first_step; /* id of the first iteration, which stays; 0: none yet */
    bool is_closed;
    struct error error;
    char *result;
};

static const char *const words[JOB_EVENT_N] = {
#define JOB_EVENT_WORD(name, word) [JOB_EVENT_##name] = (word),
    JOB_EVENTS(JOB_EVENT_WORD)
#undef JOB_EVENT_WORD
};

const char *job_log_word(enum job_event_kind kind)
{
    return words[kind];
}

/* ---- making and freeing ---- */

static void entry_free(struct entry *entry)
{
    memory_free((void *)(uintptr_t)entry->event.word);
    memory_free((void *)(uintptr_t)entry->event.detail);
}

struct job_log *job_log_new(uint64_t first_id, struct error *err)
{
    struct job_log *log = memory_new(1, sizeof(*log), err);
    if (!log)
        return NULL;
    log->entries = memory_new(FIRST_CAPACITY, sizeof(*log->entries), err);
    if (!log->entries) {
        memory_free(log);
        return NULL;
    }
    log->capacity = FIRST_CAPACITY;
    log->next_id = first_id;
    log->stride = 1;
    atomic_init(&log->n_references, 1);
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

struct job_log *job_log_retain(struct job_log *log)
{
    atomic_fetch_add(&log->n_references, 1);
    return log;
}

void job_log_release(struct job_log *log)
{
    if (!log || atomic_fetch_sub(&log->n_references, 1) > 1)
        return;
    for (size_t i = 0; i < log->n; i++)
        entry_free(&log->entries[i]);
    pthread_mutex_destroy(&log->lock);
    memory_free(log->result);
    memory_free(log->entries);
    memory_free(log);
}

/* ---- thinning; with the lock held ---- */

static bool may_go(const struct job_log *log, const struct entry *entry)
{
    uint64_t id = entry->event.id;
    return !entry->is_kept && id != log->first_step && id % log->stride != 0;
}

/* Of all but the latest ones those that are not on the stride. */
static void thin_once(struct job_log *log, size_t n_latest)
{
    size_t n = 0;
    uint64_t n_dropped = 0;
    for (size_t i = 0; i < log->n; i++) {
        struct entry *entry = &log->entries[i];
        if (i + n_latest < log->n && may_go(log, entry)) {
            n_dropped += entry->event.n_dropped + 1;
            entry_free(entry);
        } else {
            entry->event.n_dropped += n_dropped;
            n_dropped = 0;
            log->entries[n++] = *entry;
        }
    }
    log->n = n;
}

static void thin(struct job_log *log, size_t n_most)
{
    while (log->n > n_most / 4 * 3) {
        thin_once(log, n_most / 4);
        if (log->n > n_most / 4 * 3)
            log->stride *= 2;
    }
}

void job_log_shrink(struct job_log *log, size_t n_most)
{
    pthread_mutex_lock(&log->lock);
    if (log->n > n_most && log->n_kept < n_most / 4)
        thin(log, n_most);
    struct entry *fewer = memory_resize(log->entries, log->n + 1, sizeof(*fewer), NULL);
    if (fewer) {
        log->entries = fewer;
        log->capacity = log->n + 1;
    }
    pthread_mutex_unlock(&log->lock);
}

/* ---- appending; with the lock held ---- */

static bool grow(struct job_log *log)
{
    size_t n = log->capacity * 2;
    struct entry *more = memory_resize(log->entries, n, sizeof(*more), NULL);
    if (!more)
        return false;
    log->entries = more;
    log->capacity = n;
    return true;
}

/* For one more, and the end. */
static bool make_room(struct job_log *log)
{
    if (log->n + 2 <= log->capacity)
        return true;
    if (log->capacity < JOB_LOG_MOST)
        return grow(log);
    thin(log, JOB_LOG_MOST);
    return true;
}

static bool copy_text(const char **text)
{
    const char *copy = *text ? memory_copy_string(*text, NULL) : NULL;
    bool is_there = copy || !*text;
    *text = copy;
    return is_there;
}

static bool copy_texts(struct job_event *event)
{
    if (!copy_text(&event->word)) {
        event->detail = NULL;
        return false;
    }
    if (copy_text(&event->detail))
        return true;
    memory_free((void *)(uintptr_t)event->word);
    return false;
}

/* The entry's texts are the log's from here on; there is room. */
static void put(struct job_log *log, struct job_event *event, bool is_kept)
{
    event->n_dropped += log->n_dropped;
    log->n_dropped = 0;
    log->n_kept += is_kept;
    if (event->kind == JOB_EVENT_ITERATION && log->first_step == 0)
        log->first_step = event->id;
    log->entries[log->n++] = (struct entry){*event, is_kept};
}

static void number(struct job_log *log, struct job_event *event)
{
    if (event->id == 0)
        event->id = log->next_id;
    if (event->at == 0)
        event->at = clock_wall_microseconds();
    log->next_id = event->id + 1;
}

static bool is_to_be_kept(const struct job_log *log, const struct job_event *event)
{
    return event->kind != JOB_EVENT_ITERATION && event->n_parts == 0 &&
           log->n_kept < MOST_KEPT;
}

void job_log_append(struct job_log *log, const struct job_event *event)
{
    struct job_event copy = *event;
    pthread_mutex_lock(&log->lock);
    number(log, &copy);
    if (make_room(log) && copy_texts(&copy))
        put(log, &copy, is_to_be_kept(log, &copy));
    else
        log->n_dropped++;
    pthread_mutex_unlock(&log->lock);
}

void job_log_end(struct job_log *log, const struct job_event *event,
                 const struct error *error, const char *result)
{
    struct job_event copy = *event;
    copy.word = copy.detail = NULL;
    pthread_mutex_lock(&log->lock);
    number(log, &copy);
    put(log, &copy, true);
    if (error)
        log->error = *error;
    if (result)
        log->result = memory_copy_string(result, NULL);
    log->is_closed = true;
    pthread_mutex_unlock(&log->lock);
}

void job_log_close(struct job_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->is_closed = true;
    pthread_mutex_unlock(&log->lock);
}

/* ---- looking ---- */

uint64_t job_log_next_id(struct job_log *log)
{
    pthread_mutex_lock(&log->lock);
    uint64_t id = log->next_id;
    pthread_mutex_unlock(&log->lock);
    return id;
}

static bool has_more(const struct job_log *log, uint64_t after)
{
    return log->n > 0 && log->entries[log->n - 1].event.id > after;
}

bool job_log_is_over(struct job_log *log, uint64_t after)
{
    pthread_mutex_lock(&log->lock);
    bool is_over = log->is_closed && !has_more(log, after);
    pthread_mutex_unlock(&log->lock);
    return is_over;
}

/* The first entry behind the one with this id. */
static size_t find(const struct job_log *log, uint64_t after)
{
    size_t from = 0, to = log->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (log->entries[middle].event.id > after)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

void job_log_each(struct job_log *log, uint64_t after, job_log_take_fn *take,
                  void *context)
{
    bool goes_on = true;
    pthread_mutex_lock(&log->lock);
    for (size_t i = find(log, after); i < log->n && goes_on; i++) {
        struct job_event event = log->entries[i].event;
        struct job_log_view view = {.event = &event};
        if (event.n_dropped > event.id - after - 1)
            event.n_dropped = event.id - after - 1; /* the others had been seen */
        if (event.kind == JOB_EVENT_FAILED)
            view.error = &log->error;
        if (event.kind >= JOB_EVENT_SUCCEEDED)
            view.result = log->result;
        goes_on = take(context, &view);
        after = event.id;
    }
    pthread_mutex_unlock(&log->lock);
}
