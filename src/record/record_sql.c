/* record_sql.c: see record_sql.h. */
#include "record/record_sql.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_BYTES_MAX = 1 << 16 };

#define OPEN "9223372036854775807" /* CORD_RECORD_OPEN_NS */

/* --- the schema --- */

/* Claims go in behind the last one, and stay. INSERT OR REPLACE fires no trigger of deletion: so
 * what it would replace is refused when it is put in. */
static const char claims_1[] =
    "CREATE TABLE record("
    "one INTEGER PRIMARY KEY CHECK(one = 1),"
    "exercise TEXT NOT NULL,"
    "made_ns INTEGER NOT NULL) STRICT;\n"
    "CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN "
    "SELECT RAISE(ABORT, 'a record is live, or one exercise, for good'); END;\n"
    "CREATE TRIGGER record_stays_there BEFORE DELETE ON record BEGIN "
    "SELECT RAISE(ABORT, 'a record is live, or one exercise, for good'); END;\n"
    "CREATE TRIGGER record_is_one BEFORE INSERT ON record "
    "WHEN (SELECT count(*) FROM record) > 0 BEGIN "
    "SELECT RAISE(ABORT, 'a record is live, or one exercise, for good'); END;\n"
    "CREATE TABLE claims("
    "number INTEGER PRIMARY KEY CHECK(number > 0),"
    "kind TEXT NOT NULL,"
    "subject TEXT NOT NULL,"
    "value TEXT NOT NULL,"
    "amount TEXT,"
    "unit TEXT,"
    "valid_from_ns INTEGER NOT NULL,"
    "valid_to_ns INTEGER CHECK(valid_to_ns > valid_from_ns),"
    "recorded_ns INTEGER NOT NULL,"
    "claimant TEXT NOT NULL,"
    "method TEXT NOT NULL,"
    "confidence INTEGER NOT NULL CHECK(confidence BETWEEN 0 AND 100),"
    "basis INTEGER NOT NULL CHECK(basis BETWEEN 0 AND 2),"
    "source TEXT,"
    "key TEXT,"
    "supersedes INTEGER REFERENCES claims(number) CHECK(supersedes < number),"
    "marking INTEGER NOT NULL CHECK(marking BETWEEN 0 AND 4),"
    "hash BLOB NOT NULL CHECK(length(hash) = 32)) STRICT;\n"
    "CREATE INDEX claims_by_subject ON claims(subject);\n"
    "CREATE INDEX claims_by_claimant ON claims(claimant);\n"
    "CREATE INDEX claims_by_kind ON claims(kind);\n"
    "CREATE UNIQUE INDEX claims_by_key ON claims(claimant, key) WHERE key IS NOT NULL;\n"
    "CREATE INDEX claims_by_superseded ON claims(supersedes) WHERE supersedes IS NOT NULL;\n"
    "CREATE TRIGGER claims_never_change BEFORE UPDATE ON claims BEGIN "
    "SELECT RAISE(ABORT, 'claims are never changed: a correction is a new claim'); END;\n"
    "CREATE TRIGGER claims_never_go BEFORE DELETE ON claims BEGIN "
    "SELECT RAISE(ABORT, 'claims are never deleted: a correction is a new claim'); END;\n"
    "CREATE TRIGGER claims_come_last BEFORE INSERT ON claims "
    "WHEN NEW.number <> coalesce((SELECT max(number) FROM claims), 0) + 1 BEGIN "
    "SELECT RAISE(ABORT, 'claims are numbered without a gap'); END;\n"
    "CREATE TRIGGER claims_keep_their_key BEFORE INSERT ON claims "
    "WHEN NEW.key IS NOT NULL AND EXISTS(SELECT 1 FROM claims "
    "WHERE claimant = NEW.claimant AND key = NEW.key) BEGIN "
    "SELECT RAISE(ABORT, 'this claimant has used this key'); END;\n";

/* Derived from claims, and made anew from them (record_span.h). Each span is in two of
 * the last four indices: those of its class's interval. */
