/*
 * unwrap_hec.c: the bodies of Splunk's HTTP Event Collector.
 *
 * What an envelope says is gathered first, because a note belongs to a record
 * that is there already. What a client did not say of a raw line, its request may have said.
 */
#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "ingest/unwrap.h"
#include "ingest/unwrap_kinds.h"

enum {
    FIELDS_MAX = 256,
    FURTHER_MAX = 32, /* members that no envelope of Splunk's has */
};

static const char no_event[] = "Event field is required";
static const char blank_event[] = "Event field cannot be blank";
static const char bad_format[] = "Invalid data format";

/* The members an envelope may have, as notes. */
static const struct known {
    cord_str name;
    const char *note;
    enum cord_unwrap_role role;
} known[] = {
    {{"time", 4}, "hec.time", CORD_UNWRAP_ROLE_TIME},
    {{"host", 4}, "hec.host", CORD_UNWRAP_ROLE_HOST},
    {{"source", 6}, "hec.source", CORD_UNWRAP_ROLE_NONE},
    {{"sourcetype", 10}, "hec.sourcetype", CORD_UNWRAP_ROLE_DATASET},
    {{"index", 5}, "hec.index", CORD_UNWRAP_ROLE_NONE},
};

enum { KNOWN_COUNT = sizeof known / sizeof *known };

struct envelope {
    struct cord_json_span event;
    struct cord_json_span fields;
    struct cord_json_span known[KNOWN_COUNT];
    size_t further_count;
    bool has_event;
    bool has_fields;
    bool too_many;
    struct cord_json_span further[FURTHER_MAX]; /* set as far as counted */
};

struct hec {
    struct cord_unwrap *unwrap;
    cord_str defaults[KNOWN_COUNT]; /* of the request */
};

/* ---- what the request says for all ---- */

static void read_defaults(struct hec *hec, cord_str context)
{
    cord_str line;
    while (cord_str_cut(&context, '\n', &line)) {
        cord_str value = line;
        cord_str name;
        if (!cord_str_cut(&value, '=', &name) || !value.ptr) {
            continue;
        }
        for (size_t at = 0; at < KNOWN_COUNT; at++) {
            if (cord_str_eq(name, known[at].name)) {
                hec->defaults[at] = value;
            }
        }
    }
}

/* ---- notes ---- */

/* What a scalar stands for. */
static cord_str text_of(struct cord_unwrap *unwrap, bool escaped, cord_str text)
{
    char *into = escaped ? cord_arena_bytes(unwrap->arena, text.len) : NULL;
    return into ? (cord_str){into, cord_json_unescape(text, into)} : text;
}

static void note_defaults(struct hec *hec, const struct envelope *envelope)
{
    for (size_t at = 0; at < KNOWN_COUNT; at++) {
        cord_str value = hec->defaults[at];
        if (envelope && envelope->known[at].text.len > 0) {
            const struct cord_json_span *said = &envelope->known[at];
            value = text_of(hec->unwrap, said->escaped, said->text);
        }
        if (value.len > 0) {
            cord_unwrap_note(hec->unwrap, known[at].note, value, known[at].role);
        }
    }
}

static void note_member(struct cord_unwrap *unwrap, cord_str prefix, cord_str name,
                        const struct cord_json_span *value)
{
    if (value->kind != CORD_JSON_NULL && value->text.len > 0 && name.len > 0) {
        cord_unwrap_note_under(unwrap, prefix, text_of(unwrap, true, name),
                               text_of(unwrap, value->escaped, value->text), CORD_UNWRAP_ROLE_NONE);
    }
}

/* A list of values is one note a value, as lists are in events. */
static void note_field(struct cord_unwrap *unwrap, const struct cord_json_span *field)
{
    struct cord_json_walk walk;
    struct cord_json_span element;
    if (field->kind != CORD_JSON_ARRAY || !cord_json_span_begin(&walk, field->raw, 0)) {
        note_member(unwrap, CORD_STR("hec.fields"), field->name, field);
        return;
    }
    for (size_t count = 0; count < FIELDS_MAX && cord_json_span_next(&walk, &element) == CORD_OK;
         count++) {
        note_member(unwrap, CORD_STR("hec.fields"), field->name, &element);
    }
}

