/* sources_read.c: the `sources:` list of the configuration into the registry's tables. */
#include "ingest/sources_internal.h"

#include "base/cidr.h"
#include "base/nearest.h"
#include "base/vec.h"
#include "ingest/zone_file.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SOURCES_MAX = 65536,
    TEXTS_BYTES_MAX = 64 << 20,
    WORD_BYTES_MAX = 64,         /* of a name or organisation */
    CERTIFICATE_BYTES_MAX = 255, /* as long as a DNS name may be */
    AUTHORITIES_MAX = 16,
    RATE_MAX = 10000000,
    SILENCE_MAX_S = 366 * 86400,
    NESTED_MAX = 129, /* prefixes of one address: 0 to 128 bits */
};

struct reading {
    struct cord_sources *sources;
    struct cord_source *source; /* the one that is read */
    struct cord_error *err;
    struct cord_source_range *ranges;
    size_t range_count;
    size_t range_cap;
    size_t source_cap;
    size_t token_cap;
    size_t zone_cap;
};

/* "line 7, source rxa-firewalls, silence" in front of what is wrong. */
static cord_status refuse(const struct reading *reading, const struct cord_yaml *node,
                          const char *key, const char *format, ...) CORD_PRINTF(4, 5);

static cord_status refuse(const struct reading *reading, const struct cord_yaml *node,
                          const char *key, const char *format, ...)
{
    char text[CORD_ERROR_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cord_str name = reading->source ? reading->source->name : CORD_STR("");
    return cord_error_set(reading->err, CORD_E_FORMAT, "line %" PRIu32 "%s%.*s%s%s: %s", node->line,
                          name.len > 0 ? ", source " : "", CORD_STR_ARG(name),
                          key[0] != '\0' ? ", " : "", key, text);
}

static cord_status no_memory(const struct reading *reading)
{
    return cord_error_set(reading->err, CORD_E_NOMEM, "out of memory");
}

/* --- words --- */

static bool is_word(cord_str text)
{
    bool good = text.len > 0 && text.len <= WORD_BYTES_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        char c = text.ptr[i];
        char lower = cord_str_lower_char(c);
        good = (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '-' || c == '_' ||
               c == '.';
    }
    return good;
}

static cord_status read_word(struct reading *reading, const struct cord_yaml *node, const char *key,
                             cord_str *ret_word)
{
    cord_str text = cord_yaml_text(node);
    if (!is_word(text)) {
        return refuse(reading, node, key,
                      "is to be 1 to %d letters, digits, '-', '_' or '.', nothing else",
                      WORD_BYTES_MAX);
    }
    cord_str copy = cord_arena_copy(reading->sources->arena, text);
    if (!copy.ptr) {
        return no_memory(reading);
    }
    *ret_word = copy;
    return CORD_OK;
}

static cord_status read_name(struct reading *reading, const struct cord_yaml *node)
{
    cord_str name = {0};
    struct cord_map *names = &reading->sources->names;
    cord_status status = read_word(reading, node, "name", &name);
    if (status != CORD_OK) {
        return status;
    }
    if (cord_map_get(names, name) != CORD_MAP_NONE) {
        return refuse(reading, node, "name", "another source is called '%.*s' already",
                      CORD_STR_ARG(name));
    }
    reading->source->name = name;
    status = cord_map_put(names, name, reading->source->number);
    return status == CORD_OK ? CORD_OK : no_memory(reading);
}

static cord_status read_organisation(struct reading *reading, const struct cord_yaml *node)
{
    return read_word(reading, node, "organisation", &reading->source->organisation);
}

static cord_status read_content(struct reading *reading, const struct cord_yaml *node)
{
    static const cord_str words[] = {{"any", 3}, {"atna", 4}, {"fhir", 4}};
    cord_str text = cord_yaml_text(node);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_eq(text, words[i])) {
            reading->source->content = (enum cord_source_content)i;
            return CORD_OK;
        }
    }
    return refuse(reading, node, "content", "is to be any, atna or fhir");
}

