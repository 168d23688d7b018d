/* api_openapi.c: see api_openapi.h: the OpenAPI file. The page is in api_openapi_reference.c. */
#include "api/api_openapi.h"

#include "codec/json_write.h"
#include "comms/http_reply.h"

#include <inttypes.h>

static const unsigned ERRORS[] = {400, 401, 403, 404, 409, 412, 413,
                                  415, 422, 428, 429, 500, 503, 507};

enum { ERROR_COUNT = sizeof ERRORS / sizeof *ERRORS };

const char *cord_api_openapi_method(enum cord_http_method method)
{
    static const char *const names[] = {"get", "head", "post", "put", "delete", "options", ""};
    return names[method];
}

const char *cord_api_openapi_status(unsigned status)
{
    switch (status) {
    case 304:
        return "It is as it was when its ETag was given.";
    case 400:
        return "The request is wrong; `errors` names each parameter that is, by its path.";
    case 401:
        return "Nobody we know: no credentials, or none that are good.";
    case 403:
        return "Known, and without the right that this needs.";
    case 404:
        return "There is no such thing, or it is not for whoever asks: which of the two is not "
               "told.";
    case 409:
        return "It cannot be done as things are now.";
    case 412:
        return "It has changed since: If-Match names an older state.";
    case 413:
        return "The body is too long.";
    case 415:
        return "The body is not application/json.";
    case 422:
        return "The body is not as it is to be; `errors` names each member that is wrong, by its "
               "path.";
    case 428:
        return "If-Match is missing: what is replaced is to be named by its ETag.";
    case 429:
        return "More requests than are allowed in a while; Retry-After says when to come again.";
    case 500:
        return "Our fault; the server's log says more.";
    case 503:
        return "No room for it now, or others hold what it needs; Retry-After says when to come "
               "again.";
    case 507:
        return "The disk is full: nothing was written.";
    default:
        return "Done.";
    }
}

/* --- shapes --- */

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static size_t add_shape(const struct cord_api_shape **shapes, size_t count,
                        const struct cord_api_shape *shape)
{
    bool known = shape == NULL || count == CORD_API_OPENAPI_SHAPES_MAX;
    for (size_t i = 0; i < count && !known; i++) {
        known = shapes[i] == shape;
    }
    if (known) {
        return count;
    }
    shapes[count++] = shape;
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        count = add_shape(shapes, count, at->shape);
    }
    return count;
}

size_t cord_api_openapi_shapes(const struct cord_api_shape *ret_shapes[CORD_API_OPENAPI_SHAPES_MAX])
{
    size_t route_count;
    size_t count = 0;
    const struct cord_api_route *const *routes = cord_api_route_table(&route_count);
    for (size_t i = 0; i < route_count; i++) {
        count = add_shape(ret_shapes, count, routes[i]->body);
        count = add_shape(ret_shapes, count, routes[i]->reply);
    }
    return count;
}

/* --- YAML: texts are written as JSON strings, which YAML takes --- */

static void indent(struct cord_buf *out, unsigned depth)
{
    cord_buf_printf(out, "%*s", (int)(2 * depth), "");
}

static void line(struct cord_buf *out, unsigned depth, const char *text)
{
    indent(out, depth);
    cord_buf_put_text(out, text);
    cord_buf_put_char(out, '\n');
}

static void text_line(struct cord_buf *out, unsigned depth, const char *name, const char *text)
{
    indent(out, depth);
    cord_buf_printf(out, "%s: ", name);
    cord_json_write_string(out, cord_str_from(text));
    cord_buf_put_char(out, '\n');
}

static void put_type(struct cord_buf *out, unsigned depth, const char *type, bool nullable)
{
    indent(out, depth);
    cord_buf_printf(out, nullable ? "type: [%s, 'null']\n" : "type: %s\n", type);
}

