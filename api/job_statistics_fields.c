#include "api/job_statistics_fields.h"

#include "api/job_field.h"
#include "api/statistics_json.h"

JOB_FIELD(job_statistics_fields_statistics)
{
    struct job_request *request = context;
    bool statistics;
    (void)err;
    if (json_fields_bool(value, pointer, problems, &statistics))
        request->fit.statistics = statistics ? 1 : 0;
    return 0;
}

JOB_FIELD(job_statistics_fields_covariance)
{
    struct job_request *request = context;
    int i = job_field_word(value, pointer, statistics_json_covariances,
                           STATISTICS_JSON_N_COVARIANCES, problems);
    (void)err;
    if (i >= 0)
        request->fit.details.covariance = (enum covariance_kind)i;
    return 0;
}

JOB_FIELD(job_statistics_fields_cluster)
{
    struct job_request *request = context;
    (void)err;
    json_fields_string(value, pointer, problems, &request->fit.details.cluster);
    return 0;
}

JOB_FIELD(job_statistics_fields_intervals)
{
    static const char *const words[] = {"wald", "profile"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        request->fit.details.profile = i == 1;
    return 0;
}

JOB_FIELD(job_statistics_fields_confidence)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems,
                       &request->fit.details.confidence);
    return 0;
}

#define FLAG(name, member)                                                               \
    JOB_FIELD(name)                                                                      \
    {                                                                                    \
        struct job_request *request = context;                                           \
        (void)err;                                                                       \
        json_fields_bool(value, pointer, problems, &request->fit.details.member);        \
        return 0;                                                                        \
    }

FLAG(job_statistics_fields_marginal_effects, marginal_effects)
FLAG(job_statistics_fields_vif, vif)
FLAG(job_statistics_fields_residuals, residuals)
