/*
 * format_syslog.c: syslog files and their kin: RFC 3164, RFC 5424, octet-counted
 * frames, and lines of CEF, LEEF or key=value that stand without a header.
 *
 * One decoder for all of them, since a file of one kind often holds lines of
 * another. What is no header is message; a line is never lost.
 */
#include <stdlib.h>

#include "codec/kv.h"
#include "codec/octet_frame.h"
#include "codec/syslog.h"
#include "codec/windows_xml.h"
#include "normalise/formats.h"
#include "normalise/line_decoder.h"
#include "normalise/message_fields.h"
#include "normalise/time_text.h"

enum name {
    NAME_TIMESTAMP,
    NAME_HOST,
    NAME_RELAY,
    NAME_PROGRAM,
    NAME_PID,
    NAME_MSGID,
    NAME_FACILITY,
    NAME_SEVERITY,
    NAME_SEQUENCE,
    NAME_DATA,
    NAME_MESSAGE,
    NAME_COUNT,
};

static const char *const names[NAME_COUNT] = {
    [NAME_TIMESTAMP] = "timestamp",  [NAME_HOST] = "hostname",     [NAME_RELAY] = "relay",
    [NAME_PROGRAM] = "program",      [NAME_PID] = "pid",           [NAME_MSGID] = "msgid",
    [NAME_FACILITY] = "facility",    [NAME_SEVERITY] = "severity", [NAME_SEQUENCE] = "sequence",
    [NAME_DATA] = "structured_data", [NAME_MESSAGE] = "message",
};

struct syslog_decoder {
    struct cord_line_decoder base;
    struct cord_message_fields fields;
    struct cord_time_text time;
    uint32_t paths[NAME_COUNT];
    uint32_t class_plain;
};

static void emit_time(struct syslog_decoder *decoder, struct cord_emit *emit,
                      struct cord_log_date date, cord_str text)
{
    cord_decoder_place_date(&decoder->base.env, &date);
    if (!cord_time_text_is_plain(&date, text)) {
        text = cord_time_text_of(&decoder->time, emit->batch->arena, date.ns);
    }
    cord_emit_role(emit, CORD_ROLE_TIME, decoder->paths[NAME_TIMESTAMP], text);
}

static void emit_part(struct syslog_decoder *decoder, struct cord_emit *emit, enum name name,
                      cord_str text)
{
    if (text.len > 0) {
        cord_emit_text(emit, decoder->paths[name], text);
    }
}

static void emit_data(struct cord_emit *emit, cord_str data)
{
    cord_str element = {0};
    cord_str name;
    cord_str value;
    while (!emit->full && cord_syslog_data_next(&data, &element, &name, &value)) {
        if (name.len > 0) {
            cord_emit_named(emit, name, value);
        }
    }
}

static void emit_header(struct syslog_decoder *decoder, struct cord_emit *emit,
                        const struct cord_syslog *syslog)
{
    if (syslog->has_date) {
        emit_time(decoder, emit, syslog->date, syslog->date_text);
    }
    cord_emit_role(emit, CORD_ROLE_HOST, decoder->paths[NAME_HOST], syslog->host);
    emit_part(decoder, emit, NAME_RELAY, syslog->relay);
    emit_part(decoder, emit, NAME_PROGRAM, syslog->program);
    emit_part(decoder, emit, NAME_PID, syslog->pid);
    emit_part(decoder, emit, NAME_MSGID, syslog->msgid);
    emit_part(decoder, emit, NAME_SEQUENCE, syslog->sequence);
    if (syslog->has_priority) {
        unsigned facility = syslog->priority / 8;
        emit_part(decoder, emit, NAME_FACILITY, cord_str_from(cord_syslog_facility(facility)));
        emit_part(decoder, emit, NAME_SEVERITY,
                  cord_str_from(cord_syslog_severity(syslog->priority % 8)));
    } else {
        emit_part(decoder, emit, NAME_SEVERITY, syslog->severity_word);
    }
    if (syslog->data.len > 1) { /* "-" is none */
        emit_part(decoder, emit, NAME_DATA, syslog->data);
        emit_data(emit, syslog->data);
    }
}

