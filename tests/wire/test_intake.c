/* test_intake.c: what is answered is stored, counted and judged; what is not, is told why. */
#include "kit/kit.h"
#include "kit/kit_loop.h"
#include "kit/kit_rules.h"
#include "kit/kit_store.h"

#include "base/timestamp.h"
#include "ingest/syslog_delivery.h"
#include "ingest/unwrap_kinds.h"
#include "wire/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char rules_text[] = "title: Evil\n"
                                 "logsource: {product: windows, service: security}\n"
                                 "detection:\n"
                                 "  sel: {NewProcessName|endswith: evil.exe}\n"
                                 "  condition: sel\n"
                                 "---\n"
                                 "title: First\n"
                                 "logsource: {product: windows, service: security}\n"
                                 "detection: {sel: {EventID: [5001, 5002]}, condition: sel}\n"
                                 "---\n"
                                 "title: Second\n"
                                 "logsource: {product: windows, service: security}\n"
                                 "detection: {sel: {EventID: [5002, 5003]}, condition: sel}\n";

struct setting {
    char dir[64];
    int journal;
    struct kit_store_fault fault;
    struct cord_store *store;
    struct cord_ledger *ledger;
    struct cord_rulebook_slot *rules;
    struct cord_sources *sources;
    struct cord_loop *loop;
    struct cord_intake *intake;
    struct cord_intake_port port;
    struct cord_patient_key patient_key;
    pthread_mutex_t lock; /* guards the next four: verdicts come from another thread */
    uint64_t judged;
    uint64_t findings;
    uint64_t next;
    uint64_t last_evidence;
    uint64_t quarantined;
    size_t done;
    struct cord_poison *poison;
    void (*taking)(void *self, cord_str records);
    unsigned threads;        /* 0: two */
    size_t record_bytes_max; /* 0: 1 MiB */
    atomic_bool at_gate;
    pthread_mutex_t gate;
};

static void on_verdict(void *self, struct cord_verdict *verdict)
{
    struct setting *setting = self;
    (void)pthread_mutex_lock(&setting->lock);
    CHECK_U64(verdict->first, setting->next); /* in the order of events, none left out */
    setting->next += verdict->count;
    setting->judged += verdict->count;
    setting->findings += verdict->finding_count;
    for (size_t i = 0; i < verdict->finding_count; i++) {
        setting->last_evidence = verdict->findings[i].finding.evidence;
        CHECK_STR(verdict->findings[i].organisation, "RXA");
    }
    (void)pthread_mutex_unlock(&setting->lock);
    cord_verdict_free(verdict);
}

static void on_refused(void *self, const struct cord_delivery *delivery,
                       const struct cord_delivery_refusal *refusal, cord_str record)
{
    struct setting *setting = self;
    (void)delivery;
    (void)refusal;
    (void)record;
    (void)pthread_mutex_lock(&setting->lock);
    setting->quarantined++;
    (void)pthread_mutex_unlock(&setting->lock);
}

static struct cord_sources *three_sources(void)
{
    static const char text[] = "- {name: ward, organisation: RXA, addresses: [10.0.0.0/8]}\n"
                               "- {name: lab, organisation: RXB, addresses: [11.0.0.0/8]}\n"
                               "- {name: records, organisation: RXA, addresses: [12.0.0.0/8], "
                               "content: fhir}\n"
                               "- {name: rome, organisation: RXA, addresses: [13.0.0.0/8], "
                               "zone: '+02:00', events_a_second: 10}\n";
    struct cord_sources *sources = NULL;
    struct cord_yaml *documents = NULL;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    CHECK(cord_yaml_parse(cord_str_from(text), 1, arena, &documents, NULL) == CORD_OK);
    CHECK(cord_sources_read(documents->child, &sources, NULL) == CORD_OK);
    cord_arena_free(arena);
    return sources;
}

static void open_all(struct setting *setting)
{
    char path[128];
    struct cord_error err = {""};
    (void)snprintf(path, sizeof path, "%s/evidence", setting->dir);
    const struct cord_store_options store = {
        .create = true, .packed_elsewhere = true, .seed = 7, .files = &setting->fault.files};
    const struct cord_ledger_options ledger = {.files = &setting->fault.files,
                                               .dir = setting->journal};
    struct cord_rulebook *book = NULL;
    CHECK(cord_store_open(path, &store, &setting->store, &err) == CORD_OK);
    CHECK(cord_ledger_open(&ledger, cord_store_evidence(setting->store), &setting->ledger, &err) ==
          CORD_OK);
    CHECK(cord_rulebook_new(kit_rules(cord_str_from(rules_text)), 7, &book, &err) == CORD_OK);
    setting->rules = cord_rulebook_slot_new(book);
    CHECK(cord_poison_open(setting->journal, "working", cord_clock_system(), &setting->poison,
                           &err) == CORD_OK);
    setting->next = cord_store_next(setting->store);
    const struct cord_intake_options intake = {
        .evidence = cord_store_evidence(setting->store),
        .ledger = setting->ledger,
        .rules = setting->rules,
        .verdicts = {on_verdict, setting},
        .threads = setting->threads > 0 ? setting->threads : 2,
        .waiting_bytes_max = 1 << 20,
        .source_bytes_max = 256 << 10,
        .unpacked_bytes_max = 8 << 20,
        .record_bytes_max = setting->record_bytes_max > 0 ? setting->record_bytes_max : 1 << 20,
        .patient_key = &setting->patient_key,
        .clock = cord_clock_system(),
        .seed = 7,
        .refused = on_refused,
        .refused_self = setting,
        .poison = setting->poison,
        .taking = setting->taking,
        .taking_self = setting,
    };
    CHECK(cord_intake_new(&intake, setting->next - 1, &setting->intake, &err) == CORD_OK);
    setting->port = cord_intake_port(setting->intake);
}

