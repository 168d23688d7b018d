/* alert_book_feed.c: findings and claims go in; see alert_book.h. */
#include "triage/alert_book_internal.h"

#include "base/cidr.h"
#include "base/vec.h"
#include "codec/json_tree.h"

/* --- what a finding is about --- */

static bool is_near(cord_str text)
{
    static const char *const ranges[] = {"10.0.0.0/8", "172.16.0.0/12",  "192.168.0.0/16",
                                         "fc00::/7",   "169.254.0.0/16", "fe80::/10"};
    uint8_t address[16];
    if (!cord_cidr_address(text, address)) {
        return false;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        uint8_t network[16];
        uint8_t bits = 0;
        bool host_bits = false;
        if (cord_cidr_parse(cord_str_from(ranges[i]), network, &bits, &host_bits) &&
            cord_cidr_holds(network, bits, address)) {
            return true;
        }
    }
    return false;
}

static enum cord_alert_entity entity_of(const struct cord_sighting *sighting, cord_str *ret_name)
{
    if (sighting->host.len > 0) {
        *ret_name = sighting->host;
        return CORD_ALERT_HOST;
    }
    if (sighting->user.len > 0) {
        *ret_name = sighting->user;
        return CORD_ALERT_USER;
    }
    cord_str source = cord_sighting_source_address(sighting);
    cord_str target = cord_sighting_target_address(sighting);
    if (source.len == 0 && target.len == 0) {
        *ret_name = sighting->organisation;
        return CORD_ALERT_ORGANISATION;
    }
    bool target_counts = source.len == 0 || (target.len > 0 && !is_near(source) && is_near(target));
    *ret_name = target_counts ? target : source;
    return CORD_ALERT_ADDRESS;
}

/* --- findings --- */

/* Saturating: a hostile clock may be anywhere. */
static bool is_within(int64_t time_ns, int64_t first_ns, int64_t last_ns, int64_t gap_ns)
{
    int64_t low;
    int64_t high;
    if (__builtin_sub_overflow(first_ns, gap_ns, &low)) {
        low = INT64_MIN;
    }
    if (__builtin_add_overflow(last_ns, gap_ns, &high)) {
        high = INT64_MAX;
    }
    return time_ns >= low && time_ns <= high;
}

/* The newest alert of the key that the time fits; NONE: none. */
static uint32_t fitting(const struct cord_alert_book *book, uint32_t newest, int64_t time_ns)
{
    uint32_t at = newest;
    for (unsigned i = 0; i < OLDER_MAX && at != NONE; i++, at = book->links[at].older) {
        const struct cord_alert_hot *hot = &book->hot[at];
        if (hot->count < UINT32_MAX &&
            is_within(time_ns, hot->first_ns, hot->last_ns, book->options.gap_ns)) {
            return at;
        }
    }
    return NONE;
}

static cord_status note_known(struct cord_alert_book *book, uint64_t number, int64_t known_ns,
                              int64_t *ret_known_ns)
{
    const struct cord_alert_known *last =
        book->known_count > 0 ? &book->known[book->known_count - 1] : NULL;
    if (last && known_ns <= last->known_ns) {
        *ret_known_ns = last->known_ns;
        return CORD_OK;
    }
    struct cord_alert_known *known =
        cord_vec_room(book->known, book->known_count, &book->known_cap, sizeof *known);
    if (!known) {
        return CORD_E_NOMEM;
    }
    book->known = known;
    known[book->known_count] = (struct cord_alert_known){number, known_ns};
    *ret_known_ns = known_ns;
    return CORD_OK;
}

/* Counts it on the alert, which has findings. */
static cord_status count_on(struct cord_alert_book *book, uint32_t alert,
                            const struct cord_sighting *sighting, int64_t known_ns, bool hidden)
{
    struct cord_alert_hot *hot = &book->hot[alert];
    struct cord_alert_state *state = &book->state[alert];
    struct cord_alert_links *links = &book->links[alert];
    struct cord_alert_extent extent = cord_alert_book_extent(book, alert);
    int64_t time_ns = sighting->time_ns;
    bool was_open = cord_alert_book_is_open(hot);
    cord_status status =
        cord_alert_trail_add(&links->trail, book->arena, &extent, sighting->number, time_ns);
    if (status != CORD_OK) {
        return status;
    }
    hot->count++;
    hot->first_ns = time_ns < hot->first_ns ? time_ns : hot->first_ns;
    hot->last_ns = time_ns > hot->last_ns ? time_ns : hot->last_ns;
    state->last_finding = sighting->number;
    hot->updated_ns = known_ns > hot->updated_ns ? known_ns : hot->updated_ns;
    if (!hidden && links->surfaced == 0) {
        links->surfaced = sighting->number;
        hot->marks &= (uint8_t)~CORD_ALERT_SUPPRESSED;
    }
    if (hot->said == CORD_ALERT_CLOSED && known_ns > state->decided_ns) {
        state->again++;
        hot->status = hot->reason == CORD_ALERT_TRUE_POSITIVE ? CORD_ALERT_NEW : hot->status;
        cord_alert_book_remark(hot, state);
    }
    cord_alert_book_recount(book, alert, was_open);
    cord_alert_book_touch(book, alert);
    return CORD_OK;
}

