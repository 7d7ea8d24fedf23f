/* Any text as the value of any setting: what is accepted is in its range, what is refused
 * changes nothing, and a size written exactly reads back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "server/setting.h"
#include "server/setting_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_size(size_t size)
{
    char text[32];
    size_t again;
    setting_value_size_text(size, text);
    check(setting_value_size(text, size, size, &again, NULL) == 0 && again == size);
}

static void check_accepted(const struct setting *setting, const struct config *config)
{
    const size_t *number = (const void *)((const char *)config + setting->offset);
    if (setting->kind == SETTING_COUNT || setting->kind == SETTING_SIZE)
        check(*number >= setting->least && *number <= setting->most);
    if (setting->kind == SETTING_SIZE)
        check_size(*number);
    if (setting->kind == SETTING_ADDRESS)
        check(strlen(config->host) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    size_t n_settings;
    const struct setting *table = setting_table(&n_settings);
    char *text = memory_copy_text((const char *)bytes, n, NULL);
    for (size_t i = 0; i < n_settings; i++) {
        struct config config = {0};
        const struct config untouched = {0};
        struct error err = {0};
        if (setting_assign(&table[i], &config, text, &err) == 0)
            check_accepted(&table[i], &config);
        else
            check(error_is_set(&err) && memcmp(&config, &untouched, sizeof(config)) == 0);
        config_free(&config);
    }
    (void)setting_suggest(text);
    memory_free(text);
    return 0;
}
