#include "core/text/json_scan.h"

#include "core/text/json_cut.h"

#define TRY_BYTES 64

static int pass_bracket(struct json_scan *scan, struct error *err)
{
    struct json_text text;
    char c = scan->text[scan->at];
    if (c == '"')
        return json_scan_string(scan, &text, err);
    if ((c | 0x20) == '{')
        return c == '{' ? json_scan_enter_object(scan, err)
                        : json_scan_enter_array(scan, err);
    scan->at++;
    scan->depth--;
    return 0;
}

int json_scan_pass(struct json_scan *scan, struct error *err)
{
    int floor = scan->depth;
    enum json_kind kind = json_scan_peek(scan);
    if (kind != JSON_KIND_OBJECT && kind != JSON_KIND_ARRAY)
        return json_scan_skip(scan, err);
    size_t try_at = scan->at + 1; /* many at once, but not again where that failed */
    do {
        if (scan->at >= try_at) {
            scan->at += json_cut_pass(scan->text + scan->at, scan->n_bytes - scan->at,
                                      &scan->depth, floor, JSON_SCAN_MAX_DEPTH);
            try_at = scan->at + TRY_BYTES;
        }
        scan->at += json_cut_bracket(scan->text + scan->at, scan->n_bytes - scan->at);
        if (scan->at == scan->n_bytes) {
            error_set(err, ERROR_BAD_JSON,
                      "the text ends too early: a closing bracket is needed");
            error_place(err, "byte %zu", scan->offset + scan->at);
            return -1;
        }
        if (pass_bracket(scan, err) < 0)
            return -1;
    } while (scan->depth > floor);
    scan->is_first = false;
    return 0;
}
