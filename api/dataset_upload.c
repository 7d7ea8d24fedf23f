#include "api/dataset_upload.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "api/dataset_record.h"
#include "api/handlers/handle_datasets.h"
#include "api/query.h"
#include "api/registry.h"
#include "api/service_internal.h"
#include "api/upload_options.h"
#include "core/base/memory.h"
#include "core/data/gunzip.h"

struct dataset_upload {
    struct store *store;
    struct store_blob_writer *blob;
    int scratch_fd;
    struct gunzip *gunzip; /* NULL: the bytes come as they are */
    struct ingest *ingest;
    struct checksum_sha256 sha256; /* of dataset_upload_digest alone */
    struct dataset_record record;
    struct problem_list problems; /* of rows and columns, while reading goes on */
};

void dataset_upload_free(struct dataset_upload *upload)
{
    if (!upload)
        return;
    gunzip_free(upload->gunzip);
    ingest_free(upload->ingest);
    store_blob_abandon(upload->blob);
    if (upload->scratch_fd >= 0)
        close(upload->scratch_fd);
    dataset_record_free(&upload->record);
    problem_list_free(&upload->problems);
    memory_free(upload);
}

/* ---- beginning ---- */

static void respond_unknown_format(struct exchange *exchange)
{
    struct buffer known = BUFFER_EMPTY;
    for (size_t i = 0; ingest_format_at(i); i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", ingest_format_at(i)->content_type);
    problem_respond_status(
        exchange, 415, "unsupported_media_type",
        "Content-Type must name a format that is read here, in UTF-8: %s",
        known.bytes && !known.failed ? known.bytes : "text/csv");
    buffer_free(&known);
}

/* What the file is, and whether it is packed; NULL with the answer made. */
static const struct ingest_format *find_format(struct exchange *exchange, bool *is_packed)
{
    char type[128];
    bool is_utf8 = request_media_type(&exchange->request, type, sizeof(type));
    const struct ingest_format *format = is_utf8 ? ingest_format_of(type) : NULL;
    const char *encoding = request_header(&exchange->request, "Content-Encoding");
    bool is_plain = !encoding || strcasecmp(encoding, "identity") == 0;
    *is_packed = !is_plain && (strcasecmp(encoding, "gzip") == 0 ||
                               strcasecmp(encoding, "x-gzip") == 0);
    if (!format) {
        respond_unknown_format(exchange);
    } else if (!is_plain && !*is_packed) {
        problem_respond_status(
            exchange, 415, "unsupported_content_encoding",
            "send the file as it is, or packed with Content-Encoding: gzip");
        return NULL;
    }
    return format;
}

static void check_name(const char *name, struct problem_list *problems)
{
    if (name && !registry_name_is_valid(name))
        problem_report(
            problems, ERROR_INVALID, "query name",
            "must be 1 to 128 letters, digits, dots, dashes or underscores, the "
            "first a letter or digit");
}

static void on_problem(void *context, const struct error *problem)
{
    struct dataset_upload *upload = context;
    problem_add(&upload->problems, problem);
}

static int unpacked(void *context, const void *bytes, size_t n, struct error *err)
{
    struct dataset_upload *upload = context;
    return ingest_push(upload->ingest, bytes, n, err);
}

/* What is asked for, checked. */
struct plan {
    const struct ingest_format *format;
    bool is_packed;
    const char *name; /* may be NULL */
    struct upload_options options;
};

static int open_parts(struct dataset_upload *upload, const struct plan *plan,
                      uint64_t n_bytes_most, struct error *err)
{
    const struct byte_sink sink = {unpacked, upload};
    if (plan->name && !(upload->record.name = memory_copy_string(plan->name, err)))
        return -1;
    if (plan->is_packed &&
        !(upload->gunzip = gunzip_new(GUNZIP_GZIP, sink, n_bytes_most, err)))
        return -1;
    if (!(upload->record.format = memory_copy_string(plan->format->name, err)) ||
        (upload->scratch_fd = store_scratch_file(upload->store, err)) < 0 ||
        !(upload->blob =
              store_blob_begin(upload->store, STORE_DATASET, STORE_DIGEST_BLOCKS, err)))
        return -1;
    checksum_sha256_start(&upload->sha256);
    upload->ingest = ingest_new(plan->format, &plan->options.ingest,
                                store_blob_sink(upload->blob), upload->scratch_fd, err);
    if (!upload->ingest)
        return -1;
    ingest_tell_problems(upload->ingest, on_problem, upload);
    return 0;
}

static struct dataset_upload *upload_new(struct service *service, const struct plan *plan,
                                         struct error *err)
{
    struct dataset_upload *upload = memory_new(1, sizeof(*upload), err);
    if (!upload)
        return NULL;
    upload->store = service->store;
    upload->scratch_fd = -1;
    if (open_parts(upload, plan, service->options.max_upload_bytes, err) < 0) {
        dataset_upload_free(upload);
        return NULL;
    }
    return upload;
}

struct dataset_upload *dataset_upload_begin(struct service *service,
                                            struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct dataset_upload *upload = NULL;
    struct plan plan = {.name = request_query(request, "name")};
    struct problem_list problems = {0};
    struct error err = {0};
    plan.format = find_format(exchange, &plan.is_packed);
    if (!plan.format)
        return NULL;
    query_check(request, HANDLE_DATASETS_UPLOAD_QUERY, &problems);
    check_name(plan.name, &problems);
    if (!plan.format->is_delimited)
        upload_options_refuse(request, plan.format->name, &problems);
    if (upload_options_read(&plan.options, request, &problems, &err) == 0 &&
        problems.n == 0)
        upload = upload_new(service, &plan, &err);
    if (error_is_set(&err))
        problem_respond(exchange, &err);
    else if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    problem_list_free(&problems);
    upload_options_free(&plan.options);
    return upload;
}

/* ---- pushing and finishing ---- */

/* With all problems of the rows; what ended the reading may be another one. */
static void respond_problems(struct dataset_upload *upload, struct exchange *exchange,
                             const struct error *why)
{
    struct problem_list *problems = &upload->problems;
    const struct error *first = problems->errors;
    if (!first || problem_status(why->code) >= 500) {
        problem_respond(exchange, why);
        return;
    }
    if (why->code != first->code || strcmp(why->place, first->place) != 0)
        problem_add(problems, why);
    problem_respond_list(exchange, problems);
}

int dataset_upload_write(struct dataset_upload *upload, struct exchange *exchange,
                         const char *bytes, size_t n)
{
    struct error err = {0};
    upload->record.n_bytes += n;
    if ((upload->gunzip ? gunzip_push(upload->gunzip, bytes, n, &err)
                        : ingest_push(upload->ingest, bytes, n, &err)) == 0)
        return 0;
    respond_problems(upload, exchange, &err);
    return -1;
}

void dataset_upload_digest(struct dataset_upload *upload, const char *bytes, size_t n)
{
    checksum_sha256_add(&upload->sha256, bytes, n);
}

/* The record durable together with its blob. */
static int keep(struct dataset_upload *upload, const char *id, struct error *err)
{
    struct buffer meta = BUFFER_EMPTY;
    dataset_record_pack(&upload->record, &meta);
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = store_blob_seal(upload->blob, id, meta.bytes, meta.n_bytes, err);
    if (result == 0) {
        const struct store_change change = {.kind = STORE_DATASET,
                                            .key = id,
                                            .meta = meta.bytes,
                                            .meta_bytes = meta.n_bytes,
                                            .blob = upload->blob,
                                            .condition = STORE_IF_ABSENT};
        result = store_commit(upload->store, &change, 1, err);
    }
    buffer_free(&meta);
    return result;
}

static int finish(struct dataset_upload *upload, char id[DATASET_RECORD_ID_BYTES],
                  struct error *err)
{
    unsigned char digest[CHECKSUM_SHA256_BYTES];
    if (upload->gunzip && gunzip_finish(upload->gunzip, err) < 0)
        return -1;
    if (ingest_finish(upload->ingest, &upload->record.summary, err) < 0 ||
        dataset_record_new_id(id, err) < 0)
        return -1;
    checksum_sha256_finish(&upload->sha256, digest);
    checksum_hex(digest, upload->record.sha256);
    if (keep(upload, id, err) < 0)
        return -1;
    upload->blob = NULL; /* the store's now */
    return 0;
}

/* As a later GET will tell it. */
static int respond_created(struct store *store, const char *id, struct exchange *exchange,
                           struct error *err)
{
    struct dataset_record record = {0};
    const struct store_record *stored = store_find(store, STORE_DATASET, id);
    if (!stored) /* somebody listed it and was quick to delete it */
        return error_set(err, ERROR_CONFLICT,
                         "the dataset was deleted while it was made");
    int result = dataset_record_unpack(&record, stored, err);
    if (result == 0) {
        response_start_json(&exchange->response, 201);
        response_header(&exchange->response, "Location", "/v1/datasets/%s", id);
        struct json_writer json = json_write_start(&exchange->response.body);
        dataset_record_write_json(&record, stored, &json);
    }
    dataset_record_free(&record);
    store_release(stored);
    return result;
}

void dataset_upload_finish(struct dataset_upload *upload, struct exchange *exchange)
{
    char id[DATASET_RECORD_ID_BYTES];
    struct error err = {0};
    if (finish(upload, id, &err) < 0 ||
        respond_created(upload->store, id, exchange, &err) < 0)
        respond_problems(upload, exchange, &err);
}
