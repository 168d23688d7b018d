/* test_record.c: opening, appending, refusing. */
#include "kit/kit.h"

#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/claim_read.h"
#include "record/record_sql.h"
#include "record/record_verify.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 4, APPENDS = 12, EACH = 3 };

static struct cord_claim status_of(const char *subject, const char *value, const char *key)
{
    return (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("status.claim")),
                               .subject = cord_str_from(subject),
                               .value = cord_str_from(value),
                               .claimant = CORD_STR("org:X"),
                               .method = CORD_STR("assigned"),
                               .confidence = 50,
                               .basis = CORD_CLAIM_REPORTED,
                               .key = cord_str_from(key),
                               .valid_from_ns = CORD_TIME_NONE,
                               .valid_to_ns = CORD_TIME_NONE};
}

#define CLEAR "{\"state\":\"clear\"}"

static void check_proven(const char *dir, uint64_t claims)
{
    struct cord_record_verdict verdict;
    struct cord_error err = {""};
    const struct cord_record_verify_options options = {.self = NULL};
    if (cord_record_verify(dir, &options, &verdict, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK_U64(verdict.broken, 0);
    CHECK_U64(verdict.claims, claims);
}

static void numbers_claims_and_knows_keys(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record_outcome outcome;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    struct cord_claim claims[] = {status_of("org:A", CLEAR, "k1"), status_of("org:B", CLEAR, "k2"),
                                  status_of("org:A", CLEAR, "k1"), status_of("org:A", CLEAR, "")};
    CHECK(cord_record_append(record, claims, 4, &outcome, NULL) == CORD_OK);
    CHECK(outcome.first == 1 && outcome.recorded == 3 && outcome.repeated == 1);
    CHECK_I64(outcome.recorded_ns, clock.now_ns);
    CHECK(cord_record_append(record, claims, 2, &outcome, NULL) == CORD_OK);
    CHECK(outcome.first == 0 && outcome.recorded == 0 && outcome.repeated == 2);
    clock.now_ns -= CORD_SECOND_NS; /* the record's time does not go back */
    CHECK(cord_record_append(record, &claims[3], 1, &outcome, NULL) == CORD_OK);
    CHECK(outcome.first == 4 && outcome.recorded_ns == 1000 * CORD_SECOND_NS);
    CHECK_U64(cord_record_count(record), 4);
    cord_record_close(record);
    record = kit_record_open(dir, &clock);
    CHECK_U64(cord_record_count(record), 4);
    cord_record_close(record);
    check_proven(dir, 4);
    kit_store_remove(dir);
}

static void a_wrong_claim_refuses_its_batch(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record_outcome outcome;
    struct cord_error err = {""};
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    struct cord_claim claims[] = {status_of("org:A", CLEAR, ""), status_of("org:B", CLEAR, ""),
                                  status_of("org:C", "{\"state\":\"ill\"}", "")};
    CHECK(cord_record_append(record, claims, 3, &outcome, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "claim 3: value.state"));
    claims[2] = status_of("org:C", CLEAR, "");
    claims[2].exercise = CORD_STR("drill");
    CHECK(cord_record_append(record, claims, 3, &outcome, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "claim 3: exercise: this record is live"));
    claims[2].exercise = CORD_STR("");
    claims[2].supersedes = 3;
    CHECK(cord_record_append(record, claims, 3, &outcome, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "claim 3: supersedes: there is no claim 3"));
    claims[2].supersedes = 1; /* of another subject */
    CHECK(cord_record_append(record, claims, 3, &outcome, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "same topic and subject"));
    claims[2].supersedes = 0;
    claims[2].valid_to_ns = 5;
    CHECK(cord_record_append(record, claims, 3, &outcome, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "claim 3: valid_to"));
    CHECK_U64(cord_record_count(record), 0);
    CHECK(cord_record_append(record, claims, 2, &outcome, &err) == CORD_OK);
    CHECK_U64(outcome.first, 1);
    CHECK(cord_record_append(record, claims, 0, &outcome, &err) == CORD_E_LIMIT);
    cord_record_close(record);
    check_proven(dir, 2);
    kit_store_remove(dir);
}

static cord_status open_as(const char *dir, cord_str exercise, bool create,
                           struct cord_record **ret_record, struct cord_error *err)
{
    const struct cord_record_options options = {.create = create, .exercise = exercise};
    return cord_record_open(dir, &options, ret_record, err);
}

static void retract(struct cord_record *record, const char *subject, uint64_t number,
                    const char *says)
{
    char why[] = "{\"reason\":\"a mistake\"}";
    struct cord_error err = {""};
    struct cord_record_outcome outcome;
    struct cord_claim claim = {.kind = cord_claim_kind_find(CORD_STR("claim.retract")),
                               .subject = cord_str_from(subject),
                               .value = cord_str_from(why),
                               .valid_from_ns = CORD_TIME_NONE,
                               .valid_to_ns = CORD_TIME_NONE,
                               .claimant = CORD_STR("org:NAO"),
                               .method = CORD_STR("report"),
                               .supersedes = number};
    cord_status status = cord_record_append(record, &claim, 1, &outcome, &err);
    CHECK(says ? status == CORD_E_FORMAT && strstr(err.text, says) : status == CORD_OK);
}

static void only_what_holds_is_taken_back(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    CHECK_U64(kit_record_say(record, "{\"kind\":\"link.down\",\"subject\":\"org:R1H\",\"value\":{"
                                     "\"link\":\"mail\"},\"claimant\":\"org:R1H\",\"method\":"
                                     "\"return\"}"),
              1);
    CHECK_U64(kit_record_say(record, "{\"kind\":\"audit.read\",\"subject\":\"org:R1H\",\"value\":{"
                                     "\"verb\":\"a\",\"target\":\"b\",\"outcome\":\"done\"},"
                                     "\"claimant\":\"system:cordon\",\"method\":\"audit\"}"),
              2);
    retract(record, "org:R1H", 0, "supersedes: is missing: which claim a claim.retract takes back");
    retract(record, "org:R1H", 2, "is of kind audit.read, which cannot be taken back");
    retract(record, "org:R1H", 3, "there is no claim 3");
    retract(record, "org:RJ1", 1, "claim 1 is about org:R1H; one of the same subject is wanted");
    retract(record, "org:R1H", 1, NULL);
    retract(record, "org:R1H", 1, NULL); /* again: nothing is left to take back */
    retract(record, "org:R1H", 3, "is of kind claim.retract, which cannot be taken back");
    cord_record_close(record);
    check_proven(dir, 4);
    kit_store_remove(dir);
}

static void is_live_or_one_exercise(void)
{
    char dir[64];
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    CHECK(open_as(dir, CORD_STR("may-2017"), false, &record, &err) == CORD_E_NOENT);
    CHECK(open_as(dir, CORD_STR("may 2017"), true, &record, &err) == CORD_E_FORMAT);
    CHECK(open_as(dir, CORD_STR("may-2017"), true, &record, &err) == CORD_OK);
    CHECK_STR(cord_record_exercise(record), "may-2017");
    cord_record_close(record);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "never mixed"));
    CHECK(open_as(dir, (cord_str){NULL, 0}, false, &record, &err) == CORD_OK);
    CHECK_STR(cord_record_exercise(record), "may-2017");
    cord_record_close(record);
    kit_store_remove(dir);
}

