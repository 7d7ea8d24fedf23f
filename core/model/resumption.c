#include "core/model/resumption.h"

#include <string.h>

#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kernel/blas.h"

#define FORMAT_VERSION 3

/* ---- whose state it is ---- */

static void pack_task(const struct estimation *estimation, struct buffer *out)
{
    const struct estimate_options *options = estimation->options;
    const struct solver_options *solver = &options->solver;
    pack_u64(out, options->family);
    pack_string(out, estimation->algorithm.solver->name);
    pack_u64(out, estimation->design->n_rows);
    pack_u64(out, estimation->likelihood.n);
    pack_f64(out, estimation->survey.sum_weights);
    pack_f64(out, estimation->null_loss);
    pack_f64(out, options->l2);
    pack_f64(out, options->l1);
    pack_u64(out, solver->max_iterations);
    pack_f64(out, solver->tolerance);
    pack_u64(out, solver->seed);
    pack_f64(out, solver->learning_rate);
    pack_u64(out, solver->schedule);
    pack_u64(out, solver->batch_size);
    pack_u64(out, solver->max_epochs);
    pack_u64(out, solver->n_periods);
    pack_f64(out, solver->momentum);
    pack_u8(out, solver->nesterov);
    pack_u8(out, solver->averaging);
}

static void pack_validation(const struct estimate_options *options, struct buffer *out)
{
    const struct design *held_out = options->held_out;
    pack_u64(out, held_out ? held_out->n_rows : 0);
    pack_f64(out, held_out ? held_out->sum_weights : 0);
    pack_u64(out, options->patience);
    pack_f64_array(out, options->rates, options->n_rates);
}

/* Of what must be the same for the same bits: the program and its libraries, the task,
 * and where the search begins. */
static int find_key(struct trace *trace, struct error *err)
{
    const struct estimation *estimation = trace->estimation;
    size_t n_bytes = estimation->likelihood.n * sizeof(double);
    struct buffer task = BUFFER_EMPTY;
    pack_u32(&task, FORMAT_VERSION);
    pack_string(&task, LOGITD_VERSION);
    pack_string(&task, blas_description());
    pack_task(estimation, &task);
    pack_validation(estimation->options, &task);
    pack_bytes(&task, estimation->point.beta, n_bytes);
    int status = buffer_check(&task, err);
    if (status == 0)
        checksum_sha256_hex(task.bytes, task.n_bytes, trace->key);
    buffer_free(&task);
    return status;
}

/* ---- keeping ---- */

void resumption_pack(const struct trace *trace, const void *state, size_t n_bytes,
                     struct buffer *out)
{
    const struct estimation *estimation = trace->estimation;
    struct report report = estimation->estimate->report;
    double now = clock_seconds(); /* once: differences of the two below must last */
    report.trace = trace->steps;
    report.n_steps = trace->n_steps;
    pack_string(out, trace->key);
    pack_string(out, estimation->solver->name);
    pack_u8(out, estimation->is_afresh);
    pack_u64(out, estimation->n_unproved);
    pack_f64(out, estimation->likelihood.misplaced_weight);
    pack_f64(out, estimation->likelihood.n_passes);
    pack_u8(out, trace->looks_for_separation);
    pack_u64(out, trace->first_iteration);
    pack_f64(out, now - trace->start_seconds);
    pack_f64(out, now - trace->first_seconds);
    pack_f64(out, trace->best_value);
    pack_f64_array(out, trace->best, estimation->likelihood.n);
    pack_u64(out, trace->best_iteration);
    pack_u64(out, trace->patience.n_seen);
    pack_u64(out, trace->patience.n_without);
    pack_f64(out, trace->patience.least);
    pack_f64(out, estimation->rate);
    pack_bytes(out, state, n_bytes);
    report_pack(&report, out);
}

/* ---- going on ---- */

struct resumption {
    char *key, *solver;
    bool is_afresh, looks_for_separation;
    uint64_t n_unproved, first_iteration;
    double misplaced_weight, n_passes, seconds, first_seconds, best_value;
    double *best; /* [n_best] or NULL */
    size_t n_best;
    uint64_t best_iteration;
    struct patience patience; /* but how much there is */
    double rate;
    const void *state;
    size_t state_bytes;
    struct report report; /* its warnings and steps */
};

