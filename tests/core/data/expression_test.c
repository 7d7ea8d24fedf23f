#include "core/data/expression.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/formula.h"

static struct formula formula;
static struct buffer text;

static void teardown(void)
{
    formula_free(&formula);
    buffer_free(&text);
}

/* The expression on the left of a formula. */
static struct expression *parse(const char *left)
{
    struct error err = {0};
    teardown();
    buffer_printf(&text, "%s ~ x", left);
    ck_assert_msg(formula_parse(&formula, text.bytes, text.n_bytes, NULL, 0, &err) == 0,
                  "%s: %s: %s", left, err.place, err.message);
    ck_assert_int_eq(formula.response.kind, FORMULA_EXPRESSION);
    return formula.response.expression;
}

static const char *written(const char *left)
{
    const struct expression *expression = parse(left);
    buffer_clear(&text);
    expression_write(expression, &text);
    return text.bytes;
}

static double value(const char *left, double x, double y)
{
    const struct expression *expression = parse(left);
    const double values[] = {x, y};
    ck_assert_uint_le(expression_n_variables(expression), 2);
    return expression_value(expression, values);
}

START_TEST(arithmetic_follows_precedence)
{
    ck_assert_double_eq(value("x + 2*y", 1, 3), 7);
    ck_assert_double_eq(value("(x + 2)*y", 1, 3), 9);
    ck_assert_double_eq(value("x - 2 - y", 1, 3), -4);
    ck_assert_double_eq(value("x/2/y", 12, 3), 2);
    ck_assert_double_eq(value("-x^2", 3, 0), -9);
    ck_assert_double_eq(value("(-x)^2", 3, 0), 9);
    ck_assert_double_eq(value("2^x^2", 3, 0), 512);
    ck_assert_double_eq(value("2**-x", 2, 0), 0.25);
    ck_assert_double_eq(value("x*-y*2", 3, 5), -30);
    ck_assert_double_eq(value("- -x + +1", 3, 0), 4);
    ck_assert_double_eq(value("x - -1", 3, 0), 4);
    ck_assert_double_eq(value("1e2*x + .5 + 2.", 1, 0), 102.5);
    ck_assert_double_eq(value("I(x + I(x))", 2, 0), 4);
    ck_assert_double_eq(value("x + x*x", 3, 0), 12);
    ck_assert_double_eq(value("y - x", 3, 5), -2); /* variables as they come */
}
END_TEST

START_TEST(functions_are_those_of_the_C_library)
{
    ck_assert_double_eq(value("log(x)", 3, 0), log(3));
    ck_assert_double_eq(value("exp(x)", 3, 0), exp(3));
    ck_assert_double_eq(value("sqrt(x)", 9, 0), 3);
    ck_assert_double_eq(value("abs(x)", -9, 0), 9);
    ck_assert_double_eq(value("log2(x)", 8, 0), 3);
    ck_assert_double_eq(value("log10(x)", 1000, 0), 3);
    ck_assert_double_eq(value("log1p(x)", 1e-20, 0), 1e-20);
    ck_assert_double_eq(value("expm1(x)", 1e-20, 0), 1e-20);
    ck_assert_double_eq(value("np.log(x)", 3, 0), log(3));
    ck_assert_double_nan(value("log(x)", -1, 0));
    ck_assert_double_infinite(value("log(x)", 0, 0));
    ck_assert_double_infinite(value("1/x", 0, 0));
}
END_TEST

