/*
 * format_auditd.c: audit.log of the Linux audit system.
 *
 * Consecutive records of one event id become one event, so that a rule sees
 * the system call, its arguments and its paths together. An event cut by the
 * end of a batch is prevented by the cutter, which cuts before a new id.
 */
#include <stdlib.h>

#include "normalise/audit_fields.h"
#include "normalise/formats.h"
#include "normalise/line_decoder.h"

enum {
    NAME_MESSAGE,
    NAME_COUNT,
};

static const char *const names[NAME_COUNT] = {[NAME_MESSAGE] = "message"};

enum {
    /* An event of more lines is cut: someone writes nonsense. */
    LINES_MAX = 1024,
    GROUP_BYTES_MAX = 1 << 18,
};

struct auditd_decoder {
    struct cord_line_decoder base;
    struct cord_audit_fields fields;
    uint32_t paths[NAME_COUNT];
    uint32_t class_auditd;
};

/* Where the last group of lines with one id begins; 0 when it is the first. */
static size_t last_group(cord_str text)
{
    cord_str id = {0};
    size_t start = text.len;
    size_t end = start;
    for (int lines = 0; end > 0 && lines < LINES_MAX && text.len - start < GROUP_BYTES_MAX;
         lines++) {
        const char *before = end > 1 ? memrchr(text.ptr, '\n', end - 1) : NULL;
        size_t from = before ? (size_t)(before - text.ptr) + 1 : 0;
        struct cord_auditd record;
        cord_str line = cord_str_slice(text, from, end - from);
        if (from == 0 && cord_str_starts(line, CORD_STR("\xef\xbb\xbf"))) {
            line = cord_str_from_byte(line, 3); /* as cord_text_lines_next has it */
        }
        if (cord_auditd_read(cord_str_trim(line), &record) != CORD_OK) {
            break;
        }
        if (id.len > 0 && !cord_str_eq(id, record.id)) {
            break;
        }
        id = record.id;
        start = from;
        end = from;
    }
    return start;
}

static size_t cut(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch)
{
    size_t len = cord_decoder_cut_lines(cutter, text, last, batch);
    if (last || len == 0 || len > CORD_LINE_BYTES_MAX || batch->preamble.len > 0) {
        return len;
    }
    size_t at = last_group(cord_str_slice(text, 0, len));
    if (at == 0) { /* one group alone: it may go on */
        return len > GROUP_BYTES_MAX ? len : 0;
    }
    return at;
}

/* Reads the lines that go on with the record's event. Returns the offset
 * behind them. */
static size_t read_group(struct auditd_decoder *decoder, struct cord_emit *emit,
                         const struct cord_auditd *first, size_t behind)
{
    struct cord_batch *batch = emit->batch;
    size_t end = behind;
    for (int lines = 1; lines < LINES_MAX && end < batch->text_len; lines++) {
        cord_str rest = {batch->text + end, batch->text_len - end};
        size_t len = cord_str_find_char(rest, '\n', 0);
        cord_str line = cord_str_trim(cord_str_slice(rest, 0, len));
        struct cord_auditd record;
        if (line.len > CORD_LINE_BYTES_MAX || cord_auditd_read(line, &record) != CORD_OK ||
            !cord_str_eq(record.id, first->id) || !cord_str_eq(record.node, first->node)) {
            break;
        }
        if (!cord_str_eq(record.type, CORD_STR("EOE"))) { /* says only that the event ends */
            cord_audit_fields_emit(&decoder->fields, emit, &record, false);
            cord_emit_text(emit, decoder->paths[NAME_MESSAGE], line);
        }
        end = len == SIZE_MAX ? batch->text_len : end + len + 1;
    }
    return end;
}

/* One event from its first line on. */
static cord_status take(struct auditd_decoder *decoder, struct cord_batch *batch, cord_str line,
                        size_t behind)
{
    struct cord_auditd record;
    struct cord_emit emit;
    line = cord_str_trim(line);
    if (line.len == 0) {
        cord_text_lines_skip(batch, behind);
        return CORD_OK;
    }
    cord_emit_begin(&emit, batch, decoder->base.env.paths);
    emit.event_class =
        cord_line_decoder_class(&decoder->base, &decoder->class_auditd, "linux", "", "auditd");
    size_t from = batch->taken;
    if (cord_auditd_read(line, &record) == CORD_OK) {
        cord_audit_fields_emit(&decoder->fields, &emit, &record, true);
        cord_emit_role(&emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], line);
        behind = read_group(decoder, &emit, &record, behind);
    } else {
        cord_emit_role(&emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], line);
    }
    cord_str raw = {batch->text + from, behind - from};
    while (raw.len > 0 && (raw.ptr[raw.len - 1] == '\n' || raw.ptr[raw.len - 1] == '\r')) {
        raw.len--;
    }
    cord_status status = cord_emit_end(&emit, raw);
    if (status == CORD_OK) {
        batch->taken = behind;
    }
    return status;
}

static void intern(struct cord_line_decoder *self)
{
    struct auditd_decoder *decoder = (struct auditd_decoder *)self;
    cord_emit_intern(self->env.paths, names, NAME_COUNT, decoder->paths);
    cord_audit_fields_intern(&decoder->fields, self->env.paths);
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    static const struct cord_line_ops ops = {.intern = intern};
    struct auditd_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status = CORD_OK;
    cord_str line;
    size_t behind;

    if (cord_text_lines_rest(batch)) {
        return CORD_OK;
    }
    cord_line_decoder_intern(&decoder->base, &ops);
    while (status == CORD_OK && cord_text_lines_next(batch, &line, &behind)) {
        status = take(decoder, batch, line, behind);
    }
    cord_classifier_run(decoder->base.env.classifier, batch, from);
    return status;
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    return cord_line_decoder_new(env, sizeof(struct auditd_decoder));
}

static unsigned probe(cord_str head, cord_str file_name)
{
    unsigned lines = 0;
    unsigned hits = 0;
    cord_str line;
    (void)file_name;
    for (; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        struct cord_auditd record;
        hits += cord_auditd_read(line, &record) == CORD_OK && record.type.len > 0;
    }
    return lines == 0 ? 0 : 95 * hits / lines;
}

const struct cord_format cord_format_auditd = {
    .name = "auditd",
    .help = "audit.log of the Linux audit system",
    .probe = probe,
    .cutter_new = cord_line_decoder_cutter_new,
    .cutter_free = cord_line_decoder_cutter_free,
    .cut = cut,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
