#include "api/import_input_list.h"

#include <math.h>
#include <string.h>

#include "api/job_field.h"
#include "core/base/memory.h"
#include "core/data/table_writer.h"

void import_input_list_free(struct import_input_list *list)
{
    for (uint32_t i = 0; i < list->names.n; i++)
        memory_free(list->inputs[i].levels);
    memory_free(list->inputs);
    dictionary_free(&list->names);
}

static int make_room(struct import_input_list *list, struct error *err)
{
    if (list->names.n < list->capacity)
        return 0;
    size_t larger = list->capacity ? 2 * list->capacity : 8;
    struct input_declaration *moved =
        memory_resize(list->inputs, larger, sizeof(*moved), err);
    if (!moved)
        return -1;
    list->inputs = moved;
    list->capacity = larger;
    return 0;
}

static bool is_column_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return n > 0 && n <= TABLE_WRITER_MAX_NAME_BYTES;
}

int import_input_list_add(struct import_input_list *list, const char *name,
                          const char *pointer, struct problem_list *problems,
                          struct input_declaration **input, struct error *err)
{
    uint32_t n = list->names.n;
    *input = NULL;
    if (!is_column_name(name)) {
        problem_report(problems, ERROR_BAD_COLUMN_NAME, pointer,
                       "a name has 1 to %u bytes and no control characters",
                       TABLE_WRITER_MAX_NAME_BYTES);
        return 0;
    }
    if (make_room(list, err) < 0)
        return -1;
    uint32_t at = dictionary_add(&list->names, name, strlen(name), err);
    if (at == DICTIONARY_NONE)
        return -1;
    if (at < n) {
        problem_report(problems, ERROR_DUPLICATE_COLUMN, pointer,
                       "there is an input of this name already");
        return 0;
    }
    *input = &list->inputs[at];
    **input = (struct input_declaration){
        .name = name, .type = COLUMN_NUMERIC, .missing = MISSING_ERROR};
    return 0;
}

struct input_declaration *import_input_list_find(const struct import_input_list *list,
                                                 const char *name)
{
    uint32_t at = dictionary_find(&list->names, name, strlen(name));
    return at == DICTIONARY_NONE ? NULL : &list->inputs[at];
}

/* ---- levels ---- */

static int add_level(struct dictionary *texts, const json_t *value, const char *pointer,
                     struct problem_list *problems, struct error *err)
{
    char room[IMPORT_BODY_TEXT_BYTES];
    const char *text;
    size_t n_bytes;
    uint32_t n = texts->n;
    if (!import_body_text(value, room, &text, &n_bytes)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be a string, a number, true or false");
        return 0;
    }
    uint32_t at = dictionary_add(texts, text, n_bytes, err);
    if (at == DICTIONARY_NONE)
        return -1;
    if (at < n)
        problem_report(problems, ERROR_INVALID, pointer, "a level is there twice");
    return 0;
}

/* Of those that are told apart, in their order. */
static int copy_levels(struct input_declaration *input, const struct dictionary *texts,
                       struct error *err)
{
    struct levels_writer writer;
    if (levels_begin(&writer, texts->n, texts->n_text_bytes, err) < 0)
        return -1;
    for (uint32_t i = 0; i < texts->n; i++) {
        size_t n_bytes;
        const char *text = dictionary_text(texts, i, &n_bytes);
        levels_add(&writer, text, n_bytes, 0);
    }
    memory_free(input->levels);
    input->levels = writer.levels;
    input->n_levels = writer.n;
    return 0;
}

int import_input_list_levels(struct input_declaration *input, const json_t *levels,
                             const char *pointer, struct problem_list *problems,
                             struct error *err)
{
    char at[PROBLEM_POINTER_BYTES];
    struct dictionary texts = {0};
    int result = 0;
    input->type = COLUMN_CATEGORICAL;
    if (json_array_size(levels) == 0) {
        problem_report(problems, ERROR_INVALID, pointer, "must be an array of levels");
        return 0;
    }
    for (size_t i = 0; result == 0 && i < json_array_size(levels); i++) {
        problem_pointer_at(at, pointer, i);
        result = add_level(&texts, json_array_get(levels, i), at, problems, err);
    }
    if (result == 0)
        result = copy_levels(input, &texts, err);
    dictionary_free(&texts);
    return result;
}

/* ---- an input as a version tells it ---- */

struct reading {
    struct input_declaration *input;
    int64_t n_levels; /* as it says; 0: it does not */
    bool is_categorical;
};

