/* api_openapi_reference.c: the page to read (docs/api/reference.md), from the same rows. */
#include "api/api_openapi.h"

#include <inttypes.h>

static const char *type_name(const struct cord_api_member *member)
{
    switch (member->type) {
    case CORD_API_TEXT:
    case CORD_API_LINES:
        return "text";
    case CORD_API_ID:
        return "id";
    case CORD_API_WORD:
        return "word";
    case CORD_API_NUMBER:
        return "whole number";
    case CORD_API_DECIMAL:
        return "decimal, as text";
    case CORD_API_FLAG:
        return "true or false";
    case CORD_API_TIME:
        return "time";
    case CORD_API_OBJECT:
    case CORD_API_ANY:
        return "object";
    case CORD_API_LIST:
        return "list of";
    case CORD_API_TEXTS:
        return "list of texts";
    case CORD_API_NUMBERS:
        return "list of whole numbers";
    case CORD_API_COUNTS:
        return "counts by name";
    case CORD_API_END:
        break;
    }
    return "";
}

/* A cell: bars would end it. */
static void put_cell(struct cord_buf *out, const char *text)
{
    for (; text && *text; text++) {
        cord_buf_put_text(out, *text == '|' ? "\\" : "");
        cord_buf_put_char(out, *text);
    }
}

static void put_bounds(struct cord_buf *out, const struct cord_api_member *member)
{
    bool number = member->type == CORD_API_NUMBER;
    if (member->type == CORD_API_WORD) {
        for (size_t i = 0; member->words[i]; i++) {
            cord_buf_printf(out, "%s`%s`", i > 0 ? ", " : ": ", member->words[i]);
        }
    } else if (member->most > 0 && member->most != INT64_MAX) {
        cord_buf_printf(out, ", %" PRId64 " to %" PRId64 "%s", member->least, member->most,
                        number ? ""
                        : member->type == CORD_API_LIST || member->type == CORD_API_TEXTS
                            ? " of them"
                            : " characters");
    }
}

static void put_members(struct cord_buf *out, const struct cord_api_member *members,
                        const char *heading)
{
    cord_buf_printf(out, "\n| %s | | |\n| --- | --- | --- |\n", heading);
    for (; members->type != CORD_API_END; members++) {
        cord_buf_printf(out, "| `%s`%s | %s", members->name, members->required ? "" : " (optional)",
                        type_name(members));
        if (members->shape) {
            cord_buf_printf(out, " [%s](#%s)", members->shape->name, members->shape->name);
        }
        put_bounds(out, members);
        cord_buf_put_text(out, members->nullable ? ", or null | " : " | ");
        put_cell(out, members->help);
        cord_buf_put_text(out, " |\n");
    }
}

static void put_upper(struct cord_buf *out, const char *text)
{
    for (; *text; text++) {
        cord_buf_put_char(out, *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text);
    }
}

static void put_answer(struct cord_buf *out, const struct cord_api_route *route)
{
    cord_buf_printf(out, "\nAnswers %u", route->status);
    if (route->reply) {
        cord_buf_printf(out, (route->flags & CORD_API_PAGED) != 0  ? " with a page of "
                             : (route->flags & CORD_API_LIVE) != 0 ? " with a stream of "
                                                                   : " with ");
        cord_buf_printf(out, "[%s](#%s)", route->reply->name, route->reply->name);
    }
    for (size_t i = 0; route->media && route->media[i]; i++) {
        cord_buf_printf(out, "%s`%s`", i > 0 ? " or " : " with ", route->media[i]);
    }
    cord_buf_put_text(out, "; may answer");
    for (unsigned status = 300; status < 600; status++) {
        if (cord_api_route_answers(route, status)) {
            cord_buf_printf(out, " %u", status);
        }
    }
    cord_buf_put_text(out, ".\n");
}

static void put_takes(struct cord_buf *out, const struct cord_api_route *route)
{
    const char *header = (route->flags & CORD_API_KEYED) != 0     ? "an `Idempotency-Key`"
                         : (route->flags & CORD_API_MATCHED) != 0 ? "`If-Match`, which it needs"
                                                                  : NULL;
    if (route->body) {
        cord_buf_printf(out, "\nTakes [%s](#%s)%s%s.\n", route->body->name, route->body->name,
                        header ? " and " : "", header ? header : "");
    } else if (header) {
        cord_buf_printf(out, "\nTakes %s.\n", header);
    }
}

