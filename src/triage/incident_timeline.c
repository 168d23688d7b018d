/* incident_timeline.c: what happened when, in the words of what was said. */
#include "base/vec.h"
#include "codec/json_put.h"
#include "triage/incident_internal.h"

#include <stdlib.h>

enum { PARTS_MAX = 5 };

/* A piece of a sentence: what stands before a member of the claim, both left out without it.
 * "#": its amount and unit; "": only the text. */
struct part {
    const char *before, *member;
};

struct phrase {
    const char *kind;
    enum cord_incident_lane lane;
    struct part parts[PARTS_MAX];
};

#define ATTACK   CORD_INCIDENT_LANE_ATTACK
#define US       CORD_INCIDENT_LANE_US
#define HOSPITAL CORD_INCIDENT_LANE_HOSPITAL
#define CARE     CORD_INCIDENT_LANE_CARE
#define WHY                                                                                        \
    {                                                                                              \
        ": ", "reason"                                                                             \
    }

/* By kind. What is no event of an incident (lists of organisations, heartbeats, audit) is not
 * here. */
static const struct phrase phrases[] = {
    {"alert.acknowledged", HOSPITAL, {{"has read advisory ", "alert"}, {", by ", "actor"}}},
    {"alert.applicability", HOSPITAL, {{"advisory ", "alert"}, {" applies: ", "applies"}, WHY}},
    {"alert.delivered", HOSPITAL, {{"advisory ", "alert"}, {" delivered by ", "channel"}}},
    {"alert.issued", US, {{"advisory issued: ", "title"}, {", ", "severity"}}},
    {"alert.remediated", HOSPITAL, {{"advisory ", "alert"}, {" followed: ", "progress"}, WHY}},
    {"alert.verified", US, {{"advisory ", "alert"}, {" verified: ", "finding"}, WHY}},
    {"alert.withdrawn", US, {{"advisory withdrawn", ""}, WHY}},
    {"breach.assessed", HOSPITAL, {{"personal data: ", "breach"}, WHY}},
    {"care.cancelled",
     CARE,
     {{"cancelled: ", "#"}, {", ", "care"}, {" for ", "date"}, {", ", "count"}}},
    {"claim.retract", US, {{"taken back", ""}, WHY}},
    {"contain.approve", US, {{"containment ", "containment"}, {" approved, ", "capacity"}, WHY}},
    {"contain.execute", HOSPITAL, {{"containment ", "containment"}, {" carried out", ""}, WHY}},
    {"contain.refuse", US, {{"containment ", "containment"}, {" refused, ", "capacity"}, WHY}},
    {"contain.release", HOSPITAL, {{"containment ", "containment"}, {" ended", ""}, WHY}},
    {"contain.request", US, {{"containment ", "containment"}, {" asked for: ", "action"}, WHY}},
    {"divert.end", CARE, {{"patients taken in again: ", "service"}, WHY}},
    {"divert.start", CARE, {{"patients diverted: ", "service"}, {" to ", "to"}, WHY}},
    {"harm.reported", CARE, {{"harm: ", "harm"}, {", ", "#"}, WHY}},
    {"incident.commander", US, {{"commander: ", "who"}, WHY}},
    {"incident.decision", US, {{"decided: ", "what"}, {", because ", "why"}}},
    {"incident.declare", US, {{"declared: ", "title"}, {", ", "level"}, WHY}},
    {"incident.link", US, {{"", "state"}, {" ", "kind"}, {" ", "id"}, WHY}},
    {"incident.machine",
     ATTACK,
     {{"", "machine"},
      {" of ", "organisation"},
      {": ", "role"},
      {", from ", "from"},
      {", ", "basis"}}},
    {"incident.merge", US, {{"", "state"}, {": ", "into"}, WHY}},
    {"incident.note", US, {{"", "text"}}},
    {"incident.phase", US, {{"phase reached: ", "phase"}, WHY}},
    {"incident.sitrep", US, {{"situation report: ", "title"}}},
    {"incident.split", US, {{"split from ", "from"}, WHY}},
    {"incident.stand-down", US, {{"stood down", ""}, WHY}},
    {"incident.task",
     US,
     {{"task ", "state"}, {": ", "title"}, {", by ", "owner"}, {", due ", "due"}, WHY}},
    {"link.down", HOSPITAL, {{"cut: ", "link"}, WHY}},
    {"link.up", HOSPITAL, {{"connected again: ", "link"}, WHY}},
    {"ransom", HOSPITAL, {{"ransom: ", "ransom"}, {", ", "#"}, WHY}},
    {"service.state", CARE, {{"", "state"}, WHY}},
    {"status.claim", HOSPITAL, {{"", "state"}, WHY}},
    {"status.revise", HOSPITAL, {{"corrected: ", "state"}, WHY}},
    {"triage.alert", US, {{"alert raised: ", "title"}, {", ", "level"}, {": ", "text"}}},
    {"triage.note", US, {{"alert: ", "text"}}},
    {"triage.owner", US, {{"alert taken by ", "owner"}, WHY}},
    {"triage.state", US, {{"alert ", "state"}, WHY, {": ", "text"}}},
};

