#include "api/model_state.h"

#include <check.h>
#include <string.h>

#include "api/json_fields.h"
#include "api/model_json.h"
#include "core/base/memory.h"
#include "core/model/model_file.h"
#include "core/model/predict.h"
#include "core/text/base64.h"
#include "tests/support/small_model.h"
#include "tests/support/suite.h"

static const double solution[] = {-1, 0.5, 0.25, 2, 1, 0, 3, -0.5};
static struct problem_list problems;
static struct error err;

static void setup(void)
{
    problems = (struct problem_list){0};
    err = (struct error){0};
}

static void teardown(void)
{
    memory_fail_after(-1);
    problem_list_free(&problems);
}

/* As GET tells it. */
static json_t *export(const struct model *model, unsigned include)
{
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    json_write_begin_object(&json);
    json_write_member_string(&json, "model", "m");
    model_json_write_members(&json, model, include);
    model_state_write(&json, model);
    json_write_end_object(&json);
    json_t *tree = json_fields_parse(text.bytes, text.n_bytes, NULL);
    ck_assert_ptr_nonnull(tree);
    buffer_free(&text);
    return tree;
}

static bool have_same_bytes(const struct model *a, const struct model *b)
{
    struct buffer of_a = BUFFER_EMPTY, of_b = BUFFER_EMPTY;
    model_file_write(a, &of_a);
    model_file_write(b, &of_b);
    bool same =
        of_a.n_bytes == of_b.n_bytes && memcmp(of_a.bytes, of_b.bytes, of_a.n_bytes) == 0;
    buffer_free(&of_a);
    buffer_free(&of_b);
    return same;
}

START_TEST(an_export_imports_again_bit_for_bit)
{
    static const unsigned includes[] = {0, MODEL_JSON_COVARIANCE, MODEL_JSON_COEFFICIENTS,
                                        MODEL_JSON_INPUTS | MODEL_JSON_RESIDUALS};
    struct model *models[] = {small_model_binomial(solution),
                              small_model_multinomial(solution),
                              small_model_sparse(FAMILY_BINOMIAL, 3, solution)};
    for (size_t m = 0; m < 3; m++) {
        for (size_t i = 0; i < 4; i++) {
            json_t *json = export(models[m], includes[i]);
            struct model *read = model_state_read(json, &problems, &err);
            ck_assert_msg(read != NULL, "%zu %zu: %s", m, i, err.message);
            ck_assert(have_same_bytes(read, models[m]));
            model_release(read);
            json_decref(json);
        }
        model_release(models[m]);
    }
}
END_TEST

START_TEST(what_stands_beside_a_state_must_agree_with_it)
{
    struct model *model = small_model_binomial(solution);
    json_t *json = export(model, 0);
    json_t *first = json_array_get(json_object_get(json, "coefficients"), 0);
    json_object_set_new(first, "estimate", json_real(17));
    json_object_set_new(json, "positive", json_string("no"));
    ck_assert_ptr_null(model_state_read(json, &problems, &err));
    ck_assert_uint_eq(problems.n, 2);
    for (size_t i = 0; i < 2; i++)
        ck_assert(strcmp(problems.errors[i].place, "/coefficients") == 0 ||
                  strcmp(problems.errors[i].place, "/positive") == 0);
    json_decref(json);
    model_release(model);
}
END_TEST

/* Score a row, tell of it, write it: with what was let in. */
static void use(struct model *model)
{
    struct buffer text = BUFFER_EMPTY;
    double scores[8], cells[64] = {0};
    ck_assert_uint_le(model_n_scores(model), 8);
    ck_assert_uint_le(model->encoding->n_inputs, 64);
    if (encoding_find_unusable(model->encoding, cells) == SIZE_MAX)
        predict_scores(model, cells, 1, NULL, scores);
    model_file_write(model, &text);
    buffer_free(&text);
}

static void read_damaged(const struct buffer *bytes)
{
    struct buffer text = BUFFER_EMPTY;
    base64_write(bytes->bytes, bytes->n_bytes, &text);
    json_t *json = json_pack("{s:s}", "state", text.bytes);
    struct model *model = model_state_read(json, &problems, &err);
    if (model)
        use(model);
    else if (error_is_set(&err) || problems.n == 0)
        ck_abort_msg("%s", err.message);
    model_release(model);
    problem_list_free(&problems);
    problems = (struct problem_list){0};
    json_decref(json);
    buffer_free(&text);
}

/* A caller may send any bytes: what is let in can be used. */
START_TEST(no_damaged_state_does_harm)
{
    static const unsigned char masks[] = {0x01, 0x80, 0xff};
    struct model *model =
        _i == 0 ? small_model_binomial(solution) : small_model_multinomial(solution);
    struct buffer bytes = BUFFER_EMPTY;
    model_file_write(model, &bytes);
    for (size_t i = 0; i < bytes.n_bytes; i++)
        for (size_t m = 0; m < sizeof(masks); m++) {
            bytes.bytes[i] = (char)(bytes.bytes[i] ^ masks[m]);
            read_damaged(&bytes);
            bytes.bytes[i] = (char)(bytes.bytes[i] ^ masks[m]);
        }
    buffer_free(&bytes);
    model_release(model);
}
END_TEST

/* It is written into answers as it is. */
START_TEST(metadata_that_is_no_object_is_refused)
{
    struct model *model = small_model_binomial(solution);
    model->metadata = memory_copy_string("{},\"version\":7", NULL);
    struct buffer bytes = BUFFER_EMPTY, text = BUFFER_EMPTY;
    model_file_write(model, &bytes);
    base64_write(bytes.bytes, bytes.n_bytes, &text);
    json_t *json = json_pack("{s:s}", "state", text.bytes);
    ck_assert_ptr_null(model_state_read(json, &problems, &err));
    ck_assert_str_eq(problems.errors[0].place, "/state");
    json_decref(json);
    buffer_free(&text);
    buffer_free(&bytes);
    model_release(model);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct model *model = small_model_binomial(solution), *read = NULL;
    json_t *json = export(model, 0);
    for (long n = 0; !read; n++) {
        err = (struct error){0};
        memory_fail_after(n);
        read = model_state_read(json, &problems, &err);
        memory_fail_after(-1);
        ck_assert(read || err.code == ERROR_NO_MEMORY);
    }
    json_decref(json);
    model_release(read);
    model_release(model);
}
END_TEST

TCase *model_state_test(void)
{
    TCase *tcase = tcase_create("model_state");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_export_imports_again_bit_for_bit);
    tcase_add_test(tcase, what_stands_beside_a_state_must_agree_with_it);
    tcase_add_loop_test(tcase, no_damaged_state_does_harm, 0, 2);
    tcase_add_test(tcase, metadata_that_is_no_object_is_refused);
    tcase_add_test(tcase, every_allocation_may_fail);
    return tcase;
}
