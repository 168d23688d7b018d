/* desk.c: see desk.h. */
#include "triage/desk.h"

#include "base/hash.h"
#include "base/vec.h"
#include "triage/spread_sign.h"

#include <stdlib.h>
#include <string.h>

#define SIGHTING_BYTES_MAX ((size_t)4 << 20)
#define ID_KEY_BYTES       CORD_EVIDENCE_ID_KEY_BYTES

enum { SUPPRESSIONS_MAX = 10000, HITS_MAX = 1000000 };

/* A finding that may be part of a cluster, and its alert. */
struct sign {
    uint64_t finding;
    uint64_t alert; /* the book's number */
    int64_t known_ns;
    uint64_t cluster; /* hash of the one that its alert was told of; 0: none */
};

struct cord_desk {
    struct cord_alert_book *alerts;
    struct cord_spread *spread;
    struct cord_suppress *suppress;
    struct cord_suppress_verdict verdict; /* of the sighting that is being fed */
    struct cord_arena *arena;             /* of the sighting that is being read */
    struct sign *signs;                   /* by finding */
    size_t sign_count;
    size_t sign_cap;
    char whose[CORD_CODE_BYTES_MAX]; /* of the alert that was asked about last */
    size_t whose_len;
    size_t settled; /* signs that were there when clusters were last looked at */
};

/* The book asks about the sighting that was judged right before. */
static cord_str suppressed(void *self, const struct cord_sighting *sighting)
{
    struct cord_desk *desk = self;
    (void)sighting;
    return cord_str_from(desk->verdict.id);
}

static cord_status open_parts(struct cord_desk *desk, const struct cord_desk_options *options,
                              struct cord_error *err)
{
    struct cord_spread_options spread;
    struct cord_alert_book_options alerts = {0};
    _Static_assert(CORD_ALERT_ID_KEY_BYTES + ID_KEY_BYTES == CORD_DESK_KEY_BYTES, "two keys");
    memcpy(alerts.key, options->key, sizeof alerts.key);
    cord_spread_defaults(&spread);
    spread.seed = options->seed;
    spread.id_key = cord_evidence_id_key(options->key + sizeof alerts.key);
    alerts.suppressed = suppressed;
    alerts.self = desk;
    const struct cord_suppress_options suppress = {
        .suppressions_max = SUPPRESSIONS_MAX, .hits_max = HITS_MAX, .seed = options->seed};
    desk->suppress = cord_suppress_new(&suppress);
    desk->alerts = cord_alert_book_new(&alerts);
    desk->arena = cord_arena_new(SIGHTING_BYTES_MAX);
    return desk->suppress && desk->alerts && desk->arena
               ? cord_spread_new(&spread, &desk->spread, err)
               : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

cord_status cord_desk_new(const struct cord_desk_options *options, struct cord_desk **ret_desk,
                          struct cord_error *err)
{
    struct cord_desk *desk = calloc(1, sizeof *desk);
    cord_status status =
        desk ? open_parts(desk, options, err) : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    if (status != CORD_OK) {
        cord_desk_free(desk);
        return status;
    }
    *ret_desk = desk;
    return CORD_OK;
}

void cord_desk_free(struct cord_desk *desk)
{
    if (desk) {
        cord_spread_free(desk->spread);
        cord_alert_book_free(desk->alerts);
        cord_suppress_free(desk->suppress);
        cord_arena_free(desk->arena);
        free(desk->signs);
        free(desk);
    }
}

static cord_status note_sign(struct cord_desk *desk, const struct cord_sighting *sighting,
                             uint64_t alert)
{
    struct sign *signs =
        cord_vec_room(desk->signs, desk->sign_count, &desk->sign_cap, sizeof *signs);
    if (!signs) {
        return CORD_E_NOMEM;
    }
    desk->signs = signs;
    signs[desk->sign_count++] = (struct sign){sighting->number, alert, sighting->known_ns, 0};
    return CORD_OK;
}

static bool is_sign(const struct cord_sighting *sighting)
{
    struct cord_spread_sign sign;
    return cord_spread_sign_read(sighting, &sign);
}

cord_status cord_desk_sighting(struct cord_desk *desk, const struct cord_sighting *sighting,
                               int64_t through_ns)
{
    uint64_t alert;
    if (sighting->known_ns > through_ns) {
        return CORD_E_MORE;
    }
    cord_status status = cord_suppress_feed(desk->suppress, sighting, &desk->verdict);
    if (status == CORD_OK) {
        status = cord_alert_book_sighting(desk->alerts, sighting, &alert);
    }
    if (status == CORD_OK && !desk->verdict.suppressed && is_sign(sighting)) {
        status = cord_spread_feed(desk->spread, sighting);
        status = status == CORD_OK ? note_sign(desk, sighting, alert) : status;
    }
    return status;
}

cord_status cord_desk_finding(struct cord_desk *desk, uint64_t number, cord_str json,
                              int64_t through_ns, struct cord_error *err)
{
    struct cord_sighting sighting;
    cord_arena_reset(desk->arena);
    cord_status status = cord_sighting_read(json, desk->arena, &sighting, err);
    if (status != CORD_OK) {
        return status;
    }
    sighting.number = number;
    return cord_desk_sighting(desk, &sighting, through_ns);
}

/* An alert is part of the incident that it was linked to last, and of none once that is undone. */
static cord_status link_alert(struct cord_desk *desk, const struct cord_claim *claim)
{
    bool linked = cord_str_eq(cord_claim_member(claim->value, "state"), CORD_STR("linked"));
    cord_str incident = cord_claim_subject_rest(claim->subject, "incident");
    if (!cord_str_eq(cord_claim_member(claim->value, "kind"), CORD_STR("alert"))) {
        return CORD_OK;
    }
    cord_status status =
        cord_alert_book_set_incident(desk->alerts, cord_claim_member(claim->value, "id"),
                                     linked ? incident : CORD_STR(""), claim->recorded_ns);
    return status == CORD_E_NOENT ? CORD_OK : status; /* anything may be written as an id */
}

cord_status cord_desk_claim(struct cord_desk *desk, const struct cord_claim *claim,
                            struct cord_error *err)
{
    cord_status status = cord_suppress_claim(desk->suppress, claim);
    if (status == CORD_OK) {
        status = cord_alert_book_claim(desk->alerts, claim);
    }
    if (status == CORD_OK &&
        cord_str_eq(cord_str_from(claim->kind->name), CORD_STR("incident.link"))) {
        status = link_alert(desk, claim);
    }
    return status == CORD_OK ? CORD_OK
                             : cord_error_set(err, status, "claim %llu: the desk cannot take it",
                                              (unsigned long long)claim->number);
}

/* --- clusters --- */

static struct sign *find_sign(const struct cord_desk *desk, uint64_t finding)
{
    size_t low = 0;
    size_t high = desk->sign_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (desk->signs[middle].finding < finding) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < desk->sign_count && desk->signs[low].finding == finding ? &desk->signs[low] : NULL;
}

/* The alert of one of a cluster's findings is part of it since both were known. */
static cord_status put_alert(struct cord_desk *desk, const struct cord_spread_cluster *cluster,
                             uint64_t finding)
{
    char buffer[CORD_ALERT_ID_TEXT];
    struct sign *sign = find_sign(desk, finding);
    uint64_t hash = cord_hash(cluster->id, 0);
    if (!sign || sign->cluster == hash) {
        return CORD_OK;
    }
    int64_t known_ns = sign->known_ns > cluster->known_ns ? sign->known_ns : cluster->known_ns;
    cord_status status = cord_alert_book_set_cluster(
        desk->alerts, cord_alert_book_id(desk->alerts, sign->alert, buffer), cluster->id, known_ns);
    sign->cluster = status == CORD_OK ? hash : sign->cluster;
    return status;
}

static cord_status put_cluster(struct cord_desk *desk, const struct cord_spread_cluster *cluster)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && i < cluster->number_count; i++) {
        status = put_alert(desk, cluster, cluster->numbers[i]);
    }
    return status;
}