/* "300s", "5m", "2h", "7d"; "0" for never. */
static bool parse_duration(cord_str text, uint32_t *ret_seconds)
{
    static const char letters[] = "smhd";
    static const uint32_t units[] = {1, 60, 3600, 86400};
    uint64_t value = 0;
    if (cord_str_eq(text, CORD_STR("0"))) {
        *ret_seconds = 0;
        return true;
    }
    if (text.len < 2 || !cord_str_u64(cord_str_slice(text, 0, text.len - 1), &value)) {
        return false;
    }
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++) {
        if (text.ptr[text.len - 1] == letters[i] && value > 0 &&
            value <= SILENCE_MAX_S / units[i]) {
            *ret_seconds = (uint32_t)value * units[i];
            return true;
        }
    }
    return false;
}

static cord_status read_silence(struct reading *reading, const struct cord_yaml *node)
{
    if (!parse_duration(cord_yaml_text(node), &reading->source->silence_s)) {
        return refuse(reading, node, "silence",
                      "is to be a duration like 300s, 5m, 2h or 7d, at most 366d; 0 when the "
                      "source may be silent");
    }
    return CORD_OK;
}

static cord_status read_rate(struct reading *reading, const struct cord_yaml *node)
{
    if (node->kind != CORD_YAML_INT || node->integer < 0 || node->integer > RATE_MAX) {
        return refuse(reading, node, "events_a_second", "is to be a number from 0 (no bound) to %d",
                      RATE_MAX);
    }
    reading->source->events_a_second = (uint32_t)node->integer;
    return CORD_OK;
}

/* One of a name serves all sources that are there. */
static cord_status find_zone(struct reading *reading, const struct cord_yaml *node, cord_str name)
{
    struct cord_sources *sources = reading->sources;
    struct cord_error err = {""};
    uint32_t at = cord_map_get(&sources->zone_names, name);
    if (at != CORD_MAP_NONE) {
        reading->source->place = sources->zones[at];
        return CORD_OK;
    }
    struct cord_zone **zones = cord_vec_room(sources->zones, sources->zone_count,
                                             &reading->zone_cap, sizeof(struct cord_zone *));
    if (!zones) {
        return no_memory(reading);
    }
    sources->zones = zones;
    cord_status status =
        cord_zone_file_read(CORD_ZONE_FILE_DIR, name, &zones[sources->zone_count], &err);
    if (status == CORD_E_NOENT) {
        return refuse(reading, node, "zone", "%s", err.text);
    }
    if (status == CORD_OK) {
        reading->source->place = zones[sources->zone_count];
        status = cord_map_put(&sources->zone_names, name, (uint32_t)sources->zone_count++);
    }
    return status == CORD_OK ? CORD_OK : no_memory(reading);
}

static cord_status read_zone(struct reading *reading, const struct cord_yaml *node)
{
    reading->source->zone = cord_arena_copy(reading->sources->arena, cord_yaml_text(node));
    return reading->source->zone.ptr ? find_zone(reading, node, reading->source->zone)
                                     : no_memory(reading);
}

/* --- proofs --- */

typedef cord_status read_one(struct reading *reading, const struct cord_yaml *node);

/* A list, or one alone. */
static cord_status read_each(struct reading *reading, const struct cord_yaml *node, const char *key,
                             read_one *read)
{
    if (node->kind != CORD_YAML_LIST) {
        return read(reading, node);
    }
    cord_status status = CORD_OK;
    if (!node->child) {
        return refuse(reading, node, key, "is empty: leave the key out");
    }
    for (const struct cord_yaml *one = node->child; one && status == CORD_OK; one = one->next) {
        status = read(reading, one);
    }
    return status;
}

static cord_status refuse_shared(struct reading *reading, const struct cord_yaml *node,
                                 const char *key, uint32_t other)
{
    if (other == reading->source->number) {
        return refuse(reading, node, key, "is listed twice");
    }
    return refuse(reading, node, key, "source %.*s has it already",
                  CORD_STR_ARG(reading->sources->sources[other].name));
}

