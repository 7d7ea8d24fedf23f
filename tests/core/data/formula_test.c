#include "core/data/formula.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

static struct formula formula;
static struct buffer said;

static void teardown(void)
{
    formula_free(&formula);
    buffer_free(&said);
}

/* ---- as text ---- */

static void write_factor(const struct formula_factor *factor, struct buffer *out)
{
    if (factor->kind == FORMULA_EXPRESSION)
        expression_write(factor->expression, out);
    else if (factor->kind == FORMULA_COLUMN)
        buffer_append_string(out, factor->name);
    else if (factor->reference)
        buffer_printf(out, "C(%s, %s)", factor->name, factor->reference);
    else
        buffer_printf(out, "C(%s)", factor->name);
}

static void write_terms(struct buffer *out)
{
    buffer_append_byte(out, formula.intercept ? '1' : '0');
    for (size_t i = 0; i < formula.n_terms; i++)
        for (size_t j = 0; j < formula.terms[i].n_factors; j++) {
            buffer_append_string(out, j ? ":" : " ");
            write_factor(&formula.factors[formula.terms[i].factors[j]], out);
        }
    for (size_t i = 0; i < formula.n_offsets; i++) {
        buffer_append_string(out, " offset ");
        expression_write(formula.offsets[i], out);
    }
}

static const char *const columns[] = {"y", "a", "b", "c", "id", "n"};
#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static const char *right_side(const char *text)
{
    struct error err = {0};
    teardown();
    ck_assert_msg(formula_parse(&formula, text, strlen(text), columns, N_COLUMNS, &err) ==
                      0,
                  "%s: %s: %s", text, err.place, err.message);
    write_terms(&said);
    return said.bytes;
}

static const char *left_side(const char *text)
{
    right_side(text);
    buffer_clear(&said);
    write_factor(&formula.response, &said);
    return said.bytes;
}

/* ---- R's algebra ---- */

/* What attr(terms(y ~ …), "term.labels") and "intercept" are by the rules of R's ?formula
 * and ?terms.formula; the first ones are its examples. */
static const struct {
    const char *text, *terms;
} expansions[] = {
    {"y ~ a + b", "1 a b"},
    {"y ~ a:b", "1 a:b"},
    {"y ~ a*b", "1 a b a:b"},
    {"y ~ a + b + a:b", "1 a b a:b"},
    {"y ~ (a+b+c)^2", "1 a b c a:b a:c b:c"},
    {"y ~ (a+b+c)^2 - a:b", "1 a b c a:c b:c"},
    {"y ~ (a+b+c)*(a+b+c)", "1 a b c a:b a:c b:c"},
    {"y ~ a/b", "1 a a:b"},
    {"y ~ a*b*c - a:b:c", "1 a b c a:b a:c b:c"},
    {"y ~ a*b*c", "1 a b c a:b a:c b:c a:b:c"},
    {"y ~ a - 1", "0 a"},
    {"y ~ 0 + a", "0 a"},
    {"y ~ a + 0", "0 a"},
    {"y ~ -1 + a", "0 a"},
    {"y ~ a + -1", "0 a"},
    {"y ~ a - 0", "1 a"},
    {"y ~ 0 + a + 1", "1 a"},
    {"y ~ (0 + a)", "0 a"},
    {"y ~ 1", "1"},
    {"y ~ 0", "0"},
    {"y ~ a + a", "1 a"},
    {"y ~ a:a", "1 a"},
    {"y ~ a*a", "1 a"},
    {"y ~ a^2", "1 a"},
    {"y ~ a - a", "1"},
    {"y ~ a - a + a", "1 a"},
    {"y ~ a:b + a", "1 a a:b"},
    {"y ~ b:a + a", "1 a b:a"},
    {"y ~ b:a + a:b", "1 b:a"},
    {"y ~ a:b:c + a + c:b", "1 a b:c a:b:c"},
    {"y ~ (a + b)/c", "1 a b a:b:c"},
    {"y ~ a/(b + c)", "1 a a:b a:c"},
    {"y ~ a/b/c", "1 a a:b a:b:c"},
    {"y ~ a*b/c", "1 a b a:b a:b:c"},
    {"y ~ (a + b):c", "1 a:c b:c"},
    {"y ~ a:b^2", "1 a:b"},
    {"y ~ (a + b + c)**3", "1 a b c a:b a:c b:c a:b:c"},
    {"y ~ (a + b)^9", "1 a b a:b"},
    {"y ~ (a + b)^2e30", "1 a b a:b"},
    {"y ~ (1 + a + b)^2", "1 a b a:b"},
    {"y ~ (1 + a)*b", "1 a b a:b"},
    {"y ~ a*b - a", "1 b a:b"},
    {"y ~ a - (a - b)", "1"},
    {"y~a+\tb\n- b", "1 a"},
    {"y ~ a + (b + (c))", "1 a b c"},
    {"y ~ log(a)*b", "1 log(a) b log(a):b"},
    {"y ~ log(a) + log( a )", "1 log(a)"},
    {"y ~ a + I(a^2) + I(a ^ 2)", "1 a I(a^2)"},
    {"y ~ C(a)*C(b)", "1 C(a) C(b) C(a):C(b)"},
};