static void one_process_writes_and_others_read(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record *second = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    CHECK(open_as(dir, CORD_STR(""), true, &second, &err) == CORD_E_BUSY);
    CHECK(strstr(err.text, "another process writes this record"));
    const struct cord_record_options reading = {.read_only = true};
    CHECK(cord_record_open(dir, &reading, &second, &err) == CORD_OK);
    struct cord_claim claim = status_of("org:A", CLEAR, "");
    struct cord_record_outcome outcome;
    CHECK(cord_record_append(second, &claim, 1, &outcome, &err) == CORD_E_UNSUPPORTED);
    CHECK(cord_record_append(record, &claim, 1, &outcome, &err) == CORD_OK);
    struct cord_record_view *view = NULL;
    CHECK(cord_record_view_open(second, &view, &err) == CORD_OK);
    CHECK_U64(cord_record_view_count(view), 1);
    cord_record_view_close(view);
    cord_record_close(second);
    cord_record_close(record);
    kit_store_remove(dir);
}

/* --- many at once --- */

struct writer {
    struct cord_record *record;
    unsigned number;
    bool failed;
};

static void *write_some(void *self)
{
    struct writer *writer = self;
    for (unsigned i = 0; i < APPENDS; i++) {
        char subject[EACH][32];
        struct cord_claim claims[EACH];
        struct cord_record_outcome outcome;
        bool wrong = i % 4 == 3; /* refused, without harm to those beside it */
        for (unsigned c = 0; c < EACH; c++) {
            (void)snprintf(subject[c], sizeof subject[c], "org:T%u", writer->number);
            claims[c] = status_of(subject[c], CLEAR, "");
        }
        claims[EACH - 1].supersedes = wrong ? 1000000 : 0;
        cord_status status = cord_record_append(writer->record, claims, EACH, &outcome, NULL);
        if (wrong ? status != CORD_E_FORMAT : status != CORD_OK || outcome.recorded != EACH) {
            writer->failed = true;
        }
    }
    return NULL;
}