static const char views_1[] =
    "CREATE TABLE @topics("
    "id INTEGER PRIMARY KEY,"
    "topic TEXT NOT NULL UNIQUE) STRICT;\n"
    "CREATE TABLE @lines("
    "id INTEGER PRIMARY KEY,"
    "topic INTEGER NOT NULL,"
    "subject TEXT NOT NULL,"
    "claimant TEXT NOT NULL,"
    "part TEXT NOT NULL,"
    "UNIQUE(topic, subject, claimant, part)) STRICT;\n"
    "CREATE TABLE @revisions("
    "claim INTEGER PRIMARY KEY,"
    "line INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE @spans("
    "id INTEGER PRIMARY KEY,"
    "line INTEGER NOT NULL,"
    "valid_from_ns INTEGER NOT NULL,"
    "valid_to_ns INTEGER NOT NULL,"
    "known_from_ns INTEGER NOT NULL,"
    "known_to_ns INTEGER NOT NULL,"
    "claim INTEGER NOT NULL,"
    "state TEXT,"
    "amount TEXT,"
    "unit TEXT,"
    "basis INTEGER NOT NULL,"
    "confidence INTEGER NOT NULL,"
    "place INTEGER NOT NULL) STRICT;\n"
    "CREATE INDEX @spans_of_line ON spans(line, known_to_ns, valid_from_ns);\n"
    "CREATE INDEX @spans_known_from ON spans(place, known_from_ns, known_to_ns, valid_from_ns, "
    "valid_to_ns) "
    "WHERE valid_to_ns = " OPEN ";\n"
    "CREATE INDEX @spans_known_to ON spans(place, known_to_ns, known_from_ns, valid_from_ns, "
    "valid_to_ns) "
    "WHERE valid_to_ns = " OPEN " AND known_to_ns < " OPEN ";\n"
    "CREATE INDEX @spans_valid_from "
    "ON spans(place, valid_from_ns, valid_to_ns, known_from_ns, known_to_ns) "
    "WHERE valid_to_ns <> " OPEN ";\n"
    "CREATE INDEX @spans_valid_to "
    "ON spans(place, valid_to_ns, valid_from_ns, known_from_ns, known_to_ns) "
    "WHERE valid_to_ns < " OPEN ";\n";

/* Since schema 3 a span is found by its line, and each of its two indices holds all of it: so an
 * answer costs one step through one of them. Times of knowing that are open come last of a line. */
static const char views_2[] =
    "ALTER TABLE @spans RENAME TO spans_before;\n"
    "CREATE TABLE @spans("
    "line INTEGER NOT NULL,"
    "known_to_ns INTEGER NOT NULL,"
    "valid_from_ns INTEGER NOT NULL,"
    "valid_to_ns INTEGER NOT NULL,"
    "known_from_ns INTEGER NOT NULL,"
    "claim INTEGER NOT NULL,"
    "state TEXT,"
    "amount TEXT,"
    "unit TEXT,"
    "basis INTEGER NOT NULL,"
    "confidence INTEGER NOT NULL,"
    "place INTEGER NOT NULL,"
    "PRIMARY KEY(line, known_to_ns, valid_from_ns)) STRICT, WITHOUT ROWID;\n"
    "INSERT INTO @spans(line, known_to_ns, valid_from_ns, valid_to_ns, known_from_ns, claim, "
    "state, amount, unit, basis, confidence, place) "
    "SELECT line, known_to_ns, valid_from_ns, valid_to_ns, known_from_ns, claim, "
    "state, amount, unit, basis, confidence, place "
    "FROM @spans_before ORDER BY line, known_to_ns, valid_from_ns;\n"
    "DROP TABLE @spans_before;\n"
    "CREATE INDEX @spans_known_from ON spans(place, known_from_ns, known_to_ns, valid_from_ns, "
    "valid_to_ns, line, claim, state, amount, unit, basis, confidence) "
    "WHERE valid_to_ns = " OPEN ";\n"
    "CREATE INDEX @spans_known_to ON spans(place, known_to_ns, known_from_ns, valid_from_ns, "
    "valid_to_ns, line, claim, state, amount, unit, basis, confidence) "
    "WHERE valid_to_ns = " OPEN " AND known_to_ns < " OPEN ";\n"
    "CREATE INDEX @spans_valid_from ON spans(place, valid_from_ns, valid_to_ns, known_from_ns, "
    "known_to_ns, line, claim, state, amount, unit, basis, confidence) "
    "WHERE valid_to_ns <> " OPEN ";\n"
    "CREATE INDEX @spans_valid_to ON spans(place, valid_to_ns, valid_from_ns, known_from_ns, "
    "known_to_ns, line, claim, state, amount, unit, basis, confidence) "
    "WHERE valid_to_ns < " OPEN ";\n";

