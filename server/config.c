#include "server/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "server/command_line.h"
#include "server/config_environment.h"
#include "server/config_file.h"
#include "server/config_vertex.h"
#include "server/machine.h"

#define LEAST_MEMORY_BYTES ((size_t)64 << 20) /* also on the smallest machine */
#define MOST_THREADS 256U

/* ---- defaults ---- */

static int assign_defaults(struct config *config, struct error *err)
{
    struct machine machine = machine_read("");
    config->n_threads = machine.n_cores < MOST_THREADS ? machine.n_cores : MOST_THREADS;
    config->memory_bytes = machine.memory_bytes / 2;
    if (config->memory_bytes < LEAST_MEMORY_BYTES)
        config->memory_bytes = LEAST_MEMORY_BYTES;
    config->log_json = isatty(STDERR_FILENO) == 0;
    size_t n_settings;
    const struct setting *table = setting_table(&n_settings);
    for (size_t i = 0; i < n_settings; i++)
        if (table[i].standard &&
            setting_assign(&table[i], config, table[i].standard, err) != 0)
            return -1;
    return 0;
}

/* ---- the file ---- */

struct file_reader {
    struct config *config;
    uint64_t seen; /* a bit for each row of the table */
};

static int assign_line(void *context, const char *name, const char *value,
                       struct error *err)
{
    struct file_reader *reader = context;
    const struct setting *setting = setting_find(name);
    if (!setting) {
        const struct setting *meant = setting_suggest(name);
        return error_set(err, ERROR_UNKNOWN_FIELD, "no setting is named \"%.40s\"%s%s%s",
                         name, meant ? "; did you mean " : "; see logitd --help",
                         meant ? meant->name : "", meant ? "?" : "");
    }
    size_t n_settings;
    uint64_t bit = 1ULL << (setting - setting_table(&n_settings));
    if (reader->seen & bit)
        return error_set(err, ERROR_INVALID, "sets %s once more; take one of them out",
                         setting->name);
    reader->seen |= bit;
    struct error inner = {0};
    if (setting_assign(setting, reader->config, value, &inner) == 0)
        return 0;
    return error_set(err, inner.code, "%s %s", setting->name, inner.message);
}

static int assign_file(struct config *config, const char *path, struct error *err)
{
    struct file_reader reader = {.config = config};
    struct error inner = {0};
    if (config_file_read(path, assign_line, &reader, &inner) == 0)
        return 0;
    error_set(err, inner.code, "%s", inner.message);
    error_place(err, "the config file%s%s", inner.place[0] != '\0' ? ", " : "",
                inner.place);
    return -1;
}

/* ---- options ---- */

static int assign_options(struct config *config, const struct command_line *line,
                          struct error *err)
{
    for (size_t i = 0; i < line->n_options; i++) {
        const struct command_line_option *option = &line->options[i];
        if (setting_assign(option->setting, config, option->value, err) != 0) {
            error_place(err, "--%s", option->setting->name);
            return -1;
        }
    }
    return 0;
}

/* ---- settings that contradict each other ---- */

/* Can only this machine reach it? */
static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static int contradiction(struct error *err, const char *setting, const char *message)
{
    error_set(err, ERROR_INVALID, "%s", message);
    error_place(err, "--%s", setting);
    return -1;
}

static int check_access(const struct config *config, struct error *err)
{
    if (config->api_keys && config->no_auth)
        return contradiction(err, "no-auth", "contradicts --api-keys; choose one");
    if (!config->api_keys && !config->no_auth && !is_loopback(config->host))
        return contradiction(err, "listen",
                             "others than this machine could connect, and there are no "
                             "keys: give --api-keys FILE (see logitd key), or --no-auth "
                             "to serve everybody");
    return 0;
}

static int check_tls(const struct config *config, struct error *err)
{
    if (config->tls_certificate && !config->tls_key)
        return contradiction(err, "tls-cert", "needs --tls-key, too");
    if (config->tls_key && !config->tls_certificate)
        return contradiction(err, "tls-key", "needs --tls-cert, too");
    return 0;
}

static int check_sizes(const struct config *config, struct error *err)
{
    if (config->max_body_bytes > config->memory_bytes)
        return contradiction(err, "max-body",
                             "is more than --memory; lower it, or raise "
                             "--memory");
    return 0;
}