static cord_status begin_alert(struct cord_alert_book *book, const struct cord_alert_birth *birth,
                               cord_str suppression)
{
    uint32_t hidden = 0;
    uint32_t alert = 0;
    uint64_t key = (uint64_t)book->versions[birth->version].id << 32 | birth->entity;
    uint32_t newest = cord_alert_table_get(&book->by_key, key);
    cord_status status = cord_alert_book_make(book, birth, &alert);
    if (status == CORD_OK && suppression.len > 0) {
        status = cord_alert_table_add(&book->suppressions, suppression, &hidden);
        if (status == CORD_OK) {
            status = cord_alert_table_put(&book->suppressed, alert, hidden);
        }
    }
    if (status == CORD_OK) {
        status = cord_alert_table_put(&book->by_key, key, alert);
    }
    if (status != CORD_OK) {
        return status;
    }
    book->hot[alert].count = 1;
    book->hot[alert].marks = suppression.len > 0 ? CORD_ALERT_SUPPRESSED : 0;
    book->state[alert].last_finding = birth->number;
    book->links[alert].surfaced = suppression.len > 0 ? 0 : birth->number;
    book->links[alert].older = newest;
    cord_alert_book_made(book, alert);
    cord_alert_book_touch(book, alert);
    return CORD_OK;
}

/* Either of the two, and where it is then. */
static cord_status put(struct cord_alert_book *book, const struct cord_sighting *sighting,
                       struct cord_alert_birth *birth, cord_str suppression, uint32_t *ret_alert)
{
    uint32_t rule = book->versions[birth->version].id;
    uint32_t newest = cord_alert_table_get(&book->by_key, (uint64_t)rule << 32 | birth->entity);
    uint32_t alert = fitting(book, newest < book->count ? newest : NONE, sighting->time_ns);
    cord_str name = {0};
    if (alert != NONE) {
        *ret_alert = alert;
        return count_on(book, alert, sighting, birth->known_ns, suppression.len > 0);
    }
    (void)entity_of(sighting, &name);
    cord_status status = cord_alert_book_shown(book, birth->entity, name, &birth->shown);
    if (status == CORD_OK) {
        status = cord_alert_book_step_reserve(book, sighting->number, rule);
    }
    if (status == CORD_OK) {
        status = begin_alert(book, birth, suppression);
    }
    *ret_alert = (uint32_t)book->count - 1;
    return status;
}

static cord_status feed(struct cord_alert_book *book, const struct cord_sighting *sighting,
                        cord_str suppression, uint64_t *ret_number)
{
    cord_str name = {0};
    uint32_t alert = 0;
    struct cord_alert_birth birth = {.number = sighting->number, .first_ns = sighting->time_ns};
    enum cord_alert_entity kind = entity_of(sighting, &name);
    cord_arena_rewind(book->scratch);
    cord_status status =
        cord_alert_book_entity(book, sighting->organisation, kind, name, &birth.entity);
    if (status == CORD_OK) {
        status = cord_alert_book_version(book, sighting, &birth.version);
    }
    if (status == CORD_OK) {
        status = note_known(book, sighting->number, sighting->known_ns, &birth.known_ns);
    }
    size_t had = book->count;
    if (status == CORD_OK) {
        status = put(book, sighting, &birth, suppression, &alert);
    }
    if (status != CORD_OK) {
        return status;
    }
    bool later =
        book->known_count == 0 || birth.known_ns > book->known[book->known_count - 1].known_ns;
    book->known_count += later ? 1 : 0;
    book->last_finding = sighting->number;
    book->findings++;
    *ret_number = book->links[alert].number;
    if (book->count > had) {
        cord_alert_book_step_arrived(book, alert);
    }
    return CORD_OK;
}

