/* Formats of lists, described in YAML. */
#include "kit/kit.h"

#include "base/buf.h"
#include "base/timestamp.h"
#include "record/organisation_import.h"
#include "record/organisation_mapping.h"

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++) {
        char from[CORD_TIMESTAMP_TEXT];
        cord_str begin =
            cord_str_slice(cord_timestamp_format(claims[i].valid_from_ns, from), 0, 10);
        cord_buf_printf(self, "%s %.*s %.*s %.*s\n", claims[i].kind->name,
                        CORD_STR_ARG(claims[i].subject), CORD_STR_ARG(begin),
                        CORD_STR_ARG(claims[i].value));
    }
    return CORD_OK;
}

static struct cord_organisation_import_outcome run(const char *mapping, cord_str text,
                                                   struct cord_buf *claims)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    const struct cord_organisation_columns *columns = NULL;
    struct cord_organisation_import *import = NULL;
    struct cord_organisation_import_outcome outcome = {0};
    struct cord_error err = {""};
    cord_buf_init(claims, 1 << 20);
    struct cord_organisation_import_options options = {.claimant = CORD_STR("org:DREES"),
                                                       .method = CORD_STR("list"),
                                                       .since_ns = CORD_TIME_NONE,
                                                       .complete_ns = CORD_TIME_NONE,
                                                       .put = on_claims,
                                                       .self = claims};
    cord_status status =
        cord_organisation_mapping_read(cord_str_from(mapping), arena, &columns, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    CHECK(cord_organisation_import_list(import, columns, CORD_STR("f.csv"), text, &outcome, &err) ==
          CORD_OK);
    cord_organisation_import_free(import);
    cord_arena_free(arena);
    return outcome;
}

static const char finess[] = "encoding: iso-8859-1\n"
                             "separator: \";\"\n"
                             "only: {column: 1, is: structureet}\n"
                             "organisations:\n"
                             "  - country: FRA\n"
                             "    columns:\n"
                             "      code: 2\n"
                             "      name: 4\n"
                             "      role: {column: 6, words: {\"355\": hospital, \"620\": pharmacy,"
                             " \"*\": other}}\n"
                             "      attributes: {category: 6}\n"
                             "      address: [7, 8]\n"
                             "      opened: 9\n"
                             "      nothing: [1]\n"
                             "      aliases: {siret: 5}\n"
                             "      relations: {parent: {column: 3, since: 9}}\n";

static void a_list_like_finess_is_read_by_its_mapping(void)
{
    struct cord_buf claims;
    struct cord_organisation_import_outcome outcome =
        run(finess,
            CORD_STR("finess;etalab;93;2017-05-12\n"
                     "structureet;010000024;010780054;CH DE FL\xc9YRIAT;26010004500012;355;900 "
                     "ROUTE DE PARIS;01440 VIRIAT;1979-02-13\n"
                     "structureet;2A0000012;;PHARMACIE DE L'\xceLE;;620;;;2001-01-01\n"
                     "geolocalisation;010000024;870215;6571590\n"),
            &claims);
    CHECK_U64(outcome.rows, 2);
    CHECK_U64(outcome.others, 2);
    CHECK_U64(outcome.unread, 0);
    CHECK_STR(cord_buf_str(&claims),
              "org.upsert org:010000024 1979-02-13 {\"name\":\"CH DE "
              "FL\xc3\x89YRIAT\",\"role\":\"hospital\",\"country\":\"FRA\",\"address\":\"900 ROUTE "
              "DE PARIS, 01440 "
              "VIRIAT\",\"opened\":\"1979-02-13\",\"standing\":\"active\",\"attributes\":["
              "\"category=355\"]}\n"
              "org.alias org:010000024  {\"scheme\":\"siret\",\"alias\":\"26010004500012\"}\n"
              "org.relate org:010000024 1979-02-13 "
              "{\"relation\":\"parent\",\"other\":\"010780054\",\"since\":\"1979-02-13\"}\n"
              "org.upsert org:2A0000012 2001-01-01 {\"name\":\"PHARMACIE DE "
              "L'\xc3\x8eLE\",\"role\":\"pharmacy\",\"country\":\"FRA\",\"opened\":\"2001-01-01\","
              "\"standing\":\"active\",\"attributes\":[\"category=620\"]}\n");
    cord_buf_done(&claims);
}

