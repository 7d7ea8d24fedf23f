/*
 * Triton's extension "statistics": what each version has done since the process began
 * (core/model/usage.h), in whatever dialect it was asked.
 */
#ifndef LOGITD_API_DIALECT_V2_STATS_H
#define LOGITD_API_DIALECT_V2_STATS_H

#include "api/router.h"

route_fn v2_stats_all, v2_stats_model, v2_stats_version;

#endif