cord_status cord_alert_book_sighting(struct cord_alert_book *book,
                                     const struct cord_sighting *sighting, uint64_t *ret_number)
{
    uint64_t number = 0;
    cord_str suppression = CORD_STR("");
    cord_status status = CORD_OK;
    if (sighting->number == 0 || sighting->number >= CORD_ALERT_ID_MANUAL) {
        return CORD_E_LIMIT;
    }
    if (book->options.suppressed) {
        suppression = book->options.suppressed(book->options.self, sighting);
    }
    (void)pthread_rwlock_wrlock(&book->lock);
    if (sighting->number > book->last_finding) {
        status = feed(book, sighting, suppression, &number);
    }
    (void)pthread_rwlock_unlock(&book->lock);
    if (status == CORD_OK && ret_number) {
        *ret_number = number;
    }
    return status;
}

/* --- claims --- */

static cord_str text_of(const struct cord_json *value, const char *name)
{
    const struct cord_json *member = cord_json_tree_get(value, cord_str_from(name));
    return member && member->kind == CORD_JSON_TEXT ? member->text : CORD_STR("");
}

static cord_status state_step(struct cord_alert_book *book, const struct cord_claim *claim,
                              uint64_t number)
{
    enum cord_alert_status said = CORD_ALERT_NEW;
    enum cord_alert_reason reason = CORD_ALERT_OTHER;
    if (!cord_alert_status_find(cord_claim_member(claim->value, "state"), &said)) {
        return CORD_OK; /* of a later version */
    }
    if (said != CORD_ALERT_CLOSED) {
        reason = CORD_ALERT_REASON_NONE;
    } else {
        (void)cord_alert_reason_find(cord_claim_member(claim->value, "reason"), &reason);
    }
    const struct cord_alert_step step = {.when_ns = claim->recorded_ns,
                                         .claim = claim->number & CORD_ALERT_CLAIM_MAX,
                                         .kind = CORD_ALERT_STEP_STATE,
                                         .word = (uint8_t)said,
                                         .value = (uint32_t)reason};
    return cord_alert_book_step_put(book, number, &step);
}

static cord_status owner_step(struct cord_alert_book *book, const struct cord_claim *claim,
                              uint64_t number)
{
    struct cord_alert_step step = {.when_ns = claim->recorded_ns,
                                   .claim = claim->number & CORD_ALERT_CLAIM_MAX,
                                   .kind = CORD_ALERT_STEP_OWNER};
    cord_str owner = cord_claim_member(claim->value, "owner");
    cord_status status = cord_alert_table_add(&book->owners, owner, &step.value);
    return status == CORD_OK ? cord_alert_book_step_put(book, number, &step) : status;
}

/* Of a manual alert its claim is the rule: what it says, without the precision of one. */
static cord_status manual_parts(struct cord_alert_book *book, const struct cord_json *value,
                                struct cord_alert_birth *birth)
{
    cord_str tags[CORD_TEXTS_MAX];
    struct cord_sighting as_found = {.title = text_of(value, "title"), .tags = tags};
    enum cord_alert_entity kind = CORD_ALERT_ORGANISATION;
    cord_str organisation = text_of(value, "organisation");
    cord_str name = text_of(value, "entity");
    const struct cord_json *list = cord_json_tree_get(value, CORD_STR("tags"));
    (void)cord_rule_about_level_parse(text_of(value, "level"), &as_found.level);
    (void)cord_timestamp_parse(text_of(value, "time"), &birth->first_ns);
    (void)cord_alert_entity_find(text_of(value, "entity_kind"), &kind);
    kind = name.len > 0 ? kind : CORD_ALERT_ORGANISATION;
    name = kind == CORD_ALERT_ORGANISATION ? organisation : name;
    for (const struct cord_json *tag = list ? list->child : NULL;
         tag && as_found.tag_count < CORD_TEXTS_MAX; tag = tag->next) {
        tags[as_found.tag_count++] = tag->text;
    }
    cord_status status = cord_alert_book_entity(book, organisation, kind, name, &birth->entity);
    if (status == CORD_OK) {
        status = cord_alert_book_shown(book, birth->entity, name, &birth->shown);
    }
    return status == CORD_OK ? cord_alert_book_version(book, &as_found, &birth->version) : status;
}