static void what_no_rule_reads_is_counted(void)
{
    struct cord_buf claims;
    struct cord_organisation_import_outcome outcome =
        run("header: true\n"
            "organisations:\n"
            "  - role: supplier\n"
            "    columns: {code: id, name: title}\n",
            CORD_STR("id\ttitle\tphone\nS1\tMAKER\t0123\nS2\tOTHER\t\n"), &claims);
    CHECK_U64(outcome.rows, 2);
    CHECK_U64(outcome.unread, 1);
    CHECK_U64(outcome.unread_column, 3);
    cord_buf_done(&claims);
}

static void successions_may_come_as_a_list(void)
{
    struct cord_buf claims;
    (void)run("organisations:\n"
              "  - columns: {code: 1, successor: 2, succeeded: 3}\n",
              CORD_STR("T01,T09,20171001\nT02,T09,20171001\n"), &claims);
    CHECK_STR(cord_buf_str(&claims), "org.succeed org:T01 2017-10-01 {\"successor\":\"T09\"}\n"
                                     "org.succeed org:T02 2017-10-01 {\"successor\":\"T09\"}\n");
    cord_buf_done(&claims);
}

static void a_mapping_that_is_wrong_says_where_and_how(void)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"[]\n", "it is no map"},
        {"name: x\n", "line 1: organisations is missing: what does a row say of them?"},
        {"organisation: []\norganisations: []\n",
         "line 1: there is no 'organisation'; did you mean organisations"},
        {"organisations: []\n", "line 1, organisations: is to be a list of one to eight"},
        {"organisations:\n  - role: trst\n    columns: {code: 1}\n",
         "line 2: there is no 'trst'; did you mean trust"},
        {"organisations:\n  - columns: {name: 1}\n",
         "line 2, columns: code is missing: which column has it?"},
        {"organisations:\n  - columns: {code: x}\n",
         "line 2, code: is to be a column's number, from 1; titles need header: true"},
        {"organisations:\n  - columns: {code: 0}\n",
         "line 2, code: is to be a column's number, from 1; titles need header: true"},
        {"organisations:\n  - columns: {code: 513}\n",
         "line 2, code: is to be a column's number, from 1; titles need header: true"},
        {"organisations:\n  - columns: {code: 1, aliases: {sirt: 2}}\n",
         "line 2: there is no 'sirt'; did you mean siret"},
        {"organisations:\n  - columns: {code: 1, name: {column: 2, since: 3}}\n",
         "line 2, since: belongs to a relation"},
        {"separator: \"ab\"\norganisations:\n  - columns: {code: 1}\n",
         "line 1, separator: is to be one character, or tab"},
        {"encoding: utf-16\norganisations:\n  - columns: {code: 1}\n",
         "line 1: there is no 'utf-16'; did you mean utf-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_arena *arena = cord_arena_new(1 << 20);
        const struct cord_organisation_columns *columns = NULL;
        struct cord_error err = {""};
        CHECK(cord_organisation_mapping_read(cord_str_from(cases[i].text), arena, &columns, &err) ==
              CORD_E_FORMAT);
        CHECK_STR_EQ(cord_str_from(err.text), cord_str_from(cases[i].says));
        CHECK(!columns);
        cord_arena_free(arena);
    }
}

KIT_MAIN(KIT_TEST(a_list_like_finess_is_read_by_its_mapping),
         KIT_TEST(what_no_rule_reads_is_counted), KIT_TEST(successions_may_come_as_a_list),
         KIT_TEST(a_mapping_that_is_wrong_says_where_and_how))