static int by_kind(const void *key, const void *phrase)
{
    return strcmp(key, ((const struct phrase *)phrase)->kind);
}

static const struct phrase *phrase_of(const struct cord_claim *claim)
{
    return bsearch(claim->kind->name, phrases, sizeof phrases / sizeof phrases[0],
                   sizeof phrases[0], by_kind);
}

/* --- sentences --- */

/* What is written of an item: the sentence, and what it is made of. */
struct sentence {
    struct cord_buf text;
    struct cord_buf params; /* a JSON object, while it is written without its last brace */
};

/* The reports of a situation know what is said of care in other languages, too. */
static void put_value(const struct cord_incident_making *making, const struct phrase *phrase,
                      const struct part *part, cord_str value, struct cord_buf *text)
{
    enum cord_incident_language language =
        phrase->lane == CARE ? making->request->language : CORD_INCIDENT_ENGLISH;
    bool plain = part->before[0] == '\0' || strcmp(part->before, ", ") == 0;
    cord_buf_put_text(text,
                      plain ? part->before : cord_incident_language_say(language, part->before));
    cord_buf_put(text, cord_incident_language_word(language, value));
}

static cord_status put_part(struct cord_incident_making *making, const struct cord_claim *claim,
                            const struct phrase *phrase, const struct part *part,
                            struct sentence *sentence)
{
    bool amount = strcmp(part->member, "#") == 0;
    cord_str value = CORD_STR("");
    /* Numbers of claims are no text: the link has it. */
    if (strcmp(part->member, "id") == 0 &&
        cord_str_eq(cord_claim_member(claim->value, "kind"), CORD_STR("claim"))) {
        return CORD_OK;
    }
    if (amount) {
        value = claim->amount;
    } else if (part->member[0] != '\0') {
        value = cord_incident_text(making, claim, part->member);
        value = value.ptr ? cord_incident_called(making, value) : value;
    }
    if (!value.ptr) {
        return cord_incident_full(making);
    }
    if (value.len > 0 || part->member[0] == '\0') {
        put_value(making, phrase, part, value, &sentence->text);
    }
    if (value.len > 0) {
        cord_json_put_text(&sentence->params, amount ? "amount" : part->member, value);
    }
    if (amount && value.len > 0 && claim->unit.len > 0) {
        cord_buf_put_char(&sentence->text, ' ');
        cord_buf_put(&sentence->text,
                     phrase->lane == CARE
                         ? cord_incident_language_word(making->request->language, claim->unit)
                         : claim->unit);
        cord_json_put_text(&sentence->params, "unit", claim->unit);
    }
    return CORD_OK;
}

static void put_organisation(const struct cord_incident_making *making, cord_str code,
                             struct sentence *sentence)
{
    const struct cord_organisations *organisations = making->request->organisations;
    const struct cord_organisation *known =
        organisations ? cord_organisations_find(organisations, code) : NULL;
    cord_str name = known && known->name.len > 0 ? known->name : code;
    cord_buf_put(&sentence->text, name);
    cord_buf_put_text(&sentence->text, cord_incident_language_say(making->request->language, ": "));
    cord_json_put_text(&sentence->params, "of", name);
}

