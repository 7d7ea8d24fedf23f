/*
 * What Vertex AI says to a container in its environment: AIP_HTTP_PORT, AIP_PREDICT_ROUTE
 * and AIP_HEALTH_ROUTE. Others, such as AIP_STORAGE_URI, are passed over: nothing is
 * fetched from anywhere.
 *
 * The port means to listen on all addresses, unless a setting says where; whether others
 * may connect is settled as ever.
 */
#ifndef LOGITD_SERVER_CONFIG_VERTEX_H
#define LOGITD_SERVER_CONFIG_VERTEX_H

#include "server/config.h"

/* On failure err names the variable. */
int config_vertex_read(char *const *environment, struct config *config,
                       struct error *err) MUST_CHECK;

#endif
