#include "api/row_filter.h"

#include "core/base/memory.h"

void row_filter_free(struct row_filter *filter)
{
    level_list_free(&filter->levels);
    *filter = (struct row_filter){0};
}

static int read_column(void *context, const json_t *value, const char *pointer,
                       struct problem_list *problems, struct error *err)
{
    struct row_filter *filter = context;
    (void)err;
    json_fields_string(value, pointer, problems, &filter->column);
    return 0;
}

static int read_level(void *context, const json_t *value, const char *pointer,
                      struct problem_list *problems, struct error *err)
{
    struct row_filter *filter = context;
    return level_list_read(&filter->levels, value, pointer, problems, err);
}

int row_filter_read(void *context, const json_t *value, const char *pointer,
                    struct problem_list *problems, struct error *err)
{
    static const struct json_field fields[] = {{"column", true, read_column},
                                               {"level", true, read_level}};
    return json_fields_read(value, pointer, fields, sizeof(fields) / sizeof(*fields),
                            context, problems, err);
}

static int check_levels(const struct row_filter *filter, const struct table *table,
                        size_t column, struct problem_list *problems, struct error *err)
{
    const struct level_list *levels = &filter->levels;
    char pointer[PROBLEM_POINTER_BYTES] = "/where/level";
    bool *is_known = memory_new(levels->n, sizeof(*is_known), err);
    int status =
        is_known ? row_levels_know(table, column, levels->texts, levels->n, is_known, err)
                 : -1;
    for (size_t i = 0; status == 0 && i < levels->n; i++) {
        if (is_known[i])
            continue;
        if (levels->n > 1)
            problem_pointer_at(pointer, "/where/level", i);
        problem_report(problems, ERROR_UNKNOWN_LEVEL, pointer,
                       "column %.100s does not have this level", filter->column);
    }
    memory_free(is_known);
    return status;
}

int row_filter_find(const struct row_filter *filter, const struct table *table,
                    struct row_levels *rows, struct problem_list *problems,
                    struct error *err)
{
    if (!filter->column)
        return 0;
    size_t column = summary_find(table_summary(table), filter->column);
    if (column == SIZE_MAX) {
        problem_report(problems, ERROR_UNKNOWN_COLUMN, "/where/column",
                       "the data has no column %.100s", filter->column);
        return 0;
    }
    if (check_levels(filter, table, column, problems, err) < 0)
        return -1;
    return row_levels_make(rows, table, column, filter->levels.texts, filter->levels.n,
                           err);
}