static cord_status raise(struct cord_alert_book *book, const struct cord_claim *claim,
                         uint64_t number)
{
    const struct cord_json *value = NULL;
    uint32_t alert = 0;
    uint32_t step = 0;
    struct cord_alert_birth birth = {
        .number = number, .first_ns = claim->recorded_ns, .known_ns = claim->recorded_ns};
    if ((number & CORD_ALERT_ID_MANUAL) == 0 || cord_alert_book_find(book, number) != NONE ||
        cord_json_tree_parse(claim->value, book->scratch, &value, NULL) != CORD_OK) {
        return CORD_OK; /* said once */
    }
    const struct cord_alert_step raised = {.when_ns = claim->recorded_ns,
                                           .claim = claim->number & CORD_ALERT_CLAIM_MAX,
                                           .kind = CORD_ALERT_STEP_RAISED};
    cord_status status = manual_parts(book, value, &birth);
    if (status == CORD_OK) {
        status = cord_alert_book_step_new(book, &raised, &step);
    }
    if (status == CORD_OK) {
        status = cord_alert_book_step_reserve(book, number, book->versions[birth.version].id);
    }
    if (status == CORD_OK) {
        status = cord_alert_book_make(book, &birth, &alert);
    }
    if (status == CORD_OK) {
        book->hot[alert].marks = CORD_ALERT_MANUAL;
        cord_alert_book_made(book, alert);
        cord_alert_book_step_link(book, alert, step);
        cord_alert_book_step_arrived(book, alert);
    }
    return status;
}

static cord_status triage_claim(struct cord_alert_book *book, const struct cord_claim *claim)
{
    uint64_t number = 0;
    cord_str kind = cord_str_from(claim->kind->name);
    cord_str id = cord_claim_subject_rest(claim->subject, "triage");
    if (!id.ptr || !cord_alert_id_parse(&book->id_key, id, &number)) {
        return CORD_OK;
    }
    if (cord_str_eq(kind, CORD_STR("triage.state"))) {
        return state_step(book, claim, number);
    }
    if (cord_str_eq(kind, CORD_STR("triage.owner"))) {
        return owner_step(book, claim, number);
    }
    if (cord_str_eq(kind, CORD_STR("triage.note"))) {
        const struct cord_alert_step step = {.when_ns = claim->recorded_ns,
                                             .claim = claim->number & CORD_ALERT_CLAIM_MAX,
                                             .kind = CORD_ALERT_STEP_NOTE};
        return cord_alert_book_step_put(book, number, &step);
    }
    return cord_str_eq(kind, CORD_STR("triage.alert")) ? raise(book, claim, number) : CORD_OK;
}

static cord_status fact_room(struct cord_alert_book *book)
{
    book->fact_count = book->fact_count == 0 ? 1 : book->fact_count; /* 0 is none */
    struct cord_alert_fact *facts =
        cord_vec_room(book->facts, book->fact_count, &book->fact_cap, sizeof *facts);
    if (!facts || book->fact_count >= UINT32_MAX) {
        return facts ? CORD_E_LIMIT : CORD_E_NOMEM;
    }
    book->facts = facts;
    return CORD_OK;
}

/* There is room. What the claim leaves out is as it was last said. */
static void add_fact(struct cord_alert_book *book, const struct cord_alert_fact *said)
{
    uint32_t at = (uint32_t)book->fact_count++;
    struct cord_alert_fact *fact = &book->facts[at];
    unsigned open = CORD_ALERT_SAYS_CRITICALITY | CORD_ALERT_SAYS_CARE;
    *fact = *said;
    fact->before = book->entities.fact[said->entity];
    for (uint32_t from = at; from != 0 && open != 0; from = book->facts[from].before) {
        const struct cord_alert_fact *one = &book->facts[from];
        unsigned says = one->says & open;
        if ((says & CORD_ALERT_SAYS_CRITICALITY) != 0) {
            fact->criticality = one->said_criticality;
        }
        if ((says & CORD_ALERT_SAYS_CARE) != 0) {
            fact->care = one->said_care;
        }
        open &= ~says;
    }
    book->entities.fact[said->entity] = at;
    book->entities.criticality[said->entity] = fact->criticality;
    book->revision++;
    book->changes[book->revision % book->options.changes_kept] = NONE; /* no alert's */
}