static void threads_share_a_commit(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    pthread_t threads[THREADS];
    struct writer writers[THREADS];
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){record, i, false};
        CHECK(pthread_create(&threads[i], NULL, write_some, &writers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(!writers[i].failed);
    }
    uint64_t claims = THREADS * EACH * (APPENDS - APPENDS / 4);
    CHECK_U64(cord_record_count(record), claims);
    cord_record_close(record);
    check_proven(dir, claims);
    kit_store_remove(dir);
}

/* --- by hand --- */

static cord_status by_hand(const char *dir, const char *text, struct cord_error *err)
{
    char path[128];
    struct cord_sql *sql = NULL;
    const struct cord_sql_options options = {.cache_mb = 1};
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    cord_status status = cord_sql_open(path, &options, &sql, err);
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, text, err);
    }
    cord_sql_close(sql);
    return status;
}

static void the_schema_keeps_claims(void)
{
    static const struct {
        const char *text, *says;
    } attempts[] = {
        {"UPDATE claims SET value='{}' WHERE number=1", "never changed"},
        {"DELETE FROM claims", "never deleted"},
        {"INSERT OR REPLACE INTO claims SELECT * FROM claims WHERE number=2", "without a gap"},
        {"REPLACE INTO claims SELECT 3, kind, subject, value, amount, unit, valid_from_ns, "
         "valid_to_ns, recorded_ns, claimant, method, confidence, basis, source, key, supersedes, "
         "marking, hash FROM claims WHERE number=1",
         "has used this key"},
        {"INSERT INTO claims SELECT 9, kind, subject, value, amount, unit, valid_from_ns, "
         "valid_to_ns, recorded_ns, claimant, method, confidence, basis, source, 'z', supersedes, "
         "marking, hash FROM claims WHERE number=1",
         "without a gap"},
        {"UPDATE record SET exercise='x'", "for good"},
        {"DELETE FROM record", "for good"},
        {"INSERT OR REPLACE INTO record VALUES(1,'x',0)", "for good"},
    };
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record_outcome outcome;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    struct cord_claim claims[] = {status_of("org:A", CLEAR, "k1"), status_of("org:B", CLEAR, "")};
    CHECK(cord_record_append(record, claims, 2, &outcome, NULL) == CORD_OK);
    cord_record_close(record);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        struct cord_error err = {""};
        if (by_hand(dir, attempts[i].text, &err) != CORD_E_FORMAT ||
            !strstr(err.text, attempts[i].says)) {
            fail_msg("%s: %s", attempts[i].text, err.text);
        }
    }
    check_proven(dir, 2);
    kit_store_remove(dir);
}

static void a_schema_without_its_triggers_is_refused(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    cord_record_close(kit_record_open(dir, &clock));
    CHECK(by_hand(dir, "DROP TRIGGER claims_never_go", &err) == CORD_OK);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_DAMAGED);
    CHECK(strstr(err.text, "claims_never_go"));
    kit_store_remove(dir);
}

static void a_claim_changed_by_hand_is_found_at_the_end_of_the_chain(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record_outcome outcome;
    struct cord_record *reopened = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    struct cord_claim claims[] = {status_of("org:A", CLEAR, ""), status_of("org:B", CLEAR, "")};
    CHECK(cord_record_append(record, claims, 2, &outcome, NULL) == CORD_OK);
    cord_record_close(record);
    CHECK(by_hand(dir,
                  "CREATE TABLE t AS SELECT sql FROM sqlite_schema WHERE "
                  "name='claims_never_change'; DROP TRIGGER claims_never_change;"
                  "UPDATE claims SET subject='org:C' WHERE number=1;"
                  "CREATE TRIGGER claims_never_change BEFORE UPDATE ON claims BEGIN "
                  "SELECT RAISE(ABORT, 'claims are never changed: a correction is a new claim'); "
                  "END; DROP TABLE t",
                  &err) == CORD_OK);
    CHECK(open_as(dir, CORD_STR(""), true, &reopened, &err) == CORD_E_DAMAGED);
    CHECK(strstr(err.text, "claim 1 is not what was recorded"));
    kit_store_remove(dir);
}

