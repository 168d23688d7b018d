/*
 * test_syslog_cases.c: headers of syslog held against what rsyslog reads in them.
 *
 * Each case is a message and the line that rsyslog writes for it under a
 * template. Where rsyslog's way is a convention of its own, and ours serves what
 * comes after better, the comparison says so: `as_rsyslog` turns our reading
 * into rsyslog's by the rules written there, and no other. With CORD_TEST_ALL
 * set, what disagrees is printed.
 */
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/syslog.h"
#include "kit/kit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t now_ns = 1767225600LL * CORD_SECOND_NS;

static cord_str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (cord_str){json_string_value(value), json_string_length(value)}
                                 : (cord_str){0};
}

static bool has_option(const json_t *item, const char *option)
{
    const json_t *value;
    size_t index;
    json_array_foreach(json_object_get(item, "options"), index, value)
    {
        if (strcmp(json_string_value(value), option) == 0) {
            return true;
        }
    }
    return false;
}

enum escapes { ESCAPES_NONE, ESCAPES_OCTAL, ESCAPES_C };

static enum escapes escapes_of(const json_t *item)
{
    if (has_option(item, "EscapeControlCharactersOnReceive off")) {
        return ESCAPES_NONE;
    }
    return has_option(item, "parser.escapeControlCharactersCStyle=\"on\"") ? ESCAPES_C
                                                                           : ESCAPES_OCTAL;
}

/* What rsyslog makes of control characters as it receives them. */
static void escape(struct cord_buf *out, cord_str text, enum escapes escapes)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= ' ' || escapes == ESCAPES_NONE) {
            cord_buf_put_char(out, (char)c);
        } else if (escapes == ESCAPES_C && c == '\t') {
            cord_buf_put_text(out, "\\t");
        } else {
            cord_buf_printf(out, "%c%03o", escapes == ESCAPES_C ? '\\' : '#', c);
        }
    }
}

/* A message as rsyslog holds it. */
struct reading {
    const struct cord_syslog *syslog;
    cord_str host;
    cord_str program;
    cord_str tag;
    cord_str message;
    bool blank_first; /* a blank in front of the message that is not in it */
};

static cord_str behind(cord_str text, cord_str part)
{
    return cord_str_from_byte(text, (size_t)(part.ptr + part.len - text.ptr));
}

static size_t word_length(cord_str text)
{
    size_t end = cord_str_find_char(text, ' ', 0);
    return end == SIZE_MAX ? text.len : end;
}

/* rsyslog's rules for a line in which we see no header: the first word is the
 * host when it is made of letters, digits and "._-", the next one the tag. We
 * leave such a line whole: most are no syslog at all. */
static void read_bare_words(cord_str text, struct reading *reading)
{
    size_t len = word_length(text);
    bool host = len > 0;
    for (size_t i = 0; i < len; i++) {
        char c = cord_str_lower_char(text.ptr[i]);
        host = host && ((c >= 'a' && c <= 'z') || cord_str_is_digit(c) || strchr("._-", c));
    }
    if (host) {
        reading->host = cord_str_slice(text, 0, len);
        text = cord_str_from_byte(text, len + 1);
    }
    len = word_length(text);
    reading->tag = cord_str_slice(text, 0, len);
    reading->program = cord_str_slice(reading->tag, 0, cord_str_find_char(reading->tag, '\t', 0));
    reading->message = cord_str_from_byte(text, len);
}

/* Where rsyslog's way is its own. What is not here is the same. */
static struct reading as_rsyslog(cord_str text, const struct cord_syslog *syslog)
{
    struct reading reading = {.syslog = syslog,
                              .host = syslog->host,
                              .program = syslog->program,
                              .tag = syslog->tag,
                              .message = syslog->content};
    if (!cord_syslog_is_header(syslog)) {
        CHECK_STR_EQ(syslog->message, text);
        read_bare_words(text, &reading);
        return reading;
    }
    /* "May 21 12:00:01 2009 host": a year behind the time. rsyslog takes it for
     * the host, and the blank that follows for an empty tag. */
    cord_str date = syslog->date_text;
    cord_str year = cord_str_from_byte(date, date.len < 4 ? 0 : date.len - 4);
    uint64_t number;
    if (syslog->date.form == CORD_LOG_DATE_BSD && syslog->date.has_year &&
        cord_str_u64(year, &number)) {
        reading.host = year;
        reading.program = reading.tag = (cord_str){0};
        reading.message = cord_str_from_byte(behind(text, date), 1);
        return reading;
    }
    /* Cisco's counter, host and date: without its module for Cisco rsyslog takes
     * the counter for the tag. */
    if (syslog->sequence.len > 0) {
        reading.host = (cord_str){0};
        reading.program = syslog->sequence;
        reading.tag = (cord_str){syslog->sequence.ptr, syslog->sequence.len + 1};
        reading.message = behind(text, reading.tag);
    }
    /* rsyslog's module for Snare puts a blank for the first separator. */
    if (cord_str_eq(reading.tag, CORD_STR("MSWinEventLog"))) {
        static const char *const separators[] = {"\t", "#011", "\\011", "\\t"};
        for (size_t i = 0; i < 4; i++) {
            cord_str separator = cord_str_from(separators[i]);
            if (cord_str_starts(reading.message, separator)) {
                reading.message = cord_str_from_byte(reading.message, separator.len);
                reading.blank_first = true;
                break;
            }
        }
    }
    return reading;
}