static JOB_FIELD(read_type)
{
    static const char *const words[] = {"numeric", "categorical"};
    struct reading *reading = context;
    (void)err;
    reading->is_categorical = job_field_word(value, pointer, words, 2, problems) == 1;
    return 0;
}

static JOB_FIELD(read_levels)
{
    struct reading *reading = context;
    return import_input_list_levels(reading->input, value, pointer, problems, err);
}

static JOB_FIELD(read_n_levels)
{
    struct reading *reading = context;
    (void)err;
    json_fields_integer(value, pointer, 1, INPUT_MAX_LEVELS, problems,
                        &reading->n_levels);
    return 0;
}

static JOB_FIELD(read_reference)
{
    struct reading *reading = context;
    (void)err;
    json_fields_string(value, pointer, problems, &reading->input->reference);
    return 0;
}

static JOB_FIELD(read_missing)
{
    static const char *const words[] = {"error", "drop", "mean", "indicator", "level"};
    struct reading *reading = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        reading->input->missing = (enum missing_policy)i;
    return 0;
}

static JOB_FIELD(read_unseen)
{
    static const char *const words[] = {"error", "reference", "ignore", "other"};
    struct reading *reading = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        reading->input->unseen = (enum unseen_policy)(UNSEEN_ERROR + i);
    return 0;
}

static JOB_FIELD(read_fill)
{
    struct reading *reading = context;
    (void)err;
    json_fields_number(value, pointer, -INFINITY, false, problems, &reading->input->fill);
    return 0;
}

static JOB_FIELD(read_sparse)
{
    struct reading *reading = context;
    (void)err;
    json_fields_bool(value, pointer, problems, &reading->input->is_sparse);
    return 0;
}

/* What a version tells of its rare levels. */
static JOB_FIELD(read_pooled)
{
    struct reading *reading = context;
    (void)err;
    if (!json_is_object(value))
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");
    reading->input->has_other = json_is_object(value);
    reading->input->n_pooled =
        (uint64_t)json_integer_value(json_object_get(value, "n_levels"));
    return 0;
}

static JOB_FIELD(skip)
{
    (void)context, (void)value, (void)pointer, (void)problems, (void)err;
    return 0;
}

static void check(const struct reading *reading, const char *pointer,
                  struct problem_list *problems)
{
    const struct input_declaration *input = reading->input;
    char at[PROBLEM_POINTER_BYTES];
    problem_pointer(at, pointer, "levels");
    if (reading->is_categorical && input->n_levels == 0)
        problem_report(problems, ERROR_MISSING_FIELD, at, "levels is missing");
    else if (!reading->is_categorical && input->n_levels > 0)
        problem_report(problems, ERROR_INVALID, at, "a number has no levels");
    else if (reading->n_levels > 0 && (uint64_t)reading->n_levels != input->n_levels)
        problem_report(problems, ERROR_INVALID, at,
                       "not all levels are listed; ask for the version with "
                       "include=inputs");
}

int import_input_list_add_object(struct import_input_list *list, const json_t *object,
                                 const char *pointer, struct problem_list *problems,
                                 struct error *err)
{
    static const struct json_field fields[] = {
        {"name", true, skip},
        {"type", true, read_type},
        {"levels", false, read_levels},
        {"n_levels", false, read_n_levels},
        {"reference", false, read_reference},
        {"unseen", false, read_unseen},
        {"pooled", false, read_pooled},
        {"missing", false, read_missing},
        {"fill", false, read_fill},
        {"sparse", false, read_sparse},
    };
    char at[PROBLEM_POINTER_BYTES];
    struct reading reading = {0};
    const json_t *name = json_object_get(object, "name");
    struct input_declaration unnamed = {0};
    if (json_is_string(name) &&
        import_input_list_add(list, json_string_value(name),
                              problem_pointer(at, pointer, "name"), problems,
                              &reading.input, err) < 0)
        return -1;
    if (name && !json_is_string(name))
        problem_report(problems, ERROR_INVALID_TYPE, problem_pointer(at, pointer, "name"),
                       "must be a string");
    if (!reading.input)
        reading.input = &unnamed; /* what else is wrong is told all the same */
    int result = json_fields_read(object, pointer, fields, JOB_FIELD_COUNT(fields),
                                  &reading, problems, err);
    if (result == 0)
        check(&reading, pointer, problems);
    memory_free(unnamed.levels);
    return result;
}