static void note_all(struct hec *hec, const struct envelope *envelope)
{
    struct cord_json_walk walk;
    struct cord_json_span field;
    note_defaults(hec, envelope);
    for (size_t at = 0; at < envelope->further_count; at++) {
        note_member(hec->unwrap, CORD_STR("hec"), envelope->further[at].name,
                    &envelope->further[at]);
    }
    if (envelope->has_fields && cord_json_span_begin(&walk, envelope->fields.raw, 0)) {
        while (cord_json_span_next(&walk, &field) == CORD_OK) {
            note_field(hec->unwrap, &field);
        }
    }
}

/* ---- envelopes ---- */

static struct cord_json_span *known_of(struct envelope *envelope, cord_str name)
{
    for (size_t at = 0; at < KNOWN_COUNT; at++) {
        if (cord_str_eq(name, known[at].name)) {
            return &envelope->known[at];
        }
    }
    return NULL;
}

static void take_member(struct envelope *envelope, const struct cord_json_span *member)
{
    struct cord_json_span *place = known_of(envelope, member->name);
    bool scalar = member->kind != CORD_JSON_OBJECT && member->kind != CORD_JSON_ARRAY;
    if (cord_str_eq(member->name, CORD_STR("event"))) {
        envelope->event = *member;
        envelope->has_event = member->kind != CORD_JSON_NULL;
    } else if (cord_str_eq(member->name, CORD_STR("fields")) && member->kind == CORD_JSON_OBJECT) {
        envelope->fields = *member;
        envelope->has_fields = true;
    } else if (place && scalar) {
        *place = member->kind != CORD_JSON_NULL ? *member : (struct cord_json_span){0};
    } else if (envelope->further_count < FURTHER_MAX) {
        envelope->further[envelope->further_count++] = *member;
    } else {
        envelope->too_many = true;
    }
}

/* Its fields are counted before it is put: whether it is a record is known then. */
static bool fields_are_right(struct envelope *envelope)
{
    struct cord_json_walk walk;
    struct cord_json_span field;
    size_t count = 0;
    cord_status status = CORD_E_END;
    if (envelope->has_fields && cord_json_span_begin(&walk, envelope->fields.raw, 0)) {
        while ((status = cord_json_span_next(&walk, &field)) == CORD_OK) {
            count++;
        }
    }
    envelope->too_many = envelope->too_many || count > FIELDS_MAX;
    return status == CORD_E_END;
}

static void put_array(struct cord_unwrap *unwrap, cord_str array)
{
    static const cord_str before = {"{\"event\":", 9};
    char *into = cord_arena_bytes(unwrap->arena, before.len + array.len + 1);
    if (!into) {
        unwrap->failed = true;
        return;
    }
    memcpy(into, before.ptr, before.len);
    memcpy(into + before.len, array.ptr, array.len);
    into[before.len + array.len] = '}';
    cord_unwrap_put(unwrap, CORD_UNWRAP_JSON, (cord_str){into, before.len + array.len + 1});
}

static void put_event(struct hec *hec, struct envelope *envelope, cord_str whole)
{
    struct cord_unwrap *unwrap = hec->unwrap;
    const struct cord_json_span *event = &envelope->event;
    if (!envelope->has_event) {
        cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, cord_str_from(no_event), whole);
        return;
    }
    if (!fields_are_right(envelope)) {
        cord_unwrap_refuse(unwrap, CORD_LOSS_MALFORMED, cord_str_from(bad_format), whole);
        return;
    }
    if (envelope->too_many) {
        cord_unwrap_refuse(unwrap, CORD_LOSS_FIELDS, cord_str_from("Too many fields"), whole);
        return;
    }
    if (event->kind == CORD_JSON_STRING) {
        if (!cord_unwrap_put_string(unwrap, event->text)) {
            cord_unwrap_refuse(unwrap, CORD_LOSS_EMPTY, cord_str_from(blank_event), whole);
            return;
        }
    } else if (event->kind == CORD_JSON_ARRAY) {
        put_array(unwrap, event->raw);
    } else {
        cord_unwrap_put(unwrap,
                        event->kind == CORD_JSON_OBJECT ? CORD_UNWRAP_JSON : CORD_UNWRAP_TEXT,
                        event->raw);
    }
    note_all(hec, envelope);
}

