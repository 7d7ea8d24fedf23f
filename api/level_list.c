#include "api/level_list.h"

#include "core/base/memory.h"
#include "core/text/number.h"

#define TEXT_BYTES (NUMBER_TEXT_BYTES + 1)

static void add_number(struct level_list *list, const json_t *value)
{
    char *text = list->numbers + list->n * TEXT_BYTES;
    size_t n = json_is_integer(value)
                   ? number_write_integer(json_integer_value(value), text)
                   : number_write(json_real_value(value), text);
    text[n] = '\0';
    list->texts[list->n++] = text;
}

static void add(struct level_list *list, const json_t *value, const char *pointer,
                struct problem_list *problems)
{
    if (json_is_string(value))
        list->texts[list->n++] = json_string_value(value);
    else if (json_is_number(value))
        add_number(list, value);
    else
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be a level, as a string or a number");
}

int level_list_read(struct level_list *list, const json_t *value, const char *pointer,
                    struct problem_list *problems, struct error *err)
{
    bool is_array = json_is_array(value);
    size_t n = is_array ? json_array_size(value) : 1;
    char at[PROBLEM_POINTER_BYTES];
    if (n == 0 || n > LEVEL_LIST_MOST) {
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "must be a level or an array of 1 to %u levels", LEVEL_LIST_MOST);
        return 0;
    }
    list->texts = memory_new(n, sizeof(*list->texts), err);
    list->numbers = memory_new(n, TEXT_BYTES, err);
    if (!list->texts || !list->numbers) {
        level_list_free(list);
        return -1;
    }
    if (!is_array)
        add(list, value, pointer, problems);
    for (size_t i = 0; is_array && i < n; i++)
        add(list, json_array_get(value, i), problem_pointer_at(at, pointer, i), problems);
    return 0;
}

void level_list_free(struct level_list *list)
{
    memory_free(list->texts);
    memory_free(list->numbers);
    *list = (struct level_list){0};
}
