/* test_judge.c: every stored event is judged once, whatever came between. */
#include "kit/kit.h"
#include "kit/kit_rules.h"
#include "kit/kit_store.h"

#include "evidence/journal.h"
#include "wire/judge.h"
#include "wire/judge_entry.h"
#include "wire/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

static const char rules_text[] = "title: Failed logon\n"
                                 "id: 11111111-0000-4000-8000-000000000001\n"
                                 "name: failed\n"
                                 "level: low\n"
                                 "author: A. Uthor\n"
                                 "logsource: {product: windows, service: security}\n"
                                 "detection:\n"
                                 "  sel: {EventID: 4625}\n"
                                 "  condition: sel\n"
                                 "---\n"
                                 "title: Many failed logons\n"
                                 "id: 11111111-0000-4000-8000-000000000002\n"
                                 "level: high\n"
                                 "correlation:\n"
                                 "  type: event_count\n"
                                 "  rules: failed\n"
                                 "  group-by: [Computer]\n"
                                 "  timespan: 1h\n"
                                 "  generate: true\n"
                                 "  condition: {gte: 3}\n";

struct setting {
    char dir[64];
    char store_path[128];
    int journal;
    int64_t now_ns;
    struct cord_files files;
    struct cord_store *store;
    struct cord_rulebook_slot *rules;
    struct cord_judge *judge;
    struct cord_buf lines; /* of all findings in the journal */
    uint64_t findings;
    struct cord_poison *poison;
    uint64_t poisoned;
};

static int64_t now_of(void *self)
{
    return ((struct setting *)self)->now_ns;
}

static struct cord_rulebook *new_book(const char *text)
{
    struct cord_rulebook *book = NULL;
    CHECK(cord_rulebook_new(kit_rules(cord_str_from(text)), 7, &book, NULL) == CORD_OK);
    return book;
}

static void open_store(struct setting *setting)
{
    const struct cord_store_options options = {.create = true, .seed = 7};
    CHECK(cord_store_open(setting->store_path, &options, &setting->store, NULL) == CORD_OK);
}

static struct setting *setting_new(void)
{
    struct setting *setting = calloc(1, sizeof *setting);
    CHECK(setting != NULL);
    kit_store_dir(setting->dir);
    (void)snprintf(setting->store_path, sizeof setting->store_path, "%s/evidence", setting->dir);
    setting->journal = open(setting->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(setting->journal >= 0);
    setting->now_ns = INT64_C(1764000000) * SECOND_NS;
    setting->files = cord_files_system();
    setting->rules = cord_rulebook_slot_new(new_book(rules_text));
    CHECK(setting->rules != NULL);
    cord_buf_init(&setting->lines, 1 << 20);
    open_store(setting);
    return setting;
}

static void setting_free(struct setting *setting)
{
    cord_store_close(setting->store);
    cord_rulebook_slot_free(setting->rules);
    CHECK(close(setting->journal) == 0);
    kit_store_remove(setting->dir);
    cord_buf_done(&setting->lines);
    free(setting);
}

static cord_status no_finding(void *self, const struct cord_finding *finding)
{
    (void)self;
    (void)finding;
    return CORD_OK;
}

static cord_status no_problem(void *self, const struct cord_scan_problem *problem)
{
    (void)self;
    (void)problem;
    fail();
    return CORD_OK;
}

/* So many failed logons on the host, a second apart up to now, into the store. */
static void fail_logons(struct setting *setting, const char *organisation, const char *host,
                        unsigned count)
{
    char path[128];
    char time[CORD_TIMESTAMP_TEXT];
    (void)snprintf(path, sizeof path, "%s/events.json", setting->dir);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < count; i++) {
        setting->now_ns += SECOND_NS;
        cord_str text = cord_timestamp_format(setting->now_ns, time);
        (void)fprintf(file,
                      "{\"@timestamp\":\"%.*s\",\"Channel\":\"Security\",\"EventID\":4625,"
                      "\"Computer\":\"%s\",\"n\":%u}\n",
                      CORD_STR_ARG(text), host, i);
    }
    CHECK(fclose(file) == 0);
    const char *const paths[] = {path};
    const struct cord_scan_into into = {.evidence = cord_store_evidence(setting->store),
                                        .organisation = cord_str_from(organisation),
                                        .again = true};
    const struct cord_scan_sink sink = {no_finding, no_problem, NULL, NULL};
    const struct cord_scan_options options = {
        .threads = 1,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .now_ns = setting->now_ns,
        .record_bytes_max = 1 << 20,
        .collection = NULL,
        .correlation_bytes_max = 1 << 20,
        .into = &into,
    };
    struct cord_collection *none = kit_rules(CORD_STR(""));
    struct cord_ruleset *ruleset = NULL;
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals;
    struct cord_scan_options with = options;
    with.collection = none;
    CHECK(cord_ruleset_compile(none, NULL, &ruleset, NULL) == CORD_OK);
    CHECK(cord_walk_new(paths, 1, &walk, NULL) == CORD_OK);
    CHECK(cord_scan_run(walk, ruleset, &with, &sink, &totals, NULL) == CORD_OK);
    CHECK_U64(totals.store.stored, count);
    cord_walk_free(walk);
    cord_ruleset_unref(ruleset);
    cord_collection_free(none);
}

