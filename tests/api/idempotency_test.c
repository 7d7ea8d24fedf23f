/* Keys remembered in a store, and forgotten after a day. */
#include "api/idempotency.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

#define HOUR 3600

static struct store_fixture fixture;
static time_t seconds_ahead; /* of the clock of this binary */

/* The process is told another time than it is. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += seconds_ahead;
    return result;
}

static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
}

static void teardown(void)
{
    memory_fail_after(-1);
    seconds_ahead = 0;
    store_fixture_end(&fixture);
}

struct call {
    const char *key; /* NULL: none */
    const char *body;
    const char *path;
    const char *caller;
    enum method method;
};

static const struct call plain = {"k", "{}", "/v1/jobs", "me", METHOD_POST};

static int start(struct idempotency *idempotency, const struct call *call,
                 struct error *err)
{
    const struct request_pair header = {"idempotency-key", call->key};
    const struct request request = {.method = call->method,
                                    .path = call->path,
                                    .headers = &header,
                                    .n_headers = call->key ? 1 : 0,
                                    .body = call->body,
                                    .body_bytes = strlen(call->body),
                                    .principal = {.name = call->caller}};
    return idempotency_start(idempotency, &request, err);
}

static int find(struct idempotency *idempotency, const struct call *call,
                struct idempotency_answer *answer, struct error *err)
{
    ck_assert_int_eq(start(idempotency, call, NULL), 0);
    return idempotency_find(idempotency, fixture.store, answer, err);
}

/* The whole way: looks, and where it is new, remembers. 1: it was seen before. */
static int make(const struct call *call, const char *subject, struct error *err)
{
    struct idempotency idempotency = {0};
    struct idempotency_answer answer = {0};
    struct store_change changes[IDEMPOTENCY_MAX_CHANGES];
    size_t n_changes;
    int result = find(&idempotency, call, &answer, err);
    if (result == 0 &&
        (idempotency_remember(&idempotency, fixture.store, 202, subject, "{\"id\":1}",
                              changes, &n_changes, err) < 0 ||
         store_commit(fixture.store, changes, n_changes, err) < 0))
        result = -1;
    idempotency_free_answer(&answer);
    idempotency_free(&idempotency);
    return result;
}

static void expect_made(const struct call *call, const char *subject, int result)
{
    struct error err = {0};
    ck_assert_msg(make(call, subject, &err) == result, "%s", err.message);
}

static size_t n_keys(void)
{
    struct store_stats stats;
    store_stats(fixture.store, &stats);
    return stats.n_records[STORE_IDEMPOTENCY];
}

START_TEST(without_a_key_nothing_is_remembered)
{
    struct idempotency idempotency = {0};
    struct idempotency_answer answer = {0};
    struct store_change changes[IDEMPOTENCY_MAX_CHANGES];
    size_t n_changes = 99;
    struct call call = plain;
    call.key = NULL;
    ck_assert_int_eq(find(&idempotency, &call, &answer, NULL), 0);
    ck_assert_int_eq(idempotency_remember(&idempotency, fixture.store, 202, "j", "{}",
                                          changes, &n_changes, NULL),
                     0);
    ck_assert_uint_eq(n_changes, 0);
    idempotency_free(&idempotency);
}
END_TEST

START_TEST(a_key_has_1_to_255_bytes)
{
    char key[258];
    struct call call = plain;
    call.key = key;
    memset(key, 'k', sizeof(key));
    for (size_t n = 0; n < sizeof(key) - 1; n += n < 2 ? 1 : 2) {
        struct idempotency idempotency = {0};
        struct error err = {0};
        key[n] = '\0';
        ck_assert_int_eq(start(&idempotency, &call, &err), n >= 1 && n <= 255 ? 0 : -1);
        if (error_is_set(&err)) {
            ck_assert_int_eq(err.code, ERROR_INVALID);
            ck_assert_str_eq(err.place, "header Idempotency-Key");
        }
        key[n] = 'k';
        idempotency_free(&idempotency);
    }
}
END_TEST

START_TEST(a_second_request_gets_the_first_answer)
{
    struct idempotency idempotency = {0};
    struct idempotency_answer answer = {0};
    expect_made(&plain, "job-1", 0);
    store_fixture_reopen(&fixture);
    ck_assert_int_eq(find(&idempotency, &plain, &answer, NULL), 1);
    ck_assert_int_eq(answer.status, 202);
    ck_assert_str_eq(answer.subject, "job-1");
    ck_assert_str_eq(answer.body, "{\"id\":1}");
    idempotency_free_answer(&answer);
    idempotency_free(&idempotency);
    ck_assert_uint_eq(n_keys(), 1);
}
END_TEST

START_TEST(another_request_with_the_key_is_refused)
{
    struct call others[] = {plain, plain, plain};
    others[0].body = "{ }";
    others[1].path = "/v1/jobs/";
    others[2].method = METHOD_PUT;
    expect_made(&plain, "job-1", 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        struct error err = {0};
        ck_assert_int_eq(make(&others[i], "job-2", &err), -1);
        ck_assert_int_eq(err.code, ERROR_INVALID);
    }
    expect_made(&plain, "job-1", 1);
}
END_TEST

START_TEST(callers_and_keys_are_kept_apart)
{
    const char *const callers[] = {"me", "you", NULL, "m"};
    const char *const keys[] = {"k", "ek", "k2"};
    size_t n = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++, n++) {
            struct call call = plain;
            call.caller = callers[i];
            call.key = keys[j];
            expect_made(&call, "job", 0);
            expect_made(&call, "job", 1);
        }
    ck_assert_uint_eq(n_keys(), n);
}
END_TEST

