#include "server/config_vertex.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "server/setting_value.h"

/* NULL: it is not there, or empty. */
static const char *value_of(char *const *environment, const char *name)
{
    size_t n = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=' &&
            (*environment)[n + 1] != '\0')
            return *environment + n + 1;
    return NULL;
}

static int read_port(char *const *environment, struct config *config, struct error *err)
{
    const char *text = value_of(environment, "AIP_HTTP_PORT");
    size_t port;
    if (!text)
        return 0;
    if (setting_value_count(text, 1, 65535, &port, err) < 0) {
        error_place(err, "AIP_HTTP_PORT");
        return -1;
    }
    snprintf(config->host, sizeof(config->host), "0.0.0.0");
    config->port = (uint16_t)port;
    return 0;
}

static int read_route(char *const *environment, const char *name, char **route,
                      struct error *err)
{
    const char *text = value_of(environment, name);
    if (!text)
        return 0;
    if (text[0] != '/' || strpbrk(text, "?# ")) {
        error_set(err, ERROR_INVALID, "wants a path that begins with / and has no query");
        error_place(err, "%s", name);
        return -1;
    }
    *route = memory_copy_string(text, err);
    return *route ? 0 : -1;
}

int config_vertex_read(char *const *environment, struct config *config, struct error *err)
{
    if (read_port(environment, config, err) < 0 ||
        read_route(environment, "AIP_PREDICT_ROUTE", &config->vertex_predict, err) < 0)
        return -1;
    return read_route(environment, "AIP_HEALTH_ROUTE", &config->vertex_health, err);
}
