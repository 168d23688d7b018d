/* Organisations, contacts and services, from claims in a record. */
#include "kit/kit.h"

#include "base/timestamp.h"
#include "record/claim_read.h"
#include "record/organisation.h"
#include "record/organisation_contact.h"
#include "record/organisation_import.h"
#include "record/service.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char folder[32];
    struct cord_record *record;
    struct cord_record_view *view;
    struct cord_organisations *organisations;
    int64_t now_ns;
};

static int64_t tell_time(void *self)
{
    struct place *place = self;
    return place->now_ns;
}

static int64_t time_of(const char *text)
{
    int64_t ns = 0;
    CHECK(cord_timestamp_parse(cord_str_from(text), &ns));
    return ns;
}

static void begin(struct place *place)
{
    struct cord_error err = {""};
    *place = (struct place){.folder = "/tmp/cordonXXXXXX", .now_ns = time_of("2017-05-01")};
    CHECK(mkdtemp(place->folder) != NULL);
    const struct cord_record_options options = {.create = true,
                                                .clock = {.now_ns = tell_time, .self = place}};
    cord_status status = cord_record_open(place->folder, &options, &place->record, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    CHECK(cord_record_view_open(place->record, &place->view, &err) == CORD_OK);
}

static void end(struct place *place)
{
    char name[512];
    cord_organisations_free(place->organisations);
    cord_record_view_close(place->view);
    cord_record_close(place->record);
    DIR *dir = opendir(place->folder);
    CHECK(dir != NULL);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        (void)snprintf(name, sizeof name, "%s/%s", place->folder, entry->d_name);
        (void)unlink(name);
    }
    (void)closedir(dir);
    (void)rmdir(place->folder);
}

/* One claim, as the line of text that a client would send. */
static void say(struct place *place, const char *when, const char *text)
{
    struct cord_claim_reader *reader = NULL;
    struct cord_claim claim;
    struct cord_digest hash;
    bool given;
    struct cord_record_outcome outcome;
    struct cord_error err = {""};
    place->now_ns = time_of(when);
    CHECK(cord_claim_reader_new(&reader) == CORD_OK);
    cord_status status = cord_claim_read(reader, cord_str_from(text), &claim, &hash, &given, &err);
    if (status == CORD_OK) {
        status = cord_record_append(place->record, &claim, 1, &outcome, &err);
    }
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    cord_claim_reader_free(reader);
}

static const struct cord_organisations *look(struct place *place, const char *known,
                                             const char *about)
{
    struct cord_error err = {""};
    const struct cord_as_of as_of = {.known_ns = known ? time_of(known) : INT64_MAX,
                                     .about_ns = about ? time_of(about) : INT64_MAX};
    cord_organisations_free(place->organisations);
    place->organisations = NULL;
    CHECK(cord_record_view_refresh(place->view, &err) == CORD_OK);
    cord_status status = cord_organisations_build(place->view, as_of, &place->organisations, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    return place->organisations;
}

static size_t open_ones(const struct cord_organisations *organisations, cord_str role,
                        cord_str region)
{
    const struct cord_organisation_filter filter = {.role = role, .region = region, .open = true};
    return cord_organisations_distinct(organisations, &filter);
}

#define CLAIM(kind, subject, from, value)                                                          \
    "{\"kind\":\"" kind "\",\"subject\":\"" subject "\",\"value\":" value                          \
    ",\"valid_from\":\"" from "T00:00:00Z\",\"claimant\":\"org:X26\",\"method\":\"list\","         \
    "\"confidence\":100,\"basis\":\"confirmed\"}"
#define TRUST(code, from, name, region)                                                            \
    CLAIM("org.upsert", "org:" code, from,                                                         \
          "{\"name\":\"" name "\",\"role\":\"trust\",\"region\":\"" region "\"}")

/* --- identity --- */

static void after_a_succession_the_former_counts_as_the_latter(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "A", "Y54"));
    say(&place, "2017-05-01", TRUST("T02", "2001-04-01", "B", "Y54"));
    say(&place, "2017-10-02", TRUST("T09", "2017-10-01", "AB", "Y54"));
    say(&place, "2017-10-02",
        CLAIM("org.succeed", "org:T01", "2017-10-01", "{\"successor\":\"T09\"}"));
    say(&place, "2017-10-02",
        CLAIM("org.succeed", "org:T02", "2017-10-01", "{\"successor\":\"T09\"}"));
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_U64(open_ones(all, CORD_STR("trust"), CORD_STR("")), 2);
    CHECK_STR(cord_organisations_identity(all, CORD_STR("T01"))->code, "T01");
    all = look(&place, NULL, "2017-10-02");
    CHECK_U64(open_ones(all, CORD_STR("trust"), CORD_STR("")), 1);
    CHECK_STR(cord_organisations_identity(all, CORD_STR("T01"))->code, "T09");
    CHECK_STR(cord_organisations_identity(all, CORD_STR("T02"))->code, "T09");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T02"))->successor, "T09");
    CHECK(!cord_organisations_identity(all, CORD_STR("T77")));
    /* As known before, nothing of it is. */
    all = look(&place, "2017-09-01", "2017-10-02");
    CHECK_U64(open_ones(all, CORD_STR("trust"), CORD_STR("")), 2);
    CHECK(!cord_organisations_find(all, CORD_STR("T09")));
    end(&place);
}

