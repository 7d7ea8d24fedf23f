#include "api/model_json_schema.h"

#include "api/model_terms.h"

static const char *missing_word(enum missing_policy policy)
{
    static const char *const words[] = {"error", "drop", "mean", "indicator", "level"};
    return words[policy];
}

static const char *unseen_word(enum unseen_policy policy)
{
    static const char *const words[] = {"error", "error", "reference", "ignore", "other"};
    return words[policy];
}

/* What rare levels became. */
static void write_pooled(struct json_writer *json, const struct input *input)
{
    if (input->other == SIZE_MAX)
        return;
    const struct level *other = &input->levels[input->other];
    json_write_key(json, "pooled");
    json_write_begin_object(json);
    json_write_member_string(json, "level", other->text);
    json_write_member_integer(json, "n_levels", (int64_t)input->n_pooled);
    json_write_member_integer(json, "n_rows", (int64_t)other->n_rows);
    json_write_end_object(json);
}

static void write_levels(struct json_writer *json, const struct input *input, bool all)
{
    const struct level *reference = &input->levels[input->reference];
    json_write_key(json, "levels");
    json_write_begin_array(json);
    for (size_t l = 0; l < input->n_levels && (all || l < MODEL_TERMS_LEVELS); l++)
        json_write_text(json, input->levels[l].text, input->levels[l].n_bytes);
    json_write_end_array(json);
    json_write_member_integer(json, "n_levels", (int64_t)input->n_levels);
    json_write_key(json, "reference");
    json_write_text(json, reference->text, reference->n_bytes);
    json_write_member_string(json, "unseen", unseen_word(input->unseen));
    write_pooled(json, input);
}

static void write_input(struct json_writer *json, const struct input *input, bool all)
{
    json_write_begin_object(json);
    json_write_member_string(json, "name", input->name);
    json_write_member_string(
        json, "type", input->type == COLUMN_CATEGORICAL ? "categorical" : "numeric");
    if (input->type == COLUMN_CATEGORICAL)
        write_levels(json, input, all);
    json_write_member_string(json, "missing", missing_word(input->missing));
    if (input_is_filled(input))
        json_write_member_number(json, "fill", input->fill);
    if (input->is_sparse)
        json_write_member_bool(json, "sparse", true);
    json_write_end_object(json);
}

void model_json_schema_write(struct json_writer *json, const struct encoding *encoding,
                             bool all)
{
    size_t n = encoding->n_inputs;
    json_write_key(json, "schema");
    json_write_begin_object(json);
    json_write_key(json, "inputs");
    json_write_begin_array(json);
    for (size_t i = 0; i < n && (all || i < MODEL_TERMS_INPUTS); i++)
        write_input(json, &encoding->inputs[i], all);
    json_write_end_array(json);
    json_write_member_integer(json, "n_inputs", (int64_t)n);
    json_write_end_object(json);
}