START_TEST(terms_are_those_of_R)
{
    ck_assert_str_eq(right_side(expansions[_i].text), expansions[_i].terms);
}
END_TEST

START_TEST(a_point_is_every_column_that_the_left_side_does_not_name)
{
    ck_assert_str_eq(right_side("y ~ ."), "1 a b c id n");
    ck_assert_str_eq(right_side("y ~ . - id"), "1 a b c n");
    ck_assert_str_eq(right_side("log(y) ~ . - 1"), "0 a b c id n");
    ck_assert_str_eq(right_side("a + b > 3 ~ . - id"), "1 y c n");
    ck_assert_str_eq(right_side("y ~ c + . - id - n"), "1 c a b");
    ck_assert_str_eq(right_side("y ~ c:. - id:c"), "1 c c:a c:b c:n");
    ck_assert_str_eq(right_side("y ~ . + I(a^2)"), "1 a b c id n I(a^2)");
    ck_assert_str_eq(right_side("y ~ (. - id - n)^2"), "1 a b c a:b a:c b:c");
    ck_assert_str_eq(right_side("zz ~ ."), "1 y a b c id n");
    ck_assert_str_eq(right_side("y ~ . - zz"), "1 a b c id n");
}
END_TEST

START_TEST(a_point_leaves_offsets_to_offset)
{
    ck_assert_str_eq(right_side("y ~ . + offset(log(n))"), "1 a b c id offset log(n)");
    ck_assert_str_eq(right_side("y ~ offset(n) + .^2 - a:. - b:. - id"),
                     "1 c c:id offset n");
    ck_assert_str_eq(right_side("y ~ n + offset(n)"), "1 n offset n");
    ck_assert_str_eq(right_side("y ~ n + . + offset(n)"), "1 n a b c id offset n");
}
END_TEST

START_TEST(offsets_are_collected)
{
    ck_assert_str_eq(right_side("y ~ a + offset(b) + offset(c/2) - 1"),
                     "0 a offset b offset c/2");
    ck_assert_str_eq(right_side("y ~ offset(b) + (a + offset(b))"),
                     "1 a offset b offset b");
}
END_TEST

START_TEST(what_is_categorical_says_so_with_its_reference)
{
    ck_assert_str_eq(right_side("y ~ C(a, ref=\"x y\")"), "1 C(a, x y)");
    ck_assert_str_eq(right_side("y ~ C(a, ref = 'it\\'s')"), "1 C(a, it's)");
    ck_assert_str_eq(right_side("y ~ C(a, reference=2)"), "1 C(a, 2)");
    ck_assert_str_eq(right_side("y ~ C(a, ref=-1.50)"), "1 C(a, -1.5)");
    ck_assert_str_eq(right_side("y ~ C(a, Treatment('x'))"), "1 C(a, x)");
    ck_assert_str_eq(right_side("y ~ C(a, Treatment(reference=\"x\"))"), "1 C(a, x)");
    ck_assert_str_eq(right_side("y ~ C(a, Treatment(3))"), "1 C(a, 3)");
    ck_assert_str_eq(right_side("y ~ factor(a)"), "1 C(a)");
    ck_assert_str_eq(right_side("y ~ C(a):b + C(a, ref=\"x\")"), "1 C(a, x) C(a, x):b");
    ck_assert_str_eq(right_side("y ~ 0 + C(b)"), "0 C(b)");
    ck_assert_str_eq(right_side("y ~ . + C(b) - id - n"), "1 a C(b) c");
    ck_assert_str_eq(right_side("y ~ C(`a b`) + C(Q('c d'))"), "1 C(a b) C(c d)");
}
END_TEST

