#include "api/dataset_open.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/predict_detail.h"

int dataset_open_named(struct store *store, const char *id, struct dataset_table *opened,
                       struct problem_list *problems, struct error *err)
{
    const struct store_record *stored = store_find(store, STORE_DATASET, id);
    struct error why = {0};
    if (!stored) {
        problem_report(problems, ERROR_NOT_FOUND, "/dataset", "there is no such dataset");
        return 0;
    }
    int result = dataset_table_open(store, stored, opened, &why);
    store_release(stored);
    if (result == 0)
        return 0;
    if (why.code != ERROR_CORRUPT)
        return error_copy(err, &why);
    problem_report(problems, ERROR_INVALID, "/dataset",
                   "the dataset was found damaged and cannot be read; upload it again");
    return 0;
}

void dataset_open_check_inputs(const struct model *model, const struct summary *summary,
                               struct problem_list *problems)
{
    struct dictionary names = {0};
    if (summary_index(summary, &names, NULL) == 0)
        for (size_t i = 0; i < model->encoding->n_inputs; i++) {
            const struct input *input = &model->encoding->inputs[i];
            if (!input->is_sparse &&
                dictionary_find(&names, input->name, strlen(input->name)) ==
                    DICTIONARY_NONE)
                problem_report(problems, ERROR_UNKNOWN_COLUMN, "/dataset",
                               "the data has no column %.100s, which the model needs",
                               input->name);
        }
    dictionary_free(&names); /* without memory the reader of cells tells the first */
}

const char *dataset_open_detail(enum error_code code)
{
    switch (code) {
    case ERROR_MISSING_VALUE:
    case ERROR_NON_FINITE:
        return predict_detail(code, SIZE_MAX);
    case ERROR_UNKNOWN_LEVEL:
        return "the model has not seen this level or class";
    case ERROR_BAD_WEIGHT:
        return "a weight is a number of 0 or more";
    case ERROR_BAD_COUNT:
        return "successes and trials are whole numbers of 0 or more, and no success is "
               "without a trial";
    default:
        return error_title(code);
    }
}

void dataset_open_refuse(uint64_t row, const char *column, enum error_code code,
                         struct problem_list *problems)
{
    char place[PROBLEM_POINTER_BYTES];
    if (problems->n >= PROBLEM_MAX) {
        problems->n++;
        return;
    }
    if (column)
        snprintf(place, sizeof(place), "row %" PRIu64 ", column %.60s", row + 1, column);
    else
        snprintf(place, sizeof(place), "row %" PRIu64, row + 1);
    problem_report(problems, code, place, "%s; on_error \"row\" goes on with the others",
                   dataset_open_detail(code));
}

int dataset_open_tell(const struct error *why, struct problem_list *problems,
                      struct error *err)
{
    struct error placed = *why;
    if (error_kind(why->code) != ERROR_KIND_INPUT)
        return error_copy(err, why);
    snprintf(placed.place, sizeof(placed.place), "/dataset");
    problem_add(problems, &placed);
    return 0;
}
