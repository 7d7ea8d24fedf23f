#include "server/config.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "server/setting.h"
#include "tests/support/suite.h"
#include "tests/support/tree.h"

#define MIB ((size_t)1 << 20)
#define MAX_WORDS 16

static struct config config;
static struct error err;

static void setup(void)
{
    config = (struct config){0};
    err = (struct error){0};
}

static void teardown(void)
{
    config_free(&config);
}

/* The words of a command line behind "logitd", and variables, separated by blanks. */
static enum config_result read_both(const char *line, const char *variables)
{
    static char words[2][512];
    char *lists[2][MAX_WORDS + 1] = {{NULL}};
    const char *texts[] = {line, variables};
    int n[2];
    for (int i = 0; i < 2; i++) {
        char *rest;
        snprintf(words[i], sizeof(words[i]), "%s", texts[i]);
        n[i] = 0;
        for (char *word = strtok_r(words[i], " ", &rest); word && n[i] < MAX_WORDS;
             word = strtok_r(NULL, " ", &rest))
            lists[i][n[i]++] = word;
        lists[i][n[i]] = NULL;
    }
    return config_read(&config, n[0], lists[0], lists[1], &err);
}

static enum config_result read_line(const char *line)
{
    return read_both(line, "");
}

static void assert_ok(enum config_result result)
{
    ck_assert_msg(result == CONFIG_OK, "%s: %s", err.place, err.message);
}

/* ---- defaults ---- */

START_TEST(config_defaults_are_those_of_the_contract)
{
    assert_ok(read_line("logitd"));
    ck_assert_int_eq(config.command, CONFIG_SERVE);
    ck_assert_str_eq(config.host, "127.0.0.1");
    ck_assert_uint_eq(config.port, 8080);
    ck_assert_str_eq(config.data_directory, "./logitd-data");
    ck_assert_ptr_null(config.api_keys);
    ck_assert(!config.no_auth);
    ck_assert_ptr_null(config.tls_certificate);
    ck_assert_ptr_null(config.tls_key);
    ck_assert_uint_eq(config.n_jobs, 1);
    ck_assert_uint_ge(config.n_threads, 1);
    ck_assert_uint_ge(config.memory_bytes, 64 * MIB);
    ck_assert_uint_eq(config.max_body_bytes, 16 * MIB);
    ck_assert_uint_eq(config.max_upload_bytes, 16 * 1024 * MIB);
    ck_assert_int_eq(config.log_level, LOG_LEVEL_INFO);
    ck_assert_int_eq(config.instructions, INSTRUCTIONS_AVX512);
}
END_TEST

