/* traffic.c: see traffic.h. */
#include "care/traffic.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "care/scenario_fields.h"
#include "care/scenario_internal.h"
#include "care/traffic_pattern.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 64 << 20,
    RECORDINGS_MAX = 10000,
    SERIES_MAX = 100000,
    CUES_MAX = 1000,
    TIMES_MAX = 1000000,
    NAME_BYTES_MAX = 64,
    EVENT_BYTES_MAX = 1 << 16,
    DAYS_MAX = 10000,
};

#define PAUSE_NS (60 * CORD_SECOND_NS)

struct cord_traffic {
    struct cord_arena *arena;
    struct cord_map names;               /* of senders: their places */
    struct cord_traffic_sender *senders; /* malloc's, as the next two */
    size_t sender_count, sender_cap;
    struct cord_traffic_recording *recordings;
    size_t recording_count, recording_cap;
    struct cord_traffic_series *series;
    size_t series_count, series_cap;
    struct cord_traffic_cue *cues;
    size_t cue_count, cue_cap;
};

struct reading {
    struct cord_traffic *traffic;
    struct cord_error *err;
};

#define AT(type, member) offsetof(struct type, member)

static cord_status wrong(const struct reading *reading, uint32_t line, const char *what)
{
    return cord_error_set(reading->err, CORD_E_FORMAT, "line %" PRIu32 ": %s", line, what);
}

static cord_status too_many(const struct reading *reading, uint32_t line)
{
    return cord_error_set(reading->err, CORD_E_LIMIT, "line %" PRIu32 ": too many, or no memory",
                          line);
}

/* --- senders --- */

static const struct cord_scenario_field sender_fields[] = {
    {"name", CORD_SCENARIO_TEXT, true, AT(cord_traffic_sender, name), "a name of its own"},
    {"organisation", CORD_SCENARIO_TEXT, true, AT(cord_traffic_sender, organisation), "a code"},
    {"source", CORD_SCENARIO_TEXT, true, AT(cord_traffic_sender, source), "a source, or: assigned"},
    {0},
};

/* As the sources of a configuration want them. */
static bool is_word(cord_str text)
{
    bool good = text.len > 0 && text.len <= NAME_BYTES_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        char lower = cord_str_lower_char(text.ptr[i]);
        good = (lower >= 'a' && lower <= 'z') || cord_str_is_digit(lower) || lower == '-' ||
               lower == '_' || lower == '.';
    }
    return good;
}

static const char *check_sender(const struct cord_traffic_sender *sender)
{
    if (!is_word(sender->name) || !is_word(sender->organisation)) {
        return "name and organisation: letters, digits, '-', '_' and '.', 64 at most";
    }
    if (!cord_str_starts(sender->organisation, CORD_STR("X-")) &&
        cord_str_starts(sender->source, CORD_STR("assigned"))) {
        return "a real organisation needs a source; what is assigned is for codes that begin with "
               "X-";
    }
    return NULL;
}

static cord_status read_sender(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_traffic *traffic = reading->traffic;
    struct cord_traffic_sender sender = {.line = node->line};
    cord_status status =
        cord_scenario_fields_read(sender_fields, node, traffic->arena, &sender, reading->err);
    if (status != CORD_OK) {
        return status;
    }
    const char *problem = check_sender(&sender);
    if (!problem && cord_map_get(&traffic->names, sender.name) != CORD_MAP_NONE) {
        problem = "name: there is another of this name";
    }
    if (problem) {
        return wrong(reading, node->line, problem);
    }
    void *senders = traffic->sender_count < CORD_TRAFFIC_SENDERS_MAX
                        ? cord_vec_room(traffic->senders, traffic->sender_count,
                                        &traffic->sender_cap, sizeof *traffic->senders)
                        : NULL;
    if (!senders) {
        return too_many(reading, node->line);
    }
    traffic->senders = senders;
    traffic->senders[traffic->sender_count] = sender;
    return cord_map_put(&traffic->names, sender.name, (uint32_t)traffic->sender_count++);
}

static bool find_sender(const struct reading *reading, cord_str name, uint32_t *ret_place)
{
    *ret_place = cord_map_get(&reading->traffic->names, name);
    return *ret_place != CORD_MAP_NONE;
}

