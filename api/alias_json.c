#include "api/alias_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "api/job_field.h"
#include "api/registry.h"

#define ROUNDING 1e-6 /* by which shares may miss 1 */

static void write_split(struct json_writer *json, const struct alias_target *target)
{
    char name[24];
    json_write_key(json, "split");
    json_write_begin_object(json);
    for (size_t i = 0; i < target->n_shares; i++) {
        snprintf(name, sizeof(name), "%" PRIu64, target->shares[i].version);
        json_write_member_number(json, name, target->shares[i].share);
    }
    json_write_end_object(json);
}

void alias_json_write(struct json_writer *json, const struct alias_target *target)
{
    if (target->n_shares == 1)
        json_write_member_integer(json, "version", (int64_t)target->shares[0].version);
    else
        write_split(json, target);
    if (target->shadow)
        json_write_member_integer(json, "shadow", (int64_t)target->shadow);
}

/* ---- reading ---- */

struct reading {
    int64_t version, shadow; /* 0: not said */
    struct alias_target split;
    bool has_split;
};

static JOB_FIELD(read_version)
{
    struct reading *reading = context;
    (void)err;
    json_fields_integer(value, pointer, 1, INT64_MAX, problems, &reading->version);
    return 0;
}

static JOB_FIELD(read_shadow)
{
    struct reading *reading = context;
    (void)err;
    json_fields_integer(value, pointer, 1, INT64_MAX, problems, &reading->shadow);
    return 0;
}

static void read_share(struct reading *reading, const char *name, const json_t *value,
                       const char *pointer, struct problem_list *problems)
{
    uint64_t version = registry_parse_version(name);
    double share;
    if (version == 0)
        problem_report(problems, ERROR_INVALID, pointer,
                       "a version is a whole number from 1 on");
    else if (json_fields_number(value, pointer, 0, true, problems, &share) &&
             !alias_target_add(&reading->split, version, share))
        problem_report(problems, ERROR_TOO_LARGE, pointer,
                       "a split has %u versions at most", ALIAS_TARGET_MOST);
}

/* What rounding left of their sum is divided among them. */
static void check_sum(struct alias_target *split, const char *pointer,
                      struct problem_list *problems)
{
    double sum = 0;
    for (size_t i = 0; i < split->n_shares; i++)
        sum += split->shares[i].share;
    if (!(fabs(sum - 1) <= ROUNDING))
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "the shares of a split must add up to 1");
    for (size_t i = 0; i < split->n_shares; i++)
        split->shares[i].share /= sum;
}

static JOB_FIELD(read_split)
{
    struct reading *reading = context;
    const char *name;
    json_t *share;
    char at[PROBLEM_POINTER_BYTES];
    size_t n = problems->n;
    (void)err;
    reading->has_split = true;
    if (json_object_size(value) == 0) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object of shares by version");
        return 0;
    }
    json_object_foreach((json_t *)value, name, share)
        read_share(reading, name, share, problem_pointer(at, pointer, name), problems);
    if (problems->n == n)
        check_sum(&reading->split, pointer, problems);
    return 0;
}

static void check(const struct reading *reading, struct problem_list *problems)
{
    if (reading->version && reading->has_split)
        problem_report(problems, ERROR_INVALID, "/split",
                       "an alias has a version or a split");
    else if (!reading->version && !reading->has_split && problems->n == 0)
        problem_report(problems, ERROR_MISSING_FIELD, "/version", "version is missing");
    if (reading->shadow &&
        (reading->shadow == reading->version ||
         alias_target_answers(&reading->split, (uint64_t)reading->shadow)))
        problem_report(problems, ERROR_INVALID, "/shadow",
                       "a version that answers is no shadow");
}

int alias_json_read(const char *body, size_t n_bytes, struct alias_target *target,
                    struct problem_list *problems, struct error *err)
{
    static const struct json_field fields[] = {{"version", false, read_version},
                                               {"split", false, read_split},
                                               {"shadow", false, read_shadow}};
    struct reading reading = {0};
    json_t *json = json_fields_parse(body, n_bytes, err);
    if (!json)
        return -1;
    int result = json_fields_read(json, "", fields, JOB_FIELD_COUNT(fields), &reading,
                                  problems, err);
    json_decref(json);
    if (result < 0)
        return -1;
    check(&reading, problems);
    if (problems->n > 0)
        return -1;
    *target = reading.has_split ? reading.split
                                : alias_target_of_version((uint64_t)reading.version);
    target->shadow = (uint64_t)reading.shadow;
    return 0;
}
