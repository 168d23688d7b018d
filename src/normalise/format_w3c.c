/*
 * format_w3c.c: W3C extended log files: IIS, Windows firewall, proxies.
 *
 * "#Fields:" names the columns, and may come again; values are parted by blanks
 * (or tabs), "-" is no value. IIS writes '+' for blanks inside of values; they stay
 * as written. A quoted value may hold blanks (Blue Coat).
 */
#include <stdlib.h>

#include "codec/log_date.h"
#include "normalise/formats.h"
#include "normalise/header_cutter.h"
#include "normalise/line_decoder.h"
#include "normalise/time_text.h"

enum { COLUMNS_MAX = 256, DATE_BYTES_MAX = 32, LINE_BYTES_JOINED_MAX = 65536 };

enum name {
    NAME_TIMESTAMP,
    NAME_URI,
    NAME_QUERY,
    NAME_MESSAGE,
    NAME_COUNT,
};

static const char *const names[NAME_COUNT] = {
    [NAME_TIMESTAMP] = "timestamp",
    [NAME_URI] = "c-uri",
    [NAME_QUERY] = "cs-uri-query",
    [NAME_MESSAGE] = "message",
};

enum column_use {
    USE_NONE,
    USE_DATE,
    USE_TIME,
    USE_STEM,
    USE_QUERY,
    USE_HOST,
    USE_USER,
};

struct column {
    uint32_t path;
    uint32_t alias; /* Sigma's name for it; 0: none */
    enum column_use use;
};

struct w3c_decoder {
    struct cord_line_decoder base;
    struct cord_time_text time;
    uint32_t paths[NAME_COUNT];
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    char date[DATE_BYTES_MAX]; /* of the #Date line, for logs without a date column */
    size_t date_len;
    bool is_firewall;
    bool is_web;
    bool is_iis;
    bool is_proxy;
    uint32_t class_web, class_iis, class_firewall, class_proxy;
};

static const struct {
    const char *name;
    const char *alias;
    enum column_use use;
} known[] = {
    {"date", NULL, USE_DATE},
    {"time", NULL, USE_TIME},
    {"gmttime", NULL, USE_TIME},
    {"cs-uri-stem", NULL, USE_STEM},
    {"cs-uri-query", NULL, USE_QUERY},
    {"cs(User-Agent)", "cs-user-agent", USE_NONE},
    {"cs(Referer)", "cs-referer", USE_NONE},
    {"cs(Cookie)", "cs-cookie", USE_NONE},
    {"cs(Host)", "cs-host", USE_NONE},
    {"cs(Content-Type)", "cs-content-type", USE_NONE},
    {"s-computername", NULL, USE_HOST},
    {"cs-username", NULL, USE_USER},
    {"src-ip", "src_ip", USE_NONE},
    {"dst-ip", "dst_ip", USE_NONE},
    {"src-port", "src_port", USE_NONE},
    {"dst-port", "dst_port", USE_NONE},
};

static void read_fields(struct w3c_decoder *decoder, cord_str rest)
{
    decoder->column_count = 0;
    decoder->is_firewall = decoder->is_web = decoder->is_proxy = false;
    while (decoder->column_count < COLUMNS_MAX) {
        rest = cord_str_trim(rest);
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != ' ' && rest.ptr[end] != '\t') {
            end++;
        }
        cord_str name = cord_str_slice(rest, 0, end);
        if (name.len == 0) {
            return;
        }
        rest = cord_str_from_byte(rest, end);
        struct column column = {.path = cord_paths_dotted(decoder->base.env.paths, name)};
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (cord_str_eq_fold(name, cord_str_from(known[i].name))) {
                column.use = known[i].use;
                column.alias = known[i].alias ? cord_paths_dotted(decoder->base.env.paths,
                                                                  cord_str_from(known[i].alias))
                                              : 0;
            }
        }
        decoder->is_firewall |= cord_str_eq(name, CORD_STR("src-ip"));
        decoder->is_web |= cord_str_starts(name, CORD_STR("cs-uri")) ||
                           cord_str_starts(name, CORD_STR("cs-method"));
        decoder->is_proxy |= cord_str_eq(name, CORD_STR("r-ip")) ||
                             cord_str_eq(name, CORD_STR("s-hierarchy")) ||
                             cord_str_starts(name, CORD_STR("rs(")) ||
                             cord_str_eq(name, CORD_STR("cs-uri-scheme")) ||
                             cord_str_eq(name, CORD_STR("sc-filter-result")) ||
                             cord_str_eq(name, CORD_STR("cs-categories"));
        decoder->columns[decoder->column_count++] = column;
    }
}