static struct cord_source_address range_end(struct cord_source_address first, unsigned bits)
{
    struct cord_source_address last = first;
    last.high |= bits >= 64 ? 0 : UINT64_MAX >> bits;
    last.low |= bits >= 128 ? 0 : bits <= 64 ? UINT64_MAX : UINT64_MAX >> (bits - 64);
    return last;
}

static cord_status read_address(struct reading *reading, const struct cord_yaml *node)
{
    uint8_t bytes[16];
    uint8_t bits = 0;
    bool host_bits = false;
    cord_str text = cord_yaml_text(node);
    if (!cord_cidr_parse(text, bytes, &bits, &host_bits)) {
        return refuse(reading, node, "addresses",
                      "'%.64s' is no address or range: write 10.20.0.0/16, 2001:db8::/32 or an "
                      "address alone",
                      text.ptr ? text.ptr : "");
    }
    if (host_bits) {
        return refuse(reading, node, "addresses",
                      "'%s' has bits set behind its prefix: which range is meant?", text.ptr);
    }
    struct cord_source_range *ranges =
        cord_vec_room(reading->ranges, reading->range_count, &reading->range_cap, sizeof *ranges);
    if (!ranges) {
        return no_memory(reading);
    }
    struct cord_source_address first = cord_source_address_of(bytes);
    reading->ranges = ranges;
    ranges[reading->range_count++] = (struct cord_source_range){.first = first,
                                                                .last = range_end(first, bits),
                                                                .bits = bits,
                                                                .source = reading->source->number,
                                                                .line = node->line};
    return CORD_OK;
}

static cord_status read_addresses(struct reading *reading, const struct cord_yaml *node)
{
    return read_each(reading, node, "addresses", read_address);
}

/* Fingerprints are written with colons, too, and in either case. */
static bool parse_hash(cord_str text, struct cord_digest *ret_digest)
{
    char digits[CORD_DIGEST_TEXT];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ':' && len % 2 == 0) {
            continue;
        }
        if (len == CORD_DIGEST_TEXT - 1) {
            return false;
        }
        digits[len++] = cord_str_lower_char(text.ptr[i]);
    }
    return cord_digest_parse((cord_str){digits, len}, ret_digest);
}

static void put_slot(struct cord_sources *sources, size_t token)
{
    uint64_t hash = 0;
    memcpy(&hash, sources->tokens[token].digest.bytes, sizeof hash);
    size_t slot = hash & (sources->token_slot_count - 1);
    while (sources->token_slots[slot] != 0) {
        slot = (slot + 1) & (sources->token_slot_count - 1);
    }
    sources->token_slots[slot] = (uint32_t)token + 1;
}

/* The token added last gets its slot; at most half of them are taken. */
static cord_status index_token(struct cord_sources *sources)
{
    size_t slot_count = sources->token_slot_count;
    if (2 * sources->token_count <= slot_count) {
        put_slot(sources, sources->token_count - 1);
        return CORD_OK;
    }
    slot_count = slot_count == 0 ? 16 : 2 * slot_count;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots) {
        return CORD_E_NOMEM;
    }
    free(sources->token_slots);
    sources->token_slots = slots;
    sources->token_slot_count = slot_count;
    for (size_t i = 0; i < sources->token_count; i++) {
        put_slot(sources, i);
    }
    return CORD_OK;
}

/* The text is never shown: it may be a token that was not hashed. */
static cord_status read_token(struct reading *reading, const struct cord_yaml *node)
{
    struct cord_sources *sources = reading->sources;
    struct cord_digest digest;
    if (!parse_hash(cord_yaml_text(node), &digest)) {
        return refuse(reading, node, "token_sha256",
                      "is to be the SHA-256 of the token, 64 hexadecimal digits: `cordon sources "
                      "token` makes one");
    }
    const struct cord_source_token *same = cord_sources_token_find(sources, &digest);
    if (same) {
        return refuse_shared(reading, node, "token_sha256", same->source);
    }
    struct cord_source_token *tokens =
        cord_vec_room(sources->tokens, sources->token_count, &reading->token_cap, sizeof *tokens);
    if (!tokens) {
        return no_memory(reading);
    }
    sources->tokens = tokens;
    tokens[sources->token_count++] =
        (struct cord_source_token){.digest = digest, .source = reading->source->number};
    return index_token(sources) == CORD_OK ? CORD_OK : no_memory(reading);
}

