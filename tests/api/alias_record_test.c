#include "api/alias_record.h"

#include <check.h>

#include "core/base/pack.h"

static bool read(const struct buffer *meta, struct alias_target *target)
{
    const struct store_record record = {.meta = meta->bytes, .meta_bytes = meta->n_bytes};
    return alias_record_unpack(&record, target);
}

START_TEST(a_target_comes_back)
{
    struct alias_target split = {.shadow = 9}, found;
    struct buffer meta = BUFFER_EMPTY;
    alias_target_add(&split, 7, 0.1);
    alias_target_add(&split, 3, 0.9);
    alias_record_pack(&split, &meta);
    ck_assert(read(&meta, &found));
    ck_assert_uint_eq(found.n_shares, 2);
    ck_assert(found.shares[0].version == 3 && found.shares[0].share == 0.9);
    ck_assert(found.shares[1].version == 7 && found.shares[1].share == 0.1);
    ck_assert_uint_eq(found.shadow, 9);
    for (size_t n = 0; n < meta.n_bytes; n++) {
        struct buffer cut = meta;
        cut.n_bytes = n;
        if (n != 8) /* a number alone would be the old form, but 0 is none */
            ck_assert(!read(&cut, &found));
    }
    buffer_free(&meta);
}
END_TEST

/* As records were before there were splits. */
START_TEST(a_version_alone_is_its_number)
{
    struct buffer meta = BUFFER_EMPTY, written = BUFFER_EMPTY;
    struct alias_target found;
    pack_u64(&meta, 17);
    ck_assert(read(&meta, &found));
    ck_assert(found.n_shares == 1 && found.shares[0].version == 17 && found.shadow == 0);
    alias_record_pack(&found, &written);
    ck_assert_uint_eq(written.n_bytes, 8);
    buffer_free(&meta);
    buffer_free(&written);
}
END_TEST

static void refuse(const struct alias_target *target, uint32_t format)
{
    struct buffer meta = BUFFER_EMPTY;
    struct alias_target found;
    pack_u64(&meta, 0);
    pack_u32(&meta, format);
    pack_u64(&meta, target->n_shares);
    for (size_t i = 0; i < target->n_shares; i++) {
        pack_u64(&meta, target->shares[i].version);
        pack_f64(&meta, target->shares[i].share);
    }
    pack_u64(&meta, target->shadow);
    ck_assert(!read(&meta, &found));
    buffer_free(&meta);
}

START_TEST(what_no_alias_could_be_is_refused)
{
    const struct alias_target right = {.n_shares = 2, .shares = {{1, 0.5}, {2, 0.5}}};
    const struct alias_target wrong[] = {
        {.n_shares = 0},
        {.n_shares = 2, .shares = {{1, 0.5}, {1, 0.5}}},
        {.n_shares = 2, .shares = {{1, 0.5}, {0, 0.5}}},
        {.n_shares = 2, .shares = {{1, 0.5}, {2, 0.4}}},
        {.n_shares = 2, .shares = {{1, 1.5}, {2, -0.5}}},
        {.n_shares = 2, .shares = {{1, 0.5}, {2, 0.5}}, .shadow = 2}};
    refuse(&right, 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        refuse(&wrong[i], 2);
}
END_TEST

TCase *alias_record_test(void)
{
    TCase *tcase = tcase_create("alias_record");
    tcase_add_test(tcase, a_target_comes_back);
    tcase_add_test(tcase, a_version_alone_is_its_number);
    tcase_add_test(tcase, what_no_alias_could_be_is_refused);
    return tcase;
}
