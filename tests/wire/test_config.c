/* test_config.c: what a configuration says of files to follow, and what is wrong with it. */
#include "kit/kit.h"
#include "wire/config.h"

#include <stdio.h>

#define SOURCES "sources: [{name: app, organisation: RXA}]\n"

static void files_are_read(void)
{
    struct cord_config *config = NULL;
    struct cord_error err = {""};
    CHECK(cord_config_parse("c.yaml",
                            CORD_STR("files:\n"
                                     "  - {source: app, path: /var/log/*.log, from: end}\n"
                                     "  - {source: app, path: /drop/, kind: evtx-drop}\n" SOURCES),
                            &config, &err) == CORD_OK);
    CHECK(config->file_count == 2);
    CHECK_STR(config->files[0].source, "app");
    CHECK_STR(config->files[0].path, "/var/log/*.log");
    CHECK(config->files[0].kind == CORD_CONFIG_FILE_LINES);
    CHECK(config->files[0].from == CORD_CONFIG_FROM_END);
    CHECK(config->files[1].kind == CORD_CONFIG_FILE_EVTX_DROP);
    CHECK(config->files[1].from == CORD_CONFIG_FROM_START);
    cord_config_free(config);
}

static void mistakes_in_files_are_told(void)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"files: [{path: /a}]\n" SOURCES, "c.yaml: line 1, file: source is missing"},
        {"files: [{source: app}]\n" SOURCES, "path is missing"},
        {"files: [{source: app, path: /*/a}]\n" SOURCES, "only the last component"},
        {"files: [{source: app, path: /a/}]\n" SOURCES, "path is a folder"},
        {"files: [{source: app, path: /a*, kind: evtx-drop}]\n" SOURCES, "is a folder, not a"},
        {"files: [{source: app, path: /a, kind: xml}]\n" SOURCES, "kind"},
        {"files: [{source: ap, path: /a}]\n" SOURCES, "no source is called 'ap'"},
        {"files: /a\n" SOURCES, "list of at most"},
        {"files: [/a]\n" SOURCES, "is to be a map"},
        {"fils: []\n", "did you mean 'files'"},
        {"data: /x\n", "neither listeners nor files"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_config *config = NULL;
        struct cord_error err = {""};
        CHECK(cord_config_parse("c.yaml", cord_str_from(cases[i].text), &config, &err) != CORD_OK);
        CHECK(config == NULL);
        CHECK(strstr(err.text, cases[i].error) != NULL);
    }
}

/* Each says where, what and what instead, once. */
static void mistakes_in_values_are_told(void)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"threads: 300\n", "c.yaml: line 1: threads: 300 is out of bounds: 0 to 256"},
        {"threads: [1, 2]\n", "c.yaml: line 1, threads: is to be one value, not a list"},
        {"data: {a: 1}\n", "c.yaml: line 1, data: is to be a value, not a map"},
        {"data:\n", "c.yaml: line 1: data: has no value"},
        {"\nexercise: a b\n", "c.yaml: line 2, exercise: is to be at most 64 letters"},
        {"nonsense: 1\n", "c.yaml: line 1, nonsense: there is no such key; man cordon-serve"},
        {"listeners: [{address: \"[::]:1\", adress: x}]\n",
         "c.yaml: line 1, adress: unknown option adress; did you mean address?"},
        {"sources: [{name: a, organisation: b, token: c}]\n",
         "c.yaml: line 1, source a: unknown key 'token': did you mean 'token_sha256'?"},
        {"sources: [{name: a, organisation: b, colour: c}]\n",
         "c.yaml: line 1, source a: unknown key 'colour'; man cordon-serve has them all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_config *config = NULL;
        struct cord_error err = {""};
        CHECK(cord_config_parse("c.yaml", cord_str_from(cases[i].text), &config, &err) != CORD_OK);
        CHECK(strncmp(err.text, cases[i].error, strlen(cases[i].error)) == 0);
    }
}

