/*
 * The coordinates in which coefficients are sought: columns shifted to mean 0 and scaled
 * to a length near 1, without those that are aliased; so that neither units nor means
 * spoil the condition. Every fit maps back to the columns as given.
 *
 *   v_j = x_j·2^{e_j} - c_j        c_j: the mean; 0 where there is no intercept
 *   u_j = v_j                      for most columns
 *   u_j = 2^{f_j}·(v_j - Σ a_jk v_k)   for mixed ones: all but dependent on columns
 * before
 *
 * z = b̃ + Σ u_j w̃_j is the same function as b + Σ x_j w_j. Factors are powers of two, so
 * that u_j carries one rounding; mixed columns are had in double-double arithmetic
 * (Dekker 1971; Knuth's two-sum), since what is left of v_j may be 10⁻⁸ of it. The a_jk
 * are coefficients of a projection, but any numbers would do: the change of basis is
 * exact by definition. So data whose cross-products have a condition beyond 10¹⁶, which
 * no factorisation of them in double precision sees, keep a good one in these
 * coordinates.
 */
#ifndef LOGITD_CORE_MODEL_BASIS_H
#define LOGITD_CORE_MODEL_BASIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/* Of a column of the design, what its entries take. */
struct basis_place {
    double factor, centre;
    uint32_t column; /* which active one it is, or BASIS_ALIASED */
};
#define BASIS_ALIASED UINT32_MAX

struct basis {
    bool intercept;
    size_t n_columns; /* d, of the design */
    size_t n_active;  /* not aliased */
    size_t n_terms;   /* of a block of coefficients in this basis: intercept + n_active */
    size_t *columns;  /* [n_active] of the design */
    bool *aliased;    /* [d] */
    double *factor;   /* [d] 2^e */
    double *centre;   /* [d] c */
    double *spread;   /* [d] standard deviation of v over the rows by weight */
    double *penalty;  /* [d] l2 · factor of the penalty, on v */
    double *l1;       /* [d] l1 · factor of the penalty, on v; of no use if v is mixed */
    double
        *shift; /* [n_active] c of u: what a coefficient on u takes off the intercept */
    /* What terms refer to: columns as given, or standardised ones (basis_refer). */
    double *unit;       /* [d] makes of a coefficient on v one of a term */
    double *origin;     /* [d] -v where the terms' intercept is */
    double *term_shift; /* [n_active] as shift, for the terms' intercept */
    size_t n_mixed;
    size_t *mixed;      /* [n_mixed ≤ d] columns of the design */
    double *mix_factor; /* [d] by place in mixed: 2^f; 0: u is exactly 0 */
    double **mix;       /* [d] by place in mixed: a [d] */
    /* Rows stay sparse: nothing is mixed, and only columns that are filled in more rows
     * than not are shifted; those have an entry in every row. */
    bool is_sparse;
    struct basis_place *place; /* [d]; NULL: not sparse */
    size_t n_shifted;          /* active columns with a centre other than 0 */
    uint32_t *shifted;         /* [n_shifted] of the design, ascending */
};

/* All arrays, zero, and no active columns yet: for who makes one. */
int basis_new(struct basis *basis, bool intercept, size_t n_columns,
              struct error *err) MUST_CHECK;
/* The basis of the intercept alone, or of nothing; owns nothing. */
void basis_of_intercept(struct basis *basis, bool intercept, size_t n_columns);
void basis_free(struct basis *basis);

/* Which of the mixed columns a column is; n_mixed: it is none. */
size_t basis_mixed_place(const struct basis *basis, size_t column);

/* u[n_active] of a row x[d]; and of n_rows, with this stride, zeros behind the last
 * column: n_active or up to 7 more. */
void basis_row(const struct basis *basis, const double *x, double *u);
void basis_rows(const struct basis *basis, size_t n_rows, const double *x, double *u,
                size_t stride);

/* In a sparse basis: the entries of one row that has these n of its own, at most n +
 * n_shifted. Returns how many; active columns ascend. */
size_t basis_entries(const struct basis *basis, size_t n, const uint32_t *columns,
                     const double *values, uint32_t *u_columns, double *u);

/* What a sparse basis has more, once the rest is there: rows may then be had as entries.
 */
int basis_make_sparse(struct basis *basis, struct error *err) MUST_CHECK;
/* The same once more, of which room is there: after its active columns became others. */
void basis_place_columns(struct basis *basis);

/* v[d] = the coefficients on v of what has w[n_active] on u; 0 where aliased. */
void basis_spread_weights(const struct basis *basis, const double *w, double *v);
/* The transpose: w[n_active] from v[d]. */
void basis_gather(const struct basis *basis, const double *v, double *w);

/*
 * Lets terms refer to columns as given (means NULL), or to standardised ones: less their
 * means [d], where there is an intercept to make up for that, and over their spread. For
 * who makes a basis, once all else is there; may be called again.
 */
void basis_refer(struct basis *basis, const double *means);

/*
 * One block of coefficients: terms[intercept + d] on the columns that terms refer to, 0
 * where aliased, from those in this basis [n_terms]. Linear. The unit ones are on the
 * columns v_j: with columns near 1e±300, of which squares leave the range of doubles,
 * variances must be had of these.
 */
void basis_to_terms(const struct basis *basis, const double *coefficients, double *terms);
void basis_to_unit_terms(const struct basis *basis, const double *coefficients,
                         double *terms);
/* What makes a unit coefficient one of a term. */
double basis_unit(const struct basis *basis, size_t term);

/* The same on the columns as given, whatever terms refer to: what predicting uses. */
void basis_to_given(const struct basis *basis, const double *coefficients, double *given);

/* And back: coefficients in this basis [n_terms], such that basis_to_given gives these
 * terms. Those of aliased columns are left out. scratch: [d]. */
void basis_from_terms(const struct basis *basis, const double *terms, double *scratch,
                      double *coefficients);

/* The same for a gradient: derivatives by the coefficients of the terms, from
 * those by the coefficients in this basis. Linear. */
void basis_to_gradient(const struct basis *basis, const double *gradient, double *terms);

#endif