static void close_all(struct setting *setting)
{
    cord_intake_drain(setting->intake);
    cord_intake_free(setting->intake);
    cord_rulebook_slot_free(setting->rules);
    cord_ledger_close(setting->ledger);
    cord_store_close(setting->store);
    cord_poison_close(setting->poison);
}

static struct setting *setting_closed(void)
{
    struct setting *setting = calloc(1, sizeof *setting);
    CHECK(setting && pthread_mutex_init(&setting->lock, NULL) == 0);
    kit_store_dir(setting->dir);
    setting->journal = open(setting->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(setting->journal >= 0);
    kit_store_fault_init(&setting->fault, 0, 0);
    setting->sources = three_sources();
    CHECK(cord_loop_new(&setting->loop, NULL) == CORD_OK);
    return setting;
}

static struct setting *setting_new(void)
{
    struct setting *setting = setting_closed();
    open_all(setting);
    return setting;
}

static void setting_free(struct setting *setting)
{
    close_all(setting);
    cord_loop_free(setting->loop);
    cord_sources_unref(setting->sources);
    CHECK(close(setting->journal) == 0);
    kit_store_remove(setting->dir);
    (void)pthread_mutex_destroy(&setting->lock);
    free(setting);
}

static void on_done(struct cord_delivery *delivery)
{
    struct setting *setting = delivery->self;
    setting->done++;
}

static struct cord_delivery *delivery_of(struct setting *setting,
                                         const struct cord_delivery_kind *kind, const char *source,
                                         cord_str body)
{
    struct cord_delivery *delivery = cord_delivery_new(kind, 8 << 20);
    CHECK(delivery != NULL);
    delivery->sources = cord_sources_ref(setting->sources);
    delivery->source = cord_sources_by_name(setting->sources, cord_str_from(source));
    delivery->received_ns = INT64_C(1764000000000000000);
    delivery->loop = setting->loop;
    delivery->done = on_done;
    delivery->self = setting;
    cord_buf_put(&delivery->body, body);
    return delivery;
}

static struct cord_delivery *deliver_from(struct setting *setting,
                                          const struct cord_delivery_kind *kind, const char *source,
                                          cord_str body)
{
    struct cord_delivery *delivery = delivery_of(setting, kind, source, body);
    size_t before = setting->done;
    CHECK(setting->port.put(setting->port.self, delivery) == CORD_OK);
    kit_loop_until_count(setting->loop, &setting->done, before + 1);
    return delivery;
}

static struct cord_delivery *deliver(struct setting *setting, const struct cord_delivery_kind *kind,
                                     cord_str body)
{
    return deliver_from(setting, kind, "ward", body);
}

struct totals {
    uint64_t stored;
    uint64_t received;
    uint64_t malformed;
    uint64_t pending;
};

static cord_status add_up(void *self, const struct cord_ledger_source *source)
{
    struct totals *totals = self;
    totals->stored += source->total.stored;
    totals->received += source->total.received;
    totals->malformed += source->total.lost[CORD_LOSS_MALFORMED];
    totals->pending += source->pending;
    return CORD_OK;
}

static struct totals ledger_of(struct setting *setting)
{
    struct totals totals = {0};
    CHECK(cord_ledger_sources(setting->ledger, add_up, &totals) == CORD_OK);
    return totals;
}

static void stored_judged_and_counted(void)
{
    struct setting *setting = setting_new();
    struct cord_delivery *delivery = deliver(
        setting, &cord_unwrap_ndjson,
        CORD_STR(
            "{\"Channel\":\"Security\",\"EventID\":4688,\"NewProcessName\":\"c:\\\\evil.exe\"}\n"
            "{\"Channel\":\"Security\",\"EventID\":4688,\"NewProcessName\":\"good.exe\"}\n"));
    CHECK(delivery->status == CORD_OK);
    CHECK_U64(delivery->stored, 2);
    CHECK_U64(delivery->refused, 0);
    uint64_t first = delivery->first_sequence;
    cord_delivery_free(delivery);
    cord_intake_drain(setting->intake);
    struct totals totals = ledger_of(setting);
    CHECK_U64(totals.stored, 2);
    CHECK_U64(totals.received, 2);
    CHECK_U64(totals.pending, 0);
    struct cord_rows *rows = cord_rows_new(1 << 20, 7);
    struct cord_evidence *evidence = cord_store_evidence(setting->store);
    CHECK(evidence->ops->get(evidence, first, rows, NULL) == CORD_OK);
    const struct cord_origin *origin = cord_rows_origin_at(rows, cord_rows_at(rows, 0)->origin);
    CHECK_STR(origin->organisation, "RXA");
    CHECK_STR(origin->source, "ward");
    cord_rows_free(rows);
    close_all(setting); /* every verdict has come */
    CHECK_U64(setting->findings, 1);
    CHECK_U64(setting->judged, 2);
    CHECK_U64(setting->last_evidence, first);
    open_all(setting);
    CHECK_U64(ledger_of(setting).stored, 2);
    setting_free(setting);
}

static bool row_has(struct setting *setting, uint64_t sequence, cord_str part)
{
    struct cord_rows *rows = cord_rows_new(1 << 20, 7);
    struct cord_evidence *evidence = cord_store_evidence(setting->store);
    CHECK(evidence->ops->get(evidence, sequence, rows, NULL) == CORD_OK);
    bool has = cord_str_find(cord_rows_at(rows, 0)->text, part, 0) != SIZE_MAX;
    cord_rows_free(rows);
    return has;
}

static void patients_are_not_stored(void)
{
    static const char body[] =
        "{\"resourceType\":\"AuditEvent\",\"entity\":[{\"what\":{\"reference\":\"Patient/"
        "dent\"}}]}\n"
        "{\"resourceType\":\"AuditEvent\",\"9434765919\":0}\n"
        "nonsense 9434765919\n"
        "{\"resourceType\":\"AuditEvent\",\"patient\":{\"reference\":\"Patient/dent\"}}\n";
    struct setting *setting = setting_new();
    char key[CORD_PATIENT_KEY_TEXT];
    struct cord_delivery *delivery =
        deliver_from(setting, &cord_unwrap_ndjson, "records", cord_str_from(body));
    CHECK(delivery->status == CORD_OK);
    CHECK_U64(delivery->stored, 2);
    CHECK_U64(delivery->refused, 2);
    CHECK_U64(delivery->lost[CORD_LOSS_PRIVACY], 2);
    CHECK_U64(delivery->refusals[0].item, 1);
    CHECK_U64(delivery->refusals[1].item, 2);
    uint64_t first = delivery->first_sequence;
    cord_delivery_free(delivery);
    CHECK(cord_patient_key_write(&setting->patient_key, CORD_STR("dent"), key));
    for (uint64_t i = first; i < first + 2; i++) {
        CHECK(row_has(setting, i, (cord_str){key, sizeof key}));
        CHECK(!row_has(setting, i, CORD_STR("dent")));
    }
    delivery = deliver_from(
        setting, &cord_unwrap_hec, "records",
        CORD_STR("{\"host\":\"h\",\"fields\":{\"n\":\"Patient/dent\"},\"event\":"
                 "\"<AuditMessage><a b='943 476 5919'/></AuditMessage>\"}{\"event\":{\"a\":1}}"));
    CHECK(delivery->status == CORD_OK);
    CHECK_U64(delivery->stored, 1);
    CHECK_U64(delivery->lost[CORD_LOSS_PRIVACY], 1);
    CHECK(row_has(setting, delivery->first_sequence, CORD_STR("<AuditMessage><a b='pk:")));
    cord_delivery_free(delivery);
    setting_free(setting);
}

static int64_t time_of(struct setting *setting, const struct cord_delivery_kind *kind,
                       const char *source, cord_str body)
{
    struct cord_delivery *delivery = deliver_from(setting, kind, source, body);
    struct cord_rows *rows = cord_rows_new(1 << 20, 7);
    struct cord_evidence *evidence = cord_store_evidence(setting->store);
    CHECK_U64(delivery->stored, 1);
    CHECK(evidence->ops->get(evidence, delivery->first_sequence, rows, NULL) == CORD_OK);
    int64_t time_ns = cord_rows_at(rows, 0)->time_ns;
    cord_rows_free(rows);
    cord_delivery_free(delivery);
    return time_ns;
}

/* 1,764,000,000 is 2025-11-24T16:00:00Z; dates without a year lie before it or a day behind. */
static void dates_without_a_zone_are_in_that_of_their_source(void)
{
    static const struct {
        const struct cord_delivery_kind *kind;
        const char *body;
        int64_t moves_s;
    } cases[] = {
        {&cord_syslog_delivery_kind, "43 <13>Nov 24 15:00:00 fe1 app: something said", 7200},
        {&cord_syslog_delivery_kind, "49 <13>2025-11-24 15:00:00 fe1 app: something else..", 7200},
        {&cord_syslog_delivery_kind, "46 <13>1 2025-11-24T15:00:00Z fe1 app - - - words", 0},
        {&cord_unwrap_ndjson, "{\"@timestamp\":\"2025-11-24 15:00:00\",\"a\":1}", 7200},
        {&cord_unwrap_ndjson, "{\"@timestamp\":\"2025-11-24T15:00:00+01:00\",\"a\":1}", 0},
        {&cord_unwrap_ndjson, "{\"@timestamp\":\"1763996400\",\"a\":1}", 0},
    };
    struct setting *setting = setting_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cord_str body = cord_str_from(cases[i].body);
        int64_t utc_ns = time_of(setting, cases[i].kind, "ward", body);
        int64_t rome_ns = time_of(setting, cases[i].kind, "rome", body);
        CHECK(utc_ns != CORD_TIME_NONE);
        CHECK_I64(utc_ns - rome_ns, cases[i].moves_s * CORD_SECOND_NS);
        CHECK_I64(time_of(setting, cases[i].kind, "ward", body), utc_ns); /* nothing stays */
    }
    setting_free(setting);
}