START_TEST(config_has_every_setting_of_the_contract)
{
    static const char *const names[] = {
        "invocations-model", "listen",     "data",      "api-keys",   "no-auth",
        "tls-cert",          "tls-key",    "jobs",      "threads",    "memory",
        "max-body",          "max-upload", "log-level", "log-format", "instructions"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        ck_assert_msg(setting_find(names[i]) != NULL, "%s", names[i]);
    ck_assert_ptr_null(setting_find("config"));
}
END_TEST

/* ---- one setting, three ways ---- */

struct way {
    const char *name, *value;
};

static const struct way ways[] = {
    {"listen", "[::1]:0"},  {"data", "/var/lib/x"},   {"api-keys", "/keys"},
    {"no-auth", "true"},    {"tls-cert", "/c.pem"},   {"tls-key", "/k.pem"},
    {"jobs", "3"},          {"threads", "5"},         {"memory", "256M"},
    {"max-body", "1.5M"},   {"max-upload", "2G"},     {"log-level", "warning"},
    {"log-format", "json"}, {"instructions", "avx2"}, {"invocations-model", "m@stable"},
};

/* TLS settings come in pairs only. */
static const char *partner(const char *name)
{
    if (strcmp(name, "tls-cert") == 0)
        return " --tls-key=/k.pem";
    return strcmp(name, "tls-key") == 0 ? " --tls-cert=/c.pem" : "";
}

static void check_way(const struct way *way)
{
    switch (way - ways) {
    case 0:
        ck_assert_str_eq(config.host, "::1");
        ck_assert_uint_eq(config.port, 0);
        break;
    case 1:
        ck_assert_str_eq(config.data_directory, way->value);
        break;
    case 2:
        ck_assert_str_eq(config.api_keys, way->value);
        break;
    case 3:
        ck_assert(config.no_auth);
        break;
    case 4:
        ck_assert_str_eq(config.tls_certificate, way->value);
        break;
    case 5:
        ck_assert_str_eq(config.tls_key, way->value);
        break;
    case 6:
        ck_assert_uint_eq(config.n_jobs, 3);
        break;
    case 7:
        ck_assert_uint_eq(config.n_threads, 5);
        break;
    case 8:
        ck_assert_uint_eq(config.memory_bytes, 256 * MIB);
        break;
    case 9:
        ck_assert_uint_eq(config.max_body_bytes, MIB + MIB / 2);
        break;
    case 10:
        ck_assert_uint_eq(config.max_upload_bytes, 2048 * MIB);
        break;
    case 11:
        ck_assert_int_eq(config.log_level, LOG_LEVEL_WARNING);
        break;
    case 12:
        ck_assert(config.log_json);
        break;
    case 13:
        ck_assert_int_eq(config.instructions, INSTRUCTIONS_AVX2);
        break;
    default:
        ck_assert_str_eq(config.invocations_model, way->value);
    }
}

START_TEST(config_reads_each_setting_from_an_option)
{
    char line[128];
    const struct way *way = &ways[_i];
    snprintf(line, sizeof(line), "logitd --%s=%s%s", way->name, way->value,
             partner(way->name));
    assert_ok(read_line(line));
    check_way(way);
    config_free(&config);
    bool is_switch = setting_find(way->name)->kind == SETTING_SWITCH;
    snprintf(line, sizeof(line), "logitd --%s %s%s", way->name,
             is_switch ? "" : way->value, partner(way->name));
    assert_ok(read_line(line));
    check_way(way);
}
END_TEST

START_TEST(config_reads_each_setting_from_the_environment)
{
    char variable[128];
    char line[128];
    const struct way *way = &ways[_i];
    int n = snprintf(variable, sizeof(variable), "LOGITD_%s=%s", way->name, way->value);
    for (int i = 0; i < n && variable[i] != '='; i++) {
        if (variable[i] >= 'a' && variable[i] <= 'z')
            variable[i] = (char)(variable[i] - 'a' + 'A');
        variable[i] = variable[i] == '-' ? '_' : variable[i];
    }
    snprintf(line, sizeof(line), "logitd%s", partner(way->name));
    assert_ok(read_both(line, variable));
    check_way(way);
}
END_TEST

START_TEST(config_reads_each_setting_from_the_file)
{
    struct tree tree;
    char line[256];
    char text[128];
    const struct way *way = &ways[_i];
    tree_open(&tree);
    snprintf(text, sizeof(text), "%s = %s\n", way->name, way->value);
    tree_write(&tree, "conf", text);
    snprintf(line, sizeof(line), "logitd --config %s/conf%s", tree.root,
             partner(way->name));
    enum config_result result = read_line(line);
    tree_close(&tree);
    assert_ok(result);
    check_way(way);
}
END_TEST

/* ---- precedence ---- */

START_TEST(config_options_beat_the_environment_which_beats_the_file)
{
    struct tree tree;
    char line[256];
    char variables[256];
    tree_open(&tree);
    tree_write(&tree, "conf", "jobs = 2\nthreads = 2\nmemory = 2G\n");
    tree_write(&tree, "other", "jobs = 9\n");
    snprintf(variables, sizeof(variables),
             "HOME=/ LOGITD_JOBS=3 LOGITD_THREADS=3 LOGITD_CONFIG=%s/conf", tree.root);
    assert_ok(read_both("logitd --jobs 4", variables));
    ck_assert_uint_eq(config.n_jobs, 4);
    ck_assert_uint_eq(config.n_threads, 3);
    ck_assert_uint_eq(config.memory_bytes, 2048 * MIB);
    config_free(&config);
    snprintf(line, sizeof(line), "logitd --config=%s/other", tree.root);
    snprintf(variables, sizeof(variables), "LOGITD_CONFIG=%s/conf", tree.root);
    assert_ok(read_both(line, variables));
    ck_assert_uint_eq(config.n_jobs, 9);
    ck_assert_uint_ne(config.memory_bytes, 2048 * MIB);
    tree_close(&tree);
}
END_TEST

START_TEST(config_takes_the_last_of_options_that_are_repeated)
{
    assert_ok(read_line("logitd --jobs 2 --data a --jobs=3 --data b --no-auth "
                        "--no-auth=false"));
    ck_assert_uint_eq(config.n_jobs, 3);
    ck_assert_str_eq(config.data_directory, "b");
    ck_assert(!config.no_auth);
}
END_TEST

/* ---- what is refused ---- */

struct bad_case {
    const char *line, *variables;
    enum config_result result;
    const char *place, *message;
};

static const struct bad_case bad[] = {
    {"--jobz 2", "", CONFIG_BAD_USAGE, "--jobz", "did you mean --jobs?"},
    {"--port 80", "", CONFIG_BAD_USAGE, "--port", "did you mean --listen?"},
    {"--conf x", "", CONFIG_BAD_USAGE, "--conf", "did you mean --config?"},
    {"--xyzzy", "", CONFIG_BAD_USAGE, "--xyzzy", "see logitd --help"},
    {"--=1", "", CONFIG_BAD_USAGE, "--", "see logitd --help"},
    {"--jobs", "", CONFIG_BAD_USAGE, "--jobs", "wants a value: N"},
    {"--jobs=", "", CONFIG_BAD_USAGE, "--jobs", "whole number"},
    {"--jobs 0", "", CONFIG_BAD_USAGE, "--jobs", "from 1 to 64"},
    {"--threads 257", "", CONFIG_BAD_USAGE, "--threads", "from 1 to 256"},
    {"--memory 1M", "", CONFIG_BAD_USAGE, "--memory", "from 16 MiB"},
    {"--max-body 2G", "", CONFIG_BAD_USAGE, "--max-body", "to 1 GiB"},
    {"--max-upload x", "", CONFIG_BAD_USAGE, "--max-upload", "such as 256M"},
    {"--listen 8080", "", CONFIG_BAD_USAGE, "--listen", "HOST:PORT"},
    {"--log-level loud", "", CONFIG_BAD_USAGE, "--log-level", "debug, info, warning or"},
    {"--log-format xml", "", CONFIG_BAD_USAGE, "--log-format", "text or json"},
    {"--instructions sse", "", CONFIG_BAD_USAGE, "--instructions", "plain, avx2 or"},
    {"--no-auth=maybe", "", CONFIG_BAD_USAGE, "--no-auth", "true or false"},
    {"--data=", "", CONFIG_BAD_USAGE, "--data", "wants a name"},
    {"--invocations-model a/b", "", CONFIG_BAD_USAGE, "--invocations-model",
     "NAME/VERSION or NAME@ALIAS"},
    {"--invocations-model=", "", CONFIG_BAD_USAGE, "--invocations-model", "a name"},
    {"--help=1", "", CONFIG_BAD_USAGE, "--help", "takes no value"},
    {"--config", "", CONFIG_BAD_USAGE, "--config", "wants a value: FILE"},
    {"--config=", "", CONFIG_BAD_USAGE, "--config", "wants a value: FILE"},
    {"-j 2", "", CONFIG_BAD_USAGE, "-j", "begin with --"},
    {"serv", "", CONFIG_BAD_USAGE, "serv", "did you mean serve"},
    {"xyzzy", "", CONFIG_BAD_USAGE, "xyzzy", "see logitd --help"},
    {"check it", "", CONFIG_BAD_USAGE, "it", "check takes no arguments"},
    {"serve -- check", "", CONFIG_BAD_USAGE, "check", "serve takes no arguments"},
    {"", "LOGITD_JOBZ=2", CONFIG_BAD_SETTING, "LOGITD_JOBZ", "mean LOGITD_JOBS?"},
    {"", "LOGITD_PORT=80", CONFIG_BAD_SETTING, "LOGITD_PORT", "mean LOGITD_LISTEN?"},
    {"", "LOGITD_MAXBODY=80", CONFIG_BAD_SETTING, "LOGITD_MAXBODY", "LOGITD_MAX_BODY?"},
    {"", "LOGITD_data=x", CONFIG_BAD_SETTING, "LOGITD_data", "--help"},
    {"", "LOGITD_XYZZY=x", CONFIG_BAD_SETTING, "LOGITD_XYZZY", "see logitd --help"},
    {"", "LOGITD_HELP=1", CONFIG_BAD_SETTING, "LOGITD_HELP", "no setting"},
    {"", "LOGITD_JOBS=x", CONFIG_BAD_SETTING, "LOGITD_JOBS", "whole number"},
    {"--jobs 2", "LOGITD_JOBS=x", CONFIG_BAD_SETTING, "LOGITD_JOBS", "whole number"},
    {"", "LOGITD_CONFIG=/no/such", CONFIG_BAD_SETTING, "the config file", "no such file"},
    {"--config /no/such", "", CONFIG_BAD_SETTING, "the config file", "no such file"},
    {"--tls-cert c", "", CONFIG_BAD_SETTING, "--tls-cert", "needs --tls-key"},
    {"--tls-key k", "", CONFIG_BAD_SETTING, "--tls-key", "needs --tls-cert"},
    {"--listen 0.0.0.0:80", "", CONFIG_BAD_SETTING, "--listen", "--api-keys FILE"},
    {"--listen [::]:80", "", CONFIG_BAD_SETTING, "--listen", "--no-auth"},
    {"--listen 128.0.0.1:80", "", CONFIG_BAD_SETTING, "--listen", "no keys"},
    {"--listen example.org:80", "", CONFIG_BAD_SETTING, "--listen", "no keys"},
    {"", "LOGITD_LISTEN=10.1.2.3:80", CONFIG_BAD_SETTING, "--listen", "no keys"},
    {"", "AIP_HTTP_PORT=8080", CONFIG_BAD_SETTING, "--listen", "--no-auth"},
    {"", "AIP_HTTP_PORT=no", CONFIG_BAD_SETTING, "AIP_HTTP_PORT", "whole number"},
    {"--api-keys k --no-auth", "", CONFIG_BAD_SETTING, "--no-auth", "choose one"},
    {"--max-body 1G --memory 512M", "", CONFIG_BAD_SETTING, "--max-body", "--memory"},
};

START_TEST(config_refuses_what_is_wrong_and_says_what_to_do)
{
    char line[256];
    snprintf(line, sizeof(line), "logitd %s", bad[_i].line);
    ck_assert_int_eq(read_both(line, bad[_i].variables), bad[_i].result);
    ck_assert_str_eq(err.place, bad[_i].place);
    ck_assert_msg(strstr(err.message, bad[_i].message) != NULL, "%s", err.message);
    ck_assert_ptr_null(config.data_directory);
    ck_assert_ptr_null(config.arguments);
}
END_TEST

static const struct bad_case bad_files[] = {
    {"", "jobs = 2\njobz = 3", CONFIG_BAD_SETTING, "line 2", "did you mean jobs?"},
    {"", "\njobs = 0", CONFIG_BAD_SETTING, "line 2", "jobs wants a whole number"},
    {"", "jobs = 2\njobs = 3", CONFIG_BAD_SETTING, "line 2", "sets jobs once more"},
    {"", "jobs", CONFIG_BAD_SETTING, "line 1", "name = value"},
    {"", "config = x", CONFIG_BAD_SETTING, "line 1", "\"config\""},
    {"", "listen = 0.0.0.0:1", CONFIG_BAD_SETTING, "--listen", "no keys"},
};

START_TEST(config_refuses_a_file_by_its_line)
{
    struct tree tree;
    char line[128];
    tree_open(&tree);
    tree_write(&tree, "conf", bad_files[_i].variables);
    snprintf(line, sizeof(line), "logitd --config %s/conf", tree.root);
    enum config_result result = read_line(line);
    tree_close(&tree);
    ck_assert_int_eq(result, bad_files[_i].result);
    ck_assert_msg(strstr(err.place, bad_files[_i].place) != NULL, "%s", err.place);
    ck_assert_msg(strstr(err.message, bad_files[_i].message) != NULL, "%s", err.message);
}
END_TEST

/* ---- what is not refused ---- */

static const char *const access_lines[] = {
    "logitd --listen 127.9.9.9:0",
    "logitd --listen [::1]:0",
    "logitd --listen localhost:0",
    "logitd --listen 0.0.0.0:0 --no-auth",
    "logitd --listen example.org:0 --no-auth",
    "logitd --listen [::]:0 --api-keys k",
    "logitd check --listen 0.0.0.0:0",
    "logitd health --listen 0.0.0.0:80 --tls-cert c",
};

START_TEST(config_lets_others_in_only_where_that_is_said_aloud)
{
    assert_ok(read_line(access_lines[_i]));
}
END_TEST

START_TEST(config_takes_the_port_of_vertex_where_nothing_else_says_where)
{
    assert_ok(read_both("logitd --no-auth", "AIP_HTTP_PORT=7080"));
    ck_assert_str_eq(config.host, "0.0.0.0");
    ck_assert_uint_eq(config.port, 7080);
    config_free(&config);
    assert_ok(read_both("logitd", "AIP_HTTP_PORT=7080 LOGITD_LISTEN=127.0.0.1:9"));
    ck_assert_str_eq(config.host, "127.0.0.1");
    ck_assert_uint_eq(config.port, 9);
}
END_TEST

START_TEST(config_passes_over_what_kubernetes_puts_into_the_environment)
{
    assert_ok(read_both("logitd", "LOGITD_SERVICE_HOST=10.0.0.1 LOGITD_SERVICE_PORT=80 "
                                  "LOGITD_SERVICE_PORT_HTTP=80 "
                                  "LOGITD_PORT=tcp://10.0.0.1:80 "
                                  "LOGITD_PORT_80_TCP=tcp://10.0.0.1:80 "
                                  "LOGITD_PORT_80_TCP_PROTO=tcp"));
    ck_assert_uint_eq(config.port, 8080);
}
END_TEST

START_TEST(config_takes_an_empty_variable_for_none)
{
    assert_ok(read_both("logitd", "LOGITD_API_KEYS= LOGITD_JOBS= LOGITD_CONFIG= "
                                  "LOGITD_WHATEVER= LOGITDX=1 LOGIT=2"));
    ck_assert_ptr_null(config.api_keys);
    ck_assert_uint_eq(config.n_jobs, 1);
}
END_TEST

/* ---- commands ---- */

struct command_case {
    const char *line;
    enum config_command command;
    size_t n_arguments;
};

static const struct command_case commands[] = {
    {"logitd", CONFIG_SERVE, 0},
    {"logitd serve", CONFIG_SERVE, 0},
    {"logitd check --data d", CONFIG_CHECK, 0},
    {"logitd --data d rebuild", CONFIG_REBUILD, 0},
    {"logitd health", CONFIG_HEALTH, 0},
    {"logitd key ci predict train", CONFIG_KEY, 3},
    {"logitd key --log-level error ci --jobs=2 predict", CONFIG_KEY, 2},
    {"logitd key -- --ci predict", CONFIG_KEY, 2},
    {"logitd --help", CONFIG_HELP, 0},
    {"logitd -h", CONFIG_HELP, 0},
    {"logitd check --help", CONFIG_HELP, 0},
    {"logitd --help check", CONFIG_HELP, 0},
    {"logitd --version", CONFIG_VERSION, 0},
    {"logitd --version --help", CONFIG_HELP, 0},
    {"logitd --help --version", CONFIG_HELP, 0},
};

START_TEST(config_finds_the_command)
{
    assert_ok(read_line(commands[_i].line));
    ck_assert_int_eq(config.command, commands[_i].command);
    ck_assert_uint_eq(config.n_arguments, commands[_i].n_arguments);
}
END_TEST

START_TEST(config_answers_help_whatever_the_environment_says)
{
    assert_ok(read_both("logitd --help", "LOGITD_JOBS=x"));
    ck_assert_int_eq(config.command, CONFIG_HELP);
}
END_TEST

START_TEST(config_help_names_every_setting_and_its_default)
{
    struct buffer help = BUFFER_EMPTY;
    size_t n_settings;
    char option[64];
    config_write_help(&help);
    ck_assert_int_eq(buffer_check(&help, &err), 0);
    const struct setting *table = setting_table(&n_settings);
    for (size_t i = 0; i < n_settings; i++) {
        snprintf(option, sizeof(option), "\n  --%s ", table[i].name);
        const char *row = strstr(help.bytes, option);
        ck_assert_msg(row != NULL, "%s", option);
        const char *standard = table[i].standard ? table[i].standard : table[i].computed;
        const char *found = standard ? strstr(row, standard) : row;
        ck_assert_msg(found && found < strchr(row + 1, '\n'), "%s", option);
    }
    size_t longest = 0;
    for (const char *line = help.bytes; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        longest = n > longest ? n : longest;
        line += n + 1;
    }
    ck_assert_uint_le(longest, 80);
    buffer_free(&help);
}
END_TEST

START_TEST(config_survives_every_failing_allocation)
{
    for (long n = 0;; n++) {
        err = (struct error){0};
        memory_fail_after(n);
        enum config_result result = read_line("logitd --data d --api-keys k --tls-cert "
                                              "c --tls-key k");
        memory_fail_after(-1);
        if (result == CONFIG_OK) {
            ck_assert_int_gt(n, 5);
            return;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(config.data_directory);
    }
}
END_TEST

#define N_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

TCase *config_test(void)
{
    TCase *tcase = tcase_create("config");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, config_defaults_are_those_of_the_contract);
    tcase_add_test(tcase, config_has_every_setting_of_the_contract);
    tcase_add_loop_test(tcase, config_reads_each_setting_from_an_option, 0, N_OF(ways));
    tcase_add_loop_test(tcase, config_reads_each_setting_from_the_environment, 0,
                        N_OF(ways));
    tcase_add_loop_test(tcase, config_reads_each_setting_from_the_file, 0, N_OF(ways));
    tcase_add_test(tcase, config_options_beat_the_environment_which_beats_the_file);
    tcase_add_test(tcase, config_takes_the_last_of_options_that_are_repeated);
    tcase_add_loop_test(tcase, config_refuses_what_is_wrong_and_says_what_to_do, 0,
                        N_OF(bad));
    tcase_add_loop_test(tcase, config_refuses_a_file_by_its_line, 0, N_OF(bad_files));
    tcase_add_loop_test(tcase, config_lets_others_in_only_where_that_is_said_aloud, 0,
                        N_OF(access_lines));
    tcase_add_test(tcase, config_takes_the_port_of_vertex_where_nothing_else_says_where);
    tcase_add_test(tcase, config_passes_over_what_kubernetes_puts_into_the_environment);
    tcase_add_test(tcase, config_takes_an_empty_variable_for_none);
    tcase_add_loop_test(tcase, config_finds_the_command, 0, N_OF(commands));
    tcase_add_test(tcase, config_answers_help_whatever_the_environment_says);
    tcase_add_test(tcase, config_help_names_every_setting_and_its_default);
    tcase_add_test(tcase, config_survives_every_failing_allocation);
    return tcase;
}