START_TEST(the_store_does_not_know_keys_or_callers)
{
    const struct store_record *record;
    const struct store_query query = {.kind = STORE_IDEMPOTENCY};
    bool has_more;
    struct call call = plain;
    call.key = "secret-key";
    expect_made(&call, "job", 0);
    ck_assert_uint_eq(store_list(fixture.store, &query, 1, &record, &has_more), 1);
    ck_assert_uint_eq(strspn(record->key, "0123456789abcdef"), 64);
    ck_assert_uint_eq(strlen(record->key), 64);
    store_release(record);
}
END_TEST

/* Two that both found nothing: the second commit meets the first. */
START_TEST(of_two_at_once_one_is_kept)
{
    struct idempotency both[2] = {0};
    struct idempotency_answer answer = {0};
    struct store_change changes[2][IDEMPOTENCY_MAX_CHANGES];
    size_t n_changes[2];
    struct error err = {0};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(find(&both[i], &plain, &answer, NULL), 0);
        ck_assert_int_eq(idempotency_remember(&both[i], fixture.store, 202,
                                              i ? "second" : "first", "{}", changes[i],
                                              &n_changes[i], NULL),
                         0);
    }
    ck_assert_int_eq(store_commit(fixture.store, changes[0], n_changes[0], &err), 0);
    ck_assert_int_eq(store_commit(fixture.store, changes[1], n_changes[1], &err), -1);
    ck_assert_int_eq(err.code, ERROR_CONFLICT);
    ck_assert_int_eq(idempotency_find(&both[1], fixture.store, &answer, NULL), 1);
    ck_assert_str_eq(answer.subject, "first");
    idempotency_free_answer(&answer);
    for (size_t i = 0; i < 2; i++)
        idempotency_free(&both[i]);
}
END_TEST

START_TEST(a_key_is_free_again_after_a_day)
{
    struct idempotency idempotency = {0};
    struct idempotency_answer answer = {0};
    struct call other = plain;
    other.body = "{\"other\":1}";
    expect_made(&plain, "old", 0);
    seconds_ahead = 24 * HOUR - 60;
    expect_made(&plain, "old", 1);
    seconds_ahead = 24 * HOUR + 60;
    expect_made(&other, "new", 0); /* takes the place of the one that lies there */
    expect_made(&other, "new", 1);
    ck_assert_int_eq(find(&idempotency, &other, &answer, NULL), 1);
    ck_assert_str_eq(answer.subject, "new");
    ck_assert_uint_eq(n_keys(), 1);
    idempotency_free_answer(&answer);
    idempotency_free(&idempotency);
}
END_TEST

START_TEST(stale_keys_are_cleared_away_bit_by_bit)
{
    enum { N_OLD = 3 * IDEMPOTENCY_MAX_PURGED + 2 };
    char key[16];
    struct call call = plain;
    call.key = key;
    for (int i = 0; i < N_OLD; i++) {
        snprintf(key, sizeof(key), "old-%d", i);
        expect_made(&call, "old", 0);
    }
    seconds_ahead = 25 * HOUR;
    for (int i = 0; i < 5; i++) {
        snprintf(key, sizeof(key), "new-%d", i);
        expect_made(&call, "new", 0);
        size_t n_left = i < 3 ? N_OLD - (size_t)(i + 1) * IDEMPOTENCY_MAX_PURGED : 0;
        ck_assert_uint_eq(n_keys(), (size_t)i + 1 + n_left);
    }
    store_fixture_reopen(&fixture);
    ck_assert_uint_eq(n_keys(), 5);
}
END_TEST

START_TEST(a_damaged_record_is_told)
{
    struct idempotency idempotency = {0};
    struct idempotency_answer answer = {0};
    struct error err = {0};
    ck_assert_int_eq(start(&idempotency, &plain, NULL), 0);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_IDEMPOTENCY, idempotency.key,
                                       "nonsense", NULL),
                     0);
    ck_assert_int_eq(idempotency_find(&idempotency, fixture.store, &answer, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
    ck_assert_ptr_null(answer.body);
    idempotency_free(&idempotency);
}
END_TEST

START_TEST(remembering_without_memory_is_refused)
{
    for (int expected = 0; expected < 2; expected++) { /* making, and finding again */
        int result = -1;
        for (long n = 0; result < 0; n++) {
            struct error err = {0};
            memory_fail_after(n);
            result = make(&plain, "job", &err);
            bool has_failed = memory_fail_after(-1) > n;
            ck_assert_int_eq(result, has_failed ? -1 : expected);
            if (has_failed)
                ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        }
    }
    ck_assert_uint_eq(n_keys(), 1);
}
END_TEST

TCase *idempotency_test(void)
{
    TCase *tcase = tcase_create("idempotency");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_a_key_nothing_is_remembered);
    tcase_add_test(tcase, a_key_has_1_to_255_bytes);
    tcase_add_test(tcase, a_second_request_gets_the_first_answer);
    tcase_add_test(tcase, another_request_with_the_key_is_refused);
    tcase_add_test(tcase, callers_and_keys_are_kept_apart);
    tcase_add_test(tcase, the_store_does_not_know_keys_or_callers);
    tcase_add_test(tcase, of_two_at_once_one_is_kept);
    tcase_add_test(tcase, a_key_is_free_again_after_a_day);
    tcase_add_test(tcase, stale_keys_are_cleared_away_bit_by_bit);
    tcase_add_test(tcase, a_damaged_record_is_told);
    tcase_add_test(tcase, remembering_without_memory_is_refused);
    return tcase;
}
