/* make_alerts.c: see make_alerts.h. */
#include "kit/make_alerts.h"

#include "kit/kit.h"
#include "kit/kit_bytes.h"

#include "base/fold.h"

#include <stdlib.h>

#define FIRST_NS (1494576000LL * CORD_SECOND_NS)

const struct cord_alert_ask make_alerts_everything = {
    .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE, .at_ns = CORD_TIME_NONE};

/* --- making --- */

static const cord_str tags_of_a[] = {{"attack.t1210", 12}, {"attack.lateral-movement", 23}};
static const cord_str tags_of_b[] = {
    {"attack.T1003.001", 16}, {"attack.credential_access", 24}, {"car.2013", 8}};

static const struct {
    const char *id, *title, *author;
    enum cord_level level;
    const cord_str *tags;
    size_t tag_count;
} rules[] = {
    {"rule-a", "SMB exploit", "A. Author", CORD_LEVEL_CRITICAL, tags_of_a, 2},
    {"rule-b", "Dump of memory", "B", CORD_LEVEL_HIGH, tags_of_b, 3},
    {"rule-b", "Dump of memory (2)", "B", CORD_LEVEL_MEDIUM, tags_of_b, 2},
    {"rule-c", "Odd", "", CORD_LEVEL_NONE, NULL, 0},
    {"rule-d", "Low thing", "", CORD_LEVEL_LOW, tags_of_a, 1},
};
static const char *const organisations[] = {"R1", "R2", "X-T001"};
static const char *const hosts[] = {"WYR-01", "wyr-01", "PACS", "", "", "Ward-7"};
static const char *const users[] = {"", "anna", "Anna"};
static const struct cord_sighting_field fields_near[] = {{{"src_ip", 6}, {"8.8.8.8", 7}},
                                                         {{"dest_ip", 7}, {"10.0.0.7", 8}}};
static const struct cord_sighting_field fields_far[] = {{{"SourceIp", 8}, {"192.168.1.1", 11}}};

static void make_finding(struct make_alerts *history, struct kit_bytes *bytes, int64_t *known_ns)
{
    unsigned rule = kit_bytes_pick(bytes, 5);
    struct cord_sighting *finding = &history->findings[history->finding_count];
    *known_ns += (int64_t)kit_bytes_pick(bytes, 4) * 10 * CORD_SECOND_NS;
    int64_t back =
        kit_bytes_pick(bytes, 8) == 7 ? 30 * CORD_SECOND_NS : 0; /* a clock that was set back */
    const struct cord_sighting_field *fields =
        kit_bytes_pick(bytes, 2) == 0 ? fields_near : fields_far;
    *finding = (struct cord_sighting){
        .number =
            history->finding_count + 1 + kit_bytes_pick(bytes, 2) * (history->finding_count > 0),
        .known_ns = *known_ns - back,
        .organisation = cord_str_from(organisations[kit_bytes_pick(bytes, 3)]),
        .rule = cord_str_from(rules[rule].id),
        .title = cord_str_from(rules[rule].title),
        .author = cord_str_from(rules[rule].author),
        .level = rules[rule].level,
        .tags = rules[rule].tags,
        .tag_count = rules[rule].tag_count,
        .host = cord_str_from(hosts[kit_bytes_pick(bytes, 6)]),
        .user = cord_str_from(users[kit_bytes_pick(bytes, 3)]),
        .events = 1,
        .fields = fields,
        .field_count = fields == fields_near ? 2 : 1,
    };
    if (history->finding_count > 0 &&
        finding->number <= history->findings[history->finding_count - 1].number) {
        finding->number = history->findings[history->finding_count - 1].number + 1;
    }
    if (kit_bytes_pick(bytes, 6) == 0) {
        finding->field_count = 0;
    }
    finding->time_ns = *known_ns - (int64_t)kit_bytes_pick(bytes, 40) * 15 * CORD_SECOND_NS -
                       (int64_t)kit_bytes_pick(bytes, 2);
    finding->first_ns = finding->time_ns;
    history->finding_count++;
}

static uint64_t manual_number(const struct make_alerts *history, unsigned which)
{
    struct cord_alert_id_key key = cord_alert_id_key(history->options.key);
    (void)key;
    return CORD_ALERT_ID_MANUAL | (which * 7919u + 5u);
}

