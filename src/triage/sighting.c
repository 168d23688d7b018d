/* sighting.c: see sighting.h. */
#include "triage/sighting.h"

#include "base/timestamp.h"
#include "codec/json_tree.h"
#include "triage/sighting_scan.h"

/* --- members --- */

static cord_status text_of(const struct cord_json *node, const char *name, cord_str *ret_text,
                           struct cord_error *err)
{
    const struct cord_json *member = cord_json_tree_get(node, cord_str_from(name));
    *ret_text = CORD_STR("");
    if (!member) {
        return CORD_OK;
    }
    if (member->kind != CORD_JSON_TEXT) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: not a text", name);
    }
    if (member->text.len > CORD_SIGHTING_TEXT_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: longer than %u bytes", name,
                              CORD_SIGHTING_TEXT_MAX);
    }
    *ret_text = member->text;
    return CORD_OK;
}

static cord_status number_of(const struct cord_json *node, const char *name, uint64_t *number,
                             struct cord_error *err)
{
    const struct cord_json *member = cord_json_tree_get(node, cord_str_from(name));
    if (member && (member->kind != CORD_JSON_NUMBER || !cord_str_u64(member->text, number))) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: not a whole number", name);
    }
    return CORD_OK;
}

/* *time_ns stays what it is without the member. */
static cord_status time_of(const struct cord_json *node, const char *name, int64_t *time_ns,
                           struct cord_error *err)
{
    cord_str text;
    cord_status status = text_of(node, name, &text, err);
    if (status == CORD_OK && text.len > 0 && !cord_timestamp_parse(text, time_ns)) {
        status = cord_error_set(err, CORD_E_FORMAT, "%s: not a time", name);
    }
    return status;
}

static cord_status list_of(const struct cord_json *node, const char *name, size_t most,
                           const struct cord_json **ret_first, size_t *ret_count,
                           struct cord_error *err)
{
    const struct cord_json *list = cord_json_tree_get(node, cord_str_from(name));
    *ret_first = NULL;
    *ret_count = 0;
    if (!list) {
        return CORD_OK;
    }
    if (list->kind != CORD_JSON_LIST) {
        return cord_error_set(err, CORD_E_FORMAT, "%s: not a list", name);
    }
    if (list->count > most) {
        return cord_error_set(err, CORD_E_LIMIT, "%s: more than %zu", name, most);
    }
    *ret_first = list->child;
    *ret_count = list->count;
    return CORD_OK;
}

/* --- parts --- */

static cord_status read_tags(const struct cord_json *rule, struct cord_arena *arena,
                             struct cord_sighting *sighting, struct cord_error *err)
{
    const struct cord_json *tag;
    size_t count;
    cord_status status = list_of(rule, "tags", CORD_SIGHTING_TAGS_MAX, &tag, &count, err);
    if (status != CORD_OK || count == 0) {
        return status;
    }
    cord_str *tags = cord_arena_zalloc(arena, count, sizeof *tags);
    if (!tags) {
        return cord_arena_failure(arena);
    }
    for (size_t i = 0; tag; tag = tag->next, i++) {
        if (tag->kind != CORD_JSON_TEXT) {
            return cord_error_set(err, CORD_E_FORMAT, "tags: not a text");
        }
        if (tag->text.len > CORD_SIGHTING_TEXT_MAX) {
            return cord_error_set(err, CORD_E_LIMIT, "tags: longer than %u bytes",
                                  CORD_SIGHTING_TEXT_MAX);
        }
        tags[i] = tag->text;
    }
    sighting->tags = tags;
    sighting->tag_count = count;
    return CORD_OK;
}

static cord_status read_rule(const struct cord_json *root, struct cord_arena *arena,
                             struct cord_sighting *sighting, struct cord_error *err)
{
    cord_str level;
    const struct cord_json *rule = cord_json_tree_get(root, CORD_STR("rule"));
    if (!rule || rule->kind != CORD_JSON_MAP) {
        return cord_error_set(err, CORD_E_FORMAT, "rule: not there");
    }
    cord_status status = text_of(rule, "id", &sighting->rule, err);
    if (status == CORD_OK) {
        status = text_of(rule, "author", &sighting->author, err);
    }
    if (status == CORD_OK) {
        status = text_of(root, "title", &sighting->title, err);
    }
    if (status == CORD_OK) {
        status = text_of(root, "level", &level, err);
    }
    if (status == CORD_OK && !cord_rule_about_level_parse(level, &sighting->level)) {
        if (level.len > 0 && !cord_str_eq(level, CORD_STR("none"))) {
            return cord_error_set(err, CORD_E_FORMAT, "level: none that is known");
        }
        sighting->level = CORD_LEVEL_NONE;
    }
    if (status == CORD_OK) {
        sighting->rule = sighting->rule.len > 0 ? sighting->rule : sighting->title;
        status = read_tags(rule, arena, sighting, err);
    }
    return status;
}

