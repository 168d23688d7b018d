/* test_api_openapi.c: the table of routes is sound, and the files are what it says. */
#include "kit/kit.h"

#include "api/api_openapi.h"

#include <stdio.h>
#include <stdlib.h>

static void is_what_the_file_has(void (*write)(struct cord_buf *out), const char *path,
                                 const char *command)
{
    struct cord_buf out;
    cord_buf_init(&out, 1 << 22);
    write(&out);
    CHECK(!out.failed);
    cord_str file = kit_read_file(path);
    if (!cord_str_eq(file, cord_buf_str(&out))) {
        print_error("%s is not what the table says; write it anew: cordon %s > %s\n", path, command,
                    path);
        fail();
    }
    free((void *)(uintptr_t)file.ptr);
    cord_buf_done(&out);
}

static void the_files_are_what_the_table_says(void)
{
    is_what_the_file_has(cord_api_openapi_write, CORD_SOURCE_DIR "/docs/api/openapi.yaml",
                         "api-schema");
    is_what_the_file_has(cord_api_openapi_reference, CORD_SOURCE_DIR "/docs/api/reference.md",
                         "api-reference");
}

static size_t variables_of(const char *path)
{
    size_t count = 0;
    for (; *path; path++) {
        count += *path == '{' ? 1 : 0;
    }
    return count;
}

/* By which what is replaced is read before. */
static bool has_get(const char *path)
{
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || (routes[i]->method == CORD_HTTP_GET && strcmp(routes[i]->path, path) == 0);
    }
    return found;
}

static void every_row_is_sound(void)
{
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct cord_api_route *route = routes[i];
        CHECK(route->path[0] == '/' && route->id && route->summary && route->answer);
        CHECK_U64(cord_api_shape_count(route->variables), variables_of(route->path));
        CHECK(cord_api_shape_count(route->variables) <= CORD_API_VARIABLES_MAX);
        CHECK(cord_api_shape_count(route->parameters) <= CORD_API_PARAMETERS_MAX);
        CHECK(route->status >= 200 && (route->status < 300 || route->status == 303));
        CHECK(!route->body == (route->body_bytes_max == 0));
        CHECK((route->flags & (CORD_API_PAGED | CORD_API_LIVE)) == 0 || route->reply);
        /* What is sent again is done once, or replaces only what it names. */
        CHECK(route->method != CORD_HTTP_POST || route->status != 201 ||
              (route->flags & (CORD_API_KEYED | CORD_API_PUBLIC)) != 0);
        CHECK((route->flags & CORD_API_MATCHED) == 0 || has_get(route->path));
        CHECK(route->method == CORD_HTTP_GET ||
              (route->flags & (CORD_API_FULL | CORD_API_ASKS)) != 0 || route->status == 204);
        for (size_t other = 0; other < i; other++) {
            CHECK(strcmp(routes[other]->id, route->id) != 0);
            CHECK(routes[other]->method != route->method ||
                  strcmp(routes[other]->path, route->path) != 0);
        }
    }
}

/* By its own path each is found, as itself. */
static void every_row_is_found(void)
{
    size_t count;
    const struct cord_api_route *const *routes = cord_api_route_table(&count);
    for (size_t i = 0; i < count; i++) {
        char path[200];
        struct cord_api_target target;
        (void)snprintf(path, sizeof path, "%s%s", CORD_API_BASE, routes[i]->path);
        CHECK(cord_api_route_find(routes[i]->method, cord_str_from(path), &target) ==
              CORD_API_MATCH_FOUND);
        CHECK(target.route == routes[i]);
    }
}

static void shapes_have_names_of_their_own(void)
{
    const struct cord_api_shape *shapes[CORD_API_OPENAPI_SHAPES_MAX];
    size_t count = cord_api_openapi_shapes(shapes);
    CHECK(count > 0 && count < CORD_API_OPENAPI_SHAPES_MAX);
    for (size_t i = 0; i < count; i++) {
        CHECK(shapes[i]->name && shapes[i]->help);
        for (size_t other = 0; other < i; other++) {
            CHECK(strcmp(shapes[i]->name, shapes[other]->name) != 0);
        }
        for (const struct cord_api_member *at = shapes[i]->members; at->type != CORD_API_END;
             at++) {
            CHECK((at->type == CORD_API_WORD) == (at->words != NULL));
            CHECK((at->type == CORD_API_OBJECT || at->type == CORD_API_LIST) ==
                  (at->shape != NULL));
            CHECK(at->type != CORD_API_NUMBER || at->most >= at->least);
        }
    }
}

KIT_MAIN(KIT_TEST(the_files_are_what_the_table_says), KIT_TEST(every_row_is_sound),
         KIT_TEST(every_row_is_found), KIT_TEST(shapes_have_names_of_their_own))