static cord_str subject_of(struct make_alerts *history, uint64_t number)
{
    char id[CORD_ALERT_ID_TEXT];
    struct cord_alert_id_key key = cord_alert_id_key(history->options.key);
    cord_str text = cord_alert_id_format(&key, number, id);
    return cord_arena_printf(history->arena, "triage:%.*s", CORD_STR_ARG(text));
}

static const char *const states[] = {
    "{\"state\":\"acknowledged\"}",
    "{\"state\":\"in-progress\"}",
    "{\"state\":\"closed\",\"reason\":\"true-positive\"}",
    "{\"state\":\"closed\",\"reason\":\"false-positive\"}",
    "{\"state\":\"closed\",\"reason\":\"benign\",\"text\":\"known\"}",
    "{\"state\":\"closed\",\"reason\":\"exercise\"}",
    "{\"state\":\"closed\"}",
    "{\"state\":\"new\"}",
};
static const char *const owners[] = {"{\"owner\":\"user:17\"}", "{\"owner\":\"user:4\"}", "{}"};
static const char *const raised[] = {
    "{\"organisation\":\"R1\",\"title\":\"Seen by \\\"eye\\\"\",\"level\":\"high\",\"entity_kind\":"
    "\"host\",\"entity\":\"PACS\",\"time\":\"2017-05-12T08:00:00Z\",\"tags\":[\"attack.t1486\"]}",
    "{\"organisation\":\"X-T001\",\"title\":\"Telephone call\",\"level\":\"low\"}",
};
static const char *const assets[] = {
    "{\"asset\":\"wyr-01\",\"kind\":\"server\",\"support\":\"unknown\",\"criticality\":"
    "\"clinical\","
    "\"care\":\"radiology\"}",
    "{\"asset\":\"PACS\",\"kind\":\"server\",\"support\":\"unknown\",\"criticality\":\"life-"
    "critical\"}",
    "{\"asset\":\"pacs\",\"kind\":\"server\",\"support\":\"unknown\",\"care\":\"theatre\"}",
    "{\"asset\":\"ward-7\",\"kind\":\"server\",\"support\":\"unknown\",\"criticality\":"
    "\"administrative\"}",
    "{\"asset\":\"wyr-01\",\"kind\":\"server\",\"support\":\"unknown\",\"criticality\":"
    "\"support\"}",
};

/* Most are about the first finding of some alert, some about none. */
static uint64_t some_alert(const struct make_alerts *history, struct kit_bytes *bytes)
{
    unsigned which = kit_bytes_pick(bytes, 16);
    if (which == 15) {
        return 1 + kit_bytes_pick(bytes, 200);
    }
    if (which == 14) {
        return manual_number(history, kit_bytes_pick(bytes, 3));
    }
    return history->alert_count == 0
               ? 1
               : history->alerts[kit_bytes_pick(bytes, 255) % history->alert_count];
}

/* Nothing that is said later changes which findings are one alert. */
static void count_alerts(struct make_alerts *history)
{
    struct cord_alert all[MAKE_ALERTS_FINDINGS];
    history->alert_count = make_alerts_plain(history, CORD_TIME_NONE, all, history->alerts);
}

/* Most are about an earlier asset, some about something else. */
static uint64_t some_claim(const struct make_alerts *history, struct kit_bytes *bytes)
{
    size_t at = history->claim_count == 0 ? 0 : kit_bytes_pick(bytes, 255) % history->claim_count;
    for (size_t i = at; i < history->claim_count; i++) {
        if (strcmp(history->claims[i].kind->name, "asset.seen") == 0) {
            return i + 1;
        }
    }
    return at;
}