/* The envelope at bytes[at]; returns where the next one may begin. When it cannot be
 * read, its brackets say where it ends; without an end it is all of the rest. */
static size_t take_envelope(struct hec *hec, cord_str bytes, size_t at)
{
    struct envelope envelope;
    struct cord_json_walk walk;
    struct cord_json_span member;
    cord_status status = CORD_E_FORMAT;
    memset(&envelope, 0, offsetof(struct envelope, further));
    if (bytes.ptr[at] == '{' && cord_json_span_begin(&walk, bytes, at)) {
        while ((status = cord_json_span_next(&walk, &member)) == CORD_OK) {
            take_member(&envelope, &member);
        }
    }
    if (status == CORD_E_END) {
        put_event(hec, &envelope, cord_str_slice(bytes, at, walk.at - at));
        return walk.at;
    }
    size_t end = at;
    if (cord_json_span_read(bytes, &end, &member) != CORD_OK) {
        end = bytes.len;
    }
    cord_unwrap_refuse(hec->unwrap, CORD_LOSS_MALFORMED, cord_str_from(bad_format),
                       cord_str_slice(bytes, at, end - at));
    return end;
}

/* Past blanks and the commas and brackets of an array of envelopes. */
static size_t skip_between(cord_str bytes, size_t at)
{
    for (;; at++) {
        at = cord_json_span_skip_blank(bytes, at);
        if (at >= bytes.len ||
            (bytes.ptr[at] != ',' && bytes.ptr[at] != '[' && bytes.ptr[at] != ']')) {
            return at;
        }
    }
}

static cord_status unwrap_hec(const struct cord_delivery_kind *kind, cord_str bytes,
                              cord_str context, struct cord_unwrap *unwrap, struct cord_error *err)
{
    (void)kind;
    struct hec hec = {.unwrap = unwrap};
    read_defaults(&hec, context);
    for (size_t at = skip_between(bytes, 0); at < bytes.len && !unwrap->failed;
         at = skip_between(bytes, at)) {
        at = take_envelope(&hec, bytes, at);
    }
    return unwrap->items > 0 || unwrap->failed ? CORD_OK
                                               : cord_error_set(err, CORD_E_FORMAT, "No data");
}

static cord_status unwrap_raw(const struct cord_delivery_kind *kind, cord_str bytes,
                              cord_str context, struct cord_unwrap *unwrap, struct cord_error *err)
{
    (void)kind;
    struct hec hec = {.unwrap = unwrap};
    read_defaults(&hec, context);
    cord_str rest = bytes;
    cord_str line;
    while (!unwrap->failed && cord_str_cut(&rest, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        if (cord_str_trim(line).len > 0) {
            cord_unwrap_put_text(unwrap, line);
            note_defaults(&hec, NULL);
        }
    }
    return unwrap->items > 0 || unwrap->failed ? CORD_OK
                                               : cord_error_set(err, CORD_E_FORMAT, "No data");
}

struct cord_hec_answer cord_unwrap_hec_answer(const struct cord_delivery_refusal *refusal)
{
    if (refusal->reason == CORD_LOSS_EMPTY) {
        return (struct cord_hec_answer){13, blank_event};
    }
    if (cord_str_eq(refusal->text, cord_str_from(no_event))) {
        return (struct cord_hec_answer){12, no_event};
    }
    return (struct cord_hec_answer){6, bad_format};
}

const struct cord_delivery_kind cord_unwrap_hec = {.name = "hec", .unwrap = unwrap_hec};
const struct cord_delivery_kind cord_unwrap_hec_raw = {.name = "hec", .unwrap = unwrap_raw};
