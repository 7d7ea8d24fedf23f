#include "api/registry.h"

#include <check.h>
#include <pthread.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static struct registry *registry;
static struct model *model;

static void setup(void)
{
    static const double solution[] = {-1, 0.5, 0.25, 2};
    registry = registry_new(NULL);
    model = small_model_binomial(solution);
}

static void teardown(void)
{
    registry_free(registry);
    ck_assert_uint_eq(model->n_references, 1); /* all that were handed out are back */
    model_release(model);
}

static void publish(const char *name, uint64_t version)
{
    ck_assert_int_eq(registry_reserve(registry, name, NULL), 0);
    registry_publish(registry, name, version, model);
}

static void set_target(const char *name, const char *alias,
                       const struct alias_target *target)
{
    struct alias_tally *tally = alias_tally_new(NULL);
    ck_assert_int_eq(registry_reserve(registry, name, NULL), 0);
    registry_set_alias(registry, name, alias, target, tally);
}

static void set_alias(const char *name, const char *alias, uint64_t version)
{
    const struct alias_target target = alias_target_of_version(version);
    set_target(name, alias, &target);
}

/* The version that answers for the name; 0: none. */
static uint64_t answering(const char *name)
{
    struct registry_found found = {0};
    struct error err = {0};
    if (registry_find(registry, name, &found, &err) < 0) {
        ck_assert_int_eq(err.code, ERROR_NOT_FOUND);
        return 0;
    }
    ck_assert_ptr_eq(found.model, model);
    model_release(found.model);
    return found.version;
}

static uint64_t aliased(const char *name, const char *alias)
{
    struct registry_found found = {0};
    if (registry_find_alias(registry, name, alias, &found, NULL) < 0)
        return 0;
    model_release(found.model);
    return found.version;
}

static const struct {
    const char *name;
    bool is_valid;
} names[] = {{"a", true},    {"0", true},    {"a.b-c_D9", true}, {"", false},
             {".a", false},  {"-a", false},  {"_a", false},      {"a/b", false},
             {"a@b", false}, {"a b", false}, {"\xc3\xa4", false}};

START_TEST(names_follow_the_rule)
{
    char name[130];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        ck_assert_msg(registry_name_is_valid(names[i].name) == names[i].is_valid, "%s",
                      names[i].name);
    memset(name, 'a', sizeof(name));
    name[128] = '\0';
    ck_assert(registry_name_is_valid(name));
    name[128] = 'a';
    name[129] = '\0';
    ck_assert(!registry_name_is_valid(name));
}
END_TEST

START_TEST(versions_are_whole_numbers_from_one_on)
{
    static const char *const wrong[] = {
        "", "0", "01", "-1", "+1", "1x", " 1", "1.0", "9223372036854775808"};
    ck_assert_uint_eq(registry_parse_version("1"), 1);
    ck_assert_uint_eq(registry_parse_version("9223372036854775807"), INT64_MAX);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        ck_assert_msg(registry_parse_version(wrong[i]) == 0, "%s", wrong[i]);
}
END_TEST

START_TEST(the_default_or_the_newest_version_answers)
{
    ck_assert_uint_eq(answering("m"), 0);
    publish("m", 2);
    publish("m", 7);
    publish("m", 5);
    ck_assert_uint_eq(answering("m"), 7);
    set_alias("m", "prod", 2);
    ck_assert_uint_eq(answering("m"), 7);
    set_alias("m", "default", 5);
    ck_assert_uint_eq(answering("m"), 5);
    set_alias("m", "default", 2);
    ck_assert_uint_eq(answering("m"), 2);
    set_alias("m", "default", 3); /* which was left out */
    ck_assert_uint_eq(answering("m"), 0);
    registry_remove_alias(registry, "m", "default");
    ck_assert_uint_eq(answering("m"), 7);
    registry_withdraw(registry, "m", 7);
    ck_assert_uint_eq(answering("m"), 5);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    struct registry_found found = {0};
    struct error no_model = {0}, no_version = {0}, no_alias = {0};
    publish("m", 1);
    ck_assert_int_eq(registry_find_version(registry, "x", 1, &found, &no_model), -1);
    ck_assert_str_eq(no_model.message, "there is no model x");
    ck_assert_int_eq(registry_find_version(registry, "m", 2, &found, &no_version), -1);
    ck_assert_str_eq(no_version.message, "model m has no version 2");
    ck_assert_int_eq(registry_find_alias(registry, "m", "a", &found, &no_alias), -1);
    ck_assert_str_eq(no_alias.message, "model m has no alias a");
    ck_assert_int_eq(no_alias.code, ERROR_NOT_FOUND);
}
END_TEST