static void emit_squid_time(struct syslog_decoder *decoder, struct cord_emit *emit, cord_str line)
{
    struct cord_log_date date;
    if (cord_log_date_read(line, decoder->base.env.now_ns, &date)) {
        emit_time(decoder, emit, date, cord_str_slice(line, 0, date.len));
    }
}

/* "<pri>" and date are taken off; so is a frame's length before them. */
static cord_str without_count(cord_str line)
{
    size_t at = 0;
    while (at < line.len && at < 8 && cord_str_is_digit(line.ptr[at])) {
        at++;
    }
    bool counted = at > 0 && at + 1 < line.len && line.ptr[at] == ' ' && line.ptr[at + 1] == '<';
    return counted ? cord_str_from_byte(line, at + 1) : line;
}

/* Windows event XML as message: Sysmon for Linux, and agents that forward. The
 * values are the event's own, so that the classifier sees what files show it. */
static bool read_xml(struct syslog_decoder *decoder, struct cord_emit *emit, cord_str message)
{
    size_t start;
    size_t end;
    const char *damage;
    if (!cord_str_starts(message, CORD_STR("<Event")) ||
        cord_windows_xml_find(message, 0, &start, &end) != CORD_OK) {
        return false;
    }
    cord_status status =
        cord_windows_xml_read(cord_str_slice(message, start, end - start), decoder->base.env.paths,
                              emit->batch->arena, &emit->batch->values, &damage);
    emit->full = emit->full || status == CORD_E_LIMIT;
    return status == CORD_OK || status == CORD_E_LIMIT;
}

static void read_message(struct syslog_decoder *decoder, struct cord_emit *emit,
                         const struct cord_syslog *syslog, cord_str line, cord_str message)
{
    size_t count = cord_emit_count(emit);
    if (read_xml(decoder, emit, message)) {
        return;
    }
    /* A Snare agent's host comes before a tab: the whole line holds the event. */
    bool snare =
        cord_str_find(cord_str_slice(line, 0, 256), CORD_STR("MSWinEventLog"), 0) != SIZE_MAX;
    cord_message_fields_read(&decoder->fields, emit, syslog->program, snare ? line : message);
    /* What a process writes in plain words is the system's own log. */
    if (emit->event_class == 0 && cord_emit_count(emit) == count && syslog->pid.len > 0 &&
        syslog->program.len > 0) {
        emit->event_class =
            cord_line_decoder_class(&decoder->base, &decoder->class_plain, "linux", "", "syslog");
    }
}

/* Lines that begin with a date, or look like a header, and are none: when no
 * tag with a colon or process follows. */
static bool read_headless(struct syslog_decoder *decoder, struct cord_emit *emit,
                          const struct cord_syslog *syslog, cord_str line)
{
    char c = line.ptr[0];
    bool tagged = syslog->tag.len > 0 && !syslog->tag_bare && syslog->host.len > 0;
    if (tagged || syslog->has_priority || (!cord_str_is_digit(c) && c != '[')) {
        return false;
    }
    cord_str behind = syslog->has_date ? cord_str_from_byte(line, syslog->date.len) : (cord_str){0};
    if (!cord_message_fields_line(&decoder->fields, emit, line, behind)) {
        return false;
    }
    cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], line);
    return true;
}

static enum cord_line_result read_line(struct cord_line_decoder *self, struct cord_emit *emit,
                                       cord_str line)
{
    struct syslog_decoder *decoder = (struct syslog_decoder *)self;
    struct cord_syslog syslog;
    if (cord_str_is_digit(line.ptr[0]) && cord_message_fields_squid(&decoder->fields, emit, line)) {
        emit_squid_time(decoder, emit, line);
        cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], line);
        return CORD_LINE_EVENT;
    }
    cord_syslog_parse(without_count(line), self->env.now_ns, &syslog);
    if (read_headless(decoder, emit, &syslog, line)) {
        return CORD_LINE_EVENT;
    }
    emit_header(decoder, emit, &syslog);
    cord_str message = cord_str_trim(syslog.message);
    cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE],
                   message.len > 0 ? message : line);
    read_message(decoder, emit, &syslog, line, message);
    return CORD_LINE_EVENT;
}