/* Most say something of themselves: those are found by their subject. */
static const char claims_2[] =
    "DROP INDEX claims_by_claimant;\n"
    "CREATE INDEX claims_by_claimant ON claims(claimant) WHERE claimant <> subject;\n";

/* Since schema 5 what a retracted revision had replaced holds again: where there is such a one the
 * views are made anew, for which they are empty (record_open.c). */
#define REVIVED                                                                                    \
    "EXISTS(SELECT 1 FROM claims r JOIN claims b ON b.number = r.supersedes "                      \
    "WHERE r.kind = 'claim.retract' AND b.supersedes IS NOT NULL)"
static const char views_3[] = "DELETE FROM @spans WHERE " REVIVED ";\n"
                              "DELETE FROM @revisions WHERE " REVIVED ";\n"
                              "DELETE FROM @lines WHERE " REVIVED ";\n"
                              "DELETE FROM @topics WHERE " REVIVED ";\n";

/* Since schema 6 claims are found by their tier: by who may see them (record_reach.h). */
#define TIER                                                                                       \
    "(CASE WHEN substr(kind, 1, 6) = 'audit.' THEN marking + 8 ELSE marking END)" /* + TIER_AUDIT  \
                                                                                   */
static const char claims_3[] =
    "DROP INDEX claims_by_subject;\n"
    "DROP INDEX claims_by_claimant;\n"
    "DROP INDEX claims_by_kind;\n"
    "CREATE INDEX claims_by_tier ON claims(" TIER ");\n"
    "CREATE INDEX claims_by_subject ON claims(subject, " TIER ");\n"
    "CREATE INDEX claims_by_claimant ON claims(claimant, " TIER ") WHERE claimant <> subject;\n"
    "CREATE INDEX claims_by_kind ON claims(kind, marking);\n";

/* Since schema 7 the spans of a line are beside each other, and those of a time on shelves
 * (record_shelf.h): that takes the place of indices over them. Both are made
 * anew, for which all views are empty (record_open.c). */
static const char views_4[] =
    "DROP TABLE @spans;\n"
    "DROP TABLE @lines;\n"
    "DELETE FROM @revisions;\n"
    "DELETE FROM @topics;\n"
    "CREATE TABLE @lines("
    "id INTEGER PRIMARY KEY,"
    "topic INTEGER NOT NULL,"
    "subject TEXT NOT NULL,"
    "claimant TEXT NOT NULL,"
    "part TEXT NOT NULL,"
    "day INTEGER NOT NULL,"
    "UNIQUE(topic, subject, claimant, part)) STRICT;\n"
    "CREATE TABLE @spans("
    "line INTEGER NOT NULL,"
    "known_to_ns INTEGER NOT NULL,"
    "valid_from_ns INTEGER NOT NULL,"
    "valid_to_ns INTEGER NOT NULL,"
    "known_from_ns INTEGER NOT NULL,"
    "claim INTEGER NOT NULL,"
    "state TEXT,"
    "amount TEXT,"
    "unit TEXT,"
    "basis INTEGER NOT NULL,"
    "confidence INTEGER NOT NULL,"
    "PRIMARY KEY(line, known_to_ns, valid_from_ns)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE @shelves("
    "place INTEGER NOT NULL,"
    "line INTEGER NOT NULL,"
    "from_ns INTEGER NOT NULL,"
    "known_ns INTEGER NOT NULL,"
    "spans BLOB NOT NULL,"
    "PRIMARY KEY(place, line, from_ns, known_ns)) STRICT, WITHOUT ROWID;\n";

