/* findings_log.c: see findings_log.h. */
#include "wire/findings_log.h"

#include "base/clock.h"
#include "base/vec.h"
#include "evidence/journal.h"
#include "wire/judge_entry.h"

#include <pthread.h>
#include <stdlib.h>

/* Between two places that are kept; looked at anew after so long. */
#define STEP_BYTES      262144u
#define REFRESH_NS      100000000
#define ENTRY_BYTES_MAX ((uint32_t)512 << 20)

/* An entry that has findings, and the number of its first. */
struct point {
    uint64_t first;
    struct cord_journal_place place;
};

struct cord_findings_log {
    struct cord_journal_options journal;
    pthread_mutex_t lock;               /* guards all below */
    struct cord_journal_reader *reader; /* at the end of what is known; NULL: not begun */
    struct point *points;
    size_t count;
    size_t cap;
    uint64_t newest;
    int64_t looked_ns; /* monotonic; 0: never */
};

struct cord_findings_log *cord_findings_log_new(const struct cord_files *files, int dir)
{
    struct cord_findings_log *log = calloc(1, sizeof *log);
    if (!log || pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    log->journal = (struct cord_journal_options){.files = files,
                                                 .dir = dir,
                                                 .name = "findings",
                                                 .entry_bytes_max = ENTRY_BYTES_MAX,
                                                 .read_only = true};
    return log;
}

void cord_findings_log_free(struct cord_findings_log *log)
{
    if (log) {
        cord_journal_reader_close(log->reader);
        (void)pthread_mutex_destroy(&log->lock);
        free(log->points);
        free(log);
    }
}

static cord_status note(struct cord_findings_log *log, struct cord_journal_place place,
                        const struct cord_judge_entry *entry)
{
    const struct point *last = log->count > 0 ? &log->points[log->count - 1] : NULL;
    uint64_t end = entry->first_finding + entry->finding_count - 1;
    log->newest = end > log->newest ? end : log->newest;
    if (last && last->place.file == place.file && place.offset - last->place.offset < STEP_BYTES) {
        return CORD_OK;
    }
    struct point *points = cord_vec_room(log->points, log->count, &log->cap, sizeof *points);
    if (!points) {
        return CORD_E_NOMEM;
    }
    log->points = points;
    points[log->count++] = (struct point){entry->first_finding, place};
    return CORD_OK;
}

/* Under the lock: what was added since. */
static cord_status refresh(struct cord_findings_log *log, struct cord_error *err)
{
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t now_ns = cord_clock_now_ns(&clock);
    struct cord_journal_place place = {.file = 1};
    struct cord_judge_entry entry;
    cord_str bytes;
    cord_status status = CORD_OK;
    if (log->looked_ns != 0 && now_ns - log->looked_ns < REFRESH_NS) {
        return CORD_OK;
    }
    if (!log->reader) {
        status = cord_journal_reader_open(&log->journal, place, &log->reader, err);
    }
    while (status == CORD_OK) {
        status = cord_journal_reader_next(log->reader, &place, &bytes, err);
        if (status == CORD_OK && cord_judge_entry_read(bytes, &entry) == CORD_OK &&
            entry.finding_count > 0) {
            status = note(log, place, &entry);
        }
    }
    log->looked_ns = now_ns;
    return status == CORD_E_END ? CORD_OK : status;
}

uint64_t cord_findings_log_newest(struct cord_findings_log *log)
{
    (void)pthread_mutex_lock(&log->lock);
    (void)!refresh(log, NULL); /* what is known is known */
    uint64_t newest = log->newest;
    (void)pthread_mutex_unlock(&log->lock);
    return newest;
}

/* From where the finding after that number can be met. False: there is none. */
static bool find(const struct cord_findings_log *log, uint64_t after,
                 struct cord_journal_place *ret_place)
{
    size_t low = 0;
    size_t high = log->count;
    if (after >= log->newest || log->count == 0) {
        return false;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (log->points[middle].first <= after + 1) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *ret_place = log->points[low].place;
    return true;
}

struct walk {
    uint64_t last; /* number of the last one that was met or is not wanted */
    cord_status (*visit)(void *self, uint64_t number, cord_str json);
    void *self;
};

static cord_status walk_entry(struct walk *walk, const struct cord_judge_entry *entry)
{
    cord_str rest = entry->findings;
    cord_status status = CORD_OK;
    uint64_t number = entry->first_finding;
    for (size_t end; status == CORD_OK && (end = cord_str_find_char(rest, '\n', 0)) != SIZE_MAX;
         number++) {
        cord_str line = cord_str_slice(rest, 0, end);
        rest = cord_str_from_byte(rest, end + 1);
        if (number > walk->last) { /* an entry may be there twice, after the disk failed */
            walk->last = number;
            status = walk->visit(walk->self, number, line);
        }
    }
    return status;
}

cord_status cord_findings_log_read(struct cord_findings_log *log, uint64_t after,
                                   cord_status (*visit)(void *self, uint64_t number, cord_str json),
                                   void *self, struct cord_error *err)
{
    struct walk walk = {after, visit, self};
    struct cord_journal_reader *reader = NULL;
    struct cord_journal_place place;
    struct cord_judge_entry entry;
    cord_str bytes;
    (void)pthread_mutex_lock(&log->lock);
    cord_status status = refresh(log, err);
    bool found = status == CORD_OK && find(log, after, &place);
    (void)pthread_mutex_unlock(&log->lock);
    if (!found) {
        return status;
    }
    status = cord_journal_reader_open(&log->journal, place, &reader, err);
    while (status == CORD_OK) {
        status = cord_journal_reader_next(reader, &place, &bytes, err);
        if (status == CORD_OK && cord_judge_entry_read(bytes, &entry) == CORD_OK) {
            status = walk_entry(&walk, &entry);
        }
    }
    cord_journal_reader_close(reader);
    return status == CORD_E_END ? CORD_OK : status;
}