/* --- recordings --- */

struct recording_entry {
    struct cord_traffic_recording recording;
    cord_str sender;
    struct cord_scenario_texts changes;
};

#define RECORDING(member) (AT(recording_entry, recording) + AT(cord_traffic_recording, member))

static const struct cord_scenario_field recording_fields[] = {
    {"label", CORD_SCENARIO_TEXT, true, RECORDING(label), "a name of its own"},
    {"sender", CORD_SCENARIO_TEXT, true, AT(recording_entry, sender), "a sender's name"},
    {"file", CORD_SCENARIO_TEXT, true, RECORDING(file), "a path below a folder of recordings"},
    {"at", CORD_SCENARIO_TIME, true, RECORDING(at_ns), "a time"},
    {"pause", CORD_SCENARIO_DURATION, false, RECORDING(pause_ns), "a duration, as 1m"},
    {"change", CORD_SCENARIO_TEXTS, false, AT(recording_entry, changes), "a list of: old=new"},
    {"source", CORD_SCENARIO_TEXT, true, RECORDING(source), "whose it is, and its licence"},
    {0},
};

/* Only below the folder: the text may come from somebody else. */
static bool is_below(cord_str file)
{
    cord_str rest = file;
    cord_str part;
    bool good = file.len > 0 && file.len < 1024;
    while (good && cord_str_cut(&rest, '/', &part)) {
        good = part.len > 0 && part.ptr[0] != '.';
    }
    return good && cord_str_find_char(file, '\0', 0) == SIZE_MAX;
}

static cord_status read_changes(const struct reading *reading, struct recording_entry *entry)
{
    size_t count = entry->changes.count;
    struct cord_traffic_change *changes =
        cord_arena_zalloc(reading->traffic->arena, count + 1, sizeof *changes);
    if (!changes) {
        return too_many(reading, entry->recording.line);
    }
    for (size_t i = 0; i < count; i++) {
        cord_str rest = entry->changes.items[i];
        if (!cord_str_cut(&rest, '=', &changes[i].from) || changes[i].from.len == 0 ||
            rest.len == 0 || rest.len > NAME_BYTES_MAX) {
            return wrong(reading, entry->recording.line, "change: is to be a list of old=new");
        }
        changes[i].to = rest;
    }
    entry->recording.changes = changes;
    entry->recording.change_count = count;
    return CORD_OK;
}

