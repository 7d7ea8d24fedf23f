#!/usr/bin/env python3
"""Writes number_powers.c: python3 core/text/number_powers.py >core/text/number_powers.c

For each k the 128 leading bits of 10**k, cut off (not rounded), from exact integers.
"""

LEAST, MOST = -342, 324


def leading_bits(k):
    if k >= 0:
        power = 10**k
        surplus = power.bit_length() - 128
        return power >> surplus if surplus > 0 else power << -surplus
    power = 10**-k
    # 10**k lies strictly between 2**-n and 2**-(n-1), where n is the length of 10**-k.
    return (1 << (127 + power.bit_length())) // power


def main():
    print('/* Written by number_powers.py; do not edit. */')
    print('#include "core/text/number_powers.h"')
    print()
    print('const struct number_power number_powers[NUMBER_POWERS_N] = {')
    rows = []
    for k in range(LEAST, MOST + 1):
        bits = leading_bits(k)
        assert 1 << 127 <= bits < 1 << 128
        rows.append('{0x%016x, 0x%016x}' % (bits >> 64, bits & (1 << 64) - 1))
    for i in range(0, len(rows), 2):
        print('    ' + ', '.join(rows[i : i + 2]) + ',')
    print('};')


if __name__ == '__main__':
    main()