/* Since schema 8 a row of a shelf has spans of many lines; since 9 there is a shelf of those that
 * go on. Of either all views are made anew. */
static const char views_5[] = "DELETE FROM @shelves;\n"
                              "DELETE FROM @spans;\n"
                              "DELETE FROM @lines;\n"
                              "DELETE FROM @revisions;\n"
                              "DELETE FROM @topics;\n";

static const struct cord_record_migration migrations[] = {{claims_1}, {views_1}, {views_2},
                                                          {claims_2}, {views_3}, {claims_3},
                                                          {views_4},  {views_5}, {views_5}};

static const struct cord_record_table views[] = {{"topics", "id"},
                                                 {"lines", "id"},
                                                 {"revisions", "claim"},
                                                 {"spans", "line, known_to_ns, valid_from_ns"},
                                                 {"shelves", "place, line, from_ns, known_ns"},
                                                 {NULL, NULL}};

/* --- statements --- */

#define CLAIM                                                                                      \
    "number, kind, subject, value, amount, unit, valid_from_ns, valid_to_ns, recorded_ns, "        \
    "claimant, method, confidence, basis, source, key, supersedes, marking, hash"
#define SPAN                                                                                       \
    "line, valid_from_ns, valid_to_ns, known_from_ns, known_to_ns, claim, state, amount, "         \
    "unit, basis, confidence"
#define SPANS   "SELECT " SPAN " FROM @spans WHERE "
#define NUMBERS "SELECT number FROM main.claims WHERE "
#define BETWEEN " AND number > ?2 AND number < ?3"
#define BEFORE(tier)                                                                               \
    "SELECT " CLAIM " FROM main.claims WHERE subject = ?1 AND " TIER " = " tier " AND number < ?2"
/* By claim ?2. */
#define RETRACTED(of)                                                                              \
    "EXISTS(SELECT 1 FROM main.claims r WHERE r.supersedes = " of ".number "                       \
    "AND r.kind = 'claim.retract' AND r.number <= ?2)"
#define INSTEAD(heir, of)                                                                          \
    heir ".supersedes = " of ".number AND " heir ".kind <> 'claim.retract' AND " heir              \
         ".number <= ?2"