static cord_status write_text(struct cord_incident_making *making,
                              const struct cord_incident_said *said, const struct phrase *phrase,
                              struct sentence *sentence)
{
    cord_status status = CORD_OK;
    cord_buf_clear(&sentence->text);
    cord_buf_clear(&sentence->params);
    cord_buf_put_char(&sentence->params, '{');
    if (said->organisation.len > 0) {
        put_organisation(making, said->organisation, sentence);
    }
    for (size_t i = 0; status == CORD_OK && i < PARTS_MAX && phrase->parts[i].before; i++) {
        status = put_part(making, &said->claim, phrase, &phrase->parts[i], sentence);
    }
    cord_buf_put_char(&sentence->params, '}');
    if (status == CORD_OK && (sentence->text.failed || sentence->params.failed)) {
        status = cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    return status;
}

/* --- items --- */

static cord_status put_item(struct cord_incident_making *making, struct cord_incident_item item)
{
    struct cord_incident_item *items =
        cord_vec_room(making->items, making->item_count, &making->item_cap, sizeof *items);
    if (!items) {
        return cord_error_set(making->err, CORD_E_NOMEM, "out of memory");
    }
    making->items = items;
    items[making->item_count++] = item;
    return CORD_OK;
}

static bool is_linked(const struct cord_incident_making *making, uint64_t number)
{
    for (size_t i = 0; i < making->link_count; i++) {
        cord_str id = making->links[i].id;
        uint64_t linked = 0;
        if (making->links[i].kind == CORD_INCIDENT_CLAIM &&
            cord_str_u64(cord_str_starts(id, CORD_STR("c")) ? cord_str_from_byte(id, 1) : id,
                         &linked) &&
            linked == number) {
            return true;
        }
    }
    return false;
}

/* Of the incident, of those in it, of what is linked to it. */
static bool belongs(const struct cord_incident_making *making,
                    const struct cord_incident_said *said)
{
    if (said->hidden) {
        return false;
    }
    if (said->organisation.len == 0) {
        return true; /* nothing else was gathered */
    }
    return (cord_incident_member(making, said->organisation) &&
            cord_incident_is_of(making, said)) ||
           is_linked(making, said->claim.number);
}

static enum cord_incident_lane lane_of(const struct cord_claim *claim, const struct phrase *phrase)
{
    enum cord_incident_lane lane = phrase->lane;
    if (strcmp(claim->kind->name, "incident.note") == 0) {
        (void)cord_incident_lane_find(cord_claim_member(claim->value, "lane"), &lane);
    }
    return lane;
}

static cord_str evidence_of(struct cord_incident_making *making, const struct cord_claim *claim)
{
    bool link = strcmp(claim->kind->name, "incident.link") == 0 &&
                cord_str_eq(cord_claim_member(claim->value, "kind"), CORD_STR("evidence"));
    return link ? cord_incident_text(making, claim, "id") : claim->source;
}

static cord_status take_claim(struct cord_incident_making *making,
                              const struct cord_incident_said *said, struct sentence *sentence)
{
    const struct phrase *phrase = phrase_of(&said->claim);
    if (!phrase || !belongs(making, said)) {
        return CORD_OK;
    }
    cord_status status = write_text(making, said, phrase, sentence);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_incident_item item = {
        .time_ns = said->claim.valid_from_ns,
        .known_ns = said->claim.recorded_ns,
        .lane = lane_of(&said->claim, phrase),
        .kind = cord_str_from(said->claim.kind->name),
        .text = cord_arena_copy(making->arena, cord_buf_str(&sentence->text)),
        .params = cord_arena_copy(making->arena, cord_buf_str(&sentence->params)),
        .who = said->claim.claimant,
        .organisation = said->organisation,
        .claim = said->claim.number,
        .replaced_by = said->taken_back,
        .alert = CORD_STR(""),
        .evidence = evidence_of(making, &said->claim),
    };
    return item.text.ptr && item.params.ptr && item.evidence.ptr ? put_item(making, item)
                                                                 : cord_incident_full(making);
}

static cord_status take_sighting(struct cord_incident_making *making, size_t place,
                                 struct sentence *sentence)
{
    const struct cord_incident_sighting *sighting = &making->sightings[place];
    const struct cord_incident_link *link = &making->links[place];
    if (sighting->first_ns == CORD_TIME_NONE) {
        return CORD_OK;
    }
    cord_str text =
        cord_arena_printf(making->arena, "%.*s%s%.*s", CORD_STR_ARG(sighting->title),
                          sighting->entity.len > 0 ? ", " : "", CORD_STR_ARG(sighting->entity));
    cord_buf_clear(&sentence->params);
    cord_buf_put_char(&sentence->params, '{');
    cord_json_put_text(&sentence->params, "title", sighting->title);
    if (sighting->entity.len > 0) {
        cord_json_put_text(&sentence->params, "entity", sighting->entity);
    }
    cord_buf_put_char(&sentence->params, '}');
    cord_str params = cord_arena_copy(making->arena, cord_buf_str(&sentence->params));
    if (!text.ptr || !params.ptr || sentence->params.failed) {
        return cord_incident_full(making);
    }
    return put_item(making, (struct cord_incident_item){
                                .time_ns = sighting->first_ns,
                                .known_ns = sighting->known_ns,
                                .lane = ATTACK,
                                .kind = CORD_STR("sighting"),
                                .text = text,
                                .params = params,
                                .who = CORD_STR(""),
                                .organisation = sighting->organisation,
                                .alert = link->id,
                                .evidence = CORD_STR(""),
                            });
}

static int by_time(const void *a, const void *b)
{
    const struct cord_incident_item *left = a;
    const struct cord_incident_item *right = b;
    if (left->time_ns != right->time_ns) {
        return left->time_ns < right->time_ns ? -1 : 1;
    }
    if (left->known_ns != right->known_ns) {
        return left->known_ns < right->known_ns ? -1 : 1;
    }
    if (left->claim != right->claim) {
        return left->claim < right->claim ? -1 : 1;
    }
    return cord_str_compare(left->alert, right->alert);
}

enum { TEXT_BYTES_MAX = 1 << 20 };

cord_status cord_incident_timeline(struct cord_incident_making *making)
{
    struct sentence sentence;
    cord_status status = CORD_OK;
    cord_buf_init(&sentence.text, TEXT_BYTES_MAX);
    cord_buf_init(&sentence.params, TEXT_BYTES_MAX);
    for (size_t i = 0; status == CORD_OK && i < making->said_count; i++) {
        status = take_claim(making, &making->said[i], &sentence);
    }
    for (size_t i = 0; status == CORD_OK && i < making->link_count; i++) {
        status = take_sighting(making, i, &sentence);
    }
    cord_buf_done(&sentence.params);
    cord_buf_done(&sentence.text);
    if (status == CORD_OK && making->item_count > 0) {
        qsort(making->items, making->item_count, sizeof *making->items, by_time);
    }
    return status;
}
