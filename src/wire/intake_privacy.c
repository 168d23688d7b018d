/* intake_privacy.c: what a source of audit messages sent, without its patients. */
#include "wire/intake_internal.h"

#include "codec/json_frame.h"
#include "normalise/personal_number.h"

struct rewriting {
    struct cord_intake_worker *worker;
    struct cord_delivery *delivery;
    struct cord_unwrap *into;
    size_t note_at; /* the next of the notes as they came */
    cord_status status;
};

static void refuse(struct rewriting *rewriting, cord_str why)
{
    const struct cord_delivery_refusal refusal = {
        .item = rewriting->into->items,
        .reason = CORD_LOSS_PRIVACY,
        .text = why,
    };
    cord_intake_worker_refuse(rewriting->worker, rewriting->delivery, &refusal, CORD_STR(""));
    rewriting->into->items++;
    rewriting->into->noting = false;
}

/* A name that is somebody's number is not kept. */
static void put_note(struct rewriting *rewriting, const struct cord_unwrap_note *note,
                     cord_str value)
{
    struct cord_personal_number number;
    cord_str rest = note->name;
    cord_str prefix;
    if (cord_str_cut(&rest, '.', &prefix) && rest.len > 0 && prefix.len > 0) {
        bool telling = cord_personal_number_find(note->name, 0, &number);
        cord_unwrap_note_under(rewriting->into, telling ? CORD_STR("envelope") : prefix,
                               telling ? CORD_STR("removed") : rest, value, note->role);
    } else {
        cord_unwrap_note(rewriting->into, note->name.ptr, value, note->role); /* a constant */
    }
}

/* What the envelope said of the item that is put last. */
static void take_notes(struct rewriting *rewriting, uint32_t item)
{
    const struct cord_unwrap *from = &rewriting->worker->unwrap;
    for (; rewriting->note_at < from->note_count && from->notes[rewriting->note_at].item <= item;
         rewriting->note_at++) {
        const struct cord_unwrap_note *note = &from->notes[rewriting->note_at];
        cord_str value;
        if (note->item == item && rewriting->into->noting) {
            cord_status status =
                cord_privacy_rewrite_text(rewriting->worker->privacy, note->value, &value, NULL);
            put_note(rewriting, note, status == CORD_OK ? value : CORD_STR("removed"));
        }
    }
}

/* XML is text to the decoders: what an AuditMessage says becomes fields here. */
static void put_fields(struct rewriting *rewriting)
{
    const struct cord_privacy *privacy = rewriting->worker->privacy;
    for (size_t i = 0; i < cord_privacy_field_count(privacy); i++) {
        struct cord_privacy_field field = cord_privacy_field_at(privacy, i);
        bool time = cord_str_eq(field.name, CORD_STR("EventDateTime"));
        cord_unwrap_note_under(rewriting->into, field.group, field.name, field.value,
                               time ? CORD_UNWRAP_ROLE_TIME : CORD_UNWRAP_ROLE_ATNA);
    }
}

static void take_record(struct rewriting *rewriting, enum cord_unwrap_form form, cord_str record)
{
    struct cord_error err = {""};
    cord_str text;
    uint32_t item = rewriting->into->items;
    struct cord_privacy *privacy = rewriting->worker->privacy;
    if (!privacy) {
        refuse(rewriting, CORD_STR("no key of patients' identifiers"));
        return;
    }
    cord_status status = cord_privacy_rewrite(privacy, record, &text, &err);
    if (status == CORD_OK) { /* what was FHIR in XML is JSON now */
        bool json = form == CORD_UNWRAP_JSON || cord_str_starts(cord_str_trim(text), CORD_STR("{"));
        cord_unwrap_put(rewriting->into, json ? CORD_UNWRAP_JSON : form, text);
        put_fields(rewriting);
    } else if (status == CORD_E_NOMEM) {
        rewriting->status = status;
    } else {
        refuse(rewriting, cord_str_from(err.text));
    }
    take_notes(rewriting, item);
}

