#include "api/score_data.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "api/dataset_open.h"
#include "api/score_write.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/data/scratch_file.h"
#include "core/model/score_table.h"

#define WRITE_BYTES ((size_t)256 << 10)

/* Why a row has no scores; of its first bad cell. */
struct bad_row {
    enum error_code code;
    const char *column;
};

struct scoring {
    struct service *service;
    const struct model *model;
    const struct score_request *request;
    const struct table *table;
    struct problem_list *problems;
    struct score_table *scorer;
    struct score_columns columns;
    struct predict_outcome outcome;
    struct score_write writer;
    size_t piece_rows, offset_column, reserved_bytes;
    double *scores, *offset;
    bool *is_bad;
    struct row_levels where; /* of no table: all rows are meant */
    unsigned char *is_meant; /* [piece_rows] */
    struct bad_row *bad;     /* [piece_rows] */
    uint64_t first_row;      /* of the piece */
    struct buffer out;
    struct score_file *file;
    struct stop stop; /* asked between pieces */
};

static void scoring_free(struct scoring *scoring)
{
    score_table_free(scoring->scorer);
    score_columns_free(&scoring->columns);
    predict_outcome_close(&scoring->outcome);
    memory_free(scoring->scores);
    memory_free(scoring->offset);
    memory_free(scoring->is_bad);
    row_levels_free(&scoring->where);
    memory_free(scoring->is_meant);
    memory_free(scoring->bad);
    buffer_free(&scoring->out);
    budget_release(&scoring->service->budget, scoring->reserved_bytes);
}

/* ---- before the first row ---- */

static void find_offset(struct scoring *scoring)
{
    const char *name = scoring->request->offset;
    const struct summary *summary = table_summary(scoring->table);
    scoring->offset_column = name ? summary_find(summary, name) : SIZE_MAX;
    if (!name)
        return;
    if (scoring->offset_column == SIZE_MAX)
        problem_report(scoring->problems, ERROR_UNKNOWN_COLUMN, "/offset",
                       "the data has no column %.100s", name);
    else if (summary->columns[scoring->offset_column].type != COLUMN_NUMERIC)
        problem_report(scoring->problems, ERROR_NOT_A_NUMBER, "/offset",
                       "column %.100s has text where numbers are needed", name);
}

static int check(struct scoring *scoring, struct error *err)
{
    const struct score_request *request = scoring->request;
    dataset_open_check_inputs(scoring->model, table_summary(scoring->table),
                              scoring->problems);
    find_offset(scoring);
    if (row_filter_find(&request->where, scoring->table, &scoring->where,
                        scoring->problems, err) < 0)
        return -1;
    if (score_columns_open(&scoring->columns, scoring->table, request->columns,
                           request->n_columns, request->format == SCORE_NPY,
                           scoring->problems, err) < 0)
        return -1;
    if (predict_outcome_open(&scoring->outcome, scoring->model, &request->options, err) <
        0)
        return -1;
    score_write_check(&scoring->writer, request->columns, scoring->problems);
    return 0;
}

static int make_arrays(struct scoring *scoring, struct error *err)
{
    size_t n = scoring->piece_rows, n_scores = n * model_n_scores(scoring->model);
    size_t n_bytes = score_columns_bytes(scoring->columns.n, n) +
                     (n_scores + n) * sizeof(double) + n * (sizeof(*scoring->bad) + 2) +
                     2 * WRITE_BYTES;
    if (budget_reserve(&scoring->service->budget, n_bytes, err) < 0)
        return -1;
    scoring->reserved_bytes = n_bytes;
    scoring->scores = memory_new_aligned(n_scores, sizeof(*scoring->scores), err);
    scoring->offset = memory_new(n, sizeof(*scoring->offset), err);
    scoring->is_bad = memory_new(n, sizeof(*scoring->is_bad), err);
    scoring->bad = memory_new(n, sizeof(*scoring->bad), err);
    scoring->is_meant = memory_new(n, sizeof(*scoring->is_meant), err);
    if (!scoring->scores || !scoring->offset || !scoring->is_bad || !scoring->bad ||
        !scoring->is_meant)
        return -1;
    return score_columns_make(&scoring->columns, n, err);
}

static int open_scorer(struct scoring *scoring, struct error *err)
{
    struct error why = {0};
    scoring->scorer =
        score_table_new(scoring->model, scoring->table, &scoring->service->budget, &why);
    if (!scoring->scorer)
        return dataset_open_tell(&why, scoring->problems, err);
    scoring->piece_rows = score_table_piece_rows(scoring->scorer);
    return make_arrays(scoring, err);
}

/* ---- rows ---- */

static void on_bad(void *context, uint64_t row, const char *column, enum error_code code)
{
    struct scoring *scoring = context;
    struct bad_row *bad = &scoring->bad[row - scoring->first_row];
    if (!scoring->is_meant[row - scoring->first_row])
        return;
    if (bad->code == ERROR_NONE)
        *bad = (struct bad_row){code, column};
    if (!scoring->request->options.on_error_row)
        dataset_open_refuse(row, column, code, scoring->problems);
}

static void add_offset(struct scoring *scoring, size_t n)
{
    if (scoring->offset_column == SIZE_MAX)
        return;
    table_read_numbers(scoring->table, scoring->offset_column, scoring->first_row, n,
                       scoring->offset);
    for (size_t i = 0; i < n; i++)
        if (isnan(scoring->offset[i]))
            on_bad(scoring, scoring->first_row + i, scoring->request->offset,
                   ERROR_MISSING_VALUE);
        else
            scoring->scores[i] =
                fmax(-DBL_MAX, fmin(scoring->scores[i] + scoring->offset[i], DBL_MAX));
}

