#include "api/job_data.h"

#include <stdio.h>
#include <unistd.h>

#include "core/data/ingest.h"
#include "core/text/json_scan.h"

/* ---- cutting the body ---- */

void job_data_free(struct job_data *split)
{
    buffer_free(&split->rest);
    *split = (struct job_data){0};
}

/* Finds the first member "data" of the outermost object, if it is an object. */
static int find_data(struct job_data *split, const char *body, size_t n_bytes,
                     struct error *err)
{
    struct json_scan scan = json_scan_start(body, n_bytes);
    struct json_text key;
    int more;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT)
        return 0;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while ((more = json_scan_next_key(&scan, &key, err)) == 1) {
        bool is_data = !split->data && json_scan_text_is(&key, "data") &&
                       json_scan_peek(&scan) == JSON_KIND_OBJECT;
        size_t start = scan.at;
        if (json_scan_skip(&scan, err) < 0)
            return -1;
        if (is_data) {
            split->data = body + start;
            split->data_bytes = scan.at - start;
        }
    }
    return more;
}

int job_data_split(struct job_data *split, const char *body, size_t n_bytes,
                   struct error *err)
{
    if (json_scan_check(body, n_bytes, err) < 0 ||
        find_data(split, body, n_bytes, err) < 0)
        return -1;
    size_t before = split->data ? (size_t)(split->data - body) : n_bytes;
    buffer_append(&split->rest, body, before);
    if (split->data) {
        size_t after = before + split->data_bytes;
        buffer_append_string(&split->rest, "{}");
        buffer_append(&split->rest, body + after, n_bytes - after);
    }
    return buffer_check(&split->rest, err);
}

/* ---- reading the rows ---- */

/* The reader's pointers are of its own document. */
static void on_problem(void *context, const struct error *problem)
{
    struct error placed = *problem;
    snprintf(placed.place, sizeof(placed.place), "/data%.*s",
             (int)sizeof(placed.place) - 6, problem->place);
    problem_add(context, &placed);
}

static int push_all(struct ingest *ingest, const struct job_data *split,
                    struct summary *summary, struct error *err)
{
    return ingest_push(ingest, split->data, split->data_bytes, err) < 0
               ? -1
               : ingest_finish(ingest, summary, err);
}

int job_data_read(const struct job_data *split, struct store *store, struct buffer *table,
                  struct summary *summary, struct problem_list *problems,
                  struct error *err)
{
    struct problem_list found = {0};
    struct error why = {0};
    int result = -1, scratch_fd = store_scratch_file(store, err);
    if (scratch_fd < 0)
        return -1;
    struct ingest *ingest =
        ingest_new(ingest_format_of("application/json"), &ingest_defaults,
                   buffer_sink(table), scratch_fd, err);
    if (ingest) {
        ingest_tell_problems(ingest, on_problem, &found);
        result = push_all(ingest, split, summary, &why);
    }
    /* Problems end the reading with the first of them. */
    if (result < 0 && found.n > 0 && why.code == found.errors[0].code)
        result = 0;
    else
        error_copy(err, &why);
    ingest_free(ingest);
    close(scratch_fd);
    problem_list_move(problems, &found);
    return result;
}
