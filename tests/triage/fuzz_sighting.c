/* fuzz_sighting.c: any bytes as a finding of the journal: what the quick way reads the other one
 * reads as well. */
#include "triage/sighting_scan.h"

#include "base/timestamp.h"

#include <assert.h>

static void touch(cord_str text)
{
    volatile char last = 0;
    if (text.len > 0) {
        last = text.ptr[text.len - 1];
    }
    (void)last;
}

/* What is read is within the bounds that the header states, and each byte of it is there. */
static void check(const struct cord_sighting *sighting)
{
    assert(sighting->number > 0);
    assert(sighting->known_ns != CORD_TIME_NONE && sighting->time_ns != CORD_TIME_NONE);
    assert(sighting->level <= CORD_LEVEL_CRITICAL);
    assert(sighting->tag_count <= CORD_SIGHTING_TAGS_MAX);
    assert(sighting->field_count <= CORD_SIGHTING_FIELDS_MAX);
    assert(sighting->title.len <= CORD_SIGHTING_TEXT_MAX);
    touch(sighting->organisation);
    touch(sighting->rule);
    touch(sighting->host);
    touch(sighting->user);
    for (size_t i = 0; i < sighting->tag_count; i++) {
        touch(sighting->tags[i]);
    }
    for (size_t i = 0; i < sighting->field_count; i++) {
        touch(sighting->fields[i].name);
        touch(sighting->fields[i].value);
    }
    touch(cord_sighting_source_address(sighting));
    touch(cord_sighting_target_address(sighting));
}

static void check_same(const struct cord_sighting *one, const struct cord_sighting *other)
{
    assert(one->number == other->number && one->events == other->events);
    assert(one->known_ns == other->known_ns && one->time_ns == other->time_ns);
    assert(one->first_ns == other->first_ns && one->level == other->level);
    assert(cord_str_eq(one->organisation, other->organisation));
    assert(cord_str_eq(one->rule, other->rule) && cord_str_eq(one->title, other->title));
    assert(cord_str_eq(one->author, other->author) && cord_str_eq(one->host, other->host));
    assert(cord_str_eq(one->user, other->user) && cord_str_eq(one->channel, other->channel));
    assert(cord_str_eq(one->event_id, other->event_id));
    assert(cord_str_eq(one->evidence, other->evidence));
    assert(one->tag_count == other->tag_count && one->field_count == other->field_count);
    for (size_t i = 0; i < one->tag_count; i++) {
        assert(cord_str_eq(one->tags[i], other->tags[i]));
    }
    for (size_t i = 0; i < one->field_count; i++) {
        assert(cord_str_eq(one->fields[i].name, other->fields[i].name));
        assert(cord_str_eq(one->fields[i].value, other->fields[i].value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_sighting sighting;
    struct cord_sighting scanned;
    struct cord_error err = {""};
    struct cord_arena *arena = cord_arena_new(1 << 20);
    cord_str json = {(const char *)data, size};
    if (arena) {
        bool sure = cord_sighting_scan(json, arena, &scanned);
        cord_status status = cord_sighting_read_tree(json, arena, &sighting, &err);
        assert(!sure || status == CORD_OK || status == CORD_E_LIMIT);
        if (sure && status == CORD_OK) {
            check_same(&scanned, &sighting);
        }
        if (status == CORD_OK) {
            check(&sighting);
        } else {
            assert(err.text[0] != '\0' || status == CORD_E_LIMIT || status == CORD_E_NOMEM);
        }
    }
    cord_arena_free(arena);
    return 0;
}
