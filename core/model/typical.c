#include "core/model/typical.h"

#include <math.h>

#include "core/base/memory.h"

void typical_free(struct typical *typical)
{
    memory_free(typical->means);
    memory_free(typical->spreads);
    *typical = (struct typical){0};
}

int typical_copy(struct typical *copy, const struct typical *of, size_t n_columns,
                 struct error *err)
{
    struct typical made = *of;
    if (!of->means) {
        *copy = made;
        return 0;
    }
    made.means = memory_copy(of->means, n_columns * sizeof(double), err);
    made.spreads = memory_copy(of->spreads, n_columns * sizeof(double), err);
    if (!made.means || !made.spreads) {
        typical_free(&made);
        return -1;
    }
    *copy = made;
    return 0;
}

void typical_pack(const struct typical *typical, size_t n_columns, struct buffer *out)
{
    pack_f64_array(out, typical->means, typical->means ? n_columns : 0);
    pack_f64_array(out, typical->spreads, typical->means ? n_columns : 0);
    pack_f64(out, typical->response_centre);
    pack_f64(out, typical->response_scale);
}

/* n finite numbers, none below `least`; or none at all. */
static double *read_numbers(struct pack_reader *in, size_t n, double least,
                            struct error *err)
{
    size_t n_read;
    double *numbers = pack_read_f64_array(in, &n_read, err);
    in->failed = in->failed || (numbers && n_read != n);
    for (size_t i = 0; numbers && !in->failed && i < n; i++)
        in->failed = !isfinite(numbers[i]) || numbers[i] < least;
    return numbers;
}

int typical_unpack(struct typical *typical, size_t n_columns, struct pack_reader *in,
                   struct error *err)
{
    typical->means = read_numbers(in, n_columns, -INFINITY, err);
    typical->spreads = read_numbers(in, n_columns, 0, err);
    typical->response_centre = pack_read_f64(in);
    typical->response_scale = pack_read_f64(in);
    in->failed = in->failed || !typical->means != !typical->spreads ||
                 !isfinite(typical->response_centre) ||
                 !(typical->response_scale >= 0 && isfinite(typical->response_scale));
    return pack_check(in, err);
}
