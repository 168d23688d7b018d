/* alert_book_make.c: entities, versions of rules, and new alerts; see alert_book_internal.h. */
#include "triage/alert_book_internal.h"

#include "base/fold.h"
#include "base/vec.h"

#include <stdlib.h>

#define ORGANISATIONS_MAX (UINT32_C(1) << 24) /* so that a key of an entity is exact */

/* --- entities --- */

/* Arrays that grow together: where one has no room, those before it have more than is used. */
static bool grow_words(uint32_t **array, size_t cap)
{
    uint32_t *moved = realloc(*array, cap * sizeof *moved);
    if (!moved) {
        return false;
    }
    *array = moved;
    return true;
}

static bool grow_bytes(uint8_t **array, size_t cap)
{
    uint8_t *moved = realloc(*array, cap);
    if (!moved) {
        return false;
    }
    *array = moved;
    return true;
}

static cord_status entity_room(struct cord_alert_entities *entities)
{
    if (entities->count < entities->cap) {
        return CORD_OK;
    }
    if (entities->count >= NONE / 2) {
        return CORD_E_LIMIT;
    }
    size_t cap = entities->cap == 0 ? 64 : entities->cap * 2;
    if (!grow_words(&entities->organisation, cap) || !grow_words(&entities->folded, cap) ||
        !grow_words(&entities->shown, cap) || !grow_words(&entities->fact, cap) ||
        !grow_bytes(&entities->kind, cap) || !grow_bytes(&entities->criticality, cap)) {
        return CORD_E_NOMEM;
    }
    entities->cap = cap;
    return CORD_OK;
}

static cord_status folded_name(struct cord_alert_book *book, cord_str name, uint32_t *ret_at)
{
    size_t room = CORD_FOLD_BYTES_MAX(name.len) + 1;
    char *folded = cord_arena_bytes(book->scratch, room);
    if (!folded) {
        return cord_arena_failure(book->scratch);
    }
    cord_str text = {folded, cord_fold_text(name, folded, room)};
    return cord_alert_table_add(&book->names, text, ret_at);
}

cord_status cord_alert_book_entity(struct cord_alert_book *book, cord_str organisation,
                                   enum cord_alert_entity kind, cord_str name, uint32_t *ret_entity)
{
    struct cord_alert_entities *entities = &book->entities;
    uint32_t owner = 0;
    uint32_t folded = 0;
    cord_status status = cord_alert_table_add(&book->organisations, organisation, &owner);
    if (status == CORD_OK && owner >= ORGANISATIONS_MAX) {
        status = CORD_E_LIMIT;
    }
    if (status == CORD_OK) {
        status = folded_name(book, name, &folded);
    }
    if (status != CORD_OK) {
        return status;
    }
    uint64_t key = (uint64_t)owner << 40 | (uint64_t)kind << 32 | folded;
    uint32_t at = cord_alert_table_get(&entities->by_key, key);
    if (at != NONE) {
        *ret_entity = at;
        return CORD_OK;
    }
    status = entity_room(entities);
    if (status != CORD_OK) {
        return status;
    }
    at = (uint32_t)entities->count;
    status = cord_alert_table_put(&entities->by_key, key, at);
    if (status == CORD_OK) {
        entities->organisation[at] = owner;
        entities->folded[at] = folded;
        entities->shown[at] = NONE;
        entities->fact[at] = 0;
        entities->kind[at] = (uint8_t)kind;
        entities->criticality[at] = CORD_ALERT_UNKNOWN;
        entities->count++;
        *ret_entity = at;
    }
    return status;
}

cord_status cord_alert_book_shown(struct cord_alert_book *book, uint32_t entity, cord_str name,
                                  uint32_t *ret_shown)
{
    cord_status status = cord_alert_table_add(&book->names, name, ret_shown);
    uint32_t *shown = &book->entities.shown[entity];
    if (status == CORD_OK &&
        (*shown == NONE || cord_str_compare(name, book->names.items[*shown]) < 0)) {
        *shown = *ret_shown;
    }
    return status;
}

