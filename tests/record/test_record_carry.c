/* test_record_carry.c: export and import, proof, making anew, backup and restore. */
#include "kit/kit.h"

#include "kit/kit_record.h"
#include "kit/kit_store.h"
#include "record/record_backup.h"
#include "record/record_carry.h"
#include "record/record_sql.h"
#include "record/record_verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLAIMS = 60 };

/* A record with something of everything, and a directory beside it. */
struct stage {
    char dir[64];
    char record[96], other[96], file[96], backup[96];
    struct kit_record_clock clock;
    struct cord_error err;
};

static void begin(struct stage *stage)
{
    memset(stage, 0, sizeof *stage);
    kit_store_dir(stage->dir);
    (void)snprintf(stage->record, sizeof stage->record, "%s/record", stage->dir);
    (void)snprintf(stage->other, sizeof stage->other, "%s/other", stage->dir);
    (void)snprintf(stage->file, sizeof stage->file, "%s/export", stage->dir);
    (void)snprintf(stage->backup, sizeof stage->backup, "%s/backup", stage->dir);
    stage->clock.now_ns = 1494547200 * CORD_SECOND_NS;
}

static void say(struct stage *stage, struct cord_record *record, unsigned n)
{
    char text[512];
    stage->clock.now_ns += (n % 3) * CORD_SECOND_NS;
    if (n % 10 == 9) {
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"status.revise\",\"subject\":\"org:A0\",\"value\":{\"state\":"
                       "\"contained\",\"reason\":\"r\"},\"supersedes\":%u,\"claimant\":\"user:1\","
                       "\"method\":\"m\"}",
                       n % 20 == 9 ? 1 : 5);
    } else if (n % 10 == 8) {
        (void)snprintf(
            text, sizeof text,
            "{\"kind\":\"audit.read\",\"subject\":\"org:A0\",\"value\":{\"verb\":\"GET\","
            "\"target\":\"/\",\"outcome\":\"done\"},\"claimant\":\"user:1\",\"method\":"
            "\"m\",\"key\":\"a%u\"}",
            n);
    } else {
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"status.claim\",\"subject\":\"org:A%u\",\"value\":{\"state\":"
                       "\"%s\",\"reason\":\"n%u\"},\"claimant\":\"org:X\",\"method\":\"m\"}",
                       n % 4, n % 3 ? "infected" : "clear", n);
    }
    CHECK(kit_record_say(record, text) > 0);
}

static struct cord_record *fill(struct stage *stage)
{
    struct cord_record *record = kit_record_open(stage->record, &stage->clock);
    for (unsigned n = 0; n < CLAIMS; n++) {
        say(stage, record, n);
    }
    return record;
}

static void export_to(struct stage *stage, struct cord_record *record, const char *path)
{
    struct cord_record_carried carried;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0);
    if (cord_record_export(record, file, NULL, &carried, &stage->err) != CORD_OK) {
        fail_msg("%s", stage->err.text);
    }
    CHECK_U64(carried.claims, cord_record_count(record));
    CHECK(close(file) == 0);
}

static cord_status import_from(struct stage *stage, const char *dir, const char *path,
                               struct cord_record_carried *carried)
{
    const struct cord_record_options options = {.clock = kit_record_clock(&stage->clock)};
    int file = open(path, O_RDONLY);
    CHECK(file >= 0);
    cord_status status = cord_record_import(dir, &options, file, NULL, carried, &stage->err);
    CHECK(close(file) == 0);
    return status;
}

static void write_file(const char *path, cord_str text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, text.ptr, text.len) == (ssize_t)text.len && close(file) == 0);
}

static uint64_t broken_in(struct stage *stage, const char *dir)
{
    struct cord_record_verdict verdict = {0};
    const struct cord_record_verify_options options = {.self = NULL};
    if (cord_record_verify(dir, &options, &verdict, &stage->err) != CORD_OK) {
        fail_msg("%s", stage->err.text);
    }
    return verdict.broken;
}

/* Every row of the views, as text. */
static void dump(const char *dir, struct cord_buf *text)
{
    char path[128];
    struct cord_sql *sql = NULL;
    const struct cord_sql_options options = {.cache_mb = 1};
    const struct cord_record_table *views = cord_record_sql_views();
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    CHECK(cord_sql_open(path, &options, &sql, NULL) == CORD_OK);
    for (size_t i = 0; views[i].name; i++) {
        char select[128];
        struct cord_sql_statement *row = NULL;
        (void)snprintf(select, sizeof select, "SELECT * FROM %s ORDER BY %s", views[i].name,
                       views[i].order);
        CHECK(cord_sql_prepare(sql, select, &row, NULL) == CORD_OK);
        while (cord_sql_step(row, NULL) == CORD_OK) {
            for (int c = 0; c < 14; c++) {
                cord_buf_put(text, cord_sql_column_text(row, c));
                cord_buf_put_char(text, cord_sql_column_is_null(row, c) ? '\1' : '|');
            }
            cord_buf_put_char(text, '\n');
        }
        cord_sql_free(row);
    }
    cord_sql_close(sql);
    CHECK(!text->failed && text->len > 0);
}

