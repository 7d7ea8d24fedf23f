#include "core/data/encoding_terms.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/design_build.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct formula formula;
static struct encoding *encoding;

static void teardown(void)
{
    encoding_free(encoding);
    encoding = NULL;
    formula_free(&formula);
    csv_table_free(&table);
}

/* Of the formula with all columns of the table but the first. */
static struct encoding *build(const char *text, const unsigned char *keep,
                              struct error *err)
{
    struct input_request requests[16] = {{0}};
    const char *names[16];
    size_t n = table_summary(table.table)->n_columns;
    ck_assert_uint_le(n, 16);
    for (size_t j = 0; j < n; j++) {
        names[j] = table_summary(table.table)->columns[j].name;
        requests[j] = (struct input_request){.name = names[j], .type = -1};
    }
    formula_free(&formula);
    if (formula_parse(&formula, text, strlen(text), names, n, err) < 0)
        return NULL;
    return encoding_build(table.table, requests + 1, n - 1, &formula, keep, err);
}

static void build_well(const char *text)
{
    struct error err = {0};
    encoding = build(text, NULL, &err);
    ck_assert_msg(encoding != NULL, "%s: %s", text, err.message);
}

static void write_columns(struct buffer *out)
{
    for (size_t j = 0; j < encoding->n_columns; j++) {
        buffer_append_string(out, j > 0 ? " " : "");
        encoding_write_column(encoding, j, out);
    }
}

/* ---- R's rule ---- */

static void open_factors(void)
{
    csv_table_read(&table, "y,x,g,h,k\n"
                           "0,1,p,u,a\n"
                           "1,2,q,v,b\n"
                           "0,3,r,u,a\n");
}

/* What R 4.3 has as colnames(model.matrix(~ …)) but the intercept, with the levels in
 * brackets; by its rule. */
static const struct {
    const char *formula, *columns;
} coded[] = {
    {"y ~ g + x", "g[q] g[r] x"},
    {"y ~ 0 + g", "g[p] g[q] g[r]"},
    {"y ~ 0 + g + h", "g[p] g[q] g[r] h[v]"},
    {"y ~ 0 + x + h + g", "x h[u] h[v] g[q] g[r]"},
    {"y ~ g*h", "g[q] g[r] h[v] g[q]:h[v] g[r]:h[v]"},
    {"y ~ g:h", "g[p]:h[u] g[q]:h[u] g[r]:h[u] g[p]:h[v] g[q]:h[v] g[r]:h[v]"},
    {"y ~ h:k", "h[u]:k[a] h[v]:k[a] h[u]:k[b] h[v]:k[b]"},
    {"y ~ g + g:h", "g[q] g[r] g[p]:h[v] g[q]:h[v] g[r]:h[v]"},
    {"y ~ g/h", "g[q] g[r] g[p]:h[v] g[q]:h[v] g[r]:h[v]"},
    {"y ~ 0 + g + g:h", "g[p] g[q] g[r] g[p]:h[v] g[q]:h[v] g[r]:h[v]"},
    {"y ~ x + x:g", "x x:g[q] x:g[r]"},
    {"y ~ x:g", "x:g[p] x:g[q] x:g[r]"},
    {"y ~ g + x:g", "g[q] g[r] g[p]:x g[q]:x g[r]:x"},
    {"y ~ 0 + x + x:g", "x x:g[p] x:g[q] x:g[r]"},
    {"y ~ h*k*x", "h[v] k[b] x h[v]:k[b] h[v]:x k[b]:x h[v]:k[b]:x"},
    {"y ~ h:k:x", "h[u]:k[a]:x h[v]:k[a]:x h[u]:k[b]:x h[v]:k[b]:x"},
    {"y ~ h + k + h:k:x", "h[v] k[b] h[u]:k[a]:x h[v]:k[a]:x h[u]:k[b]:x h[v]:k[b]:x"},
    {"y ~ h:k + h:k:x", "h[u]:k[a] h[v]:k[a] h[u]:k[b] h[v]:k[b] h[u]:k[a]:x "
                        "h[v]:k[a]:x h[u]:k[b]:x h[v]:k[b]:x"},
    {"y ~ log(x) + log(x):h", "log(x) log(x):h[v]"},
    {"y ~ I(x^2):x", "I(x^2):x"},
};

