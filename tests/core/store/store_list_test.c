#include "core/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "tests/support/store_fixture.h"
#include "tests/support/suite.h"

enum { N = 300 };

static struct store_fixture fixture;

static void put(int i)
{
    char key[32];
    snprintf(key, sizeof(key), "%s/%d", i % 3 ? "common" : "third", i);
    ck_assert_int_eq(store_fixture_put(fixture.store, STORE_VERSION, key, key, NULL), 0);
}

/* Versions 0…N-1, with jobs in between. */
static void setup(void)
{
    store_fixture_start(&fixture);
    store_fixture_open(&fixture);
    for (int i = 0; i < N; i++) {
        put(i);
        if (i % 10 == 0)
            ck_assert_int_eq(
                store_fixture_put(fixture.store, STORE_JOB, i ? "j" : "k", "", NULL), 0);
    }
}

static void teardown(void)
{
    store_fixture_end(&fixture);
}

/* The numbers behind the slashes of what a query gives, up to n_most. */
static size_t list(struct store_query query, size_t n_most, int *numbers, bool *has_more)
{
    const struct store_record *records[N];
    query.kind = STORE_VERSION;
    size_t n = store_list(fixture.store, &query, n_most, records, has_more);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = atoi(strchr(records[i]->key, '/') + 1);
        store_release(records[i]);
    }
    return n;
}

START_TEST(all_come_in_the_order_of_creation)
{
    int numbers[N];
    bool has_more = true;
    ck_assert_uint_eq(list((struct store_query){0}, N, numbers, &has_more), N);
    ck_assert(!has_more);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(numbers[i], i);
}
END_TEST

START_TEST(all_come_the_newest_first)
{
    int numbers[N];
    bool has_more = true;
    ck_assert_uint_eq(
        list((struct store_query){.newest_first = true}, N, numbers, &has_more), N);
    ck_assert(!has_more);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(numbers[i], N - 1 - i);
}
END_TEST

START_TEST(a_record_put_again_stays_in_its_place)
{
    int numbers[2];
    bool has_more;
    put(1);
    ck_assert_uint_eq(list((struct store_query){0}, 2, numbers, &has_more), 2);
    ck_assert_int_eq(numbers[1], 1);
    store_fixture_reopen(&fixture);
    ck_assert_uint_eq(list((struct store_query){0}, 2, numbers, &has_more), 2);
    ck_assert_int_eq(numbers[1], 1);
}
END_TEST

/* Pages of every size meet each record once and know when they end. */
static void walk(struct store_query query, size_t page, int first, int step, int n_all)
{
    int numbers[N], n_seen = 0;
    char after[32];
    bool has_more = true;
    while (has_more) {
        size_t n = list(query, page, numbers, &has_more);
        ck_assert_uint_gt(n, 0);
        for (size_t i = 0; i < n; i++, n_seen++)
            ck_assert_int_eq(numbers[i], first + step * n_seen);
        snprintf(after, sizeof(after), "%s/%d", numbers[n - 1] % 3 ? "common" : "third",
                 numbers[n - 1]);
        query.after = after;
    }
    ck_assert_int_eq(n_seen, n_all);
}

START_TEST(pages_meet_each_record_once)
{
    static const size_t pages[] = {1, 7, 63, 64, 65, 100, 299, 300};
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        walk((struct store_query){0}, pages[i], 0, 1, N);
        walk((struct store_query){.newest_first = true}, pages[i], N - 1, -1, N);
        walk((struct store_query){.prefix = "third/"}, pages[i], 0, 3, N / 3);
    }
}
END_TEST

static bool is_tenth(void *context, const struct store_record *record)
{
    ++*(int *)context;
    return atoi(strchr(record->key, '/') + 1) % 10 == 0;
}