/* What a start of the server does, and its end. */
static void judge_all(struct setting *setting)
{
    const struct cord_judge_options options = {
        .store = setting->store,
        .rules = setting->rules,
        .files = &setting->files,
        .dir = setting->journal,
        .lateness_ns = 0,
        .ahead_ns = 300 * SECOND_NS,
        .correlation_bytes_max = 1 << 20,
        .clock = {now_of, setting},
        .seed = 7,
        .poison = setting->poison,
    };
    struct cord_error err = {""};
    struct cord_judge *judge = NULL;
    if (cord_judge_open(&options, &judge, &err) != CORD_OK ||
        cord_judge_catch_up(judge, cord_store_next(setting->store) - 1, NULL, NULL, &err) !=
            CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    setting->findings = cord_judge_stats(judge).findings;
    setting->poisoned = cord_judge_stats(judge).poisoned;
    CHECK_U64(cord_judge_stats(judge).through, cord_store_next(setting->store) - 1);
    cord_judge_close(judge);
}

static void read_findings(struct setting *setting)
{
    const struct cord_journal_options options = {.files = &setting->files,
                                                 .dir = setting->journal,
                                                 .name = "findings",
                                                 .entry_bytes_max = 1 << 20,
                                                 .read_only = true};
    struct cord_journal_reader *reader = NULL;
    struct cord_journal_place place;
    struct cord_judge_entry entry;
    cord_str bytes;
    cord_buf_clear(&setting->lines);
    CHECK(cord_journal_reader_open(&options, (struct cord_journal_place){1, 0}, &reader, NULL) ==
          CORD_OK);
    while (cord_journal_reader_next(reader, &place, &bytes, NULL) == CORD_OK) {
        CHECK(cord_judge_entry_read(bytes, &entry) == CORD_OK);
        cord_buf_put(&setting->lines, entry.findings);
    }
    cord_journal_reader_close(reader);
}

static size_t lines_with(const struct setting *setting, const char *words)
{
    size_t count = 0;
    size_t at = 0;
    cord_str text = cord_buf_str(&setting->lines);
    while (text.len > 0 && (at = cord_str_find(text, cord_str_from(words), at)) != SIZE_MAX) {
        count++;
        at++;
    }
    return count;
}

static void judges_each_event_once_over_restarts(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 2);
    judge_all(setting);
    CHECK_U64(setting->findings, 2);
    judge_all(setting);
    CHECK_U64(setting->findings, 2);
    cord_store_close(setting->store); /* packs */
    open_store(setting);
    fail_logons(setting, "RXA", "ward2", 5);
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Failed logon\""), 7);
    CHECK_U64(lines_with(setting, "\"organisation\":\"RXA\""), setting->findings);
    CHECK_U64(lines_with(setting, "\"author\":\"A. Uthor\""), 7);
    CHECK_U64(lines_with(setting, "\"evidence_id\":"), setting->findings);
    CHECK_U64(lines_with(setting, "{\"finding\":7,\"first_seen\":\"20"), 1);
    setting_free(setting);
}

static void windows_outlive_a_restart(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 2);
    judge_all(setting);
    fail_logons(setting, "RXA", "ward1", 1);
    judge_all(setting);
    setting->now_ns += 10 * SECOND_NS;
    fail_logons(setting, "RXA", "other", 1); /* time goes on */
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Many failed logons\""), 1);
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Many failed logons\""), 1);
    setting_free(setting);
}

static void one_organisation_never_completes_anothers_window(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 2);
    fail_logons(setting, "RXB", "ward1", 2);
    setting->now_ns += 10 * SECOND_NS;
    fail_logons(setting, "RXA", "other", 1);
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Many failed logons\""), 0);
    setting_free(setting);
}

static void a_backlog_is_not_late(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 3);
    fail_logons(setting, "RXA", "other", 1);
    setting->now_ns += 5 * 86400 * SECOND_NS; /* the server was down for days */
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Many failed logons\""), 1);
    setting_free(setting);
}

static void new_rules_find_the_windows_of_before(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 2);
    judge_all(setting);
    cord_rulebook_slot_replace(setting->rules, new_book(rules_text));
    fail_logons(setting, "RXA", "ward1", 1);
    fail_logons(setting, "RXA", "other", 1);
    judge_all(setting);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Many failed logons\""), 1);
    setting_free(setting);
}

/* Judging this event ended the process so often. */
static void ended_at(struct setting *setting, uint64_t sequence, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        CHECK(cord_poison_open(setting->journal, "working", (struct cord_clock){now_of, setting},
                               &setting->poison, NULL) == CORD_OK);
        cord_poison_begin(setting->poison, CORD_POISON_PLACE_JUDGE, cord_poison_key_row(sequence));
        cord_poison_close(setting->poison);
    }
    CHECK(cord_poison_open(setting->journal, "working", (struct cord_clock){now_of, setting},
                           &setting->poison, NULL) == CORD_OK);
}

static void what_ends_the_judge_is_left_out(void)
{
    struct setting *setting = setting_new();
    fail_logons(setting, "RXA", "ward1", 3);
    ended_at(setting, 2, 2);
    judge_all(setting);
    CHECK_U64(setting->findings, 2);
    CHECK_U64(setting->poisoned, 1);
    cord_poison_close(setting->poison);
    fail_logons(setting, "RXA", "ward2", 1);
    ended_at(setting, 4, 1);
    judge_all(setting);
    CHECK_U64(setting->findings, 3); /* once may be another's fault */
    CHECK_U64(setting->poisoned, 0);
    cord_poison_close(setting->poison);
    read_findings(setting);
    CHECK_U64(lines_with(setting, "\"title\":\"Failed logon\""), 3);
    setting_free(setting);
}

KIT_MAIN(KIT_TEST(what_ends_the_judge_is_left_out), KIT_TEST(judges_each_event_once_over_restarts),
         KIT_TEST(windows_outlive_a_restart),
         KIT_TEST(one_organisation_never_completes_anothers_window),
         KIT_TEST(a_backlog_is_not_late), KIT_TEST(new_rules_find_the_windows_of_before))
