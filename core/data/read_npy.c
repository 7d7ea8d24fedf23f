/*
 * In C order rows are read as they come. In Fortran's the last column's first cell comes
 * when all others have: the bytes wait on the scratch file (core/data/npy_transpose.h).
 */
#include "core/data/read_npy.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/npy_header.h"
#include "core/data/npy_transpose.h"
#include "core/data/scratch_file.h"

#define MOST_COLUMNS 65536U

struct state {
    struct ingest *ingest;
    struct buffer start; /* prefix and dict, as far as they have come */
    bool has_header;
    bool is_spooled; /* to the scratch file */
    struct npy_header header;
    size_t n_columns, row_bytes;
    uint64_t n_data_bytes; /* that the header speaks of */
    uint64_t n_header_bytes;
    uint64_t n_read; /* of them */
    double *numbers; /* [n_columns] */
    char *part;      /* [row_bytes] of a row that is not whole yet */
    size_t n_part;
};

static int fail_at(uint64_t byte, enum error_code code, const char *message,
                   struct error *err)
{
    error_set(err, code, "%s", message);
    error_place(err, "byte %llu", (unsigned long long)byte);
    return -1;
}

/* ---- the header ---- */

/* Whole columns and bytes of the shape; the place is the header's. */
static int measure(struct state *state, struct error *err)
{
    const struct npy_header *header = &state->header;
    uint64_t n_columns = 1, n_rows = header->n_dimensions > 0 ? header->shape[0] : 0;
    if (header->n_dimensions == 0)
        return error_set(err, ERROR_INVALID,
                         "the array has no dimension; its first one are the rows");
    if (n_rows == 0)
        return error_set(err, ERROR_NO_ROWS, "the array has no rows");
    for (size_t i = 1; i < header->n_dimensions; i++) {
        if (header->shape[i] == 0)
            return error_set(err, ERROR_INVALID, "the array has no columns");
        if (header->shape[i] > MOST_COLUMNS / n_columns)
            return error_set(err, ERROR_TOO_LARGE,
                             "the array has more than %u columns: numbers for each "
                             "index of its first dimension",
                             MOST_COLUMNS);
        n_columns *= header->shape[i];
    }
    state->n_columns = (size_t)n_columns;
    state->row_bytes = state->n_columns * header->type.size;
    if (n_rows > INT64_MAX / state->row_bytes)
        return error_set(err, ERROR_TOO_LARGE, "the shape of the array is too large");
    state->n_data_bytes = n_rows * state->row_bytes;
    return 0;
}

static int begin_table(struct state *state, struct error *err)
{
    if (measure(state, err) < 0) {
        error_place(err, "byte %zu", state->start.n_bytes);
        return -1;
    }
    state->numbers = memory_new(state->n_columns, sizeof(*state->numbers), err);
    state->part = memory_new(state->row_bytes, 1, err);
    if (!state->numbers || !state->part)
        return -1;
    state->has_header = true;
    state->n_header_bytes = state->start.n_bytes;
    state->is_spooled = state->header.is_fortran && state->n_columns > 1;
    return state->is_spooled
               ? 0
               : ingest_begin_numbered(state->ingest, state->n_columns, 1, err);
}

/* How many bytes are wanted next; 0: the header is whole. */
static int find_missing(const struct state *state, struct npy_prefix *prefix, size_t *n,
                        struct error *err)
{
    const struct buffer *start = &state->start;
    int is_known = start->n_bytes > 0
                       ? npy_header_read_prefix(prefix, start->bytes, start->n_bytes, err)
                       : 0;
    if (is_known < 0)
        return -1;
    *n = is_known ? prefix->n_bytes + prefix->n_dict_bytes - start->n_bytes : 1;
    return 0;
}

