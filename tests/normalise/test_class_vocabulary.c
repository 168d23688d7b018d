/* test_class_vocabulary.c: log sources that exist, and some that do not. */
#include "normalise/class_vocabulary.h"

#include "kit/kit.h"

struct row {
    const char *product, *category, *service;
    bool reached;
};

static void knows_what_the_tables_can_make(void)
{
    static const struct row rows[] = {
        {"windows", "process_creation", "", true},
        {"Windows", "", "Security", true},
        {"windows", "process_creation", "security", true},
        {"windows", "registry_delete", "sysmon", true},
        {"windows", "antivirus", "", true},
        {"", "antivirus", "", true},
        {"windows", "process_creation", "powershell", false},
        {"windows", "process_creations", "", false},
        {"linux", "process_creation", "", true},
        {"linux", "file_event", "sysmon", true},
        {"linux", "", "cron", true},
        {"linux", "", "security", false},
        {"macos", "process_creation", "", true},
        {"aws", "", "cloudtrail", true},
        {"aws", "", "cloudtrails", false},
        {"cisco", "", "aaa", true},
        {"", "webserver", "", true},
        {"", "webserver", "apache", true},
        {"", "proxy", "", true},
        {"zeek", "", "anything", true},
        {"zeek", "firewall", "conn", true},
        {"zeek", "firewall", "http", false},
        {"okta", "", "okta", true},
        {"django", "application", "", false}, /* only by its own claim */
        {"", "", "", true},
    };
    for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
        bool reached = cord_class_vocabulary_reaches(cord_str_from(rows[at].product),
                                                     cord_str_from(rows[at].category),
                                                     cord_str_from(rows[at].service));
        if (reached != rows[at].reached) {
            print_message("%s %s %s\n", rows[at].product, rows[at].category, rows[at].service);
        }
        CHECK(reached == rows[at].reached);
    }
}

static void knows_the_ids_of_a_category(void)
{
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("process_creation"), 1));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("process_creation"), 4688));
    CHECK(!cord_class_vocabulary_has_event_id(CORD_STR("process_creation"), 4104));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("registry_event"), 12));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("registry_event"), 14));
    CHECK(!cord_class_vocabulary_has_event_id(CORD_STR("registry_add"), 13));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("antivirus"), 1010));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR("unheard_of"), 5));
    CHECK(cord_class_vocabulary_has_event_id(CORD_STR(""), 5));
}

KIT_MAIN(KIT_TEST(knows_what_the_tables_can_make), KIT_TEST(knows_the_ids_of_a_category))