static void put_bounds(struct cord_buf *out, unsigned depth, const struct cord_api_member *member,
                       const char *least, const char *most)
{
    if (member->least != 0) {
        indent(out, depth);
        cord_buf_printf(out, "%s: %" PRId64 "\n", least, member->least);
    }
    if (member->most != 0 && member->most != INT64_MAX) {
        indent(out, depth);
        cord_buf_printf(out, "%s: %" PRId64 "\n", most, member->most);
    }
}

static void put_words(struct cord_buf *out, unsigned depth, const struct cord_api_member *member)
{
    put_type(out, depth, "string", member->nullable);
    indent(out, depth);
    cord_buf_put_text(out, "enum: [");
    for (size_t i = 0; member->words[i]; i++) {
        cord_buf_put_text(out, i > 0 ? ", " : "");
        cord_json_write_string(out, cord_str_from(member->words[i]));
    }
    cord_buf_put_text(out, member->nullable ? ", null]\n" : "]\n");
}

static void put_reference(struct cord_buf *out, unsigned depth,
                          const struct cord_api_member *member)
{
    indent(out, depth);
    if (member->nullable) {
        cord_buf_printf(out, "anyOf: [{$ref: '#/components/schemas/%s'}, {type: 'null'}]\n",
                        member->shape->name);
    } else {
        cord_buf_printf(out, "$ref: '#/components/schemas/%s'\n", member->shape->name);
    }
}

static void put_schema(struct cord_buf *out, unsigned depth, const struct cord_api_member *member)
{
    switch (member->type) {
    case CORD_API_TEXT:
    case CORD_API_LINES:
        put_type(out, depth, "string", member->nullable);
        put_bounds(out, depth, member, "minLength", "maxLength");
        break;
    case CORD_API_ID:
        put_type(out, depth, "string", member->nullable);
        line(out, depth, "pattern: '^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$'");
        break;
    case CORD_API_WORD:
        put_words(out, depth, member);
        break;
    case CORD_API_NUMBER:
        put_type(out, depth, "integer", member->nullable);
        indent(out, depth);
        cord_buf_printf(out, "minimum: %" PRId64 "\n", member->least);
        if (member->most != INT64_MAX) {
            indent(out, depth);
            cord_buf_printf(out, "maximum: %" PRId64 "\n", member->most);
        }
        break;
    case CORD_API_DECIMAL:
        put_type(out, depth, "string", member->nullable);
        line(out, depth, "pattern: '^-?[0-9]+(\\.[0-9]+)?$'");
        break;
    case CORD_API_FLAG:
        put_type(out, depth, "boolean", member->nullable);
        break;
    case CORD_API_TIME:
        put_type(out, depth, "string", member->nullable);
        line(out, depth, "format: date-time");
        break;
    case CORD_API_OBJECT:
        put_reference(out, depth, member);
        break;
    case CORD_API_LIST:
        put_type(out, depth, "array", member->nullable);
        put_bounds(out, depth, member, "minItems", "maxItems");
        indent(out, depth);
        cord_buf_printf(out, "items: {$ref: '#/components/schemas/%s'}\n", member->shape->name);
        break;
    case CORD_API_TEXTS:
        put_type(out, depth, "array", member->nullable);
        put_bounds(out, depth, member, "minItems", "maxItems");
        line(out, depth, "items: {type: string}");
        break;
    case CORD_API_NUMBERS:
        put_type(out, depth, "array", member->nullable);
        line(out, depth, "items: {type: integer, minimum: 0}");
        break;
    case CORD_API_COUNTS:
        put_type(out, depth, "object", member->nullable);
        line(out, depth, "additionalProperties: {type: integer, minimum: 0}");
        break;
    case CORD_API_ANY:
        put_type(out, depth, "object", member->nullable);
        break;
    case CORD_API_END:
        break;
    }
    if (member->help) {
        text_line(out, depth, "description", member->help);
    }
}