static void a_ring_of_successions_is_cut_at_one_identity(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "A", "Y54"));
    say(&place, "2017-05-01", TRUST("T02", "2001-04-01", "B", "Y54"));
    say(&place, "2017-05-01", TRUST("T03", "2001-04-01", "C", "Y54"));
    say(&place, "2017-05-02",
        CLAIM("org.succeed", "org:T02", "2017-01-01", "{\"successor\":\"T03\"}"));
    say(&place, "2017-05-02",
        CLAIM("org.succeed", "org:T03", "2017-01-01", "{\"successor\":\"T02\"}"));
    say(&place, "2017-05-02",
        CLAIM("org.succeed", "org:T01", "2017-01-01", "{\"successor\":\"T03\"}"));
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_U64(open_ones(all, CORD_STR(""), CORD_STR("")), 1);
    CHECK_STR(cord_organisations_identity(all, CORD_STR("T01"))->code, "T02");
    end(&place);
}

static void closed_ones_stay_known_and_are_not_open(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "A", "Y54"));
    say(&place, "2017-05-01", CLAIM("org.close", "org:T01", "2015-10-01", "{}"));
    say(&place, "2017-05-01", TRUST("T02", "2018-04-01", "B", "Y54"));
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_U64(cord_organisations_count(all), 2);
    CHECK_U64(open_ones(all, CORD_STR(""), CORD_STR("")), 0);
    const struct cord_organisation *one = cord_organisations_find(all, CORD_STR("T01"));
    CHECK_STR(one->name, "A");
    CHECK_I64(one->closed_ns, time_of("2015-10-01"));
    CHECK_I64(one->opened_ns, time_of("2001-04-01"));
    all = look(&place, NULL, "2015-09-30T23:59:59Z");
    CHECK_U64(open_ones(all, CORD_STR(""), CORD_STR("")), 1);
    CHECK_I64(cord_organisations_find(all, CORD_STR("T01"))->closed_ns, time_of("2015-10-01"));
    all = look(&place, NULL, "2018-05-12");
    CHECK_U64(open_ones(all, CORD_STR(""), CORD_STR("")), 1);
    end(&place);
}

static void a_description_of_a_later_day_leaves_the_earlier(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "A", "Y54"));
    say(&place, "2022-03-01", TRUST("T01", "2022-01-01", "A OF B", "Y62"));
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T01"))->region, "Y54");
    CHECK_I64(cord_organisations_find(all, CORD_STR("T01"))->closed_ns, CORD_TIME_NONE);
    all = look(&place, NULL, "2022-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T01"))->region, "Y62");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T01"))->name, "A OF B");
    CHECK_I64(cord_organisations_find(all, CORD_STR("T01"))->opened_ns, time_of("2001-04-01"));
    end(&place);
}

