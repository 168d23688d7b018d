/* test_findings_log.c: the findings of some are those among all that are theirs. */
#include "wire/findings_log.h"

#include "evidence/journal.h"
#include "kit/kit.h"
#include "kit/kit_dice.h"
#include "kit/kit_store.h"
#include "wire/judge_entry.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ENTRIES = 60, ROUNDS = 80, FINDINGS_MAX = 1000, ENTRY_BYTES = 1 << 20 };

/* As JSON has them, and as they are; the last is none. */
static const char *const written[] = {"RXA", "RXB", "St \\\"M\\u0061ry\\\"", "R-1", NULL};
static const char *const names[] = {"RXA", "RXB", "St \"Mary\"", "R-1", NULL};
enum { NAMES = 5 };

struct bench {
    char path[64];
    int dir;
    struct cord_files files;
    struct cord_journal *journal;
    struct cord_findings_log *log;
    size_t whose[FINDINGS_MAX]; /* by number */
    uint64_t count;
};

static void put_finding(struct bench *bench, struct kit_dice *dice, struct cord_buf *out)
{
    size_t whose = kit_dice_roll(dice, NAMES);
    bench->whose[++bench->count] = whose;
    cord_buf_printf(out, "{\"finding\":%llu", (unsigned long long)bench->count);
    if (written[whose]) {
        cord_buf_printf(out, ",\"organisation\":\"%s\"", written[whose]);
    }
    cord_buf_put_text(out, ",\"message\":\"\\\",\\\"organisation\\\":\\\"RXA\\\"\"}\n");
}

static void append(struct bench *bench, struct kit_dice *dice)
{
    struct cord_buf findings;
    struct cord_buf bytes;
    uint64_t first = bench->count + 1;
    uint64_t count = kit_dice_roll(dice, 12);
    cord_buf_init(&findings, ENTRY_BYTES);
    cord_buf_init(&bytes, ENTRY_BYTES);
    for (uint64_t i = 0; i < count; i++) {
        put_finding(bench, dice, &findings);
    }
    const struct cord_judge_entry entry = {.through = first,
                                           .first_finding = first,
                                           .finding_count = count,
                                           .findings = cord_buf_str(&findings)};
    cord_judge_entry_put(&entry, &bytes);
    CHECK(!bytes.failed);
    for (size_t times = 0; times < (kit_dice_roll(dice, 6) ? 1u : 2u);
         times++) { /* after a failed disk */
        CHECK(cord_journal_append(bench->journal, cord_buf_str(&bytes), NULL, NULL) == CORD_OK);
    }
    cord_buf_done(&findings);
    cord_buf_done(&bytes);
}

static void begin(struct bench *bench)
{
    struct cord_journal_found found;
    kit_store_dir(bench->path);
    bench->dir = open(bench->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(bench->dir >= 0);
    bench->files = cord_files_system();
    bench->count = 0;
    const struct cord_journal_options options = {.files = &bench->files,
                                                 .dir = bench->dir,
                                                 .name = "findings",
                                                 .entry_bytes_max = ENTRY_BYTES};
    CHECK(cord_journal_open(&options, NULL, NULL, &bench->journal, &found, NULL) == CORD_OK);
    bench->log = cord_findings_log_new(&bench->files, bench->dir);
    CHECK(bench->log != NULL);
}

static void end(struct bench *bench)
{
    cord_findings_log_free(bench->log);
    cord_journal_close(bench->journal);
    (void)close(bench->dir);
    kit_store_remove(bench->path);
}

struct seen {
    const struct bench *bench;
    uint64_t numbers[FINDINGS_MAX];
    size_t count, most;
};

static cord_status see(void *self, uint64_t number, cord_str json)
{
    struct seen *seen = self;
    char start[48];
    if (seen->count == seen->most) {
        return CORD_E_END;
    }
    (void)snprintf(start, sizeof start, "{\"finding\":%llu,", (unsigned long long)number);
    CHECK(cord_str_starts(json, cord_str_from(start)));
    seen->numbers[seen->count++] = number;
    return CORD_OK;
}

static void compare(const struct bench *bench, struct kit_dice *dice)
{
    cord_str wanted[4];
    bool is_wanted[NAMES] = {false};
    struct seen seen = {.bench = bench, .most = 1 + kit_dice_roll(dice, FINDINGS_MAX)};
    struct cord_findings_log_of of = {
        .organisations = wanted,
        .count = kit_dice_roll(dice, 5),
        .after = kit_dice_roll(dice, 2) ? 0 : kit_dice_roll(dice, bench->count),
        .before = kit_dice_roll(dice, 2) ? 0 : kit_dice_roll(dice, bench->count),
        .newest = kit_dice_roll(dice, 2) == 0};
    size_t at = 0;
    for (size_t i = 0; i < of.count; i++) {
        size_t whose = kit_dice_roll(dice, NAMES);
        wanted[i] = names[whose] ? cord_str_from(names[whose]) : CORD_STR("nobody");
        is_wanted[whose] = is_wanted[whose] || names[whose] != NULL;
    }
    CHECK(cord_findings_log_read_of(bench->log, &of, see, &seen, NULL) == CORD_OK);
    for (uint64_t i = 1; i <= bench->count; i++) {
        uint64_t number = of.newest ? bench->count + 1 - i : i;
        bool within = number > of.after && (of.before == 0 || number < of.before);
        if (within && is_wanted[bench->whose[number]] && at < seen.most) {
            CHECK(at < seen.count);
            CHECK_U64(seen.numbers[at++], number);
        }
    }
    CHECK_U64(seen.count, at);
}

static void findings_of_some_are_those_of_all_that_are_theirs(void)
{
    struct bench bench;
    struct kit_dice dice = {0x9e3779b97f4a7c15u};
    begin(&bench);
    for (size_t i = 0; i < ENTRIES; i++) {
        append(&bench, &dice);
    }
    CHECK_U64(cord_findings_log_newest(bench.log), bench.count);
    for (size_t i = 0; i < ROUNDS; i++) {
        compare(&bench, &dice);
    }
    end(&bench);
}

KIT_MAIN(KIT_TEST(findings_of_some_are_those_of_all_that_are_theirs))