static void find_rome(void *self, cord_str source, uint64_t waits)
{
    CHECK_STR(source, "rome");
    *(uint64_t *)self = waits;
}

static void a_source_waits_for_its_rate(void)
{
    struct setting *setting = setting_new();
    struct cord_buf body;
    uint64_t waits = 0;
    const struct cord_source *rome = cord_sources_by_name(setting->sources, CORD_STR("rome"));
    const struct cord_source *ward = cord_sources_by_name(setting->sources, CORD_STR("ward"));
    cord_buf_init(&body, 1 << 20);
    for (int i = 0; i < 10050; i++) { /* a thousand seconds' more than five seconds' worth */
        cord_buf_put_text(&body, "{\"a\":1}\n");
    }
    CHECK_I64(cord_intake_port_wait_ns(&setting->port, rome), 0);
    struct cord_delivery *delivery =
        deliver_from(setting, &cord_unwrap_ndjson, "rome", cord_buf_str(&body));
    CHECK_U64(delivery->stored, 10050); /* one that was begun is taken whole */
    cord_delivery_free(delivery);
    int64_t wait_ns = cord_intake_port_wait_ns(&setting->port, rome);
    CHECK(wait_ns > 0 && wait_ns <= 1000 * CORD_SECOND_NS + CORD_SECOND_NS / 10);
    CHECK(!setting->port.has_room(setting->port.self, rome));
    CHECK(setting->port.has_room(setting->port.self, ward));
    cord_intake_each_wait(setting->intake, find_rome, &waits);
    CHECK_U64(waits, 2);
    cord_buf_done(&body);
    setting_free(setting);
}