static void make_claim(struct make_alerts *history, struct kit_bytes *bytes, int64_t *recorded_ns)
{
    struct cord_claim *claim = &history->claims[history->claim_count];
    const char *kind = "triage.state";
    const char *value = "";
    unsigned what = kit_bytes_pick(bytes, 12);
    *recorded_ns += (int64_t)kit_bytes_pick(bytes, 4) * 10 * CORD_SECOND_NS;
    uint64_t number = some_alert(history, bytes);
    if (what < 6) {
        value = states[kit_bytes_pick(bytes, 8)];
    } else if (what < 8) {
        kind = "triage.owner";
        value = owners[kit_bytes_pick(bytes, 3)];
    } else if (what == 8) {
        kind = "triage.note";
        value = "{\"text\":\"a note\"}";
    } else if (what == 9) {
        kind = "triage.alert";
        value = raised[kit_bytes_pick(bytes, 2)];
        number = manual_number(history, kit_bytes_pick(bytes, 3));
    } else if (kit_bytes_pick(bytes, 4) == 0) {
        kind = "claim.retract";
        value = "{\"reason\":\"wrong\"}";
    } else {
        kind = "asset.seen";
        value = assets[kit_bytes_pick(bytes, 5)];
    }
    *claim = (struct cord_claim){
        .number = history->claim_count + 1,
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = what >= 10 ? cord_arena_printf(history->arena, "org:%s",
                                                  organisations[kit_bytes_pick(bytes, 3)])
                              : subject_of(history, number),
        .value = cord_str_from(value),
        .recorded_ns = *recorded_ns,
        .claimant = CORD_STR("user:17"),
        .supersedes = strcmp(kind, "claim.retract") == 0 ? some_claim(history, bytes) : 0,
    };
    history->claim_count++;
}

/* "SMB exploit" on R2 falls under a suppression up to some time. */
static cord_str suppressed(void *self, const struct cord_sighting *sighting)
{
    (void)self;
    bool under = cord_str_eq(sighting->organisation, CORD_STR("R2")) &&
                 cord_str_eq(sighting->rule, CORD_STR("rule-a")) && sighting->number % 3 != 0;
    return under ? CORD_STR("S-1") : CORD_STR("");
}

struct make_alerts *make_alerts_new(const uint8_t *data, size_t size)
{
    struct kit_bytes bytes = {data, size};
    struct make_alerts *history = calloc(1, sizeof *history);
    if (!history) {
        abort();
    }
    history->arena = cord_arena_new(1 << 20);
    history->options = (struct cord_alert_book_options){
        .key = {1, 2, 3}, .gap_ns = MAKE_ALERTS_GAP_NS, .changes_kept = MAKE_ALERTS_CHANGES};
    history->options.suppressed = kit_bytes_pick(&bytes, 2) == 0 ? suppressed : NULL;
    int64_t known_ns = FIRST_NS;
    unsigned findings = kit_bytes_pick(&bytes, MAKE_ALERTS_FINDINGS + 1);
    for (unsigned i = 0; i < findings; i++) {
        make_finding(history, &bytes, &known_ns);
    }
    count_alerts(history);
    int64_t recorded_ns = FIRST_NS - 20 * CORD_SECOND_NS;
    unsigned claims = kit_bytes_pick(&bytes, MAKE_ALERTS_CLAIMS + 1);
    for (unsigned i = 0; i < claims; i++) {
        make_claim(history, &bytes, &recorded_ns);
    }
    unsigned pushes = kit_bytes_pick(&bytes, MAKE_ALERTS_PUSHES + 1);
    for (unsigned i = 0; i < pushes; i++) {
        history->pushes[history->push_count++] = (struct make_alerts_push){
            .alert = some_alert(history, &bytes),
            .incident = kit_bytes_pick(&bytes, 2) == 0,
            .when_ns = FIRST_NS + (int64_t)kit_bytes_pick(&bytes, 200) * 5 * CORD_SECOND_NS,
            .id = kit_bytes_pick(&bytes, 3) == 0 ? CORD_STR("") : CORD_STR("S-7"),
        };
    }
    history->first_ns = FIRST_NS - 700 * CORD_SECOND_NS;
    history->last_ns = (known_ns > recorded_ns ? known_ns : recorded_ns) + 1000 * CORD_SECOND_NS;
    return history;
}

uint32_t make_alerts_next(uint32_t *dice)
{
    *dice = *dice * 1664525u + 1013904223u;
    return *dice >> 8;
}

struct make_alerts *make_alerts_random(uint32_t seed)
{
    uint8_t data[4096];
    uint32_t dice = seed * 2654435761u + 1;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)make_alerts_next(&dice);
    }
    return make_alerts_new(data, sizeof data);
}

void make_alerts_free(struct make_alerts *history)
{
    cord_arena_free(history->arena);
    free(history);
}

static void must(cord_status status)
{
    if (status != CORD_OK) {
        abort();
    }
}

