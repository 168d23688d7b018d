/*
 * test_truth_text.c: line-based formats against real logs with known contents.
 *
 * The counts are what agrees now; they may rise, never fall. With
 * CORD_TEST_ALL set, what disagrees is printed.
 */
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/syslog.h"
#include "kit/decode.h"
#include "kit/kit.h"
#include "normalise/formats.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct tally {
    const char *name;
    unsigned agrees, total;
};

static bool verbose(void)
{
    return getenv("CORD_TEST_ALL") != NULL;
}

static void count(struct tally *tally, bool agrees)
{
    tally->total++;
    tally->agrees += agrees;
}

/* agrees of total, and no fewer than `at_least`. */
static void report(const struct tally *tally, unsigned at_least)
{
    print_message("%s: %u of %u agree\n", tally->name, tally->agrees, tally->total);
    if (tally->agrees < at_least) {
        print_error("%s: %u expected at least\n", tally->name, at_least);
        fail();
    }
}

static json_t *next_line(cord_str *rest)
{
    cord_str line;
    while (cord_str_cut(rest, '\n', &line)) {
        if (line.len > 0) {
            json_t *object = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
            assert_non_null(object);
            return object;
        }
    }
    return NULL;
}

static cord_str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (cord_str){json_string_value(value), json_string_length(value)}
                                 : (cord_str){0};
}

/* One property of rsyslog's templates. */
static bool property(const struct cord_syslog *syslog, cord_str name, struct cord_buf *out)
{
    if (cord_str_eq(name, CORD_STR("PRI"))) {
        cord_buf_printf(out, "%u", syslog->priority);
    } else if (cord_str_eq(name, CORD_STR("syslogfacility-text"))) {
        cord_buf_put_text(out, cord_syslog_facility(syslog->priority / 8));
    } else if (cord_str_eq(name, CORD_STR("syslogseverity-text"))) {
        cord_buf_put_text(out, cord_syslog_severity(syslog->priority % 8));
    } else if (cord_str_eq(name, CORD_STR("timestamp"))) {
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct cord_civil at = cord_timestamp_to_civil(syslog->date.ns);
        cord_buf_printf(out, "%.3s %2d %02d:%02d:%02d", months + 3 * (at.month - 1), at.day,
                        at.hour, at.minute, at.second);
    } else if (cord_str_eq(name, CORD_STR("hostname"))) {
        cord_buf_put(out, syslog->host.len > 0 ? syslog->host : CORD_STR("$RS_HOSTNAME"));
    } else if (cord_str_eq(name, CORD_STR("programname"))) {
        cord_buf_put(out, syslog->program);
    } else if (cord_str_eq(name, CORD_STR("syslogtag"))) {
        cord_buf_put(out, syslog->tag);
        if (syslog->is_5424 && syslog->pid.len > 0) {
            cord_buf_printf(out, "[%.*s]", CORD_STR_ARG(syslog->pid));
        }
    } else if (cord_str_eq(name, CORD_STR("msg"))) {
        cord_buf_put(out, syslog->content);
    } else {
        return false;
    }
    return true;
}

/* The line that the template makes of the message; false when it uses more
 * than is of interest here. */
static bool render(cord_str template, const struct cord_syslog *syslog, struct cord_buf *out)
{
    cord_str part;
    bool inside = false;
    while (cord_str_cut(&template, '%', &part)) {
        if (inside && !property(syslog, part, out)) {
            return false;
        }
        if (!inside) {
            size_t end = cord_str_find(part, CORD_STR("\\n"), 0);
            cord_buf_put(out, cord_str_slice(part, 0, end));
        }
        inside = !inside;
    }
    return true;
}

