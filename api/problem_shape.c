#include "api/problem_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/utf8.h"

/* A message or place that was cut to its size may end inside a character. */
void problem_shape_write_text(struct json_writer *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_text(json, text, utf8_valid_prefix(text, strlen(text)));
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void write_row_and_column(struct json_writer *json, const char *place)
{
    char *end;
    json_write_member_integer(json, "row", (int64_t)strtoull(place + 4, &end, 10));
    if (starts_with(end, ", column "))
        problem_shape_write_text(json, "column", end + 9);
}

void problem_shape_write_place(struct json_writer *json, const char *place)
{
    if (place[0] == '/' || place[0] == '\0') /* "": the whole body */
        problem_shape_write_text(json, "pointer", place);
    else if (starts_with(place, "row "))
        write_row_and_column(json, place);
    else if (starts_with(place, "byte "))
        json_write_member_integer(json, "byte", (int64_t)strtoull(place + 5, NULL, 10));
    else if (starts_with(place, "query "))
        problem_shape_write_text(json, "parameter", place + 6);
    else if (starts_with(place, "header "))
        problem_shape_write_text(json, "header", place + 7);
    else
        problem_shape_write_text(json, "place", place);
}

static void write_entry(struct json_writer *json, const struct error *error)
{
    json_write_begin_object(json);
    problem_shape_write_place(json, error->place);
    json_write_member_string(json, "code", error_word(error->code));
    problem_shape_write_text(json, "detail", error->message);
    json_write_end_object(json);
}

static void write_problem(struct json_writer *json, const struct problem *problem,
                          const char *request_id)
{
    char type[128];
    snprintf(type, sizeof(type), "urn:logitd:problem:%s", problem->code);
    json_write_begin_object(json);
    json_write_member_string(json, "type", type);
    json_write_member_string(json, "title", problem->title);
    json_write_member_integer(json, "status", problem->status);
    json_write_member_string(json, "code", problem->code);
    problem_shape_write_text(json, "detail", problem->detail);
    json_write_member_string(json, "request_id", request_id);
    json_write_key(json, "errors");
    json_write_begin_array(json);
    for (size_t i = 0; i < problem->n_errors; i++)
        write_entry(json, &problem->errors[i]);
    json_write_end_array(json);
    json_write_end_object(json);
}

const struct problem_shape problem_shape_problem_json = {
    .content_type = "application/problem+json",
    .write = write_problem,
    .out_of_memory =
        "{\"type\":\"urn:logitd:problem:out_of_memory\",\"title\":\"not enough memory\","
        "\"status\":503,\"code\":\"out_of_memory\",\"detail\":\"not enough memory to "
        "answer; try again later\",\"request_id\":null,\"errors\":[]}"};
