#include "core/model/fit_folds.h"

#include "core/base/memory.h"
#include "core/data/folds.h"
#include "core/data/row_groups.h"
#include "core/model/fit_data.h"

static int narrow(struct fit_folds *folds, const uint32_t *group_of, size_t n_rows,
                  struct error *err)
{
    if (folds->n < 2 || folds->n > FOLDS_MOST)
        return error_set(err, ERROR_OUT_OF_RANGE,
                         "of the rows fitted to the column makes %zu folds; there are 2 "
                         "to %u",
                         folds->n, FOLDS_MOST);
    folds->fold_of = memory_new(n_rows, 1, err);
    if (!folds->fold_of)
        return -1;
    for (size_t i = 0; i < n_rows; i++)
        folds->fold_of[i] = (unsigned char)group_of[i];
    return 0;
}

static int number(struct fit_folds *folds, const struct fit_data *data, struct error *err)
{
    size_t n_rows = (size_t)data->n_kept;
    if (data->n_kept > ROW_GROUPS_MOST_ROWS)
        return error_set(err, ERROR_TOO_LARGE,
                         "folds by a column are for up to %llu rows",
                         (unsigned long long)ROW_GROUPS_MOST_ROWS);
    uint32_t *group_of = memory_new(n_rows, sizeof(*group_of), err);
    int status = group_of ? row_groups_number(data->table, data->plan.fold, data->keep,
                                              data->n_kept, group_of, &folds->n, err)
                          : -1;
    if (status == 0)
        status = narrow(folds, group_of, n_rows, err);
    memory_free(group_of);
    return status;
}

int fit_folds_make(struct fit_folds *folds, const struct fit_data *data,
                   struct error *err)
{
    struct error why = {0};
    if (data->plan.fold == FIT_PLAN_NONE)
        return 0;
    if (number(folds, data, &why) == 0 &&
        folds_check(&data->design, folds->fold_of, folds->n, &why) == 0)
        return 0;
    fit_folds_free(folds);
    if (error_kind(why.code) == ERROR_KIND_INPUT)
        error_place(&why, "/cross_validation/column");
    return error_copy(err, &why);
}

void fit_folds_free(struct fit_folds *folds)
{
    memory_free(folds->fold_of);
    *folds = (struct fit_folds){0};
}

/* Values twice, numbers of groups, and the folds. */
size_t fit_folds_bytes(const struct fit_data *data)
{
    size_t n_bytes;
    if (data->plan.fold == FIT_PLAN_NONE)
        return 0;
    return memory_product((size_t)data->n_kept, 2 * sizeof(double) + sizeof(uint32_t) + 1,
                          &n_bytes)
               ? n_bytes
               : SIZE_MAX;
}

struct path_options fit_folds_path(const struct fit_data *data)
{
    struct path_options path = data->request->path;
    if (data->folds.fold_of) {
        path.n_folds = data->folds.n;
        path.fold_of = data->folds.fold_of;
    }
    return path;
}