static const char *const statements[CORD_RECORD_STATEMENTS] = {
    [CORD_RECORD_CLAIM_ADD] =
        "INSERT INTO main.claims(" CLAIM ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [CORD_RECORD_CLAIM_GET] = "SELECT " CLAIM " FROM main.claims WHERE number = ?1",
    [CORD_RECORD_CLAIM_LAST] =
        "SELECT number, recorded_ns, hash FROM main.claims ORDER BY number DESC LIMIT 1",
    [CORD_RECORD_CLAIM_KEY] = "SELECT number FROM main.claims WHERE claimant = ?1 AND key = ?2",
    [CORD_RECORD_CLAIM_RECORDED] = "SELECT recorded_ns FROM main.claims WHERE number = ?1",
    [CORD_RECORD_CLAIMS_FROM] =
        "SELECT " CLAIM " FROM main.claims WHERE number >= ?1 ORDER BY number",
    [CORD_RECORD_REACH_TIER] = NUMBERS TIER " = ?1" BETWEEN " ORDER BY number",
    [CORD_RECORD_REACH_TIER_DOWN] = NUMBERS TIER " = ?1" BETWEEN " ORDER BY number DESC",
    [CORD_RECORD_REACH_SUBJECT] =
        NUMBERS "subject = ?4 AND " TIER " = ?1" BETWEEN " ORDER BY number",
    [CORD_RECORD_REACH_SUBJECT_DOWN] =
        NUMBERS "subject = ?4 AND " TIER " = ?1" BETWEEN " ORDER BY number DESC",
    [CORD_RECORD_REACH_CLAIMANT] = NUMBERS "claimant = ?4 AND claimant <> subject AND " TIER
                                           " = ?1" BETWEEN " ORDER BY number",
    [CORD_RECORD_REACH_CLAIMANT_DOWN] = NUMBERS "claimant = ?4 AND claimant <> subject AND " TIER
                                                " = ?1" BETWEEN " ORDER BY number DESC",
    [CORD_RECORD_REACH_KIND] = NUMBERS "kind = ?4 AND marking = ?1" BETWEEN " ORDER BY number",
    [CORD_RECORD_REACH_KIND_DOWN] =
        NUMBERS "kind = ?4 AND marking = ?1" BETWEEN " ORDER BY number DESC",
    [CORD_RECORD_REACH_SUBJECT_TIERS] =
        "SELECT " TIER " FROM main.claims WHERE subject = ?2 AND " TIER " >= ?1 "
        "ORDER BY " TIER " LIMIT 1",
    [CORD_RECORD_REACH_CLAIMANT_TIERS] =
        "SELECT " TIER " FROM main.claims WHERE claimant = ?2 AND claimant <> subject "
        "AND " TIER " >= ?1 ORDER BY " TIER " LIMIT 1",
    [CORD_RECORD_REACH_KIND_TIERS] = "SELECT marking FROM main.claims WHERE kind = ?2 "
                                     "AND marking >= ?1 ORDER BY marking LIMIT 1",
    /* Nothing on a line is of the audit. */
    [CORD_RECORD_CLAIMS_BEFORE] = BEFORE("0") " UNION ALL " BEFORE("1") " UNION ALL " BEFORE(
        "2") " UNION ALL " BEFORE("3") " UNION ALL " BEFORE("4") " ORDER BY number DESC",
    /* Among those that were taken back is what was said instead of them: down to the first that
     * was not. */
    [CORD_RECORD_CLAIM_STANDING] =
        "WITH RECURSIVE back(number) AS (SELECT ?1 UNION ALL "
        "SELECT h.number FROM back CROSS JOIN main.claims h "
        "WHERE " INSTEAD("h", "back") " AND " RETRACTED(
            "h") ") "
                 "SELECT " RETRACTED("c") ", EXISTS(SELECT 1 FROM back CROSS JOIN main.claims h "
                                          "WHERE " INSTEAD("h", "back") " AND NOT " RETRACTED(
                                              "h") "), coalesce(c.supersedes, 0) "
                                                   "FROM main.claims c WHERE c.number = ?1",
    [CORD_RECORD_TOPIC_FIND] = "SELECT id FROM @topics WHERE topic = ?1",
    [CORD_RECORD_TOPIC_ADD] = "INSERT INTO @topics(id, topic) VALUES(?1, ?2)",
    [CORD_RECORD_LINE_FIND] = "SELECT id FROM @lines "
                              "WHERE topic = ?1 AND subject = ?2 AND claimant = ?3 AND part = ?4",
    [CORD_RECORD_LINE_ADD] = "INSERT INTO @lines(id, topic, subject, claimant, part, day) "
                             "VALUES(?5, ?1, ?2, ?3, ?4, ?6)",
    [CORD_RECORD_LINE_GET] = "SELECT topic, subject, claimant, part FROM @lines WHERE id = ?1",
    [CORD_RECORD_LINES_SUBJECT] = "SELECT id, claimant, part FROM @lines "
                                  "WHERE topic = ?1 AND subject = ?2 ORDER BY claimant, part",
    [CORD_RECORD_LINES_TOPIC] = "SELECT subject, claimant, part FROM @lines "
                                "WHERE topic = ?1 ORDER BY subject, claimant, part",
    [CORD_RECORD_REVISION_ADD] = "INSERT INTO @revisions(claim, line) VALUES(?1, ?2)",
    [CORD_RECORD_REVISION_FIND] = "SELECT r.line, l.day FROM @revisions r "
                                  "JOIN @lines l ON l.id = r.line WHERE r.claim = ?1",
    [CORD_RECORD_SPANS_OVERLAP] = SPANS "line = ?1 AND known_to_ns = " OPEN
                                        " AND valid_from_ns < ?2 ORDER BY valid_from_ns DESC",
    [CORD_RECORD_SPANS_LINE] = SPANS "line = ?1 AND known_to_ns > ?2 AND known_from_ns <= ?2 "
                                     "AND valid_from_ns <= ?3 AND valid_to_ns > ?3",
    [CORD_RECORD_SPANS_LINE_NOW] =
        SPANS "line = ?1 AND known_to_ns = " OPEN
              " AND valid_from_ns <= ?2 ORDER BY valid_from_ns DESC LIMIT 1",
    [CORD_RECORD_SPANS_LINE_PERIOD] =
        SPANS "line = ?1 AND known_to_ns > ?2 AND known_from_ns <= ?2 "
              "AND valid_from_ns < ?4 AND valid_to_ns > ?3 ORDER BY valid_from_ns",
    [CORD_RECORD_SPAN_ADD] = "INSERT INTO @spans(" SPAN ") VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    [CORD_RECORD_SPAN_CLOSE] = "UPDATE @spans SET known_to_ns = ?3 "
                               "WHERE line = ?1 AND known_to_ns = " OPEN " AND valid_from_ns = ?2",
    [CORD_RECORD_SPAN_DROP] = "DELETE FROM @spans "
                              "WHERE line = ?1 AND known_to_ns = " OPEN " AND valid_from_ns = ?2",
    [CORD_RECORD_SHELF_ROWS] = "SELECT spans FROM @shelves "
                               "WHERE place BETWEEN ?1 AND ?2",
    [CORD_RECORD_SHELF_FIND] = "SELECT line, from_ns, known_ns, spans FROM @shelves "
                               "WHERE place = ?1 AND (line, from_ns, known_ns) <= (?2, ?3, ?4) "
                               "ORDER BY line DESC, from_ns DESC, known_ns DESC LIMIT 1",
    [CORD_RECORD_SHELF_ADD] = "INSERT INTO @shelves(place, line, from_ns, known_ns, spans) "
                              "VALUES(?1, ?2, ?3, ?4, ?5)",
    [CORD_RECORD_SHELF_SET] = "UPDATE @shelves SET spans = ?5 "
                              "WHERE place = ?1 AND line = ?2 AND from_ns = ?3 AND known_ns = ?4",
    [CORD_RECORD_SHELF_DROP] = "DELETE FROM @shelves "
                               "WHERE place = ?1 AND line = ?2 AND from_ns = ?3 AND known_ns = ?4",
};

