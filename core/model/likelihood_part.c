#include "core/model/likelihood_part.h"

#include "core/base/memory.h"

#define ABSENT UINT32_MAX
#define LEAST_SHARE 4U /* of all columns, one in so many */

struct likelihood_part {
    struct likelihood likelihood; /* the first: the context of its objective */
    struct design
        design; /* of the columns of the set; labels and the like are borrowed */
    struct basis basis;
    struct likelihood *whole;
};

/* ---- the columns ---- */

static bool is_worth_it(const struct likelihood *likelihood, const size_t *set,
                        size_t n_set)
{
    const struct basis *basis = likelihood->basis;
    size_t n_cells;
    if (likelihood->n_blocks != 1 || basis->n_mixed > 0 ||
        basis->n_active < LIKELIHOOD_PART_LEAST)
        return false;
    if (n_set <= basis->intercept || (basis->intercept && set[0] != 0))
        return false;
    if (LEAST_SHARE * n_set > basis->n_active)
        return false;
    return basis->is_sparse ||
           (memory_product((size_t)likelihood->design->n_rows, n_set, &n_cells) &&
            n_cells <= LIKELIHOOD_PART_MOST);
}

static size_t column_of(const struct basis *whole, const size_t *set, size_t i)
{
    return whole->columns[set[whole->intercept + i] - whole->intercept];
}

