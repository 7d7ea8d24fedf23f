/* Uploads piece by piece, without a route before them; with disks that are full. */
#include "api/dataset_upload.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

static struct loopback loopback;
static struct exchange exchange;
static const struct request_pair csv_type = {"Content-Type", "text/csv"};

static void setup(void)
{
    loopback_open(&loopback);
    exchange = (struct exchange){
        .request = {.method = METHOD_POST,
                    .path = "/v1/datasets",
                    .headers = &csv_type,
                    .n_headers = 1},
    };
}

static void teardown(void)
{
    response_free(&exchange.response);
    loopback_close(&loopback);
}

static size_t n_blobs(void)
{
    struct store_fixture fixture = {0};
    snprintf(fixture.directory, sizeof(fixture.directory), "%s", loopback.directory);
    return store_fixture_n_files(&fixture, "blobs");
}

static size_t n_datasets(void)
{
    struct store_stats stats;
    store_stats(loopback.service->store, &stats);
    return stats.n_records[STORE_DATASET];
}

/* Rows of random-looking numbers, to fill a file with. */
static void make_csv(struct buffer *csv, unsigned n_rows)
{
    buffer_append_string(csv, "a,b\n");
    for (unsigned i = 0; i < n_rows; i++)
        buffer_printf(csv, "%u.5,%u\n", i * 7919 % 100003, i * 104729 % 1299709);
}

START_TEST(an_upload_in_pieces_is_answered_once_it_is_durable)
{
    struct dataset_upload *upload = dataset_upload_begin(loopback.service, &exchange);
    ck_assert_ptr_nonnull(upload);
    ck_assert_int_eq(dataset_upload_write(upload, &exchange, "a,b\n1", 5), 0);
    ck_assert_int_eq(dataset_upload_write(upload, &exchange, "", 0), 0);
    ck_assert_int_eq(dataset_upload_write(upload, &exchange, "0,2\n3,4\n", 8), 0);
    ck_assert_uint_eq(n_datasets(), 0);
    ck_assert_int_eq(exchange.response.status, 0);
    dataset_upload_finish(upload, &exchange);
    dataset_upload_free(upload);
    ck_assert_int_eq(exchange.response.status, 201);
    ck_assert_ptr_nonnull(strstr(exchange.response.body.bytes, "\"n_rows\":2"));
    ck_assert_uint_eq(n_datasets(), 1);
    ck_assert_uint_eq(n_blobs(), 1);
}
END_TEST

START_TEST(an_upload_that_is_given_up_leaves_nothing)
{
    struct dataset_upload *upload = dataset_upload_begin(loopback.service, &exchange);
    ck_assert_int_eq(dataset_upload_write(upload, &exchange, "a,b\n1,2\n", 8), 0);
    ck_assert_uint_eq(n_blobs(), 1); /* unfinished */
    dataset_upload_free(upload);
    dataset_upload_free(NULL);
    ck_assert_uint_eq(n_blobs(), 0);
    ck_assert_uint_eq(n_datasets(), 0);
}
END_TEST

START_TEST(what_is_wrong_at_the_end_is_told_at_the_end)
{
    struct dataset_upload *upload = dataset_upload_begin(loopback.service, &exchange);
    ck_assert_int_eq(dataset_upload_write(upload, &exchange, "a,b\n1,\"2", 8), 0);
    dataset_upload_finish(upload, &exchange);
    dataset_upload_free(upload);
    ck_assert_int_eq(exchange.response.status, 400); /* a quote stays open */
    ck_assert_uint_eq(n_blobs(), 0);
}
END_TEST

/* Whole uploads under a limit of file sizes that grows, until one succeeds: wherever the
 * room ends, the answer is 507 and nothing is left. */
START_TEST(wherever_the_disk_is_full_the_answer_is_507)
{
    struct rlimit before;
    struct buffer csv = BUFFER_EMPTY;
    size_t n_refused = 0;
    make_csv(&csv, 100000);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t room = 1 << 16;; room += 1 << 17) {
        const struct rlimit limit = {.rlim_cur = room, .rlim_max = before.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        struct answer answer =
            loopback_call_bytes(&loopback, "POST /v1/datasets", "Content-Type: text/csv",
                                csv.bytes, csv.n_bytes);
        setrlimit(RLIMIT_FSIZE, &before);
        int status = answer.status;
        if (status != 201) {
            ck_assert_msg(status == 507, "%lu: %s", (unsigned long)room, answer.body);
            ck_assert_str_eq(answer_string(&answer, "code"), "no_space");
            ck_assert_uint_eq(n_blobs(), 0);
            ck_assert_uint_eq(n_datasets(), 0);
            n_refused++;
        }
        answer_free(&answer);
        if (status == 201)
            break;
    }
    ck_assert_uint_gt(n_refused, 3);
    ck_assert_uint_eq(n_datasets(), 1);
    ck_assert(service_is_ready(loopback.service));
    buffer_free(&csv);
}
END_TEST

TCase *dataset_upload_test(void)
{
    TCase *tcase = tcase_create("dataset_upload");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_upload_in_pieces_is_answered_once_it_is_durable);
    tcase_add_test(tcase, an_upload_that_is_given_up_leaves_nothing);
    tcase_add_test(tcase, what_is_wrong_at_the_end_is_told_at_the_end);
    tcase_add_test(tcase, wherever_the_disk_is_full_the_answer_is_507);
    return tcase;
}
