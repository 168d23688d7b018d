/* findings_log.c: see findings_log.h. */
#include "wire/findings_log.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "codec/json_unescape.h"
#include "evidence/journal.h"
#include "wire/judge_entry.h"

#include <pthread.h>
#include <stdlib.h>

/* Between two places that are kept; looked at anew after so long. */
#define STEP_BYTES      262144u
#define REFRESH_NS      100000000
#define ENTRY_BYTES_MAX ((uint32_t)512 << 20)
#define NAMES_BYTES_MAX ((size_t)64 << 20)

/* Findings of some organisations that are looked up at a time. */
enum { CHUNK = 256, NAME_BYTES_MAX = 512 };

/* An entry that has findings, and the number of its first. */
struct point {
    uint64_t first;
    struct cord_journal_place place;
};

/* Where one finding lies. */
struct spot {
    uint64_t number;
    struct cord_journal_place place; /* of its entry */
};

/* An organisation's. */
struct whose {
    struct spot *spots; /* ascending */
    size_t count, cap;
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
    struct cord_arena *names;
    struct cord_map whose_of; /* by name: places of */
    struct whose *whose;
    size_t whose_count, whose_cap;
};

struct cord_findings_log *cord_findings_log_new(const struct cord_files *files, int dir)
{
    struct cord_findings_log *log = calloc(1, sizeof *log);
    struct cord_arena *names = cord_arena_new(NAMES_BYTES_MAX);
    if (!log || !names || pthread_mutex_init(&log->lock, NULL) != 0) {
        cord_arena_free(names);
        free(log);
        return NULL;
    }
    log->names = names;
    cord_map_init(&log->whose_of, 0);
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
        for (size_t i = 0; i < log->whose_count; i++) {
            free(log->whose[i].spots);
        }
        free(log->whose);
        cord_map_done(&log->whose_of);
        cord_arena_free(log->names);
        free(log->points);
        free(log);
    }
}

/* --- whose --- */

/* The organisation of a finding as the judge writes it, in buffer or borrowing the line; "": none.
 * In a text a quote has a backslash before it: what looks like the member is it. */
static cord_str organisation_of(cord_str json, char buffer[NAME_BYTES_MAX])
{
    const cord_str name = CORD_STR(",\"organisation\":\"");
    size_t at = cord_str_find(json, name, 0);
    cord_str text = at == SIZE_MAX ? CORD_STR("") : cord_str_from_byte(json, at + name.len);
    size_t len = 0;
    bool escaped = false;
    while (len < text.len && text.ptr[len] != '"') {
        escaped = escaped || text.ptr[len] == '\\';
        len += text.ptr[len] == '\\' ? 2 : 1;
    }
    if (len >= text.len || len >= NAME_BYTES_MAX) {
        return CORD_STR("");
    }
    text = cord_str_slice(text, 0, len);
    return escaped ? (cord_str){buffer, cord_json_unescape(text, buffer)} : text;
}