cord_status cord_desk_settle(struct cord_desk *desk)
{
    struct cord_spread_answer *answer = NULL;
    const struct cord_spread_question all = {.at_ns = CORD_TIME_NONE, .bare = true};
    size_t through = desk->sign_count;
    if (desk->settled == through) {
        return CORD_OK;
    }
    cord_status status = cord_spread_ask(desk->spread, &all, &answer);
    for (size_t i = 0; status == CORD_OK && i < cord_spread_answer_count(answer); i++) {
        status = put_cluster(desk, cord_spread_answer_at(answer, i));
    }
    cord_spread_answer_free(answer);
    if (status == CORD_OK) {
        desk->settled = through;
    }
    return status;
}

/* --- alerts --- */

cord_str cord_desk_alert_of(const struct cord_desk *desk, uint64_t finding,
                            char buffer[CORD_ALERT_ID_TEXT])
{
    const struct sign *sign = find_sign(desk, finding);
    return sign ? cord_alert_book_id(desk->alerts, sign->alert, buffer) : CORD_STR("");
}

static void on_alert(void *self, const struct cord_alert *alert)
{
    struct cord_desk *desk = self;
    size_t len = alert->organisation.len;
    desk->whose_len = len <= sizeof desk->whose ? len : 0;
    memcpy(desk->whose, alert->organisation.ptr, desk->whose_len);
}

cord_str cord_desk_alert_whose(struct cord_desk *desk, cord_str alert)
{
    const struct cord_alert_ask all = {.query = CORD_STR(""),
                                       .from_ns = CORD_TIME_NONE,
                                       .to_ns = CORD_TIME_NONE,
                                       .at_ns = CORD_TIME_NONE};
    desk->whose_len = 0;
    cord_status status = cord_alert_book_one(desk->alerts, &all, alert, on_alert, desk);
    return (cord_str){desk->whose, status == CORD_OK ? desk->whose_len : 0};
}

struct cord_alert_book *cord_desk_alerts(struct cord_desk *desk)
{
    return desk->alerts;
}

struct cord_suppress *cord_desk_suppress(struct cord_desk *desk)
{
    return desk->suppress;
}

struct cord_spread *cord_desk_spread(struct cord_desk *desk)
{
    return desk->spread;
}
