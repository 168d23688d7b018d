/*
 * format_access.c: access and error logs of web servers.
 *
 * Names are W3C's, which Sigma's rules for web servers use. The request is
 * given whole (c-uri with its query) and in parts.
 */
#include <stdlib.h>

#include "codec/access_log.h"
#include "normalise/formats.h"
#include "normalise/line_decoder.h"
#include "normalise/time_text.h"

enum name {
    NAME_TIMESTAMP,
    NAME_MESSAGE,
    NAME_VHOST,
    NAME_CLIENT,
    NAME_USER,
    NAME_METHOD,
    NAME_STEM,
    NAME_QUERY,
    NAME_URI,
    NAME_CS_URI,
    NAME_PROTOCOL,
    NAME_STATUS,
    NAME_BYTES,
    NAME_REFERER,
    NAME_AGENT,
    NAME_REQUEST,
    NAME_LEVEL,
    NAME_MODULE,
    NAME_PID,
    NAME_THREAD,
    NAME_CLIENT_PORT,
    NAME_CODE,
    NAME_SYSTEM_CODE,
    NAME_SYSTEM_ERROR,
    NAME_COUNT,
};

static const char *const names[NAME_COUNT] = {
    [NAME_TIMESTAMP] = "timestamp",
    [NAME_MESSAGE] = "message",
    [NAME_VHOST] = "cs-host",
    [NAME_CLIENT] = "c-ip",
    [NAME_USER] = "cs-username",
    [NAME_METHOD] = "cs-method",
    [NAME_STEM] = "cs-uri-stem",
    [NAME_QUERY] = "cs-uri-query",
    [NAME_URI] = "c-uri",
    [NAME_CS_URI] = "cs-uri",
    [NAME_PROTOCOL] = "cs-version",
    [NAME_STATUS] = "sc-status",
    [NAME_BYTES] = "sc-bytes",
    [NAME_REFERER] = "cs-referer",
    [NAME_AGENT] = "cs-user-agent",
    [NAME_REQUEST] = "request",
    [NAME_LEVEL] = "level",
    [NAME_MODULE] = "module",
    [NAME_PID] = "pid",
    [NAME_THREAD] = "tid",
    [NAME_CLIENT_PORT] = "c-port",
    [NAME_CODE] = "code",
    [NAME_SYSTEM_CODE] = "system_code",
    [NAME_SYSTEM_ERROR] = "system_error",
};

struct access_decoder {
    struct cord_line_decoder base;
    struct cord_time_text time;
    uint32_t paths[NAME_COUNT];
    uint32_t class_access, class_apache, class_nginx;
};

/* Only what the line does not have is left out. */
static void emit_part(const struct access_decoder *decoder, struct cord_emit *emit, enum name name,
                      cord_str text)
{
    if (text.ptr && text.len > 0) {
        cord_emit_text(emit, decoder->paths[name], text);
    }
}

/* "-" is a header that the client did not send: rules ask for null. */
static void emit_header(const struct access_decoder *decoder, struct cord_emit *emit,
                        enum name name, cord_str text)
{
    if (!cord_str_eq(text, CORD_STR("-"))) {
        emit_part(decoder, emit, name, text);
    }
}

static void emit_time(struct access_decoder *decoder, struct cord_emit *emit,
                      struct cord_log_date date, cord_str text)
{
    if (text.len > 0) {
        cord_decoder_place_date(&decoder->base.env, &date);
        if (!cord_time_text_is_plain(&date, text)) {
            text = cord_time_text_of(&decoder->time, emit->batch->arena, date.ns);
        }
        cord_emit_role(emit, CORD_ROLE_TIME, decoder->paths[NAME_TIMESTAMP], text);
    }
}

