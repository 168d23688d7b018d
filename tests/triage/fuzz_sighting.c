/* fuzz_sighting.c: any bytes as a finding of the journal. */
#include "triage/sighting.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_sighting sighting;
    struct cord_error err = {""};
    struct cord_arena *arena = cord_arena_new(1 << 20);
    cord_str json = {(const char *)data, size};
    if (arena) {
        cord_status status = cord_sighting_read(json, arena, &sighting, &err);
        if (status == CORD_OK) {
            check(&sighting);
        } else {
            assert(err.text[0] != '\0' || status == CORD_E_LIMIT || status == CORD_E_NOMEM);
        }
    }
    cord_arena_free(arena);
    return 0;
}
