/*
 * One row of a design, however it is stored, with all its columns: for what changes a
 * row, or looks at few. One thread.
 */
#ifndef LOGITD_CORE_MODEL_DENSE_ROW_H
#define LOGITD_CORE_MODEL_DENSE_ROW_H

#include "core/data/design.h"
#include "core/model/basis.h"

struct dense_row {
    const struct basis *basis; /* borrowed */
    double *x;                 /* [n_columns] as given */
    double *u;                 /* [intercept + n_active] in the basis, with its 1 */
};

int dense_row_new(struct dense_row *row, const struct basis *basis,
                  struct error *err) MUST_CHECK;
void dense_row_free(struct dense_row *row); /* all-zero is fine */

/* x of row i of the block. */
void dense_row_read(struct dense_row *row, const struct design_block *block, size_t i);
/* u of x. */
void dense_row_place(struct dense_row *row);

/* u'β of one block of coefficients in the basis. */
double dense_row_margin(const struct dense_row *row, const double *beta);

#endif
