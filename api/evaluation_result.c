#include "api/evaluation_result.h"

#include <string.h>

#include "api/dataset_open.h"

void evaluation_result_free(struct evaluation_result *result)
{
    evaluate_free_result(&result->evaluation);
}

/* The fit left such rows out, too. */
static bool is_dropped(const struct model *model, const char *column,
                       enum error_code code)
{
    size_t input = column && code == ERROR_MISSING_VALUE
                       ? encoding_find_input(model->encoding, column, strlen(column))
                       : SIZE_MAX;
    return input != SIZE_MAX && model->encoding->inputs[input].missing == MISSING_DROP;
}

void evaluation_result_tell(void *context, uint64_t row, const char *column,
                            enum error_code code)
{
    struct evaluation_result *result = context;
    result->n_cells[code]++;
    if (!result->skips && !is_dropped(result->model, column, code))
        dataset_open_refuse(row, column, code, result->problems);
}

void evaluation_result_check(struct evaluation_result *result)
{
    if (result->problems->n == 0 && !(result->evaluation.sum_weights > 0))
        problem_report(result->problems, ERROR_NO_ROWS, "",
                       result->n_skipped == result->n_rows
                           ? "there is no row left to judge by"
                           : "no row has a weight above 0");
}
