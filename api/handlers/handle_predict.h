/* Predicting by model, version and alias (contract.md "Predicting"). */
#ifndef LOGITD_API_HANDLERS_HANDLE_PREDICT_H
#define LOGITD_API_HANDLERS_HANDLE_PREDICT_H

#include "api/router.h"

route_fn handle_predict_model;
route_fn handle_predict_version;
route_fn handle_predict_alias;

#endif