static cord_status read_tokens(struct reading *reading, const struct cord_yaml *node)
{
    return read_each(reading, node, "token_sha256", read_token);
}

static cord_status put_certificate(struct reading *reading, const struct cord_yaml *node,
                                   struct cord_map *map, cord_str text)
{
    uint32_t other = cord_map_get(map, text);
    if (other != CORD_MAP_NONE) {
        return refuse_shared(reading, node, "certificates", other);
    }
    return cord_map_put(map, text, reading->source->number) == CORD_OK ? CORD_OK
                                                                       : no_memory(reading);
}

static cord_status read_fingerprint(struct reading *reading, const struct cord_yaml *node,
                                    cord_str text)
{
    struct cord_digest digest;
    char digits[CORD_DIGEST_TEXT];
    if (!parse_hash(text, &digest)) {
        return refuse(reading, node, "certificates",
                      "sha256: is to be followed by 64 hexadecimal digits: what `openssl x509 "
                      "-fingerprint -sha256` prints");
    }
    cord_str copy = cord_arena_copy(reading->sources->arena, cord_digest_format(&digest, digits));
    return copy.ptr ? put_certificate(reading, node, &reading->sources->fingerprints, copy)
                    : no_memory(reading);
}

static cord_status read_certificate(struct reading *reading, const struct cord_yaml *node)
{
    static const cord_str prefix = {"sha256:", 7};
    cord_str text = cord_yaml_text(node);
    if (cord_str_starts_fold(text, prefix)) {
        return read_fingerprint(reading, node, cord_str_from_byte(text, prefix.len));
    }
    bool good = text.len > 0 && text.len <= CERTIFICATE_BYTES_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        good = (unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f && text.ptr[i] != '*';
    }
    char *copy = good ? cord_arena_bytes(reading->sources->arena, text.len) : NULL;
    if (!good) {
        return refuse(reading, node, "certificates",
                      "is to be a certificate's name, without '*', or sha256: and its fingerprint");
    }
    if (!copy) {
        return no_memory(reading);
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = cord_str_lower_char(text.ptr[i]);
    }
    return put_certificate(reading, node, &reading->sources->certificates,
                           (cord_str){copy, text.len});
}

static cord_status read_authority(struct reading *reading, const struct cord_yaml *node)
{
    static const cord_str prefix = {"sha256:", 7};
    struct cord_digest digest;
    char digits[CORD_DIGEST_TEXT];
    cord_str text = cord_yaml_text(node);
    cord_str before = reading->source->authorities;
    if (!cord_str_starts_fold(text, prefix) ||
        !parse_hash(cord_str_from_byte(text, prefix.len), &digest) ||
        before.len >= (sizeof digits - 1) * AUTHORITIES_MAX) {
        return refuse(reading, node, "authorities",
                      "is to be sha256: and the fingerprint of an authority's certificate, for at "
                      "most %d of them",
                      AUTHORITIES_MAX);
    }
    cord_str added = cord_digest_format(&digest, digits);
    char *all = cord_arena_bytes(reading->sources->arena, before.len + added.len);
    if (!all) {
        return no_memory(reading);
    }
    if (before.len > 0) {
        memcpy(all, before.ptr, before.len);
    }
    memcpy(all + before.len, added.ptr, added.len);
    reading->source->authorities = (cord_str){all, before.len + added.len};
    return CORD_OK;
}

static cord_status read_authorities(struct reading *reading, const struct cord_yaml *node)
{
    return read_each(reading, node, "authorities", read_authority);
}

static cord_status read_certificates(struct reading *reading, const struct cord_yaml *node)
{
    return read_each(reading, node, "certificates", read_certificate);
}

