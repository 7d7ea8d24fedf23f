/* Work that no request waits for, on the threads of those that may block. */
#include "core/base/memory.h"
#include "server/transport_internal.h"

#define MOST_WAITING 4U /* of any tasks: requests that wait come first */

struct later {
    struct executor_task task;
    void (*run)(void *work);
    void *work;
};

static void run(void *context)
{
    struct later *later = context;
    later->run(later->work);
    memory_free(later);
}

bool transport_later(struct transport *transport, void (*run_work)(void *work),
                     void *work)
{
    if (atomic_load(&transport->is_ending) ||
        executor_n_waiting(transport->executor) >= MOST_WAITING)
        return false;
    struct later *later = memory_new(1, sizeof(*later), NULL);
    if (!later)
        return false;
    later->task = (struct executor_task){.run = run, .context = later};
    later->run = run_work;
    later->work = work;
    executor_submit(transport->executor, &later->task);
    return true;
}