static void emit_access(struct access_decoder *decoder, struct cord_emit *emit,
                        const struct cord_access_log *entry)
{
    emit_time(decoder, emit, entry->date, entry->time);
    emit_part(decoder, emit, NAME_VHOST, entry->vhost);
    emit_part(decoder, emit, NAME_CLIENT, entry->client);
    cord_emit_role(emit, CORD_ROLE_USER, decoder->paths[NAME_USER], entry->user);
    emit_part(decoder, emit, NAME_METHOD, entry->method);
    emit_part(decoder, emit, NAME_STEM, entry->uri_stem);
    emit_part(decoder, emit, NAME_QUERY, entry->uri_query);
    /* Rules mean the whole address by this name as often as the query alone
     * (Sigma's own mappings have it as url.original), so that it holds both. */
    emit_part(decoder, emit, NAME_QUERY, entry->uri);
    emit_part(decoder, emit, NAME_URI, entry->uri);
    emit_part(decoder, emit, NAME_CS_URI, entry->uri);
    emit_part(decoder, emit, NAME_PROTOCOL, entry->protocol);
    if (entry->method.len == 0) {
        emit_part(decoder, emit, NAME_REQUEST, entry->request);
    }
    emit_part(decoder, emit, NAME_STATUS, entry->status);
    emit_part(decoder, emit, NAME_BYTES, entry->bytes);
    emit_header(decoder, emit, NAME_REFERER, entry->referer);
    emit_header(decoder, emit, NAME_AGENT, entry->agent);
    emit->event_class =
        cord_line_decoder_class(&decoder->base, &decoder->class_access, "", "webserver", "");
}

static void emit_error(struct access_decoder *decoder, struct cord_emit *emit,
                       const struct cord_error_log *entry)
{
    emit_time(decoder, emit, entry->date, entry->time);
    emit_part(decoder, emit, NAME_LEVEL, entry->level);
    emit_part(decoder, emit, NAME_MODULE, entry->module);
    emit_part(decoder, emit, NAME_PID, entry->pid);
    emit_part(decoder, emit, NAME_THREAD, entry->thread);
    emit_part(decoder, emit, NAME_CLIENT, entry->client);
    emit_part(decoder, emit, NAME_CLIENT_PORT, entry->client_port);
    emit_part(decoder, emit, NAME_CODE, entry->code);
    emit_part(decoder, emit, NAME_SYSTEM_CODE, entry->system_code);
    emit_part(decoder, emit, NAME_SYSTEM_ERROR, entry->system_error);
    emit->event_class =
        entry->is_nginx
            ? cord_line_decoder_class(&decoder->base, &decoder->class_nginx, "", "", "nginx")
            : cord_line_decoder_class(&decoder->base, &decoder->class_apache, "", "", "apache");
}

static enum cord_line_result read_line(struct cord_line_decoder *self, struct cord_emit *emit,
                                       cord_str line)
{
    struct access_decoder *decoder = (struct access_decoder *)self;
    struct cord_access_log access;
    struct cord_error_log error;
    cord_str message = line;
    if (cord_access_log_read(line, &access) == CORD_OK) {
        emit_access(decoder, emit, &access);
    } else if (cord_access_log_error_read(line, self->env.now_ns, &error) == CORD_OK) {
        emit_error(decoder, emit, &error);
    }
    /* The line as a whole, for rules that look for words. */
    cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], message);
    return CORD_LINE_EVENT;
}

static void intern(struct cord_line_decoder *self)
{
    struct access_decoder *decoder = (struct access_decoder *)self;
    cord_emit_intern(self->env.paths, names, NAME_COUNT, decoder->paths);
}

static void begin(struct cord_line_decoder *self, struct cord_batch *batch)
{
    (void)batch;
    cord_time_text_begin(&((struct access_decoder *)self)->time);
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    return cord_line_decoder_new(env, sizeof(struct access_decoder));
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    static const struct cord_line_ops ops = {.intern = intern, .begin = begin, .line = read_line};
    return cord_line_decoder_run(self, &ops, batch);
}

static unsigned probe(cord_str head, cord_str file_name)
{
    unsigned lines = 0;
    unsigned hits = 0;
    cord_str line;
    (void)file_name;
    for (; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        struct cord_access_log access;
        struct cord_error_log error;
        hits += cord_access_log_read(line, &access) == CORD_OK ||
                cord_access_log_error_read(line, 0, &error) == CORD_OK;
    }
    return lines == 0 ? 0 : 90 * hits / lines;
}

const struct cord_format cord_format_access = {
    .name = "access",
    .help = "access and error logs of Apache, nginx and their like",
    .probe = probe,
    .cutter_new = cord_line_decoder_cutter_new,
    .cutter_free = cord_line_decoder_cutter_free,
    .cut = cord_decoder_cut_lines,
    .in_lines = cord_decoder_in_lines,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