enum { HOSTS = 40, IDS = 6, DELIVERIES = 60, EACH = 100 };

/* Which rules say something of an event: bit 0 of the first, bit 1 of the second. */
static const unsigned char rules_of[IDS] = {0, 1, 3, 2, 0, 0};

static void put_some(struct cord_buf *body, uint64_t *random, unsigned char known[HOSTS])
{
    for (int i = 0; i < EACH; i++) {
        *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
        unsigned host = (unsigned)(*random >> 33) % HOSTS;
        unsigned id = (unsigned)(*random >> 50) % IDS;
        known[host] |= rules_of[id];
        cord_buf_printf(
            body, "{\"Channel\":\"Security\",\"EventID\":500%u,\"Computer\":\"pc%u\"}\n", id, host);
    }
}

/* What the stored events say: of which hosts which rules. */
static void look_at_stored(struct setting *setting, uint64_t count, unsigned char stored[HOSTS])
{
    struct cord_evidence *evidence = cord_store_evidence(setting->store);
    for (uint64_t number = 1; number <= count; number++) {
        struct cord_rows *rows = cord_rows_new(1 << 20, 7);
        CHECK(evidence->ops->get(evidence, number, rows, NULL) == CORD_OK);
        cord_str text = cord_rows_at(rows, 0)->text;
        size_t host_at = cord_str_find(text, CORD_STR("\"pc"), 0);
        size_t id_at = cord_str_find(text, CORD_STR(":500"), 0);
        CHECK(host_at != SIZE_MAX && id_at != SIZE_MAX);
        cord_str host = cord_str_from_byte(text, host_at + 3);
        uint64_t number_of = 0;
        CHECK(cord_str_u64(cord_str_slice(host, 0, cord_str_find_char(host, '"', 0)), &number_of));
        unsigned char rules = rules_of[text.ptr[id_at + 4] - '0'];
        CHECK(rules != 0); /* of what no rule speaks of nothing is stored */
        stored[number_of] |= rules;
        cord_rows_free(rows);
    }
}

/* However often the like of it came: each rule's first word on each host is stored. */
static void of_what_may_go_each_first_of_rule_and_host_stays(void)
{
    struct setting *setting = setting_new();
    struct cord_buf body;
    unsigned char known[HOSTS] = {0};
    unsigned char stored[HOSTS] = {0};
    uint64_t random = 5;
    uint64_t count = 0;
    cord_buf_init(&body, 1 << 20);
    for (int i = 0; i < DELIVERIES; i++) {
        cord_buf_clear(&body);
        put_some(&body, &random, known);
        struct cord_delivery *delivery =
            delivery_of(setting, &cord_unwrap_ndjson, "ward", cord_buf_str(&body));
        delivery->only_firsts = true;
        CHECK(setting->port.put(setting->port.self, delivery) == CORD_OK);
        kit_loop_until_count(setting->loop, &setting->done, (size_t)i + 1);
        CHECK(delivery->status == CORD_OK);
        CHECK_U64(delivery->records, EACH);
        CHECK_U64(delivery->stored + delivery->shed, EACH);
        CHECK_U64(delivery->lost[CORD_LOSS_REPEAT], delivery->shed);
        count += delivery->stored;
        cord_delivery_free(delivery);
    }
    CHECK(count >= HOSTS && count < 6 * HOSTS);
    look_at_stored(setting, count, stored);
    CHECK(memcmp(known, stored, sizeof known) == 0);
    CHECK_U64(ledger_of(setting).received, DELIVERIES * EACH);
    CHECK_U64(ledger_of(setting).stored, count);
    cord_buf_done(&body);
    setting_free(setting);
}

