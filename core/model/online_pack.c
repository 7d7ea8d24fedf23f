#include "core/model/online_pack.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

#define VERSION 1U

static void pack_score(const struct online_score *score, struct buffer *out)
{
    pack_f64(out, score->weights);
    pack_f64(out, score->losses);
    pack_f64(out, score->correct);
}

void online_pack_head(const struct online_head *head, struct buffer *out)
{
    pack_u32(out, VERSION);
    pack_u8(out, (uint8_t)head->plan.algorithm);
    pack_u8(out, (uint8_t)head->plan.schedule);
    pack_f64(out, head->plan.rate);
    pack_f64(out, head->plan.l2);
    pack_f64(out, head->plan.l1);
    pack_u8(out, head->of_numbers);
    pack_u64(out, head->whole.n_rows);
    pack_u64(out, head->whole.n_steps);
    pack_score(&head->whole.score, out);
    pack_score(&head->recent, out);
}

void online_pack_numbers(const struct online *online, struct buffer *out)
{
    typical_pack(&online->typical, online->basis.n_columns, out);
    pack_f64_array(out, online->beta, online->n);
    pack_f64_array(out, online->squares, online->n);
}

/* ---- back ---- */

static void require(struct pack_reader *in, bool is_right)
{
    in->failed = in->failed || !is_right;
}

/* Finite and not below 0. */
static double read_size(struct pack_reader *in)
{
    double value = pack_read_f64(in);
    require(in, value >= 0 && isfinite(value));
    return value;
}

static void read_score(struct online_score *score, struct pack_reader *in)
{
    score->weights = read_size(in);
    score->losses = read_size(in);
    score->correct = read_size(in);
}

void online_pack_read_head(struct online_head *head, struct pack_reader *in)
{
    require(in, pack_read_u32(in) == VERSION);
    uint8_t algorithm = pack_read_u8(in), schedule = pack_read_u8(in);
    require(in, algorithm == ONLINE_ADAGRAD || algorithm == ONLINE_SGD);
    require(in, schedule == SCHEDULE_CONSTANT || schedule == SCHEDULE_INVERSE_TIME ||
                    schedule == SCHEDULE_INVERSE_SQRT);
    head->plan.algorithm = (enum online_algorithm)algorithm;
    head->plan.schedule = (enum schedule)schedule;
    head->plan.rate = read_size(in);
    head->plan.l2 = read_size(in);
    head->plan.l1 = read_size(in);
    uint8_t of_numbers = pack_read_u8(in);
    require(in, of_numbers <= 1);
    head->of_numbers = of_numbers == 1;
    head->whole.n_rows = pack_read_u64(in);
    head->whole.n_steps = pack_read_u64(in);
    read_score(&head->whole.score, in);
    read_score(&head->recent, in);
}

static int read_array(struct pack_reader *in, size_t n, double *to, struct error *err)
{
    size_t n_read;
    double *read = pack_read_f64_array(in, &n_read, err);
    require(in, read && n_read == n && vectors_all_finite(read, n));
    if (!in->failed)
        memcpy(to, read, n * sizeof(*to));
    memory_free(read);
    return pack_check(in, err);
}

int online_pack_read_numbers(struct online *online, struct pack_reader *in,
                             struct error *err)
{
    size_t d = online->model->encoding->n_columns;
    if (typical_unpack(&online->typical, d, in, err) < 0)
        return -1;
    require(in, online->typical.means && online->typical.response_scale > 0);
    if (pack_check(in, err) < 0 || online_make(online, err) < 0 ||
        read_array(in, online->n, online->beta, err) < 0)
        return -1;
    return read_array(in, online->n, online->squares, err);
}