/* The time as the message has it: rsyslog shows it in its own zone. */
static struct cord_civil civil(const struct cord_syslog *syslog)
{
    struct cord_log_date date = syslog->date;
    if (date.form == CORD_LOG_DATE_ISO) {
        CHECK(cord_log_date_read(cord_str_slice(syslog->date_text, 0, 19), now_ns, &date));
    }
    return cord_timestamp_to_civil(date.ns);
}

static void put_time(struct cord_buf *out, const struct cord_syslog *syslog, cord_str form)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct cord_civil at = civil(syslog);
    if (cord_str_find(form, CORD_STR("date-rfc3339"), 0) != SIZE_MAX) {
        cord_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", at.year, at.month, at.day, at.hour,
                        at.minute, at.second);
        return;
    }
    bool odd = cord_str_find(form, CORD_STR("buggyday"), 0) != SIZE_MAX;
    cord_buf_printf(out, odd ? "%.3s %02d" : "%.3s %2d", months + 3 * (at.month - 1), at.day);
    cord_buf_printf(out, " %02d:%02d:%02d", at.hour, at.minute, at.second);
}

static void put_text(struct cord_buf *out, cord_str text, cord_str form)
{
    bool blanks = cord_str_find(form, CORD_STR("space-cc"), 0) != SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        bool control = (unsigned char)text.ptr[i] < ' ';
        cord_buf_put_char(out, blanks && control ? ' ' : text.ptr[i]);
    }
}

/* The first digits of the tag: the one expression that the templates use. One
 * of them uses it without its closing bracket. */
static void put_digits(struct cord_buf *out, cord_str tag, cord_str form)
{
    if (cord_str_find(form, CORD_STR("[0-9]+"), 0) == SIZE_MAX) {
        cord_buf_put_text(out, "**NO MATCH** **BAD REGULAR EXPRESSION**");
        return;
    }
    size_t from = 0;
    while (from < tag.len && !cord_str_is_digit(tag.ptr[from])) {
        from++;
    }
    cord_buf_put_char(out, '"');
    for (size_t i = from; i < tag.len && cord_str_is_digit(tag.ptr[i]); i++) {
        cord_buf_put_char(out, tag.ptr[i]);
    }
    cord_buf_put_char(out, '"');
}

static bool put_number(struct cord_buf *out, unsigned priority, cord_str name)
{
    if (cord_str_eq(name, CORD_STR("PRI"))) {
        cord_buf_printf(out, "%u", priority);
    } else if (cord_str_eq(name, CORD_STR("syslogfacility"))) {
        cord_buf_printf(out, "%u", priority / 8);
    } else if (cord_str_eq(name, CORD_STR("syslogpriority")) ||
               cord_str_eq(name, CORD_STR("syslogseverity"))) {
        cord_buf_printf(out, "%u", priority % 8);
    } else if (cord_str_eq(name, CORD_STR("syslogfacility-text"))) {
        cord_buf_put_text(out, cord_syslog_facility(priority / 8));
    } else if (cord_str_eq(name, CORD_STR("syslogseverity-text"))) {
        cord_buf_put_text(out, cord_syslog_severity(priority % 8));
    } else if (cord_str_eq(name, CORD_STR("iut"))) {
        cord_buf_put_text(out, "1");
    } else {
        return false;
    }
    return true;
}