START_TEST(what_is_not_accepted_is_passed_over)
{
    int numbers[N], n_asked = 0;
    bool has_more;
    const struct store_query query = {
        .prefix = "third/", .accept = is_tenth, .context = &n_asked};
    ck_assert_uint_eq(list(query, N, numbers, &has_more), N / 30);
    ck_assert(!has_more);
    ck_assert_int_eq(n_asked, N / 3); /* of the prefix only */
    for (int i = 0; i < N / 30; i++)
        ck_assert_int_eq(numbers[i], 30 * i);
    ck_assert_uint_eq(list(query, 9, numbers, &has_more), 9);
    ck_assert(has_more);
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is)
{
    int numbers[1];
    bool has_more = true;
    ck_assert_uint_eq(
        list((struct store_query){.prefix = "fourth"}, 1, numbers, &has_more), 0);
    ck_assert(!has_more);
    has_more = true;
    ck_assert_uint_eq(
        list((struct store_query){.after = "third/1"}, 1, numbers, &has_more),
        0); /* there never was such a record */
    ck_assert(!has_more);
    ck_assert_uint_eq(list((struct store_query){0}, 0, numbers, &has_more), 0);
    ck_assert(has_more);
}
END_TEST

START_TEST(the_list_after_a_deleted_record_is_empty)
{
    int numbers[1];
    bool has_more;
    ck_assert_int_eq(store_fixture_delete(fixture.store, STORE_VERSION, "third/3", NULL),
                     0);
    ck_assert_uint_eq(
        list((struct store_query){.after = "third/3"}, 1, numbers, &has_more), 0);
    ck_assert(!has_more);
}
END_TEST

/* A callback that comes back to the store would stand still if that were locked. */
static bool asks_the_store(void *context, const struct store_record *record)
{
    const struct store_record *found =
        store_find(fixture.store, STORE_VERSION, record->key);
    (void)context;
    store_release(found);
    return found != NULL &&
           store_fixture_delete(fixture.store, STORE_VERSION, record->key, NULL) == 0;
}

START_TEST(a_callback_may_use_the_store)
{
    int numbers[N];
    bool has_more;
    const struct store_query query = {.accept = asks_the_store};
    ck_assert_uint_eq(list(query, N, numbers, &has_more), N);
    ck_assert_uint_eq(list((struct store_query){0}, 1, numbers, &has_more), 0);
}
END_TEST

/* 10 000 records: finding one and listing the newest twenty take microseconds; a walk
 * over all would take a hundred times as long as is allowed here. */
START_TEST(thousands_of_records_cost_nothing)
{
    enum { MANY = 10000, CHUNK = 100, ROUNDS = 2000 };
    static char keys[CHUNK][32];
    struct store_change changes[CHUNK];
    int numbers[20];
    bool has_more;
    for (int i = 0; i < MANY; i += CHUNK) {
        for (int j = 0; j < CHUNK; j++) {
            snprintf(keys[j], sizeof(keys[j]), "many/%d", i + j);
            changes[j] = (struct store_change){.kind = STORE_VERSION, .key = keys[j]};
        }
        ck_assert_int_eq(store_commit(fixture.store, changes, CHUNK, NULL), 0);
    }
    double start = clock_seconds();
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(keys[0], sizeof(keys[0]), "many/%d", i);
        store_release(store_find(fixture.store, STORE_VERSION, keys[0]));
        ck_assert_uint_eq(
            list((struct store_query){.newest_first = true}, 20, numbers, &has_more), 20);
    }
    ck_assert_int_eq(numbers[0], MANY - 1);
    ck_assert_double_lt((clock_seconds() - start) / ROUNDS, 200e-6);
}
END_TEST

TCase *store_list_test(void)
{
    TCase *tcase = tcase_create("store_list");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, all_come_in_the_order_of_creation);
    tcase_add_test(tcase, all_come_the_newest_first);
    tcase_add_test(tcase, a_record_put_again_stays_in_its_place);
    tcase_add_test(tcase, pages_meet_each_record_once);
    tcase_add_test(tcase, what_is_not_accepted_is_passed_over);
    tcase_add_test(tcase, nothing_is_found_where_nothing_is);
    tcase_add_test(tcase, the_list_after_a_deleted_record_is_empty);
    tcase_add_test(tcase, a_callback_may_use_the_store);
    tcase_add_test(tcase, thousands_of_records_cost_nothing);
    return tcase;
}
