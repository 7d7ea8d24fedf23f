/*
 * Requests in the forms of MLflow's scoring server (mlflow/pyfunc/scoring_server):
 * dataframe_split, dataframe_records, instances and inputs, with params; and CSV under a
 * header. NaN, which Python writes for missing cells, is one.
 */
#ifndef LOGITD_API_DIALECT_MLFLOW_H
#define LOGITD_API_DIALECT_MLFLOW_H

#include "api/dialect/scoring.h"

/* The rows of a JSON body; its params ("output", "threshold") go to the options. Where
 * they are instances with features (api/dialect/sagemaker.h), *in_features. */
int mlflow_read(struct scoring *scoring, bool *in_features, struct error *err) MUST_CHECK;

/* "MALFORMED_REQUEST" and the like, of a status. */
const char *mlflow_error_code(int status);

#endif
