/* test_desk_reader.c: findings read ahead are those of the journal, in their order. */
#include "kit/kit.h"

#include "kit/kit_store.h"

#include "evidence/journal.h"
#include "wire/desk_reader.h"
#include "wire/judge_entry.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { FINDINGS = 3000, LINES = 7 };

struct setting {
    char dir[64];
    int fd;
    struct cord_files files;
    struct cord_findings_log *log;
};

/* Each tenth cannot be read. */
static void put_finding(struct cord_buf *out, uint64_t number)
{
    if (number % 10 == 0) {
        cord_buf_put_text(out, "{\"finding\":\"?\"}\n");
        return;
    }
    cord_buf_printf(out,
                    "{\"finding\":%llu,\"first_seen\":\"2017-05-12T08:00:00Z\",\"level\":\"high\","
                    "\"title\":\"A rule\",\"rule\":{\"id\":\"r%llu\",\"tags\":[\"attack.t1210\"]},"
                    "\"host\":\"ws%llu\\\\x\"}\n",
                    (unsigned long long)number, (unsigned long long)(number % 13),
                    (unsigned long long)number);
}

static void write_journal(const struct setting *setting)
{
    const struct cord_journal_options options = {.files = &setting->files,
                                                 .dir = setting->fd,
                                                 .name = "findings",
                                                 .entry_bytes_max = 1 << 20};
    struct cord_journal *journal = NULL;
    struct cord_journal_found found;
    CHECK(cord_journal_open(&options, NULL, NULL, &journal, &found, NULL) == CORD_OK);
    for (uint64_t first = 1; first <= FINDINGS; first += LINES) {
        struct cord_buf lines;
        struct cord_buf bytes;
        struct cord_judge_entry entry = {.first_finding = first, .inputs = CORD_STR("")};
        cord_buf_init(&lines, 1 << 20);
        cord_buf_init(&bytes, 1 << 20);
        for (uint64_t i = first; i < first + LINES && i <= FINDINGS; i++) {
            put_finding(&lines, i);
            entry.finding_count++;
        }
        entry.findings = cord_buf_str(&lines);
        cord_judge_entry_put(&entry, &bytes);
        CHECK(cord_journal_append(journal, cord_buf_str(&bytes), NULL, NULL) == CORD_OK);
        cord_buf_done(&lines);
        cord_buf_done(&bytes);
    }
    CHECK(cord_journal_sync(journal, NULL) == CORD_OK);
    cord_journal_close(journal);
}

static void begin(struct setting *setting)
{
    kit_store_dir(setting->dir);
    setting->files = cord_files_system();
    setting->fd = open(setting->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(setting->fd >= 0);
    write_journal(setting);
    setting->log = cord_findings_log_new(&setting->files, setting->fd);
    CHECK(setting->log != NULL);
}

static void end(struct setting *setting)
{
    cord_findings_log_free(setting->log);
    (void)close(setting->fd);
    kit_store_remove(setting->dir);
}

static void check_row(const struct cord_desk_reader_row *row, uint64_t number)
{
    char host[32];
    CHECK_U64(row->number, number);
    if (number % 10 == 0) {
        CHECK(row->status == CORD_E_FORMAT);
        return;
    }
    (void)snprintf(host, sizeof host, "ws%llu\\x", (unsigned long long)number);
    CHECK(row->status == CORD_OK);
    CHECK_U64(row->sighting.number, number);
    CHECK_STR_EQ(row->sighting.host, cord_str_from(host));
    CHECK_STR(row->sighting.tags[0], "attack.t1210");
}

static void reads_all_in_their_order(void)
{
    struct setting setting;
    begin(&setting);
    for (uint64_t after = 0; after < FINDINGS; after += 1499) {
        struct cord_desk_reader *reader = NULL;
        const struct cord_desk_reader_batch *batch;
        uint64_t number = after;
        CHECK(cord_desk_reader_start(setting.log, after, &reader, NULL) == CORD_OK);
        while ((batch = cord_desk_reader_next(reader)) != NULL) {
            CHECK(batch->count > 0);
            for (size_t i = 0; i < batch->count; i++) {
                check_row(&batch->rows[i], ++number);
            }
        }
        CHECK_U64(number, FINDINGS);
        CHECK(cord_desk_reader_next(reader) == NULL);
        CHECK(cord_desk_reader_end(reader, NULL) == CORD_OK);
    }
    end(&setting);
}

static void may_end_before_all_is_read(void)
{
    struct setting setting;
    begin(&setting);
    for (int batches = 0; batches < 4; batches++) {
        struct cord_desk_reader *reader = NULL;
        CHECK(cord_desk_reader_start(setting.log, 0, &reader, NULL) == CORD_OK);
        for (int i = 0; i < batches; i++) {
            CHECK(cord_desk_reader_next(reader) != NULL);
        }
        CHECK(cord_desk_reader_end(reader, NULL) == CORD_OK);
    }
    struct cord_desk_reader *reader = NULL;
    CHECK(cord_desk_reader_start(setting.log, FINDINGS, &reader, NULL) == CORD_OK);
    CHECK(cord_desk_reader_next(reader) == NULL);
    CHECK(cord_desk_reader_end(reader, NULL) == CORD_OK);
    CHECK(cord_desk_reader_end(NULL, NULL) == CORD_OK);
    end(&setting);
}

KIT_MAIN(KIT_TEST(reads_all_in_their_order), KIT_TEST(may_end_before_all_is_read))