static void put_shape(struct cord_buf *out, const struct cord_api_shape *shape)
{
    bool required = false;
    indent(out, 2);
    cord_buf_printf(out, "%s:\n", shape->name);
    line(out, 3, "type: object");
    text_line(out, 3, "description", shape->help);
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        if (at->required) {
            if (!required) {
                indent(out, 3);
            }
            cord_buf_printf(out, "%s%s", required ? ", " : "required: [", at->name);
            required = true;
        }
    }
    cord_buf_put_text(out, required ? "]\n" : "");
    line(out, 3, shape->open ? "additionalProperties: true" : "additionalProperties: false");
    if (shape->members->type == CORD_API_END) {
        line(out, 3, "properties: {}");
        return;
    }
    line(out, 3, "properties:");
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        indent(out, 4);
        cord_buf_printf(out, "%s:\n", at->name);
        put_schema(out, 5, at);
    }
}

/* --- parameters --- */

static void put_parameter(struct cord_buf *out, const char *in,
                          const struct cord_api_member *member)
{
    indent(out, 4);
    cord_buf_printf(out, "- name: %s\n", member->name);
    indent(out, 5);
    cord_buf_printf(out, "in: %s\n", in);
    line(out, 5, member->required ? "required: true" : "required: false");
    line(out, 5, "schema:");
    put_schema(out, 6, member);
}

static void put_parameters(struct cord_buf *out, const struct cord_api_route *route)
{
    size_t variables = cord_api_shape_count(route->variables);
    size_t parameters = cord_api_shape_count(route->parameters);
    bool keyed = (route->flags & CORD_API_KEYED) != 0;
    bool matched = (route->flags & CORD_API_MATCHED) != 0;
    bool paged = (route->flags & CORD_API_PAGED) != 0;
    bool live = (route->flags & CORD_API_LIVE) != 0;
    if (variables + parameters == 0 && !keyed && !matched && !paged && !live) {
        return;
    }
    line(out, 3, "parameters:");
    for (size_t i = 0; i < variables; i++) {
        put_parameter(out, "path", &route->variables[i]);
    }
    for (size_t i = 0; i < parameters; i++) {
        put_parameter(out, "query", &route->parameters[i]);
    }
    if (paged) {
        line(out, 4, "- $ref: '#/components/parameters/limit'");
        line(out, 4, "- $ref: '#/components/parameters/cursor'");
    }
    if (keyed) {
        line(out, 4, "- $ref: '#/components/parameters/idempotencyKey'");
    }
    if (matched) {
        line(out, 4, "- $ref: '#/components/parameters/ifMatch'");
    }
    if (live) {
        line(out, 4, "- $ref: '#/components/parameters/lastEventId'");
    }
}

/* --- operations --- */

static void put_reply_schema(struct cord_buf *out, const struct cord_api_route *route)
{
    if ((route->flags & CORD_API_PAGED) == 0) {
        line(out, 7, "schema:");
        indent(out, 8);
        cord_buf_printf(out, "$ref: '#/components/schemas/%s'\n", route->reply->name);
        return;
    }
    line(out, 7, "schema:");
    line(out, 8, "type: object");
    indent(out, 8);
    cord_buf_put_text(out, "required: [items, next");
    for (const struct cord_api_member *at = route->page; at && at->type != CORD_API_END; at++) {
        if (at->required) {
            cord_buf_printf(out, ", %s", at->name);
        }
    }
    cord_buf_put_text(out, "]\n");
    line(out, 8, "additionalProperties: false");
    line(out, 8, "properties:");
    line(out, 9, "items:");
    line(out, 10, "type: array");
    indent(out, 10);
    cord_buf_printf(out, "items: {$ref: '#/components/schemas/%s'}\n", route->reply->name);
    line(out, 9, "next:");
    line(out, 10, "type: [string, 'null']");
    line(out, 10, "description: \"the cursor of the next page; null: there is none\"");
    for (const struct cord_api_member *at = route->page; at && at->type != CORD_API_END; at++) {
        indent(out, 9);
        cord_buf_printf(out, "%s:\n", at->name);
        put_schema(out, 10, at);
    }
}

