/* fuzz_source.c: any configuration is a registry that answers, or a refusal with its line. */
#include "ingest/source.h"

#include <assert.h>

static void ask(const struct cord_sources *sources, const uint8_t *data, size_t size)
{
    uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
    cord_str text = {(const char *)data, size};
    for (size_t i = 0; i < cord_sources_count(sources); i++) {
        const struct cord_source *source = cord_sources_at(sources, i);
        assert(source->number == i && source->name.len > 0 && source->organisation.len > 0);
        assert(cord_sources_by_name(sources, source->name) == source);
    }
    assert(cord_sources_by_token(sources, text) == NULL);
    struct cord_tls_peer peer = {.present = true};
    memcpy(peer.name, data, size < sizeof peer.name ? size : sizeof peer.name - 1);
    bool foreign = false;
    const struct cord_source *named = cord_sources_by_certificate(sources, &peer, &foreign);
    assert(!foreign || !named);
    for (size_t at = 0; at + 4 <= size; at++) {
        memcpy(address + 12, data + at, 4);
        (void)cord_sources_by_address(sources, address);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_arena *arena = cord_arena_new(1 << 22);
    struct cord_yaml *documents = NULL;
    struct cord_sources *sources = NULL;
    struct cord_error err = {""};
    if (!arena) {
        return 0;
    }
    if (cord_yaml_parse((cord_str){(const char *)data, size}, 1, arena, &documents, NULL) ==
        CORD_OK) {
        cord_status status = cord_sources_read(documents->child, &sources, &err);
        assert((status == CORD_OK) == (sources != NULL));
        assert(status != CORD_E_FORMAT || strncmp(err.text, "line ", 5) == 0);
        if (sources) {
            ask(sources, data, size);
        }
        cord_sources_unref(sources);
    }
    cord_arena_free(arena);
    return 0;
}