/* --- */

/* '@' before a name stands for its schema. */
static void put_for(struct cord_buf *out, const char *text, const char *schema)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '@') {
            cord_buf_put_text(out, schema);
            cord_buf_put_char(out, '.');
        } else {
            cord_buf_put_char(out, *at);
        }
    }
    cord_buf_put_char(out, '\0');
}

const struct cord_record_migration *cord_record_sql_migrations(size_t *ret_count)
{
    *ret_count = sizeof migrations / sizeof migrations[0];
    return migrations;
}

static cord_status exec_for(struct cord_sql *sql, const char *text, const char *schema,
                            struct cord_error *err)
{
    struct cord_buf out;
    cord_buf_init(&out, TEXT_BYTES_MAX);
    put_for(&out, text, schema);
    cord_status status = out.failed ? CORD_E_NOMEM : cord_sql_exec(sql, out.ptr, err);
    cord_buf_done(&out);
    return status;
}

static cord_status migrate_one(struct cord_sql *sql, const char *text, size_t version,
                               struct cord_error *err)
{
    char set[64];
    (void)snprintf(set, sizeof set, "PRAGMA user_version=%zu", version);
    cord_status status = cord_sql_exec(sql, "BEGIN IMMEDIATE", err);
    if (status == CORD_OK) {
        status = exec_for(sql, text, "main", err);
    }
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, set, err);
    }
    if (status == CORD_OK) {
        status = cord_sql_exec(sql, "COMMIT", err);
    }
    if (status != CORD_OK) {
        cord_sql_rollback(sql);
    }
    return status;
}