static cord_status read_fields(const struct cord_json *root, struct cord_arena *arena,
                               struct cord_sighting *sighting, struct cord_error *err)
{
    const struct cord_json *member;
    size_t count;
    cord_status status = list_of(root, "fields", CORD_SIGHTING_FIELDS_MAX, &member, &count, err);
    if (status != CORD_OK || count == 0) {
        return status;
    }
    struct cord_sighting_field *fields = cord_arena_zalloc(arena, count, sizeof *fields);
    if (!fields) {
        return cord_arena_failure(arena);
    }
    for (size_t i = 0; member; member = member->next, i++) {
        const struct cord_json *name = cord_json_tree_get(member, CORD_STR("name"));
        const struct cord_json *value = cord_json_tree_get(member, CORD_STR("value"));
        if (!name || name->kind != CORD_JSON_TEXT || !value || value->kind != CORD_JSON_TEXT) {
            return cord_error_set(err, CORD_E_FORMAT, "fields: one without name or value");
        }
        fields[i] = (struct cord_sighting_field){name->text, value->text};
    }
    sighting->fields = fields;
    sighting->field_count = count;
    return CORD_OK;
}

static cord_status read_event(const struct cord_json *root, struct cord_sighting *sighting,
                              struct cord_error *err)
{
    const struct {
        const char *name;
        cord_str *text;
    } texts[] = {
        {"organisation", &sighting->organisation},
        {"host", &sighting->host},
        {"user", &sighting->user},
        {"channel", &sighting->channel},
        {"event_id", &sighting->event_id},
        {"evidence_id", &sighting->evidence},
    };
    cord_status status = number_of(root, "events", &sighting->events, err);
    for (size_t i = 0; status == CORD_OK && i < sizeof texts / sizeof *texts; i++) {
        status = text_of(root, texts[i].name, texts[i].text, err);
    }
    if (status == CORD_OK) {
        sighting->time_ns = sighting->known_ns;
        status = time_of(root, "time", &sighting->time_ns, err);
    }
    if (status == CORD_OK) {
        sighting->first_ns = sighting->time_ns;
        status = time_of(root, "first", &sighting->first_ns, err);
    }
    return status;
}

cord_status cord_sighting_read_tree(cord_str json, struct cord_arena *arena,
                                    struct cord_sighting *ret_sighting, struct cord_error *err)
{
    const struct cord_json *root = NULL;
    struct cord_sighting sighting = {.known_ns = CORD_TIME_NONE, .events = 1};
    cord_status status = cord_json_tree_parse(json, arena, &root, err);
    if (status == CORD_OK && root->kind != CORD_JSON_MAP) {
        status = cord_error_set(err, CORD_E_FORMAT, "not an object");
    }
    if (status == CORD_OK) {
        status = number_of(root, "finding", &sighting.number, err);
    }
    if (status == CORD_OK && sighting.number == 0) {
        status = cord_error_set(err, CORD_E_FORMAT, "finding: not a number from 1");
    }
    if (status == CORD_OK) {
        status = time_of(root, "first_seen", &sighting.known_ns, err);
    }
    if (status == CORD_OK && sighting.known_ns == CORD_TIME_NONE) {
        status = cord_error_set(err, CORD_E_FORMAT, "first_seen: not there");
    }
    if (status == CORD_OK) {
        status = read_event(root, &sighting, err);
    }
    if (status == CORD_OK) {
        status = read_rule(root, arena, &sighting, err);
    }
    if (status == CORD_OK) {
        status = read_fields(root, arena, &sighting, err);
    }
    if (status == CORD_OK) {
        *ret_sighting = sighting;
    }
    return status;
}

cord_status cord_sighting_read(cord_str json, struct cord_arena *arena,
                               struct cord_sighting *ret_sighting, struct cord_error *err)
{
    return cord_sighting_scan(json, arena, ret_sighting)
               ? CORD_OK
               : cord_sighting_read_tree(json, arena, ret_sighting, err);
}

/* --- fields by what they mean --- */

cord_str cord_sighting_field(const struct cord_sighting *sighting, cord_str name)
{
    for (size_t i = 0; i < sighting->field_count; i++) {
        if (cord_str_eq_fold(sighting->fields[i].name, name)) {
            return sighting->fields[i].value;
        }
    }
    return (cord_str){0};
}

static cord_str first_of(const struct cord_sighting *sighting, const char *const *names)
{
    for (; *names; names++) {
        cord_str value = cord_sighting_field(sighting, cord_str_from(*names));
        if (value.len > 0) {
            return value;
        }
    }
    return (cord_str){0};
}

cord_str cord_sighting_source_address(const struct cord_sighting *sighting)
{
    static const char *const names[] = {
        "src_ip",
        "source.ip",
        "id.orig_h",
        "SourceIp",
        "SourceAddress",
        "source.address",
        "IpAddress",
        "client.ip",
        "src",
        "srcip",
        "source_ip",
        "c-ip",
        "sourceIPAddress",
        "ClientIP",
        "client_ip",
        "ClientAddress",
        "CallerIpAddress",
        "IPAddress",
        NULL,
    };
    return first_of(sighting, names);
}

cord_str cord_sighting_target_address(const struct cord_sighting *sighting)
{
    static const char *const names[] = {
        "dest_ip",
        "destination.ip",
        "id.resp_h",
        "DestinationIp",
        "DestAddress",
        "dst_ip",
        "dst",
        "dstip",
        "destination.address",
        "destination_ip",
        "s-ip",
        "server.ip",
        "DestinationAddress",
        NULL,
    };
    return first_of(sighting, names);
}