/* --- a source --- */

static const struct key {
    cord_str name;
    read_one *read;
} keys[] = {
    {{"name", 4}, read_name}, /* first: what is wrong with the others is said with it */
    {{"organisation", 12}, read_organisation},
    {{"addresses", 9}, read_addresses},
    {{"token_sha256", 12}, read_tokens},
    {{"certificates", 12}, read_certificates},
    {{"authorities", 11}, read_authorities},
    {{"content", 7}, read_content},
    {{"silence", 7}, read_silence},
    {{"events_a_second", 15}, read_rate},
    {{"zone", 4}, read_zone},
};

enum { KEYS = sizeof keys / sizeof *keys, KEYS_NEEDED = 2 };

static cord_status check_key(const struct reading *reading, const struct cord_yaml *member)
{
    struct cord_nearest nearest;
    cord_str name = cord_yaml_text(member->key);
    for (size_t i = 0; i < KEYS; i++) {
        if (cord_str_eq(name, keys[i].name)) {
            return CORD_OK;
        }
    }
    cord_nearest_init(&nearest, name);
    for (size_t i = 0; i < KEYS; i++) {
        cord_nearest_offer(&nearest, keys[i].name);
    }
    cord_str near = cord_nearest_found(&nearest);
    for (size_t i = 0; i < KEYS && near.len == 0 && name.len > 2; i++) {
        if (cord_str_starts(keys[i].name, name)) {
            near = keys[i].name; /* token for token_sha256 */
        }
    }
    return refuse(reading, member->key, "", "unknown key '%.*s'%s%.*s%s",
                  CORD_STR_ARG(cord_str_slice(name, 0, WORD_BYTES_MAX)),
                  near.len > 0 ? ": did you mean '" : "; man cordon-serve has them all",
                  CORD_STR_ARG(near), near.len > 0 ? "'?" : "");
}

static cord_status read_source(struct reading *reading, const struct cord_yaml *node)
{
    if (node->kind != CORD_YAML_MAP) {
        return refuse(reading, node, "", "a source is to be a map with a name and an organisation");
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < KEYS && status == CORD_OK; i++) {
        const struct cord_yaml *value = cord_yaml_get(node, keys[i].name);
        if (value) {
            status = keys[i].read(reading, value);
        } else if (i < KEYS_NEEDED) {
            status = refuse(reading, node, keys[i].name.ptr, "is missing");
        }
    }
    for (const struct cord_yaml *member = node->child; member && status == CORD_OK;
         member = member->next) {
        status = check_key(reading, member);
    }
    return status;
}

static cord_status add_source(struct reading *reading, const struct cord_yaml *node)
{
    struct cord_sources *sources = reading->sources;
    if (sources->count == SOURCES_MAX) {
        return cord_error_set(reading->err, CORD_E_LIMIT, "line %" PRIu32 ": more than %d sources",
                              node->line, SOURCES_MAX);
    }
    struct cord_source *room =
        cord_vec_room(sources->sources, sources->count, &reading->source_cap, sizeof *room);
    if (!room) {
        return no_memory(reading);
    }
    sources->sources = room;
    reading->source = &room[sources->count];
    *reading->source = (struct cord_source){.number = (uint32_t)sources->count,
                                            .name = CORD_STR(""),
                                            .organisation = CORD_STR(""),
                                            .silence_s = CORD_SOURCE_SILENCE_S,
                                            .zone = CORD_STR("")};
    sources->count++;
    return read_source(reading, node);
}

/* --- addresses --- */