static void put_success(struct cord_buf *out, const struct cord_api_route *route)
{
    indent(out, 4);
    cord_buf_printf(out, "'%u':\n", route->status);
    text_line(out, 5, "description", route->summary);
    if (cord_api_route_answers(route, 304)) {
        line(out, 5, "headers: {ETag: {$ref: '#/components/headers/ETag'}}");
    }
    if (!route->reply && !route->media) {
        return;
    }
    line(out, 5, "content:");
    for (size_t i = 0; route->media && route->media[i]; i++) {
        indent(out, 6);
        cord_buf_printf(out, "%s:\n", route->media[i]);
        line(out, 7, "schema: {type: string}");
    }
    if (!route->reply) {
        return;
    }
    if ((route->flags & CORD_API_LIVE) != 0) {
        line(out, 6, "text/event-stream:");
        line(out, 7, "schema: {type: string}");
        indent(out, 7);
        cord_buf_printf(out, "x-cordon-event-data: {$ref: '#/components/schemas/%s'}\n",
                        route->reply->name);
    } else {
        line(out, 6, "application/json:");
        put_reply_schema(out, route);
    }
}

static void put_operation(struct cord_buf *out, const struct cord_api_route *route)
{
    indent(out, 2);
    cord_buf_printf(out, "%s:\n", cord_api_openapi_method(route->method));
    indent(out, 3);
    cord_buf_printf(out, "operationId: %s\n", route->id);
    text_line(out, 3, "summary", route->summary);
    if (route->help) {
        text_line(out, 3, "description", route->help);
    }
    if ((route->flags & CORD_API_PUBLIC) != 0) {
        line(out, 3, "security: []");
    }
    if (route->verb) {
        text_line(out, 3, "x-cordon-right", route->verb);
    }
    put_parameters(out, route);
    if (route->body) {
        line(out, 3, "requestBody:");
        line(out, 4, "required: true");
        indent(out, 4);
        cord_buf_printf(out,
                        "content: {application/json: {schema: {$ref: "
                        "'#/components/schemas/%s'}}}\n",
                        route->body->name);
    }
    line(out, 3, "responses:");
    put_success(out, route);
    if (cord_api_route_answers(route, 304)) {
        indent(out, 4);
        cord_buf_put_text(out, "'304': {description: ");
        cord_json_write_string(out, cord_str_from(cord_api_openapi_status(304)));
        cord_buf_put_text(out, "}\n");
    }
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        if (cord_api_route_answers(route, ERRORS[i])) {
            indent(out, 4);
            cord_buf_printf(out, "'%u': {$ref: '#/components/responses/p%u'}\n", ERRORS[i],
                            ERRORS[i]);
        }
    }
}

static void put_paths(struct cord_buf *out)
{
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    line(out, 0, "paths:");
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        for (size_t before = 0; before < i; before++) {
            first = first && strcmp(routes[before]->path, routes[i]->path) != 0;
        }
        for (size_t of = i; first && of < count; of++) {
            if (of == i) {
                indent(out, 1);
                cord_buf_printf(out, "%s:\n", routes[i]->path);
            }
            if (strcmp(routes[of]->path, routes[i]->path) == 0) {
                put_operation(out, routes[of]);
            }
        }
    }
}

/* --- what all have in common --- */