START_TEST(factors_are_coded_by_contrasts_or_in_full_as_in_r)
{
    struct buffer columns = BUFFER_EMPTY;
    open_factors();
    build_well(coded[_i].formula);
    write_columns(&columns);
    ck_assert_str_eq(columns.bytes, coded[_i].columns);
    buffer_free(&columns);
}
END_TEST

START_TEST(columns_know_their_terms)
{
    static const size_t term_of[] = {0, 0, 1, 2, 3, 3};
    open_factors();
    build_well("y ~ g + h + x + g:x");
    ck_assert_uint_eq(encoding->n_columns, 6);
    for (size_t j = 0; j < 6; j++)
        ck_assert_uint_eq(encoding_find_term(encoding, j), term_of[j]);
}
END_TEST

START_TEST(a_factor_of_one_level_has_no_column_and_leaves_none_to_a_product)
{
    static const unsigned char keep[] = {1, 0, 1};
    struct buffer columns = BUFFER_EMPTY;
    open_factors();
    encoding = build("y ~ h + x + h:x + g", keep, NULL);
    ck_assert_ptr_nonnull(encoding);
    write_columns(&columns);
    ck_assert_str_eq(columns.bytes, "x g[r]");
    ck_assert_uint_eq(encoding_find_term(encoding, 0), 1);
    ck_assert_uint_eq(encoding_find_term(encoding, 1), 2);
    buffer_free(&columns);
}
END_TEST

static const struct {
    const char *formula, *place;
    enum error_code code;
} refused[] = {
    {"y ~ x + nothing", "nothing", ERROR_UNKNOWN_COLUMN},
    {"y ~ log(nothing)", "nothing", ERROR_UNKNOWN_COLUMN},
    {"y ~ log(g)", "g", ERROR_INVALID},
    {"y ~ I(x == \"a\")", "x", ERROR_INVALID},
    {"y ~ I(g == \"none\")", "g", ERROR_UNKNOWN_LEVEL},
};

START_TEST(formulas_that_do_not_go_with_the_inputs_are_refused)
{
    struct error err = {0};
    open_factors();
    ck_assert_ptr_null(build(refused[_i].formula, NULL, &err));
    ck_assert_int_eq(err.code, refused[_i].code);
    ck_assert_str_eq(err.place, refused[_i].place);
}
END_TEST

START_TEST(more_columns_than_can_be_are_refused_before_anything_is_made_of_them)
{
    struct buffer csv = BUFFER_EMPTY;
    struct error err = {0};
    buffer_append_string(&csv, "y,a,b,c\n");
    for (unsigned i = 0; i < 1300; i++)
        buffer_printf(&csv, "0,k%u,l%u,m%u\n", i, i, i);
    csv_table_read(&table, csv.bytes);
    build_well("y ~ a:b");
    ck_assert_uint_eq(encoding->n_columns, 1300 * 1300);
    ck_assert_ptr_null(build("y ~ a:b + a:b:c", NULL, &err));
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_str_eq(err.place, "a:b:c");
    buffer_free(&csv);
}
END_TEST

/* ---- as bytes ---- */

static struct encoding *unpack(const struct buffer *bytes, size_t n, struct error *err)
{
    struct pack_reader in = {(const unsigned char *)bytes->bytes, n, 0, false};
    return encoding_unpack(&in, err);
}

static const char *const packed = "y ~ x*g + log(x):h + I(x + (g == \"q\")) - 1";

