/*
 * The bytes: for each part its name, how many numbers it has, and they. Reading goes over
 * them twice, so that a solver is changed by a state that fits as a whole or not at all.
 */
#include "core/optim/checkpoint.h"

#include <string.h>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/base/pack.h"

enum purpose { MEASURE, KEEP, COMPARE, RESTORE };

struct checkpoint {
    enum purpose purpose;
    size_t n_bytes;        /* to MEASURE: so far */
    struct buffer out;     /* to KEEP */
    struct pack_reader in; /* to COMPARE and RESTORE */
};

static bool text_is(const char *text, const void *bytes, size_t n)
{
    return bytes && n == strlen(text) && memcmp(text, bytes, n) == 0;
}

/* The head of a part of n numbers. False: there is nothing to do with the numbers, as
 * they are only counted, or what is read is another part. */
static bool begin_part(struct checkpoint *visit, const char *name, uint64_t n)
{
    if (visit->purpose == MEASURE) {
        visit->n_bytes += 2 * sizeof(uint64_t) + strlen(name) + n * sizeof(double);
        return false;
    }
    if (visit->purpose == KEEP) {
        pack_bytes(&visit->out, name, strlen(name));
        pack_u64(&visit->out, n);
        return true;
    }
    size_t n_name;
    const void *read = pack_read_bytes(&visit->in, &n_name);
    if (!text_is(name, read, n_name) || pack_read_u64(&visit->in) != n)
        visit->in.failed = true;
    return !visit->in.failed;
}

void checkpoint_numbers(struct checkpoint *visit, const char *name, double *numbers,
                        size_t n)
{
    if (!begin_part(visit, name, n))
        return;
    for (size_t i = 0; visit->purpose == KEEP && i < n; i++)
        pack_f64(&visit->out, numbers[i]);
    for (size_t i = 0; visit->purpose != KEEP && i < n; i++) {
        double number = pack_read_f64(&visit->in);
        if (visit->purpose == RESTORE)
            numbers[i] = number;
    }
}

void checkpoint_number(struct checkpoint *visit, const char *name, double *number)
{
    checkpoint_numbers(visit, name, number, 1);
}

void checkpoint_count(struct checkpoint *visit, const char *name, uint64_t *count)
{
    if (!begin_part(visit, name, 1))
        return;
    if (visit->purpose == KEEP) {
        pack_u64(&visit->out, *count);
        return;
    }
    uint64_t read = pack_read_u64(&visit->in);
    if (visit->purpose == RESTORE)
        *count = read;
}

void checkpoint_size(struct checkpoint *visit, const char *name, size_t *size)
{
    uint64_t count = *size;
    checkpoint_count(visit, name, &count);
    *size = (size_t)count;
}

void checkpoint_flag(struct checkpoint *visit, const char *name, bool *flag)
{
    uint64_t count = *flag;
    checkpoint_count(visit, name, &count);
    *flag = count != 0;
}

void checkpoint_start(struct checkpoint *visit, const char *name, double *start_seconds)
{
    double now = clock_seconds(), passed = now - *start_seconds;
    checkpoint_number(visit, name, &passed);
    if (visit->purpose == RESTORE)
        *start_seconds = now - passed;
}

void checkpoint_offer(const struct solver_watch *watch, checkpoint_visit_fn *visit,
                      void *solver)
{
    if (!watch || !watch->wants_state || !watch->wants_state(watch->context))
        return;
    struct checkpoint measuring = {.purpose = MEASURE}, keeping = {.purpose = KEEP};
    visit(solver, &measuring);
    buffer_reserve(&keeping.out, measuring.n_bytes); /* to grow once */
    visit(solver, &keeping);
    if (!keeping.out.failed)
        watch->keep_state(watch->context, keeping.out.bytes, keeping.out.n_bytes);
    buffer_free(&keeping.out);
}

bool checkpoint_resume(const struct solver_watch *watch, checkpoint_visit_fn *visit,
                       void *solver)
{
    if (!watch || !watch->state)
        return false;
    const struct pack_reader in = {.bytes = watch->state, .n_bytes = watch->state_bytes};
    struct checkpoint reading = {.purpose = COMPARE, .in = in};
    visit(solver, &reading);
    if (pack_check_end(&reading.in, NULL) < 0)
        return false;
    reading = (struct checkpoint){.purpose = RESTORE, .in = in};
    visit(solver, &reading);
    return true;
}