START_TEST(comparisons_are_1_or_0)
{
    ck_assert_double_eq(value("x < y", 1, 2), 1);
    ck_assert_double_eq(value("x < y", 2, 2), 0);
    ck_assert_double_eq(value("x <= y", 2, 2), 1);
    ck_assert_double_eq(value("x > y", 2, 2), 0);
    ck_assert_double_eq(value("x >= y", 2, 2), 1);
    ck_assert_double_eq(value("x == y", 2, 2), 1);
    ck_assert_double_eq(value("x != y", 2, 2), 0);
    ck_assert_double_eq(value("x + 1 > y*2", 4, 2), 1);
    ck_assert_double_eq(value("(x > 1) + (y > 1)", 4, 2), 2);
    ck_assert_double_eq(value("x > 1 & y > 1", 4, 0), 0);
    ck_assert_double_eq(value("x > 1 | y > 1", 4, 0), 1);
    ck_assert_double_eq(value("x > 1 | y > 1 & y > 2", 4, 0), 1);
    ck_assert_double_eq(value("!x > 5", 4, 0), 1);
    ck_assert_double_eq(value("!x", 4, 0), 0);
    ck_assert_double_eq(value("!(x > 1) | y", 4, 2), 1);
}
END_TEST

/* R: NA > 1, NA & FALSE, NA | TRUE, !NA. */
START_TEST(what_has_no_value_stays_without_one)
{
    ck_assert_double_nan(value("log(x) > 1", -1, 0));
    ck_assert_double_nan(value("log(x) != 1", -1, 0));
    ck_assert_double_nan(value("!log(x)", -1, 0));
    ck_assert_double_nan(value("log(x) & y", -1, 1));
    ck_assert_double_nan(value("log(x) | y", -1, 0));
    ck_assert_double_eq(value("log(x) & y", -1, 0), 0);
    ck_assert_double_eq(value("x > 0 & log(x) > 1", -1, 0), 0);
    ck_assert_double_eq(value("x < 0 | log(x) > 1", -1, 0), 1);
}
END_TEST

/* As R has it: deparse(quote(…)), in which / and ^ have no blanks around. */
static const struct {
    const char *text, *deparsed;
} deparsed[] = {
    {"log(x+1)", "log(x + 1)"},
    {"I(x ^ 2)", "I(x^2)"},
    {"x*y-1", "x * y - 1"},
    {"x / y", "x/y"},
    {"( x+y )/2", "(x + y)/2"},
    {"- x", "-x"},
    {"x - - y", "x - -y"},
    {"!x>1", "!x > 1"},
    {"x>=1&y!=2|x==3", "x >= 1 & y != 2 | x == 3"},
    {"x == 'a'", "x == \"a\""},
    {"x == 'say \"a\"'", "x == \"say \\\"a\\\"\""},
    {"`a b` + 1", "`a b` + 1"},
    {"x ** 2", "x^2"},
    {"x + 1.50", "x + 1.5"},
    {"sqrt( abs(x) )", "sqrt(abs(x))"},
};

START_TEST(it_is_written_as_R_does)
{
    ck_assert_str_eq(written(deparsed[_i].text), deparsed[_i].deparsed);
    struct buffer once = BUFFER_EMPTY;
    buffer_append_string(&once, deparsed[_i].deparsed);
    ck_assert_str_eq(written(once.bytes), deparsed[_i].deparsed);
    buffer_free(&once);
}
END_TEST

/* ---- texts ---- */

static const struct level levels[] = {{(char *)"red", 3, 1}, {(char *)"sea green", 9, 1}};

START_TEST(a_variable_that_is_compared_with_texts_has_levels)
{
    struct error err = {0};
    struct expression *expression = parse("(x == 'sea green' | 'red' != x)*10 + y");
    ck_assert_uint_eq(expression_n_variables(expression), 2);
    ck_assert_str_eq(expression_variable(expression, 0), "x");
    ck_assert(expression_is_text(expression, 0));
    ck_assert(!expression_is_text(expression, 1));
    ck_assert_int_eq(expression_bind(expression, 0, levels, 2, &err), 0);
    ck_assert_double_eq(expression_value(expression, (double[]){0, 1}), 1);
    ck_assert_double_eq(expression_value(expression, (double[]){1, 2}), 12);
    ck_assert_double_eq(expression_value(expression, (double[]){-1, 0}), 10);
    ck_assert_double_nan(expression_value(expression, (double[]){NAN, 0}));
}
END_TEST