static void read_header(struct w3c_decoder *decoder, cord_str line)
{
    size_t colon = cord_str_find_char(line, ':', 0);
    cord_str key = cord_str_slice(line, 0, colon);
    if (colon == SIZE_MAX) {
        return;
    }
    cord_str value = cord_str_trim(cord_str_from_byte(line, colon + 1));
    if (cord_str_eq_fold(key, CORD_STR("#fields"))) {
        read_fields(decoder, value);
    } else if (cord_str_eq_fold(key, CORD_STR("#date"))) {
        decoder->date_len = value.len >= 10 && value.len < DATE_BYTES_MAX ? 10 : 0;
        memcpy(decoder->date, value.ptr, decoder->date_len);
    } else if (cord_str_eq_fold(key, CORD_STR("#software"))) {
        decoder->is_iis =
            cord_str_find(value, CORD_STR("Internet Information Services"), 0) != SIZE_MAX;
    }
}

/* A value: to the next blank or tab; one in quotes to the closing quote. */
static bool next_value(cord_str *rest, cord_str *ret_value)
{
    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
        *rest = cord_str_from_byte(*rest, 1);
    }
    if (rest->len == 0) {
        return false;
    }
    if (rest->ptr[0] == '"') {
        size_t close = cord_str_find_char(*rest, '"', 1);
        char behind = close != SIZE_MAX && close + 1 < rest->len ? rest->ptr[close + 1] : ' ';
        if (close != SIZE_MAX && (behind == ' ' || behind == '\t')) {
            *ret_value = cord_str_slice(*rest, 1, close - 1);
            *rest = cord_str_from_byte(*rest, close + 1);
            return true;
        }
    }
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t') {
        end++;
    }
    *ret_value = cord_str_slice(*rest, 0, end);
    *rest = cord_str_from_byte(*rest, end);
    return true;
}

/* stem and query as the browser wrote them: one address. */
static void emit_uri(struct w3c_decoder *decoder, struct cord_emit *emit, cord_str stem,
                     cord_str query)
{
    if (stem.len == 0) {
        return;
    }
    cord_str uri = stem;
    if (query.len > 0) {
        char *text = stem.len + query.len < LINE_BYTES_JOINED_MAX
                         ? cord_arena_bytes(emit->batch->arena, stem.len + 1 + query.len)
                         : NULL;
        if (text) {
            memcpy(text, stem.ptr, stem.len);
            text[stem.len] = '?';
            memcpy(text + stem.len + 1, query.ptr, query.len);
            uri = (cord_str){text, stem.len + 1 + query.len};
        }
    }
    cord_emit_text(emit, decoder->paths[NAME_URI], uri);
    /* As in format_access.c: rules mean the whole address by this name, too. */
    cord_emit_text(emit, decoder->paths[NAME_QUERY], uri);
}

static void emit_time(struct w3c_decoder *decoder, struct cord_emit *emit, cord_str date,
                      cord_str time)
{
    char buffer[2 * DATE_BYTES_MAX];
    struct cord_log_date read;
    if (date.len == 0) {
        date = (cord_str){decoder->date, decoder->date_len};
    }
    if (time.len == 0 || date.len == 0 || date.len >= DATE_BYTES_MAX ||
        time.len >= DATE_BYTES_MAX) {
        return;
    }
    memcpy(buffer, date.ptr, date.len);
    buffer[date.len] = ' ';
    memcpy(buffer + date.len + 1, time.ptr, time.len);
    cord_str text = {buffer, date.len + 1 + time.len};
    if (cord_log_date_read(text, 0, &read) && read.has_year) {
        cord_emit_role(emit, CORD_ROLE_TIME, decoder->paths[NAME_TIMESTAMP],
                       cord_time_text_of(&decoder->time, emit->batch->arena, read.ns));
    }
}

