/*
 * logitd: trains logistic regression and serves it over HTTP. This file is the table of
 * contents; server/daemon.c is the daemon.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/kernel/blas.h"
#include "server/blas_environment.h"
#include "server/command.h"
#include "server/daemon.h"
#include "server/machine.h"
#include "server/signals.h"

/*
 * glibc gives threads that allocate at the same time arenas of their own, up to eight a
 * core, and what is freed in one is of no use to another. A few are enough: the serving
 * path allocates little. And it keeps big blocks once it has seen one freed, up to 32 MiB
 * each; fixed thresholds end that, so that a burst of big requests leaves nothing behind.
 */
#define MOST_ARENAS 4
#define KEPT_BYTES (1 << 20)

static void tune_memory(void)
{
    mallopt(M_ARENA_MAX, MOST_ARENAS);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

/* A parent may have closed them; a file of the store that gets such a number would have
 * the ready line or the log written into it. */
static void open_standard_files(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static enum exit_code refuse(const struct error *err, enum config_result result)
{
    command_complain(err);
    if (result == CONFIG_BAD_USAGE)
        fputs("logitd --help lists options and commands.\n", stderr);
    return result == CONFIG_BAD_USAGE ? EXIT_CODE_USAGE : exit_code_of_start(err);
}

static enum exit_code print_help(void)
{
    struct error err = {0};
    struct buffer help = BUFFER_EMPTY;
    config_write_help(&help);
    int result = buffer_check(&help, &err);
    if (result == 0)
        fputs(help.bytes, stdout);
    else
        command_complain(&err);
    buffer_free(&help);
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_BUG;
}

/* What must be settled before there is a second thread. */
static int prepare(const struct config *config, char **argv, struct error *err)
{
    tune_memory();
    instructions_limit(config->instructions);
    signals_block();
    machine_raise_descriptors();
    if (blas_prepare(err) != 0)
        return -1;
    return blas_environment_settle(blas_description(), argv, err);
}

static void log_start(const struct log *log, const struct config *config)
{
    char text[256];
    snprintf(text, sizeof(text),
             "logitd " LOGITD_VERSION
             "; jobs at a time: %zu, threads a fit: %zu, memory: "
             "%zu MiB; %s",
             config->n_jobs, config->n_threads, config->memory_bytes >> 20,
             blas_description());
    log_event(log, LOG_LEVEL_INFO, "starting", text);
}

static enum exit_code serve(const struct config *config, char **argv)
{
    struct error err = {0};
    struct log log = {
        .fd = STDERR_FILENO, .least = config->log_level, .json = config->log_json};
    struct daemon *daemon = NULL;
    if (prepare(config, argv, &err) == 0) {
        log_start(&log, config);
        daemon = daemon_open(config, &log, &err);
    }
    if (!daemon) {
        log_error(&log, LOG_LEVEL_ERROR, "cannot_start", &err);
        return exit_code_of_start(&err);
    }
    enum exit_code code = daemon_serve(daemon);
    daemon_close(daemon);
    return code;
}

static enum exit_code run(const struct config *config, char **argv)
{
    switch (config->command) {
    case CONFIG_SERVE:
        return serve(config, argv);
    case CONFIG_HELP:
        return print_help();
    case CONFIG_VERSION:
        puts("logitd " LOGITD_VERSION);
        return EXIT_CODE_OK;
    case CONFIG_CHECK:
        return command_check(config);
    case CONFIG_REBUILD:
        return command_rebuild(config);
    case CONFIG_HEALTH:
        return command_health(config);
    case CONFIG_KEY:
        return command_key(config);
    }
    return EXIT_CODE_BUG;
}

int main(int argc, char **argv)
{
    struct config config = {0};
    struct error err = {0};
    open_standard_files();
    umask(077); /* whatever is made is for the daemon's user alone */
    enum config_result result = config_read(&config, argc, argv, environ, &err);
    if (result != CONFIG_OK)
        return (int)refuse(&err, result);
    enum exit_code code = run(&config, argv);
    config_free(&config);
    return (int)code;
}
