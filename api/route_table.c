#include "api/route_table.h"

#include "api/dialect/invocations.h"
#include "api/dialect/kserve_v1.h"
#include "api/dialect/tensorflow.h"
#include "api/dialect/tensorflow_model.h"
#include "api/dialect/vertex.h"
#include "api/dialect/v2.h"
#include "api/dialect/v2_meta.h"
#include "api/dialect/v2_repository.h"
#include "api/dialect/v2_shape.h"
#include "api/dialect/v2_stats.h"
#include "api/handlers/handle_aliases.h"
#include "api/handlers/handle_datasets.h"
#include "api/handlers/handle_evaluate.h"
#include "api/handlers/handle_import.h"
#include "api/handlers/handle_job_events.h"
#include "api/handlers/handle_jobs.h"
#include "api/handlers/handle_meta.h"
#include "api/handlers/handle_models.h"
#include "api/handlers/handle_openapi.h"
#include "api/handlers/handle_predict.h"
#include "api/handlers/handle_score.h"
#include "api/handlers/handle_usage.h"
#include "api/handlers/handle_update.h"
#include "api/job_filter.h"
#include "api/predict_query.h"

#define INLINE(name, method, path, query, scope, body, handle)                           \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_##body,            \
            ROUTE_INLINE, handle, NULL, NULL                                             \
    }
#define BLOCKING(name, method, path, query, scope, body, handle)                         \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_##body,            \
            ROUTE_BLOCKING, handle, NULL, NULL                                           \
    }
/* Of a dialect: `shape` tells its problems. */
#define DIALECT(name, method, path, query, scope, body, handle, shape)                   \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_##body,            \
            ROUTE_INLINE, handle, NULL, shape                                            \
    }
#define STREAM(name, method, path, query, scope, stream)                                 \
    {                                                                                    \
        name, METHOD_##method, path, query, SCOPE_##scope, ROUTE_BODY_STREAM,            \
            ROUTE_BLOCKING, NULL, stream, NULL                                           \
    }

