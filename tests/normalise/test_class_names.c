/*
 * test_class_names.c: a path never has more names than there is room for.
 *
 * Names beyond CORD_CLASS_NAMES_MAX would be left out without a word. So every
 * name of every table is asked for, bare and in the longest wrappers, in the
 * classes that gather the most tables, and one place must stay free.
 */
#include <stdio.h>

#include "kit/kit.h"
#include "normalise/class_internal.h"

static const struct {
    const char *product, *category, *service;
} sources[] = {
    {"windows", "process_creation", ""},
    {"windows", "process_termination", "sysmon"},
    {"windows", "file_event", "sysmon"},
    {"windows", "file_rename", "kernel-file"},
    {"windows", "network_connection", "sysmon"},
    {"windows", "registry_event", "sysmon"},
    {"windows", "image_load", "sysmon"},
    {"windows", "driver_load", "sysmon"},
    {"windows", "dns_query", "sysmon"},
    {"windows", "pipe_created", "sysmon"},
    {"windows", "process_access", "sysmon"},
    {"windows", "create_remote_thread", "sysmon"},
    {"windows", "create_stream_hash", "sysmon"},
    {"windows", "ps_script", "powershell"},
    {"windows", "ps_module", "powershell"},
    {"windows", "ps_classic_start", "powershell-classic"},
    {"windows", "antivirus", "windefend"},
    {"windows", "", "application"},
    {"windows", "webserver", "iis"},
    {"windows", "", "dns-server-analytic"},
    {"linux", "process_creation", "sysmon"},
    {"linux", "file_event", "sysmon"},
    {"linux", "", "auditd"},
    {"linux", "", "sudo"},
    {"", "proxy", "squid"},
    {"", "webserver", "apache"},
    {"", "dns", ""},
    {"", "firewall", "netflow"},
    {"", "antivirus", ""},
    {"zeek", "", "http"},
    {"zeek", "", "dns"},
    {"zeek", "", "conn"},
    {"suricata", "", "http"},
    {"suricata", "", "dns"},
    {"suricata", "", "flow"},
    {"aws", "", "cloudtrail"},
    {"aws", "dns", "route53"},
    {"azure", "", "auditlogs"},
    {"azure", "", "signinlogs"},
    {"gcp", "", "gcp.audit"},
    {"gcp", "", "google_workspace.admin"},
    {"m365", "", "audit"},
    {"okta", "", "okta"},
    {"onelogin", "", ""},
    {"github", "", "audit"},
    {"bitbucket", "", "audit"},
    {"kubernetes", "application", "audit"},
    {"cisco", "", "duo"},
    {"cisco", "dns", "umbrella"},
    {"fortigate", "firewall", "event"},
    {"paloalto", "firewall", "globalprotect"},
    {"rpc_firewall", "application", ""},
};

struct bench {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    size_t most;
};

static void ask(struct bench *bench, const struct cord_event_class *event_class, const char *wrap,
                const char *prefix, const char *name)
{
    char text[256];
    cord_str names[CORD_CLASS_NAMES_MAX];
    int len = snprintf(text, sizeof text, "%s%s%s", wrap, prefix, name);
    CHECK(len > 0 && (size_t)len < sizeof text);
    uint32_t path = cord_paths_dotted(bench->paths, (cord_str){text, (size_t)len});
    CHECK(path != CORD_PATH_OTHER);
    size_t count = cord_classifier_names(bench->classifier, event_class, path, names);
    bench->most = count > bench->most ? count : bench->most;
    if (count >= CORD_CLASS_NAMES_MAX) {
        fail_msg("%s: no room for a further name in %.*s", text,
                 CORD_STR_ARG(event_class->product));
    }
}

static void ask_in_wrappers(struct bench *bench, const struct cord_event_class *event_class,
                            const char *name)
{
    static const char *const wraps[] = {"",
                                        "_source.",
                                        "Event.EventData.",
                                        "_source.winlog.event_data.",
                                        "_source.data.win.eventdata.",
                                        "result.properties."};
    for (size_t wrap = 0; wrap < sizeof wraps / sizeof wraps[0]; wrap++) {
        ask(bench, event_class, wraps[wrap], "", name);
    }
    for (size_t at = 0; at < event_class->mapping->count; at++) {
        const struct cord_class_fields *fields = event_class->mapping->fields[at];
        for (size_t i = 0; i < CORD_CLASS_PREFIXES_MAX && fields->prefixes[i]; i++) {
            ask(bench, event_class, "_source.", fields->prefixes[i], name);
        }
    }
}

static void no_table_exceeds_the_room_for_names(void)
{
    struct bench bench = {.paths = cord_paths_new(5)};
    bench.classifier = cord_classifier_new(bench.paths, 3);
    CHECK(bench.paths && bench.classifier);
    for (size_t source = 0; source < sizeof sources / sizeof sources[0]; source++) {
        uint32_t number = cord_classifier_known(
            bench.classifier, cord_str_from(sources[source].product),
            cord_str_from(sources[source].category), cord_str_from(sources[source].service));
        const struct cord_event_class *event_class =
            cord_classifier_class(bench.classifier, number);
        CHECK(number != 0 && event_class->mapping->count < CORD_CLASS_FIELDS_MAX);
        for (size_t at = 0; at < event_class->mapping->count; at++) {
            const struct cord_class_alias *alias = event_class->mapping->fields[at]->aliases;
            for (; alias && alias->from; alias++) {
                ask_in_wrappers(&bench, event_class, alias->from);
            }
        }
    }
    print_message("most names of one path: %zu of %d\n", bench.most, CORD_CLASS_NAMES_MAX);
    cord_classifier_free(bench.classifier);
    cord_paths_free(bench.paths);
}

KIT_MAIN(KIT_TEST(no_table_exceeds_the_room_for_names))