static void claims_that_were_cut_off_are_missed(void)
{
    char dir[64];
    char path[128];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    record = kit_record_open(dir, &clock);
    (void)kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":" CLEAR
                                 ",\"claimant\":\"org:X\",\"method\":\"x\"}");
    cord_record_close(record);
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    CHECK(unlink(path) == 0);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_DAMAGED);
    CHECK(strstr(err.text, "claims were lost"));
    kit_store_remove(dir);
}

struct heard {
    size_t times;
    uint64_t claims;
    char why[128];
};

static void hear(void *self, uint64_t claims, const struct cord_error *err)
{
    struct heard *heard = self;
    heard->times++;
    heard->claims = claims;
    (void)snprintf(heard->why, sizeof heard->why, "%.100s", err->text);
}

/* Claims are recorded all the same; nobody is left to find it out by verifying. */
static void what_cannot_be_signed_is_told_and_signed_later(void)
{
    char dir[64];
    char path[128];
    char away[128];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct heard heard = {0};
    struct cord_record *record = NULL;
    struct cord_record_outcome outcome;
    kit_store_dir(dir);
    const struct cord_record_options options = {.create = true,
                                                .exercise = CORD_STR(""),
                                                .clock = kit_record_clock(&clock),
                                                .checkpoint_claims = 2,
                                                .not_signed = {hear, &heard}};
    CHECK(cord_record_open(dir, &options, &record, NULL) == CORD_OK);
    const struct cord_claim claims[] = {status_of("org:A", CLEAR, ""),
                                        status_of("org:B", CLEAR, "")};
    CHECK(cord_record_append(record, claims, 2, &outcome, NULL) == CORD_OK);
    CHECK_U64(cord_record_unsigned(record), 0);
    (void)snprintf(path, sizeof path, "%s/checkpoints", dir);
    (void)snprintf(away, sizeof away, "%s/away", dir);
    CHECK(rename(path, away) == 0 && mkdir(path, 0700) == 0);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK && heard.times == 0);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK);
    CHECK(heard.times == 1 && heard.claims == 2 && strstr(heard.why, "checkpoints"));
    CHECK_U64(cord_record_unsigned(record), 2);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK && heard.times == 2);
    /* Nor is a new one begun where what was signed before is gone. */
    CHECK(rmdir(path) == 0);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK && heard.times == 3);
    CHECK(heard.claims == 4 && strstr(heard.why, "checkpoints has lost"));
    CHECK(rename(away, path) == 0);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK && heard.times == 3);
    CHECK_U64(cord_record_unsigned(record), 0);
    CHECK(cord_record_append(record, claims, 1, &outcome, NULL) == CORD_OK);
    CHECK_U64(cord_record_unsigned(record), 1);
    cord_record_close(record);
    CHECK(heard.times == 3);
    check_proven(dir, 8);
    kit_store_remove(dir);
}

static void damaged_pages_are_found(void)
{
    char dir[64];
    char path[128];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    cord_record_close(kit_record_open(dir, &clock));
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    int file = open(path, O_RDWR);
    CHECK(file >= 0);
    char noise[4096];
    memset(noise, 0x5a, sizeof noise);
    CHECK(pwrite(file, noise, sizeof noise, 3 * 4096) == (ssize_t)sizeof noise);
    CHECK(close(file) == 0);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_DAMAGED);
    CHECK(strstr(err.text, "damaged") && strstr(err.text, "restore"));
    file = open(path, O_RDWR);
    CHECK(file >= 0 && pwrite(file, noise, 100, 0) == 100 && close(file) == 0);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_DAMAGED);
    kit_store_remove(dir);
}

/* --- migrations --- */

static void put_rows(struct cord_sql *sql, const char *text, struct cord_buf *out)
{
    struct cord_sql_statement *row = NULL;
    CHECK(cord_sql_prepare(sql, text, &row, NULL) == CORD_OK);
    while (cord_sql_step(row, NULL) == CORD_OK) {
        cord_buf_put(out, cord_sql_column_text(row, 0));
        cord_buf_put_char(out, '\n');
    }
    cord_sql_free(row);
}