START_TEST(a_text_that_is_no_level_is_refused)
{
    struct error err = {0};
    struct expression *expression = parse("x == \"blue\"");
    ck_assert_int_eq(expression_bind(expression, 0, levels, 2, &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_LEVEL);
}
END_TEST

/* ---- as bytes ---- */

START_TEST(packing_keeps_everything)
{
    static const char *const texts[] = {"log(`a b` + 1e-300) > -x^2",
                                        "x == 'q\"' & !(y < 3)", "größe/3"};
    const double values[] = {1, 2};
    for (size_t i = 0; i < 3; i++) {
        struct error err = {0};
        struct buffer packed = BUFFER_EMPTY, again = BUFFER_EMPTY;
        const struct expression *expression = parse(texts[i]);
        expression_pack(expression, &packed);
        struct pack_reader in = {.bytes = (void *)packed.bytes,
                                 .n_bytes = packed.n_bytes};
        struct expression *back = expression_unpack(&in, &err);
        ck_assert_ptr_nonnull(back);
        ck_assert_int_eq(pack_check_end(&in, &err), 0);
        expression_pack(back, &again);
        ck_assert_mem_eq(packed.bytes, again.bytes, packed.n_bytes);
        ck_assert_uint_eq(expression_n_variables(back),
                          expression_n_variables(expression));
        ck_assert(expression_is_text(back, 0) == expression_is_text(expression, 0));
        if (!expression_is_text(back, 0))
            ck_assert_double_eq(expression_value(back, values),
                                expression_value(expression, values));
        expression_free(back);
        buffer_free(&packed);
        buffer_free(&again);
    }
}
END_TEST

static enum error_code unpack_text(const char *stored)
{
    struct error err = {0};
    struct buffer packed = BUFFER_EMPTY;
    pack_string(&packed, stored);
    struct pack_reader in = {.bytes = (void *)packed.bytes, .n_bytes = packed.n_bytes};
    ck_assert_ptr_null(expression_unpack(&in, &err));
    buffer_free(&packed);
    return err.code;
}

START_TEST(what_no_formula_says_is_corrupt)
{
    ck_assert_int_eq(unpack_text(NULL), ERROR_CORRUPT);
    ck_assert_int_eq(unpack_text(""), ERROR_CORRUPT);
    ck_assert_int_eq(unpack_text("x +"), ERROR_CORRUPT);
    ck_assert_int_eq(unpack_text("x ~ y"), ERROR_CORRUPT);
    ck_assert_int_eq(unpack_text("2"), ERROR_CORRUPT);
}
END_TEST

START_TEST(each_allocation_of_unpacking_may_fail)
{
    struct buffer packed = BUFFER_EMPTY;
    pack_string(&packed, "log(x + y/2) > 3 & g == \"a\"");
    long n = 0;
    for (struct expression *back = NULL; !back; n++) {
        struct error err = {0};
        struct pack_reader in = {.bytes = (void *)packed.bytes,
                                 .n_bytes = packed.n_bytes};
        memory_fail_after(n);
        back = expression_unpack(&in, &err);
        memory_fail_after(-1);
        ck_assert(back || err.code == ERROR_NO_MEMORY);
        expression_free(back);
        if (back)
            break;
    }
    ck_assert_int_gt(n, 8);
    buffer_free(&packed);
}
END_TEST

TCase *expression_test(void)
{
    TCase *tests = tcase_create("expression");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, arithmetic_follows_precedence);
    tcase_add_test(tests, functions_are_those_of_the_C_library);
    tcase_add_test(tests, comparisons_are_1_or_0);
    tcase_add_test(tests, what_has_no_value_stays_without_one);
    tcase_add_loop_test(tests, it_is_written_as_R_does, 0,
                        sizeof(deparsed) / sizeof(*deparsed));
    tcase_add_test(tests, a_variable_that_is_compared_with_texts_has_levels);
    tcase_add_test(tests, a_text_that_is_no_level_is_refused);
    tcase_add_test(tests, packing_keeps_everything);
    tcase_add_test(tests, what_no_formula_says_is_corrupt);
    tcase_add_test(tests, each_allocation_of_unpacking_may_fail);
    return tests;
}
