/*
 * test_snare_windows.c: Windows events as Snare's agents send them by syslog.
 *
 * Each line's columns are the truth: what a rule for Windows asks for must come
 * out under its name, whether the tabs came through or a relay escaped them.
 */
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/snare.h"
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/event_time.h"
#include "normalise/formats.h"

#include <stdlib.h>

struct line {
    cord_str columns[16];
    size_t count;
    bool id, channel, computer, security, time;
    unsigned events;
};

static void look(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    struct line *line = context;
    const struct cord_event_class *class =
        cord_classifier_class(decode->classifier, event->event_class);
    line->events++;
    line->id = cord_str_eq(kit_decode_value(decode, event, "EventID"), line->columns[5]);
    line->channel = cord_str_eq(kit_decode_value(decode, event, "Channel"), line->columns[2]);
    line->computer = cord_str_eq(kit_decode_value(decode, event, "Computer"), line->columns[10]);
    line->time = cord_event_time(event) != CORD_TIME_NONE;
    line->security = cord_str_eq(class->product, CORD_STR("windows")) && class->service_count > 0 &&
                     cord_str_eq(class->services[0], CORD_STR("security"));
}

static void split(cord_str text, struct line *ret_line)
{
    *ret_line = (struct line){0};
    size_t at = cord_str_find(text, CORD_STR("MSWinEventLog"), 0);
    cord_str rest = cord_str_from_byte(text, at == SIZE_MAX ? text.len : at);
    while (ret_line->count < 16 && cord_str_cut(&rest, '\t', &ret_line->columns[ret_line->count])) {
        ret_line->count++;
    }
}

static void put_escaped(struct cord_buf *out, cord_str text, const char *tab)
{
    cord_buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\t') {
            cord_buf_put_text(out, tab);
        } else {
            cord_buf_put_char(out, text.ptr[i]);
        }
    }
}

static unsigned read_file(struct kit_decode *decode, const char *path, const char *tab,
                          unsigned *total)
{
    cord_str text = kit_read_file(kit_shared_path(path));
    cord_str rest = text;
    cord_str raw;
    struct cord_buf escaped;
    unsigned whole = 0;
    cord_buf_init(&escaped, 1 << 20);
    while (cord_str_cut(&rest, '\n', &raw)) {
        struct line line;
        split(raw, &line);
        if (line.count < 11) {
            continue;
        }
        (*total)++;
        put_escaped(&escaped, raw, tab);
        decode->context = &line;
        kit_decode_run(decode, &cord_format_syslog, cord_buf_str(&escaped), "", 1 << 16);
        bool good = line.events == 1 && line.id && line.channel && line.computer && line.time &&
                    line.security;
        whole += good;
        if (!good && getenv("CORD_TEST_ALL")) {
            print_message("- id %d channel %d computer %d time %d class %d: %.*s\n", line.id,
                          line.channel, line.computer, line.time, line.security,
                          raw.len > 200 ? 200 : (int)raw.len, raw.ptr);
        }
    }
    cord_buf_done(&escaped);
    free((void *)(uintptr_t)text.ptr);
    return whole;
}

static void reads_events_under_the_names_of_windows(void)
{
    static const char *const files[] = {
        "data/syslog-parser-cases/snare-windows/sample-custom-pattern.data",
        "data/syslog-parser-cases/snare-windows/sample-events.data",
        "data/syslog-parser-cases/snare-windows/sample-windows2022-security.data",
        "data/syslog-parser-cases/snare-windows/sample-windows2025-security.data",
    };
    static const char *const tabs[] = {"\t", "#011", "\\011", "\\t"};
    struct kit_decode decode;
    (void)kit_shared_path(files[0]); /* skips here, before anything is made */
    kit_decode_init(&decode);
    decode.on_event = look;
    for (size_t t = 0; t < sizeof tabs / sizeof tabs[0]; t++) {
        unsigned total = 0;
        unsigned whole = 0;
        for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
            whole += read_file(&decode, files[f], tabs[t], &total);
        }
        print_message("snare-windows with tabs as %s: %u of %u events whole\n",
                      t == 0 ? "tabs" : tabs[t], whole, total);
        CHECK(total > 0);
        assert_int_equal(whole, total);
    }
    kit_decode_done(&decode);
}

KIT_MAIN(KIT_TEST(reads_events_under_the_names_of_windows))