START_TEST(names_may_be_of_any_characters)
{
    ck_assert_str_eq(right_side("y ~ a.b_1 + .x + _y + größe"), "1 a.b_1 .x _y größe");
    ck_assert_str_eq(right_side("y ~ `a b` + Q(\"c + d\") + Q('`') + `1`"),
                     "1 a b c + d ` 1");
    ck_assert_str_eq(right_side("y ~ `log`:`a\\`b`"), "1 log:a`b");
    ck_assert_str_eq(right_side("y ~ log(`a b`) + I(Q('a b')^2)"),
                     "1 log(`a b`) I(`a b`^2)");
    ck_assert_str_eq(right_side("y ~ C + I + offset + Q"), "1 C I offset Q");
}
END_TEST

/* ---- the left side ---- */

START_TEST(the_left_side_is_a_column_or_an_expression)
{
    ck_assert_str_eq(left_side("y ~ a"), "y");
    ck_assert_int_eq(formula.response.kind, FORMULA_COLUMN);
    ck_assert_str_eq(left_side("(`y z`) ~ a"), "y z");
    ck_assert_int_eq(formula.response.kind, FORMULA_COLUMN);
    ck_assert_str_eq(left_side("C(y) ~ a"), "C(y)");
    ck_assert_int_eq(formula.response.kind, FORMULA_CATEGORICAL);
    ck_assert_str_eq(left_side("log(y)~a"), "log(y)");
    ck_assert_int_eq(formula.response.kind, FORMULA_EXPRESSION);
    ck_assert_str_eq(left_side("price>5000 ~ a"), "price > 5000");
    ck_assert_str_eq(left_side("species=='setosa' ~ a"), "species == \"setosa\"");
    ck_assert_str_eq(left_side("I(y/2 - z) ~ a"), "I(y/2 - z)");
    ck_assert_str_eq(left_side("y*2+1 ~ a"), "y * 2 + 1");
}
END_TEST

