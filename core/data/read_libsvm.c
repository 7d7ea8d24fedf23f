#include "core/data/read_libsvm.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/text/libsvm.h"
#include "core/text/number.h"

struct state {
    struct ingest *ingest;
    struct libsvm_scanner *scanner;
    bool has_begun;
};

static int on_problem(void *context, uint64_t row, const struct error *problem,
                      struct error *err)
{
    struct state *state = context;
    (void)row;
    return ingest_refuse_row(state->ingest, problem, err);
}

static int refuse_label(struct state *state, const struct libsvm_row *row,
                        struct error *err)
{
    struct error problem = {0};
    if (memchr(row->label, ',', row->label_bytes))
        error_set(&problem, ERROR_UNSUPPORTED, "the row has several labels; give it one");
    else
        error_set(&problem, ERROR_NOT_A_NUMBER, "the label is not a finite number");
    error_place(&problem, "row %llu, column %s", (unsigned long long)row->row,
                SPARSE_WRITER_LABEL);
    return ingest_refuse_row(state->ingest, &problem, err);
}

static int on_row(void *context, const struct libsvm_row *row, struct error *err)
{
    struct state *state = context;
    double label;
    if (!number_parse(row->label, row->label_bytes, &label))
        return refuse_label(state, row, err);
    if (!state->has_begun && ingest_begin_sparse(state->ingest, err) < 0)
        return -1;
    state->has_begun = true;
    if (ingest_add_sparse_row(state->ingest, label, row->entries, row->n_entries, err) ==
        0)
        return 0;
    error_place(err, "row %llu", (unsigned long long)row->row);
    return -1;
}

/* ---- as a reader ---- */

static void close_state(void *pointer)
{
    struct state *state = pointer;
    if (!state)
        return;
    libsvm_free(state->scanner);
    memory_free(state);
}

static void *open_state(const struct reader_options *options, struct ingest *ingest,
                        struct error *err)
{
    struct state *state = memory_new(1, sizeof(*state), err);
    (void)options;
    if (!state)
        return NULL;
    state->ingest = ingest;
    state->scanner = libsvm_new(on_row, on_problem, state, err);
    if (!state->scanner) {
        close_state(state);
        return NULL;
    }
    return state;
}

static int push(void *pointer, const char *bytes, size_t n, struct error *err)
{
    struct state *state = pointer;
    return libsvm_push(state->scanner, bytes, n, err);
}

static int finish(void *pointer, struct error *err)
{
    struct state *state = pointer;
    return libsvm_finish(state->scanner, err);
}

const struct reader read_libsvm = {open_state, push, finish, close_state};