/* --- rules --- */

static void key_text(char **at, cord_str text)
{
    memcpy(*at, &text.len, sizeof text.len);
    *at += sizeof text.len;
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
        *at += text.len;
    }
}

/* All that a version is told by, each text with its length before it. */
static cord_str version_key(struct cord_arena *arena, const struct cord_sighting *sighting)
{
    const cord_str texts[] = {sighting->rule, sighting->title, sighting->author};
    size_t len = 1;
    for (size_t i = 0; i < 3; i++) {
        len += sizeof len + texts[i].len;
    }
    for (size_t i = 0; i < sighting->tag_count; i++) {
        len += sizeof len + sighting->tags[i].len;
    }
    char *key = cord_arena_bytes(arena, len);
    char *at = key;
    if (!key) {
        return (cord_str){0};
    }
    *at++ = (char)sighting->level;
    for (size_t i = 0; i < 3; i++) {
        key_text(&at, texts[i]);
    }
    for (size_t i = 0; i < sighting->tag_count; i++) {
        key_text(&at, sighting->tags[i]);
    }
    return (cord_str){key, len};
}

static cord_status copy_version(struct cord_alert_book *book, const struct cord_sighting *sighting,
                                struct cord_alert_version *version)
{
    cord_str *tags = NULL;
    version->level = sighting->level;
    version->title = cord_arena_copy(book->arena, sighting->title);
    version->author = cord_arena_copy(book->arena, sighting->author);
    if (sighting->tag_count > 0) {
        tags = cord_arena_zalloc(book->arena, sighting->tag_count, sizeof *tags);
    }
    if (!version->title.ptr || !version->author.ptr || (sighting->tag_count > 0 && !tags)) {
        return cord_arena_failure(book->arena);
    }
    for (size_t i = 0; i < sighting->tag_count; i++) {
        tags[i] = cord_arena_copy(book->arena, sighting->tags[i]);
        if (!tags[i].ptr) {
            return cord_arena_failure(book->arena);
        }
    }
    version->tags = tags;
    version->tag_count = sighting->tag_count;
    return CORD_OK;
}

static cord_status rule_id(struct cord_alert_book *book, cord_str id, uint32_t *ret_id)
{
    cord_status status = cord_alert_table_add(&book->rule_ids, id, ret_id);
    while (status == CORD_OK && book->history_count <= *ret_id) {
        struct cord_alert_history *histories = cord_vec_room(book->histories, book->history_count,
                                                             &book->history_cap, sizeof *histories);
        if (!histories) {
            return CORD_E_NOMEM;
        }
        book->histories = histories;
        histories[book->history_count++] = (struct cord_alert_history){0};
    }
    return status;
}

/* Texts are numbered in the order they come: a version has its key's number, and where making one
 * failed half-way it is made the next time. */
cord_status cord_alert_book_version(struct cord_alert_book *book,
                                    const struct cord_sighting *sighting, uint32_t *ret_version)
{
    struct cord_alert_version version = {0};
    cord_str key = version_key(book->scratch, sighting);
    if (!key.ptr) {
        return cord_arena_failure(book->scratch);
    }
    uint32_t at = cord_alert_table_find(&book->version_keys, key);
    if (at != NONE && at < book->version_count) {
        *ret_version = at;
        return CORD_OK;
    }
    struct cord_alert_version *versions =
        cord_vec_room(book->versions, book->version_count, &book->version_cap, sizeof *versions);
    if (!versions) {
        return CORD_E_NOMEM;
    }
    book->versions = versions;
    cord_status status = rule_id(book, sighting->rule, &version.id);
    if (status == CORD_OK) {
        status = copy_version(book, sighting, &version);
    }
    if (status == CORD_OK) {
        status = cord_alert_table_add(&book->version_keys, key, &at);
    }
    if (status == CORD_OK) {
        versions[book->version_count++] = version;
        *ret_version = at;
    }
    return status;
}

