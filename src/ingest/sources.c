/* sources.c: the registry asked: see source.h. */
#include "ingest/sources_internal.h"

#include <openssl/crypto.h>

#include <stdlib.h>

enum { NAME_BYTES_MAX = 256 };

struct cord_sources *cord_sources_ref(struct cord_sources *sources)
{
    if (sources) {
        (void)atomic_fetch_add(&sources->references, 1);
    }
    return sources;
}

void cord_sources_unref(struct cord_sources *sources)
{
    if (!sources || atomic_fetch_sub(&sources->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < sources->zone_count; i++) {
        cord_zone_free(sources->zones[i]);
    }
    free(sources->zones);
    cord_map_done(&sources->zone_names);
    free(sources->borders);
    free(sources->token_slots);
    free(sources->tokens);
    cord_map_done(&sources->certificates);
    cord_map_done(&sources->fingerprints);
    cord_map_done(&sources->names);
    free(sources->sources);
    cord_arena_free(sources->arena);
    free(sources);
}

size_t cord_sources_count(const struct cord_sources *sources)
{
    return sources->count;
}

const struct cord_source *cord_sources_at(const struct cord_sources *sources, size_t at)
{
    return at < sources->count ? &sources->sources[at] : NULL;
}

const struct cord_source *cord_sources_by_name(const struct cord_sources *sources, cord_str name)
{
    /* CORD_MAP_NONE is beyond any number of sources. */
    return cord_sources_at(sources, cord_map_get(&sources->names, name));
}

/* --- who it is --- */

const struct cord_source_token *cord_sources_token_find(const struct cord_sources *sources,
                                                        const struct cord_digest *digest)
{
    uint64_t hash = 0;
    memcpy(&hash, digest->bytes, sizeof hash);
    size_t mask = sources->token_slot_count - 1;
    if (sources->token_slot_count == 0) {
        return NULL;
    }
    for (size_t slot = hash & mask; sources->token_slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct cord_source_token *token = &sources->tokens[sources->token_slots[slot] - 1];
        if (CRYPTO_memcmp(token->digest.bytes, digest->bytes, CORD_DIGEST_BYTES) == 0) {
            return token;
        }
    }
    return NULL;
}

const struct cord_source *cord_sources_by_token(const struct cord_sources *sources, cord_str token)
{
    struct cord_digest digest;
    if (token.len == 0 || sources->token_count == 0 || cord_digest_of(token, &digest) != CORD_OK) {
        return NULL;
    }
    const struct cord_source_token *found = cord_sources_token_find(sources, &digest);
    return found ? &sources->sources[found->source] : NULL;
}

static uint32_t find_folded(const struct cord_map *map, cord_str text)
{
    char lower[NAME_BYTES_MAX];
    if (text.len == 0 || text.len > sizeof lower) {
        return CORD_MAP_NONE;
    }
    for (size_t i = 0; i < text.len; i++) {
        lower[i] = cord_str_lower_char(text.ptr[i]);
    }
    return cord_map_get(map, (cord_str){lower, text.len});
}

static bool may_sign(const struct cord_source *source, cord_str authority)
{
    cord_str rest = source->authorities;
    bool may = rest.len == 0;
    while (!may && authority.len > 0 && rest.len >= authority.len) {
        may = cord_str_starts(rest, authority);
        rest = cord_str_from_byte(rest, authority.len);
    }
    return may;
}

const struct cord_source *cord_sources_by_certificate(const struct cord_sources *sources,
                                                      const struct cord_tls_peer *peer,
                                                      bool *ret_foreign)
{
    uint32_t number = find_folded(&sources->fingerprints, cord_str_from(peer->fingerprint));
    if (number == CORD_MAP_NONE) {
        number = find_folded(&sources->certificates, cord_str_from(peer->name));
    }
    const struct cord_source *found = cord_sources_at(sources, number);
    *ret_foreign = found && !may_sign(found, cord_str_from(peer->authority));
    return *ret_foreign ? NULL : found;
}

const struct cord_source *cord_sources_by_address(const struct cord_sources *sources,
                                                  const unsigned char address[16])
{
    struct cord_source_address wanted = cord_source_address_of(address);
    size_t low = 0; /* borders before it are at or below the address */
    size_t high = sources->border_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cord_source_address_compare(sources->borders[middle].from, wanted) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? cord_sources_at(sources, sources->borders[low - 1].source) : NULL;
}