static cord_status read_recording(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_traffic *traffic = reading->traffic;
    struct recording_entry entry = {.recording = {.line = node->line, .pause_ns = PAUSE_NS}};
    cord_status status =
        cord_scenario_fields_read(recording_fields, node, traffic->arena, &entry, reading->err);
    if (status == CORD_OK) {
        status = read_changes(reading, &entry);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (!find_sender(reading, entry.sender, &entry.recording.sender)) {
        return wrong(reading, node->line, "sender: there is none of this name");
    }
    if (!is_below(entry.recording.file)) {
        return wrong(reading, node->line, "file: is to be a path below a folder, without dots");
    }
    if (!cord_scenario_fields_in_range(entry.recording.at_ns)) {
        return wrong(reading, node->line, "at: is to be from 1900 to 2199");
    }
    void *recordings = traffic->recording_count < RECORDINGS_MAX
                           ? cord_vec_room(traffic->recordings, traffic->recording_count,
                                           &traffic->recording_cap, sizeof *traffic->recordings)
                           : NULL;
    if (!recordings) {
        return too_many(reading, node->line);
    }
    traffic->recordings = recordings;
    traffic->recordings[traffic->recording_count++] = entry.recording;
    return CORD_OK;
}

/* --- series --- */

struct series_entry {
    struct cord_traffic_series series;
    cord_str sender;
};

#define SERIES(member) (AT(series_entry, series) + AT(cord_traffic_series, member))

static const struct cord_scenario_field series_fields[] = {
    {"label", CORD_SCENARIO_TEXT, true, SERIES(label), "a name of its own"},
    {"sender", CORD_SCENARIO_TEXT, true, AT(series_entry, sender), "a sender's name"},
    {"at", CORD_SCENARIO_TIME, true, SERIES(at_ns), "a time"},
    {"every", CORD_SCENARIO_DURATION, false, SERIES(every_ns), "a duration, as 5s"},
    {"spread", CORD_SCENARIO_DURATION, false, SERIES(spread_ns), "a duration, as 5s"},
    {"times", CORD_SCENARIO_U32, false, SERIES(times), "how many"},
    {"event", CORD_SCENARIO_TEXT, true, SERIES(event), "an event's text, with %{places}"},
    {"source", CORD_SCENARIO_TEXT, true, SERIES(source), "assigned, and why"},
    {0},
};

static const char *check_series(const struct cord_traffic_series *series)
{
    struct cord_buf text;
    const struct cord_traffic_moment moment = {.at_ns = series->at_ns, .n = 1};
    if (series->times == 0 || series->times > TIMES_MAX ||
        (series->times > 1 && series->every_ns == 0) ||
        (int64_t)series->times * (series->every_ns / CORD_SECOND_NS) > DAYS_MAX * 86400LL) {
        return "times: from 1 to a million, with every; together ten thousand days at most";
    }
    if (!cord_scenario_fields_in_range(series->at_ns)) {
        return "at: is to be from 1900 to 2199";
    }
    if (!cord_str_starts(series->source, CORD_STR("assigned"))) {
        return "source: what is made from a pattern is assigned, and is to say so";
    }
    if (cord_str_find_char(series->event, '\n', 0) != SIZE_MAX) {
        return "event: is to be one line";
    }
    cord_buf_init(&text, EVENT_BYTES_MAX);
    cord_status status = cord_traffic_pattern_put(series->event, &moment, &text);
    cord_buf_done(&text);
    return status == CORD_OK ? NULL
                             : "event: a place in it is none of those there are, or it is "
                               "too long";
}

static cord_status read_series(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_traffic *traffic = reading->traffic;
    struct series_entry entry = {.series = {.line = node->line, .times = 1}};
    cord_status status =
        cord_scenario_fields_read(series_fields, node, traffic->arena, &entry, reading->err);
    if (status != CORD_OK) {
        return status;
    }
    if (!find_sender(reading, entry.sender, &entry.series.sender)) {
        return wrong(reading, node->line, "sender: there is none of this name");
    }
    const char *problem = check_series(&entry.series);
    if (problem) {
        return wrong(reading, node->line, problem);
    }
    void *series = traffic->series_count < SERIES_MAX
                       ? cord_vec_room(traffic->series, traffic->series_count, &traffic->series_cap,
                                       sizeof *traffic->series)
                       : NULL;
    if (!series) {
        return too_many(reading, node->line);
    }
    traffic->series = series;
    traffic->series[traffic->series_count++] = entry.series;
    return CORD_OK;
}

/* --- cues --- */

static const struct cord_scenario_field cue_fields[] = {
    {"at", CORD_SCENARIO_TIME, true, AT(cord_traffic_cue, at_ns), "a time"},
    {"text", CORD_SCENARIO_TEXT, true, AT(cord_traffic_cue, text), "what to look at"},
    {0},
};

static cord_status read_cue(void *self, const struct cord_yaml *node)
{
    struct reading *reading = self;
    struct cord_traffic *traffic = reading->traffic;
    struct cord_traffic_cue cue = {0};
    cord_status status =
        cord_scenario_fields_read(cue_fields, node, traffic->arena, &cue, reading->err);
    if (status != CORD_OK) {
        return status;
    }
    if (traffic->cue_count > 0 && traffic->cues[traffic->cue_count - 1].at_ns > cue.at_ns) {
        return wrong(reading, node->line, "at: cues are to be in the order of their times");
    }
    void *cues = traffic->cue_count < CUES_MAX
                     ? cord_vec_room(traffic->cues, traffic->cue_count, &traffic->cue_cap,
                                     sizeof *traffic->cues)
                     : NULL;
    if (!cues) {
        return too_many(reading, node->line);
    }
    traffic->cues = cues;
    traffic->cues[traffic->cue_count++] = cue;
    return CORD_OK;
}

/* --- the whole --- */

struct top {
    const struct cord_yaml *senders, *recordings, *series, *cues;
};

static const struct cord_scenario_field top_fields[] = {
    {"senders", CORD_SCENARIO_NODE, true, AT(top, senders), "a list"},
    {"recordings", CORD_SCENARIO_NODE, false, AT(top, recordings), "a list"},
    {"series", CORD_SCENARIO_NODE, false, AT(top, series), "a list"},
    {"cues", CORD_SCENARIO_NODE, false, AT(top, cues), "a list"},
    {0},
};

static cord_status read_top(struct reading *reading, const struct cord_yaml *node)
{
    struct top top = {0};
    cord_status status =
        cord_scenario_fields_read(top_fields, node, reading->traffic->arena, &top, reading->err);
    if (status == CORD_OK) {
        status = cord_scenario_fields_each(top.senders, read_sender, reading, reading->err);
    }
    if (status == CORD_OK) {
        status = cord_scenario_fields_each(top.recordings, read_recording, reading, reading->err);
    }
    if (status == CORD_OK) {
        status = cord_scenario_fields_each(top.series, read_series, reading, reading->err);
    }
    return status == CORD_OK ? cord_scenario_fields_each(top.cues, read_cue, reading, reading->err)
                             : status;
}

static struct cord_traffic *traffic_new(void)
{
    struct cord_traffic *traffic = calloc(1, sizeof *traffic);
    if (traffic) {
        traffic->arena = cord_arena_new(ARENA_BYTES_MAX);
        cord_map_init(&traffic->names, 0);
        if (!traffic->arena) {
            cord_traffic_free(traffic);
            return NULL;
        }
    }
    return traffic;
}

cord_status cord_traffic_read(cord_str text, struct cord_traffic **ret_traffic,
                              struct cord_error *err)
{
    struct cord_yaml *documents = NULL;
    struct cord_arena *tree = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_traffic *traffic = tree ? traffic_new() : NULL;
    struct reading reading = {traffic, err};
    cord_status status = traffic ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK && text.len > CORD_TRAFFIC_BYTES_MAX) {
        status = cord_error_set(err, CORD_E_LIMIT, "longer than %u bytes", CORD_TRAFFIC_BYTES_MAX);
    }
    if (status == CORD_OK) {
        status = cord_yaml_parse(text, 1, tree, &documents, err);
    }
    if (status == CORD_OK) {
        status = documents && documents->child ? read_top(&reading, documents->child)
                                               : wrong(&reading, 1, "there is nothing in it");
    }
    cord_arena_free(tree);
    if (status != CORD_OK) {
        cord_traffic_free(traffic);
        return status;
    }
    *ret_traffic = traffic;
    return CORD_OK;
}