static cord_status whose_is(struct cord_findings_log *log, cord_str name, struct whose **ret_whose)
{
    uint32_t place = cord_map_get(&log->whose_of, name);
    if (place == CORD_MAP_NONE) {
        struct whose *whose =
            cord_vec_room(log->whose, log->whose_count, &log->whose_cap, sizeof *whose);
        cord_str kept = whose ? cord_arena_copy(log->names, name) : (cord_str){0};
        log->whose = whose ? whose : log->whose;
        place = (uint32_t)log->whose_count;
        if (!kept.ptr || log->whose_count >= CORD_MAP_NONE ||
            cord_map_put(&log->whose_of, kept, place) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        log->whose[log->whose_count++] = (struct whose){NULL, 0, 0};
    }
    *ret_whose = &log->whose[place];
    return CORD_OK;
}

static cord_status note_one(struct cord_findings_log *log, cord_str json, const struct spot *spot)
{
    char buffer[NAME_BYTES_MAX];
    struct whose *whose = NULL;
    cord_str name = organisation_of(json, buffer);
    cord_status status = name.len > 0 ? whose_is(log, name, &whose) : CORD_OK;
    if (status != CORD_OK || !whose) {
        return status;
    }
    struct spot *spots = cord_vec_room(whose->spots, whose->count, &whose->cap, sizeof *spots);
    if (!spots) {
        return CORD_E_NOMEM;
    }
    whose->spots = spots;
    spots[whose->count++] = *spot;
    return CORD_OK;
}

/* Those that are new: an entry may be there twice, after the disk failed. */
static cord_status note_whose(struct cord_findings_log *log, struct cord_journal_place place,
                              const struct cord_judge_entry *entry)
{
    cord_str rest = entry->findings;
    cord_str line;
    cord_status status = CORD_OK;
    for (uint64_t number = entry->first_finding;
         status == CORD_OK && cord_str_cut(&rest, '\n', &line) && line.len > 0; number++) {
        const struct spot spot = {number, place};
        status = number > log->newest ? note_one(log, line, &spot) : CORD_OK;
    }
    return status;
}

static cord_status note(struct cord_findings_log *log, struct cord_journal_place place,
                        const struct cord_judge_entry *entry)
{
    const struct point *last = log->count > 0 ? &log->points[log->count - 1] : NULL;
    uint64_t end = entry->first_finding + entry->finding_count - 1;
    cord_status status = note_whose(log, place, entry);
    if (status != CORD_OK) {
        return status;
    }
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

/* --- of some organisations --- */

/* Where one organisation's stand. */
struct stand {
    const struct whose *whose;
    size_t at; /* next; newest first: behind it */
};

/* The first of its numbers that is not below. */
static size_t first_from(const struct whose *whose, uint64_t number)
{
    size_t low = 0;
    size_t high = whose->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = whose->spots[middle].number < number;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* NULL: no further one. */
static const struct spot *next_of(const struct stand *stand, const struct cord_findings_log_of *of)
{
    const struct spot *spot = NULL;
    if (of->newest ? stand->at > 0 : stand->at < stand->whose->count) {
        spot = &stand->whose->spots[of->newest ? stand->at - 1 : stand->at];
    }
    bool within =
        spot && spot->number > of->after && (of->before == 0 || spot->number < of->before);
    return within ? spot : NULL;
}

static void move_on(struct stand *stand, bool newest)
{
    stand->at = newest ? stand->at - 1 : stand->at + 1;
}

static size_t begin_stands(const struct cord_findings_log *log,
                           const struct cord_findings_log_of *of, struct stand *stands)
{
    size_t count = 0;
    for (size_t i = 0; i < of->count; i++) {
        uint32_t place = cord_map_get(&log->whose_of, of->organisations[i]);
        if (place != CORD_MAP_NONE) {
            const struct whose *whose = &log->whose[place];
            size_t at = of->newest ? of->before > 0 ? first_from(whose, of->before) : whose->count
                                   : first_from(whose, of->after + 1);
            stands[count++] = (struct stand){whose, at};
        }
    }
    return count;
}

/* Under the lock: where the next of them lie, in order. */
static size_t gather(const struct cord_findings_log *log, const struct cord_findings_log_of *of,
                     struct stand *stands, struct spot spots[CHUNK])
{
    size_t stand_count = begin_stands(log, of, stands);
    size_t count = 0;
    while (count < CHUNK) {
        const struct spot *first = NULL;
        for (size_t i = 0; i < stand_count; i++) {
            const struct spot *spot = next_of(&stands[i], of);
            bool sooner = spot && (!first || (of->newest ? spot->number > first->number
                                                         : spot->number < first->number));
            first = sooner ? spot : first;
        }
        if (!first) {
            return count;
        }
        spots[count++] = *first;
        for (size_t i = 0; i < stand_count; i++) { /* the same organisation may be there twice */
            const struct spot *spot = next_of(&stands[i], of);
            if (spot && spot->number == first->number) {
                move_on(&stands[i], of->newest);
            }
        }
    }
    return count;
}

/* One entry's lines. */
struct lines {
    struct cord_journal_reader *reader; /* which lends them */
    struct cord_journal_place place;
    uint64_t first;
    cord_str *items;
    size_t count, cap;
};

static cord_status read_lines(struct cord_findings_log *log, struct cord_journal_place place,
                              struct lines *lines, struct cord_error *err)
{
    struct cord_judge_entry entry;
    cord_str bytes;
    cord_str line;
    if (lines->reader && lines->place.file == place.file && lines->place.offset == place.offset) {
        return CORD_OK;
    }
    cord_journal_reader_close(lines->reader);
    lines->reader = NULL;
    lines->count = 0;
    cord_status status = cord_journal_reader_open(&log->journal, place, &lines->reader, err);
    if (status == CORD_OK) {
        status = cord_journal_reader_next(lines->reader, &lines->place, &bytes, err);
    }
    if (status == CORD_OK && cord_judge_entry_read(bytes, &entry) == CORD_OK) {
        lines->first = entry.first_finding;
        while (cord_str_cut(&entry.findings, '\n', &line) && line.len > 0) {
            cord_str *items = cord_vec_room(lines->items, lines->count, &lines->cap, sizeof *items);
            if (!items) {
                return CORD_E_NOMEM;
            }
            lines->items = items;
            items[lines->count++] = line;
        }
    }
    lines->place = place;
    return status;
}

/* Files that were dropped meanwhile are passed over. */
static cord_status show(struct cord_findings_log *log, const struct spot *spot, struct lines *lines,
                        cord_status (*visit)(void *, uint64_t, cord_str), void *self,
                        struct cord_error *err)
{
    cord_status status = read_lines(log, spot->place, lines, err);
    if (status != CORD_OK) {
        return status == CORD_E_END ? CORD_OK : status;
    }
    bool there = spot->number >= lines->first && spot->number - lines->first < lines->count;
    return there ? visit(self, spot->number, lines->items[spot->number - lines->first]) : CORD_OK;
}

cord_status
cord_findings_log_read_of(struct cord_findings_log *log, const struct cord_findings_log_of *of,
                          cord_status (*visit)(void *self, uint64_t number, cord_str json),
                          void *self, struct cord_error *err)
{
    struct cord_findings_log_of rest = *of;
    struct lines lines = {NULL, {0, 0}, 0, NULL, 0, 0};
    struct stand *stands = calloc(of->count + 1, sizeof *stands);
    struct spot *spots = calloc(CHUNK, sizeof *spots);
    size_t count = CHUNK;
    cord_status status = stands && spots ? CORD_OK : CORD_E_NOMEM;
    while (status == CORD_OK && count == CHUNK) {
        (void)pthread_mutex_lock(&log->lock);
        status = refresh(log, err);
        count = status == CORD_OK ? gather(log, &rest, stands, spots) : 0;
        (void)pthread_mutex_unlock(&log->lock);
        for (size_t i = 0; status == CORD_OK && i < count; i++) {
            status = show(log, &spots[i], &lines, visit, self, err);
            rest.after = rest.newest ? rest.after : spots[i].number;
            rest.before = rest.newest ? spots[i].number : rest.before;
        }
    }
    cord_journal_reader_close(lines.reader);
    free(lines.items);
    free(stands);
    free(spots);
    return status == CORD_E_END ? CORD_OK : status;
}