START_TEST(many_models_are_kept_apart)
{
    static const char *const order[] = {"m", "a", "z", "m2", "l", "M"};
    for (uint64_t i = 0; i < 6; i++)
        publish(order[i], i + 1);
    for (uint64_t i = 0; i < 6; i++)
        ck_assert_uint_eq(answering(order[i]), i + 1);
    ck_assert_uint_eq(registry_n_versions(registry), 6);
    registry_withdraw_model(registry, "m");
    registry_withdraw_model(registry, "nobody");
    ck_assert_uint_eq(answering("m"), 0);
    ck_assert(!registry_has(registry, "m"));
    ck_assert(registry_has(registry, "m2"));
    ck_assert_uint_eq(registry_n_versions(registry), 5);
}
END_TEST

START_TEST(a_listing_has_versions_in_order_and_aliases)
{
    struct registry_listing listing;
    publish("m", 2);
    publish("m", 1);
    set_alias("m", "prod", 1);
    set_alias("m", "next", 2);
    ck_assert_int_eq(registry_list(registry, "m", &listing, NULL), 0);
    ck_assert_uint_eq(listing.n_versions, 2);
    ck_assert_uint_eq(listing.versions[0], 1);
    ck_assert_uint_eq(listing.n_aliases, 2);
    ck_assert_str_eq(listing.aliases[0].name, "prod");
    ck_assert_uint_eq(alias_target_largest(&listing.aliases[1].target), 2);
    registry_listing_free(&listing);
    ck_assert_int_eq(registry_list(registry, "x", &listing, NULL), -1);
    ck_assert_int_eq(registry_reserve(registry, "x", NULL), 0);
    ck_assert_int_eq(registry_list(registry, "x", &listing, NULL), -1);
}
END_TEST

/* An alias may name a version that was left out as damaged: it stays, whatever comes. */
START_TEST(an_alias_outlives_the_versions_that_are_there)
{
    struct registry_listing listing;
    set_alias("m", "prod", 1);
    ck_assert_uint_eq(aliased("m", "prod"), 0);
    ck_assert_uint_eq(answering("m"), 0);
    publish("m", 2);
    registry_withdraw(registry, "m", 2);
    ck_assert_int_eq(registry_list(registry, "m", &listing, NULL), 0);
    ck_assert_uint_eq(listing.n_versions, 0);
    ck_assert_uint_eq(listing.n_aliases, 1);
    registry_listing_free(&listing);
    publish("m", 3);
    ck_assert_uint_eq(answering("m"), 3);
    set_alias("m", "prod", 3);
    ck_assert_uint_eq(aliased("m", "prod"), 3);
    registry_remove_alias(registry, "m", "prod");
    registry_remove_alias(registry, "m", "prod");
    registry_remove_alias(registry, "x", "prod");
    ck_assert_uint_eq(aliased("m", "prod"), 0);
}
END_TEST

static uint64_t chosen(const char *alias, const uint64_t *key, bool *has_shadow)
{
    struct registry_found found = {0};
    struct registry_shadow shadow = {0};
    ck_assert_int_eq(registry_choose(registry, "m", alias, key, &found, &shadow, NULL),
                     0);
    *has_shadow = shadow.model != NULL;
    registry_shadow_release(&shadow);
    model_release(found.model);
    return found.version;
}

/* Of 10 000 draws with a share of 1/4 the mean is 2500 and the deviation 43. */
START_TEST(a_split_gives_each_version_its_share)
{
    struct alias_target target = {.shadow = 3};
    size_t n_first = 0;
    bool has_shadow;
    alias_target_add(&target, 2, 0.75);
    alias_target_add(&target, 1, 0.25);
    for (uint64_t version = 1; version <= 3; version++)
        publish("m", version);
    set_target("m", "default", &target);
    for (int i = 0; i < 10000; i++) {
        uint64_t version = chosen(i % 2 ? "default" : NULL, NULL, &has_shadow);
        if (!has_shadow || version > 2)
            ck_abort_msg("version %d", (int)version);
        n_first += version == 1;
    }
    ck_assert(n_first > 2300 && n_first < 2700);
    ck_assert_uint_eq(answering("m"), 2); /* what is asked once: the largest share */
}
END_TEST