static cord_status asset_claim(struct cord_alert_book *book, const struct cord_claim *claim)
{
    const struct cord_json *value = NULL;
    enum cord_alert_criticality criticality = CORD_ALERT_UNKNOWN;
    struct cord_alert_fact fact = {.when_ns = claim->recorded_ns, .claim = claim->number};
    cord_str organisation = cord_claim_subject_rest(claim->subject, "org");
    bool says = cord_claim_member(claim->value, "criticality").ptr != NULL;
    bool says_care = cord_claim_member(claim->value, "care").ptr != NULL;
    if (!organisation.ptr || (!says && !says_care) ||
        cord_json_tree_parse(claim->value, book->scratch, &value, NULL) != CORD_OK) {
        return CORD_OK;
    }
    cord_status status = fact_room(book);
    if (status == CORD_OK) {
        status = cord_alert_table_add(&book->cares, text_of(value, "care"), &fact.said_care);
    }
    if (status == CORD_OK) {
        status = cord_alert_book_entity(book, organisation, CORD_ALERT_HOST,
                                        text_of(value, "asset"), &fact.entity);
    }
    if (status != CORD_OK) {
        return status;
    }
    (void)cord_alert_criticality_find(text_of(value, "criticality"), &criticality);
    fact.said_criticality = (uint8_t)criticality;
    fact.says = (uint8_t)((says ? CORD_ALERT_SAYS_CRITICALITY : 0) |
                          (says_care ? CORD_ALERT_SAYS_CARE : 0));
    add_fact(book, &fact);
    return CORD_OK;
}

/* What an earlier claim said of an asset is taken back: what was said before it holds again. Facts
 * are in the order of their claims. */
static cord_status retract_claim(struct cord_alert_book *book, const struct cord_claim *claim)
{
    size_t low = 1;
    size_t high = book->fact_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->facts[middle].claim < claim->supersedes) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low >= book->fact_count || book->facts[low].claim != claim->supersedes) {
        return CORD_OK; /* it said nothing of an asset */
    }
    cord_status status = fact_room(book);
    if (status == CORD_OK) {
        const struct cord_alert_fact fact = {.when_ns = claim->recorded_ns,
                                             .claim = claim->number,
                                             .entity = book->facts[low].entity};
        book->facts[low].says = 0;
        add_fact(book, &fact);
    }
    return status;
}

cord_status cord_alert_book_claim(struct cord_alert_book *book, const struct cord_claim *claim)
{
    cord_str kind = cord_str_from(claim->kind->name);
    cord_status status = CORD_OK;
    (void)pthread_rwlock_wrlock(&book->lock);
    if (claim->number > book->last_claim) {
        cord_arena_rewind(book->scratch);
        if (cord_str_starts(kind, CORD_STR("triage."))) {
            status = triage_claim(book, claim);
        } else if (cord_str_eq(kind, CORD_STR("asset.seen"))) {
            status = asset_claim(book, claim);
        } else if (cord_str_eq(kind, CORD_STR("claim.retract"))) {
            status = retract_claim(book, claim);
        }
        book->last_claim = status == CORD_OK ? claim->number : book->last_claim;
    }
    (void)pthread_rwlock_unlock(&book->lock);
    return status;
}

/* --- clusters and incidents --- */

static cord_status put_link(struct cord_alert_book *book, cord_str alert,
                            struct cord_alert_texts *texts, cord_str id,
                            struct cord_alert_step *step)
{
    uint64_t number = 0;
    if (!cord_alert_id_parse(&book->id_key, alert, &number)) {
        return CORD_E_NOENT;
    }
    (void)pthread_rwlock_wrlock(&book->lock);
    cord_status status = cord_alert_table_add(texts, id, &step->value);
    if (status == CORD_OK) {
        status = cord_alert_book_step_put(book, number, step);
    }
    (void)pthread_rwlock_unlock(&book->lock);
    return status;
}

cord_status cord_alert_book_set_cluster(struct cord_alert_book *book, cord_str alert,
                                        cord_str cluster, int64_t known_ns)
{
    struct cord_alert_step step = {.when_ns = known_ns, .kind = CORD_ALERT_STEP_CLUSTER};
    return put_link(book, alert, &book->clusters, cluster, &step);
}

cord_status cord_alert_book_set_incident(struct cord_alert_book *book, cord_str alert,
                                         cord_str incident, int64_t recorded_ns)
{
    struct cord_alert_step step = {.when_ns = recorded_ns, .kind = CORD_ALERT_STEP_INCIDENT};
    return put_link(book, alert, &book->incidents, incident, &step);
}