static void an_alias_finds_and_one_of_two_finds_nobody(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "A", "Y54"));
    say(&place, "2017-05-01", TRUST("T02", "2001-04-01", "B", "Y54"));
    say(&place, "2017-05-01",
        CLAIM("org.alias", "org:T01", "2001-04-01", "{\"scheme\":\"ons\",\"alias\":\"E1\"}"));
    say(&place, "2017-05-01",
        CLAIM("org.alias", "org:T01", "2001-04-01", "{\"scheme\":\"ons\",\"alias\":\"E2\"}"));
    say(&place, "2017-05-01",
        CLAIM("org.alias", "org:T02", "2001-04-01", "{\"scheme\":\"ons\",\"alias\":\"E2\"}"));
    say(&place, "2017-05-01",
        CLAIM("org.alias", "org:T02", "2001-04-01", "{\"scheme\":\"name\",\"alias\":\"BEE\"}"));
    const struct cord_organisations *all = look(&place, NULL, NULL);
    CHECK_STR(cord_organisations_find(all, CORD_STR("E1"))->code, "T01");
    CHECK(!cord_organisations_find(all, CORD_STR("E2")));
    CHECK(!cord_organisations_find(all, CORD_STR("BEE")));
    end(&place);
}

static void relations_tell_where_it_belongs(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01",
        CLAIM("org.upsert", "org:P01", "2001-04-01",
              "{\"name\":\"P\",\"role\":\"practice\",\"region\":\"Y54\"}"));
    say(&place, "2017-05-01",
        CLAIM("org.relate", "org:P01", "2013-04-01",
              "{\"relation\":\"commissioner\",\"other\":\"00K\"}"));
    say(&place, "2018-05-01",
        CLAIM("org.relate", "org:P01", "2018-04-01",
              "{\"relation\":\"commissioner\",\"other\":\"00M\"}"));
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("P01"))->commissioner, "00K");
    CHECK_STR(cord_organisations_find(all, CORD_STR("P01"))->parent, "00K");
    all = look(&place, NULL, "2018-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("P01"))->parent, "00M");
    say(&place, "2018-06-01",
        CLAIM("org.relate", "org:P01", "2018-04-01",
              "{\"relation\":\"parent\",\"other\":\"QXX\"}"));
    all = look(&place, NULL, "2018-06-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("P01"))->parent, "QXX");
    CHECK_STR(cord_organisations_find(all, CORD_STR("P01"))->commissioner, "00M");
    end(&place);
}

static void the_better_basis_wins_and_then_the_later_word(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01", TRUST("T01", "2001-04-01", "BY THE REGISTER", "Y54"));
    say(&place, "2017-05-02",
        "{\"kind\":\"org.upsert\",\"subject\":\"org:T01\",\"value\":{\"name\":\"BY THE "
        "PRESS\",\"role\":\"trust\"},\"valid_from\":\"2001-04-01T00:00:00Z\",\"claimant\":\"org:"
        "BBC\",\"method\":\"press\",\"confidence\":100,\"basis\":\"reported\"}");
    say(&place, "2017-05-02",
        "{\"kind\":\"org.close\",\"subject\":\"org:T01\",\"value\":{},\"valid_from\":\"2016-04-"
        "01T00:00:00Z\",\"claimant\":\"org:BBC\",\"method\":\"press\",\"confidence\":100,"
        "\"basis\":\"reported\"}");
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T01"))->name, "BY THE REGISTER");
    CHECK_U64(open_ones(all, CORD_STR(""), CORD_STR("")), 1);
    say(&place, "2017-05-03",
        "{\"kind\":\"org.upsert\",\"subject\":\"org:T01\",\"value\":{\"name\":\"BY "
        "ITSELF\",\"role\":\"trust\"},\"valid_from\":\"2001-04-01T00:00:00Z\",\"claimant\":\"org:"
        "T01\",\"method\":\"return\",\"confidence\":100,\"basis\":\"confirmed\"}");
    all = look(&place, NULL, "2017-05-12");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T01"))->name, "BY ITSELF");
    end(&place);
}

static void a_site_belongs_to_what_it_is_a_site_of(void)
{
    struct place place;
    begin(&place);
    say(&place, "2017-05-01",
        CLAIM("org.upsert", "org:T0101", "2001-04-01", "{\"name\":\"S\",\"role\":\"site\"}"));
    say(&place, "2017-05-01",
        CLAIM("org.relate", "org:T0101", "2001-04-01",
              "{\"relation\":\"site-of\",\"other\":\"T01\"}"));
    const struct cord_organisations *all = look(&place, NULL, NULL);
    CHECK_STR(cord_organisations_find(all, CORD_STR("T0101"))->site_of, "T01");
    CHECK_STR(cord_organisations_find(all, CORD_STR("T0101"))->parent, "T01");
    end(&place);
}

/* --- contacts and services --- */

static void a_contact_ends(void)
{
    struct place place;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_organisation_contact_list list = {0};
    struct cord_as_of at = {.known_ns = INT64_MAX, .about_ns = INT64_MAX};
    begin(&place);
    say(&place, "2017-05-01",
        CLAIM("contact", "org:T01", "2017-01-01",
              "{\"role\":\"on-call\",\"order\":1,\"channel\":\"mobile\",\"address\":\"1\"}"));
    say(&place, "2017-05-01",
        CLAIM("contact", "org:T01", "2017-01-01",
              "{\"role\":\"on-call\",\"order\":2,\"channel\":\"mobile\",\"address\":\"2\"}"));
    say(&place, "2017-05-02",
        CLAIM("contact.end", "org:T01", "2017-02-01",
              "{\"role\":\"on-call\",\"order\":1,\"reason\":\"left\"}"));
    CHECK(cord_record_view_refresh(place.view, NULL) == CORD_OK);
    CHECK(cord_organisation_contacts(place.view, CORD_STR("org:T01"), at, arena, &list, NULL) ==
          CORD_OK);
    CHECK(list.count == 1 && list.items[0].order == 2);
    at.about_ns = 1484000000 * CORD_SECOND_NS; /* before it ended */
    CHECK(cord_organisation_contacts(place.view, CORD_STR("org:T01"), at, arena, &list, NULL) ==
          CORD_OK);
    CHECK(list.count == 2 && list.items[0].order == 1);
    cord_arena_free(arena);
    end(&place);
}

static void contacts_come_in_the_order_in_which_to_try_them(void)
{
    struct place place;
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_organisation_contact_list list = {0};
    const struct cord_as_of now = {.known_ns = INT64_MAX, .about_ns = INT64_MAX};
    begin(&place);
    say(&place, "2017-05-01",
        CLAIM("contact", "org:T01", "2017-01-01",
              "{\"role\":\"on-call\",\"order\":2,\"channel\":\"mail\",\"address\":\"a@b\"}"));
    say(&place, "2017-05-01",
        CLAIM("contact", "org:T01", "2017-01-01",
              "{\"role\":\"on-call\",\"order\":1,\"channel\":\"telephone\",\"address\":\"1\"}"));
    say(&place, "2017-05-02",
        CLAIM("contact", "org:T01", "2017-01-01",
              "{\"role\":\"on-call\",\"order\":1,\"channel\":\"mobile\",\"address\":\"2\","
              "\"independent\":true}"));
    CHECK(cord_record_view_refresh(place.view, NULL) == CORD_OK);
    CHECK(cord_organisation_contacts(place.view, CORD_STR("org:T01"), now, arena, &list, NULL) ==
          CORD_OK);
    CHECK_U64(list.count, 2);
    CHECK_STR(list.items[0].channel, "mobile");
    CHECK(list.items[0].independent);
    CHECK_STR(list.items[1].address, "a@b");
    cord_arena_free(arena);
    end(&place);
}

static void a_service_of_which_nobody_speaks_is_unknown(void)
{
    struct place place;
    struct cord_services *services = NULL;
    const struct cord_as_of now = {.known_ns = INT64_MAX, .about_ns = INT64_MAX};
    begin(&place);
    say(&place, "2017-05-01",
        CLAIM("service.upsert", "service:spine", "2017-01-01",
              "{\"name\":\"Spine\",\"owner\":\"X26\",\"national\":true,\"needs\":[\"network\"]}"));
    say(&place, "2017-05-01",
        CLAIM("service.upsert", "service:mail", "2017-01-01",
              "{\"name\":\"Mail\",\"owner\":\"X26\"}"));
    say(&place, "2017-05-12",
        CLAIM("service.state", "service:spine", "2017-05-12",
              "{\"state\":\"safe\",\"reason\":\"checked\"}"));
    CHECK(cord_record_view_refresh(place.view, NULL) == CORD_OK);
    CHECK(cord_services_build(place.view, now, &services, NULL) == CORD_OK);
    CHECK_U64(cord_services_count(services), 2);
    const struct cord_service *mail = cord_services_find(services, CORD_STR("mail"));
    const struct cord_service *spine = cord_services_find(services, CORD_STR("spine"));
    CHECK_STR(mail->state, "unknown");
    CHECK_STR(spine->state, "safe");
    CHECK_STR(spine->reason, "checked");
    CHECK_U64(spine->need_count, 1);
    CHECK_STR(spine->needs[0], "network");
    CHECK(spine->national);
    cord_services_free(services);
    end(&place);
}

/* --- the real lists --- */

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    struct cord_record_outcome outcome;
    return cord_record_append(self, claims, count, &outcome, err);
}

