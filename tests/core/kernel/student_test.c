#include "core/kernel/student.h"

#include <check.h>
#include <math.h>

#include "core/kernel/distribution.h"

static void check_near(double value, double expected, double relative)
{
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, not %.17g",
                  value, expected);
}

/* By mpmath with 50 digits: betainc(df/2, 1/2, 0, df/(df+t²), regularized=True). */
static const struct {
    double t, df, p;
} tails[] = {
    {1e-08, 0.5, 0.99999999460647399},
    {0.3, 0.5, 0.84485915213049082},
    {1, 0.5, 0.60224322168264416},
    {2.5, 0.5, 0.40097052905329318},
    {6, 0.5, 0.26130937746999885},
    {20, 0.5, 0.14339496102846063},
    {1000.0, 0.5, 0.020282909081714189},
    {1e-08, 1, 0.99999999363380228},
    {0.3, 1, 0.81445284184451532},
    {1, 1, 0.5},
    {2.5, 1, 0.2422378831816868},
    {6, 1, 0.10513691342250686},
    {20, 1, 0.03180450251235275},
    {1000.0, 1, 0.00063661956016111788},
    {1e-08, 2, 0.99999999292893219},
    {0.3, 2, 0.79248566084017761},
    {1, 2, 0.42264973081037424},
    {2.5, 2, 0.12961172022151081},
    {6, 2, 0.026671473215424771},
    {20, 2, 0.002490663892367097},
    {1000.0, 2, 9.999985000025e-7},
    {1e-08, 3, 0.99999999264894806},
    {0.3, 3, 0.78376329203991904},
    {1, 3, 0.39100221895577064},
    {2.5, 3, 0.087706647008065547},
    {6, 3, 0.0092727148922846674},
    {20, 3, 0.00027320325024731172},
    {1000.0, 3, 2.2053076425765927e-9},
    {1e-08, 9, 0.99999999223930182},
    {0.3, 9, 0.77099070374152489},
    {1, 9, 0.34343639613791351},
    {2.5, 9, 0.033861827682985739},
    {6, 9, 0.00020249932206764065},
    {20, 9, 9.0795212999165442e-9},
    {1000.0, 9, 5.0916066078969348e-24},
    {1e-08, 30.5, 0.99999999208627586},
    {0.3, 30.5, 0.76621234830304461},
    {1, 30.5, 0.32517859443517928},
    {2.5, 30.5, 0.018016245863791801},
    {6, 30.5, 1.3071659819034725e-6},
    {20, 30.5, 4.3516712370641776e-19},
    {1000.0, 30.5, 1.9570762885161514e-70},
    {1e-08, 100, 0.99999999204107626},
    {0.3, 100, 0.76479988030030349},
    {1, 100, 0.31972415578412336},
    {2.5, 100, 0.014045789124077177},
    {6, 100, 3.1724915028028566e-8},
    {20, 100, 9.9942678613369559e-37},
    {1000.0, 100, 7.9196186079478519e-202},
    {1e-08, 10000.0, 0.99999999202135386},
    {0.3, 10000.0, 0.76418339122933229},
    {1, 10000.0, 0.31733470433042912},
    {2.5, 10000.0, 0.012435219550583697},
    {6, 10000.0, 2.0416184729226153e-9},
    {1e-08, 1000000.0, 0.99999999202115639},
    {0.3, 1000000.0, 0.76417721797899421},
    {1, 1000000.0, 0.31731074983357813},
    {2.5, 1000000.0, 0.012419489502163246},
    {6, 1000000.0, 1.9738498123544347e-9},
    {1e-08, 1000000000.0, 0.99999999202115439},
    {0.3, 1000000000.0, 0.76417715568445164},
    {1, 1000000000.0, 0.31731050810488483},
    {2.5, 1000000000.0, 0.012419330810402494},
    {6, 1000000000.0, 1.9731759644984919e-9},
    {0.3, 2999, 0.76419794725975823},
    {2.5, 2999, 0.012472341463657028},
    {6, 2999, 2.2094008563056603e-9},
    {20, 2999, 1.2362946872891383e-83},
    {30, 2999, 3.7421770646138373e-173},
    {0.3, 3000, 0.76419794032952207},
    {2.5, 3000, 0.01247232377904074},
    {6, 3000, 2.209318231484015e-9},
    {20, 3000, 1.2316318140067993e-83},
    {30, 3000, 3.6833664993248459e-173},
    {0.3, 5000.5, 0.76418962542249652},
    {2.5, 5000.5, 0.01245111301993477},
    {6, 5000.5, 2.1120819824347929e-9},
    {20, 5000.5, 1.139771726760699e-85},
    {30, 5000.5, 5.6731882868050957e-182},
};

START_TEST(tails_have_the_digits_that_are_promised)
{
    double error = tails[_i].p > 1e-90 ? 1e-12 : 1e-9;
    check_near(student_p(tails[_i].t, tails[_i].df), tails[_i].p, error);
    check_near(student_p(-tails[_i].t, tails[_i].df), tails[_i].p, error);
}
END_TEST

/* One degree of freedom is Cauchy's distribution, whose quantile is a tangent; two have
 * one in closed form, too. */
START_TEST(reaches_of_one_and_two_degrees_are_known)
{
    static const double confidences[] = {0.01, 0.5, 0.9, 0.95, 0.99, 1 - 1e-6};
    for (size_t i = 0; i < 6; i++) {
        double c = confidences[i];
        check_near(student_reach(c, 1), tan(M_PI * c / 2), 1e-11);
        check_near(student_reach(c, 2), c * sqrt(2 / ((1 - c) * (1 + c))), 1e-11);
    }
}
END_TEST

START_TEST(a_reach_has_its_tails)
{
    static const double dfs[] = {0.5, 3, 9, 42.5, 1e3, 1e7};
    for (size_t i = 0; i < 6; i++)
        check_near(student_p(student_reach(0.95, dfs[i]), dfs[i]), 1 - 0.95, 1e-11);
    ck_assert_double_eq(student_reach(0.95, 1e16), distribution_normal_reach(0.95));
}
END_TEST

START_TEST(what_has_no_answer_is_nan)
{
    ck_assert(isnan(student_p(NAN, 3)) && isnan(student_p(1, 0)) &&
              isnan(student_p(1, NAN)));
    ck_assert(isnan(student_reach(1, 3)) && isnan(student_reach(0, 3)) &&
              isnan(student_reach(0.95, -1)));
    ck_assert_double_eq(student_p(INFINITY, 3), 0);
    ck_assert_double_eq(student_p(0, 3), 1);
}
END_TEST

TCase *student_test(void)
{
    TCase *tests = tcase_create("student");
    tcase_add_loop_test(tests, tails_have_the_digits_that_are_promised, 0,
                        sizeof(tails) / sizeof(*tails));
    tcase_add_test(tests, reaches_of_one_and_two_degrees_are_known);
    tcase_add_test(tests, a_reach_has_its_tails);
    tcase_add_test(tests, what_has_no_answer_is_nan);
    return tests;
}
