#include "core/data/input_declare.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/data/encoding.h"

static struct level levels[] = {
    {"(missing)", 9, 0}, {"b", 1, 0}, {"(other)", 7, 0}, {"a", 1, 0}};

static struct input_declaration category(void)
{
    return (struct input_declaration){
        .name = "c", .type = COLUMN_CATEGORICAL, .levels = levels, .n_levels = 4};
}

START_TEST(levels_keep_their_order_and_what_stands_for_others_comes_last)
{
    struct input_declaration as = category();
    struct input input = {0};
    as.missing = MISSING_LEVEL;
    as.has_other = true;
    as.reference = "a";
    as.n_pooled = 3;
    ck_assert_int_eq(input_declare(&input, &as, NULL), 0);
    ck_assert_int_eq(input_index(&input, NULL), 0);
    ck_assert_str_eq(input.levels[0].text, "b");
    ck_assert_str_eq(input.levels[1].text, "a");
    ck_assert_uint_eq(input.other, 2);
    ck_assert_uint_eq(input.missing_level, 3);
    ck_assert_uint_eq(input.reference, 1);
    ck_assert_uint_eq(input_level(&input, NAN), 3);
    ck_assert_uint_eq(input_level(&input, INPUT_UNKNOWN_LEVEL), 2);
    input_free(&input);
}
END_TEST

START_TEST(an_unseen_level_is_an_error_unless_it_is_said)
{
    struct input_declaration as = category();
    struct input input = {0};
    ck_assert_int_eq(input_declare(&input, &as, NULL), 0);
    ck_assert(!input_accepts(&input, INPUT_UNKNOWN_LEVEL));
    ck_assert_uint_eq(input.n_levels, 4);
    ck_assert_uint_eq(input.missing_level, SIZE_MAX);
    input_free(&input);
}
END_TEST

START_TEST(what_is_declared_survives_packing)
{
    const struct input_declaration as[] = {
        {.name = "x", .missing = MISSING_INDICATOR, .has_indicator = true, .fill = 2},
        {.name = "s", .is_sparse = true},
        category()};
    struct buffer bytes = BUFFER_EMPTY;
    struct encoding *made = encoding_declare(as, 3, NULL, NULL);
    ck_assert_uint_eq(made->n_columns, 6);
    encoding_pack(made, &bytes);
    struct pack_reader in = {.bytes = (unsigned char *)bytes.bytes,
                             .n_bytes = bytes.n_bytes};
    struct encoding *read = encoding_unpack(&in, NULL);
    ck_assert_uint_eq(read->n_columns, 6);
    ck_assert(read->inputs[0].has_indicator && read->inputs[0].fill == 2);
    encoding_free(made);
    encoding_free(read);
    buffer_free(&bytes);
}
END_TEST

static const struct {
    struct input_declaration as;
    enum error_code code;
} wrong[] = {{{.name = "x", .missing = MISSING_LEVEL}, ERROR_INVALID},
             {{.name = "x", .missing = MISSING_MEAN, .fill = INFINITY}, ERROR_NON_FINITE},
             {{.name = "x", .missing = MISSING_DROP, .is_sparse = true}, ERROR_INVALID},
             {{.name = "c", .type = COLUMN_CATEGORICAL}, ERROR_INVALID},
             {{.name = "c",
               .type = COLUMN_CATEGORICAL,
               .levels = levels,
               .n_levels = 2,
               .missing = MISSING_MEAN},
              ERROR_INVALID},
             {{.name = "c",
               .type = COLUMN_CATEGORICAL,
               .levels = levels,
               .n_levels = 2,
               .is_sparse = true},
              ERROR_INVALID},
             {{.name = "c",
               .type = COLUMN_CATEGORICAL,
               .levels = levels,
               .n_levels = 2,
               .reference = "z"},
              ERROR_UNKNOWN_LEVEL},
             {{.name = "c",
               .type = COLUMN_CATEGORICAL,
               .levels = levels,
               .n_levels = 2,
               .has_other = true},
              ERROR_UNKNOWN_LEVEL}};

START_TEST(what_does_not_go_together_is_refused_with_its_name)
{
    struct error err = {0};
    ck_assert_ptr_null(encoding_declare(&wrong[_i].as, 1, NULL, &err));
    ck_assert_msg(err.code == wrong[_i].code, "%s", err.message);
    ck_assert_str_eq(err.place, wrong[_i].as.name);
}
END_TEST

START_TEST(without_inputs_there_is_no_encoding)
{
    struct error err = {0};
    ck_assert_ptr_null(encoding_declare(NULL, 0, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_NO_FEATURES);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const struct input_declaration as[] = {{.name = "x"}, category()};
    struct encoding *made = NULL;
    for (long n = 0; !made; n++) {
        struct error err = {0};
        memory_fail_after(n);
        made = encoding_declare(as, 2, NULL, &err);
        memory_fail_after(-1);
        ck_assert(made || err.code == ERROR_NO_MEMORY);
    }
    encoding_free(made);
}
END_TEST

TCase *input_declare_test(void)
{
    TCase *tcase = tcase_create("input_declare");
    tcase_add_test(tcase, levels_keep_their_order_and_what_stands_for_others_comes_last);
    tcase_add_test(tcase, an_unseen_level_is_an_error_unless_it_is_said);
    tcase_add_test(tcase, what_is_declared_survives_packing);
    tcase_add_loop_test(tcase, what_does_not_go_together_is_refused_with_its_name, 0,
                        sizeof(wrong) / sizeof(*wrong));
    tcase_add_test(tcase, without_inputs_there_is_no_encoding);
    tcase_add_test(tcase, every_allocation_may_fail);
    return tcase;
}
