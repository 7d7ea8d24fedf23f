/*
 * Inline rows of a job: "data": {"columns":[…],"rows":[[…]]}. The rows may be many, so
 * they are taken out of the body by the scanner and never become a tree: what is left is
 * small.
 */
#ifndef LOGITD_API_JOB_DATA_H
#define LOGITD_API_JOB_DATA_H

#include "api/problem.h"
#include "core/base/buffer.h"
#include "core/data/summary.h"
#include "core/store/store.h"

/* A body cut in two: `rest` is the body with {} in the place of "data". */
struct job_data {
    struct buffer rest;
    const char *data; /* borrowed from the body; NULL: there is no such object */
    size_t data_bytes;
};

/* -1: the body is malformed (place "byte 17"). Into an all-zero one. */
int job_data_split(struct job_data *split, const char *body, size_t n_bytes,
                   struct error *err) MUST_CHECK;
void job_data_free(struct job_data *split);

/*
 * The rows as the bytes of a table (core/data/table.h) and its summary, read as an upload
 * of JSON is (core/data/read_json.h). What is wrong with them is reported at its pointer
 * ("/data/rows/3/1"), all of it; then `table` and `summary` hold nothing of use. -1: no
 * memory, no space, the same key twice.
 */
int job_data_read(const struct job_data *split, struct store *store, struct buffer *table,
                  struct summary *summary, struct problem_list *problems,
                  struct error *err) MUST_CHECK;

#endif