static void push(const struct make_alerts_push *push_, struct cord_alert_book *book)
{
    char id[CORD_ALERT_ID_TEXT];
    cord_str alert = cord_alert_book_id(book, push_->alert, id);
    must(push_->incident ? cord_alert_book_set_incident(book, alert, push_->id, push_->when_ns)
                         : cord_alert_book_set_cluster(book, alert, push_->id, push_->when_ns));
}

void make_alerts_feed(const struct make_alerts *history, struct cord_alert_book *book,
                      unsigned interleaving)
{
    size_t findings = 0;
    size_t claims = 0;
    size_t pushes = 0;
    uint32_t dice = interleaving * 2654435761u;
    while (findings < history->finding_count || claims < history->claim_count ||
           pushes < history->push_count) {
        unsigned thrown = make_alerts_next(&dice) >> 8;
        unsigned which = interleaving == 0 ? 0 : thrown % 3;
        if (which == 0 && findings < history->finding_count) {
            must(cord_alert_book_sighting(book, &history->findings[findings++], NULL));
        } else if (which <= 1 && claims < history->claim_count) {
            must(cord_alert_book_claim(book, &history->claims[claims++]));
        } else if (pushes < history->push_count) {
            push(&history->pushes[pushes++], book);
        } else if (claims < history->claim_count) {
            must(cord_alert_book_claim(book, &history->claims[claims++]));
        } else if (findings < history->finding_count) {
            must(cord_alert_book_sighting(book, &history->findings[findings++], NULL));
        }
    }
}

/* --- the plain way --- */

struct plain {
    struct cord_alert alert;
    uint64_t number;
    enum cord_alert_status said;
};

struct plains {
    struct plain *items; /* room for one a finding and one a claim */
    size_t count;
    struct {
        size_t plain; /* the alert that counts it, by number */
        int64_t known_ns;
    } findings[MAKE_ALERTS_FINDINGS];
    size_t finding_count;
};

static enum cord_alert_entity entity_of(const struct cord_sighting *sighting, cord_str *ret_name)
{
    cord_str source = cord_sighting_source_address(sighting);
    *ret_name = sighting->host;
    if (ret_name->len > 0) {
        return CORD_ALERT_HOST;
    }
    *ret_name = sighting->user;
    if (ret_name->len > 0) {
        return CORD_ALERT_USER;
    }
    if (source.len == 0) {
        *ret_name = sighting->organisation;
        return CORD_ALERT_ORGANISATION;
    }
    *ret_name = cord_str_eq(source, CORD_STR("8.8.8.8")) ? CORD_STR("10.0.0.7") : source;
    return CORD_ALERT_ADDRESS;
}

static struct plain *find_fitting(struct plains *plains, const struct cord_sighting *finding,
                                  enum cord_alert_entity kind, cord_str name)
{
    unsigned looked = 0;
    for (size_t i = plains->count; i > 0; i--) {
        struct plain *plain = &plains->items[i - 1];
        struct cord_alert *alert = &plain->alert;
        if (alert->manual || !cord_str_eq(alert->organisation, finding->organisation) ||
            !cord_str_eq(alert->rule, finding->rule) || alert->entity_kind != kind ||
            !cord_fold_eq(alert->entity, name)) {
            continue;
        }
        if (looked++ == 64) {
            break;
        }
        if (finding->time_ns >= alert->first_ns - MAKE_ALERTS_GAP_NS &&
            finding->time_ns <= alert->last_ns + MAKE_ALERTS_GAP_NS) {
            return plain;
        }
    }
    return NULL;
}

static void see(const struct make_alerts *history, struct plains *plains,
                const struct cord_sighting *finding, int64_t known_ns)
{
    cord_str name;
    enum cord_alert_entity kind = entity_of(finding, &name);
    struct plain *plain = find_fitting(plains, finding, kind, name);
    cord_str hidden = history->options.suppressed ? suppressed(NULL, finding) : CORD_STR("");
    if (!plain) {
        plain = &plains->items[plains->count++];
        *plain = (struct plain){.number = finding->number};
        plain->alert = (struct cord_alert){.organisation = finding->organisation,
                                           .rule = finding->rule,
                                           .title = finding->title,
                                           .author = finding->author,
                                           .level = finding->level,
                                           .tags = finding->tags,
                                           .tag_count = finding->tag_count,
                                           .entity_kind = kind,
                                           .entity = name,
                                           .first_ns = finding->time_ns,
                                           .last_ns = finding->time_ns,
                                           .known_ns = known_ns,
                                           .first_finding = finding->number,
                                           .decided_ns = CORD_TIME_NONE,
                                           .suppressed = true,
                                           .suppression = hidden,
                                           .grouped = 1};
    }
    struct cord_alert *alert = &plain->alert;
    alert->count++;
    plains->findings[plains->finding_count].plain = (size_t)(plain - plains->items);
    plains->findings[plains->finding_count++].known_ns = known_ns;
    alert->first_ns = finding->time_ns < alert->first_ns ? finding->time_ns : alert->first_ns;
    alert->last_ns = finding->time_ns > alert->last_ns ? finding->time_ns : alert->last_ns;
    alert->last_finding = finding->number;
    alert->updated_ns = known_ns;
    alert->suppressed = alert->suppressed && hidden.len > 0;
    alert->suppression = alert->suppressed ? alert->suppression : CORD_STR("");
}

