#include <stdbool.h>
#include <string.h>

#include "core/text/number_powers.h"
#include "tests/support/suite.h"

/* Whole numbers of up to 1280 bits, 32 a limb, the lowest first. */
#define LIMBS 40

struct whole {
    uint32_t limbs[LIMBS];
};

static void multiply_by_ten(struct whole *whole)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)whole->limbs[i] * 10;
        whole->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    ck_assert_uint_eq(carry, 0);
}

static void add(struct whole *sum, const struct whole *other)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)sum->limbs[i] + other->limbs[i];
        sum->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    ck_assert_uint_eq(carry, 0);
}

static int compare(const struct whole *a, const struct whole *b)
{
    for (size_t i = LIMBS; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

static struct whole power_of_two(int exponent)
{
    struct whole whole = {{0}};
    whole.limbs[exponent / 32] = (uint32_t)1 << (exponent % 32);
    return whole;
}

/* significand · factor, schoolbook. */
static struct whole multiply(struct number_power significand, const struct whole *factor)
{
    struct whole product = {{0}};
    for (int bit = 127; bit >= 0; bit--) {
        struct whole copy = product;
        add(&product, &copy);
        uint64_t word = bit >= 64 ? significand.high : significand.low;
        if (word >> (bit % 64) & 1)
            add(&product, factor);
    }
    return product;
}

static struct whole ten_to(int k)
{
    struct whole power = {{1}};
    for (int i = 0; i < k; i++)
        multiply_by_ten(&power);
    return power;
}

/* significand·2^shift ≤ 10^k < (significand + 1)·2^shift, either side multiplied by what
 * makes it whole. */
static void check_power(int k)
{
    struct number_power significand = *number_powers_at(k);
    int shift = number_powers_exponent(k) - 127;
    struct whole tens = ten_to(k < 0 ? -k : k), one = {{1}};
    struct whole twos = power_of_two(shift < 0 ? -shift : shift);
    struct whole unit = k < 0 ? tens : shift < 0 ? one : twos;
    struct whole target = k < 0 ? twos : tens;
    for (int i = shift; k >= 0 && i < 0; i++) {
        struct whole copy = target;
        add(&target, &copy);
    }
    struct whole cut_off = multiply(significand, &unit);
    int order = compare(&cut_off, &target);
    ck_assert_int_eq(order == 0, number_powers_is_exact(k));
    ck_assert_int_le(order, 0);
    add(&cut_off, &unit);
    ck_assert_int_gt(compare(&cut_off, &target), 0);
    ck_assert_uint_eq(significand.high >> 63, 1);
}

START_TEST(number_powers_are_the_leading_bits_of_powers_of_ten)
{
    for (int k = NUMBER_POWERS_LEAST; k <= NUMBER_POWERS_MOST; k++)
        check_power(k);
}
END_TEST

TCase *number_powers_test(void)
{
    TCase *tcase = tcase_create("number_powers");
    tcase_add_test(tcase, number_powers_are_the_leading_bits_of_powers_of_ten);
    return tcase;
}
