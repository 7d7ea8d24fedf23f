/*
 * Settings from the environment: LOGITD_MAX_BODY is max-body. An empty variable counts as
 * one that is not set, because compose files pass on variables that way.
 */
#ifndef LOGITD_SERVER_CONFIG_ENVIRONMENT_H
#define LOGITD_SERVER_CONFIG_ENVIRONMENT_H

#include "server/setting.h"

/* The file that LOGITD_CONFIG names, or NULL. */
const char *config_environment_file(char *const *environment);

/* Assigns what the variables say. A LOGITD_ variable that is no setting is an error, but
 * for those that Kubernetes makes for a service named logitd. The error's place is the
 * variable. */
int config_environment_read(char *const *environment, struct config *config,
                            struct error *err) MUST_CHECK;

#endif