START_TEST(terms_come_back_from_their_bytes)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    struct buffer columns = BUFFER_EMPTY, read = BUFFER_EMPTY;
    const double cells[] = {2.5, 1, 0, 1};
    double x[16] = {0}, same[16] = {0};
    open_factors();
    build_well(packed);
    write_columns(&columns);
    encoding_expand(encoding, cells, 1, x);
    encoding_pack(encoding, &bytes);
    encoding_free(encoding);
    encoding = unpack(&bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(encoding);
    write_columns(&read);
    ck_assert_str_eq(read.bytes, columns.bytes);
    encoding_expand(encoding, cells, 1, same);
    ck_assert_mem_eq(x, same, sizeof(x));
    encoding_pack(encoding, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    buffer_free(&bytes);
    buffer_free(&again);
    buffer_free(&columns);
    buffer_free(&read);
}
END_TEST

START_TEST(damaged_terms_are_corrupt_or_read)
{
    struct buffer bytes = BUFFER_EMPTY;
    open_factors();
    build_well(packed);
    encoding_pack(encoding, &bytes);
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        struct error err = {0};
        ck_assert_ptr_null(unpack(&bytes, at, &err));
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        for (int change = 1; change < 256; change += 13) {
            struct error why = {0};
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
            struct encoding *read = unpack(&bytes, bytes.n_bytes, &why);
            ck_assert(read || why.code == ERROR_CORRUPT);
            encoding_free(read);
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
        }
    }
    buffer_free(&bytes);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct buffer bytes = BUFFER_EMPTY;
    open_factors();
    build_well(packed);
    encoding_pack(encoding, &bytes);
    for (int packing = 0; packing < 2; packing++)
        for (long n = 0;; n++) {
            struct error err = {0};
            memory_fail_after(n);
            struct encoding *built =
                packing ? unpack(&bytes, bytes.n_bytes, &err) : build(packed, NULL, &err);
            memory_fail_after(-1);
            encoding_free(built);
            if (built)
                break;
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        }
    buffer_free(&bytes);
}
END_TEST

/* ---- dense and sparse designs have the same entries ---- */

static struct pool *pool;
static struct target target;
static const double zero_one[] = {0, 1};

static void open_pool(void)
{
    pool = pool_new(2, 0, NULL);
    ck_assert_ptr_nonnull(pool);
}

static void close_pool(void)
{
    pool_free(pool);
    target_free(&target);
    teardown();
}

static void build_design(enum design_storage storage, struct design *design,
                         struct error *err)
{
    size_t n_rows = (size_t)table_summary(table.table)->n_rows;
    const struct design like = {.storage = storage};
    const struct design_source source = {.table = table.table,
                                         .encoding = encoding,
                                         .n_kept = n_rows,
                                         .target = &target,
                                         .y_of_class = zero_one,
                                         .successes = 0,
                                         .trials = DESIGN_BUILD_NONE,
                                         .weights = DESIGN_BUILD_NONE,
                                         .offset = DESIGN_BUILD_NONE,
                                         .fitted = &like};
    double log_coefficient;
    ck_assert_int_eq(design_build(&source, pool, design, &log_coefficient, err), 0);
    ck_assert_int_eq(design->storage, storage);
}

/* The factor's own share of a column by its written name: what is before the bracket, and
 * the level in it. */
static double share_of(const char *part, size_t n_bytes, const double *cells)
{
    const char *bracket = memchr(part, '[', n_bytes);
    size_t n_name = bracket ? (size_t)(bracket - part) : n_bytes;
    if (n_name == 9 && memcmp(part, "I(x - 20)", 9) == 0)
        return cells[encoding_find_input(encoding, "x", 1)] - 20;
    size_t i = encoding_find_input(encoding, part, n_name);
    ck_assert_uint_ne(i, SIZE_MAX);
    if (!bracket)
        return cells[i];
    const struct level *level = &encoding->inputs[i].levels[(size_t)cells[i]];
    return level->n_bytes == n_bytes - n_name - 2 &&
           memcmp(level->text, bracket + 1, level->n_bytes) == 0;
}

