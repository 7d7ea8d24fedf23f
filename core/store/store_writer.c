#include "core/store/store_writer.h"

#include <signal.h>

/* ---- failing for good ---- */

void store_writer_fail(struct store_writer *writer, const struct error *why)
{
    pthread_mutex_lock(&writer->lock);
    error_copy(&writer->why, why);
    atomic_store(&writer->has_failed, true);
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
}

int store_writer_check(struct store_writer *writer, struct error *err)
{
    return atomic_load(&writer->has_failed)
               ? error_set(
                     err, ERROR_READ_ONLY,
                     "the store is read-only since the disk failed a write; restart "
                     "the daemon once the disk is sound")
               : 0;
}

/* Errors that leave the database as it was. */
static bool is_harmless(enum error_code code)
{
    return code == ERROR_NO_SPACE || code == ERROR_NO_MEMORY;
}

/* ---- one transaction ---- */

/* Requests whose conditions hold, in the order in which they came. */
struct group {
    struct store_request *first, *last;
};

static int write_request(struct database *database, const struct store_request *request,
                         struct error *err)
{
    for (size_t i = 0; i < request->n_changes; i++) {
        const struct store_step *step = &request->steps[i];
        if (step->after && database_put(database, step->after, err) < 0)
            return -1;
        if (!step->after && step->before &&
            database_delete(database, step->before->shown.sequence, err) < 0)
            return -1;
    }
    return 0;
}

static int write_all(struct store_writer *writer, const struct group *group,
                     struct error *err)
{
    if (database_begin(writer->database, err) < 0 ||
        database_reserve_numbers(writer->database, writer->next_number, err) < 0)
        return -1;
    for (const struct store_request *at = group->first; at; at = at->next)
        if (write_request(writer->database, at, err) < 0)
            return -1;
    return database_commit(writer->database, err);
}

/* A failure that is not harmless ends all writing. */
static int transact(struct store_writer *writer, const struct group *group,
                    struct error *err)
{
    struct error why = {0}, of_rollback = {0};
    if (write_all(writer, group, &why) == 0)
        return 0;
    if (!is_harmless(why.code))
        store_writer_fail(writer, &why);
    if (database_rollback(writer->database, &of_rollback) < 0)
        store_writer_fail(writer, &of_rollback);
    return error_copy(err, &why);
}

/* What a failed store has in its log stays there: to copy it would be to trust a sync
 * that comes after one that failed. */
static void checkpoint(struct store_writer *writer, bool now)
{
    struct error why = {0};
    if (!atomic_load(&writer->has_failed) &&
        database_checkpoint(writer->database, now, &why) < 0 && !is_harmless(why.code))
        store_writer_fail(writer, &why);
}

/* One request on a full disk: first with the log's own space, then, if all it does is
 * delete, with the reserve. */
static int transact_without_space(struct store_writer *writer, const struct group *group,
                                  struct error *err)
{
    struct error why = {0};
    checkpoint(writer, true);
    if (!atomic_load(&writer->has_failed) && transact(writer, group, &why) == 0)
        return 0;
    if (why.code == ERROR_NO_SPACE && group->first->only_deletes &&
        disk_reserve_give_up(writer->reserve)) {
        error_clear(&why);
        checkpoint(writer, true);
        if (!atomic_load(&writer->has_failed) && transact(writer, group, &why) == 0)
            return 0;
    }
    if (!error_is_set(&why))
        (void)!store_writer_check(writer, &why);
    return error_copy(err, &why);
}

/* ---- a group ---- */

/* Afterwards the request is gone: its thread has it back. */
static void finish(struct store_writer *writer, struct store_request *request, int result,
                   const struct error *why)
{
    pthread_mutex_lock(&writer->lock);
    request->result = result;
    if (why)
        request->why = *why;
    request->is_done = true;
    pthread_cond_signal(&request->done);
    pthread_mutex_unlock(&writer->lock);
}

static void group_add(struct group *group, struct store_request *request)
{
    request->previous = group->last;
    request->next = NULL;
    if (group->last)
        group->last->next = request;
    else
        group->first = request;
    group->last = request;
}

/*
 * A request whose conditions do not hold is finished at once if nothing else is planned;
 * else it is put off until the group is durable or has failed, since it may owe that to
 * what nobody can read yet, or what will never be.
 */
static struct group plan(struct store_writer *writer, struct store_request *list,
                         struct group *put_off)
{
    struct group group = {0};
    for (struct store_request *request = list, *next; request; request = next) {
        struct error why = {0};
        next = request->next;
        if (store_request_plan(request, writer->index, group.last, &writer->next_number,
                               &why) == 0)
            group_add(&group, request);
        else if (group.first)
            group_add(put_off, request);
        else
            finish(writer, request, -1, &why);
    }
    return group;
}