static void check_same_views(const char *a, const char *b)
{
    struct cord_buf left;
    struct cord_buf right;
    cord_buf_init(&left, 1 << 22);
    cord_buf_init(&right, 1 << 22);
    dump(a, &left);
    dump(b, &right);
    CHECK_STR_EQ(cord_buf_str(&left), cord_buf_str(&right));
    cord_buf_done(&left);
    cord_buf_done(&right);
}

static void by_hand(const char *dir, const char *text)
{
    char path[128];
    struct cord_sql *sql = NULL;
    struct cord_error err = {""};
    const struct cord_sql_options options = {.cache_mb = 1};
    (void)snprintf(path, sizeof path, "%s/record.sqlite", dir);
    if (cord_sql_open(path, &options, &sql, &err) != CORD_OK ||
        cord_sql_exec(sql, text, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    cord_sql_close(sql);
}

static void an_import_makes_the_same_record(void)
{
    struct stage stage;
    struct cord_record_carried carried;
    begin(&stage);
    struct cord_record *record = fill(&stage);
    export_to(&stage, record, stage.file);
    if (import_from(&stage, stage.other, stage.file, &carried) != CORD_OK) {
        fail_msg("%s", stage.err.text);
    }
    CHECK(carried.claims == CLAIMS && carried.whole && carried.there == 0);
    CHECK_U64(broken_in(&stage, stage.other), 0);
    check_same_views(stage.record, stage.other);
    /* Again: all of it is there. Then what has been said since. */
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_OK);
    CHECK(carried.claims == 0 && carried.there == CLAIMS);
    for (unsigned n = CLAIMS; n < CLAIMS + 20; n++) {
        say(&stage, record, n);
    }
    export_to(&stage, record, stage.file);
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_OK);
    CHECK(carried.claims == 20 && carried.there == CLAIMS && carried.total == CLAIMS + 20);
    cord_record_close(record);
    check_same_views(stage.record, stage.other);
    CHECK_U64(broken_in(&stage, stage.other), 0);
    kit_store_remove(stage.dir);
}

static void an_export_that_was_changed_or_cut_is_told(void)
{
    struct stage stage;
    struct cord_record_carried carried;
    begin(&stage);
    struct cord_record *record = fill(&stage);
    export_to(&stage, record, stage.file);
    cord_record_close(record);
    cord_str text = kit_read_file(stage.file);
    char *bytes = (char *)(uintptr_t)text.ptr;
    size_t change = cord_str_find(text, CORD_STR("\"reason\":\"n21\""), 0);
    CHECK(change != SIZE_MAX);
    bytes[change + 12] = '2';
    write_file(stage.file, text);
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_E_FORMAT);
    CHECK(strstr(stage.err.text, "line 22: hash: claim 22 is not what was exported"));
    CHECK_U64(carried.total, 0); /* its batch is not recorded */
    bytes[change + 12] = '1';
    size_t half = cord_str_find_char(text, '\n', text.len / 2) + 1;
    write_file(stage.file, cord_str_slice(text, 0, half));
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_OK);
    CHECK(!carried.whole && carried.claims > 10 && carried.claims < CLAIMS);
    size_t line = cord_str_find_char(text, '\n', half) + 1; /* one is left out */
    write_file(stage.file, cord_str_from_byte(text, line));
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_E_FORMAT);
    CHECK(strstr(stage.err.text, "does not follow"));
    write_file(stage.file, text);
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_OK && carried.whole);
    check_same_views(stage.record, stage.other);
    free(bytes);
    kit_store_remove(stage.dir);
}

static void an_exercise_is_imported_as_one(void)
{
    struct stage stage;
    struct cord_record *record = NULL;
    struct cord_record_carried carried;
    begin(&stage);
    const struct cord_record_options options = {
        .create = true, .exercise = CORD_STR("may"), .clock = kit_record_clock(&stage.clock)};
    CHECK(cord_record_open(stage.record, &options, &record, NULL) == CORD_OK);
    say(&stage, record, 0);
    export_to(&stage, record, stage.file);
    cord_record_close(record);
    CHECK(import_from(&stage, stage.other, stage.file, &carried) == CORD_OK);
    const struct cord_record_options live = {.exercise = CORD_STR("")};
    CHECK(cord_record_open(stage.other, &live, &record, NULL) == CORD_E_FORMAT);
    CHECK_U64(broken_in(&stage, stage.other), 0);
    struct cord_record *other = NULL;
    (void)snprintf(stage.backup, sizeof stage.backup, "%s/live", stage.dir);
    other = kit_record_open(stage.backup, &stage.clock);
    cord_record_close(other);
    CHECK(import_from(&stage, stage.backup, stage.file, &carried) == CORD_E_FORMAT);
    CHECK(strstr(stage.err.text, "never mixed"));
    kit_store_remove(stage.dir);
}

