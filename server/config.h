/*
 * The settings: one table row each gives name, default, kind, range and help; options,
 * environment (LOGITD_NAME), config file and --help are read off that table. An option
 * beats the environment, which beats the file, which beats the default.
 *
 * The config file: "name = value" lines; '#' starts a comment.
 */
#ifndef LOGITD_SERVER_CONFIG_H
#define LOGITD_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernel/instructions.h"
#include "server/log.h"

enum config_command {
    CONFIG_SERVE,
    CONFIG_HELP,    /* --help */
    CONFIG_VERSION, /* --version */
    CONFIG_CHECK,   /* logitd check: verifies a data directory */
    CONFIG_REBUILD, /* logitd rebuild: remakes the rows from the blobs */
    CONFIG_HEALTH,  /* logitd health: asks /readyz of the daemon at --listen; exit 0 or 1
                     */
    CONFIG_KEY      /* logitd key NAME SCOPE…: makes a key */
};

struct config {
    enum config_command command;
    char **arguments; /* of CONFIG_KEY; the list is owned, its strings are argv's */
    size_t n_arguments;
    char host[256];
    uint16_t port;
    char *data_directory;
    char *api_keys; /* file; NULL: none */
    bool no_auth;
    char *tls_certificate, *tls_key; /* files; NULL: none */
    size_t n_jobs, n_threads;
    enum instructions instructions; /* the most that may be used */
    size_t checkpoint_seconds;      /* between two of a fit */
    size_t n_queued_most, n_jobs_kept, n_days_kept;
    size_t memory_bytes;
    size_t max_body_bytes, max_upload_bytes;
    char *invocations_model;              /* NULL: none */
    char *vertex_predict, *vertex_health; /* paths; NULL: none */
    enum log_level log_level;
    bool log_json;
};

/* What went wrong decides the exit code. */
enum config_result {
    CONFIG_OK,
    CONFIG_BAD_USAGE,  /* 64: the command line */
    CONFIG_BAD_SETTING /* 78: environment, file, or settings that contradict each other */
};

/* Into an all-zero one; `environment` as environ has it. On failure err names the
 * setting, where it came from, its value's limits and what to do. */
enum config_result config_read(struct config *config, int argc, char **argv,
                               char *const *environment, struct error *err);
void config_free(struct config *config);

/* The text of --help. */
struct buffer;
void config_write_help(struct buffer *out);

#endif