static void reads_headers_as_rsyslog_does(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/syslog-parser-cases/cases.jsonl"));
    cord_str rest = text;
    struct tally tally = {.name = "syslog-parser-cases"};
    struct cord_buf out;
    json_t *item;
    cord_buf_init(&out, 1 << 20);
    while ((item = next_line(&rest)) != NULL) {
        struct cord_syslog syslog;
        cord_str raw = text_of(item, "raw");
        cord_str wanted = text_of(item, "expected_line");
        cord_syslog_parse(raw, 1767225600LL * CORD_SECOND_NS, &syslog);
        cord_buf_clear(&out);
        if (json_array_size(json_object_get(item, "parsers")) == 0 &&
            render(text_of(item, "template"), &syslog, &out)) {
            bool same = cord_str_eq(cord_buf_str(&out), wanted);
            count(&tally, same);
            if (!same && verbose()) {
                print_message("- %.*s\n  got    %.*s\n  wanted %.*s\n", CORD_STR_ARG(raw),
                              CORD_STR_ARG(cord_buf_str(&out)), CORD_STR_ARG(wanted));
            }
        }
        json_decref(item);
    }
    cord_buf_done(&out);
    free((void *)(uintptr_t)text.ptr);
    report(&tally, 34);
}

struct seen {
    cord_str wanted_host;
    int64_t wanted_ms;
    bool host, time;
    bool in_seconds; /* what is wanted has no fraction */
    unsigned events;
    char got_host[256];
    int64_t got_ns;
};

static void look(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    struct seen *seen = context;
    const struct cord_value *host = cord_event_role(event, CORD_ROLE_HOST);
    int64_t ns = cord_event_time(event);
    (void)decode;
    seen->events++;
    seen->host |= host && cord_str_eq_fold(cord_value_str(host), seen->wanted_host);
    int64_t ms = ns == CORD_TIME_NONE ? -1 : ns / 1000000;
    seen->time |=
        ms == seen->wanted_ms || (seen->in_seconds && ms / 1000 * 1000 == seen->wanted_ms);
    if (seen->events == 1) {
        (void)snprintf(seen->got_host, sizeof seen->got_host, "%.*s", host ? (int)host->len : 0,
                       host ? host->ptr : "");
        seen->got_ns = ns;
    }
}

static void reads_host_and_time_of_139_products(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/syslog-vendors/messages.jsonl"));
    cord_str rest = text;
    struct tally hosts = {.name = "syslog-vendors: host"};
    struct tally times = {.name = "syslog-vendors: time"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    decode.now_ns = 1494595445LL * CORD_SECOND_NS;
    decode.on_event = look;
    while ((item = next_line(&rest)) != NULL) {
        const json_t *expected = json_object_get(item, "expected");
        expected = json_is_array(expected) ? json_array_get(expected, 0) : expected;
        cord_str host = text_of(expected, "host");
        cord_str epoch = text_of(expected, "epoch");
        int64_t ns = 0;
        const json_t *raw = json_array_get(json_object_get(item, "raw"), 0);
        struct seen seen = {.wanted_host = host, .wanted_ms = INT64_MIN};
        if (cord_timestamp_parse_epoch(epoch, &ns)) {
            seen.wanted_ms = ns / 1000000;
            seen.in_seconds = cord_str_find_char(epoch, '.', 0) == SIZE_MAX;
        }
        decode.context = &seen;
        cord_str message = {json_string_value(raw), json_string_length(raw)};
        kit_decode_run(&decode, NULL, message, "", 1 << 16);
        if (host.len > 0) {
            count(&hosts, seen.host);
        }
        if (epoch.len > 0) {
            count(&times, seen.time);
        }
        if (verbose() && ((host.len > 0 && !seen.host) || (epoch.len > 0 && !seen.time))) {
            print_message("- %.*s\n  host %s wanted %.*s; time %lld wanted %.*s\n",
                          message.len > 200 ? 200 : (int)message.len, message.ptr, seen.got_host,
                          CORD_STR_ARG(host), (long long)(seen.got_ns / 1000000),
                          CORD_STR_ARG(epoch));
        }
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&hosts, 395);
    report(&times, 425);
}

struct search {
    const struct json_t *expected;
    struct tally *tally;
    const char *raw;
    const char *missing[32];
    unsigned missing_count;
};

static bool holds(const struct cord_event *event, cord_str wanted)
{
    for (uint32_t i = 0; i < event->value_count; i++) {
        if (cord_str_eq_fold(cord_value_str(&event->values[i]), wanted)) {
            return true;
        }
    }
    return false;
}

/* Each expected leaf is some value of the event. */
static void find_leaves(struct search *search, const struct cord_event *event, const json_t *node,
                        const char *name)
{
    const char *key;
    json_t *child;
    char number[64];
    cord_str wanted;
    if (json_is_object(node)) {
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
            if (strcmp(key, "message") != 0) {
                find_leaves(search, event, child, key);
            }
        }
        return;
    }
    if (json_is_string(node)) {
        wanted = (cord_str){json_string_value(node), json_string_length(node)};
    } else if (json_is_number(node)) {
        (void)snprintf(number, sizeof number, "%.10g", json_number_value(node));
        wanted = cord_str_from(number);
    } else {
        return;
    }
    bool found = holds(event, wanted) || strcmp(name, "timestamp") == 0;
    count(search->tally, found);
    if (!found && search->missing_count < 32) {
        search->missing[search->missing_count++] = name;
    }
}