static uint32_t class_of(struct w3c_decoder *decoder)
{
    if (decoder->is_iis) {
        return cord_line_decoder_class(&decoder->base, &decoder->class_iis, "windows", "webserver",
                                       "iis");
    }
    if (decoder->is_firewall) {
        return cord_line_decoder_class(&decoder->base, &decoder->class_firewall, "", "firewall",
                                       "");
    }
    if (decoder->is_proxy) {
        return cord_line_decoder_class(&decoder->base, &decoder->class_proxy, "", "proxy", "");
    }
    return decoder->is_web
               ? cord_line_decoder_class(&decoder->base, &decoder->class_web, "", "webserver", "")
               : 0;
}

static enum cord_line_result read_line(struct cord_line_decoder *self, struct cord_emit *emit,
                                       cord_str line)
{
    struct w3c_decoder *decoder = (struct w3c_decoder *)self;
    cord_str seen[USE_USER + 1] = {{0}};
    cord_str rest = line;
    cord_str value;
    size_t at = 0;

    if (line.ptr[0] == '#' && line.len < CORD_HEADER_BYTES_MAX) {
        read_header(decoder, line);
        return CORD_LINE_SKIP;
    }
    if (decoder->column_count == 0) {
        self->reason = CORD_STR("a record before any #Fields line");
        return CORD_LINE_REFUSE;
    }
    for (; next_value(&rest, &value); at++) {
        if (at == decoder->column_count) {
            self->reason = CORD_STR("more values than the #Fields line names");
            return CORD_LINE_REFUSE;
        }
        const struct column *column = &decoder->columns[at];
        if (cord_str_eq(value, CORD_STR("-"))) {
            continue;
        }
        cord_emit_text(emit, column->path, value);
        seen[column->use] = value;
        if (column->use == USE_HOST || column->use == USE_USER) {
            cord_emit_mark(emit, column->use == USE_HOST ? CORD_ROLE_HOST : CORD_ROLE_USER);
        }
        if (column->alias != 0) {
            cord_emit_text(emit, column->alias, value);
        }
    }
    if (at < decoder->column_count) {
        self->reason = CORD_STR("fewer values than the #Fields line names");
        return CORD_LINE_REFUSE;
    }
    emit_uri(decoder, emit, seen[USE_STEM], seen[USE_QUERY]);
    emit_time(decoder, emit, seen[USE_DATE], seen[USE_TIME]);
    cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->paths[NAME_MESSAGE], line);
    emit->event_class = class_of(decoder);
    return CORD_LINE_EVENT;
}

static void intern(struct cord_line_decoder *self)
{
    struct w3c_decoder *decoder = (struct w3c_decoder *)self;
    cord_emit_intern(self->env.paths, names, NAME_COUNT, decoder->paths);
}

static void begin(struct cord_line_decoder *self, struct cord_batch *batch)
{
    struct w3c_decoder *decoder = (struct w3c_decoder *)self;
    cord_str rest = batch->preamble;
    cord_str line;
    cord_time_text_begin(&decoder->time);
    decoder->column_count = 0;
    decoder->date_len = 0;
    decoder->is_iis = false;
    while (cord_line_decoder_head(&rest, &line)) {
        read_header(decoder, line);
    }
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    return cord_line_decoder_new(env, sizeof(struct w3c_decoder));
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    static const struct cord_line_ops ops = {.intern = intern, .begin = begin, .line = read_line};
    return cord_line_decoder_run(self, &ops, batch);
}

static unsigned probe(cord_str head, cord_str file_name)
{
    cord_str line;
    (void)file_name;
    for (int lines = 0; lines < 16 && cord_line_decoder_head(&head, &line); lines++) {
        if (cord_str_starts_fold(line, CORD_STR("#fields:"))) {
            return 95;
        }
        if (line.ptr[0] != '#') {
            break;
        }
    }
    return 0;
}

const struct cord_format cord_format_w3c = {
    .name = "w3c",
    .help = "W3C extended logs: IIS, Windows firewall, proxies",
    .probe = probe,
    .cutter_new = cord_header_cutter_new,
    .cutter_free = cord_header_cutter_free,
    .cut = cord_header_cutter_cut,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
