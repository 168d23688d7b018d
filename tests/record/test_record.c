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
    CHECK(open_as(dir, CORD_STR(""), true, &second, &err) == CORD_E_LIMIT);
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
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_FORMAT);
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
    CHECK(open_as(dir, CORD_STR(""), true, &reopened, &err) == CORD_E_FORMAT);
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
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "claims were lost"));
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
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "damaged") && strstr(err.text, "restore"));
    file = open(path, O_RDWR);
    CHECK(file >= 0 && pwrite(file, noise, 100, 0) == 100 && close(file) == 0);
    CHECK(open_as(dir, CORD_STR(""), true, &record, &err) == CORD_E_FORMAT);
    kit_store_remove(dir);
}

/* --- migrations --- */

/* What later ones made. */
#define UNDO_TO_4                                                                                  \
    "DROP INDEX claims_by_tier; DROP INDEX claims_by_subject; DROP INDEX claims_by_claimant; "     \
    "DROP INDEX claims_by_kind; CREATE INDEX claims_by_subject ON claims(subject); "               \
    "CREATE INDEX claims_by_kind ON claims(kind); "                                                \
    "CREATE INDEX claims_by_claimant ON claims(claimant) WHERE claimant <> subject; "

/* Of schema 2. */
static const char span_rows[] =
    "INSERT INTO spans(line, valid_from_ns, valid_to_ns, known_from_ns, known_to_ns, claim, state, "
    "basis, confidence, place) VALUES(7, 10, 9223372036854775807, 20, 9223372036854775807, 1, "
    "'clear', 1, 80, 5), (7, 10, 9223372036854775807, 15, 20, 2, 'infected', 0, 90, 6)";

static int64_t count_kept(struct cord_sql *sql)
{
    int64_t kept = -1;
    CHECK(cord_sql_number(sql,
                          "SELECT count(*) FROM spans WHERE line = 7 AND valid_from_ns = 10 AND "
                          "(claim, known_from_ns, known_to_ns, state, basis, confidence, place) IN "
                          "(VALUES(1, 20, 9223372036854775807, 'clear', 1, 80, 5), "
                          "(2, 15, 20, 'infected', 0, 90, 6))",
                          &kept, NULL) == CORD_OK);
    return kept;
}

static void migrates_from_every_earlier_schema(void)
{
    size_t count;
    const struct cord_record_migration *steps = cord_record_sql_migrations(&count);
    const struct cord_sql_options options = {.create = true, .cache_mb = 1};
    for (size_t from = 0; from <= count; from++) {
        struct cord_sql *sql = NULL;
        struct cord_error err = {""};
        int64_t version = -1;
        CHECK(cord_sql_open(":memory:", &options, &sql, &err) == CORD_OK);
        CHECK(cord_record_sql_migrate(sql, steps, from, &err) == CORD_OK);
        CHECK(from == count || cord_record_sql_check_schema(sql, &err) == CORD_E_FORMAT);
        CHECK(from != 2 || cord_sql_exec(sql, span_rows, &err) == CORD_OK);
        CHECK(cord_record_sql_migrate(sql, steps, count, &err) == CORD_OK);
        CHECK(from != 2 || count_kept(sql) == 2);
        CHECK(cord_sql_number(sql, "PRAGMA user_version", &version, &err) == CORD_OK);
        CHECK_I64(version, count);
        CHECK(cord_record_sql_check_schema(sql, &err) == CORD_OK);
        CHECK(from == 0 ||
              cord_record_sql_migrate(sql, steps, count - 1, &err) == CORD_E_UNSUPPORTED);
        cord_sql_close(sql);
    }
}

static cord_status put_state(void *self, const struct cord_answer *answer)
{
    cord_buf_printf(self, "%.*s ", CORD_STR_ARG(answer->state));
    return CORD_OK;
}

/* Schema 4 left nothing where a revision was retracted. */
static void what_an_earlier_schema_lost_holds_again(void)
{
    char dir[64];
    struct kit_record_clock clock = {1000 * CORD_SECOND_NS};
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    struct cord_buf text;
    kit_store_dir(dir);
    struct cord_record *record = kit_record_open(dir, &clock);
    CHECK_U64(kit_record_say(record, "{\"kind\":\"status.claim\",\"subject\":\"org:A\",\"value\":{"
                                     "\"state\":\"clear\"},\"claimant\":\"org:A\",\"method\":"
                                     "\"return\"}"),
              1);
    CHECK_U64(kit_record_say(record, "{\"kind\":\"status.revise\",\"subject\":\"org:A\",\"value\":{"
                                     "\"state\":\"infected\",\"reason\":\"x\"},\"supersedes\":1,"
                                     "\"claimant\":\"org:A\",\"method\":\"return\"}"),
              2);
    retract(record, "org:A", 2, NULL);
    cord_record_close(record);
    CHECK(by_hand(dir, "DELETE FROM spans; " UNDO_TO_4 "PRAGMA user_version=4", &err) == CORD_OK);
    record = kit_record_open(dir, &clock);
    cord_buf_init(&text, 256);
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    CHECK(cord_record_view_answers(view, CORD_STR("status"), CORD_STR(""),
                                   (struct cord_as_of){INT64_MAX, INT64_MAX}, put_state, &text,
                                   NULL) == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&text), CORD_STR("clear "));
    cord_buf_done(&text);
    cord_record_view_close(view);
    cord_record_close(record);
    check_proven(dir, 3);
    kit_store_remove(dir);
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
         KIT_TEST(claims_that_were_cut_off_are_missed), KIT_TEST(damaged_pages_are_found),
         KIT_TEST(migrates_from_every_earlier_schema),
         KIT_TEST(what_an_earlier_schema_lost_holds_again),
         KIT_TEST(a_migration_that_fails_leaves_the_version_before),
         KIT_TEST(a_later_schema_is_left_alone))
