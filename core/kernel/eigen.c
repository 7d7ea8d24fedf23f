#include "core/kernel/eigen.h"

#include <lapacke.h>

#include "core/base/memory.h"

#define WORK_A_ROW                                                                       \
    26U /* dsyevr's least, of doubles; it works unblocked for so few rows */
#define INTEGERS_A_ROW 10U

struct room {
    double *values, *work;
    lapack_int *integers;
};

static void free_room(struct room *room)
{
    memory_free(room->values);
    memory_free(room->work);
    memory_free(room->integers);
}

static int all_values(size_t n, double *a, struct room *room, size_t n_work)
{
    lapack_int size = (lapack_int)n, n_found = 0, unused[2];
    return LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'N', 'A', 'U', size, a, size, 0, 0, 0, 0,
                               0, &n_found, room->values, NULL, size, unused, room->work,
                               (lapack_int)n_work, room->integers,
                               (lapack_int)(n * INTEGERS_A_ROW));
}

int eigen_extremes(size_t n, double *a, double *least, double *greatest,
                   struct error *err)
{
    /* A block of 64 columns is what dsytrd likes. */
    size_t n_work = n * (WORK_A_ROW + 64);
    struct room room = {.values = memory_new(n, sizeof(double), err),
                        .work = memory_new(n_work, sizeof(double), err),
                        .integers =
                            memory_new(n * INTEGERS_A_ROW, sizeof(lapack_int), err)};
    int result = -1;
    if (room.values && room.work && room.integers) {
        if (all_values(n, a, &room, n_work) == 0) {
            *least = room.values[0];
            *greatest = room.values[n - 1];
            result = 0;
        } else
            error_set(err, ERROR_INTERNAL, "the eigenvalues of a matrix were not found");
    }
    free_room(&room);
    return result;
}