/* Takes from the piece what belongs to the header. */
static int push_header(struct state *state, const char **bytes, size_t *n,
                       struct error *err)
{
    struct npy_prefix prefix;
    size_t n_missing = 1;
    while (*n > 0 && n_missing > 0) {
        size_t n_some = n_missing < *n ? n_missing : *n;
        buffer_append(&state->start, *bytes, n_some);
        if (buffer_check(&state->start, err) < 0)
            return -1;
        *bytes += n_some;
        *n -= n_some;
        if (find_missing(state, &prefix, &n_missing, err) < 0)
            return -1;
    }
    if (n_missing > 0)
        return 0;
    return npy_header_read(&state->header, state->start.bytes + prefix.n_bytes,
                           prefix.n_dict_bytes, prefix.n_bytes, err) < 0
               ? -1
               : begin_table(state, err);
}

/* ---- the numbers ---- */

static int add_row(struct state *state, const char *bytes, struct error *err)
{
    npy_type_convert(&state->header.type, bytes, state->n_columns, state->numbers);
    return ingest_add_numbers(state->ingest, state->numbers, err);
}

/* The part of a row that the last piece ended with. */
static int push_part(struct state *state, const char **bytes, size_t *n,
                     struct error *err)
{
    size_t n_missing = state->row_bytes - state->n_part;
    size_t n_some = n_missing < *n ? n_missing : *n;
    memcpy(state->part + state->n_part, *bytes, n_some);
    state->n_part += n_some;
    *bytes += n_some;
    *n -= n_some;
    if (state->n_part < state->row_bytes)
        return 0;
    state->n_part = 0;
    return add_row(state, state->part, err);
}

static int push_rows(struct state *state, const char *bytes, size_t n, struct error *err)
{
    if (state->n_part > 0 && push_part(state, &bytes, &n, err) < 0)
        return -1;
    for (; n >= state->row_bytes; bytes += state->row_bytes, n -= state->row_bytes)
        if (add_row(state, bytes, err) < 0)
            return -1;
    return n > 0 ? push_part(state, &bytes, &n, err) : 0;
}

static int push(void *pointer, const char *bytes, size_t n, struct error *err)
{
    struct state *state = pointer;
    if (!state->has_header && push_header(state, &bytes, &n, err) < 0)
        return -1;
    if (n == 0)
        return 0;
    uint64_t at = state->n_read;
    if (n > state->n_data_bytes - at)
        return fail_at(state->n_header_bytes + state->n_data_bytes, ERROR_BAD_NPY,
                       "the file goes on behind the array that its header describes",
                       err);
    state->n_read += n;
    return state->is_spooled
               ? scratch_file_write(ingest_scratch_file(state->ingest), bytes, n, at, err)
               : push_rows(state, bytes, n, err);
}

/* ---- as a reader ---- */

static void close_state(void *pointer)
{
    struct state *state = pointer;
    if (!state)
        return;
    buffer_free(&state->start);
    memory_free(state->numbers);
    memory_free(state->part);
    memory_free(state);
}

static void *open_state(const struct reader_options *options, struct ingest *ingest,
                        struct error *err)
{
    struct state *state = memory_new(1, sizeof(*state), err);
    (void)options;
    if (state)
        state->ingest = ingest;
    return state;
}

static int check_end(const struct state *state, struct error *err)
{
    if (!state->has_header)
        return fail_at(state->start.n_bytes, ERROR_BAD_NPY,
                       "the file ends within its header", err);
    if (state->n_read == state->n_data_bytes)
        return 0;
    error_set(err, ERROR_BAD_NPY,
              "the file is cut off: of %llu bytes that its header describes there are "
              "%llu",
              (unsigned long long)state->n_data_bytes, (unsigned long long)state->n_read);
    error_place(err, "byte %llu",
                (unsigned long long)(state->n_header_bytes + state->n_read));
    return -1;
}

static int finish(void *pointer, struct error *err)
{
    struct state *state = pointer;
    if (state->start.n_bytes == 0)
        return 0; /* ingest says that there is nothing */
    if (check_end(state, err) < 0)
        return -1;
    if (!state->is_spooled)
        return 0;
    if (ingest_begin_numbered(state->ingest, state->n_columns, 1, err) < 0)
        return -1;
    return npy_transpose(&state->header, state->n_columns, state->ingest, err);
}

const struct reader read_npy = {open_state, push, finish, close_state};