static void put_value(struct cord_buf *out, const struct reading *reading, cord_str name,
                      cord_str form)
{
    if (put_number(out, reading->syslog->priority, name)) {
        return;
    }
    if (cord_str_starts(name, CORD_STR("time"))) {
        put_time(out, reading->syslog, form);
    } else if (cord_str_eq_fold(name, CORD_STR("hostname"))) {
        put_text(out, reading->host.len > 0 ? reading->host : CORD_STR("$RS_HOSTNAME"), form);
    } else if (cord_str_eq(name, CORD_STR("programname"))) {
        put_text(out, reading->program, form);
    } else if (cord_str_eq(name, CORD_STR("syslogtag"))) {
        put_text(out, reading->tag, form);
        if (reading->syslog->is_5424 && reading->syslog->pid.len > 0) {
            cord_buf_printf(out, "[%.*s]", CORD_STR_ARG(reading->syslog->pid));
        }
    } else if (cord_str_eq(name, CORD_STR("msg"))) {
        put_text(out, reading->blank_first ? CORD_STR(" ") : (cord_str){0}, form);
        put_text(out, reading->message, form);
    } else {
        print_error("unknown property %.*s\n", CORD_STR_ARG(name));
        fail();
    }
}

/* "name" or "name:from:to:options". */
static void put_property(struct cord_buf *out, const struct reading *reading, cord_str property)
{
    size_t colon = cord_str_find_char(property, ':', 0);
    cord_str name = cord_str_slice(property, 0, colon);
    cord_str form = colon == SIZE_MAX ? (cord_str){0} : cord_str_from_byte(property, colon);
    bool quoted = cord_str_find(form, CORD_STR("csv"), 0) != SIZE_MAX;
    if (cord_str_starts(form, CORD_STR(":R,ERE"))) {
        put_digits(out, reading->tag, form);
        return;
    }
    cord_buf_put_text(out, quoted ? "\"" : "");
    put_value(out, reading, name, form);
    cord_buf_put_text(out, quoted ? "\"" : "");
}

/* The line that the template makes of the message. */
static void render(cord_str template, const struct reading *reading, struct cord_buf *out)
{
    cord_str part;
    bool inside = false;
    while (cord_str_cut(&template, '%', &part)) {
        if (inside) {
            put_property(out, reading, part);
        } else {
            cord_buf_put(out, cord_str_slice(part, 0, cord_str_find(part, CORD_STR("\\n"), 0)));
        }
        inside = !inside;
    }
}

/* Equal; one case of rsyslog's lost its double quotes to the shell that wrote
 * what is expected, so they do not count where none is expected. */
static bool same_line(cord_str got, cord_str wanted)
{
    bool quotes = cord_str_find_char(wanted, '"', 0) != SIZE_MAX;
    size_t at = 0;
    for (size_t i = 0; i < got.len; i++) {
        if (got.ptr[i] == '"' && !quotes) {
            continue;
        }
        if (at == wanted.len || got.ptr[i] != wanted.ptr[at]) {
            return false;
        }
        at++;
    }
    return at == wanted.len;
}

/* Read as received and then escaped, and read from what was escaped: a relay
 * does either. */
static bool agrees(const json_t *item, bool escape_first)
{
    struct cord_buf text;
    struct cord_buf line;
    struct cord_buf shown;
    struct cord_syslog syslog;
    enum escapes escapes = escapes_of(item);
    cord_str wanted = text_of(item, "expected_line");
    cord_buf_init(&text, 1 << 20);
    cord_buf_init(&line, 1 << 20);
    cord_buf_init(&shown, 1 << 20);
    escape(&text, text_of(item, "raw"), escape_first ? escapes : ESCAPES_NONE);
    cord_syslog_parse(cord_buf_str(&text), now_ns, &syslog);
    struct reading reading = as_rsyslog(cord_buf_str(&text), &syslog);
    render(text_of(item, "template"), &reading, &line);
    escape(&shown, cord_buf_str(&line), escapes);
    bool same = same_line(cord_buf_str(&shown), wanted);
    if (!same && getenv("CORD_TEST_ALL")) {
        print_message("- %s\n  got    %.*s\n  wanted %.*s\n",
                      json_string_value(json_object_get(item, "id")),
                      CORD_STR_ARG(cord_buf_str(&shown)), CORD_STR_ARG(wanted));
    }
    cord_buf_done(&text);
    cord_buf_done(&line);
    cord_buf_done(&shown);
    return same;
}

static void reads_headers_as_rsyslog_does(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/syslog-parser-cases/cases.jsonl"));
    cord_str rest = text;
    cord_str line;
    unsigned total = 0;
    unsigned same = 0;
    while (cord_str_cut(&rest, '\n', &line)) {
        json_t *item = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
        if (item) {
            total++;
            same += agrees(item, false) && agrees(item, true);
            json_decref(item);
        }
    }
    free((void *)(uintptr_t)text.ptr);
    print_message("syslog-parser-cases: %u of %u agree\n", same, total);
    CHECK(total > 0);
    assert_int_equal(same, total);
}

KIT_MAIN(KIT_TEST(reads_headers_as_rsyslog_does))