static void put_route(struct cord_buf *out, const struct cord_api_route *route)
{
    cord_buf_put_text(out, "\n### ");
    put_upper(out, cord_api_openapi_method(route->method));
    cord_buf_printf(out, " %s\n\n%s.", route->path, route->summary);
    if (route->help) {
        cord_buf_printf(out, " %s", route->help);
    }
    if (route->verb) {
        cord_buf_printf(out, " Needs the right `%s`.", route->verb);
    } else if ((route->flags & CORD_API_PUBLIC) != 0) {
        cord_buf_put_text(out, " Needs no credentials.");
    }
    cord_buf_put_char(out, '\n');
    if (route->variables) {
        put_members(out, route->variables, "in the path");
    }
    if (route->parameters) {
        put_members(out, route->parameters, "parameter");
    }
    put_takes(out, route);
    put_answer(out, route);
}

static void put_introduction(struct cord_buf *out)
{
    cord_buf_put_text(
        out,
        "<!-- Written by `cordon api-reference` from the table of routes: do not edit. -->\n"
        "# The API\n\n"
        "All paths are below `" CORD_API_BASE "`. The same for programs: `openapi.yaml`.\n\n"
        "- **Who asks**: `Authorization: Bearer TOKEN`, or the cookie of a session; a session's "
        "changes also carry `X-Cordon-CSRF`.\n"
        "- **Bodies** are JSON in UTF-8, strictly: unknown members, names that come twice and "
        "wrong types are refused with their path.\n"
        "- **Times** are RFC 3339; without a zone they are UTC.\n"
        "- **Errors** are problem documents (RFC 9457): `title`, `status`, `detail`, and `errors` "
        "with `path` and `detail` of each member that is wrong. `X-Request-Id` is what the "
        "server's log calls the request.\n"
        "- **Pages** have `items` and `next`. Ask again with `cursor=NEXT` and the same other "
        "parameters until `next` is null. A page may be shorter than `limit` though more "
        "follow.\n"
        "- **Caching**: answers carry an `ETag`; ask with `If-None-Match`, and 304 says that "
        "nothing has changed. Long ones go compressed with `Accept-Encoding: gzip`.\n"
        "- **Streams** are server-sent events. A client that comes back with `Last-Event-ID` goes "
        "on where it was; a stream ends by itself after a quarter of an hour, and within seconds "
        "when its rights do.\n"
        "- **Ids** such as `K7QM-2F9A-XHP3` name claims, accounts, tokens, roles and findings, and "
        "accounts in texts: `user:K7QM-2F9A-XHP3`. They do not tell how many others there are, or "
        "which came first; case and dashes do not matter, and what is mistyped is noticed.\n"
        "- **Sent again**: a request with an `Idempotency-Key` of its own is done once, for a day; "
        "the same key again is answered the same, or with 409 where the answer held a secret.\n"
        "- **Replacing** needs `If-Match` with the `ETag` of what was read: 412 says that it has "
        "changed since.\n"
        "- **What is not for you is not there**: 404 is the answer to what does not exist and to "
        "what may not be seen, alike.\n");
    cord_buf_put_text(out, "\n| status | means |\n| --- | --- |\n");
    static const unsigned all[] = {304, 400, 401, 403, 404, 409, 412, 413,
                                   415, 422, 428, 429, 500, 503, 507};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cord_buf_printf(out, "| %u | %s |\n", all[i], cord_api_openapi_status(all[i]));
    }
}

void cord_api_openapi_reference(struct cord_buf *out)
{
    const struct cord_api_shape *shapes[CORD_API_OPENAPI_SHAPES_MAX];
    size_t route_count;
    size_t shape_count = cord_api_openapi_shapes(shapes);
    const struct cord_api_route *const *routes = cord_api_route_table(&route_count);
    put_introduction(out);
    cord_buf_put_text(out, "\n## Requests\n");
    for (size_t i = 0; i < route_count; i++) {
        put_route(out, routes[i]);
    }
    cord_buf_put_text(out, "\n## Objects\n");
    for (size_t i = 0; i < shape_count; i++) {
        cord_buf_printf(out, "\n### %s\n\n%s%s\n", shapes[i]->name, shapes[i]->help,
                        shapes[i]->open ? " Further members may be there." : "");
        put_members(out, shapes[i]->members, "member");
    }
}
