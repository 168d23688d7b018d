/* api_route.c: see api_route.h; the rows are with what answers them. */
#include "api/api_route.h"

#include "api/api_internal.h"

#include <stdio.h>

/* --- the table --- */

static const struct cord_api_route *const ROUTES[] = {
#define CORD_API_ROW(route) &(route),
    CORD_API_ALL_ROUTES(CORD_API_ROW)
#undef CORD_API_ROW
};

const struct cord_api_route *const *cord_api_route_table(size_t *ret_count)
{
    *ret_count = sizeof ROUTES / sizeof(*ROUTES);
    return ROUTES;
}

/* --- finding --- */

static bool is_variable(cord_str segment)
{
    return segment.len > 0 && segment.ptr[0] == '{';
}

/* A path and a template, segment by segment. */
static bool matches(const char *template, cord_str path, cord_str *variables)
{
    cord_str left = cord_str_from(template);
    cord_str rest = path;
    cord_str wanted;
    cord_str segment;
    size_t count = 0;
    for (;;) {
        bool more = cord_str_cut(&left, '/', &wanted);
        if (more != cord_str_cut(&rest, '/', &segment)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (is_variable(wanted) && segment.len > 0 && count < CORD_API_VARIABLES_MAX) {
            variables[count++] = segment;
        } else if (!cord_str_eq(wanted, segment)) {
            return false;
        }
    }
}

static const struct cord_api_route *by_method(const char *path, enum cord_http_method method)
{
    for (size_t i = 0; i < sizeof ROUTES / sizeof(*ROUTES); i++) {
        if (ROUTES[i]->method == method && strcmp(ROUTES[i]->path, path) == 0) {
            return ROUTES[i];
        }
    }
    return NULL;
}

enum cord_api_match cord_api_route_find(enum cord_http_method method, cord_str path,
                                        struct cord_api_target *ret_target)
{
    struct cord_api_target target = {0};
    if (!cord_str_starts(path, CORD_STR(CORD_API_BASE "/"))) {
        return CORD_API_MATCH_NO_PATH;
    }
    path = cord_str_from_byte(path, sizeof CORD_API_BASE - 1);
    /* The first path that fits is it: fixed words stand before variables. */
    for (size_t i = 0; i < sizeof ROUTES / sizeof(*ROUTES) && !target.path; i++) {
        if (matches(ROUTES[i]->path, path, target.variables)) {
            target.path = ROUTES[i]->path;
        }
    }
    if (!target.path) {
        return CORD_API_MATCH_NO_PATH;
    }
    target.route = by_method(target.path, method == CORD_HTTP_HEAD ? CORD_HTTP_GET : method);
    *ret_target = target;
    return target.route ? CORD_API_MATCH_FOUND : CORD_API_MATCH_NO_METHOD;
}

void cord_api_route_allow(const char *path, char *into, size_t room)
{
    static const struct {
        enum cord_http_method method;
        const char *words;
    } METHODS[] = {{CORD_HTTP_GET, "GET, HEAD, "},
                   {CORD_HTTP_POST, "POST, "},
                   {CORD_HTTP_PUT, "PUT, "},
                   {CORD_HTTP_DELETE, "DELETE, "}};
    size_t len = 0;
    into[0] = '\0';
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        if (by_method(path, METHODS[i].method)) {
            int put = snprintf(into + len, room - len, "%s", METHODS[i].words);
            len += put > 0 && (size_t)put < room - len ? (size_t)put : 0;
        }
    }
    (void)snprintf(into + len, room - len, "OPTIONS");
}

bool cord_api_route_answers(const struct cord_api_route *route, unsigned status)
{
    bool public = (route->flags & CORD_API_PUBLIC) != 0;
    bool parameters = route->parameters || (route->flags & CORD_API_PAGED) != 0;
    switch (status) {
    case 304:
        return route->method == CORD_HTTP_GET && route->status == 200 &&
               (route->flags & CORD_API_LIVE) == 0;
    case 400:
        return route->body || parameters || (route->flags & (CORD_API_LIVE | CORD_API_KEYED)) != 0;
    case 401:
        return !public || route->body || (route->flags & CORD_API_LINK) != 0;
    case 403:
        return !public;
    case 404:
        return route->variables != NULL;
    case 409:
        return (route->flags & (CORD_API_CONFLICTS | CORD_API_KEYED)) != 0;
    case 412:
    case 428:
        return (route->flags & CORD_API_MATCHED) != 0;
    case 413:
    case 415:
        return route->body != NULL;
    case 422:
        return route->body || (route->flags & CORD_API_KEYED) != 0;
    case 429:
    case 500:
    case 503:
        return true;
    case 507:
        return (route->flags & CORD_API_FULL) != 0;
    default:
        return status == route->status;
    }
}
