/* record_lines.c: see record_lines.h. */
#include "record/record_lines.h"

#include "base/hash.h"

#include <stdlib.h>

enum { SLOTS = 1 << 17, NAME_BYTES_MAX = 256 }; /* some 25 MB when full */

struct slot {
    int64_t id; /* 0: empty */
    int64_t topic;
    uint32_t subject_len, claimant_len, part_len;
    char *texts; /* one behind the other */
};

struct cord_record_lines {
    struct slot slots[SLOTS];
};

cord_status cord_record_lines_new(struct cord_record_lines **ret_lines)
{
    *ret_lines = calloc(1, sizeof **ret_lines);
    return *ret_lines ? CORD_OK : CORD_E_NOMEM;
}

void cord_record_lines_clear(struct cord_record_lines *lines)
{
    for (size_t i = 0; i < SLOTS; i++) {
        free(lines->slots[i].texts);
        lines->slots[i] = (struct slot){.id = 0};
    }
}

void cord_record_lines_free(struct cord_record_lines *lines)
{
    if (lines) {
        cord_record_lines_clear(lines);
        free(lines);
    }
}

/* Who chooses names can have them meet here; then they are looked up in the database. */
static size_t slot_of(const struct cord_record_line_name *name)
{
    uint64_t hash = cord_hash(name->subject, (uint64_t)name->topic);
    hash = cord_hash(name->claimant, hash);
    return (size_t)(cord_hash(name->part, hash) % SLOTS);
}

static bool is_at(const char *texts, uint32_t len, cord_str text)
{
    return len == text.len && (len == 0 || memcmp(texts, text.ptr, len) == 0);
}

int64_t cord_record_lines_get(const struct cord_record_lines *lines,
                              const struct cord_record_line_name *name)
{
    const struct slot *slot = &lines->slots[slot_of(name)];
    bool same =
        slot->id != 0 && slot->topic == name->topic &&
        is_at(slot->texts, slot->subject_len, name->subject) &&
        is_at(slot->texts + slot->subject_len, slot->claimant_len, name->claimant) &&
        is_at(slot->texts + slot->subject_len + slot->claimant_len, slot->part_len, name->part);
    return same ? slot->id : 0;
}

static char *put_text(char *at, cord_str text)
{
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len);
    }
    return at + text.len;
}

void cord_record_lines_put(struct cord_record_lines *lines,
                           const struct cord_record_line_name *name, int64_t id)
{
    struct slot *slot = &lines->slots[slot_of(name)];
    size_t len = name->subject.len + name->claimant.len + name->part.len;
    char *texts = len <= NAME_BYTES_MAX ? malloc(len + 1) : NULL;
    if (!texts) {
        return;
    }
    (void)put_text(put_text(put_text(texts, name->subject), name->claimant), name->part);
    free(slot->texts);
    *slot = (struct slot){.id = id,
                          .topic = name->topic,
                          .subject_len = (uint32_t)name->subject.len,
                          .claimant_len = (uint32_t)name->claimant.len,
                          .part_len = (uint32_t)name->part.len,
                          .texts = texts};
}