/* What holds others comes before them. */
static int compare_ranges(const void *a, const void *b)
{
    const struct cord_source_range *x = a;
    const struct cord_source_range *y = b;
    int order = cord_source_address_compare(x->first, y->first);
    if (order == 0) {
        order = (x->bits > y->bits) - (x->bits < y->bits);
    }
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static void put_border(struct cord_sources *sources, struct cord_source_address from,
                       uint32_t source)
{
    size_t count = sources->border_count;
    if (count == 0 || cord_source_address_compare(sources->borders[count - 1].from, from) != 0) {
        sources->border_count++;
    }
    sources->borders[sources->border_count - 1] =
        (struct cord_source_border){.from = from, .source = source};
}

/* Ends the innermost range: what follows it is of the one around it. */
static void end_range(struct cord_sources *sources, const struct cord_source_range *const *open,
                      size_t depth)
{
    struct cord_source_address next = open[depth - 1]->last;
    next.low++;
    next.high += next.low == 0;
    if (next.low != 0 || next.high != 0) { /* else there are no addresses behind it */
        put_border(sources, next, depth > 1 ? open[depth - 2]->source : CORD_SOURCE_NONE);
    }
}

/* Prefixes hold one another or have nothing in common: one pass in their order,
 * with those that are open on a stack. */
static void lay_borders(struct cord_sources *sources, const struct cord_source_range *ranges,
                        size_t count)
{
    const struct cord_source_range *open[NESTED_MAX];
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cord_source_range *range = &ranges[i];
        while (depth > 0 && cord_source_address_compare(open[depth - 1]->last, range->first) < 0) {
            end_range(sources, open, depth--);
        }
        put_border(sources, range->first, range->source);
        open[depth++] = range; /* of ever longer prefixes: never more than NESTED_MAX */
    }
    for (; depth > 0; depth--) {
        end_range(sources, open, depth);
    }
}

static cord_status settle_ranges(struct reading *reading)
{
    struct cord_sources *sources = reading->sources;
    struct cord_source_range *ranges = reading->ranges;
    size_t count = reading->range_count;
    if (count == 0) {
        return CORD_OK;
    }
    qsort(ranges, count, sizeof *ranges, compare_ranges);
    for (size_t i = 1; i < count; i++) {
        if (ranges[i - 1].bits == ranges[i].bits &&
            cord_source_address_compare(ranges[i - 1].first, ranges[i].first) == 0) {
            const struct cord_yaml place = {.line = ranges[i].line};
            reading->source = &sources->sources[ranges[i].source];
            return refuse_shared(reading, &place, "addresses", ranges[i - 1].source);
        }
    }
    sources->borders = calloc(2 * count, sizeof *sources->borders);
    if (!sources->borders) {
        return no_memory(reading);
    }
    lay_borders(sources, ranges, count);
    return CORD_OK;
}

static struct cord_sources *new_sources(void)
{
    struct cord_sources *sources = calloc(1, sizeof *sources);
    if (!sources) {
        return NULL;
    }
    atomic_init(&sources->references, 1);
    /* Keys are the operator's, not an attacker's: any seed will do. */
    cord_map_init(&sources->names, 1);
    cord_map_init(&sources->zone_names, 1);
    cord_map_init(&sources->fingerprints, 1);
    cord_map_init(&sources->certificates, 1);
    sources->arena = cord_arena_new(TEXTS_BYTES_MAX);
    if (!sources->arena) {
        cord_sources_unref(sources);
        return NULL;
    }
    return sources;
}

cord_status cord_sources_read(const struct cord_yaml *list, struct cord_sources **ret_sources,
                              struct cord_error *err)
{
    struct reading reading = {.sources = new_sources(), .err = err};
    cord_status status = CORD_OK;
    if (!reading.sources) {
        return no_memory(&reading);
    }
    if (list && list->kind != CORD_YAML_LIST && list->kind != CORD_YAML_NULL) {
        status = refuse(&reading, list, "sources", "is to be a list");
    }
    for (const struct cord_yaml *node = list ? list->child : NULL; node && status == CORD_OK;
         node = node->next) {
        reading.source = NULL;
        status = add_source(&reading, node);
    }
    if (status == CORD_OK) {
        status = settle_ranges(&reading);
    }
    free(reading.ranges);
    if (status != CORD_OK) {
        cord_sources_unref(reading.sources);
        return status;
    }
    *ret_sources = reading.sources;
    return CORD_OK;
}
