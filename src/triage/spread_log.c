/* spread_log.c: see spread_log.h. */
#include "triage/spread_log.h"

#include "base/cidr.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "base/vec.h"

#include <stdlib.h>

#define REPEAT_NS (60 * CORD_SECOND_NS)

struct link_entry {
    struct cord_spread_link link; /* first: the bytes of it are its key */
    uint32_t last_note;           /* CORD_SPREAD_NOBODY: none yet */
};

struct cord_spread_log {
    struct cord_arena *arena;
    size_t notes_max;
    struct cord_map word_at, machine_at, link_at;
    cord_str *words;
    size_t word_count, word_cap;
    struct cord_spread_machine *machines;
    size_t machine_count, machine_cap;
    struct link_entry **links; /* of the arena, for their keys must not move */
    size_t link_count, link_cap;
    struct cord_spread_note *notes;
    size_t note_count, note_cap;
};

struct cord_spread_log *cord_spread_log_new(size_t notes_max, size_t bytes_max, uint64_t seed)
{
    struct cord_spread_log *log = calloc(1, sizeof *log);
    if (!log) {
        return NULL;
    }
    cord_map_init(&log->word_at, seed);
    cord_map_init(&log->machine_at, seed + 1);
    cord_map_init(&log->link_at, seed + 2);
    log->notes_max = notes_max < CORD_SPREAD_NOBODY ? notes_max : CORD_SPREAD_NOBODY - 1;
    log->arena = cord_arena_new(bytes_max);
    if (!log->arena) {
        cord_spread_log_free(log);
        return NULL;
    }
    return log;
}

void cord_spread_log_free(struct cord_spread_log *log)
{
    if (!log) {
        return;
    }
    free(log->notes);
    free(log->links);
    free(log->machines);
    free(log->words);
    cord_arena_free(log->arena);
    cord_map_done(&log->link_at);
    cord_map_done(&log->machine_at);
    cord_map_done(&log->word_at);
    free(log);
}

/* --- numbering --- */