static void free_resumption(struct resumption *read)
{
    memory_free(read->key);
    memory_free(read->solver);
    memory_free(read->best);
    report_free(&read->report);
}

static int read_all(struct resumption *read, struct pack_reader *in, struct error *err)
{
    read->key = pack_read_string(in, err);
    read->solver = pack_read_string(in, err);
    read->is_afresh = pack_read_u8(in) != 0;
    read->n_unproved = pack_read_u64(in);
    read->misplaced_weight = pack_read_f64(in);
    read->n_passes = pack_read_f64(in);
    read->looks_for_separation = pack_read_u8(in) != 0;
    read->first_iteration = pack_read_u64(in);
    read->seconds = pack_read_f64(in);
    read->first_seconds = pack_read_f64(in);
    read->best_value = pack_read_f64(in);
    read->best = pack_read_f64_array(in, &read->n_best, err);
    read->best_iteration = pack_read_u64(in);
    read->patience.n_seen = pack_read_u64(in);
    read->patience.n_without = pack_read_u64(in);
    read->patience.least = pack_read_f64(in);
    read->rate = pack_read_f64(in);
    read->state = pack_read_bytes(in, &read->state_bytes);
    if (pack_check(in, err) < 0 || report_unpack(&read->report, in, err) < 0)
        return -1;
    return pack_check_end(in, err);
}

/* The steps into the trace's own array, which may have room for fewer. */
static void take_steps(struct trace *trace, const struct report *report)
{
    trace->n_steps =
        report->n_steps < trace->capacity ? report->n_steps : trace->capacity;
    memcpy(trace->steps, report->trace, trace->n_steps * sizeof(*trace->steps));
}

static void take_best(struct trace *trace, const struct resumption *read)
{
    if (!trace->best || !read->best || read->n_best != trace->estimation->likelihood.n)
        return;
    memcpy(trace->best, read->best, read->n_best * sizeof(*read->best));
    trace->best_value = read->best_value;
    trace->best_iteration = read->best_iteration;
}

static void take_patience(struct trace *trace, const struct resumption *read)
{
    uint64_t most = trace->patience.most;
    trace->patience = read->patience;
    trace->patience.most = most;
}

static void take(struct trace *trace, struct resumption *read)
{
    struct estimation *estimation = trace->estimation;
    struct report *report = &estimation->estimate->report;
    double now = clock_seconds();
    estimation->solver = solver_find(read->solver);
    estimation->is_afresh = read->is_afresh;
    estimation->n_unproved = (size_t)read->n_unproved;
    estimation->likelihood.misplaced_weight = read->misplaced_weight;
    estimation->likelihood.n_passes = read->n_passes;
    trace->looks_for_separation = read->looks_for_separation;
    trace->first_iteration = read->first_iteration;
    trace->start_seconds = now - read->seconds;
    trace->first_seconds = now - read->first_seconds;
    trace->earlier_seconds = read->seconds;
    estimation->rate = read->rate;
    take_best(trace, read);
    take_patience(trace, read);
    trace->state = read->state;
    trace->state_bytes = read->state_bytes;
    take_steps(trace, &read->report);
    report_take_warnings(report, &read->report);
}

static int go_on(struct trace *trace, struct error *err)
{
    const struct solver_watch *watch = trace->watch;
    struct pack_reader in = {.bytes = watch->state, .n_bytes = watch->state_bytes};
    struct resumption read = {0};
    struct error why = {0};
    if (read_all(&read, &in, &why) == 0 && strcmp(read.key, trace->key) == 0 &&
        solver_find(read.solver))
        take(trace, &read);
    free_resumption(&read);
    return why.code == ERROR_NO_MEMORY ? error_copy(err, &why) : 0;
}

int resumption_start(struct trace *trace, struct error *err)
{
    const struct solver_watch *watch = trace->watch;
    if (!watch->wants_state && !watch->state)
        return 0;
    if (find_key(trace, err) < 0)
        return -1;
    return watch->state ? go_on(trace, err) : 0;
}