/* What a column is by its name alone: the product of its parts. */
static double column_by_name(size_t column, const double *cells)
{
    struct buffer name = BUFFER_EMPTY;
    double product = 1;
    encoding_write_column(encoding, column, &name);
    for (const char *part = name.bytes; part;) {
        const char *end = strchr(part, ':');
        product *= share_of(part, end ? (size_t)(end - part) : strlen(part), cells);
        part = end ? end + 1 : NULL;
    }
    buffer_free(&name);
    return product;
}

static void check_row(const struct design *dense, const struct design *sparse,
                      uint64_t row, const double *cells)
{
    uint64_t at = sparse->starts[row];
    for (size_t j = 0; j < dense->n_columns; j++) {
        double x = dense->x[row * dense->n_columns + j];
        bool is_entry = at < sparse->starts[row + 1] && sparse->columns[at] == j;
        ck_assert(x == column_by_name(j, cells));
        ck_assert(x == (is_entry ? sparse->values[at] : 0));
        at += is_entry;
    }
    ck_assert_uint_eq(at, sparse->starts[row + 1]);
}

static void check_designs(const double *cells)
{
    struct design dense = {0}, sparse = {0};
    struct error err = {0};
    build_design(DESIGN_DENSE_F64, &dense, &err);
    build_design(DESIGN_CSR_F64, &sparse, &err);
    for (uint64_t row = 0; row < dense.n_rows; row++)
        check_row(&dense, &sparse, row, cells + row * encoding->n_inputs);
    design_free(&dense);
    design_free(&sparse);
}

#define N_ROWS 60U
#define N_INPUTS 5U

/* Rows of x, z numbers, g of 3 levels, h of 2, k of 7; cells as the encoding has them. */
static void open_random_rows(struct random *random, double *cells)
{
    static const char *const names[] = {"x", "z", "g", "h", "k"};
    static const unsigned n_levels[] = {0, 0, 3, 2, 7};
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x,z,g,h,k\n");
    for (unsigned row = 0; row < N_ROWS; row++) {
        buffer_printf(&csv, "%u", row % 2);
        for (size_t i = 0; i < N_INPUTS; i++) {
            unsigned n = n_levels[i];
            unsigned value =
                n > 0 && row < n ? row : (unsigned)random_below(random, n > 0 ? n : 100);
            buffer_printf(&csv, n > 0 ? ",%s%u" : ",%.0s%u", names[i], value);
            cells[row * N_INPUTS + i] = value;
        }
        buffer_append_byte(&csv, '\n');
    }
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
}

static void write_random_formula(struct random *random, struct buffer *out)
{
    static const char *const factors[] = {"x", "z", "g", "h", "k", "I(x - 20)"};
    size_t n_terms = 1 + random_below(random, 4);
    buffer_clear(out);
    buffer_append_string(out, random_below(random, 3) ? "y ~ 1" : "y ~ 0");
    for (size_t t = 0; t < n_terms; t++) {
        size_t n = 1 + random_below(random, 3), order[] = {0, 1, 2, 3, 4, 5};
        random_shuffle(random, order, 6);
        for (size_t i = 0; i < n; i++)
            buffer_printf(out,
                          i > 0 ? (random_below(random, 4) ? ":%s" : "*%s") : " + %s",
                          factors[order[i]]);
    }
}

START_TEST(dense_and_sparse_designs_are_what_the_names_of_columns_say)
{
    struct random random = random_start(11, (uint64_t)_i);
    struct buffer text = BUFFER_EMPTY;
    double cells[N_ROWS * N_INPUTS];
    open_random_rows(&random, cells);
    write_random_formula(&random, &text);
    build_well(text.bytes);
    ck_assert_int_eq(target_find_classes(&target, table.table, 0, NULL, N_ROWS, NULL), 0);
    check_designs(cells);
    buffer_free(&text);
}
END_TEST

/* ---- sparse inputs ---- */

