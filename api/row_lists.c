#include "api/row_lists.h"

#include "api/body_cut.h"

int row_lists_cut(struct row_lists *lists, const char *body, size_t n_bytes,
                  struct buffer *rest, struct problem_list *problems, struct error *err)
{
    struct body_cut_member cut[] = {
        {.name = "rows"}, {.name = "columns"}, {.name = "instances"}, {.name = "labels"}};
    static const enum predict_member which[] = {
        PREDICT_MEMBER_ROWS, PREDICT_MEMBER_COLUMNS, PREDICT_MEMBER_INSTANCES};
    if (json_scan_check(body, n_bytes, err) < 0)
        return -1;
    struct json_scan scan = json_scan_start(body, n_bytes);
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT) {
        problem_report(problems, ERROR_INVALID_TYPE, "", "an object is needed");
        return 0;
    }
    lists->members.is_object = true;
    if (body_cut(body, n_bytes, cut, 4, rest, err) < 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        lists->members.has[which[i]] = cut[i].has;
        lists->members.at[which[i]] = cut[i].at;
    }
    lists->has_labels = cut[3].has;
    lists->labels = cut[3].at;
    return 0;
}