/* --- alerts --- */

static cord_status alert_room(struct cord_alert_book *book)
{
    if (book->count < book->cap) {
        return CORD_OK;
    }
    if (book->count >= NONE / 2) {
        return CORD_E_LIMIT;
    }
    size_t cap = book->cap == 0 ? 64 : book->cap + book->cap / (book->cap < 65536 ? 1 : 8);
    struct cord_alert_hot *hot = realloc(book->hot, cap * sizeof *hot);
    if (!hot) {
        return CORD_E_NOMEM;
    }
    book->hot = hot;
    struct cord_alert_state *state = realloc(book->state, cap * sizeof *state);
    if (!state) {
        return CORD_E_NOMEM;
    }
    book->state = state;
    struct cord_alert_links *links = realloc(book->links, cap * sizeof *links);
    if (!links) {
        return CORD_E_NOMEM;
    }
    book->links = links;
    book->cap = cap;
    return CORD_OK;
}

/* Room for one more in its organisation's list. */
static cord_status organisation_room(struct cord_alert_book *book, uint32_t organisation)
{
    while (book->of_count <= organisation) {
        struct cord_alert_of *of =
            cord_vec_room(book->of, book->of_count, &book->of_cap, sizeof *of);
        if (!of) {
            return CORD_E_NOMEM;
        }
        book->of = of;
        of[book->of_count++] = (struct cord_alert_of){.alerts = NULL};
    }
    struct cord_alert_of *of = &book->of[organisation];
    if (of->count < of->cap) {
        return CORD_OK;
    }
    /* Many organisations have few alerts, and few have very many. */
    uint32_t cap = of->cap == 0 ? 4 : of->cap + of->cap / (of->cap < 1024 ? 2 : 4);
    uint32_t *alerts = realloc(of->alerts, cap * sizeof *alerts);
    if (!alerts) {
        return CORD_E_NOMEM;
    }
    book->listed_cap += cap - of->cap;
    of->alerts = alerts;
    of->cap = cap;
    return CORD_OK;
}

void cord_alert_book_made(struct cord_alert_book *book, uint32_t alert)
{
    const struct cord_alert_hot *hot = &book->hot[alert];
    struct cord_alert_of *of = &book->of[book->entities.organisation[hot->entity]];
    of->alerts[of->count++] = alert;
    of->open += cord_alert_book_is_open(hot) ? 1 : 0;
    book->count++;
}

cord_status cord_alert_book_make(struct cord_alert_book *book, const struct cord_alert_birth *birth,
                                 uint32_t *ret_alert)
{
    cord_status status = alert_room(book);
    if (status == CORD_OK) {
        status = organisation_room(book, book->entities.organisation[birth->entity]);
    }
    uint32_t at = (uint32_t)book->count;
    uint32_t older = NONE;
    if (status == CORD_OK && (birth->number & CORD_ALERT_ID_MANUAL) != 0) {
        if (at > 0) { /* itself, or the one that a manual one has before it */
            uint64_t before = book->links[at - 1].number;
            older = (before & CORD_ALERT_ID_MANUAL) != 0 ? book->links[at - 1].older : at - 1;
        }
        status = cord_alert_table_put(&book->by_number, birth->number, at);
    }
    if (status != CORD_OK) {
        return status;
    }
    book->hot[at] = (struct cord_alert_hot){.entity = birth->entity,
                                            .rule = birth->version,
                                            .first_ns = birth->first_ns,
                                            .last_ns = birth->first_ns,
                                            .updated_ns = birth->known_ns};
    book->state[at] = (struct cord_alert_state){
        .known_ns = birth->known_ns, .decided_ns = CORD_TIME_NONE, .shown = birth->shown};
    book->links[at] = (struct cord_alert_links){.number = birth->number, .older = older};
    *ret_alert = at;
    return CORD_OK;
}