static void publish(struct store_writer *writer, const struct group *group)
{
    size_t n_changes = 0;
    record_index_lock(writer->index);
    for (struct store_request *at = group->first; at; at = at->next) {
        store_request_publish(at, writer->index);
        n_changes += at->n_changes;
    }
    record_index_unlock(writer->index);
    atomic_fetch_add(&writer->n_commits, 1);
    atomic_fetch_add(&writer->n_changes, n_changes);
    for (struct store_request *at = group->first, *next; at; at = next) {
        next = at->next;
        finish(writer, at, 0, NULL);
    }
}

static void refuse(struct store_writer *writer, struct store_request *list,
                   const struct error *why)
{
    bool in_doubt = atomic_load(&writer->has_failed);
    for (struct store_request *next; list; list = next) {
        next = list->next;
        list->in_doubt = in_doubt;
        finish(writer, list, -1, why);
    }
}

/* One request for itself: what lacked for all may suffice for one. */
static void commit_alone(struct store_writer *writer, struct store_request *request)
{
    struct error why = {0};
    struct group none = {0};
    request->next = NULL;
    store_request_unplan(request);
    struct group group = plan(writer, request, &none);
    if (!group.first)
        return;
    int result = transact(writer, &group, &why);
    if (result < 0 && why.code == ERROR_NO_SPACE) {
        error_clear(&why);
        result = transact_without_space(writer, &group, &why);
    }
    if (result == 0)
        publish(writer, &group);
    else
        refuse(writer, group.first, &why);
}

static void commit_each(struct store_writer *writer, struct store_request *list)
{
    for (struct store_request *next; list; list = next) {
        struct error why = {0};
        next = list->next;
        list->next = NULL;
        if (store_writer_check(writer, &why) < 0)
            refuse(writer, list, &why);
        else
            commit_alone(writer, list);
    }
}

/* Returns what was put off. */
static struct store_request *commit_together(struct store_writer *writer,
                                             struct store_request *list)
{
    struct error why = {0};
    struct group put_off = {0};
    struct group group = plan(writer, list, &put_off);
    if (!group.first)
        return NULL;
    if (transact(writer, &group, &why) == 0)
        publish(writer, &group);
    else if (is_harmless(why.code))
        commit_each(writer, group.first);
    else
        refuse(writer, group.first, &why);
    return put_off.first;
}

static void serve(struct store_writer *writer, struct store_request *list)
{
    while (list) {
        struct error why = {0};
        if (store_writer_check(writer, &why) < 0) {
            refuse(writer, list, &why);
            return;
        }
        list = commit_together(writer, list);
    }
    checkpoint(writer, false);
}

/* ---- the thread ---- */

/* Waits for requests, a failure that was not told, or the end; false at the end. */
static bool wait_for_work(struct store_writer *writer, bool is_told,
                          struct store_request **list)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->first && !writer->ends &&
           (is_told || !atomic_load(&writer->has_failed)))
        pthread_cond_wait(&writer->wake, &writer->lock);
    *list = writer->first;
    writer->first = writer->last = NULL;
    bool goes_on = *list || !writer->ends;
    pthread_mutex_unlock(&writer->lock);
    return goes_on;
}

static bool tell_failure(struct store_writer *writer)
{
    if (!atomic_load(&writer->has_failed))
        return false;
    pthread_mutex_lock(&writer->lock);
    struct error why = writer->why;
    pthread_mutex_unlock(&writer->lock);
    if (writer->on_failure)
        writer->on_failure(writer->context, &why);
    return true;
}

static void *writer_main(void *argument)
{
    struct store_writer *writer = argument;
    struct store_request *list;
    bool is_told = false;
    while (wait_for_work(writer, is_told, &list)) {
        if (list)
            serve(writer, list);
        if (!is_told)
            is_told = tell_failure(writer);
    }
    if (!is_told)
        tell_failure(writer);
    return NULL;
}

int store_writer_start(struct store_writer *writer, struct error *err)
{
    sigset_t all, before;
    writer->next_number = database_next_number(writer->database);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    /* Signals are for the threads that expect them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&writer->thread, NULL, writer_main, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return 0;
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    return error_set(err, ERROR_NO_MEMORY, "no thread for the store's writer");
}

void store_writer_end(struct store_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->ends = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
}

int store_writer_run(struct store_writer *writer, struct store_request *request,
                     struct error *err)
{
    pthread_mutex_lock(&writer->lock);
    if (writer->last)
        writer->last->next = request;
    else
        writer->first = request;
    writer->last = request;
    pthread_cond_signal(&writer->wake);
    while (!request->is_done)
        pthread_cond_wait(&request->done, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
    return request->result == 0 ? 0 : error_copy(err, &request->why);
}
