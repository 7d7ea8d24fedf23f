#include "api/alias_target.h"

struct alias_target alias_target_of_version(uint64_t version)
{
    return (struct alias_target){.n_shares = 1, .shares = {{version, 1}}};
}

bool alias_target_add(struct alias_target *target, uint64_t version, double share)
{
    size_t i = target->n_shares;
    if (i == ALIAS_TARGET_MOST || alias_target_answers(target, version))
        return false;
    for (; i > 0 && target->shares[i - 1].version > version; i--)
        target->shares[i] = target->shares[i - 1];
    target->shares[i] = (struct alias_share){version, share};
    target->n_shares++;
    return true;
}

bool alias_target_answers(const struct alias_target *target, uint64_t version)
{
    for (size_t i = 0; i < target->n_shares; i++)
        if (target->shares[i].version == version)
            return true;
    return false;
}

bool alias_target_names(const struct alias_target *target, uint64_t version)
{
    return target->shadow == version || alias_target_answers(target, version);
}

uint64_t alias_target_choose(const struct alias_target *target, uint64_t draw)
{
    double at = (double)(draw >> 11) * 0x1p-53;
    size_t i = 0;
    while (i + 1 < target->n_shares && at >= target->shares[i].share)
        at -= target->shares[i++].share;
    return target->shares[i].version;
}

uint64_t alias_target_largest(const struct alias_target *target)
{
    size_t largest = 0;
    for (size_t i = 1; i < target->n_shares; i++)
        if (target->shares[i].share > target->shares[largest].share)
            largest = i;
    return target->shares[largest].version;
}

uint64_t alias_target_draw(uint64_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
