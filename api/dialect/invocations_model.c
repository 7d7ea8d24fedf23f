#include "api/dialect/invocations_model.h"

#include <stdio.h>
#include <string.h>

static int refuse(struct error *err)
{
    return error_set(err, ERROR_INVALID,
                     "wants a model: NAME, NAME/VERSION or NAME@ALIAS");
}

static bool which_is_valid(const struct invocations_model *model)
{
    switch (model->by) {
    case MODEL_PATH_BY_VERSION:
        return registry_parse_version(model->which) > 0;
    case MODEL_PATH_BY_ALIAS:
        return registry_name_is_valid(model->which);
    case MODEL_PATH_BY_MODEL:
        break;
    }
    return true;
}

int invocations_model_read(const char *text, struct invocations_model *model,
                           struct error *err)
{
    struct invocations_model read = {.by = MODEL_PATH_BY_MODEL};
    if (!text || !*text) {
        *model = read;
        return 0;
    }
    size_t n = strcspn(text, "/@");
    const char *which = text[n] ? text + n + 1 : "";
    if (n >= sizeof(read.name) || strlen(which) >= sizeof(read.which))
        return refuse(err);
    snprintf(read.name, sizeof(read.name), "%.*s", (int)n, text);
    snprintf(read.which, sizeof(read.which), "%s", which);
    if (text[n])
        read.by = text[n] == '/' ? MODEL_PATH_BY_VERSION : MODEL_PATH_BY_ALIAS;
    if (!registry_name_is_valid(read.name) || !which_is_valid(&read))
        return refuse(err);
    *model = read;
    return 0;
}