static void refusals_keep_their_place(void)
{
    struct setting *setting = setting_new();
    struct cord_delivery *delivery = deliver(setting, &cord_unwrap_ndjson,
                                             CORD_STR("{\"a\":1}\nnonsense\n{\"b\":2}\n{\"c\":\n"));
    CHECK(delivery->status == CORD_OK);
    CHECK_U64(delivery->stored, 2);
    CHECK_U64(delivery->refused, 2);
    CHECK_U64(delivery->refusal_count, 2);
    CHECK_U64(delivery->refusals[0].item, 1);
    CHECK_U64(delivery->refusals[1].item, 3);
    CHECK(delivery->refusals[0].text.len > 0);
    cord_delivery_free(delivery);
    delivery = deliver(setting, &cord_unwrap_bulk,
                       CORD_STR("{\"create\":{}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"x\"}}\n"
                                "{\"index\":{}}\nbroken\n{\"create\":{}}\n{\"d\":1}\n"));
    CHECK(delivery->status == CORD_OK);
    CHECK_U64(delivery->stored, 2);
    CHECK_U64(delivery->refusal_count, 2);
    CHECK_U64(delivery->refusals[0].item, 1);
    CHECK_U64(delivery->refusals[1].item, 2);
    cord_delivery_free(delivery);
    cord_intake_drain(setting->intake);
    CHECK_U64(setting->quarantined, 4);
    struct totals totals = ledger_of(setting);
    CHECK_U64(totals.received, 8);
    CHECK_U64(totals.stored, 4);
    setting_free(setting);
}

/* `before`, so many letters, `behind`. */
static void put_long(struct cord_buf *body, const char *before, size_t letters, const char *behind)
{
    cord_buf_put_text(body, before);
    for (size_t i = 0; i < letters; i++) {
        cord_buf_put_char(body, 'x');
    }
    cord_buf_put_text(body, behind);
}

/* One that is too long, of whatever length and in whatever layout, costs only itself: those
 * around it are stored, and each is counted. */
static void a_record_that_is_too_long_costs_only_itself(void)
{
    static const struct {
        const struct cord_delivery_kind *kind;
        const char *first;
        const char *before;
        const char *behind;
        const char *last;
    } cases[] = {
        {&cord_unwrap_ndjson, "{\"a\":1}\n", "{\"b\":\"", "\"}\n", "{\"c\":1}\n{\"d\":1}"},
        {&cord_unwrap_ndjson, "{\"a\":1}\n\n", " {\"b\":[{\"c\":1},\"", "\"]}\r\n",
         "{\"c\":1}\n\n{\"d\":1}"},
        {&cord_unwrap_ndjson, "{\"a\":1}\n", "{\"cut\":\"", "\n", "{\"c\":1}\n{\"d\":1}\n"},
        {&cord_unwrap_ndjson, "{\"a\":1}\n", "{\"b\":\"", "\"}", "{\"c\":1}{\"d\":1}"},
        {&cord_unwrap_ndjson, "[{\"a\":1},\n", "{\"b\":\"", "\"},", "{\"c\":1},{\"d\":1}]"},
        {&cord_unwrap_ndjson, "{\"Records\":[{\"a\":1},", "{\"b\":\"", "\"},",
         "{\"c\":1},{\"d\":1}]}"},
        {&cord_unwrap_bulk, "{\"create\":{}}\n{\"a\":1}\n{\"create\":{}}\n", "{\"b\":\"", "\"}\n",
         "{\"create\":{}}\n{\"c\":1}\n{\"create\":{}}\n{\"d\":1}\n"},
        {&cord_unwrap_hec, "{\"event\":{\"a\":1}}", "{\"event\":{\"b\":\"", "\"}}",
         "{\"event\":{\"c\":1}}{\"event\":{\"d\":1}}"},
        {&cord_unwrap_hec, "{\"event\":\"<13>a\"}", "{\"event\":\"<13>b", "\"}",
         "{\"event\":\"<13>c\"}{\"event\":\"<13>d\"}"},
        {&cord_unwrap_hec_raw, "a\n", "b", "\n", "c\nd\n"},
    };
    static const size_t letters[] = {5000, 70000, 200000};
    struct setting *setting = setting_closed();
    setting->record_bytes_max = 4096;
    open_all(setting);
    for (size_t i = 0; i < 3 * (sizeof cases / sizeof *cases); i++) {
        size_t at = i / 3;
        struct cord_buf body;
        cord_buf_init(&body, 1 << 20);
        cord_buf_put_text(&body, cases[at].first);
        put_long(&body, cases[at].before, letters[i % 3], cases[at].behind);
        cord_buf_put_text(&body, cases[at].last);
        struct cord_delivery *delivery = deliver(setting, cases[at].kind, cord_buf_str(&body));
        CHECK_U64(delivery->stored, 3);
        CHECK_U64(delivery->refused, 1);
        CHECK_U64(delivery->records, 4);
        CHECK_U64(delivery->refusals[0].item, 1);
        /* A line that is cut short is broken as well as long. */
        CHECK(delivery->refusals[0].reason == CORD_LOSS_OVERSIZE ||
              delivery->refusals[0].reason == CORD_LOSS_MALFORMED);
        cord_delivery_free(delivery);
        cord_buf_done(&body);
    }
    setting_free(setting);
}

