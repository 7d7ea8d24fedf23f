#include "core/base/random.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>

#include "core/base/error.h"

/* Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, table 2). */
#define MULTIPLIER_0 0xD2511F53U
#define MULTIPLIER_1 0xCD9E8D57U
#define WEYL_0 0x9E3779B9U
#define WEYL_1 0xBB67AE85U
#define N_ROUNDS 10

void random_philox(uint32_t *counter, const uint32_t *key)
{
    uint32_t key_0 = key[0], key_1 = key[1];
    for (int round = 0; round < N_ROUNDS; round++) {
        uint64_t product_0 = (uint64_t)MULTIPLIER_0 * counter[0];
        uint64_t product_1 = (uint64_t)MULTIPLIER_1 * counter[2];
        uint32_t next_0 = (uint32_t)(product_1 >> 32) ^ counter[1] ^ key_0;
        uint32_t next_2 = (uint32_t)(product_0 >> 32) ^ counter[3] ^ key_1;
        counter[0] = next_0;
        counter[1] = (uint32_t)product_1;
        counter[2] = next_2;
        counter[3] = (uint32_t)product_0;
        key_0 += WEYL_0;
        key_1 += WEYL_1;
    }
}

struct random random_start(uint64_t seed, uint64_t stream)
{
    return (struct random){seed, stream, 0};
}

void random_jump(struct random *random, uint64_t n_numbers)
{
    random->position += n_numbers;
}

/* A block gives two numbers: counter = (position/2, stream), key = seed. */
uint64_t random_u64(struct random *random)
{
    uint64_t block = random->position / 2;
    size_t half = (size_t)(random->position % 2) * 2;
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32),
                           (uint32_t)random->stream, (uint32_t)(random->stream >> 32)};
    uint32_t key[2] = {(uint32_t)random->seed, (uint32_t)(random->seed >> 32)};
    random_philox(counter, key);
    random->position++;
    return (uint64_t)counter[half + 1] << 32 | counter[half];
}

uint64_t random_below(struct random *random, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)random_u64(random) * n;
    if ((uint64_t)product < n) {
        uint64_t least = -n % n; /* so many low halves would be drawn once too often */
        while ((uint64_t)product < least)
            product = (wide)random_u64(random) * n;
    }
    return (uint64_t)(product >> 64);
}

double random_uniform(struct random *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

/* ln x for x > 0 as 2·artanh((m-1)/(m+1)) + e·ln 2 with x = m·2^e and m near 1: sums and
 * products alone, because a library's log may differ in its last bit from one machine to
 * the next. */
static double log_same_everywhere(double x)
{
    int exponent;
    double mantissa = frexp(x, &exponent);
    if (mantissa < 0x1.6a09e667f3bcdp-1) { /* √½ */
        mantissa *= 2;
        exponent--;
    }
    double t = (mantissa - 1) / (mantissa + 1), square = t * t, sum = 0;
    for (int k = 23; k >= 1; k -= 2) /* t² < 0.03: the next term is below 2^-60 */
        sum = sum * square + 1.0 / k;
    return 2 * t * sum + exponent * 0x1.62e42fefa39efp-1;
}

/* Marsaglia's polar method; the second number of a pair is not kept, so that a copy of
 * the state is a copy of the sequence. */
double random_normal(struct random *random)
{
    for (;;) {
        double u = 2 * random_uniform(random) - 1;
        double v = 2 * random_uniform(random) - 1;
        double s = u * u + v * v;
        if (s > 0 && s < 1)
            return u * sqrt(-2 * log_same_everywhere(s) / s);
    }
}

void random_shuffle(struct random *random, size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)random_below(random, i);
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

int random_bytes(void *bytes, size_t n, struct error *err)
{
    unsigned char *at = bytes;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ERROR_IO, "the system gives no random bytes");
        at += got;
        n -= (size_t)got;
    }
    return 0;
}
