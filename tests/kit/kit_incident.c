/* kit_incident.c: see kit_incident.h. */
#include "kit/kit.h"

#include "kit/kit_incident.h"
#include "kit/kit_store.h"

static void say_organisation(struct kit_incident *kit, const char *code, const char *name)
{
    char value[128];
    char subject[32];
    (void)snprintf(subject, sizeof subject, "org:%s", code);
    (void)snprintf(value, sizeof value, "{\"name\":\"%s\",\"role\":\"trust\",\"region\":\"R\"}",
                   name);
    (void)kit_incident_say(kit, "org.upsert", subject, value, "org:X24", NULL);
}

void kit_incident_init(struct kit_incident *kit)
{
    *kit = (struct kit_incident){.clock = {0}};
    kit_store_dir(kit->dir);
    kit_incident_at(kit, "2017-01-01T00:00:00Z");
    kit->record = kit_record_open(kit->dir, &kit->clock);
    say_organisation(kit, "A1", "Alpha Hospital");
    say_organisation(kit, "B2", "Beta Clinic");
    say_organisation(kit, "C3", "Gamma Practice");
    say_organisation(kit, "D4", "Delta Ambulance");
    CHECK(cord_record_view_open(kit->record, &kit->view, NULL) == CORD_OK);
}

void kit_incident_done(struct kit_incident *kit)
{
    cord_organisations_free(kit->organisations);
    cord_record_view_close(kit->view);
    cord_record_close(kit->record);
    kit_store_remove(kit->dir);
}

void kit_incident_at(struct kit_incident *kit, const char *time)
{
    CHECK(cord_timestamp_parse(cord_str_from(time), &kit->clock.now_ns));
}

uint64_t kit_incident_say(struct kit_incident *kit, const char *kind, const char *subject,
                          const char *value, const char *claimant, const char *extra)
{
    char text[4096];
    int len = snprintf(text, sizeof text,
                       "{\"kind\":\"%s\",\"subject\":\"%s\",\"value\":%s,\"claimant\":\"%s\","
                       "\"method\":\"console\"%s%s}",
                       kind, subject, value, claimant, extra ? "," : "", extra ? extra : "");
    CHECK(len > 0 && (size_t)len < sizeof text);
    return kit_record_say(kit->record, text);
}

static void say_morning(struct kit_incident *kit)
{
    const char *inc = "incident:INC-1";
    kit_incident_at(kit, "2017-05-12T09:00:00Z");
    (void)kit_incident_say(kit, "incident.declare", inc,
                           "{\"title\":\"Ransomware\",\"level\":\"major\"}", "user:1", NULL);
    kit_incident_at(kit, "2017-05-12T09:05:00Z");
    (void)kit_incident_say(kit, "incident.link", inc,
                           "{\"kind\":\"alert\",\"id\":\"A-1\",\"state\":\"linked\","
                           "\"organisations\":[\"A1\"]}",
                           "user:1", NULL);
    kit_incident_at(kit, "2017-05-12T09:20:00Z");
    (void)kit_incident_say(kit, "status.claim", "org:A1",
                           "{\"state\":\"infected\",\"incident\":\"INC-1\",\"reason\":\"worm\"}",
                           "org:A1", NULL);
    kit_incident_at(kit, "2017-05-12T09:35:00Z");
    (void)kit_incident_say(kit, "incident.commander", inc, "{\"who\":\"user:2\"}", "user:1", NULL);
    (void)kit_incident_say(kit, "incident.task", inc,
                           "{\"task\":\"T-1\",\"title\":\"call them\",\"state\":\"open\","
                           "\"due\":\"2017-05-12T11:00:00Z\",\"organisations\":[\"A1\"]}",
                           "user:2", NULL);
    (void)kit_incident_say(kit, "incident.task", inc,
                           "{\"task\":\"T-2\",\"title\":\"write it down\",\"state\":\"open\"}",
                           "user:2", NULL);
}

static void say_noon(struct kit_incident *kit)
{
    const char *inc = "incident:INC-1";
    kit_incident_at(kit, "2017-05-12T09:50:00Z");
    (void)kit_incident_say(kit, "status.claim", "org:B2",
                           "{\"state\":\"disrupted\",\"incident\":\"INC-1\"}", "org:B2", NULL);
    (void)kit_incident_say(kit, "divert.start", "org:B2", "{\"service\":\"emergency\"}", "org:B2",
                           NULL);
    kit_incident_at(kit, "2017-05-12T10:00:00Z");
    (void)kit_incident_say(kit, "incident.decision", inc,
                           "{\"what\":\"cut mail\",\"why\":\"it spreads\"}", "user:2", NULL);
    (void)kit_incident_say(kit, "incident.link", inc,
                           "{\"kind\":\"organisation\",\"id\":\"C3\",\"state\":\"linked\"}",
                           "user:2", NULL);
    kit_incident_at(kit, "2017-05-12T10:30:00Z");
    (void)kit_incident_say(kit, "incident.task", inc,
                           "{\"task\":\"T-1\",\"title\":\"call them\",\"state\":\"done\","
                           "\"due\":\"2017-05-12T11:00:00Z\",\"owner\":\"user:3\","
                           "\"organisations\":[\"A1\"]}",
                           "user:3", NULL);
    kit_incident_at(kit, "2017-05-12T11:00:00Z");
    (void)kit_incident_say(kit, "status.claim", "org:A1",
                           "{\"state\":\"contained\",\"incident\":\"INC-1\"}", "org:A1", NULL);
    kit_incident_at(kit, "2017-05-12T11:10:00Z");
    (void)kit_incident_say(kit, "contain.request", "org:A1",
                           "{\"containment\":\"X\",\"action\":\"isolate pathology\"}", "user:2",
                           NULL);
}