static void intern(struct cord_line_decoder *self)
{
    struct syslog_decoder *decoder = (struct syslog_decoder *)self;
    cord_emit_intern(self->env.paths, names, NAME_COUNT, decoder->paths);
    cord_message_fields_intern(&decoder->fields, self->env.paths);
}

static void begin(struct cord_line_decoder *self, struct cord_batch *batch)
{
    (void)batch;
    cord_time_text_begin(&((struct syslog_decoder *)self)->time);
}

static const struct cord_line_ops line_ops = {.intern = intern, .begin = begin, .line = read_line};

static cord_status decode(void *self, struct cord_batch *batch)
{
    return cord_line_decoder_run(self, &line_ops, batch);
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct syslog_decoder *decoder = cord_line_decoder_new(env, sizeof *decoder);
    if (decoder) {
        cord_message_fields_init(&decoder->fields, &decoder->base);
    }
    return decoder;
}

static void decoder_free(void *self)
{
    if (self) {
        cord_message_fields_done(&((struct syslog_decoder *)self)->fields);
        free(self);
    }
}

/* Frames: to behind the last whole one. What is no frame goes on as lines. */
static size_t cut_frames(struct cord_cutter *cutter, cord_str text, bool last,
                         struct cord_batch *batch)
{
    cord_str rest = text;
    cord_str frame;
    (void)cutter;
    (void)batch;
    while (rest.len > 0) {
        while (rest.len > 0 && (rest.ptr[0] == '\n' || rest.ptr[0] == '\r')) {
            rest = cord_str_from_byte(rest, 1);
        }
        cord_status status = cord_octet_frame_next(&rest, CORD_LINE_BYTES_MAX, &frame);
        if (status == CORD_E_MORE) {
            break;
        }
        if (status != CORD_OK) { /* lost: take up again behind the line's end */
            size_t end = cord_str_find_char(rest, '\n', 0);
            if (end == SIZE_MAX && rest.len <= CORD_LINE_BYTES_MAX) {
                break;
            }
            rest = cord_str_from_byte(rest, end == SIZE_MAX ? rest.len : end + 1);
        }
    }
    return last ? text.len : text.len - rest.len;
}

/* One frame, or one line where there is no frame. */
static cord_status take_frame(struct syslog_decoder *decoder, struct cord_batch *batch)
{
    cord_str text = {batch->text + batch->taken, batch->text_len - batch->taken};
    cord_str rest = text;
    cord_str frame;
    struct cord_emit emit;
    if (text.ptr[0] == '\n' || text.ptr[0] == '\r') { /* a line end behind a frame */
        batch->taken++;
        return CORD_OK;
    }
    if (cord_octet_frame_next(&rest, CORD_LINE_BYTES_MAX, &frame) != CORD_OK) {
        size_t end = cord_str_find_char(text, '\n', 0);
        size_t len = end == SIZE_MAX ? text.len : end;
        cord_text_lines_refuse(batch, batch->taken + len + (end == SIZE_MAX ? 0 : 1),
                               CORD_STR("no length in front of the message, or not all of it"));
        return CORD_OK;
    }
    size_t behind = batch->taken + (text.len - rest.len);
    cord_str line = cord_str_trim(frame);
    if (line.len == 0) {
        cord_text_lines_skip(batch, behind);
        return CORD_OK;
    }
    cord_emit_begin(&emit, batch, decoder->base.env.paths);
    (void)read_line(&decoder->base, &emit, line);
    cord_status status = cord_emit_end(&emit, line);
    batch->taken = status == CORD_OK ? behind : batch->taken;
    return status;
}