static struct plain *numbered(struct plains *plains, uint64_t number)
{
    for (size_t i = 0; i < plains->count; i++) {
        if (plains->items[i].number == number) {
            return &plains->items[i];
        }
    }
    return NULL;
}

static const cord_str manual_tags[] = {{"attack.t1486", 12}};

static void raise_alert(struct plains *plains, const struct cord_claim *claim, uint64_t number)
{
    bool first = cord_str_eq(claim->value, cord_str_from(raised[0]));
    int64_t time_ns = claim->recorded_ns;
    if (numbered(plains, number)) {
        return;
    }
    if (first) {
        (void)cord_timestamp_parse(CORD_STR("2017-05-12T08:00:00Z"), &time_ns);
    }
    struct plain *plain = &plains->items[plains->count++];
    *plain = (struct plain){.number = number};
    plain->alert = (struct cord_alert){
        .organisation = first ? CORD_STR("R1") : CORD_STR("X-T001"),
        .title = first ? CORD_STR("Seen by \"eye\"") : CORD_STR("Telephone call"),
        .level = first ? CORD_LEVEL_HIGH : CORD_LEVEL_LOW,
        .tags = first ? manual_tags : NULL,
        .tag_count = first ? 1 : 0,
        .entity_kind = first ? CORD_ALERT_HOST : CORD_ALERT_ORGANISATION,
        .entity = first ? CORD_STR("PACS") : CORD_STR("X-T001"),
        .manual = true,
        .first_ns = time_ns,
        .last_ns = time_ns,
        .known_ns = claim->recorded_ns,
        .updated_ns = claim->recorded_ns,
        .decided_ns = CORD_TIME_NONE,
        .grouped = 1,
    };
}

static void hear(struct plain *plain, const struct cord_claim *claim)
{
    struct cord_alert *alert = &plain->alert;
    cord_str kind = cord_str_from(claim->kind->name);
    if (cord_str_eq(kind, CORD_STR("triage.state"))) {
        (void)cord_alert_status_find(cord_claim_member(claim->value, "state"), &plain->said);
        alert->reason =
            plain->said == CORD_ALERT_CLOSED ? CORD_ALERT_OTHER : CORD_ALERT_REASON_NONE;
        (void)cord_alert_reason_find(cord_claim_member(claim->value, "reason"), &alert->reason);
        alert->decided_ns = claim->recorded_ns;
    } else if (cord_str_eq(kind, CORD_STR("triage.owner"))) {
        alert->owner = cord_claim_member(claim->value, "owner");
    } else if (cord_str_eq(kind, CORD_STR("triage.note"))) {
        alert->notes++;
    }
    alert->updated_ns =
        claim->recorded_ns > alert->updated_ns ? claim->recorded_ns : alert->updated_ns;
}

static void hear_all(const struct make_alerts *history, struct plains *plains, int64_t at_ns)
{
    struct cord_alert_id_key key = cord_alert_id_key(history->options.key);
    for (int round = 0; round < 2; round++) { /* first those that raise alerts */
        for (size_t i = 0; i < history->claim_count; i++) {
            const struct cord_claim *claim = &history->claims[i];
            uint64_t number = 0;
            cord_str id = cord_claim_subject_rest(claim->subject, "triage");
            bool raises = strcmp(claim->kind->name, "triage.alert") == 0;
            if (claim->recorded_ns > at_ns || !id.ptr || raises != (round == 0) ||
                !cord_alert_id_parse(&key, id, &number)) {
                continue;
            }
            struct plain *plain = numbered(plains, number);
            if (raises) {
                raise_alert(plains, claim, number);
            } else if (plain) {
                hear(plain, claim);
            }
        }
    }
}