/* They are no records: nothing is counted, and no item is numbered for them. */
static void blank_lines_are_not_refused(void)
{
    struct setting *setting = setting_new();
    struct cord_buf body;
    struct cord_delivery *delivery = deliver(
        setting, &cord_unwrap_ndjson, CORD_STR("{\"a\":1}\n\n\nnonsense\n{\"b\":1}\n\nother\n\n"));
    CHECK_U64(delivery->records, 4);
    CHECK_U64(delivery->refused, 2);
    CHECK_U64(delivery->refusals[0].item, 1);
    CHECK_STR(delivery->refusals[0].text, "no '{' or '[' where a record should begin");
    CHECK_U64(delivery->refusals[1].item, 3);
    CHECK_STR(delivery->refusals[1].text, "no '{' or '[' where a record should begin");
    cord_delivery_free(delivery);
    cord_buf_init(&body, 1 << 20); /* more than a batch tells of */
    for (size_t i = 0; i < 500; i++) {
        cord_buf_put_text(&body, "{\"a\":1}\n\nnonsense\n");
    }
    delivery = deliver(setting, &cord_unwrap_ndjson, cord_buf_str(&body));
    CHECK_U64(delivery->stored, 500);
    CHECK_U64(delivery->refused, 500);
    CHECK_U64(delivery->records, 1000);
    cord_delivery_free(delivery);
    cord_buf_done(&body);
    setting_free(setting);
}

/* Sound, but more than an event may have. */
static void too_many_fields_are_told_as_such(void)
{
    struct setting *setting = setting_new();
    struct cord_buf body;
    cord_buf_init(&body, 1 << 20);
    cord_buf_put_text(&body, "{\"a\":1}\n{");
    for (size_t i = 0; i < 40000; i++) {
        cord_buf_put_text(&body, i > 0 ? ",\"f\":1" : "\"f\":1");
    }
    cord_buf_put_text(&body, "}\n");
    for (size_t i = 0; i < 100; i++) {
        cord_buf_put_text(&body, "{\"a\":");
    }
    for (size_t i = 0; i < 100; i++) {
        cord_buf_put_char(&body, '}');
    }
    struct cord_delivery *delivery = deliver(setting, &cord_unwrap_ndjson, cord_buf_str(&body));
    CHECK_U64(delivery->stored, 1);
    CHECK_U64(delivery->refused, 2);
    CHECK_U64(delivery->lost[CORD_LOSS_FIELDS], 2);
    CHECK(cord_str_find(delivery->refusals[0].text, CORD_STR("more values"), 0) != SIZE_MAX);
    CHECK(cord_str_find(delivery->refusals[1].text, CORD_STR("within one another"), 0) != SIZE_MAX);
    cord_delivery_free(delivery);
    cord_buf_done(&body);
    setting_free(setting);
}

static void a_delivery_that_is_nothing_costs_only_itself(void)
{
    struct setting *setting = setting_new();
    struct cord_delivery *delivery =
        delivery_of(setting, &cord_unwrap_ndjson, "ward", CORD_STR("no gzip at all"));
    delivery->coding = CORD_CODING_GZIP;
    CHECK(setting->port.put(setting->port.self, delivery) == CORD_OK);
    struct cord_delivery *next = deliver(setting, &cord_unwrap_ndjson, CORD_STR("{\"a\":1}"));
    kit_loop_until_count(setting->loop, &setting->done, 2);
    CHECK(delivery->status == CORD_E_FORMAT);
    CHECK(delivery->error.text[0] != '\0');
    CHECK_U64(delivery->lost[CORD_LOSS_ENCODING], 1);
    CHECK(next->status == CORD_OK && next->stored == 1);
    cord_delivery_free(delivery);
    cord_delivery_free(next);
    setting_free(setting);
}

static void wait_at_the_gate(void *self, cord_str records)
{
    struct setting *setting = self;
    (void)records;
    atomic_store(&setting->at_gate, true);
    (void)pthread_mutex_lock(&setting->gate);
    (void)pthread_mutex_unlock(&setting->gate);
}

static void put_one(struct setting *setting, struct cord_delivery *delivery)
{
    CHECK(setting->port.put(setting->port.self, delivery) == CORD_OK);
}