static void put_common(struct cord_buf *out)
{
    cord_buf_put_text(
        out,
        "  securitySchemes:\n"
        "    token: {type: http, scheme: bearer, description: \"an API token\"}\n"
        "    session: {type: apiKey, in: cookie, name: __Host-cordon, description: \"a session; "
        "changes need the header X-Cordon-CSRF, too\"}\n"
        "  headers:\n"
        "    ETag: {schema: {type: string}, description: \"of this answer, for "
        "If-None-Match\"}\n"
        "    RetryAfter: {schema: {type: integer}, description: \"seconds\"}\n"
        "  parameters:\n");
    cord_buf_printf(
        out,
        "    limit: {name: limit, in: query, required: false, schema: {type: integer, minimum: 1, "
        "maximum: %d, default: %d}, description: \"items of a page\"}\n",
        CORD_API_PAGE_MAX, CORD_API_PAGE);
    cord_buf_put_text(
        out,
        "    cursor: {name: cursor, in: query, required: false, schema: {type: string, maxLength: "
        "512}, description: \"`next` of the page before; good for the same question by the same "
        "account only\"}\n"
        "    idempotencyKey: {name: Idempotency-Key, in: header, required: false, schema: {type: "
        "string, minLength: 1, maxLength: 128}, description: \"the same key with the same body is "
        "done once, and answered the same\"}\n"
        "    ifMatch: {name: If-Match, in: header, required: true, schema: {type: string}, "
        "description: \"ETag of what is replaced\"}\n"
        "    lastEventId: {name: Last-Event-ID, in: header, required: false, schema: {type: "
        "string, "
        "maxLength: 512}, description: \"id of the last event that was met: goes on behind "
        "it\"}\n");
}

static bool is_used(unsigned status)
{
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    bool used = false;
    for (size_t i = 0; i < count && !used; i++) {
        used = cord_api_route_answers(routes[i], status);
    }
    return used;
}

static void put_problems(struct cord_buf *out)
{
    line(out, 1, "responses:");
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        if (!is_used(ERRORS[i])) {
            continue;
        }
        bool later = ERRORS[i] == 429 || ERRORS[i] == 503;
        indent(out, 2);
        cord_buf_printf(out, "p%u:\n", ERRORS[i]);
        text_line(out, 3, "description", cord_api_openapi_status(ERRORS[i]));
        if (later) {
            line(out, 3, "headers: {Retry-After: {$ref: '#/components/headers/RetryAfter'}}");
        }
        line(out, 3,
             "content: {application/problem+json: {schema: {$ref: "
             "'#/components/schemas/Problem'}}}");
    }
}

static void put_schemas(struct cord_buf *out)
{
    const struct cord_api_shape *shapes[CORD_API_OPENAPI_SHAPES_MAX];
    size_t count = cord_api_openapi_shapes(shapes);
    cord_buf_put_text(out,
                      "  schemas:\n"
                      "    Problem:\n"
                      "      type: object\n"
                      "      description: \"What is wrong (RFC 9457).\"\n"
                      "      required: [title, status, detail]\n"
                      "      additionalProperties: false\n"
                      "      properties:\n"
                      "        title: {type: string}\n"
                      "        status: {type: integer}\n"
                      "        detail: {type: string}\n"
                      "        errors:\n"
                      "          type: array\n"
                      "          maxItems: 20\n"
                      "          items:\n"
                      "            type: object\n"
                      "            required: [path, detail]\n"
                      "            additionalProperties: false\n"
                      "            properties:\n"
                      "              path: {type: string, description: \"claims[2].value.state\"}\n"
                      "              detail: {type: string}\n"
                      "        more_errors: {type: integer, minimum: 1}\n");
    for (size_t i = 0; i < count; i++) {
        put_shape(out, shapes[i]);
    }
}

void cord_api_openapi_write(struct cord_buf *out)
{
    cord_buf_put_text(
        out, "# Written by `cordon api-schema` from the table of routes: do not edit.\n"
             "openapi: 3.1.0\n"
             "info:\n"
             "  title: Cordon\n"
             "  version: '1'\n"
             "  description: \"The API of a Cordon server. See reference.md for a page to read.\"\n"
             "  license: {name: Apache-2.0, identifier: Apache-2.0}\n"
             "servers:\n"
             "  - url: " CORD_API_BASE "\n"
             "security:\n"
             "  - token: []\n"
             "  - session: []\n");
    put_paths(out);
    line(out, 0, "components:");
    put_common(out);
    put_problems(out);
    put_schemas(out);
}