static cord_status word_of(struct cord_spread_log *log, cord_str text, uint32_t *ret_word)
{
    *ret_word = cord_map_get(&log->word_at, text);
    if (*ret_word != CORD_MAP_NONE) {
        return CORD_OK;
    }
    cord_str *words = cord_vec_room(log->words, log->word_count, &log->word_cap, sizeof *words);
    if (!words) {
        return CORD_E_NOMEM;
    }
    log->words = words;
    cord_str copy = cord_arena_copy(log->arena, text);
    if (!copy.ptr) {
        return cord_arena_failure(log->arena);
    }
    if (cord_map_put(&log->word_at, copy, (uint32_t)log->word_count) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_word = (uint32_t)log->word_count;
    words[log->word_count++] = copy;
    return CORD_OK;
}

#define KEY_MAX (sizeof(uint32_t) + 1 + CORD_SPREAD_NAME_MAX)

/* Addresses by their value, however they are written; names by their first part, without case:
 * "WARD-07" and "ward-07.hospital.example" of one organisation are one machine. */
static cord_str machine_key(uint32_t organisation, cord_str host, cord_str address,
                            char buffer[KEY_MAX])
{
    uint8_t bytes[16];
    size_t at = 0;
    memcpy(buffer, &organisation, sizeof organisation);
    at += sizeof organisation;
    if (address.len > 0 && cord_cidr_address(address, bytes)) {
        buffer[at++] = 'a';
        memcpy(buffer + at, bytes, sizeof bytes);
        return (cord_str){buffer, at + sizeof bytes};
    }
    buffer[at++] = 'h';
    for (size_t i = 0; i < host.len && i < CORD_SPREAD_NAME_MAX && host.ptr[i] != '.'; i++) {
        buffer[at++] = cord_str_lower_char(host.ptr[i]);
    }
    return (cord_str){buffer, at};
}

static cord_status machine_add(struct cord_spread_log *log, cord_str key,
                               const struct cord_spread_machine *machine, uint32_t *ret_machine)
{
    struct cord_spread_machine *machines =
        cord_vec_room(log->machines, log->machine_count, &log->machine_cap, sizeof *machines);
    if (!machines) {
        return CORD_E_NOMEM;
    }
    log->machines = machines;
    cord_str host = cord_arena_copy(log->arena, machine->host);
    cord_str address = cord_arena_copy(log->arena, machine->address);
    cord_str own_key = cord_arena_copy(log->arena, key);
    if (!host.ptr || !address.ptr || !own_key.ptr) {
        return cord_arena_failure(log->arena);
    }
    if (cord_map_put(&log->machine_at, own_key, (uint32_t)log->machine_count) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_machine = (uint32_t)log->machine_count;
    machines[log->machine_count++] =
        (struct cord_spread_machine){machine->organisation, host, address};
    return CORD_OK;
}

static cord_status machine_of(struct cord_spread_log *log, uint32_t organisation,
                              const struct cord_spread_name *name, uint32_t *ret_machine)
{
    char buffer[KEY_MAX];
    struct cord_spread_machine machine = {organisation, name->host, name->address};
    if (name->host.len + name->address.len == 0) {
        *ret_machine = CORD_SPREAD_NOBODY;
        return CORD_OK;
    }
    if (cord_spread_sign_global(name->address)) {
        machine.organisation = CORD_SPREAD_NOBODY;
    }
    cord_str key = machine_key(machine.organisation, name->host, name->address, buffer);
    *ret_machine = cord_map_get(&log->machine_at, key);
    return *ret_machine != CORD_MAP_NONE ? CORD_OK : machine_add(log, key, &machine, ret_machine);
}

static cord_status link_of(struct cord_spread_log *log, const struct cord_spread_link *link,
                           uint32_t *ret_link)
{
    *ret_link = cord_map_get(&log->link_at, (cord_str){(const char *)link, sizeof *link});
    if (*ret_link != CORD_MAP_NONE) {
        return CORD_OK;
    }
    struct link_entry **links =
        cord_vec_room(log->links, log->link_count, &log->link_cap, sizeof *links);
    if (!links) {
        return CORD_E_NOMEM;
    }
    log->links = links;
    struct link_entry *entry = cord_arena_alloc(log->arena, sizeof *entry);
    if (!entry) {
        return cord_arena_failure(log->arena);
    }
    *entry = (struct link_entry){*link, CORD_SPREAD_NOBODY};
    if (cord_map_put(&log->link_at, (cord_str){(const char *)&entry->link, sizeof entry->link},
                     (uint32_t)log->link_count) != CORD_OK) {
        return CORD_E_NOMEM;
    }
    *ret_link = (uint32_t)log->link_count;
    links[log->link_count++] = entry;
    return CORD_OK;
}

/* --- notes --- */

static bool within(int64_t a, int64_t b, int64_t most)
{
    int64_t apart = 0;
    return !__builtin_sub_overflow(a, b, &apart) && apart <= most && apart >= -most;
}

static bool repeats(const struct cord_spread_note *before, const struct cord_spread_note *note)
{
    return within(before->time_ns, note->time_ns, REPEAT_NS) &&
           within(before->known_ns, note->known_ns, REPEAT_NS) &&
           note->time_ns >= before->time_ns && before->count <= UINT32_MAX - note->count;
}

static cord_status put_note(struct cord_spread_log *log, const struct cord_spread_note *note,
                            uint32_t *ret_at, bool *ret_new)
{
    struct link_entry *entry = log->links[note->link];
    if (entry->last_note != CORD_SPREAD_NOBODY && repeats(&log->notes[entry->last_note], note)) {
        struct cord_spread_note *before = &log->notes[entry->last_note];
        before->count += note->count;
        before->last_ns = note->last_ns > before->last_ns ? note->last_ns : before->last_ns;
        *ret_at = entry->last_note;
        *ret_new = false;
        return CORD_OK;
    }
    if (log->note_count >= log->notes_max) {
        return CORD_E_LIMIT;
    }
    struct cord_spread_note *notes =
        cord_vec_room(log->notes, log->note_count, &log->note_cap, sizeof *notes);
    if (!notes) {
        return CORD_E_NOMEM;
    }
    log->notes = notes;
    notes[log->note_count] = *note;
    entry->last_note = (uint32_t)log->note_count;
    *ret_at = (uint32_t)log->note_count++;
    *ret_new = true;
    return CORD_OK;
}

cord_status cord_spread_log_add(struct cord_spread_log *log, const struct cord_sighting *sighting,
                                const struct cord_spread_sign *sign, uint32_t *ret_at,
                                bool *ret_new)
{
    struct cord_spread_link link = {.kind = (uint32_t)sign->kind, .inferred = sign->inferred};
    struct cord_spread_note note = {.number = sighting->number,
                                    .known_ns = sighting->known_ns,
                                    .time_ns = sign->time_ns,
                                    .last_ns = sighting->time_ns,
                                    .count = 1};
    cord_status status = word_of(log, cord_str_from(sign->technique), &link.technique);
    if (status == CORD_OK) {
        status = word_of(log, sighting->organisation, &link.organisation);
    }
    if (status == CORD_OK) {
        status = word_of(log, sighting->title, &link.title);
    }
    if (status == CORD_OK) {
        status = machine_of(log, link.organisation, &sign->source, &link.source);
    }
    if (status == CORD_OK) {
        status = machine_of(log, link.organisation, &sign->target, &link.target);
    }
    if (status == CORD_OK) {
        status = link_of(log, &link, &note.link);
    }
    if (status != CORD_OK) {
        return status;
    }
    if (sighting->evidence.len < sizeof note.evidence) {
        for (size_t i = 0; i < sighting->evidence.len; i++) {
            note.evidence[i] = sighting->evidence.ptr[i];
        }
    }
    return put_note(log, &note, ret_at, ret_new);
}

static cord_status carry_machine(struct cord_spread_log *log, const struct cord_spread_log *from,
                                 uint32_t machine, uint32_t *ret_machine)
{
    *ret_machine = CORD_SPREAD_NOBODY;
    if (machine == CORD_SPREAD_NOBODY) {
        return CORD_OK;
    }
    const struct cord_spread_machine *of = &from->machines[machine];
    uint32_t organisation = CORD_SPREAD_NOBODY;
    cord_status status = CORD_OK;
    if (of->organisation != CORD_SPREAD_NOBODY) {
        status = word_of(log, from->words[of->organisation], &organisation);
    }
    const struct cord_spread_name name = {of->host, of->address};
    return status == CORD_OK ? machine_of(log, organisation, &name, ret_machine) : status;
}

cord_status cord_spread_log_carry(struct cord_spread_log *log, const struct cord_spread_log *from,
                                  uint32_t at)
{
    struct cord_spread_note note = from->notes[at];
    const struct cord_spread_link *of = &from->links[note.link]->link;
    struct cord_spread_link link = {.kind = of->kind, .inferred = of->inferred};
    uint32_t carried;
    bool is_new;
    cord_status status = word_of(log, from->words[of->technique], &link.technique);
    if (status == CORD_OK) {
        status = word_of(log, from->words[of->organisation], &link.organisation);
    }
    if (status == CORD_OK) {
        status = word_of(log, from->words[of->title], &link.title);
    }
    if (status == CORD_OK) {
        status = carry_machine(log, from, of->source, &link.source);
    }
    if (status == CORD_OK) {
        status = carry_machine(log, from, of->target, &link.target);
    }
    if (status == CORD_OK) {
        status = link_of(log, &link, &note.link);
    }
    return status == CORD_OK ? put_note(log, &note, &carried, &is_new) : status;
}

/* --- looking --- */

uint32_t cord_spread_log_count(const struct cord_spread_log *log)
{
    return (uint32_t)log->note_count;
}

const struct cord_spread_note *cord_spread_log_note(const struct cord_spread_log *log, uint32_t at)
{
    return &log->notes[at];
}

const struct cord_spread_link *cord_spread_log_link(const struct cord_spread_log *log,
                                                    uint32_t link)
{
    return &log->links[link]->link;
}

const struct cord_spread_machine *cord_spread_log_machine(const struct cord_spread_log *log,
                                                          uint32_t machine)
{
    return &log->machines[machine];
}

cord_str cord_spread_log_word(const struct cord_spread_log *log, uint32_t word)
{
    return log->words[word];
}

uint32_t cord_spread_log_word_count(const struct cord_spread_log *log)
{
    return (uint32_t)log->word_count;
}

size_t cord_spread_log_bytes(const struct cord_spread_log *log)
{
    return cord_arena_held(log->arena) + log->note_cap * sizeof *log->notes +
           log->link_cap * sizeof(void *) + log->machine_cap * sizeof *log->machines +
           log->word_cap * sizeof *log->words;
}
