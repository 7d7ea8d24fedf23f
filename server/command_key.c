#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/checksum.h"
#include "core/text/json_write.h"
#include "server/keys.h"
#include "server/keys_file.h"

static int check_arguments(const struct config *config, struct error *err)
{
    if (config->n_arguments < 2)
        return error_set(err, ERROR_MISSING_FIELD,
                         "wants a name and at least one scope: logitd key NAME SCOPE...");
    if (!keys_file_is_name(config->arguments[0]))
        return error_set(err, ERROR_INVALID,
                         "a name is a letter or digit and up to 127 letters, digits, "
                         "'.', '_' or '-'");
    for (size_t i = 1; i < config->n_arguments; i++)
        if (keys_file_scope(config->arguments[i]) == 0)
            return error_set(err, ERROR_INVALID, "a scope is predict, train or admin");
    return 0;
}

static void write_entry(struct buffer *out, const struct config *config,
                        const char *sha256)
{
    struct json_writer json = json_write_start(out);
    json_write_begin_object(&json);
    json_write_member_string(&json, "name", config->arguments[0]);
    json_write_member_string(&json, "sha256", sha256);
    json_write_key(&json, "scopes");
    json_write_begin_array(&json);
    for (size_t i = 1; i < config->n_arguments; i++)
        json_write_string(&json, config->arguments[i]);
    json_write_end_array(&json);
    json_write_end_object(&json);
}

static int print_key(const struct config *config, struct error *err)
{
    char text[KEYS_TEXT_BYTES];
    char sha256[CHECKSUM_HEX_BYTES];
    struct buffer entry = BUFFER_EMPTY;
    int result = keys_make(text, sha256, err);
    if (result == 0) {
        write_entry(&entry, config, sha256);
        result = buffer_check(&entry, err);
    }
    if (result == 0) {
        printf("%s\n%s\n", text, entry.bytes);
        fputs(
            "The key comes first; it is shown this once. Put its entry into the file of\n"
            "--api-keys, {\"keys\":[ENTRY, ...]}, and send SIGHUP to a running daemon.\n",
            stderr);
    }
    explicit_bzero(text, sizeof(text));
    buffer_free(&entry);
    return result;
}

enum exit_code command_key(const struct config *config)
{
    struct error err = {0};
    if (check_arguments(config, &err) != 0) {
        error_place(&err, "key");
        command_complain(&err);
        return EXIT_CODE_USAGE;
    }
    if (print_key(config, &err) == 0)
        return EXIT_CODE_OK;
    command_complain(&err);
    return EXIT_CODE_BUG;
}