static struct cord_organisation_import_outcome
import_list(struct place *place, struct cord_organisation_import *import, const char *file)
{
    struct cord_organisation_import_outcome outcome;
    struct cord_error err = {""};
    cord_str text = kit_read_file(kit_shared_path(file));
    (void)place;
    cord_status status = cord_organisation_import_list(
        import,
        cord_organisation_columns_guess(cord_str_slice(text, 0, cord_str_find_char(text, '\n', 0))),
        cord_str_from(file), text, &outcome, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    free((void *)(uintptr_t)text.ptr);
    return outcome;
}

static struct cord_organisation_import *importer(struct place *place, int64_t since_ns,
                                                 int64_t complete_ns)
{
    struct cord_organisation_import *import = NULL;
    const struct cord_organisation_import_options options = {.claimant = CORD_STR("org:X26"),
                                                             .method = CORD_STR("list"),
                                                             .confidence = CORD_CLAIM_CERTAIN,
                                                             .marking = CORD_CLAIM_CLEAR,
                                                             .since_ns = since_ns,
                                                             .complete_ns = complete_ns,
                                                             .put = on_claims,
                                                             .self = place->record};
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    return import;
}

/* The list has 236 English trusts, two of them closed in 2015. */
static void the_trusts_of_2015_to_2017_are_236_in_four_regions(void)
{
    static const char *const regions[] = {"Y54", "Y55", "Y56", "Y57"};
    static const size_t then[] = {71, 73, 36, 56};
    static const size_t later[] = {71, 73, 35, 55};
    struct place place;
    (void)kit_shared_path("standards/ods/etr-2015-2017-regions.csv");
    begin(&place);
    struct cord_organisation_import *import = importer(&place, CORD_TIME_NONE, CORD_TIME_NONE);
    (void)import_list(&place, import, "standards/ods/etr-2015-2017-regions.csv");
    cord_organisation_import_free(import);
    const struct cord_organisation_filter listed = {.role = CORD_STR("trust"),
                                                    .country = CORD_STR("ENG")};
    struct cord_organisation_filter open = listed;
    open.open = true;
    const struct cord_organisations *all = look(&place, NULL, "2017-05-12");
    CHECK_U64(cord_organisations_count(all), 241);
    CHECK_U64(cord_organisations_distinct(all, &listed), 236);
    CHECK_U64(cord_organisations_distinct(all, &open), 234);
    for (size_t i = 0; i < 4; i++) {
        CHECK_U64(open_ones(all, CORD_STR("trust"), cord_str_from(regions[i])), later[i]);
    }
    all = look(&place, NULL, "2015-08-01");
    CHECK_U64(cord_organisations_distinct(all, &open), 236);
    for (size_t i = 0; i < 4; i++) {
        CHECK_U64(open_ones(all, CORD_STR("trust"), cord_str_from(regions[i])), then[i]);
    }
    CHECK_U64(open_ones(all, CORD_STR("trust"), CORD_STR("W00")), 3);
    end(&place);
}

/* What is gone from the later list closes; who took over is said by nobody but by us, here. */
static void trusts_that_merged_collapse_into_one_identity(void)
{
    struct place place;
    (void)kit_shared_path("standards/ods/etr-2022-03.csv");
    begin(&place);
    struct cord_organisation_import *import =
        importer(&place, time_of("2022-03-01"), time_of("2022-03-01"));
    (void)import_list(&place, import, "standards/ods/etr-2015-2017-regions.csv");
    place.now_ns = time_of("2022-03-02");
    struct cord_organisation_import_outcome outcome =
        import_list(&place, import, "standards/ods/etr-2022-03.csv");
    cord_organisation_import_free(import);
    CHECK_U64(outcome.absent, 23); /* of 25 two were closed already */
    say(&place, "2022-03-02",
        CLAIM("org.succeed", "org:RW3", "2017-10-01", "{\"successor\":\"R0A\"}"));
    say(&place, "2022-03-02",
        CLAIM("org.succeed", "org:RM2", "2017-10-01", "{\"successor\":\"R0A\"}"));
    struct cord_organisation_filter open = {
        .role = CORD_STR("trust"), .country = CORD_STR("ENG"), .open = true};
    const struct cord_organisations *all = look(&place, NULL, "2022-04-01");
    CHECK_U64(cord_organisations_distinct(all, &open), 218 - 3 - 6);
    CHECK_STR(cord_organisations_identity(all, CORD_STR("RW3"))->code, "R0A");
    CHECK_STR(cord_organisations_identity(all, CORD_STR("RM2"))->name,
              "MANCHESTER UNIVERSITY NHS FOUNDATION TRUST");
    CHECK_STR(cord_organisations_find(all, CORD_STR("RW3"))->region, "Y54");
    all = look(&place, NULL, "2017-05-12");
    CHECK_STR(cord_organisations_identity(all, CORD_STR("RW3"))->code, "RW3");
    CHECK_STR(cord_organisations_identity(all, CORD_STR("RM2"))->code, "RM2");
    CHECK(!cord_organisation_is_open(cord_organisations_find(all, CORD_STR("R0A")),
                                     cord_organisations_about(all)));
    end(&place);
}

static void practices_open_on_12_may_2017_are_7420(void)
{
    struct place place;
    (void)kit_shared_path("standards/ods/epraccur-2019-07.csv");
    begin(&place);
    struct cord_organisation_import *import = importer(&place, CORD_TIME_NONE, CORD_TIME_NONE);
    (void)import_list(&place, import, "standards/ods/epraccur-2019-07.csv");
    struct cord_organisation_import_outcome again =
        import_list(&place, import, "standards/ods/epraccur-2019-07.csv");
    CHECK_U64(again.claims, 0);
    cord_organisation_import_free(import);
    const struct cord_organisation_filter practices = {
        .role = CORD_STR("practice"), .country = CORD_STR("ENG"), .open = true};
    CHECK_U64(cord_organisations_distinct(look(&place, NULL, "2017-05-12"), &practices), 7420);
    end(&place);
}

KIT_MAIN(KIT_TEST(after_a_succession_the_former_counts_as_the_latter),
         KIT_TEST(a_ring_of_successions_is_cut_at_one_identity),
         KIT_TEST(closed_ones_stay_known_and_are_not_open),
         KIT_TEST(a_description_of_a_later_day_leaves_the_earlier),
         KIT_TEST(an_alias_finds_and_one_of_two_finds_nobody),
         KIT_TEST(relations_tell_where_it_belongs),
         KIT_TEST(the_better_basis_wins_and_then_the_later_word),
         KIT_TEST(a_site_belongs_to_what_it_is_a_site_of),
         KIT_TEST(contacts_come_in_the_order_in_which_to_try_them), KIT_TEST(a_contact_ends),
         KIT_TEST(a_service_of_which_nobody_speaks_is_unknown),
         KIT_TEST(the_trusts_of_2015_to_2017_are_236_in_four_regions),
         KIT_TEST(trusts_that_merged_collapse_into_one_identity),
         KIT_TEST(practices_open_on_12_may_2017_are_7420))
