#include "api/model_publish.h"

#include <check.h>
#include <string.h>

#include "api/service_internal.h"
#include "core/base/memory.h"
#include "tests/support/loopback.h"
#include "tests/support/small_model.h"

static struct loopback loopback;
static struct model *model;

static void setup(void)
{
    static const double solution[] = {-1, 0.5, 0.25, 2};
    loopback_open(&loopback);
    model = small_model_binomial(solution);
}

static void teardown(void)
{
    memory_fail_after(-1);
    loopback_close(&loopback);
    ck_assert_uint_eq(model->n_references, 1);
    model_release(model);
}

static struct registry *registry(void)
{
    return loopback.service->registry;
}

/* The number that it got. */
static uint64_t publish(void)
{
    uint64_t version = 0;
    ck_assert_int_eq(
        model_publish(loopback.service, "m", model, NULL, NULL, &version, NULL), 0);
    return version;
}

static int status_of(const char *target)
{
    struct answer answer = loopback_call(&loopback, target, NULL, NULL);
    int status = answer.status;
    answer_free(&answer);
    return status;
}

START_TEST(each_model_is_the_next_version_and_is_served_at_once)
{
    struct registry_found found;
    ck_assert_uint_eq(publish(), 1);
    ck_assert_uint_eq(publish(), 2);
    ck_assert_int_eq(registry_find(registry(), "m", &found, NULL), 0);
    ck_assert_ptr_eq(found.model, model);
    ck_assert_uint_eq(found.version, 2);
    model_release(found.model);
    loopback_restart(&loopback);
    ck_assert_int_eq(status_of("GET /v1/models/m/versions/2"), 200);
}
END_TEST

START_TEST(a_number_is_never_given_twice)
{
    ck_assert_uint_eq(publish(), 1);
    ck_assert_int_eq(status_of("DELETE /v1/models/m"), 204);
    loopback_restart(&loopback);
    ck_assert_uint_eq(publish(), 2);
}
END_TEST

/* A record of the caller's that says which version it made. */
static int add_note(void *context, const char *key, struct store_change *changes,
                    size_t *n_changes, struct error *err)
{
    const int *result = context;
    (void)err;
    changes[0] = (struct store_change){
        .kind = STORE_JOB, .key = "note", .meta = key, .meta_bytes = strlen(key)};
    *n_changes = *result == 0;
    return *result == 0
               ? 0
               : error_set(err, ERROR_CONFLICT, "the caller has thought better of it");
}

START_TEST(what_the_caller_adds_is_in_the_same_transaction)
{
    int result = 0;
    uint64_t version;
    ck_assert_int_eq(
        model_publish(loopback.service, "m", model, add_note, &result, &version, NULL),
        0);
    const struct store_record *note =
        store_find(loopback.service->store, STORE_JOB, "note");
    ck_assert_uint_eq(note->meta_bytes, 3);
    ck_assert_mem_eq(note->meta, "m/1", 3);
    store_release(note);
}
END_TEST

START_TEST(nothing_is_published_where_the_caller_fails)
{
    int result = -1;
    uint64_t version = 17;
    struct error err = {0};
    ck_assert_int_eq(
        model_publish(loopback.service, "m", model, add_note, &result, &version, &err),
        -1);
    ck_assert_int_eq(err.code, ERROR_CONFLICT);
    ck_assert_uint_eq(version, 17);
    ck_assert(!registry_has(registry(), "m"));
    ck_assert_int_eq(status_of("GET /v1/models/m"), 404);
    ck_assert_uint_eq(publish(), 1);
}
END_TEST

START_TEST(publishing_survives_every_failed_allocation)
{
    int result = -1;
    uint64_t version = 0;
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        ck_assert_int_lt(n, 300);
        memory_fail_after(n);
        result = model_publish(loopback.service, "m", model, NULL, NULL, &version, &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert(registry_has(registry(), "m") == (result == 0));
    }
    ck_assert_uint_eq(version, 1);
}
END_TEST

TCase *model_publish_test(void)
{
    TCase *tcase = tcase_create("model_publish");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, each_model_is_the_next_version_and_is_served_at_once);
    tcase_add_test(tcase, a_number_is_never_given_twice);
    tcase_add_test(tcase, what_the_caller_adds_is_in_the_same_transaction);
    tcase_add_test(tcase, nothing_is_published_where_the_caller_fails);
    tcase_add_test(tcase, publishing_survives_every_failed_allocation);
    return tcase;
}