cord_status cord_record_sql_migrate(struct cord_sql *sql, const struct cord_record_migration *steps,
                                    size_t count, struct cord_error *err)
{
    int64_t version = 0;
    cord_status status = cord_sql_number(sql, "PRAGMA user_version", &version, err);
    if (status == CORD_OK && (version < 0 || (uint64_t)version > count)) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "this record is of schema %" PRId64 ", this program knows %zu: use a "
                              "later program",
                              version, count);
    }
    for (size_t i = (size_t)version; status == CORD_OK && i < count; i++) {
        status = migrate_one(sql, steps[i].sql, i + 1, err);
        if (status != CORD_OK) {
            cord_error_context(err, "schema %zu", i + 1);
        }
    }
    return status;
}

/* Both give their objects by type and name: the first that differs is named. */
static cord_status compare_schema(struct cord_sql_statement *here, struct cord_sql_statement *right,
                                  struct cord_error *err)
{
    for (;;) {
        cord_status a = cord_sql_step(here, err);
        cord_status b = cord_sql_step(right, err);
        if (a != CORD_OK && a != CORD_E_END) {
            return a;
        }
        if (b != CORD_OK && b != CORD_E_END) {
            return b;
        }
        if (a == CORD_E_END && b == CORD_E_END) {
            return CORD_OK;
        }
        for (int i = 0; i < 3; i++) {
            if (a != b ||
                !cord_str_eq(cord_sql_column_text(here, i), cord_sql_column_text(right, i))) {
                cord_str name = cord_sql_column_text(b == CORD_OK ? right : here, 1);
                return cord_error_set(err, CORD_E_DAMAGED,
                                      "its schema was changed by hand (at %.*s): restore it from a "
                                      "backup or an export",
                                      CORD_STR_ARG(cord_str_slice(name, 0, 64)));
            }
        }
    }
}

cord_status cord_record_sql_check_schema(struct cord_sql *sql, struct cord_error *err)
{
    static const char objects[] = "SELECT type, name, sql FROM sqlite_schema "
                                  "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                                  "ORDER BY type, name";
    const struct cord_sql_options options = {.create = true, .cache_mb = 1};
    struct cord_sql *model = NULL;
    struct cord_sql_statement *here = NULL;
    struct cord_sql_statement *right = NULL;
    size_t count;
    const struct cord_record_migration *steps = cord_record_sql_migrations(&count);
    cord_status status = cord_sql_open(":memory:", &options, &model, err);
    if (status == CORD_OK) {
        status = cord_record_sql_migrate(model, steps, count, err);
    }
    if (status == CORD_OK) {
        status = cord_sql_prepare(model, objects, &right, err);
    }
    if (status == CORD_OK) {
        status = cord_sql_prepare(sql, objects, &here, err);
    }
    if (status == CORD_OK) {
        status = compare_schema(here, right, err);
    }
    cord_sql_free(here);
    cord_sql_free(right);
    cord_sql_close(model);
    return status;
}

cord_status cord_record_sql_make_views(struct cord_sql *sql, const char *schema,
                                       struct cord_error *err)
{
    cord_status status = exec_for(sql, views_1, schema, err);
    status = status == CORD_OK ? exec_for(sql, views_2, schema, err) : status;
    return status == CORD_OK ? exec_for(sql, views_4, schema, err) : status;
}

cord_status cord_record_sql_empty_views(struct cord_sql *sql, struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; status == CORD_OK && views[i].name; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "DELETE FROM main.%s", views[i].name);
        status = cord_sql_exec(sql, text, err);
    }
    return status;
}

const struct cord_record_table *cord_record_sql_views(void)
{
    return views;
}

cord_status cord_record_sql_prepare(struct cord_sql *sql, const char *schema,
                                    enum cord_record_statement which,
                                    struct cord_sql_statement **ret_statement,
                                    struct cord_error *err)
{
    struct cord_buf out;
    cord_buf_init(&out, TEXT_BYTES_MAX);
    put_for(&out, statements[which], schema);
    cord_status status =
        out.failed ? CORD_E_NOMEM : cord_sql_prepare(sql, out.ptr, ret_statement, err);
    cord_buf_done(&out);
    return status;
}