void kit_incident_story(struct kit_incident *kit)
{
    kit_incident_init(kit);
    say_morning(kit);
    say_noon(kit);
}

/* --- readers --- */

static bool sees(void *self, const struct cord_incident_matter *matter)
{
    const char *reader = self;
    return matter->marking <= CORD_CLAIM_GREEN ||
           (!matter->unknown && (cord_str_eq(matter->organisation, cord_str_from(reader)) ||
                                 cord_str_eq(matter->claimant, cord_str_from(reader))));
}

/* A-1 of A1, A-2 of B2, and the cluster S-1 of both. */
static cord_status look(void *self, enum cord_incident_link_kind kind, cord_str id,
                        int64_t known_ns, struct cord_incident_sighting *ret_sighting)
{
    (void)self;
    bool cluster = kind == CORD_INCIDENT_CLUSTER && cord_str_eq(id, CORD_STR("S-1"));
    bool first = kind == CORD_INCIDENT_ALERT && cord_str_eq(id, CORD_STR("A-1"));
    bool second = kind == CORD_INCIDENT_ALERT && cord_str_eq(id, CORD_STR("A-2"));
    *ret_sighting = (struct cord_incident_sighting){
        .title = cluster ? CORD_STR("Worm spreads") : CORD_STR("Worm found"),
        .organisation = first    ? CORD_STR("A1")
                        : second ? CORD_STR("B2")
                                 : CORD_STR(""),
        .entity = first    ? CORD_STR("WYR-01")
                  : second ? CORD_STR("SALT-02")
                           : CORD_STR(""),
    };
    CHECK(cord_timestamp_parse(second ? CORD_STR("2017-05-12T07:30:00Z")
                                      : CORD_STR("2017-05-12T08:00:00Z"),
                               &ret_sighting->first_ns));
    CHECK(cord_timestamp_parse(CORD_STR("2017-05-12T08:10:00Z"), &ret_sighting->known_ns));
    return (cluster || first || second) && known_ns >= ret_sighting->known_ns ? CORD_OK
                                                                              : CORD_E_NOENT;
}

void kit_incident_ask(struct kit_incident *kit, const char *at, const char *reader)
{
    int64_t known_ns = INT64_MAX;
    CHECK(!at || cord_timestamp_parse(cord_str_from(at), &known_ns));
    CHECK(cord_record_view_refresh(kit->view, NULL) == CORD_OK);
    cord_organisations_free(kit->organisations);
    kit->organisations = NULL;
    CHECK(cord_organisations_build(kit->view, (struct cord_as_of){known_ns, INT64_MAX},
                                   &kit->organisations, NULL) == CORD_OK);
    kit->request = (struct cord_incident_request){
        .known_ns = known_ns,
        .organisations = kit->organisations,
        .sees = reader ? sees : NULL,
        .sighting = look,
        .self = (void *)(uintptr_t)reader,
    };
}

struct cord_incident *kit_incident_read(struct kit_incident *kit, const char *id, const char *at,
                                        const char *reader)
{
    struct cord_incident *incident = NULL;
    struct cord_error err = {""};
    kit_incident_ask(kit, at, reader);
    cord_status status =
        cord_incident_read(kit->view, cord_str_from(id), &kit->request, &incident, &err);
    if (status != CORD_OK && status != CORD_E_NOENT) {
        fail_msg("%s: %s", id, err.text);
    }
    return incident;
}

struct ids {
    char text[512];
    size_t len;
};

static cord_status put_id(void *self, const struct cord_incident *incident)
{
    struct ids *ids = self;
    int len = snprintf(ids->text + ids->len, sizeof ids->text - ids->len, "%.*s ",
                       CORD_STR_ARG(incident->id));
    CHECK(len > 0 && (size_t)len < sizeof ids->text - ids->len);
    ids->len += (size_t)len;
    return CORD_OK;
}

void kit_incident_check_list(struct kit_incident *kit, enum cord_incident_which which,
                             const char *wanted)
{
    struct ids ids = {.len = 0};
    const struct cord_incident_filter filter = {.which = which};
    kit_incident_ask(kit, NULL, NULL);
    CHECK(cord_incident_list(kit->view, &kit->request, &filter, put_id, &ids, NULL) == CORD_OK);
    CHECK_STR_EQ(cord_str_from(ids.text), cord_str_from(wanted));
}
