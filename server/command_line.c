#include "server/command_line.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "server/suggest.h"

struct command {
    const char *word;
    enum config_command command;
    bool takes_arguments;
};

static const struct command commands[] = {
    {"serve", CONFIG_SERVE, false},     {"check", CONFIG_CHECK, false},
    {"rebuild", CONFIG_REBUILD, false}, {"health", CONFIG_HEALTH, false},
    {"key", CONFIG_KEY, true},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

/* Options that are no settings. */
enum other { OTHER_NONE, OTHER_CONFIG, OTHER_HELP, OTHER_VERSION };

static enum other other_option(const char *name)
{
    if (strcmp(name, "config") == 0)
        return OTHER_CONFIG;
    if (strcmp(name, "help") == 0)
        return OTHER_HELP;
    return strcmp(name, "version") == 0 ? OTHER_VERSION : OTHER_NONE;
}

/* ---- one option ---- */

/* An option as it stands in argv. */
struct option {
    char name[64];
    const char *value; /* behind '=' or the next argument; NULL: none */
    bool is_joined;    /* the value is behind '=' */
};

static struct option option_at(int argc, char **argv, int at)
{
    struct option option = {.value = at + 1 < argc ? argv[at + 1] : NULL};
    const char *text = argv[at] + 2;
    const char *equals = strchr(text, '=');
    if (equals) {
        option.value = equals + 1;
        option.is_joined = true;
    }
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    snprintf(option.name, sizeof(option.name), "%.*s", n < 64 ? (int)n : 63, text);
    return option;
}

static int refuse_unknown(const char *name, struct error *err)
{
    static const char *const others[] = {"config", "help", "version"};
    const struct setting *setting = setting_suggest(name);
    const char *meant = setting ? setting->name : suggest_word(name, others, 3);
    if (meant)
        return error_set(err, ERROR_UNKNOWN_FIELD,
                         "no option has this name; did you mean --%s?", meant);
    return error_set(err, ERROR_UNKNOWN_FIELD,
                     "no option has this name; see logitd --help");
}

/* --help and --version win over all else that the line says. */
static int read_other(struct command_line *line, enum other other,
                      const struct option *option, bool *takes_next, struct error *err)
{
    if (other == OTHER_CONFIG) {
        if (!option->value || option->value[0] == '\0')
            return error_set(err, ERROR_MISSING_FIELD, "wants a value: FILE");
        line->config_file = option->value;
        *takes_next = !option->is_joined;
        return 0;
    }
    if (option->is_joined)
        return error_set(err, ERROR_INVALID, "takes no value");
    if (line->command != CONFIG_HELP)
        line->command = other == OTHER_HELP ? CONFIG_HELP : CONFIG_VERSION;
    return 0;
}

static int read_setting(struct command_line *line, const struct option *option,
                        bool *takes_next, struct error *err)
{
    const struct setting *setting = setting_find(option->name);
    if (!setting)
        return refuse_unknown(option->name, err);
    const char *value = option->value;
    if (setting->kind == SETTING_SWITCH)
        value = option->is_joined ? option->value : "true";
    else
        *takes_next = !option->is_joined;
    if (!value)
        return error_set(err, ERROR_MISSING_FIELD, "wants a value: %s", setting->takes);
    line->options[line->n_options++] = (struct command_line_option){setting, value};
    return 0;
}

static int read_option(struct command_line *line, int argc, char **argv, int *at,
                       struct error *err)
{
    struct option option = option_at(argc, argv, *at);
    enum other other = other_option(option.name);
    bool takes_next = false;
    int result = other != OTHER_NONE ? read_other(line, other, &option, &takes_next, err)
                                     : read_setting(line, &option, &takes_next, err);
    if (result != 0)
        error_place(err, "--%s", option.name);
    *at += takes_next;
    return result;
}

/* ---- commands and their arguments ---- */

static int refuse_command(const char *word, struct error *err)
{
    const char *words[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++)
        words[i] = commands[i].word;
    const char *meant = suggest_word(word, words, N_COMMANDS);
    error_set(err, ERROR_UNKNOWN_FIELD, "there is no such command; %s%s",
              meant ? "did you mean " : "see logitd --help", meant ? meant : "");
    error_place(err, "%.40s", word);
    return -1;
}

static int read_command(struct command_line *line, const struct command **command,
                        const char *word, struct error *err)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].word, word) == 0) {
            *command = &commands[i];
            if (line->command == CONFIG_SERVE) /* else --help or --version came first */
                line->command = commands[i].command;
            return 0;
        }
    return refuse_command(word, err);
}

static int read_word(struct command_line *line, const struct command **command,
                     char *word, struct error *err)
{
    if (!*command)
        return read_command(line, command, word, err);
    if ((*command)->takes_arguments) {
        line->arguments[line->n_arguments++] = word;
        return 0;
    }
    error_set(err, ERROR_INVALID, "the command %s takes no arguments", (*command)->word);
    error_place(err, "%.40s", word);
    return -1;
}

/* ---- all of it ---- */

static int read_all(struct command_line *line, int argc, char **argv, struct error *err)
{
    const struct command *command = NULL;
    bool options_ended = false;
    for (int at = 1; at < argc; at++) {
        char *word = argv[at];
        int result = 0;
        if (options_ended || word[0] != '-')
            result = read_word(line, &command, word, err);
        else if (strcmp(word, "--") == 0)
            options_ended = true;
        else if (strcmp(word, "-h") == 0)
            line->command = CONFIG_HELP;
        else if (word[1] == '-')
            result = read_option(line, argc, argv, &at, err);
        else
            result =
                error_set(err, ERROR_INVALID, "options begin with --; see logitd --help");
        if (result != 0) {
            error_place(err, "%.40s", word);
            return -1;
        }
    }
    return 0;
}

int command_line_read(struct command_line *line, int argc, char **argv, struct error *err)
{
    size_t most = argc > 0 ? (size_t)argc : 1;
    line->options = memory_new(most, sizeof(*line->options), err);
    line->arguments = memory_new(most, sizeof(*line->arguments), err);
    if (line->options && line->arguments && read_all(line, argc, argv, err) == 0)
        return 0;
    command_line_free(line);
    return -1;
}

void command_line_free(struct command_line *line)
{
    memory_free(line->options);
    memory_free(line->arguments);
    *line = (struct command_line){0};
}