/* All views, as text. */
static void put_views(struct cord_sql *sql, struct cord_buf *out)
{
    static const char *const rows[] = {
        "SELECT id || ' ' || topic FROM topics ORDER BY id",
        "SELECT id || ' ' || topic || ' ' || subject || claimant || part || day FROM lines "
        "ORDER BY id",
        "SELECT claim || ' ' || line FROM revisions ORDER BY claim",
        "SELECT line || ' ' || valid_from_ns || ' ' || valid_to_ns || ' ' || known_from_ns || ' ' "
        "|| known_to_ns || ' ' || claim || coalesce(state, '') || coalesce(amount, '') || basis "
        "|| confidence FROM spans ORDER BY line, known_to_ns, valid_from_ns",
        "SELECT place || ' ' || line || ' ' || from_ns || ' ' || known_ns || hex(spans) "
        "FROM shelves ORDER BY place, line, from_ns, known_ns"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_rows(sql, rows[i], out);
    }
}

/* What is said in the record that is brought from schema to schema: a line that was replaced, one
 * about a day, and a revision that was retracted, which gives back what it had replaced. */
static void say_all(struct cord_record *record, struct kit_record_clock *clock)
{
    static const char *const said[] = {
        "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{\"state\":\"clear\"},"
        "\"claimant\":\"org:A\",\"method\":\"return\"}",
        "{\"kind\":\"care.cancelled\",\"subject\":\"org:A\",\"value\":{\"date\":\"2017-05-12\","
        "\"care\":\"all\",\"count\":\"identified\"},\"amount\":\"12\",\"unit\":\"appointments\","
        "\"claimant\":\"org:A\",\"method\":\"return\"}",
        "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{\"state\":\"disrupted\"},"
        "\"claimant\":\"org:A\",\"method\":\"return\"}",
        "{\"kind\":\"status.revise\",\"subject\":\"org:A\",\"value\":{\"state\":\"infected\","
        "\"reason\":\"x\"},\"supersedes\":3,\"claimant\":\"org:A\",\"method\":\"return\"}"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        clock->now_ns += CORD_SECOND_NS;
        CHECK_U64(kit_record_say(record, said[i]), i + 1);
    }
    clock->now_ns += CORD_SECOND_NS;
    retract(record, "org:A", 4, NULL);
}

/* Since then what lies in rows has changed, and no table. */
enum { SAME_TABLES_SINCE = 7 };

/* A record of schema `from`, with the claims of another, and of its views what never was. */
static void make_record(const char *dir, size_t from, const char *of)
{
    size_t count;
    char path[128];
    char attach[256];
    struct cord_error err = {""};
    struct cord_sql *sql = NULL;
    const struct cord_sql_options options = {.create = true, .cache_mb = 1};
    const struct cord_record_migration *steps = cord_record_sql_migrations(&count);
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    (void)snprintf(attach, sizeof attach, "ATTACH '%s/record.sqlite' AS other", of);
    CHECK(cord_sql_open(path, &options, &sql, &err) == CORD_OK);
    CHECK(cord_record_sql_migrate(sql, steps, from, &err) == CORD_OK);
    CHECK(from >= SAME_TABLES_SINCE || cord_record_sql_check_schema(sql, &err) == CORD_E_DAMAGED);
    CHECK(cord_sql_exec(sql, attach, &err) == CORD_OK);
    CHECK(cord_sql_exec(sql,
                        "INSERT INTO record SELECT * FROM other.record; "
                        "INSERT INTO claims SELECT * FROM other.claims ORDER BY number",
                        &err) == CORD_OK);
    CHECK(from < 2 || from == count ||
          cord_sql_exec(sql, "INSERT INTO topics(id, topic) VALUES(7, 'stale')", &err) == CORD_OK);
    cord_sql_close(sql);
}

/* Its views, as text, of the newest schema. */
static void read_views(const char *dir, struct cord_buf *out)
{
    size_t count;
    char path[128];
    struct cord_error err = {""};
    struct cord_sql *sql = NULL;
    int64_t version = -1;
    const struct cord_sql_options options = {.read_only = true, .cache_mb = 1};
    (void)cord_record_sql_migrations(&count);
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    CHECK(cord_sql_open(path, &options, &sql, &err) == CORD_OK);
    CHECK(cord_sql_number(sql, "PRAGMA user_version", &version, &err) == CORD_OK);
    CHECK_I64(version, count);
    CHECK(cord_record_sql_check_schema(sql, &err) == CORD_OK);
    cord_buf_clear(out);
    put_views(sql, out);
    cord_sql_close(sql);
}

