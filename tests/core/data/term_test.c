#include "core/data/term.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/data/encoding.h"
#include "tests/support/csv_table.h"

/* Of these inputs terms are made by hand: x a number, g of the levels p, q, r (reference
 * q), s of 1, 2. */
static struct csv_table table;
static struct encoding *encoding;

static void setup(void)
{
    static const struct input_request requests[] = {
        {.name = "x", .type = -1},
        {.name = "g", .type = -1, .reference = "q"},
        {.name = "s", .type = COLUMN_CATEGORICAL}};
    csv_table_read(&table, "x,g,s\n20,p,1\n30,q,2\n40,r,1\n");
    encoding = encoding_build(table.table, requests, 3, NULL, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
}

static void teardown(void)
{
    encoding_free(encoding);
    csv_table_free(&table);
}

static const struct factor x = {.kind = FACTOR_INPUT, .input = 0};
static const struct factor g = {.kind = FACTOR_INPUT, .input = 1};
static const struct factor g_full = {.kind = FACTOR_INPUT, .input = 1, .is_full = true};
static const struct factor s = {.kind = FACTOR_INPUT, .input = 2};
static const struct factor s_full = {.kind = FACTOR_INPUT, .input = 2, .is_full = true};
static const struct factor x_missing = {.kind = FACTOR_MISSING, .input = 0};

static struct term term_of(const struct factor *factors, size_t n)
{
    struct term term = {.n_factors = n, .factors = factors};
    ck_assert(term_count_columns(encoding, factors, n, &term.n_columns));
    return term;
}

static void check_names(const struct factor *factors, size_t n, const char *name,
                        const char *columns)
{
    struct term term = term_of(factors, n);
    struct buffer out = BUFFER_EMPTY;
    term_write(encoding, &term, &out);
    ck_assert_str_eq(out.bytes, name);
    buffer_clear(&out);
    for (size_t j = 0; j < term.n_columns; j++) {
        term_write_column(encoding, &term, j, &out);
        buffer_append_byte(&out, ' ');
    }
    ck_assert_str_eq(out.bytes, columns);
    size_t n_bytes;
    ck_assert(term_names_bytes(encoding, &term, &n_bytes));
    ck_assert_uint_eq(n_bytes, strlen(columns));
    buffer_free(&out);
}

/* R, model.matrix: the first factor varies fastest. */
START_TEST(columns_are_named_by_their_levels_the_leftmost_changing_fastest)
{
    check_names((struct factor[]){g}, 1, "g", "g[p] g[r] ");
    check_names((struct factor[]){g_full}, 1, "g", "g[p] g[q] g[r] ");
    check_names((struct factor[]){x, s}, 2, "x:s", "x:s[2] ");
    check_names((struct factor[]){g, s_full}, 2, "g:s",
                "g[p]:s[1] g[r]:s[1] g[p]:s[2] g[r]:s[2] ");
    check_names((struct factor[]){s, x, g}, 3, "s:x:g", "s[2]:x:g[p] s[2]:x:g[r] ");
    check_names((struct factor[]){x_missing}, 1, "x[missing]", "x[missing] ");
    check_names((struct factor[]){g, x_missing}, 2, "g:x[missing]",
                "g[p]:x[missing] g[r]:x[missing] ");
}
END_TEST

static void check_value(const struct factor *factors, size_t n, const double *cells,
                        double value, size_t column)
{
    struct term term = term_of(factors, n);
    size_t found;
    ck_assert(term_value(encoding, &term, cells, &found) == value);
    if (value != 0)
        ck_assert_uint_eq(found, column);
}

START_TEST(a_row_has_one_column_of_a_term_or_none)
{
    const double p1[] = {-5, 0, 0}, q2[] = {7, 1, 1}, r2[] = {0.5, 2, 1};
    check_value((struct factor[]){x}, 1, p1, -5, 0);
    check_value((struct factor[]){g}, 1, p1, 1, 0);
    check_value((struct factor[]){g}, 1, q2, 0, 0);
    check_value((struct factor[]){g}, 1, r2, 1, 1);
    check_value((struct factor[]){g_full}, 1, q2, 1, 1);
    check_value((struct factor[]){g, s_full}, 2, p1, 1, 0);
    check_value((struct factor[]){g, s_full}, 2, r2, 1, 3);
    check_value((struct factor[]){g, s}, 2, p1, 0, 0);
    check_value((struct factor[]){s, x, g}, 3, r2, 0.5, 1);
    check_value((struct factor[]){s, x, g}, 3, q2, 0, 0);
    check_value((struct factor[]){x_missing}, 1, p1, 0, 0);
    check_value((struct factor[]){x_missing, g}, 2, (double[]){NAN, 2, 0}, 1, 1);
}
END_TEST

START_TEST(products_beyond_the_doubles_are_the_largest_ones)
{
    const double huge[] = {-1e300, 0, 0};
    check_value((struct factor[]){x, x}, 2, huge, DBL_MAX, 0);
    check_value((struct factor[]){x, x, x}, 3, huge, -DBL_MAX, 0);
}
END_TEST

START_TEST(columns_that_cannot_be_counted_are_told)
{
    struct factor factors[64];
    size_t n_columns;
    for (size_t i = 0; i < 64; i++)
        factors[i] = s_full;
    ck_assert(term_count_columns(encoding, factors, 63, &n_columns));
    ck_assert_uint_eq(n_columns, 1ULL << 63);
    ck_assert(!term_count_columns(encoding, factors, 64, &n_columns));
}
END_TEST

TCase *term_test(void)
{
    TCase *tests = tcase_create("term");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   columns_are_named_by_their_levels_the_leftmost_changing_fastest);
    tcase_add_test(tests, a_row_has_one_column_of_a_term_or_none);
    tcase_add_test(tests, products_beyond_the_doubles_are_the_largest_ones);
    tcase_add_test(tests, columns_that_cannot_be_counted_are_told);
    return tests;
}