START_TEST(every_name_is_mentioned_once_with_its_place)
{
    static const struct formula_mention expected[] = {{"y", 1},  {"z", 5},  {"x", 13},
                                                      {"g", 20}, {"o", 33}, {"w", 41}};
    right_side("y + z ~ log(x) + C(g) + offset(o*y) - w:x");
    ck_assert_uint_eq(formula.n_mentions, 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_str_eq(formula.mentions[i].name, expected[i].name);
    ck_assert_uint_eq(formula.mentions[0].position, 1);
    ck_assert_uint_eq(formula.mentions[1].position, 5);
    ck_assert_uint_eq(formula.mentions[2].position, 13);
    ck_assert_uint_eq(formula.mentions[3].position, 18);
    ck_assert_uint_eq(formula.mentions[4].position, 32);
    ck_assert_uint_eq(formula.mentions[5].position, 39);
    ck_assert_uint_eq(formula.n_factors, 2); /* what was taken away is none */
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *text;
    size_t position;
    const char *message; /* a part of it */
} refusals[] = {
    {"", 1, "expected a column, a number"},
    {"~ a", 1, "what is to be predicted"},
    {"y", 2, "expected an operator or \"~\", found the end"},
    {"y a", 3, "expected an operator or \"~\", found a name"},
    {"y ~", 4, "expected a column, a function"},
    {"y ~ a +", 8, "found the end"},
    {"y ~ a b", 7, "found a name"},
    {"y ~ a ~ b", 7, "found \"~\""},
    {"y ~ (a + b", 11, "expected an operator or \")\", found the end"},
    {"y ~ a)", 6, "or the end"},
    {"y ~ a > 3", 7, "comparisons stand in I(…)"},
    {"y ~ a + * b", 9, "found \"*\""},
    {"y ~ 2 + a", 5, "0 or 1"},
    {"y ~ a^b", 7, "whole number"},
    {"y ~ a^1.5", 7, "whole number"},
    {"y ~ a^0", 7, "whole number"},
    {"y ~ 2x", 6, "begins with a digit"},
    {"y ~ 1e999", 5, "beyond the range"},
    {"y ~ a + \"b\"", 9, "found a text"},
    {"y ~ a $ b", 7, "expected a name, a number or an operator"},
    {"y ~ `a", 5, "not closed"},
    {"y ~ ``", 5, "expected a name in the backquotes"},
    {"y ~ I(a == \"b)", 12, "not closed"},
    {"y ~ I(a == \"b\\n\")", 14, "backslash"},
    {"y ~ sin(a)", 5, "log, exp, sqrt, abs, log2, log10, log1p, expm1"},
    {"y ~ I(C(a))", 7, "C and offset"},
    {"y ~ log()", 9, "found \")\""},
    {"y ~ log(a", 10, "found the end"},
    {"y ~ log(a, 2)", 10, "found \",\""},
    {"y ~ I(2)", 5, "names a column"},
    {"2 ~ a", 1, "names a column"},
    {"y ~ log(\"a\")", 9, "only be compared"},
    {"y ~ I(a < \"b\")", 11, "only be compared"},
    {"y ~ I(a + 1 == \"b\")", 16, "only be compared"},
    {"y ~ I(\"a\" == \"b\")", 7, "only be compared"},
    {"y ~ I(a == \"b\" | a > 1)", 7, "at once"},
    {"y ~ I(a < b < c)", 13, "& or |"},
    {"y ~ C()", 7, "a column's name"},
    {"y ~ C(log(a))", 7, "a column's name"},
    {"y ~ C(a, \"b\")", 10, "ref="},
    {"y ~ C(a, ref \"b\")", 14, "\"=\""},
    {"y ~ C(a, ref=b)", 14, "a level"},
    {"y ~ C(a, ref=\"b\", 1)", 17, "\")\""},
    {"y ~ C(a, ref=\"b\") + C(a, ref=\"c\")", 21, "another reference"},
    {"y ~ a + C(a)", 9, "by itself"},
    {"y ~ C(a) + a", 12, "by itself"},
    {"C(y, ref=\"b\") ~ a", 1, "no reference here"},
    {"y ~ Q(a)", 7, "in quotes"},
    {"y ~ a:1", 6, "the intercept"},
    {"y ~ a:offset(b)", 6, "offset can only be added"},
    {"y ~ a*offset(b)", 6, "offset can only be added"},
    {"y ~ offset(b)^2", 14, "offset can only be added"},
    {"y ~ a - offset(b)", 7, "offset cannot be taken away"},
    {"y ~ a + \xff", 9, "UTF-8"},
};

START_TEST(what_cannot_be_read_says_where_and_what_was_expected)
{
    struct error err = {0};
    char place[32];
    const char *text = refusals[_i].text;
    snprintf(place, sizeof(place), "position %zu", refusals[_i].position);
    ck_assert_int_eq(
        formula_parse(&formula, text, strlen(text), columns, N_COLUMNS, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_FORMULA);
    ck_assert_msg(strcmp(err.place, place) == 0, "%s: %s: %s", text, err.place,
                  err.message);
    ck_assert_msg(strstr(err.message, refusals[_i].message) != NULL, "%s: %s", text,
                  err.message);
    ck_assert_ptr_null(formula.factors);
}
END_TEST

/* ---- limits ---- */

static enum error_code parse_repeated(const char *start, const char *part, size_t n,
                                      const char *end)
{
    struct error err = {0};
    teardown();
    buffer_append_string(&said, start);
    for (size_t i = 0; i < n; i++)
        buffer_append_string(&said, part);
    buffer_append_string(&said, end);
    if (formula_parse(&formula, said.bytes, said.n_bytes, columns, N_COLUMNS, &err) == 0)
        return ERROR_NONE;
    ck_assert_str_ne(err.place, "");
    return err.code;
}

START_TEST(depth_is_limited_but_length_is_not)
{
    ck_assert_int_eq(parse_repeated("y ~ a", " + a", 10000, ""), ERROR_NONE);
    ck_assert_int_eq(parse_repeated("y ~ I(a", " + a", 10000, ")"), ERROR_NONE);
    ck_assert_int_eq(parse_repeated("y ~ a", "*a", 10000, ""), ERROR_NONE);
    ck_assert_int_eq(parse_repeated("y ~ ", "(", 30000, "a"), ERROR_BAD_FORMULA);
    ck_assert_int_eq(parse_repeated("y ~ I", "(", 30000, "a"), ERROR_BAD_FORMULA);
    ck_assert_int_eq(parse_repeated("y ~ I(a", "^a", 30000, ")"), ERROR_BAD_FORMULA);
    ck_assert_int_eq(parse_repeated("y ~ I(", "-", 30000, "a)"), ERROR_BAD_FORMULA);
    ck_assert_int_eq(parse_repeated("", "!", 30000, "y ~ a"), ERROR_BAD_FORMULA);
    ck_assert_int_eq(parse_repeated("y ~ a", " + a", 20000, ""), ERROR_BAD_FORMULA);
}
END_TEST

/* How many columns in a sum, raised to a power. */
static enum error_code raise_sum(size_t n, int exponent)
{
    struct error err = {0};
    teardown();
    buffer_append_string(&said, "y ~ (0");
    for (size_t i = 0; i < n; i++)
        buffer_printf(&said, "+x%zu", i);
    buffer_printf(&said, ")^%d", exponent);
    return formula_parse(&formula, said.bytes, said.n_bytes, NULL, 0, &err) == 0
               ? ERROR_NONE
               : err.code;
}

START_TEST(terms_and_the_work_for_them_are_limited)
{
    ck_assert_int_eq(raise_sum(300, 2), ERROR_NONE);
    ck_assert_uint_eq(formula.n_terms, 300 + 300 * 299 / 2);
    ck_assert_int_eq(raise_sum(400, 2), ERROR_BAD_FORMULA);
    ck_assert_int_eq(raise_sum(33, 1000000), ERROR_BAD_FORMULA);
    ck_assert_int_eq(raise_sum(10, 1000000), ERROR_NONE);
    ck_assert_uint_eq(formula.n_terms, 1023);
    ck_assert_int_eq(
        parse_repeated("y ~ (a+b+c+d+e+f+g+h+i+j+k+l+m+n+o)^15", "*p", 20000, ""),
        ERROR_BAD_FORMULA);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    static const char text[] = "log(y) ~ (a + C(b, ref=\"x\") + I(`c d`^2 > 1))^2 - a:b2 "
                               "+ offset(n) + . + C(g, Treatment('z')) + Q('q') - id + "
                               "u1 + u2 + u3 + u4 + u5 + I(z == \"text\")";
    long n = 0;
    for (bool has_failed = true; has_failed; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result =
            formula_parse(&formula, text, sizeof(text) - 1, columns, N_COLUMNS, &err);
        memory_fail_after(-1);
        has_failed = result < 0;
        if (has_failed)
            ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert(has_failed == (formula.factors == NULL));
    }
    ck_assert_int_gt(n, 50);
}
END_TEST

TCase *formula_test(void)
{
    TCase *tests = tcase_create("formula");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, terms_are_those_of_R, 0,
                        sizeof(expansions) / sizeof(*expansions));
    tcase_add_test(tests, a_point_is_every_column_that_the_left_side_does_not_name);
    tcase_add_test(tests, a_point_leaves_offsets_to_offset);
    tcase_add_test(tests, offsets_are_collected);
    tcase_add_test(tests, what_is_categorical_says_so_with_its_reference);
    tcase_add_test(tests, names_may_be_of_any_characters);
    tcase_add_test(tests, the_left_side_is_a_column_or_an_expression);
    tcase_add_test(tests, every_name_is_mentioned_once_with_its_place);
    tcase_add_loop_test(tests, what_cannot_be_read_says_where_and_what_was_expected, 0,
                        sizeof(refusals) / sizeof(*refusals));
    tcase_add_test(tests, depth_is_limited_but_length_is_not);
    tcase_add_test(tests, terms_and_the_work_for_them_are_limited);
    tcase_add_test(tests, each_allocation_may_fail);
    return tests;
}