static void put_pushes(const struct make_alerts *history, struct plains *plains, int64_t at_ns)
{
    for (size_t i = 0; i < plains->count; i++) {
        int64_t latest[2] = {INT64_MIN, INT64_MIN};
        for (size_t j = 0; j < history->push_count; j++) {
            const struct make_alerts_push *push_ = &history->pushes[j];
            struct cord_alert *alert = &plains->items[i].alert;
            if (push_->alert != plains->items[i].number || push_->when_ns > at_ns) {
                continue;
            }
            if (push_->when_ns >= latest[push_->incident]) {
                latest[push_->incident] = push_->when_ns;
                *(push_->incident ? &alert->incident : &alert->cluster) = push_->id;
            }
            alert->updated_ns =
                push_->when_ns > alert->updated_ns ? push_->when_ns : alert->updated_ns;
        }
    }
}

static bool is_retracted(const struct make_alerts *history, uint64_t number, int64_t at_ns)
{
    for (size_t i = 0; i < history->claim_count; i++) {
        if (history->claims[i].supersedes == number && history->claims[i].recorded_ns <= at_ns) {
            return true;
        }
    }
    return false;
}

static void know_asset(const struct make_alerts *history, struct cord_alert *alert, int64_t at_ns)
{
    for (size_t i = 0; i < history->claim_count && alert->entity_kind == CORD_ALERT_HOST; i++) {
        const struct cord_claim *claim = &history->claims[i];
        cord_str code = cord_claim_subject_rest(claim->subject, "org");
        if (claim->recorded_ns > at_ns || !code.ptr || !cord_str_eq(code, alert->organisation) ||
            strcmp(claim->kind->name, "asset.seen") != 0 ||
            !cord_fold_eq(alert->entity, cord_claim_member(claim->value, "asset")) ||
            is_retracted(history, claim->number, at_ns)) {
            continue;
        }
        cord_str care = cord_claim_member(claim->value, "care");
        (void)cord_alert_criticality_find(cord_claim_member(claim->value, "criticality"),
                                          &alert->criticality);
        alert->care = care.ptr ? care : alert->care;
    }
}

static unsigned precision_of(const struct plains *plains, cord_str rule)
{
    unsigned held = 0;
    unsigned judged = 0;
    for (size_t i = 0; i < plains->count; i++) {
        const struct plain *plain = &plains->items[i];
        if (plain->alert.manual || plain->said != CORD_ALERT_CLOSED ||
            !cord_str_eq(plain->alert.rule, rule)) {
            continue;
        }
        held += plain->alert.reason == CORD_ALERT_TRUE_POSITIVE ? 1 : 0;
        judged += plain->alert.reason == CORD_ALERT_TRUE_POSITIVE ||
                          plain->alert.reason == CORD_ALERT_FALSE_POSITIVE ||
                          plain->alert.reason == CORD_ALERT_BENIGN
                      ? 1
                      : 0;
    }
    return ((held + 1) * 20 + (judged + 2) / 2) / (judged + 2);
}

static unsigned risk_of(const struct plains *plains, const struct cord_alert *alert)
{
    static const unsigned levels[] = {7, 2, 7, 16, 26, 35};
    static const unsigned cares[] = {8, 2, 10, 20, 25};
    unsigned count = alert->count >= 100 ? 5 : alert->count >= 10 ? 3 : alert->count >= 2 ? 1 : 0;
    return levels[alert->level] + (alert->manual ? 15 : precision_of(plains, alert->rule)) +
           cares[alert->criticality] + count + (alert->cluster.len > 0 ? 10 : 0) +
           (alert->again > 0 ? 5 : 0);
}

