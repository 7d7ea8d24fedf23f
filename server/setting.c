#include "server/setting.h"

#include <stdio.h>
#include <string.h>

#include "api/dialect/invocations_model.h"
#include "core/base/memory.h"
#include "server/setting_value.h"
#include "server/suggest.h"

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)
#define TIB (1ULL << 40)
#define AT(field) offsetof(struct config, field)

static const struct setting table[] = {
    {.name = "listen",
     .kind = SETTING_ADDRESS,
     .takes = "HOST:PORT",
     .standard = "127.0.0.1:8080",
     .help = "where to serve; port 0 picks a free one",
     .also = " address addr bind host port "},
    {.name = "data",
     .kind = SETTING_TEXT,
     .offset = AT(data_directory),
     .takes = "DIR",
     .standard = "./logitd-data",
     .help = "where everything durable lives",
     .also = " dir directory store path "},
    {.name = "api-keys",
     .kind = SETTING_TEXT,
     .offset = AT(api_keys),
     .takes = "FILE",
     .help = "hashed keys with scopes; see key above",
     .also = " key keys auth token tokens "},
    {.name = "no-auth",
     .kind = SETTING_SWITCH,
     .offset = AT(no_auth),
     .help = "serve everybody without keys"},
    {.name = "tls-cert",
     .kind = SETTING_TEXT,
     .offset = AT(tls_certificate),
     .takes = "FILE",
     .help = "serve HTTPS with this certificate chain (PEM)",
     .also = " cert certificate ssl-cert "},
    {.name = "tls-key",
     .kind = SETTING_TEXT,
     .offset = AT(tls_key),
     .takes = "FILE",
     .help = "its private key (PEM)",
     .also = " ssl-key private-key "},
    {.name = "jobs",
     .kind = SETTING_COUNT,
     .offset = AT(n_jobs),
     .least = 1,
     .most = 64,
     .takes = "N",
     .standard = "1",
     .help = "training jobs at a time",
     .also = " workers "},
    {.name = "threads",
     .kind = SETTING_COUNT,
     .offset = AT(n_threads),
     .least = 1,
     .most = 256,
     .takes = "N",
     .computed = "number of cores",
     .help = "threads of one fit",
     .also = " cores cpus procs "},
    {.name = "instructions",
     .kind = SETTING_INSTRUCTIONS,
     .offset = AT(instructions),
     .takes = "SET",
     .standard = "avx512",
     .help = "use none beyond plain, avx2 or avx512",
     .also = " isa simd avx "},
    {.name = "checkpoint-seconds",
     .kind = SETTING_COUNT,
     .offset = AT(checkpoint_seconds),
     .most = 86400,
     .takes = "N",
     .standard = "30",
     .help = "between checkpoints of a fit; 0: at each iteration",
     .also = " checkpoint checkpoints checkpoint-interval "},
    {.name = "max-queue",
     .kind = SETTING_COUNT,
     .offset = AT(n_queued_most),
     .least = 1,
     .most = 1000000,
     .takes = "N",
     .standard = "1000",
     .help = "jobs that may wait; beyond: 503",
     .also = " queue queue-size max-jobs "},
    {.name = "keep-jobs",
     .kind = SETTING_COUNT,
     .offset = AT(n_jobs_kept),
     .most = 1000000,
     .takes = "N",
     .standard = "10000",
     .help = "ended jobs that are remembered; 0: all",
     .also = " retention history "},
    {.name = "keep-days",
     .kind = SETTING_COUNT,
     .offset = AT(n_days_kept),
     .most = 36500,
     .takes = "N",
     .standard = "0",
     .help = "days that an ended job is remembered; 0: no limit",
     .also = " days ttl "},
    {.name = "memory",
     .kind = SETTING_SIZE,
     .offset = AT(memory_bytes),
     .least = 16 * MIB,
     .most = 1024 * TIB,
     .takes = "SIZE",
     .computed = "half of machine or cgroup",
     .help = "budget of requests and jobs",
     .also = " mem max-memory ram "},
    {.name = "max-body",
     .kind = SETTING_SIZE,
     .offset = AT(max_body_bytes),
     .least = KIB,
     .most = 1024 * MIB,
     .takes = "SIZE",
     .standard = "16 MiB",
     .help = "largest body of a request, uploads aside",
     .also = " body max-request "},
    {.name = "max-upload",
     .kind = SETTING_SIZE,
     .offset = AT(max_upload_bytes),
     .least = KIB,
     .most = 1024 * TIB,
     .takes = "SIZE",
     .standard = "16 GiB",
     .help = "largest upload of a dataset",
     .also = " upload "},
    {.name = "invocations-model",
     .kind = SETTING_MODEL,
     .offset = AT(invocations_model),
     .takes = "NAME",
     .help = "answers at /invocations; or NAME/VERSION, NAME@ALIAS",
     .also = " model default-model serve-model "},
    {.name = "log-level",
     .kind = SETTING_LEVEL,
     .offset = AT(log_level),
     .takes = "LEVEL",
     .standard = "info",
     .help = "debug, info, warning or error",
     .also = " level verbose verbosity loglevel "},
    {.name = "log-format",
     .kind = SETTING_FORMAT,
     .offset = AT(log_json),
     .takes = "FORMAT",
     .computed = "text on a terminal, else json",
     .help = "text or json",
     .also = " format logformat "},
};