START_TEST(sparse_inputs_are_cells_where_a_product_or_an_expression_has_them)
{
    static const double x[3][5] = {{2, 5, 0, 4, 10}, {0, 3, 0, 0, 0}, {-1, 0, 9, 1, 0}};
    struct design dense = {0}, sparse = {0};
    struct error err = {0};
    csv_table_read_libsvm(&table, "1 1:2 2:5\n0 2:3\n1 1:-1 3:9\n");
    build_well("label ~ `1` + `2` + `3` + `1`:`2` + I(`1`^2)");
    ck_assert(!encoding->is_sparse);
    ck_assert_uint_eq(encoding->column_of_entries[0], ENCODING_NO_COLUMN);
    ck_assert_uint_eq(encoding->column_of_entries[1], ENCODING_NO_COLUMN);
    ck_assert_uint_eq(encoding->column_of_entries[2], 2);
    ck_assert_int_eq(target_find_classes(&target, table.table, 0, NULL, 3, NULL), 0);
    build_design(DESIGN_DENSE_F64, &dense, &err);
    build_design(DESIGN_CSR_F64, &sparse, &err);
    ck_assert_uint_eq(sparse.starts[3], 8);
    for (size_t row = 0; row < 3; row++)
        for (size_t j = 0; j < 5; j++)
            ck_assert_msg(dense.x[row * 5 + j] == x[row][j], "row %zu column %zu: %g",
                          row, j, dense.x[row * 5 + j]);
    for (size_t row = 0; row < 3; row++)
        for (uint64_t e = sparse.starts[row]; e < sparse.starts[row + 1]; e++)
            ck_assert(sparse.values[e] == x[row][sparse.columns[e]]);
    design_free(&dense);
    design_free(&sparse);
}
END_TEST

START_TEST(sparse_inputs_that_are_terms_by_themselves_stay_sparse)
{
    csv_table_read_libsvm(&table, "1 1:2 2:5\n0 2:3\n1 1:-1 3:9\n");
    build_well("label ~ `1` + `2` + `3`");
    ck_assert(encoding->is_sparse);
}
END_TEST

START_TEST(a_row_without_a_value_is_told_with_its_place)
{
    struct design design = {0};
    struct error err = {0};
    csv_table_read(&table, "y,x\n0,1\n1,2\n0,-3\n1,-4\n");
    build_well("y ~ log(x)");
    ck_assert_int_eq(target_find_classes(&target, table.table, 0, NULL, 4, NULL), 0);
    const struct design_source source = {.table = table.table,
                                         .encoding = encoding,
                                         .n_kept = 4,
                                         .target = &target,
                                         .y_of_class = zero_one,
                                         .trials = DESIGN_BUILD_NONE,
                                         .weights = DESIGN_BUILD_NONE,
                                         .offset = DESIGN_BUILD_NONE};
    double log_coefficient;
    ck_assert_int_eq(design_build(&source, pool, &design, &log_coefficient, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "row 3, term log(x)");
}
END_TEST

TCase *encoding_terms_test(void)
{
    TCase *tests = tcase_create("encoding_terms");
    tcase_add_checked_fixture(tests, open_pool, close_pool);
    tcase_add_loop_test(tests, factors_are_coded_by_contrasts_or_in_full_as_in_r, 0,
                        sizeof(coded) / sizeof(coded[0]));
    tcase_add_test(tests, columns_know_their_terms);
    tcase_add_test(tests,
                   a_factor_of_one_level_has_no_column_and_leaves_none_to_a_product);
    tcase_add_loop_test(tests, formulas_that_do_not_go_with_the_inputs_are_refused, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tests,
                   more_columns_than_can_be_are_refused_before_anything_is_made_of_them);
    tcase_add_test(tests, terms_come_back_from_their_bytes);
    tcase_add_test(tests, damaged_terms_are_corrupt_or_read);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_loop_test(tests, dense_and_sparse_designs_are_what_the_names_of_columns_say,
                        0, 60);
    tcase_add_test(tests,
                   sparse_inputs_are_cells_where_a_product_or_an_expression_has_them);
    tcase_add_test(tests, sparse_inputs_that_are_terms_by_themselves_stay_sparse);
    tcase_add_test(tests, a_row_without_a_value_is_told_with_its_place);
    return tests;
}