static int make_basis(struct likelihood_part *part, const struct basis *whole,
                      const size_t *set, size_t n_set, struct error *err)
{
    struct basis *basis = &part->basis;
    size_t n = n_set - whole->intercept;
    if (basis_new(basis, whole->intercept, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t column = column_of(whole, set, i);
        basis->columns[i] = i;
        basis->factor[i] = whole->factor[column];
        basis->centre[i] = whole->centre[column];
        basis->spread[i] = whole->spread[column];
        basis->penalty[i] = whole->penalty[column];
        basis->l1[i] = whole->l1[column];
    }
    basis->n_active = n;
    basis->n_terms = n_set;
    basis_refer(basis, NULL);
    return whole->is_sparse ? basis_make_sparse(basis, err) : 0;
}

static void copy_block(struct design *design, const struct likelihood *likelihood,
                       const size_t *set, const struct design_block *rows)
{
    size_t n = design->n_columns, d = likelihood->design->n_columns;
    double *to = design->x + rows->first_row * n;
    for (size_t r = 0; r < rows->n_rows; r++)
        for (size_t i = 0; i < n; i++)
            *to++ = rows->x[r * d + column_of(likelihood->basis, set, i)];
}

static int copy_cells(struct likelihood_part *part, const struct likelihood *likelihood,
                      const size_t *set, struct error *err)
{
    struct design *design = &part->design;
    struct design_block rows;
    design->x = memory_new_aligned((size_t)design->n_rows * design->n_columns,
                                   sizeof(double), err);
    for (size_t b = 0; design->x && b < design->n_blocks; b++) {
        design_block(likelihood->design, b, &rows);
        copy_block(design, likelihood, set, &rows);
    }
    return design->x ? 0 : -1;
}

/* How many entries of the set's columns there are; where those of each row begin. */
static uint64_t count_entries(struct design *design, const struct design_block *rows,
                              const uint32_t *place, uint64_t n)
{
    uint64_t *starts = design->starts + rows->first_row;
    for (size_t r = 0; r < rows->n_rows; r++) {
        starts[r] = n;
        for (uint64_t e = rows->starts[r]; e < rows->starts[r + 1]; e++)
            n += place[rows->columns[e]] != ABSENT;
        if (n - starts[r] > design->longest_row)
            design->longest_row = (size_t)(n - starts[r]);
    }
    return starts[rows->n_rows] = n;
}

/* Each is written, and overwritten by the next if it is none of the set's: there is room
 * for one more. */
static void fill_entries(struct design *design, const struct design_block *rows,
                         const uint32_t *place)
{
    uint64_t n = design->starts[rows->first_row];
    for (uint64_t e = rows->starts[0]; e < rows->starts[rows->n_rows]; e++) {
        uint32_t column = place[rows->columns[e]];
        design->columns[n] = column;
        design->values[n] = rows->values[e];
        n += column != ABSENT;
    }
}

static int copy_entries_at(struct design *design, const struct design *whole,
                           const uint32_t *place, bool *fits, struct error *err)
{
    struct design_block rows;
    uint64_t n = 0;
    design->starts = memory_new((size_t)design->n_rows + 1, sizeof(uint64_t), err);
    if (!design->starts)
        return -1;
    for (size_t b = 0; b < whole->n_blocks; b++) {
        design_block(whole, b, &rows);
        n = count_entries(design, &rows, place, n);
    }
    *fits = n <= LIKELIHOOD_PART_MOST;
    if (!*fits)
        return 0;
    design->columns = memory_new((size_t)n + 1, sizeof(uint32_t), err);
    design->values = memory_new((size_t)n + 1, sizeof(double), err);
    if (!design->columns || !design->values)
        return -1;
    for (size_t b = 0; b < whole->n_blocks; b++) {
        design_block(whole, b, &rows);
        fill_entries(design, &rows, place);
    }
    return 0;
}

static int copy_entries(struct likelihood_part *part, const struct likelihood *likelihood,
                        const size_t *set, bool *fits, struct error *err)
{
    size_t n_columns = likelihood->design->n_columns;
    uint32_t *place = memory_new(n_columns, sizeof(*place), err);
    if (!place)
        return -1;
    for (size_t j = 0; j < n_columns; j++)
        place[j] = ABSENT;
    for (size_t i = 0; i < part->design.n_columns; i++)
        place[column_of(likelihood->basis, set, i)] = (uint32_t)i;
    int status = copy_entries_at(&part->design, likelihood->design, place, fits, err);
    memory_free(place);
    return status;
}

static int make_design(struct likelihood_part *part, const struct likelihood *likelihood,
                       const size_t *set, bool *fits, struct error *err)
{
    const struct design *whole = likelihood->design;
    part->design = *whole;
    part->design.n_columns = part->basis.n_active;
    part->design.longest_row = 0;
    part->design.x = part->design.values = NULL;
    part->design.starts = NULL;
    part->design.columns = NULL;
    *fits = true;
    return whole->starts ? copy_entries(part, likelihood, set, fits, err)
                         : copy_cells(part, likelihood, set, err);
}

/* ---- the objective ---- */

static void free_part(struct likelihood_part *part)
{
    likelihood_free(&part->likelihood);
    basis_free(&part->basis);
    memory_free(part->design.x);
    memory_free(part->design.starts);
    memory_free(part->design.columns);
    memory_free(part->design.values);
    memory_free(part);
}

static int make_part(struct likelihood_part *part, const struct likelihood *likelihood,
                     const size_t *set, size_t n_set, bool *fits, struct error *err)
{
    const struct survey survey = {.n_classes = likelihood->n_classes,
                                  .sum_weights = likelihood->sum_weights};
    if (make_basis(part, likelihood->basis, set, n_set, err) < 0 ||
        make_design(part, likelihood, set, fits, err) < 0)
        return -1;
    return *fits ? likelihood_new(&part->likelihood, &part->design, &part->basis, &survey,
                                  likelihood->options, likelihood->hooks,
                                  likelihood->pool, false, err)
                 : 0;
}

int likelihood_part_new(struct likelihood *likelihood, const size_t *set, size_t n_set,
                        struct objective *made_part, bool *made, struct error *err)
{
    *made = false;
    if (!is_worth_it(likelihood, set, n_set))
        return 0;
    struct likelihood_part *part = memory_new(1, sizeof(*part), err);
    if (!part)
        return -1;
    int status = make_part(part, likelihood, set, n_set, made, err);
    if (status < 0 || !*made) {
        free_part(part);
        *made = false;
        return status;
    }
    part->whole = likelihood;
    *made_part = likelihood_objective(&part->likelihood);
    made_part->l1 = NULL;
    return 0;
}

/* Its passes count by what they read of a whole one. */
void likelihood_part_free(struct objective *made_part)
{
    struct likelihood_part *part = made_part->context;
    part->whole->n_passes += part->likelihood.n_passes *
                             (double)design_n_entries(&part->design) /
                             (double)design_n_entries(part->whole->design);
    free_part(part);
    *made_part = (struct objective){0};
}