static int flush(struct scoring *scoring, struct error *err)
{
    if (buffer_check(&scoring->out, err) < 0 ||
        scratch_file_write(scoring->file->fd, scoring->out.bytes, scoring->out.n_bytes,
                           scoring->file->n_bytes, err) < 0)
        return -1;
    scoring->file->n_bytes += scoring->out.n_bytes;
    buffer_clear(&scoring->out);
    return 0;
}

static void choose(struct scoring *scoring, uint64_t first_row, size_t n)
{
    if (scoring->where.table)
        row_levels_read(&scoring->where, first_row, n, scoring->is_meant);
    else
        memset(scoring->is_meant, 1, n);
}

static void score_piece(struct scoring *scoring, size_t n)
{
    choose(scoring, scoring->first_row, n);
    memset(scoring->is_bad, 0, n * sizeof(*scoring->is_bad));
    memset(scoring->bad, 0, n * sizeof(*scoring->bad));
    score_table_read(scoring->scorer, scoring->first_row, n, scoring->scores,
                     scoring->is_bad, on_bad, scoring);
    add_offset(scoring, n);
}

static void write_row(struct scoring *scoring, size_t i)
{
    const struct bad_row *bad = &scoring->bad[i];
    if (bad->code == ERROR_NONE)
        predict_outcome_take(&scoring->outcome,
                             scoring->scores + i * model_n_scores(scoring->model), NULL,
                             0);
    score_write_row(&scoring->writer, i, bad->code, dataset_open_detail(bad->code),
                    bad->column);
}

/* Once a row has failed the request, the others are only looked at. */
static int write_piece(struct scoring *scoring, size_t n, struct error *err)
{
    if (scoring->problems->n > 0)
        return 0;
    score_columns_read(&scoring->columns, scoring->first_row, n);
    for (size_t i = 0; i < n; i++) {
        if (!scoring->is_meant[i])
            continue;
        write_row(scoring, i);
        if (scoring->out.n_bytes >= WRITE_BYTES && flush(scoring, err) < 0)
            return -1;
    }
    return 0;
}

static size_t piece_at(const struct scoring *scoring, uint64_t first)
{
    uint64_t left = table_summary(scoring->table)->n_rows - first;
    return left < scoring->piece_rows ? (size_t)left : scoring->piece_rows;
}

/* The head of an array says how many there will be; no other file does. */
static uint64_t count_meant(struct scoring *scoring)
{
    uint64_t n_rows = table_summary(scoring->table)->n_rows, n_meant = 0;
    if (!scoring->where.table || scoring->request->format != SCORE_NPY)
        return n_rows;
    for (uint64_t first = 0; first < n_rows && !stop_is_asked(&scoring->stop);
         first += scoring->piece_rows) {
        size_t n = piece_at(scoring, first);
        choose(scoring, first, n);
        for (size_t i = 0; i < n; i++)
            n_meant += scoring->is_meant[i];
    }
    return n_meant;
}

static int write_all(struct scoring *scoring, struct error *err)
{
    uint64_t n_rows = table_summary(scoring->table)->n_rows;
    score_write_head(&scoring->writer, count_meant(scoring));
    for (uint64_t first = 0; first < n_rows; first += scoring->piece_rows) {
        size_t n = piece_at(scoring, first);
        if (stop_check(&scoring->stop, err) < 0)
            return -1;
        scoring->first_row = first;
        score_piece(scoring, n);
        if (write_piece(scoring, n, err) < 0)
            return -1;
    }
    return scoring->problems->n > 0 ? 0 : flush(scoring, err);
}

/* ---- the whole ---- */

static int run(struct scoring *scoring, struct error *err)
{
    if (check(scoring, err) < 0)
        return -1;
    if (scoring->problems->n > 0)
        return 0;
    if (open_scorer(scoring, err) < 0)
        return -1;
    if (scoring->problems->n > 0)
        return 0;
    scoring->file->fd = store_scratch_file(scoring->service->store, err);
    return scoring->file->fd < 0 ? -1 : write_all(scoring, err);
}

static int score_table_of(struct service *service, const struct model *model,
                          const struct score_request *request, const struct table *table,
                          struct score_file *file, struct problem_list *problems,
                          struct error *err)
{
    struct scoring scoring = {.service = service,
                              .model = model,
                              .request = request,
                              .table = table,
                              .problems = problems,
                              .file = file,
                              .stop = service_work_stop(service)};
    scoring.writer = (struct score_write){.format = request->format,
                                          .tells_errors = request->options.on_error_row,
                                          .columns = &scoring.columns,
                                          .outcome = &scoring.outcome,
                                          .out = &scoring.out};
    int result = run(&scoring, err);
    scoring_free(&scoring);
    return result;
}

int score_data_run(struct service *service, const struct model *model,
                   const struct score_request *request, struct score_file *file,
                   struct problem_list *problems, struct error *err)
{
    struct dataset_table opened = {0};
    *file = (struct score_file){.fd = -1};
    struct error why = {0};
    int result =
        dataset_open_named(service->store, request->dataset, &opened, problems, &why);
    if (result == 0 && opened.table)
        result =
            score_table_of(service, model, request, opened.table, file, problems, &why);
    if (dataset_table_check(&opened, "the dataset", err) < 0 || result < 0)
        result = error_copy(err, &why);
    dataset_table_close(&opened);
    if ((result < 0 || problems->n > 0) && file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
    return result;
}