#define N_SETTINGS (sizeof(table) / sizeof(*table))

const struct setting *setting_table(size_t *n_settings)
{
    *n_settings = N_SETTINGS;
    return table;
}

const struct setting *setting_find(const char *name)
{
    for (size_t i = 0; i < N_SETTINGS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const struct setting *setting_suggest(const char *name)
{
    char word[64];
    snprintf(word, sizeof(word), " %s ", name);
    const char *names[N_SETTINGS];
    for (size_t i = 0; i < N_SETTINGS; i++) {
        if (table[i].also && strstr(table[i].also, word))
            return &table[i];
        names[i] = table[i].name;
    }
    const char *nearest = suggest_word(name, names, N_SETTINGS);
    return nearest ? setting_find(nearest) : NULL;
}

static int assign_text(char **place, const char *text, struct error *err)
{
    if (text[0] == '\0')
        return error_set(err, ERROR_INVALID, "wants a name, not nothing");
    char *copy = memory_copy_string(text, err);
    if (!copy)
        return -1;
    memory_free(*place);
    *place = copy;
    return 0;
}

static int assign_model(char **place, const char *text, struct error *err)
{
    struct invocations_model model;
    return invocations_model_read(text, &model, err) < 0 ? -1
                                                         : assign_text(place, text, err);
}

static int assign_level(enum log_level *level, const char *text, struct error *err)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    size_t index;
    if (setting_value_word(text, words, 4, &index, err) != 0)
        return -1;
    *level = (enum log_level)index;
    return 0;
}

static int assign_instructions(enum instructions *most, const char *text,
                               struct error *err)
{
    static const char *const words[INSTRUCTIONS_N] = {"plain", "avx2", "avx512"};
    size_t index;
    if (setting_value_word(text, words, INSTRUCTIONS_N, &index, err) != 0)
        return -1;
    *most = (enum instructions)index;
    return 0;
}

static int assign_format(bool *json, const char *text, struct error *err)
{
    static const char *const words[] = {"text", "json"};
    size_t index;
    if (setting_value_word(text, words, 2, &index, err) != 0)
        return -1;
    *json = index == 1;
    return 0;
}

int setting_assign(const struct setting *setting, struct config *config, const char *text,
                   struct error *err)
{
    void *place = (char *)config + setting->offset;
    switch (setting->kind) {
    case SETTING_TEXT:
        return assign_text(place, text, err);
    case SETTING_ADDRESS:
        return setting_value_address(text, config->host, &config->port, err);
    case SETTING_COUNT:
        return setting_value_count(text, setting->least, setting->most, place, err);
    case SETTING_SIZE:
        return setting_value_size(text, setting->least, setting->most, place, err);
    case SETTING_SWITCH:
        return setting_value_switch(text, place, err);
    case SETTING_MODEL:
        return assign_model(place, text, err);
    case SETTING_LEVEL:
        return assign_level(place, text, err);
    case SETTING_INSTRUCTIONS:
        return assign_instructions(place, text, err);
    case SETTING_FORMAT:
        return assign_format(place, text, err);
    }
    return error_set(err, ERROR_INTERNAL, "setting %s has no kind", setting->name);
}