static int check_all(const struct config *config, struct error *err)
{
    if (config->command != CONFIG_SERVE)
        return 0;
    if (check_access(config, err) != 0 || check_tls(config, err) != 0)
        return -1;
    return check_sizes(config, err);
}

/* ---- all of it ---- */

/* In the order of precedence, the strongest last. */
static enum config_result read_sources(struct config *config,
                                       const struct command_line *line,
                                       char *const *environment, struct error *err)
{
    const char *file =
        line->config_file ? line->config_file : config_environment_file(environment);
    if (assign_defaults(config, err) != 0 ||
        config_vertex_read(environment, config, err) != 0 ||
        (file && assign_file(config, file, err) != 0) ||
        config_environment_read(environment, config, err) != 0)
        return CONFIG_BAD_SETTING;
    if (assign_options(config, line, err) != 0)
        return CONFIG_BAD_USAGE;
    return check_all(config, err) == 0 ? CONFIG_OK : CONFIG_BAD_SETTING;
}

enum config_result config_read(struct config *config, int argc, char **argv,
                               char *const *environment, struct error *err)
{
    struct command_line line = {0};
    if (command_line_read(&line, argc, argv, err) != 0)
        return CONFIG_BAD_USAGE;
    struct config read = {.command = line.command,
                          .arguments = line.arguments,
                          .n_arguments = line.n_arguments};
    line.arguments = NULL; /* the configuration's from here on */
    enum config_result result = CONFIG_OK;
    if (line.command != CONFIG_HELP && line.command != CONFIG_VERSION)
        result = read_sources(&read, &line, environment, err);
    command_line_free(&line);
    if (result == CONFIG_OK)
        *config = read;
    else
        config_free(&read);
    return result;
}

void config_free(struct config *config)
{
    memory_free(config->arguments);
    memory_free(config->data_directory);
    memory_free(config->api_keys);
    memory_free(config->tls_certificate);
    memory_free(config->tls_key);
    memory_free(config->invocations_model);
    memory_free(config->vertex_predict);
    memory_free(config->vertex_health);
    *config = (struct config){0};
}

/* ---- help ---- */

static const char head[] =
    "Usage: logitd [OPTION]...               serve until SIGTERM or SIGINT\n"
    "       logitd COMMAND [OPTION]...\n"
    "\n"
    "Trains logistic regression and serves it over HTTP.\n"
    "\n"
    "Commands:\n"
    "  check                verify all that lies below --data; no daemon may hold it\n"
    "  rebuild              make a damaged database again from the files below --data\n"
    "  health               is the daemon at --listen ready? status 0 if so, else 1\n"
    "  key NAME SCOPE...    make a key; scopes are predict, train and admin\n"
    "\n"
    "Options:\n";

static const char tail[] =
    "  --config FILE        lines of \"name = value\"; names as above, without --\n"
    "  --help, --version\n"
    "\n"
    "Sizes may end in K, M, G or T, which are powers of 1024. Each option may also\n"
    "come from the environment: LOGITD_MAX_BODY for --max-body. An option beats the\n"
    "environment, which beats the file.\n"
    "\n"
    "Signals: SIGTERM and SIGINT drain, a second one ends at once; SIGHUP reads keys\n"
    "and certificates again.\n"
    "Exit status: 0 after a clean drain, 64 wrong usage, 78 wrong configuration or\n"
    "data directory, 70 a bug or a failing disk.\n";

static void write_row(struct buffer *out, const struct setting *setting)
{
    char option[64];
    const char *standard = setting->standard ? setting->standard : setting->computed;
    snprintf(option, sizeof(option), "--%s%s%s", setting->name, setting->takes ? " " : "",
             setting->takes ? setting->takes : "");
    buffer_printf(out, "  %-20s %s", option, setting->help);
    if (standard)
        buffer_printf(out, " [%s]", standard);
    buffer_append_byte(out, '\n');
}

void config_write_help(struct buffer *out)
{
    size_t n_settings;
    const struct setting *table = setting_table(&n_settings);
    buffer_append_string(out, head);
    for (size_t i = 0; i < n_settings; i++)
        write_row(out, &table[i]);
    buffer_append_string(out, tail);
}
