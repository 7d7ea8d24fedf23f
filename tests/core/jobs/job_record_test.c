#include "core/jobs/job_record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/suite.h"

static struct job_record full_record(void)
{
    struct job_record record = {.id = "job_0123456789abcdef0123",
                                .state = JOB_FAILED,
                                .attempt = 2,
                                .created_at = 1800000000000001,
                                .started_at = 1800000000000002,
                                .finished_at = 1800000000000003,
                                .progress = {.fraction = 0.5,
                                             .iteration = 12,
                                             .objective = 0.25,
                                             .gradient_norm = 1e-7,
                                             .eta_seconds = NAN},
                                .n_starts = 3,
                                .last_event = 77,
                                .request_bytes = 5};
    error_set(&record.error, ERROR_SINGLE_CLASS, "there is only one class");
    error_place(&record.error, "/target");
    record.owner = memory_copy_string("ann", NULL);
    record.request = memory_copy("a\0b\n\xff", 5, NULL);
    record.result = memory_copy_string("admissions/3", NULL);
    return record;
}

static void expect_same_text(const char *a, const char *b)
{
    ck_assert((a == NULL) == (b == NULL));
    if (a)
        ck_assert_str_eq(a, b);
}

static void expect_same(const struct job_record *a, const struct job_record *b)
{
    ck_assert_str_eq(a->id, b->id);
    ck_assert_int_eq(a->state, b->state);
    ck_assert_uint_eq(a->attempt, b->attempt);
    ck_assert_uint_eq(a->n_starts, b->n_starts);
    ck_assert_uint_eq(a->last_event, b->last_event);
    ck_assert_int_eq(a->created_at, b->created_at);
    ck_assert_int_eq(a->started_at, b->started_at);
    ck_assert_int_eq(a->finished_at, b->finished_at);
    ck_assert_mem_eq(&a->progress, &b->progress, sizeof(a->progress));
    ck_assert_int_eq(a->error.code, b->error.code);
    ck_assert_str_eq(a->error.place, b->error.place);
    ck_assert_str_eq(a->error.message, b->error.message);
    expect_same_text(a->owner, b->owner);
    expect_same_text(a->result, b->result);
    ck_assert_uint_eq(a->request_bytes, b->request_bytes);
    ck_assert((a->request == NULL) == (b->request == NULL));
    if (a->request)
        ck_assert_mem_eq(a->request, b->request, a->request_bytes);
}

static void expect_back(const struct job_record *record)
{
    struct buffer packed = BUFFER_EMPTY;
    struct job_record read = {0};
    job_record_pack(record, &packed);
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, NULL), 0);
    expect_same(&read, record);
    job_record_free(&read);
    buffer_free(&packed);
}

START_TEST(job_record_survives_being_packed)
{
    struct job_record record = full_record();
    expect_back(&record);
    job_record_free(&record);
    expect_back(&record); /* all zero, all NULL */
}
END_TEST

START_TEST(job_record_is_copied_in_depth)
{
    struct job_record record = full_record(), copy = {0}, empty = {0};
    ck_assert_int_eq(job_record_copy(&copy, &record, NULL), 0);
    expect_same(&copy, &record);
    ck_assert_ptr_ne(copy.request, record.request);
    ck_assert_ptr_ne(copy.owner, record.owner);
    ck_assert_ptr_ne(copy.result, record.result);
    job_record_free(&record);
    ck_assert_str_eq(copy.result, "admissions/3");
    job_record_free(&copy);
    ck_assert_int_eq(job_record_copy(&copy, &empty, NULL), 0);
    expect_same(&copy, &empty);
}
END_TEST