static cord_status decode_frames(void *self, struct cord_batch *batch)
{
    struct syslog_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status = CORD_OK;
    cord_line_decoder_intern(&decoder->base, &line_ops);
    if (batch->taken == 0) {
        begin(&decoder->base, batch);
    }
    while (status == CORD_OK && batch->taken < batch->text_len) {
        status = take_frame(decoder, batch);
    }
    cord_classifier_run(decoder->base.env.classifier, batch, from);
    return status;
}

static unsigned probe_syslog(cord_str head, cord_str file_name)
{
    unsigned lines = 0;
    unsigned hits = 0;
    cord_str line;
    bool named = cord_str_find(file_name, CORD_STR("syslog"), 0) != SIZE_MAX ||
                 cord_str_find(file_name, CORD_STR("messages"), 0) != SIZE_MAX ||
                 cord_str_starts(file_name, CORD_STR("auth.log")) ||
                 cord_str_starts(file_name, CORD_STR("secure"));
    for (; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        struct cord_syslog syslog;
        cord_syslog_parse(without_count(line), INT64_MAX / 2, &syslog);
        hits += cord_syslog_is_header(&syslog) || cord_message_fields_is_cisco(line);
    }
    unsigned share = lines == 0 ? 0 : 60 * hits / lines;
    return share < 15 ? 0 : share + (named ? 10 : 0);
}

static unsigned probe_frames(cord_str head, cord_str file_name)
{
    unsigned frames = 0;
    cord_str frame;
    cord_status status = CORD_OK;
    (void)file_name;
    while (frames < 16 && head.len > 0) {
        while (frames > 0 && head.len > 0 && (head.ptr[0] == '\n' || head.ptr[0] == '\r')) {
            head = cord_str_from_byte(head, 1);
        }
        status = cord_octet_frame_next(&head, CORD_LINE_BYTES_MAX, &frame);
        if (status != CORD_OK || frame.len < 4 || frame.ptr[0] != '<') {
            break;
        }
        frames++;
    }
    bool ends_well = status == CORD_OK || status == CORD_E_MORE;
    return frames > 0 && ends_well ? (frames > 1 ? 90 : 65) : 0;
}

static unsigned probe_cef(cord_str head, cord_str file_name)
{
    unsigned lines = 0;
    unsigned hits = 0;
    cord_str line;
    (void)file_name;
    for (; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        hits += cord_message_fields_is_cef(line);
    }
    return lines == 0 ? 0 : 85 * hits / lines;
}

static unsigned probe_kv(cord_str head, cord_str file_name)
{
    unsigned lines = 0;
    unsigned hits = 0;
    cord_str line;
    (void)file_name;
    for (; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        hits += cord_kv_count(cord_str_slice(line, 0, 4096), 4) == 4;
    }
    return lines == 0 ? 0 : 45 * hits / lines;
}

#define SYSLOG_LINES                                                                               \
    .cutter_new = cord_line_decoder_cutter_new, .cutter_free = cord_line_decoder_cutter_free,      \
    .cut = cord_decoder_cut_lines, .in_lines = cord_decoder_in_lines, .decoder_new = decoder_new,  \
    .decoder_free = decoder_free, .decode = decode

const struct cord_format cord_format_syslog = {
    .name = "syslog",
    .help = "syslog, RFC 3164 and 5424, and what stands in its messages",
    .probe = probe_syslog,
    SYSLOG_LINES,
};

const struct cord_format cord_format_cef = {
    .name = "cef",
    .help = "lines of ArcSight CEF or QRadar LEEF",
    .probe = probe_cef,
    SYSLOG_LINES,
};

const struct cord_format cord_format_kv = {
    .name = "kv",
    .help = "lines of key=value pairs",
    .probe = probe_kv,
    SYSLOG_LINES,
};

const struct cord_format cord_format_frames = {
    .name = "frames",
    .help = "octet-counted syslog (RFC 6587) as one stream",
    .probe = probe_frames,
    .cut = cut_frames,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode_frames,
};