static void mistakes_in_addresses_are_told_with_their_line(void)
{
    static const struct {
        const char *text;
        const char *error; /* NULL: it is good */
    } cases[] = {
        {"listeners:\n  - {protocol: http, address: localhost:80}\n",
         "c.yaml: line 2, listener: \"localhost:80\" is no address with a port"},
        {"listeners:\n  - {protocol: http, address: 0.0.0.0}\n", "c.yaml: line 2, listener"},
        {"listeners:\n  - {protocol: http, address: \"[::]:1\"}\n"
         "  - {protocol: status, address: \"[0::0]:1\"}\n",
         "c.yaml: line 3, listener: listener 'http' has the address [::]:1 already"},
        {"listeners:\n  - {protocol: syslog, address: \"[::]:514\"}\n"
         "  - {protocol: syslog-udp, address: \"[::]:514\"}\n",
         NULL},
        {"listeners:\n  - {protocol: http, address: \"127.0.0.1:0\"}\n"
         "  - {protocol: status, address: \"127.0.0.1:0\"}\n",
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_config *config = NULL;
        struct cord_error err = {""};
        cord_status status =
            cord_config_parse("c.yaml", cord_str_from(cases[i].text), &config, &err);
        CHECK((status == CORD_OK) == !cases[i].error);
        CHECK(!cases[i].error || strstr(err.text, cases[i].error) != NULL);
        cord_config_free(config);
    }
}

static void an_exercise_has_a_plain_name(void)
{
    struct cord_config *config = NULL;
    struct cord_error err = {""};
    CHECK(cord_config_parse(
              "c.yaml", CORD_STR("exercise: may-2017\nfiles: [{source: app, path: /a}]\n" SOURCES),
              &config, &err) == CORD_OK);
    CHECK_STR(config->exercise, "may-2017");
    cord_config_free(config);
    config = NULL;
    CHECK(cord_config_parse(
              "c.yaml",
              CORD_STR("exercise: \"a\\r\\nb\"\nfiles: [{source: app, path: /a}]\n" SOURCES),
              &config, &err) == CORD_E_FORMAT);
    CHECK(strstr(err.text, "exercise") && !config);
}

static void what_stands_over_pages_is_one_line(void)
{
    static const struct {
        const char *text;
        const char *error; /* NULL: it is good */
    } cases[] = {
        {"service: Fédération de santé\nmarking: OFFICIAL-SENSITIVE\n", NULL},
        {"marking: \"\"\n", NULL},
        {"marking: TLP:AMBER+STRICT\n", NULL},
        {"\nmarking: TLP:WHITE\n", "c.yaml: line 2, marking: is no marking of TLP 2.0"},
        {"marking: tlp amber\n", "take TLP:RED"},
        {"marking: \"Diffusion limit\\u00e9e\"\n", "is to be ASCII"},
        {"marking: \"a\\r\\nSet-Cookie: b\"\n", "c.yaml: line 1, marking: is to be one line"},
        {"service: \"b\\nc\"\n", "c.yaml: line 1, service: is to be one line"},
        {"service: 123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "9012345678901234567\n",
         "service: is longer than 96 bytes"},
        {"markin: TLP:RED\n", "did you mean 'marking'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_config *config = NULL;
        struct cord_error err = {""};
        char text[512];
        (void)snprintf(text, sizeof text, "%sfiles: [{source: app, path: /a}]\n" SOURCES,
                       cases[i].text);
        cord_status status = cord_config_parse("c.yaml", cord_str_from(text), &config, &err);
        CHECK((status == CORD_OK) == !cases[i].error);
        CHECK(!cases[i].error || strstr(err.text, cases[i].error) != NULL);
        cord_config_free(config);
    }
}

static void marked_unless_told_otherwise(void)
{
    struct cord_config *config = NULL;
    CHECK(cord_config_parse("c.yaml", CORD_STR("files: [{source: app, path: /a}]\n" SOURCES),
                            &config, NULL) == CORD_OK);
    CHECK_STR(config->marking, "TLP:AMBER");
    CHECK_STR(config->service, "");
    cord_config_free(config);
}

KIT_MAIN(KIT_TEST(mistakes_in_values_are_told), KIT_TEST(what_stands_over_pages_is_one_line),
         KIT_TEST(marked_unless_told_otherwise),
         KIT_TEST(mistakes_in_addresses_are_told_with_their_line),
         KIT_TEST(an_exercise_has_a_plain_name), KIT_TEST(files_are_read),
         KIT_TEST(mistakes_in_files_are_told))
