#include "server/machine.h"

#include <sys/resource.h>

#include "tests/support/suite.h"
#include "tests/support/tree.h"

#define MIB ((size_t)1 << 20)
#define GROUPS "sys/fs/cgroup/"

static struct tree tree;
static struct machine bare; /* without any limit */

static void setup(void)
{
    tree_open(&tree);
    bare = machine_read(tree.root);
}

static void teardown(void)
{
    tree_close(&tree);
}

static void assert_machine(size_t n_cores, size_t memory_bytes)
{
    struct machine machine = machine_read(tree.root);
    ck_assert_uint_eq(machine.n_cores, n_cores);
    ck_assert_uint_eq(machine.memory_bytes, memory_bytes);
}

START_TEST(machine_without_groups_is_what_the_kernel_says)
{
    ck_assert_uint_ge(bare.n_cores, 1);
    ck_assert_uint_gt(bare.memory_bytes, 64 * MIB);
    struct machine real = machine_read("");
    ck_assert_uint_ge(real.n_cores, 1);
    ck_assert_uint_le(real.n_cores, bare.n_cores);
    ck_assert_uint_le(real.memory_bytes, bare.memory_bytes);
}
END_TEST

START_TEST(machine_reads_the_limits_of_a_container)
{
    tree_write(&tree, "proc/self/cgroup", "0::/\n");
    tree_write(&tree, GROUPS "memory.max", "33554432\n");
    tree_write(&tree, GROUPS "cpu.max", "50000 100000\n");
    assert_machine(1, 32 * MIB);
}
END_TEST

START_TEST(machine_takes_the_least_limit_on_the_way_up)
{
    tree_write(&tree, "proc/self/cgroup", "0::/a/b\n");
    tree_write(&tree, GROUPS "a/b/memory.max", "max\n");
    tree_write(&tree, GROUPS "a/memory.max", "67108864\n");
    tree_write(&tree, GROUPS "memory.max", "68157440\n");
    tree_write(&tree, GROUPS "a/b/cpu.max", "max 100000\n");
    assert_machine(bare.n_cores, 64 * MIB);
    tree_write(&tree, GROUPS "a/b/memory.max", "50331648\n");
    assert_machine(bare.n_cores, 48 * MIB);
}
END_TEST

START_TEST(machine_reads_the_first_version_of_groups)
{
    tree_write(&tree, "proc/self/cgroup",
               "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n1:name=systemd:/x\n");
    tree_write(&tree, GROUPS "memory/memory.limit_in_bytes", "41943040\n");
    tree_write(&tree, GROUPS "cpu/cpu.cfs_quota_us", "20000\n");
    tree_write(&tree, GROUPS "cpu/cpu.cfs_period_us", "100000\n");
    assert_machine(1, 40 * MIB);
}
END_TEST

START_TEST(machine_prefers_the_version_in_use_where_both_are_mounted)
{
    tree_write(&tree, "proc/self/cgroup", "5:memory:/m\n0::/x\n");
    tree_write(&tree, GROUPS "memory/m/memory.limit_in_bytes", "41943040\n");
    tree_write(&tree, GROUPS "x/memory.max", "1048576\n");
    assert_machine(bare.n_cores, 40 * MIB);
}
END_TEST

struct limit_case {
    const char *memory, *cores;
};

static const struct limit_case no_limits[] = {
    {"max\n", "max 100000\n"},
    {"", ""},
    {"0\n", "0 100000\n"},
    {"-1\n", "-1 100000\n"},
    {"9223372036854771712\n", "100000\n"},
    {"much\n", "100000 0\n"},
    {"1e400\n", "100000000000 100000\n"},
};

START_TEST(machine_is_not_limited_by_what_is_no_limit)
{
    tree_write(&tree, "proc/self/cgroup", "0::/\n");
    tree_write(&tree, GROUPS "memory.max", no_limits[_i].memory);
    tree_write(&tree, GROUPS "cpu.max", no_limits[_i].cores);
    assert_machine(bare.n_cores, bare.memory_bytes);
}
END_TEST

START_TEST(machine_ignores_lines_that_are_no_groups)
{
    tree_write(&tree, "proc/self/cgroup", "\n::\nx\n1:memoryx:/\n7::/\n");
    tree_write(&tree, GROUPS "memory.max", "1048576\n");
    assert_machine(bare.n_cores, bare.memory_bytes);
}
END_TEST

START_TEST(machine_counts_a_part_of_a_core_as_one)
{
    if (bare.n_cores < 2)
        return;
    tree_write(&tree, "proc/self/cgroup", "0::/\n");
    tree_write(&tree, GROUPS "cpu.max", "100001 100000\n");
    assert_machine(2, bare.memory_bytes);
    tree_write(&tree, GROUPS "cpu.max", "100000 100000\n");
    assert_machine(1, bare.memory_bytes);
}
END_TEST

START_TEST(machine_raises_descriptors_to_the_hard_limit)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_max = limit.rlim_max < 512 ? limit.rlim_max : 512;
    limit.rlim_cur = 64;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(machine_raise_descriptors(), limit.rlim_max);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

TCase *machine_test(void)
{
    TCase *tcase = tcase_create("machine");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, machine_without_groups_is_what_the_kernel_says);
    tcase_add_test(tcase, machine_reads_the_limits_of_a_container);
    tcase_add_test(tcase, machine_takes_the_least_limit_on_the_way_up);
    tcase_add_test(tcase, machine_reads_the_first_version_of_groups);
    tcase_add_test(tcase, machine_prefers_the_version_in_use_where_both_are_mounted);
    tcase_add_loop_test(tcase, machine_is_not_limited_by_what_is_no_limit, 0,
                        sizeof(no_limits) / sizeof(*no_limits));
    tcase_add_test(tcase, machine_ignores_lines_that_are_no_groups);
    tcase_add_test(tcase, machine_counts_a_part_of_a_core_as_one);
    tcase_add_test(tcase, machine_raises_descriptors_to_the_hard_limit);
    return tcase;
}