START_TEST(the_same_key_has_the_same_version)
{
    struct alias_target target = {0};
    size_t n_first = 0;
    bool has_shadow;
    alias_target_add(&target, 1, 0.5);
    alias_target_add(&target, 2, 0.5);
    publish("m", 1);
    publish("m", 2);
    set_target("m", "a", &target);
    for (uint64_t key = 0; key < 1000; key++) {
        uint64_t version = chosen("a", &key, &has_shadow);
        ck_assert(!has_shadow);
        for (int again = 0; again < 3; again++)
            ck_assert_uint_eq(chosen("a", &key, &has_shadow), version);
        n_first += version == 1;
    }
    ck_assert(n_first > 400 && n_first < 600);
}
END_TEST

START_TEST(a_tally_is_that_of_the_alias_as_it_was_put)
{
    struct alias_target target = alias_target_of_version(1);
    struct alias_tally_counts counts;
    struct registry_found found;
    struct registry_shadow shadow = {0};
    target.shadow = 2;
    publish("m", 1);
    publish("m", 2);
    set_target("m", "a", &target);
    ck_assert_int_eq(registry_choose(registry, "m", "a", NULL, &found, &shadow, NULL), 0);
    alias_tally_add(shadow.tally, &(struct alias_tally_counts){.n_compared = 3});
    ck_assert(registry_read_tally(registry, "m", "a", &counts));
    ck_assert_uint_eq(counts.n_compared, 3);
    set_target("m", "a", &target);
    ck_assert(registry_read_tally(registry, "m", "a", &counts));
    ck_assert_uint_eq(counts.n_compared, 0);
    alias_tally_add(shadow.tally, &counts); /* nobody's any more, and there yet */
    ck_assert(!registry_read_tally(registry, "m", "b", &counts));
    registry_shadow_release(&shadow);
    model_release(found.model);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct registry_listing listing;
    int result = -1;
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        result = registry_reserve(registry, "m", &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
    }
    const struct alias_target target = alias_target_of_version(1);
    struct alias_tally *tally = alias_tally_new(NULL);
    memory_fail_after(0); /* what was reserved is there */
    registry_publish(registry, "m", 1, model);
    registry_set_alias(registry, "m", "prod", &target, tally);
    memory_fail_after(-1);
    ck_assert_uint_eq(aliased("m", "prod"), 1);
    for (long n = 0; n < 2; n++) {
        memory_fail_after(n);
        ck_assert_int_eq(registry_list(registry, "m", &listing, NULL), -1);
    }
    memory_fail_after(0);
    ck_assert_ptr_null(registry_new(NULL));
    memory_fail_after(-1);
}
END_TEST

#define N_READS 2000
static void *read_always(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_READS; i++) {
        struct registry_found found = {0};
        if (registry_find(registry, "m", &found, NULL) == 0)
            model_release(found.model);
    }
    return NULL;
}

START_TEST(readers_are_not_disturbed_by_changes)
{
    pthread_t readers[4];
    publish("m", 1);
    for (int i = 0; i < 4; i++)
        pthread_create(&readers[i], NULL, read_always, NULL);
    for (uint64_t version = 2; version < 300; version++) {
        publish("m", version);
        set_alias("m", "default", version);
        registry_withdraw(registry, "m", version - 1);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(readers[i], NULL);
    ck_assert_uint_eq(answering("m"), 299);
}
END_TEST

TCase *registry_test(void)
{
    TCase *tcase = tcase_create("registry");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, names_follow_the_rule);
    tcase_add_test(tcase, versions_are_whole_numbers_from_one_on);
    tcase_add_test(tcase, the_default_or_the_newest_version_answers);
    tcase_add_test(tcase, what_is_missing_is_named);
    tcase_add_test(tcase, many_models_are_kept_apart);
    tcase_add_test(tcase, a_listing_has_versions_in_order_and_aliases);
    tcase_add_test(tcase, an_alias_outlives_the_versions_that_are_there);
    tcase_add_test(tcase, a_split_gives_each_version_its_share);
    tcase_add_test(tcase, the_same_key_has_the_same_version);
    tcase_add_test(tcase, a_tally_is_that_of_the_alias_as_it_was_put);
    tcase_add_test(tcase, every_allocation_may_fail);
    tcase_add_test(tcase, readers_are_not_disturbed_by_changes);
    return tcase;
}