/* What came last is not taken last when its source has nothing else waiting. */
static void sources_take_turns(void)
{
    struct setting *setting = setting_closed();
    struct cord_delivery *ward[10];
    struct cord_buf body;
    CHECK(pthread_mutex_init(&setting->gate, NULL) == 0);
    setting->threads = 1;
    setting->taking = wait_at_the_gate;
    open_all(setting);
    cord_buf_init(&body, 1 << 20);
    while (body.len < 20 << 10) {
        cord_buf_put_text(&body, "{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n");
    }
    (void)pthread_mutex_lock(&setting->gate);
    for (size_t i = 0; i < 10; i++) {
        ward[i] = delivery_of(setting, &cord_unwrap_ndjson, "ward", cord_buf_str(&body));
        put_one(setting, ward[i]);
        while (!atomic_load(&setting->at_gate)) { /* else it may take all of them in one turn */
            cord_clock_sleep_ns(1000000);
        }
    }
    struct cord_delivery *lab =
        delivery_of(setting, &cord_unwrap_ndjson, "lab", CORD_STR("{\"a\":1}"));
    put_one(setting, lab);
    (void)pthread_mutex_unlock(&setting->gate);
    kit_loop_until_count(setting->loop, &setting->done, 11);
    CHECK(lab->first_sequence > 0 && lab->first_sequence < ward[9]->first_sequence);
    uint64_t before = 0;
    for (size_t i = 0; i < 10; i++) {
        CHECK(ward[i]->first_sequence > before);
        before = ward[i]->first_sequence;
        cord_delivery_free(ward[i]);
    }
    cord_delivery_free(lab);
    cord_buf_done(&body);
    (void)pthread_mutex_destroy(&setting->gate);
    setting_free(setting);
}

static void a_source_that_sends_too_much_waits_alone(void)
{
    struct setting *setting = setting_closed();
    struct cord_buf big;
    CHECK(pthread_mutex_init(&setting->gate, NULL) == 0);
    setting->threads = 1;
    setting->taking = wait_at_the_gate;
    open_all(setting);
    cord_buf_init(&big, 1 << 20);
    while (big.len < 200 << 10) {
        cord_buf_put_text(&big, "{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n");
    }
    struct cord_delivery *taken[8];
    size_t count = 0;
    struct cord_delivery *refused = NULL;
    (void)pthread_mutex_lock(&setting->gate);
    while (!refused) { /* the worker is at the gate: some must find no room */
        CHECK(count < 8);
        struct cord_delivery *delivery =
            delivery_of(setting, &cord_unwrap_ndjson, "ward", cord_buf_str(&big));
        if (setting->port.put(setting->port.self, delivery) == CORD_OK) {
            taken[count++] = delivery;
        } else {
            refused = delivery;
        }
    }
    struct cord_delivery *other =
        delivery_of(setting, &cord_unwrap_ndjson, "lab", CORD_STR("{\"a\":1}"));
    CHECK(setting->port.put(setting->port.self, other) == CORD_OK);
    (void)pthread_mutex_unlock(&setting->gate);
    kit_loop_until_count(setting->loop, &setting->done, count + 1);
    CHECK(setting->port.put(setting->port.self, refused) == CORD_OK);
    kit_loop_until_count(setting->loop, &setting->done, count + 2);
    CHECK(refused->status == CORD_OK && refused->stored > 0);
    for (size_t i = 0; i < count; i++) {
        cord_delivery_free(taken[i]);
    }
    cord_delivery_free(refused);
    cord_delivery_free(other);
    cord_buf_done(&big);
    (void)pthread_mutex_destroy(&setting->gate);
    setting_free(setting);
}

/* The disk is full from the nth touch on: what is not stored is not answered as such,
 * and with room again the ledger and the store agree to the event. */
static void a_full_disk_loses_nothing_that_was_answered(void)
{
    bool failed = true;
    for (size_t nth = 1; failed; nth += 3) {
        struct setting *setting = setting_new();
        uint64_t stored = 0;
        setting->fault.touches = 0;
        setting->fault.error = ENOSPC;
        setting->fault.nth = nth;
        for (unsigned i = 0; i < 6; i++) {
            struct cord_delivery *delivery = NULL;
            do { /* room comes back after the one failure */
                cord_delivery_free(delivery);
                delivery = delivery_of(setting, &cord_unwrap_ndjson, "ward",
                                       CORD_STR("{\"a\":1}\n{\"a\":2}\nx\n"));
                size_t before = setting->done;
                while (setting->port.put(setting->port.self, delivery) != CORD_OK) {
                    kit_loop_settle(setting->loop);
                }
                kit_loop_until_count(setting->loop, &setting->done, before + 1);
            } while (delivery->status == CORD_E_LIMIT || delivery->status == CORD_E_IO);
            CHECK(delivery->status == CORD_OK && delivery->stored == 2 && delivery->refused == 1);
            stored += delivery->stored;
            cord_delivery_free(delivery);
        }
        failed = setting->fault.touches >= nth;
        setting->fault.nth = 0;
        cord_intake_drain(setting->intake);
        struct totals totals = ledger_of(setting);
        close_all(setting);
        open_all(setting);
        struct cord_evidence_stats stats;
        struct cord_evidence *evidence = cord_store_evidence(setting->store);
        CHECK(evidence->ops->stats(evidence, &stats, NULL) == CORD_OK);
        CHECK(stats.rows >= stored); /* more where an answer was lost */
        CHECK_U64(ledger_of(setting).stored, stats.rows);
        CHECK_U64(totals.stored, stats.rows);
        CHECK_U64(totals.received, totals.stored + totals.malformed);
        setting_free(setting);
    }
}

