/*
 * A control group's limit holds for everything below it, so the one that counts is the
 * least on the way from the group of this process up to the root. Inside a container
 * /proc/self/cgroup may name a path of the host's tree that is not mounted; its files are
 * then missing, and the walk ends at the mount itself, which is the container's own
 * group.
 */
#include "server/machine.h"

#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "core/text/number.h"

#define GROUPS "/sys/fs/cgroup"

/* Where one controller's files are: version 2 has one tree for all of them. */
struct hierarchy {
    char mount[PATH_MAX];
    char group[PATH_MAX]; /* "/" or "/a/b" */
    bool unified;
};

/* The first line, without its end. */
static bool read_line(const char *path, char *line, size_t n_bytes)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool found = fgets(line, (int)n_bytes, file) != NULL;
    fclose(file);
    if (found)
        line[strcspn(line, "\n")] = '\0';
    return found;
}

/* Is `name` one of the comma-separated words? */
static bool is_listed(const char *words, const char *name)
{
    size_t n = strlen(name);
    while (words) {
        if (strncmp(words, name, n) == 0 && (words[n] == ',' || words[n] == '\0'))
            return true;
        words = strchr(words, ',');
        if (words)
            words++;
    }
    return false;
}

/* A line of /proc/self/cgroup is "hierarchy:controllers:path"; "0::path" is version 2. */
static bool line_names(char *line, const char *controller, const char **path,
                       bool *unified)
{
    char *controllers = strchr(line, ':');
    char *rest = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!rest)
        return false;
    *controllers++ = '\0';
    *rest++ = '\0';
    rest[strcspn(rest, "\n")] = '\0';
    *path = rest;
    *unified = controllers[0] == '\0';
    return *unified ? strcmp(line, "0") == 0 : is_listed(controllers, controller);
}

/* A version 1 hierarchy of the controller wins: where both are mounted, it is in use. */
static bool find_hierarchy(const char *root, const char *controller,
                           struct hierarchy *found)
{
    char path[PATH_MAX];
    char line[PATH_MAX];
    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool any = false;
    while (fgets(line, sizeof(line), file)) {
        const char *group;
        bool unified;
        if (!line_names(line, controller, &group, &unified) || (any && unified))
            continue;
        any = true;
        found->unified = unified;
        snprintf(found->mount, sizeof(found->mount), "%s" GROUPS "%s%s", root,
                 unified ? "" : "/", unified ? "" : controller);
        snprintf(found->group, sizeof(found->group), "%s", group);
    }
    fclose(file);
    return any;
}

static void to_parent(char *group)
{
    char *last = strrchr(group, '/');
    if (last)
        *last = '\0';
    else
        group[0] = '\0';
}

/* Of one group's folder: the limit, or a bigger number than any. */
typedef double limit_fn(const char *folder, bool unified);

static double least_limit(const char *root, const char *controller, limit_fn *limit)
{
    struct hierarchy at;
    if (!find_hierarchy(root, controller, &at))
        return (double)SIZE_MAX;
    double least = (double)SIZE_MAX;
    for (;;) {
        char folder[2 * PATH_MAX];
        snprintf(folder, sizeof(folder), "%s%s", at.mount, at.group);
        double here = limit(folder, at.unified);
        if (here < least)
            least = here;
        if (at.group[0] == '\0')
            return least;
        to_parent(at.group);
    }
}

/* A positive number from the start of a file's first line; "max" and -1 do not limit. */
static bool read_number(const char *folder, const char *name, double *value, char *rest,
                        size_t rest_bytes)
{
    char path[3 * PATH_MAX];
    char line[128];
    const char *end;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!read_line(path, line, sizeof(line)) ||
        number_read(line, strlen(line), value, &end) != NUMBER_OK || *value <= 0)
        return false;
    if (rest)
        snprintf(rest, rest_bytes, "%s", end + strspn(end, " "));
    return true;
}

static double memory_limit(const char *folder, bool unified)
{
    double bytes;
    const char *name = unified ? "memory.max" : "memory.limit_in_bytes";
    return read_number(folder, name, &bytes, NULL, 0) ? bytes : (double)SIZE_MAX;
}

/* Processor time a period: "200000 100000" or two files. */
static double core_limit(const char *folder, bool unified)
{
    double quota;
    double period;
    char rest[128] = "";
    const char *end;
    if (!read_number(folder, unified ? "cpu.max" : "cpu.cfs_quota_us", &quota, rest,
                     sizeof(rest)))
        return (double)SIZE_MAX;
    bool has_period = unified
                          ? number_read(rest, strlen(rest), &period, &end) == NUMBER_OK
                          : read_number(folder, "cpu.cfs_period_us", &period, NULL, 0);
    return has_period && period > 0 ? quota / period : (double)SIZE_MAX;
}

static size_t n_allowed_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return (size_t)CPU_COUNT(&set);
    long n =
        sysconf(_SC_NPROCESSORS_ONLN); /* more than 1024 of them do not fit the set */
    return n > 0 ? (size_t)n : 1;
}

static size_t installed_bytes(void)
{
    struct sysinfo info;
    if (sysinfo(&info) != 0)
        return SIZE_MAX;
    return (size_t)info.totalram * info.mem_unit;
}

struct machine machine_read(const char *root)
{
    struct machine machine = {.n_cores = n_allowed_cores(),
                              .memory_bytes = installed_bytes()};
    double cores = least_limit(root, "cpu", core_limit);
    double memory = least_limit(root, "memory", memory_limit);
    if (cores < (double)machine.n_cores) /* one and a half cores keep two threads busy */
        machine.n_cores = (size_t)cores + ((double)(size_t)cores < cores);
    if (memory < (double)machine.memory_bytes)
        machine.memory_bytes = (size_t)memory;
    return machine;
}

size_t machine_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        limit = raised;
    return (size_t)limit.rlim_cur;
}
