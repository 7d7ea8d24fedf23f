#include "api/predict_query.h"

#include <stdio.h>
#include <string.h>

#include "api/predict_places.h"
#include "core/text/json_write.h"
#include "core/text/number.h"

/* Of several words with commas between. */
static void write_words(struct json_writer *json, const char *text)
{
    json_write_begin_array(json);
    for (;;) {
        size_t n = strcspn(text, ",");
        json_write_text(json, text, n);
        if (text[n] == '\0')
            break;
        text += n + 1;
    }
    json_write_end_array(json);
}

/* What is no number is told where a number is needed. */
static void write_value(struct json_writer *json, const char *name, const char *text)
{
    static const char *const numbers[] = {"threshold", "top_k", "confidence"};
    double value;
    bool is_number = false;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        is_number = is_number || strcmp(name, numbers[i]) == 0;
    if (strcmp(name, "output") == 0)
        write_words(json, text);
    else if (is_number && number_parse(text, strlen(text), &value))
        json_write_number(json, value);
    else
        json_write_string(json, text);
}

/* The same as an object: there is one reader of options. */
static int write_object(const struct request *request, struct buffer *out,
                        struct error *err)
{
    struct json_writer json = json_write_start(out);
    json_write_begin_object(&json);
    for (size_t i = 0; i < request->n_query; i++) {
        const struct request_pair *pair = &request->query[i];
        json_write_key(&json, pair->name);
        write_value(&json, pair->name, pair->value ? pair->value : "");
    }
    json_write_end_object(&json);
    return buffer_check(out, err);
}

int predict_query_read(const struct model *model, const struct request *request,
                       struct predict_options *options, struct problem_list *problems,
                       struct error *err)
{
    struct buffer object = BUFFER_EMPTY;
    struct predict_members members = {0};
    struct problem_list found = {0};
    int result = write_object(request, &object, err);
    if (result == 0)
        result =
            predict_options_find(object.bytes, object.n_bytes, &members, &found, err);
    if (result == 0)
        result = predict_options_read(model, &members, options, &found, err);
    predict_places_of_query(&found);
    problem_list_move(problems, &found);
    problem_list_free(&found);
    buffer_free(&object);
    return result;
}

void predict_query_refuse(const struct request *request, struct problem_list *problems)
{
    char place[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < request->n_query; i++) {
        snprintf(place, sizeof(place), "query %.100s", request->query[i].name);
        problem_report(problems, ERROR_INVALID, place,
                       "options stand in the body where that is JSON");
    }
}