void cord_traffic_free(struct cord_traffic *traffic)
{
    if (traffic) {
        free(traffic->senders);
        free(traffic->recordings);
        free(traffic->series);
        free(traffic->cues);
        cord_map_done(&traffic->names);
        cord_arena_free(traffic->arena);
        free(traffic);
    }
}

size_t cord_traffic_sender_count(const struct cord_traffic *traffic)
{
    return traffic->sender_count;
}

const struct cord_traffic_sender *cord_traffic_sender(const struct cord_traffic *traffic,
                                                      size_t place)
{
    return &traffic->senders[place];
}

size_t cord_traffic_recording_count(const struct cord_traffic *traffic)
{
    return traffic->recording_count;
}

const struct cord_traffic_recording *cord_traffic_recording(const struct cord_traffic *traffic,
                                                            size_t place)
{
    return &traffic->recordings[place];
}

size_t cord_traffic_series_count(const struct cord_traffic *traffic)
{
    return traffic->series_count;
}

const struct cord_traffic_series *cord_traffic_series(const struct cord_traffic *traffic,
                                                      size_t place)
{
    return &traffic->series[place];
}

size_t cord_traffic_cue_count(const struct cord_traffic *traffic)
{
    return traffic->cue_count;
}

const struct cord_traffic_cue *cord_traffic_cue(const struct cord_traffic *traffic, size_t place)
{
    return &traffic->cues[place];
}