static int by_priority(const void *a, const void *b)
{
    const struct plain *left = a;
    const struct plain *right = b;
    const struct cord_alert *alerts[] = {&left->alert, &right->alert};
    int64_t keys[2][4];
    for (int i = 0; i < 2; i++) {
        const struct cord_alert *alert = alerts[i];
        keys[i][0] = alert->suppressed ? 2 : alert->status == CORD_ALERT_CLOSED ? 1 : 0;
        keys[i][1] = alert->criticality == CORD_ALERT_LIFE_CRITICAL ? 0
                     : alert->criticality == CORD_ALERT_CLINICAL    ? 1
                                                                    : 2;
        keys[i][2] = -(int64_t)alert->risk;
        keys[i][3] = alert->first_ns;
    }
    for (int i = 0; i < 4; i++) {
        if (keys[0][i] != keys[1][i]) {
            return keys[0][i] < keys[1][i] ? -1 : 1;
        }
    }
    return left->number < right->number ? -1 : left->number > right->number;
}

size_t make_alerts_plain(const struct make_alerts *history, int64_t at_ns,
                         struct cord_alert *ret_alerts, uint64_t *ret_numbers)
{
    struct plains all = {
        .items = calloc(history->finding_count + history->claim_count + 1, sizeof *all.items)};
    struct plains *plains = &all;
    int64_t known_ns = INT64_MIN;
    at_ns = at_ns == CORD_TIME_NONE ? INT64_MAX : at_ns;
    if (!all.items) {
        abort();
    }
    for (size_t i = 0; i < history->finding_count; i++) {
        const struct cord_sighting *finding = &history->findings[i];
        known_ns = finding->known_ns > known_ns ? finding->known_ns : known_ns;
        if (known_ns <= at_ns) {
            see(history, plains, finding, known_ns);
        }
    }
    hear_all(history, plains, at_ns);
    put_pushes(history, plains, at_ns);
    for (size_t i = 0; i < plains->count; i++) {
        struct plain *plain = &plains->items[i];
        know_asset(history, &plain->alert, at_ns);
        for (size_t j = 0; j < plains->finding_count && plain->said == CORD_ALERT_CLOSED; j++) {
            bool later = plains->findings[j].known_ns > plain->alert.decided_ns;
            plain->alert.again += plains->findings[j].plain == i && later ? 1 : 0;
        }
        bool reopened = plain->alert.again > 0 && plain->alert.reason == CORD_ALERT_TRUE_POSITIVE;
        plain->alert.status = reopened ? CORD_ALERT_NEW : plain->said;
    }
    for (size_t i = 0; i < plains->count; i++) {
        plains->items[i].alert.risk = risk_of(plains, &plains->items[i].alert);
    }
    qsort(plains->items, plains->count, sizeof *plains->items, by_priority);
    size_t count = plains->count;
    for (size_t i = 0; i < count; i++) {
        ret_alerts[i] = plains->items[i].alert;
        ret_numbers[i] = plains->items[i].number;
    }
    free(plains->items);
    return count;
}

void make_alerts_print(const struct cord_alert *alert, struct cord_buf *out)
{
    cord_buf_printf(out, "%.*s|%.*s|%.*s|%.*s|%d|", CORD_STR_ARG(alert->organisation),
                    CORD_STR_ARG(alert->rule), CORD_STR_ARG(alert->title),
                    CORD_STR_ARG(alert->author), (int)alert->level);
    for (size_t i = 0; i < alert->tag_count; i++) {
        cord_buf_printf(out, "%.*s,", CORD_STR_ARG(alert->tags[i]));
    }
    cord_buf_printf(
        out, "|%s:%.*s|%d|first %lld last %lld known %lld updated %lld|%llu (%llu..%llu)|",
        cord_alert_entity_name(alert->entity_kind), CORD_STR_ARG(alert->entity), alert->manual,
        (long long)alert->first_ns, (long long)alert->last_ns, (long long)alert->known_ns,
        (long long)alert->updated_ns, (unsigned long long)alert->count,
        (unsigned long long)alert->first_finding, (unsigned long long)alert->last_finding);
    cord_buf_printf(out, "%s %s again %llu decided %lld|%.*s|%llu notes|%.*s|%.*s|",
                    cord_alert_status_name(alert->status), cord_alert_reason_name(alert->reason),
                    (unsigned long long)alert->again, (long long)alert->decided_ns,
                    CORD_STR_ARG(alert->owner), (unsigned long long)alert->notes,
                    CORD_STR_ARG(alert->cluster), CORD_STR_ARG(alert->incident));
    cord_buf_printf(
        out, "%d %.*s|%s %.*s|risk %u", alert->suppressed, CORD_STR_ARG(alert->suppression),
        cord_alert_criticality_name(alert->criticality), CORD_STR_ARG(alert->care), alert->risk);
}