/* --- a mistake of ours that ends the process --- */

enum { ENDED = 86 };

static void end_on_mark(void *self, cord_str records)
{
    (void)self;
    if (memmem(records.ptr, records.len, "MARK", 4)) {
        _exit(ENDED);
    }
}

static cord_status end_unwrapping(const struct cord_delivery_kind *kind, cord_str bytes,
                                  cord_str context, struct cord_unwrap *unwrap,
                                  struct cord_error *err)
{
    end_on_mark(NULL, bytes);
    return cord_unwrap_ndjson.unwrap(kind, bytes, context, unwrap, err);
}

static const struct cord_delivery_kind fragile = {.name = "fragile", .unwrap = end_unwrapping};

/* A process that takes the delivery: ENDED, or how many records of it were refused. */
static int take_in_a_process(struct setting *setting, const struct cord_delivery_kind *kind,
                             cord_str body, uint64_t stored)
{
    int code = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setting->taking = kind == &fragile ? NULL : end_on_mark;
        open_all(setting);
        struct cord_delivery *delivery = deliver(setting, kind, body);
        bool right = delivery->stored == stored &&
                     delivery->refused == delivery->lost[CORD_LOSS_POISON] &&
                     setting->quarantined == delivery->refused;
        int refused = (int)delivery->refused;
        cord_delivery_free(delivery);
        close_all(setting);
        _exit(right ? refused : ENDED + 1);
    }
    CHECK(waitpid(child, &code, 0) == child && WIFEXITED(code));
    return WEXITSTATUS(code);
}

static void what_ends_the_process_does_so_three_times(void)
{
    static const struct {
        const struct cord_delivery_kind *kind;
        const char *body;
        uint64_t stored;
    } cases[] = {
        {&cord_unwrap_ndjson, "{\"a\":1}\n{\"a\":2}\n{\"a\":\"MARK\"}\n{\"a\":4}\n", 3},
        {&cord_unwrap_ndjson, "{\n\"a\":\n1}\n{\n\"a\":\n\"MARK\"}\n{\n\"a\":4}\n", 2},
        {&cord_unwrap_hec_raw, "one\nMARK\nthree\n", 2},
        {&cord_unwrap_bulk, "{\"create\":{}}\n{\"a\":\"MARK\"}\n{\"create\":{}}\n{\"a\":1}\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct setting *setting = setting_closed();
        cord_str body = cord_str_from(cases[i].body);
        uint64_t stored = cases[i].stored;
        for (unsigned nth = 0; nth < 3; nth++) { /* in company, alone, and once more */
            CHECK_U64(take_in_a_process(setting, cases[i].kind, body, stored), ENDED);
        }
        CHECK_U64(take_in_a_process(setting, cases[i].kind, body, stored), 1);
        CHECK_U64(take_in_a_process(setting, cases[i].kind, body, stored), 1); /* nor again */
        open_all(setting);
        struct totals totals = ledger_of(setting);
        CHECK_U64(totals.stored, 2 * stored);
        CHECK_U64(totals.received, 2 * stored + 2);
        setting_free(setting);
    }
}

static void a_delivery_may_end_it_as_a_whole(void)
{
    struct setting *setting = setting_closed();
    cord_str body = CORD_STR("{\"a\":1}\n{\"a\":\"MARK\"}\n");
    CHECK_U64(take_in_a_process(setting, &fragile, body, 0), ENDED);
    CHECK_U64(take_in_a_process(setting, &fragile, CORD_STR("{\"a\":1}"), 1), 0);
    CHECK_U64(take_in_a_process(setting, &fragile, body, 0), ENDED);
    CHECK_U64(take_in_a_process(setting, &fragile, body, 0), 1);
    CHECK_U64(take_in_a_process(setting, &fragile, CORD_STR("{\"a\":1}"), 1), 0);
    open_all(setting);
    CHECK_U64(ledger_of(setting).stored, 2);
    setting_free(setting);
}

KIT_MAIN(KIT_TEST(what_ends_the_process_does_so_three_times),
         KIT_TEST(a_delivery_may_end_it_as_a_whole), KIT_TEST(stored_judged_and_counted),
         KIT_TEST(patients_are_not_stored),
         KIT_TEST(dates_without_a_zone_are_in_that_of_their_source),
         KIT_TEST(a_source_waits_for_its_rate),
         KIT_TEST(of_what_may_go_each_first_of_rule_and_host_stays),
         KIT_TEST(refusals_keep_their_place), KIT_TEST(a_record_that_is_too_long_costs_only_itself),
         KIT_TEST(too_many_fields_are_told_as_such), KIT_TEST(blank_lines_are_not_refused),
         KIT_TEST(a_delivery_that_is_nothing_costs_only_itself), KIT_TEST(sources_take_turns),
         KIT_TEST(a_source_that_sends_too_much_waits_alone),
         KIT_TEST(a_full_disk_loses_nothing_that_was_answered))