START_TEST(job_record_refuses_every_cut)
{
    struct job_record record = full_record(), read = {0};
    struct buffer packed = BUFFER_EMPTY;
    job_record_pack(&record, &packed);
    for (size_t n = 0; n < packed.n_bytes; n++) {
        struct error err = {0};
        char *cut = memory_copy(packed.bytes, n, NULL);
        ck_assert_int_eq(job_record_unpack(&read, cut, n, &err), -1);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        ck_assert_ptr_null(read.request);
        memory_free(cut);
    }
    buffer_append_byte(&packed, 0);
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, NULL), -1);
    buffer_free(&packed);
    job_record_free(&record);
}
END_TEST

/* Offsets in the format: version 4, id 1 + 8 + its length, state 1. */
START_TEST(job_record_refuses_a_later_format_an_unknown_state_and_a_long_id)
{
    struct job_record record = {.id = "job_1"}, read = {0};
    struct buffer packed = BUFFER_EMPTY;
    struct error err = {0};
    job_record_pack(&record, &packed);
    packed.bytes[4 + 1 + 8 + 5] = JOB_N_STATES;
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
    packed.bytes[0]++;
    error_clear(&err);
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
    buffer_clear(&packed);
    record.created_at = 0x2020202020202020; /* no NUL for a longer id to end at */
    job_record_pack(&record, &packed);
    packed.bytes[4 + 1] = JOB_ID_BYTES;
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, NULL), -1);
    buffer_free(&packed);
}
END_TEST

/* Without the two numbers in the end, of 4 and 8 bytes. */
START_TEST(job_record_reads_the_format_before)
{
    struct job_record record = full_record(), read = {0};
    struct buffer packed = BUFFER_EMPTY;
    job_record_pack(&record, &packed);
    packed.bytes[0] = 1;
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes, NULL), -1);
    ck_assert_int_eq(job_record_unpack(&read, packed.bytes, packed.n_bytes - 12, NULL),
                     0);
    ck_assert_str_eq(read.result, "admissions/3");
    ck_assert_uint_eq(read.n_starts, read.attempt); /* at the least */
    ck_assert_uint_eq(read.last_event, 0);
    job_record_free(&read);
    job_record_free(&record);
    buffer_free(&packed);
}
END_TEST

START_TEST(job_record_tells_of_every_allocation_that_fails)
{
    struct job_record record = full_record(), copy = {0};
    struct buffer packed = BUFFER_EMPTY;
    job_record_pack(&record, &packed);
    int result = -1;
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        result = job_record_copy(&copy, &record, &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert((n < 3) == (result < 0));
    }
    job_record_free(&copy);
    result = -1;
    for (long n = 0; result < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        result = job_record_unpack(&copy, packed.bytes, packed.n_bytes, &err);
        memory_fail_after(-1);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert((n < 7) == (result < 0));
    }
    job_record_free(&copy);
    job_record_free(&record);
    buffer_free(&packed);
}
END_TEST

START_TEST(job_record_states_have_words)
{
    enum job_state state;
    for (int i = 0; i < JOB_N_STATES; i++) {
        const char *word = job_record_state_word((enum job_state)i);
        ck_assert_int_eq(job_record_state_of_word(word, &state), 0);
        ck_assert_int_eq((int)state, i);
    }
    ck_assert_str_eq(job_record_state_word(JOB_CANCELLED), "cancelled");
    ck_assert_int_eq(job_record_state_of_word("paused", &state), -1);
    ck_assert_int_eq(job_record_state_of_word("", &state), -1);
}
END_TEST

TCase *job_record_test(void)
{
    TCase *tcase = tcase_create("job_record");
    tcase_add_test(tcase, job_record_survives_being_packed);
    tcase_add_test(tcase, job_record_reads_the_format_before);
    tcase_add_test(tcase, job_record_is_copied_in_depth);
    tcase_add_test(tcase, job_record_refuses_every_cut);
    tcase_add_test(tcase,
                   job_record_refuses_a_later_format_an_unknown_state_and_a_long_id);
    tcase_add_test(tcase, job_record_tells_of_every_allocation_that_fails);
    tcase_add_test(tcase, job_record_states_have_words);
    return tcase;
}