/* What is asked most often comes first. */
const struct route route_table[] = {
    INLINE("predict_model", POST, "/v1/models/{model}/predict", PREDICT_QUERY, PREDICT,
           WHOLE, handle_predict_model),
    INLINE("predict_version", POST, "/v1/models/{model}/versions/{version}/predict",
           PREDICT_QUERY, PREDICT, WHOLE, handle_predict_version),
    INLINE("predict_alias", POST, "/v1/models/{model}/aliases/{alias}/predict",
           PREDICT_QUERY, PREDICT, WHOLE, handle_predict_alias),

    DIALECT("tensorflow_predict_model", POST, "/v1/models/{model}:predict", "", PREDICT,
            WHOLE, tensorflow_predict_model, &tensorflow_problem_shape),
    DIALECT("tensorflow_predict_version", POST,
            "/v1/models/{model}/versions/{version}:predict", "", PREDICT, WHOLE,
            tensorflow_predict_version, &tensorflow_problem_shape),
    DIALECT("tensorflow_predict_label", POST, "/v1/models/{model}/labels/{alias}:predict",
            "", PREDICT, WHOLE, tensorflow_predict_label, &tensorflow_problem_shape),
    DIALECT("kserve_v1_explain", POST, "/v1/models/{model}:explain", "", PREDICT, WHOLE,
            kserve_v1_explain, &tensorflow_problem_shape),
    DIALECT("tensorflow_classify_model", POST, "/v1/models/{model}:classify", "", PREDICT,
            WHOLE, tensorflow_classify_model, &tensorflow_problem_shape),
    DIALECT("tensorflow_classify_version", POST,
            "/v1/models/{model}/versions/{version}:classify", "", PREDICT, WHOLE,
            tensorflow_classify_version, &tensorflow_problem_shape),
    DIALECT("tensorflow_classify_label", POST,
            "/v1/models/{model}/labels/{alias}:classify", "", PREDICT, WHOLE,
            tensorflow_classify_label, &tensorflow_problem_shape),
    DIALECT("tensorflow_regress_model", POST, "/v1/models/{model}:regress", "", PREDICT,
            WHOLE, tensorflow_regress_model, &tensorflow_problem_shape),
    DIALECT("tensorflow_regress_version", POST,
            "/v1/models/{model}/versions/{version}:regress", "", PREDICT, WHOLE,
            tensorflow_regress_version, &tensorflow_problem_shape),
    DIALECT("tensorflow_regress_label", POST, "/v1/models/{model}/labels/{alias}:regress",
            "", PREDICT, WHOLE, tensorflow_regress_label, &tensorflow_problem_shape),
    DIALECT("tensorflow_metadata_model", GET, "/v1/models/{model}/metadata", "", PREDICT,
            NONE, tensorflow_model_metadata, &tensorflow_problem_shape),
    DIALECT("tensorflow_metadata_version", GET,
            "/v1/models/{model}/versions/{version}/metadata", "", PREDICT, NONE,
            tensorflow_model_metadata_version, &tensorflow_problem_shape),
    DIALECT("tensorflow_metadata_label", GET,
            "/v1/models/{model}/labels/{alias}/metadata", "", PREDICT, NONE,
            tensorflow_model_metadata_label, &tensorflow_problem_shape),
    DIALECT("tensorflow_status_label", GET, "/v1/models/{model}/labels/{alias}", "",
            PREDICT, NONE, tensorflow_model_status_label, &tensorflow_problem_shape),

    DIALECT("invocations", POST, "/invocations", "", PREDICT, WHOLE, invocations_score,
            &invocations_problem_shape),
    DIALECT("vertex_predict", POST,
            "/v1/endpoints/{endpoint}/deployedModels/{deployment}:predict", "", PREDICT,
            WHOLE, vertex_predict, &tensorflow_problem_shape),
    DIALECT("vertex_health", GET, "/v1/endpoints/{endpoint}/deployedModels/{deployment}",
            "", NONE, NONE, vertex_health, &invocations_problem_shape),
    DIALECT("invocations_ping", GET, "/ping", "", NONE, NONE, invocations_ping,
            &invocations_problem_shape),
    DIALECT("invocations_health", GET, "/health", "", NONE, NONE, invocations_ping,
            &invocations_problem_shape),
    DIALECT("invocations_version", GET, "/version", "", NONE, NONE, invocations_version,
            &invocations_problem_shape),

    DIALECT("v2_infer_model", POST, "/v2/models/{model}/infer", "", PREDICT, WHOLE,
            v2_infer_model, &v2_shape),
    DIALECT("v2_infer_version", POST, "/v2/models/{model}/versions/{version}/infer", "",
            PREDICT, WHOLE, v2_infer_version, &v2_shape),
    DIALECT("v2_server", GET, "/v2", "", NONE, NONE, v2_meta_server, &v2_shape),
    DIALECT("v2_live", GET, "/v2/health/live", "", NONE, NONE, v2_meta_live, &v2_shape),
    DIALECT("v2_ready", GET, "/v2/health/ready", "", NONE, NONE, v2_meta_ready,
            &v2_shape),
    DIALECT("v2_stats", GET, "/v2/models/stats", "", PREDICT, NONE, v2_stats_all,
            &v2_shape),
    DIALECT("v2_model", GET, "/v2/models/{model}", "", PREDICT, NONE, v2_meta_model,
            &v2_shape),
    DIALECT("v2_version", GET, "/v2/models/{model}/versions/{version}", "", PREDICT, NONE,
            v2_meta_version, &v2_shape),
    DIALECT("v2_model_ready", GET, "/v2/models/{model}/ready", "", PREDICT, NONE,
            v2_meta_model_ready, &v2_shape),
    DIALECT("v2_version_ready", GET, "/v2/models/{model}/versions/{version}/ready", "",
            PREDICT, NONE, v2_meta_version_ready, &v2_shape),
    DIALECT("v2_model_config", GET, "/v2/models/{model}/config", "", PREDICT, NONE,
            v2_meta_model_config, &v2_shape),
    DIALECT("v2_version_config", GET, "/v2/models/{model}/versions/{version}/config", "",
            PREDICT, NONE, v2_meta_version_config, &v2_shape),
    DIALECT("v2_model_stats", GET, "/v2/models/{model}/stats", "", PREDICT, NONE,
            v2_stats_model, &v2_shape),
    DIALECT("v2_version_stats", GET, "/v2/models/{model}/versions/{version}/stats", "",
            PREDICT, NONE, v2_stats_version, &v2_shape),
    DIALECT("v2_index", POST, "/v2/repository/index", "", PREDICT, WHOLE,
            v2_repository_index, &v2_shape),
    DIALECT("v2_load", POST, "/v2/repository/models/{model}/load", "", PREDICT, WHOLE,
            v2_repository_load, &v2_shape),
    DIALECT("v2_unload", POST, "/v2/repository/models/{model}/unload", "", PREDICT, WHOLE,
            v2_repository_unload, &v2_shape),

    BLOCKING("evaluate_model", POST, "/v1/models/{model}/evaluate", "", PREDICT, WHOLE,
             handle_evaluate_model),
    BLOCKING("evaluate_version", POST, "/v1/models/{model}/versions/{version}/evaluate",
             "", PREDICT, WHOLE, handle_evaluate_version),
    BLOCKING("evaluate_alias", POST, "/v1/models/{model}/aliases/{alias}/evaluate", "",
             PREDICT, WHOLE, handle_evaluate_alias),

    BLOCKING("score_model", POST, "/v1/models/{model}/score", "", TRAIN, WHOLE,
             handle_score_model),
    BLOCKING("score_version", POST, "/v1/models/{model}/versions/{version}/score", "",
             TRAIN, WHOLE, handle_score_version),
    BLOCKING("score_alias", POST, "/v1/models/{model}/aliases/{alias}/score", "", TRAIN,
             WHOLE, handle_score_alias),

    INLINE("usage_model", GET, "/v1/models/{model}/usage", "", PREDICT, NONE,
           handle_usage_model),
    INLINE("usage_version", GET, "/v1/models/{model}/versions/{version}/usage", "",
           PREDICT, NONE, handle_usage_version),
    INLINE("usage_alias", GET, "/v1/models/{model}/aliases/{alias}/usage", "", PREDICT,
           NONE, handle_usage_alias),

    INLINE("livez", GET, "/livez", "", NONE, NONE, handle_meta_livez),
    INLINE("readyz", GET, "/readyz", "", NONE, NONE, handle_meta_readyz),
    INLINE("metrics", GET, "/metrics", "", ADMIN, NONE, handle_meta_metrics),
    INLINE("openapi_yaml", GET, "/openapi.yaml", "", NONE, NONE, handle_openapi_yaml),
    INLINE("openapi_json", GET, "/openapi.json", "", NONE, NONE, handle_openapi_json),
    INLINE("version", GET, "/v1/version", "", NONE, NONE, handle_meta_version),

    STREAM("dataset_create", POST, "/v1/datasets", HANDLE_DATASETS_UPLOAD_QUERY, TRAIN,
           &handle_datasets_upload),
    INLINE("dataset_list", GET, "/v1/datasets", "limit after", TRAIN, NONE,
           handle_datasets_list),
    INLINE("dataset_show", GET, "/v1/datasets/{dataset}", "", TRAIN, NONE,
           handle_datasets_show),
    BLOCKING("dataset_delete", DELETE, "/v1/datasets/{dataset}", "", TRAIN, NONE,
             handle_datasets_delete),
    BLOCKING("dataset_rows", GET, "/v1/datasets/{dataset}/rows", "limit after", TRAIN,
             NONE, handle_datasets_rows),

    BLOCKING("job_create", POST, "/v1/jobs", "", TRAIN, WHOLE, handle_jobs_create),
    BLOCKING("job_list", GET, "/v1/jobs", "limit after " JOB_FILTER_QUERY, TRAIN, NONE,
             handle_jobs_list),
    INLINE("job_show", GET, "/v1/jobs/{job}", "", TRAIN, NONE, handle_jobs_show),
    INLINE("job_events", GET, "/v1/jobs/{job}/events", "after limit", TRAIN, NONE,
           handle_job_events),
    BLOCKING("job_delete", DELETE, "/v1/jobs/{job}", "", TRAIN, NONE, handle_jobs_delete),
    BLOCKING("job_cancel", POST, "/v1/jobs/{job}/cancel", "", TRAIN, NONE,
             handle_jobs_cancel),

    INLINE("model_list", GET, "/v1/models", "limit after", PREDICT, NONE,
           handle_models_list),
    BLOCKING("model_show", GET, "/v1/models/{model}", "include", PREDICT, NONE,
             handle_models_show),
    BLOCKING("model_delete", DELETE, "/v1/models/{model}", "", TRAIN, NONE,
             handle_models_delete),
    INLINE("version_list", GET, "/v1/models/{model}/versions", "limit after", PREDICT,
           NONE, handle_models_list_versions),
    BLOCKING("version_import", POST, "/v1/models/{model}/versions", "", TRAIN, WHOLE,
             handle_import_version),
    BLOCKING("version_show", GET, "/v1/models/{model}/versions/{version}", "include",
             PREDICT, NONE, handle_models_show_version),
    BLOCKING("version_delete", DELETE, "/v1/models/{model}/versions/{version}", "", TRAIN,
             NONE, handle_models_delete_version),
    BLOCKING("update_model", POST, "/v1/models/{model}/update", "", TRAIN, WHOLE,
             handle_update_learn),
    INLINE("update_show", GET, "/v1/models/{model}/update", "", PREDICT, NONE,
           handle_update_show),
    BLOCKING("update_delete", DELETE, "/v1/models/{model}/update", "", TRAIN, NONE,
             handle_update_delete),
    BLOCKING("update_publish", POST, "/v1/models/{model}/update/publish", "", TRAIN, NONE,
             handle_update_publish),
    INLINE("alias_list", GET, "/v1/models/{model}/aliases", "limit after", PREDICT, NONE,
           handle_aliases_list),
    INLINE("alias_show", GET, "/v1/models/{model}/aliases/{alias}", "", PREDICT, NONE,
           handle_aliases_show),
    BLOCKING("alias_put", PUT, "/v1/models/{model}/aliases/{alias}", "", TRAIN, WHOLE,
             handle_aliases_put),
    BLOCKING("alias_delete", DELETE, "/v1/models/{model}/aliases/{alias}", "", TRAIN,
             NONE, handle_aliases_delete),
};

const size_t route_table_n = sizeof(route_table) / sizeof(*route_table);
