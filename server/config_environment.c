#include "server/config_environment.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "LOGITD_"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)
#define FILE_VARIABLE PREFIX "CONFIG="
#define NAME_BYTES 64

const char *config_environment_file(char *const *environment)
{
    size_t n = strlen(FILE_VARIABLE);
    for (; *environment; environment++)
        if (strncmp(*environment, FILE_VARIABLE, n) == 0 && (*environment)[n] != '\0')
            return *environment + n;
    return NULL;
}

/*
 * A pod that runs beside a Kubernetes service named logitd finds LOGITD_SERVICE_HOST,
 * LOGITD_SERVICE_PORT, LOGITD_PORT=tcp://… and LOGITD_PORT_8080_TCP… in its environment,
 * without anybody having asked for them. `name` is behind the prefix.
 */
static bool is_of_kubernetes(const char *name, const char *value)
{
    static const char *const starts[] = {"SERVICE_HOST", "SERVICE_PORT"};
    for (size_t i = 0; i < 2; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return true;
    if (strncmp(name, "PORT_", 5) == 0 && isdigit((unsigned char)name[5]))
        return true;
    return strncmp(name, "PORT=", 5) == 0 && strstr(value, "://") != NULL;
}

/* "MAX_BODY" → "max-body"; what is not written in capitals stays unlike any name. */
static void setting_name(const char *variable, size_t n, char name[NAME_BYTES])
{
    size_t i = 0;
    for (; i < n && i + 1 < NAME_BYTES; i++) {
        char letter = variable[i];
        if (letter == '_')
            name[i] = '-';
        else
            name[i] = isupper((unsigned char)letter) ? (char)tolower(letter) : '?';
    }
    name[i] = '\0';
}

static int refuse(const char *name, struct error *err)
{
    const struct setting *meant = setting_suggest(name);
    char variable[NAME_BYTES] = "";
    for (size_t i = 0; meant && meant->name[i] != '\0'; i++)
        variable[i] =
            meant->name[i] == '-' ? '_' : (char)toupper((unsigned char)meant->name[i]);
    if (meant)
        return error_set(err, ERROR_UNKNOWN_FIELD,
                         "no setting has this name; did you mean " PREFIX "%s?",
                         variable);
    return error_set(err, ERROR_UNKNOWN_FIELD,
                     "no setting has this name; see logitd --help");
}

static int read_variable(const char *variable, struct config *config, struct error *err)
{
    const char *rest = variable + PREFIX_BYTES;
    const char *equals = strchr(rest, '=');
    if (!equals || equals[1] == '\0' || is_of_kubernetes(rest, equals + 1) ||
        strncmp(variable, FILE_VARIABLE, strlen(FILE_VARIABLE)) == 0)
        return 0;
    char name[NAME_BYTES];
    setting_name(rest, (size_t)(equals - rest), name);
    const struct setting *setting = setting_find(name);
    int result =
        setting ? setting_assign(setting, config, equals + 1, err) : refuse(name, err);
    if (result != 0)
        error_place(err, "%.*s", (int)(equals - variable), variable);
    return result;
}

int config_environment_read(char *const *environment, struct config *config,
                            struct error *err)
{
    for (; *environment; environment++)
        if (strncmp(*environment, PREFIX, PREFIX_BYTES) == 0 &&
            read_variable(*environment, config, err) != 0)
            return -1;
    return 0;
}