/* "LENGTH SP TEXT", as unwrapping wrote them. */
static void take_frames(struct rewriting *rewriting, cord_str run)
{
    while (run.len > 0 && rewriting->status == CORD_OK) {
        size_t blank = cord_str_find_char(run, ' ', 0);
        uint64_t len = 0;
        if (blank == SIZE_MAX || !cord_str_u64(cord_str_slice(run, 0, blank), &len) ||
            len > run.len - blank - 1) {
            rewriting->status = CORD_E_FORMAT;
            return;
        }
        take_record(rewriting, CORD_UNWRAP_TEXT, cord_str_slice(run, blank + 1, (size_t)len));
        run = cord_str_from_byte(run, blank + 1 + (size_t)len);
    }
}

static void take_lines(struct rewriting *rewriting, cord_str run)
{
    cord_str line;
    while (rewriting->status == CORD_OK && cord_str_cut(&run, '\n', &line)) {
        if (line.len > 0) {
            take_record(rewriting, CORD_UNWRAP_JSON, line);
        }
    }
}

static bool is_between(char c)
{
    return cord_str_find_char(CORD_STR(" \t\r\n,[]"), c, 0) != SIZE_MAX;
}

/* One behind the other, a line each or not, or in an array; or one in XML, which is all there
 * is. */
static void take_documents(struct rewriting *rewriting, cord_str run)
{
    size_t at = 0;
    while (rewriting->status == CORD_OK) {
        while (at < run.len && is_between(run.ptr[at])) {
            at++;
        }
        if (at == run.len) {
            return;
        }
        if (run.ptr[at] == '<') {
            take_record(rewriting, CORD_UNWRAP_TEXT, cord_str_from_byte(run, at));
            return;
        }
        struct cord_json_frame frame = {0};
        size_t end = run.ptr[at] == '{' ? cord_json_frame_close(&frame, run, at, 0)
                                        : cord_str_find_char(run, '\n', at);
        end = end == SIZE_MAX ? run.len : end;
        take_record(rewriting, CORD_UNWRAP_JSON, cord_str_slice(run, at, end - at));
        at = end;
    }
}

static void take_run(struct rewriting *rewriting, const struct cord_unwrap_run *run)
{
    cord_str text =
        cord_str_slice(cord_buf_str(&rewriting->worker->unwrap.text), run->from, run->len);
    if (run->item_count == 0) {
        take_documents(rewriting, text);
        return;
    }
    rewriting->into->items = run->item_first; /* those in between were refused before */
    if (run->form == CORD_UNWRAP_TEXT) {
        take_frames(rewriting, text);
    } else {
        take_lines(rewriting, text);
    }
}

cord_status cord_intake_privacy_rewrite(struct cord_intake_worker *worker,
                                        struct cord_delivery *delivery)
{
    struct rewriting rewriting = {
        .worker = worker,
        .delivery = delivery,
        .into = &worker->rewritten,
    };
    cord_unwrap_reset(&worker->rewritten);
    for (size_t i = 0; i < worker->unwrap.run_count && rewriting.status == CORD_OK; i++) {
        take_run(&rewriting, &worker->unwrap.runs[i]);
    }
    if (rewriting.status == CORD_OK && worker->rewritten.failed) {
        rewriting.status = CORD_E_NOMEM;
    }
    struct cord_unwrap plain = worker->unwrap;
    worker->unwrap = worker->rewritten;
    worker->rewritten = plain;
    return rewriting.status;
}

bool cord_intake_privacy_init(struct cord_intake_worker *worker, size_t text_bytes_max)
{
    const struct cord_intake_options *options = &worker->intake->options;
    if (!options->patient_key) {
        return cord_unwrap_init(&worker->rewritten, text_bytes_max);
    }
    worker->privacy = cord_privacy_new(options->patient_key, options->record_bytes_max);
    return cord_unwrap_init(&worker->rewritten, text_bytes_max) && worker->privacy;
}

void cord_intake_privacy_done(struct cord_intake_worker *worker)
{
    cord_unwrap_done(&worker->rewritten);
    cord_privacy_free(worker->privacy);
}
