#include "api/openapi.h"

#include <string.h>

#include <yaml.h>

#include "core/text/json_write.h"
#include "core/text/number.h"

/* ---- scalars: YAML 1.2.2, section 10.3.2 ---- */

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    return is_one_of(text, words, sizeof(words) / sizeof(*words));
}

static bool is_true(const char *text)
{
    static const char *const words[] = {"true", "True", "TRUE"};
    return is_one_of(text, words, sizeof(words) / sizeof(*words));
}

static bool is_false(const char *text)
{
    static const char *const words[] = {"false", "False", "FALSE"};
    return is_one_of(text, words, sizeof(words) / sizeof(*words));
}

static void write_plain(struct json_writer *json, const char *text, size_t n)
{
    int64_t integer;
    double number;
    if (is_null(text))
        json_write_null(json);
    else if (is_true(text) || is_false(text))
        json_write_bool(json, is_true(text));
    else if (number_parse_integer(text, n, INT64_MIN, INT64_MAX, &integer))
        json_write_integer(json, integer);
    else if (number_parse(text, n, &number))
        json_write_number(json, number);
    else
        json_write_text(json, text, n);
}

/* ---- the tree ---- */

struct tree {
    yaml_document_t *document;
    struct json_writer *json;
};

static void write_node(const struct tree *tree, int index);

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static void write_scalar(const struct tree *tree, const yaml_node_t *node)
{
    size_t n = node->data.scalar.length;
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        write_plain(tree->json, text_of(node), n);
    else
        json_write_text(tree->json, text_of(node), n);
}

static void write_sequence(const struct tree *tree, const yaml_node_t *node)
{
    const yaml_node_item_t *item = node->data.sequence.items.start;
    json_write_begin_array(tree->json);
    for (; item < node->data.sequence.items.top; item++)
        write_node(tree, *item);
    json_write_end_array(tree->json);
}

/* A key that is no scalar has no counterpart in JSON. */
static void write_mapping(const struct tree *tree, const yaml_node_t *node)
{
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    json_write_begin_object(tree->json);
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(tree->document, pair->key);
        bool is_scalar = key->type == YAML_SCALAR_NODE;
        json_write_key(tree->json, is_scalar ? text_of(key) : "");
        write_node(tree, pair->value);
    }
    json_write_end_object(tree->json);
}

static void write_node(const struct tree *tree, int index)
{
    const yaml_node_t *node = yaml_document_get_node(tree->document, index);
    if (node->type == YAML_MAPPING_NODE)
        write_mapping(tree, node);
    else if (node->type == YAML_SEQUENCE_NODE)
        write_sequence(tree, node);
    else
        write_scalar(tree, node);
}

static int write_document(yaml_parser_t *parser, struct buffer *out, struct error *err)
{
    yaml_document_t document;
    struct json_writer json = json_write_start(out);
    const struct tree tree = {&document, &json};
    if (!yaml_parser_load(parser, &document))
        return parser->error == YAML_MEMORY_ERROR
                   ? error_set(err, ERROR_NO_MEMORY, "not enough memory to read YAML")
                   : error_set(err, ERROR_INTERNAL, "no YAML in line %zu",
                               parser->problem_mark.line + 1);
    if (yaml_document_get_root_node(&document))
        write_node(&tree, 1);
    else
        json_write_null(&json);
    yaml_document_delete(&document);
    return buffer_check(out, err);
}

int openapi_write_json(const char *yaml, size_t n_bytes, struct buffer *out,
                       struct error *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return error_set(err, ERROR_NO_MEMORY, "not enough memory to read YAML");
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n_bytes);
    int result = write_document(&parser, out, err);
    yaml_parser_delete(&parser);
    return result;
}
