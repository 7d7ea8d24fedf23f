#include "api/evaluation_result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void evaluation_result_free(struct evaluation_result *result)
{
    evaluate_free_result(&result->evaluation);
}

const char *evaluation_result_detail(enum error_code code)
{
    switch (code) {
    case ERROR_MISSING_VALUE:
        return "the value is missing; on_error \"row\" leaves such rows out";
    case ERROR_UNKNOWN_LEVEL:
        return "the model has not seen this level or class; on_error \"row\" leaves such "
               "rows out";
    case ERROR_BAD_WEIGHT:
        return "a weight is a number of 0 or more";
    case ERROR_BAD_COUNT:
        return "successes and trials are whole numbers of 0 or more, and no success is "
               "without a trial";
    default:
        return error_title(code);
    }
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
    char place[PROBLEM_POINTER_BYTES];
    result->n_cells[code]++;
    if (result->skips || is_dropped(result->model, column, code))
        return;
    if (result->problems->n >= PROBLEM_MAX) {
        result->problems->n++;
        return;
    }
    if (column)
        snprintf(place, sizeof(place), "row %" PRIu64 ", column %.60s", row + 1, column);
    else
        snprintf(place, sizeof(place), "row %" PRIu64, row + 1);
    problem_report(result->problems, code, place, "%s", evaluation_result_detail(code));
}

void evaluation_result_check(struct evaluation_result *result)
{
    if (result->problems->n == 0 && !(result->evaluation.sum_weights > 0))
        problem_report(result->problems, ERROR_NO_ROWS, "",
                       result->n_skipped == result->n_rows
                           ? "there is no row left to judge by"
                           : "no row has a weight above 0");
}