static void search_event(void *context, const struct kit_decode *decode,
                         const struct cord_event *event)
{
    (void)decode;
    struct search *search = context;
    find_leaves(search, event, search->expected, "");
}

static void finds_the_fields_of_firewalls_and_applications(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/firewall-and-app-fields/cases.jsonl"));
    cord_str rest = text;
    struct tally tally = {.name = "firewall-and-app-fields: values"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    decode.on_event = search_event;
    while ((item = next_line(&rest)) != NULL) {
        struct search search = {.expected = json_object_get(item, "expected"), .tally = &tally};
        cord_str raw = text_of(item, "raw");
        decode.context = &search;
        if (!json_is_false(json_object_get(item, "matches"))) {
            kit_decode_run(&decode, NULL, raw, "", 1 << 16);
        }
        if (verbose() && search.missing_count > 0) {
            print_message("- %.*s\n  missing:", CORD_STR_ARG(raw));
            for (unsigned i = 0; i < search.missing_count; i++) {
                print_message(" %s", search.missing[i]);
            }
            print_message("\n");
        }
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&tally, 240);
}

static void counts_the_records_of_host_logs(void)
{
    cord_str text = kit_read_file(kit_shared_path("data/host-and-app-logs/expected.jsonl"));
    cord_str rest = text;
    struct tally tally = {.name = "host-and-app-logs: record counts"};
    struct kit_decode decode;
    json_t *item;
    kit_decode_init(&decode);
    while ((item = next_line(&rest)) != NULL) {
        char path[512];
        cord_str file = text_of(item, "file");
        (void)snprintf(path, sizeof path, "data/host-and-app-logs/%.*s", CORD_STR_ARG(file));
        cord_str log = kit_read_file(kit_shared_path(path));
        const struct cord_format *format =
            cord_decoder_recognise(cord_str_slice(log, 0, 65536), file);
        kit_decode_run(&decode, format, log, "", 1 << 16);
        uint64_t wanted = (uint64_t)json_integer_value(json_object_get(item, "events"));
        count(&tally, decode.read == wanted);
        if (verbose()) {
            print_message("%s %.*s as %s: %llu read, %llu skipped, %llu refused (%.*s), %llu "
                          "wanted\n",
                          decode.read == wanted ? "+" : "-", CORD_STR_ARG(file), format->name,
                          (unsigned long long)decode.read, (unsigned long long)decode.skipped,
                          (unsigned long long)decode.refused, CORD_STR_ARG(decode.reason),
                          (unsigned long long)wanted);
        }
        free((void *)(uintptr_t)log.ptr);
        json_decref(item);
    }
    kit_decode_done(&decode);
    free((void *)(uintptr_t)text.ptr);
    report(&tally, 30);
}

KIT_MAIN(KIT_TEST(reads_headers_as_rsyslog_does), KIT_TEST(reads_host_and_time_of_139_products),
         KIT_TEST(finds_the_fields_of_firewalls_and_applications),
         KIT_TEST(counts_the_records_of_host_logs))
