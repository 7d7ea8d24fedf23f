#include "core/data/ingest.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/data/read_csv.h"
#include "core/data/read_json.h"
#include "core/data/read_libsvm.h"
#include "core/data/read_ndjson.h"
#include "core/data/read_npy.h"
#include "core/data/reader.h"
#include "core/text/number.h"

struct format_row {
    struct ingest_format format;
    char delimiter; /* of its own; '\0': has none */
    const struct reader *reader;
};

static const struct format_row formats[] = {
    {{"csv", "text/csv", true}, ',', &read_csv},
    {{"tsv", "text/tab-separated-values", true}, '\t', &read_csv},
    {{"ndjson", "application/x-ndjson", false}, '\0', &read_ndjson},
    {{"json", "application/json", false}, '\0', &read_json},
    {{"libsvm", "text/x-libsvm", false}, '\0', &read_libsvm},
    {{"npy", "application/x-npy", false}, '\0', &read_npy},
};
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const char *const default_na[] = {"NA", "NaN", "?", ""};

const struct ingest_options ingest_defaults = {
    .quote = '"',
    .header = true,
    .na = default_na,
    .n_na = sizeof(default_na) / sizeof(default_na[0]),
};

const struct ingest_format *ingest_format_of(const char *content_type)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i].format.content_type, content_type) == 0)
            return &formats[i].format;
    return NULL;
}

const struct ingest_format *ingest_format_at(size_t i)
{
    return i < N_FORMATS ? &formats[i].format : NULL;
}

/* ---- one file ---- */

struct ingest {
    const struct reader *reader;
    void *state; /* the reader's */
    struct na_list na;
    struct byte_sink sink;
    int scratch_fd;
    struct table_writer *writer;  /* NULL until the columns are known */
    struct sparse_writer *sparse; /* instead of it */
    table_problem_fn *tell;       /* NULL: the first problem ends it */
    void *context;
    size_t n_problems; /* with the first, rows are no longer kept */
    struct error first;
};

static const struct format_row *row_of(const struct ingest_format *format)
{
    const struct format_row *row = formats;
    while (&row->format != format)
        row++;
    return row;
}

static int open_reader(struct ingest *ingest, const struct format_row *row,
                       const struct ingest_options *options, struct error *err)
{
    bool is_default = options->na == NULL;
    const struct reader_options reader = {
        .delimiter = options->delimiter != '\0' ? options->delimiter : row->delimiter,
        .quote = options->quote,
        .header = options->header,
        .na = &ingest->na};
    if (na_list_start(&ingest->na, is_default ? ingest_defaults.na : options->na,
                      is_default ? ingest_defaults.n_na : options->n_na, err) < 0)
        return -1;
    ingest->reader = row->reader;
    ingest->state = row->reader->open(&reader, ingest, err);
    return ingest->state ? 0 : -1;
}

struct ingest *ingest_new(const struct ingest_format *format,
                          const struct ingest_options *options, struct byte_sink sink,
                          int scratch_fd, struct error *err)
{
    struct ingest *ingest = memory_new(1, sizeof(*ingest), err);
    if (!ingest)
        return NULL;
    ingest->sink = sink;
    ingest->scratch_fd = scratch_fd;
    if (open_reader(ingest, row_of(format), options, err) < 0) {
        ingest_free(ingest);
        return NULL;
    }
    return ingest;
}

void ingest_free(struct ingest *ingest)
{
    if (!ingest)
        return;
    if (ingest->reader)
        ingest->reader->close(ingest->state);
    table_writer_free(ingest->writer);
    sparse_writer_free(ingest->sparse);
    na_list_free(&ingest->na);
    memory_free(ingest);
}

void ingest_tell_problems(struct ingest *ingest, table_problem_fn *tell, void *context)
{
    ingest->tell = tell;
    ingest->context = context;
}

static void on_problem(void *context, const struct error *problem)
{
    struct ingest *ingest = context;
    if (ingest->n_problems++ == 0)
        error_copy(&ingest->first, problem);
    if (ingest->n_problems <= INGEST_MOST_PROBLEMS)
        ingest->tell(ingest->context, problem);
}

int ingest_push(struct ingest *ingest, const char *bytes, size_t n, struct error *err)
{
    return ingest->reader->push(ingest->state, bytes, n, err);
}