static void views_are_made_anew_byte_for_byte(void)
{
    struct stage stage;
    struct cord_buf before;
    struct cord_buf after;
    uint64_t claims;
    begin(&stage);
    cord_record_close(fill(&stage));
    cord_buf_init(&before, 1 << 22);
    cord_buf_init(&after, 1 << 22);
    dump(stage.record, &before);
    by_hand(stage.record,
            "UPDATE spans SET state='clear' WHERE claim=3; DELETE FROM lines WHERE id=2");
    CHECK(broken_in(&stage, stage.record) == 2);
    struct cord_record *record = kit_record_open(stage.record, &stage.clock);
    CHECK(cord_record_rebuild(record, NULL, &claims, &stage.err) == CORD_OK);
    CHECK_U64(claims, CLAIMS);
    dump(stage.record, &after);
    CHECK_STR_EQ(cord_buf_str(&before), cord_buf_str(&after));
    say(&stage, record, CLAIMS); /* and it goes on */
    cord_record_close(record);
    CHECK_U64(broken_in(&stage, stage.record), 0);
    cord_buf_done(&before);
    cord_buf_done(&after);
    kit_store_remove(stage.dir);
}

struct told {
    char text[1024];
};

static void tell(void *self, cord_str what)
{
    struct told *told = self;
    size_t len = strlen(told->text);
    (void)snprintf(told->text + len, sizeof told->text - len, "%.*s\n", CORD_STR_ARG(what));
}

static void proof_names_the_first_broken_claim(void)
{
    struct stage stage;
    struct told told = {""};
    struct cord_record_verdict verdict;
    begin(&stage);
    const struct cord_record_options options = {.create = true,
                                                .exercise = CORD_STR(""),
                                                .clock = kit_record_clock(&stage.clock),
                                                .checkpoint_claims = 500};
    struct cord_record *record = NULL;
    CHECK(cord_record_open(stage.record, &options, &record, NULL) == CORD_OK);
    struct cord_claim claims[50];
    for (size_t i = 0; i < 50; i++) {
        claims[i] = (struct cord_claim){.kind = cord_claim_kind_find(CORD_STR("heartbeat")),
                                        .subject = CORD_STR("org:A"),
                                        .value = CORD_STR("{}"),
                                        .claimant = CORD_STR("system:a"),
                                        .method = CORD_STR("m"),
                                        .valid_from_ns = CORD_TIME_NONE,
                                        .valid_to_ns = CORD_TIME_NONE};
    }
    for (unsigned n = 0; n < 26; n++) {
        struct cord_record_outcome outcome;
        CHECK(cord_record_append(record, claims, 50, &outcome, NULL) == CORD_OK);
    }
    cord_record_close(record);
    const struct cord_record_verify_options verify = {.broken = tell, .self = &told};
    CHECK(cord_record_verify(stage.record, &verify, &verdict, &stage.err) == CORD_OK);
    CHECK(verdict.broken == 0 && verdict.checkpoints == 3 && verdict.unsigned_claims == 0);
    /* Beyond what opening looks at. */
    by_hand(stage.record,
            "DROP TRIGGER claims_never_change; UPDATE claims SET method='n' WHERE number=7;"
            "CREATE TRIGGER claims_never_change BEFORE UPDATE ON claims BEGIN "
            "SELECT RAISE(ABORT, 'claims are never changed: a correction is a new claim'); END");
    CHECK(cord_record_verify(stage.record, &verify, &verdict, &stage.err) == CORD_OK);
    CHECK(verdict.broken == 1 && verdict.claims == 6);
    CHECK(strstr(told.text, "claim 7 is not what was recorded"));
    kit_store_remove(stage.dir);
}