/* Opened once for writing it is of the newest, its views those of one that never was of another. */
static void migrates_from_every_earlier_schema(void)
{
    size_t count;
    char first[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_buf wanted;
    struct cord_buf views;
    (void)cord_record_sql_migrations(&count);
    cord_buf_init(&wanted, 1 << 20);
    cord_buf_init(&views, 1 << 20);
    kit_store_dir(first);
    struct cord_record *record = kit_record_open(first, &clock);
    say_all(record, &clock);
    cord_record_close(record);
    read_views(first, &wanted);
    CHECK(wanted.len > 1000);
    for (size_t from = 1; from <= count; from++) {
        char dir[64];
        kit_store_dir(dir);
        make_record(dir, from, first);
        cord_record_close(kit_record_open(dir, &clock));
        read_views(dir, &views);
        CHECK_STR_EQ(cord_buf_str(&views), cord_buf_str(&wanted));
        check_proven(dir, 5);
        kit_store_remove(dir);
    }
    kit_store_remove(first);
    cord_buf_done(&wanted);
    cord_buf_done(&views);
}

/* A program of before refuses what a later one made. */
static void a_schema_does_not_go_back(void)
{
    size_t count;
    struct cord_error err = {""};
    struct cord_sql *sql = NULL;
    const struct cord_sql_options options = {.create = true, .cache_mb = 1};
    const struct cord_record_migration *steps = cord_record_sql_migrations(&count);
    CHECK(cord_sql_open(":memory:", &options, &sql, &err) == CORD_OK);
    CHECK(cord_record_sql_migrate(sql, steps, count, &err) == CORD_OK);
    CHECK(cord_record_sql_migrate(sql, steps, count - 1, &err) == CORD_E_UNSUPPORTED);
    cord_sql_close(sql);
}

static void a_migration_that_fails_leaves_the_version_before(void)
{
    static const struct cord_record_migration steps[] = {
        {"CREATE TABLE a(x INTEGER) STRICT"}, {"CREATE TABLE b(x INTEGER) STRICT; SELECT nothing"}};
    const struct cord_sql_options options = {.create = true, .cache_mb = 1};
    struct cord_sql *sql = NULL;
    struct cord_error err = {""};
    int64_t number = -1;
    CHECK(cord_sql_open(":memory:", &options, &sql, &err) == CORD_OK);
    CHECK(cord_record_sql_migrate(sql, steps, 2, &err) != CORD_OK);
    CHECK(strstr(err.text, "schema 2"));
    CHECK(cord_sql_number(sql, "PRAGMA user_version", &number, &err) == CORD_OK && number == 1);
    CHECK(cord_sql_number(sql, "SELECT count(*) FROM sqlite_schema", &number, &err) == CORD_OK);
    CHECK_I64(number, 1);
    cord_sql_close(sql);
}

static void a_later_schema_is_left_alone(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    kit_store_dir(dir);
    cord_record_close(kit_record_open(dir, &clock));
    CHECK(by_hand(dir, "PRAGMA user_version=99", &err) == CORD_OK);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_UNSUPPORTED);
    CHECK(strstr(err.text, "later program"));
    kit_store_remove(dir);
}

KIT_MAIN(KIT_TEST(numbers_claims_and_knows_keys), KIT_TEST(a_wrong_claim_refuses_its_batch),
         KIT_TEST(only_what_holds_is_taken_back), KIT_TEST(is_live_or_one_exercise),
         KIT_TEST(one_process_writes_and_others_read), KIT_TEST(threads_share_a_commit),
         KIT_TEST(the_schema_keeps_claims), KIT_TEST(a_schema_without_its_triggers_is_refused),
         KIT_TEST(a_claim_changed_by_hand_is_found_at_the_end_of_the_chain),
         KIT_TEST(claims_that_were_cut_off_are_missed),
         KIT_TEST(what_cannot_be_signed_is_told_and_signed_later),
         KIT_TEST(damaged_pages_are_found), KIT_TEST(migrates_from_every_earlier_schema),
         KIT_TEST(a_schema_does_not_go_back),
         KIT_TEST(a_migration_that_fails_leaves_the_version_before),
         KIT_TEST(a_later_schema_is_left_alone))