int ingest_finish(struct ingest *ingest, struct summary *summary, struct error *err)
{
    if (ingest->reader->finish(ingest->state, err) < 0)
        return -1;
    if (!ingest->writer && !ingest->sparse && ingest->n_problems == 0)
        return error_set(err, ERROR_NO_ROWS, "the file is empty");
    if (ingest->tell && ingest->writer && ingest->n_problems == 0)
        table_writer_tell_non_finite(ingest->writer, on_problem, ingest);
    if (ingest->n_problems > 0)
        return error_copy(err, &ingest->first);
    return ingest->sparse ? sparse_writer_finish(ingest->sparse, summary, err)
                          : table_writer_finish(ingest->writer, summary, err);
}

/* ---- for readers (core/data/reader.h) ---- */

int ingest_begin_table(struct ingest *ingest, const char *const *names, size_t n_columns,
                       uint64_t first_row, struct error *err)
{
    ingest->writer =
        table_writer_new(names, n_columns, ingest->sink, ingest->scratch_fd, err);
    if (!ingest->writer)
        return -1;
    table_writer_number_rows_from(ingest->writer, first_row);
    return 0;
}

int ingest_scratch_file(const struct ingest *ingest)
{
    return ingest->scratch_fd;
}

/* "c1": of at most 20 digits. */
#define NUMBERED_NAME_BYTES 24U

int ingest_begin_numbered(struct ingest *ingest, size_t n_columns, uint64_t first_row,
                          struct error *err)
{
    int result = -1;
    char(*texts)[NUMBERED_NAME_BYTES] = memory_new(n_columns, sizeof(*texts), err);
    const char **names = memory_new(n_columns, sizeof(*names), err);
    for (size_t j = 0; texts && names && j < n_columns; j++) {
        texts[j][0] = 'c';
        number_write_integer((int64_t)j + 1, texts[j] + 1);
        names[j] = texts[j];
    }
    if (texts && names)
        result = ingest_begin_table(ingest, names, n_columns, first_row, err);
    memory_free(names);
    memory_free(texts);
    return result;
}

int ingest_refuse_row(struct ingest *ingest, const struct error *problem,
                      struct error *err)
{
    if (!ingest->tell)
        return error_copy(err, problem);
    on_problem(ingest, problem);
    return ingest->n_problems < INGEST_MOST_PROBLEMS ? 0
                                                     : error_copy(err, &ingest->first);
}

int ingest_add_row(struct ingest *ingest, const struct table_cell *cells,
                   struct error *err)
{
    if (ingest->n_problems > 0)
        return 0;
    return table_writer_add(ingest->writer, cells, err);
}

int ingest_add_read_row(struct ingest *ingest, const struct table_cell *cells,
                        const double *plain, struct error *err)
{
    if (ingest->n_problems > 0)
        return 0;
    return table_writer_add_read(ingest->writer, cells, plain, err);
}

int ingest_add_rows(struct ingest *ingest, const struct table_rows *rows,
                    struct error *err)
{
    if (ingest->n_problems > 0)
        return 0;
    return table_rows_add(ingest->writer, rows, err);
}

int ingest_add_numbers(struct ingest *ingest, const double *numbers, struct error *err)
{
    if (ingest->n_problems > 0)
        return 0;
    return table_writer_add_numbers(ingest->writer, numbers, err);
}

int ingest_add_column(struct ingest *ingest, const char *name, struct error *err)
{
    return table_writer_add_column(ingest->writer, name, err);
}

int ingest_name_columns(struct ingest *ingest, const char *const *names, size_t n,
                        struct error *err)
{
    return table_writer_name_columns(ingest->writer, names, n, err);
}

int ingest_begin_sparse(struct ingest *ingest, struct error *err)
{
    ingest->sparse = sparse_writer_new(ingest->sink, ingest->scratch_fd, err);
    return ingest->sparse ? 0 : -1;
}

int ingest_add_sparse_row(struct ingest *ingest, double label,
                          const struct libsvm_entry *entries, size_t n_entries,
                          struct error *err)
{
    if (ingest->n_problems > 0)
        return 0;
    return sparse_writer_add(ingest->sparse, label, entries, n_entries, err);
}