static void another_key_is_told(void)
{
    struct stage stage;
    struct told told = {""};
    struct cord_record_verdict verdict;
    begin(&stage);
    cord_record_close(fill(&stage));
    struct cord_record_verify_options verify = {
        .key = CORD_STR("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
        .broken = tell,
        .self = &told};
    CHECK(cord_record_verify(stage.record, &verify, &verdict, &stage.err) == CORD_OK);
    CHECK(verdict.broken == 1 && strstr(told.text, "signed with another key"));
    verify.key = CORD_STR("00");
    CHECK(cord_record_verify(stage.record, &verify, &verdict, &stage.err) == CORD_E_UNSUPPORTED);
    kit_store_remove(stage.dir);
}

static void a_backup_of_a_record_in_use_restores(void)
{
    struct stage stage;
    struct cord_record_restored done;
    uint64_t claims;
    begin(&stage);
    struct cord_record *record = fill(&stage);
    CHECK(cord_record_backup(record, stage.backup, NULL, &claims, &stage.err) == CORD_OK);
    CHECK_U64(claims, CLAIMS);
    CHECK(cord_record_backup(record, stage.backup, NULL, &claims, &stage.err) ==
          CORD_E_UNSUPPORTED);
    check_same_views(stage.record, stage.backup);
    say(&stage, record, CLAIMS);
    cord_record_close(record);
    CHECK_U64(broken_in(&stage, stage.backup), 0);
    CHECK(cord_record_restore(stage.other, stage.backup, false, NULL, &done, &stage.err) ==
          CORD_OK);
    CHECK(done.claims == CLAIMS && !done.moved);
    CHECK_U64(broken_in(&stage, stage.other), 0);
    check_same_views(stage.backup, stage.other);
    /* Over the record, which has one claim more: it is told. */
    CHECK(cord_record_restore(stage.record, stage.backup, false, NULL, &done, &stage.err) ==
          CORD_E_UNSUPPORTED);
    CHECK(cord_record_restore(stage.record, stage.backup, true, NULL, &done, &stage.err) ==
          CORD_OK);
    CHECK(done.moved && done.signed_claims == CLAIMS + 1 && done.claims == CLAIMS);
    record = kit_record_open(stage.record, &stage.clock);
    say(&stage, record, 0);
    cord_record_close(record);
    CHECK_U64(broken_in(&stage, stage.record), 0);
    kit_store_remove(stage.dir);
}

static void restores_from_an_export(void)
{
    struct stage stage;
    char path[128];
    struct cord_record_restored done;
    begin(&stage);
    struct cord_record *record = fill(&stage);
    export_to(&stage, record, stage.file);
    cord_record_close(record);
    (void)snprintf(path, sizeof path, "%s/record.sqlite", stage.record);
    char noise[9000];
    memset(noise, 0x33, sizeof noise);
    int file = open(path, O_RDWR);
    CHECK(file >= 0 && pwrite(file, noise, sizeof noise, 5000) == (ssize_t)sizeof noise);
    CHECK(close(file) == 0);
    const struct cord_record_options options = {.exercise = CORD_STR("")};
    CHECK(cord_record_open(stage.record, &options, &record, &stage.err) == CORD_E_DAMAGED);
    if (cord_record_restore(stage.record, stage.file, true, NULL, &done, &stage.err) != CORD_OK) {
        fail_msg("%s", stage.err.text);
    }
    CHECK(done.claims == CLAIMS && done.signed_claims == CLAIMS && done.moved);
    CHECK_U64(broken_in(&stage, stage.record), 0);
    record = kit_record_open(stage.record, &stage.clock);
    say(&stage, record, CLAIMS); /* the same key signs on */
    cord_record_close(record);
    CHECK_U64(broken_in(&stage, stage.record), 0);
    kit_store_remove(stage.dir);
}

static void a_copy_of_another_record_is_refused(void)
{
    struct stage stage;
    struct cord_record_restored done;
    begin(&stage);
    struct cord_record *record = fill(&stage);
    export_to(&stage, record, stage.file);
    cord_record_close(record);
    stage.clock.now_ns += CORD_SECOND_NS;
    record = kit_record_open(stage.other, &stage.clock);
    say(&stage, record, 1);
    cord_record_close(record);
    CHECK(cord_record_restore(stage.other, stage.file, true, NULL, &done, &stage.err) ==
          CORD_E_FORMAT);
    CHECK(strstr(stage.err.text, "of another record"));
    CHECK_U64(broken_in(&stage, stage.other), 0);
    kit_store_remove(stage.dir);
}

KIT_MAIN(KIT_TEST(an_import_makes_the_same_record),
         KIT_TEST(an_export_that_was_changed_or_cut_is_told),
         KIT_TEST(an_exercise_is_imported_as_one), KIT_TEST(views_are_made_anew_byte_for_byte),
         KIT_TEST(proof_names_the_first_broken_claim), KIT_TEST(another_key_is_told),
         KIT_TEST(a_backup_of_a_record_in_use_restores), KIT_TEST(restores_from_an_export),
         KIT_TEST(a_copy_of_another_record_is_refused))
