/*
 * fuzz_windows_xml.c: any bytes as events in XML.
 *
 * Events are found in order and without overlap. What expat accepts as one
 * document gives the same values here, but for what XML would change and a log
 * must not: line ends, and white space in attributes.
 */
#include <assert.h>
#include <stdlib.h>

#include "codec/windows_xml.h"
#include "kit/xml_reference.h"

static struct cord_value items[CORD_WINDOWS_XML_VALUES_MAX + 1];

static bool is_changed_by_xml(cord_str event)
{
    /* A declaration of types (DTD) is what this reader does not do. */
    return cord_str_find_char(event, '\r', 0) != SIZE_MAX ||
           cord_str_find_char(event, '\t', 0) != SIZE_MAX ||
           cord_str_find_char(event, '\n', 0) != SIZE_MAX ||
           cord_str_find(event, CORD_STR("<!D"), 0) != SIZE_MAX;
}

static void compare(cord_str event, const struct cord_paths *paths,
                    const struct cord_values *values)
{
    struct cord_buf ours;
    struct cord_buf theirs;
    cord_buf_init(&ours, 1 << 24);
    cord_buf_init(&theirs, 1 << 24);
    if (!is_changed_by_xml(event) && kit_xml_reference(event, &theirs)) {
        for (size_t i = 0; i < values->count; i++) {
            cord_buf_put(&ours, cord_paths_text(paths, values->items[i].path));
            cord_buf_put_char(&ours, '=');
            cord_buf_put(&ours, cord_value_str(&values->items[i]));
            cord_buf_put_char(&ours, '\n');
        }
        assert(cord_str_eq(cord_buf_str(&ours), cord_buf_str(&theirs)));
    }
    cord_buf_done(&theirs);
    cord_buf_done(&ours);
}

static void read_events(cord_str text, struct cord_paths *paths, struct cord_arena *arena)
{
    size_t at = 0;
    size_t begin;
    size_t end;
    cord_status found;
    while ((found = cord_windows_xml_find(text, at, &begin, &end)) != CORD_E_END) {
        struct cord_values values = {.items = items, .max = CORD_WINDOWS_XML_VALUES_MAX + 1};
        const char *damage = NULL;
        cord_str event = cord_str_slice(text, begin, end - begin);
        assert(begin >= at && end > begin && end <= text.len);
        cord_status status = cord_windows_xml_read(event, paths, arena, &values, &damage);
        assert(status == CORD_OK || (status == CORD_E_FORMAT && damage));
        /* Names that found no room have no text to compare. */
        if (found == CORD_OK && status == CORD_OK && !damage && !cord_paths_full(paths)) {
            compare(event, paths, &values);
        }
        at = end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Kept between inputs, as a worker does. */
    static struct cord_paths *paths;
    static struct cord_arena *arena;
    if (!paths) {
        paths = cord_paths_new(1);
        arena = cord_arena_new(64u << 20);
        assert(paths && arena);
    }
    read_events((cord_str){(const char *)data, size}, paths, arena);
    cord_arena_reset(arena);
    if (cord_paths_full(paths) || cord_paths_count(paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(paths);
    }
    return 0;
}
