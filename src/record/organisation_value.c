/* organisation_value.c: see organisation_value.h. */
#include "record/organisation_value.h"

#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "codec/json_write.h"

/* In the order of enum cord_organisation_member. */
static const char *const names[CORD_ORGANISATION_MEMBERS] = {
    "name",        "role",       "roles",      "standing",    "region",    "parent", "country",
    "postcode",    "opened",     "closed",     "date",        "successor", "alias",  "scheme",
    "relation",    "other",      "as",         "state",       "what",      "value",  "order",
    "channel",     "address",    "hours",      "independent", "owner",     "needs",  "national",
    "criticality", "attributes", "conditions", "reason",
};

static cord_status text_of(const struct cord_json_span *span, struct cord_arena *arena,
                           cord_str *ret_text)
{
    *ret_text = span->text;
    if (!span->escaped) {
        return CORD_OK;
    }
    char *room = cord_arena_bytes(arena, span->text.len + 1);
    if (!room) {
        return cord_arena_failure(arena);
    }
    *ret_text = (cord_str){room, cord_json_unescape(span->text, room)};
    return CORD_OK;
}

static size_t member_of(cord_str name)
{
    for (size_t i = 0; i < CORD_ORGANISATION_MEMBERS; i++) {
        if (cord_str_eq(cord_str_from(names[i]), name)) {
            return i;
        }
    }
    return CORD_ORGANISATION_MEMBERS;
}

cord_status cord_organisation_value_read(cord_str value, struct cord_arena *arena,
                                         cord_str ret_members[CORD_ORGANISATION_MEMBERS])
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    cord_status status = CORD_OK;
    if (!cord_json_span_begin(&walk, value, cord_json_span_skip_blank(value, 0)) || !walk.object) {
        return CORD_E_FORMAT;
    }
    memset(ret_members, 0, CORD_ORGANISATION_MEMBERS * sizeof *ret_members);
    while (status == CORD_OK) {
        status = cord_json_span_next(&walk, &span);
        size_t member = status == CORD_OK ? member_of(span.name) : CORD_ORGANISATION_MEMBERS;
        if (member < CORD_ORGANISATION_MEMBERS) {
            status = text_of(&span, arena, &ret_members[member]);
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

bool cord_organisation_value_next(cord_str *rest, struct cord_arena *arena, cord_str *ret_text)
{
    struct cord_json_span span;
    size_t at = cord_json_span_skip_blank(*rest, 0);
    if (at < rest->len && (rest->ptr[at] == '[' || rest->ptr[at] == ',')) {
        at++;
    }
    if (cord_json_span_read(*rest, &at, &span) != CORD_OK || span.kind != CORD_JSON_STRING ||
        text_of(&span, arena, ret_text) != CORD_OK) {
        return false;
    }
    *rest = cord_str_from_byte(*rest, at);
    return true;
}

void cord_organisation_value_put(struct cord_buf *value, const char *name, cord_str text)
{
    if (text.len == 0) {
        return;
    }
    cord_buf_put_char(value, value->len == 0 ? '{' : ',');
    cord_json_write_string(value, cord_str_from(name));
    cord_buf_put_char(value, ':');
    cord_json_write_string(value, text);
}
