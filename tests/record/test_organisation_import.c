/* Lists of organisations as claims. */
#include "kit/kit.h"

#include "base/buf.h"
#include "base/timestamp.h"
#include "record/claim_read.h"
#include "record/organisation_import.h"

#include <stdio.h>
#include <stdlib.h>

/* Each claim as a line of text, and those that were refused. */
struct heard {
    struct cord_buf text;
    struct cord_claim_reader *reader;
    uint64_t claims;
    struct cord_organisation_import *teach; /* learns what it says, as from a record */
};

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    struct heard *heard = self;
    for (size_t i = 0; i < count; i++) {
        struct cord_claim checked = claims[i];
        char from[CORD_TIMESTAMP_TEXT];
        char to[CORD_TIMESTAMP_TEXT];
        cord_str begin = cord_timestamp_format(claims[i].valid_from_ns, from);
        cord_str end = cord_timestamp_format(claims[i].valid_to_ns, to);
        cord_status status = cord_claim_check(heard->reader, &checked, err);
        if (status != CORD_OK) {
            print_error("%s\n", err->text);
            return status;
        }
        CHECK_STR_EQ(checked.value, claims[i].value); /* canonical already */
        heard->claims++;
        cord_buf_printf(&heard->text, "%s %.*s %.*s..%.*s %.*s %.*s\n", claims[i].kind->name,
                        CORD_STR_ARG(claims[i].subject), (int)cord_str_slice(begin, 0, 10).len,
                        begin.ptr ? begin.ptr : "", (int)cord_str_slice(end, 0, 10).len,
                        end.ptr ? end.ptr : "", CORD_STR_ARG(claims[i].value),
                        CORD_STR_ARG(claims[i].source));
        if (heard->teach) {
            CHECK(cord_organisation_import_learn(heard->teach, &claims[i]) == CORD_OK);
        }
    }
    return CORD_OK;
}

static void on_refused(void *self, const struct cord_organisation_import_refusal *refusal)
{
    struct heard *heard = self;
    cord_buf_printf(&heard->text, "refused %s %.*s line %llu: %s\n",
                    cord_organisation_import_reason_name(refusal->reason),
                    CORD_STR_ARG(refusal->code), (unsigned long long)refusal->line,
                    refusal->detail);
}

static struct cord_organisation_import_options options_for(struct heard *heard)
{
    *heard = (struct heard){0};
    cord_buf_init(&heard->text, (size_t)64 << 20);
    CHECK(cord_claim_reader_new(&heard->reader) == CORD_OK);
    return (struct cord_organisation_import_options){.claimant = CORD_STR("org:X26"),
                                                     .method = CORD_STR("list"),
                                                     .basis = CORD_CLAIM_CONFIRMED,
                                                     .confidence = CORD_CLAIM_CERTAIN,
                                                     .since_ns = CORD_TIME_NONE,
                                                     .complete_ns = CORD_TIME_NONE,
                                                     .put = on_claims,
                                                     .refused = on_refused,
                                                     .self = heard};
}

static void heard_done(struct heard *heard)
{
    cord_claim_reader_free(heard->reader);
    cord_buf_done(&heard->text);
}

static struct cord_organisation_import_outcome
list(struct cord_organisation_import *import, const char *format, const char *name, cord_str text)
{
    struct cord_organisation_import_outcome outcome;
    struct cord_error err = {""};
    const struct cord_organisation_columns *columns =
        cord_organisation_columns_find(cord_str_from(format));
    CHECK(columns != NULL);
    cord_status status =
        cord_organisation_import_list(import, columns, cord_str_from(name), text, &outcome, &err);
    if (status != CORD_OK) {
        print_error("%s\n", err.text);
    }
    CHECK(status == CORD_OK);
    return outcome;
}

#define TRUST_TAIL ",,,,,,,,,,0,,B\n"

static void a_trust_becomes_its_description(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "trusts", "etr.csv",
               CORD_STR("T01,\"SAINT \"\"X\"\" TRUST\",Y55,Q77,A HOUSE,B ROAD,,TOWN,SHIRE,WR4 "
                        "9RW,20110701," TRUST_TAIL));
    CHECK_STR(cord_buf_str(&heard.text),
              "org.upsert org:T01 2011-07-01.. {\"name\":\"SAINT \\\"X\\\" "
              "TRUST\",\"role\":\"trust\",\"parent\":\"Q77\",\"region\":\"Y55\",\"postcode\":\"WR4 "
              "9RW\",\"country\":\"ENG\",\"address\":\"A HOUSE, B ROAD, TOWN, "
              "SHIRE\",\"opened\":\"2011-07-01\",\"standing\":\"active\",\"attributes\":[\"amended="
              "0\",\"former-region=B\"]} etr.csv:1\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

static void one_that_closed_is_open_until_the_end_of_its_last_day(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "trusts", "etr.csv",
               CORD_STR("T01,A TRUST,W00,,,,,,,,20120401,20150930,,,,,,,,,,,,\n"));
    CHECK_STR(cord_buf_str(&heard.text),
              "org.upsert org:T01 2012-04-01..2015-10-01 {\"name\":\"A "
              "TRUST\",\"role\":\"trust\",\"region\":\"W00\",\"country\":\"WAL\",\"opened\":\"2012-"
              "04-01\",\"closed\":\"2015-09-30\",\"standing\":\"active\"} etr.csv:1\n"
              "org.close org:T01 2015-10-01.. {} etr.csv:1\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

/* --- what is refused --- */

static void refuses(const char *format, cord_str text, const char *wanted)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, format, "l.csv", text);
    cord_str got = cord_buf_str(&heard.text);
    size_t at = cord_str_find(got, CORD_STR("refused"), 0);
    CHECK(at != SIZE_MAX);
    got = cord_str_from_byte(got, at);
    CHECK_STR_EQ(cord_str_slice(got, 0, cord_str_find_char(got, '\n', 0)), cord_str_from(wanted));
    cord_organisation_import_free(import);
    heard_done(&heard);
}

static void a_code_that_was_another_organisations_is_refused(void)
{
    refuses("trusts",
            CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,20150930,,,,,,,,,,,,\n"
                     "T02,B TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"
                     "T01,QUITE ANOTHER,Y55,,,,,,,,20160101,,,,,,,,,,,,,\n"),
            "refused reused T01 line 3: the code is that of another organisation, which opened on "
            "another day");
}

static void one_code_for_two_names_in_a_list_is_refused(void)
{
    refuses("trusts",
            CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"
                     "T01,B TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused twice T01 line 2: the list has the code already, for another name");
}

static void what_is_malformed_is_refused(void)
{
    refuses("trusts", CORD_STR("T01,A TRUST,Y55,,,,,,,,20110732,,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: a date is none");
    refuses("trusts", CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,20110630,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: it closes before it opens");
    refuses("trusts", CORD_STR("T/1,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused malformed T/1 line 1: a code has other than letters, digits, '-' and '.'");
    refuses("trusts", CORD_STR("T01,,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: it has no name");
    refuses("trusts", CORD_STR("T01,A\x01,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: a field has characters that are not to be seen, or is "
            "not in the "
            "list's encoding");
    refuses("trusts", CORD_STR("T01,A\xe9,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: a field has characters that are not to be seen, or is "
            "not in the "
            "list's encoding");
    refuses("trusts", CORD_STR("T01,A\xef\xbb\xbf,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"),
            "refused malformed T01 line 1: a field has characters that are not to be seen, or is "
            "not in the list's encoding");
    refuses("practices", CORD_STR("P01,A,Y55,,,,,,,,20110701,,X,,,,,,,,,,,,,4,\n"),
            "refused malformed P01 line 1: a field holds none of the words that the format knows");
}

/* --- the same again, and otherwise --- */

static void the_same_list_says_nothing_new_and_a_newer_one_what_changed(void)
{
    struct heard first;
    struct heard second;
    struct cord_organisation_import *a = NULL;
    struct cord_organisation_import *b = NULL;
    struct cord_organisation_import_options options = options_for(&second);
    options.since_ns = 1640995200 * CORD_SECOND_NS; /* 2022 */
    CHECK(cord_organisation_import_new(&options, &b) == CORD_OK);
    options = options_for(&first);
    first.teach = b;
    CHECK(cord_organisation_import_new(&options, &a) == CORD_OK);
    cord_str old = CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"
                            "T02,B TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n");
    CHECK_U64(list(a, "trusts", "old.csv", old).claims, 2);
    struct cord_organisation_import_outcome outcome = list(a, "trusts", "old.csv", old);
    CHECK_U64(outcome.claims, 0);
    CHECK_U64(outcome.unchanged, 2);
    outcome = list(b, "trusts", "new.csv",
                   CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"
                            "T02,B FOUNDATION TRUST,Y60,,,,,,,,20110701,,,,,,,,,,,,,\n"));
    CHECK_U64(outcome.claims, 1);
    CHECK_U64(outcome.unchanged, 1);
    CHECK_STR(cord_buf_str(&second.text),
              "org.upsert org:T02 2022-01-01.. {\"name\":\"B FOUNDATION "
              "TRUST\",\"role\":\"trust\",\"region\":\"Y60\",\"country\":\"ENG\",\"opened\":\"2011-"
              "07-01\",\"standing\":\"active\"} new.csv:2\n");
    cord_organisation_import_free(a);
    cord_organisation_import_free(b);
    heard_done(&first);
    heard_done(&second);
}

static void what_a_complete_list_has_no_longer_is_closed_as_an_estimate(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    options.complete_ns = 1640995200 * CORD_SECOND_NS;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "trusts", "old.csv",
               CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"
                        "T02,B TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"));
    cord_buf_clear(&heard.text);
    struct cord_organisation_import_outcome outcome = list(
        import, "trusts", "new.csv", CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"));
    CHECK_U64(outcome.absent, 1);
    CHECK_STR(cord_buf_str(&heard.text),
              "org.close org:T02 2022-01-01.. {\"reason\":\"no longer in the list\"} new.csv:0\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

static void a_list_that_mentions_adds_and_replaces_nothing(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(
        import, "practices", "p.csv",
        CORD_STR("P01,A SURGERY,Y55,,,,,,,AB1 2CD,20110701,,A,B,00K,20130401,,,,,,,,00K,,4,\n"));
    CHECK(
        cord_str_find(cord_buf_str(&heard.text),
                      CORD_STR("org.relate org:P01 2013-04-01.. "
                               "{\"relation\":\"commissioner\",\"other\":\"00K\",\"since\":\"2013-"
                               "04-01\"}"),
                      0) != SIZE_MAX);
    cord_buf_clear(&heard.text);
    (void)list(
        import, "practice-map", "m.csv",
        CORD_STR("PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,PCN_CODE,"
                 "PCN_NAME,ONS_CCG_CODE,CCG_CODE,CCG_NAME,ONS_STP_CODE,STP_CODE,STP_NAME,ONS_COMM_"
                 "REGION_CODE,COMM_REGION_CODE,COMM_REGION_NAME\n"
                 "PUB,01Jan2022,P01,B SURGERY,AB1 2CD,U,Unallocated,E1,16C,A CCG,E2,QHM,A "
                 "SYSTEM,E3,Y63,NORTH\n"));
    CHECK_STR(
        cord_buf_str(&heard.text),
        "org.upsert org:Y63 2022-01-01.. "
        "{\"name\":\"NORTH\",\"role\":\"region\",\"country\":\"ENG\",\"standing\":\"active\"} "
        "m.csv:2\n"
        "org.alias org:Y63 2022-01-01.. {\"scheme\":\"ons\",\"alias\":\"E3\"} m.csv:2\n"
        "org.upsert org:QHM 2022-01-01.. {\"name\":\"A "
        "SYSTEM\",\"role\":\"system\",\"country\":\"ENG\",\"standing\":\"active\"} m.csv:2\n"
        "org.alias org:QHM 2022-01-01.. {\"scheme\":\"ons\",\"alias\":\"E2\"} m.csv:2\n"
        "org.relate org:QHM 2022-01-01.. {\"relation\":\"parent\",\"other\":\"Y63\"} m.csv:2\n"
        "org.upsert org:16C 2022-01-01.. {\"name\":\"A "
        "CCG\",\"role\":\"commissioner\",\"country\":\"ENG\",\"standing\":\"active\"} m.csv:2\n"
        "org.alias org:16C 2022-01-01.. {\"scheme\":\"ons\",\"alias\":\"E1\"} m.csv:2\n"
        "org.relate org:16C 2022-01-01.. {\"relation\":\"parent\",\"other\":\"QHM\"} m.csv:2\n"
        "org.alias org:P01 2022-01-01.. {\"scheme\":\"name\",\"alias\":\"B SURGERY\"} m.csv:2\n"
        "org.attribute org:P01 2022-01-01.. {\"name\":\"publication\",\"value\":\"PUB\"} m.csv:2\n"
        "org.relate org:P01 2022-01-01.. {\"relation\":\"commissioner\",\"other\":\"16C\"} "
        "m.csv:2\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

static void a_header_that_lacks_a_column_is_named(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    struct cord_organisation_import_outcome outcome;
    struct cord_error err = {""};
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    CHECK(cord_organisation_import_list(
              import, cord_organisation_columns_find(CORD_STR("dspt")), CORD_STR("d.csv"),
              CORD_STR("Code,Name,Start,Close,Sectr,STP20CDH,STP20NM,NHSER20CDH,NHSER20NM,Latest."
                       "Status,Date.Of.Publication,Final.Status,Short.Status\n"),
              &outcome, &err) == CORD_E_FORMAT);
    CHECK_STR(cord_str_from(err.text), "the header has no column 'Sector'; is it 'Sectr'?");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

static void one_that_closed_before_a_newer_list_holds_is_described_at_its_end(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    options.since_ns = 1640995200 * CORD_SECOND_NS; /* 2022 */
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "trusts", "old.csv",
               CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"));
    cord_buf_clear(&heard.text);
    (void)list(import, "trusts", "new.csv",
               CORD_STR("T01,A TRUST,Y60,,,,,,,,20110701,20200930,,,,,,,,,,,,\n"));
    CHECK_STR(cord_buf_str(&heard.text),
              "org.upsert org:T01 2020-09-30..2020-10-01 {\"name\":\"A "
              "TRUST\",\"role\":\"trust\",\"region\":\"Y60\",\"country\":\"ENG\",\"opened\":\"2011-"
              "07-01\",\"closed\":\"2020-09-30\",\"standing\":\"active\"} new.csv:1\n"
              "org.close org:T01 2020-10-01.. {} new.csv:1\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

/* To the record no beginning means now, which would be after the end. */
static void what_ended_and_began_nobody_knows_when_was_so_on_its_last_day(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "practices", "p.csv",
               CORD_STR("P01,A,Y55,,,,,,,,,20150930,C,B,00K,,20150831,,,,,,,,,4,\n"));
    CHECK_STR(
        cord_buf_str(&heard.text),
        "org.upsert org:P01 2015-09-30..2015-10-01 "
        "{\"name\":\"A\",\"role\":\"practice\",\"region\":\"Y55\",\"country\":\"ENG\",\"closed\":"
        "\"2015-09-30\",\"standing\":\"undated\",\"attributes\":[\"sub-type=B\",\"status=C\","
        "\"setting=4\"]} p.csv:1\n"
        "org.close org:P01 2015-10-01.. {} p.csv:1\n"
        "org.relate org:P01 2015-08-31..2015-09-01 "
        "{\"relation\":\"commissioner\",\"other\":\"00K\",\"until\":\"2015-08-31\"} p.csv:1\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

/* --- directories --- */

static cord_status directory(struct heard *heard, const char *text,
                             struct cord_organisation_import_outcome *outcome,
                             struct cord_error *err)
{
    struct cord_organisation_import_options options = options_for(heard);
    struct cord_organisation_import *import = NULL;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    cord_status status = cord_organisation_import_directory(import, CORD_STR("d.yaml"),
                                                            cord_str_from(text), outcome, err);
    if (status == CORD_OK) { /* again: nothing new */
        struct cord_organisation_import_outcome again;
        CHECK(cord_organisation_import_directory(import, CORD_STR("d.yaml"), cord_str_from(text),
                                                 &again, err) == CORD_OK);
        CHECK_U64(again.claims, 0);
        CHECK_U64(again.unchanged, outcome->claims);
    }
    cord_organisation_import_free(import);
    return status;
}

static void a_directory_tells_of_services_contacts_and_supplies(void)
{
    struct heard heard;
    struct cord_organisation_import_outcome outcome;
    struct cord_error err = {""};
    CHECK(directory(&heard,
                    "services:\n"
                    "  - {code: spine, name: Spine, owner: X26, national: true, needs: [network]}\n"
                    "contacts:\n"
                    "  - {of: T01, role: on-call, order: 1, channel: telephone, address: \"1\"}\n"
                    "  - {of: \"service:spine\", role: press, order: 2, channel: mail, address: "
                    "\"a@b\", independent: true}\n"
                    "supplies:\n"
                    "  - {of: S01, other: \"org:T01\", as: supplier-of, state: current}\n",
                    &outcome, &err) == CORD_OK);
    CHECK_U64(outcome.claims, 4);
    CHECK_STR(cord_buf_str(&heard.text),
              "service.upsert service:spine .. "
              "{\"name\":\"Spine\",\"owner\":\"X26\",\"national\":true,\"needs\":[\"network\"]} "
              "d.yaml:2\n"
              "contact org:T01 .. "
              "{\"role\":\"on-call\",\"order\":1,\"channel\":\"telephone\",\"address\":\"1\"} "
              "d.yaml:4\n"
              "contact service:spine .. "
              "{\"role\":\"press\",\"order\":2,\"channel\":\"mail\",\"address\":\"a@b\","
              "\"independent\":true} d.yaml:5\n"
              "org.supply org:S01 .. "
              "{\"other\":\"org:T01\",\"as\":\"supplier-of\",\"state\":\"current\"} d.yaml:7\n");
    heard_done(&heard);
}

static void a_directory_that_is_wrong_says_where(void)
{
    static const char *const cases[][2] = {
        {"services:\n  - {name: x, owner: X26}\n", "line 2: does not say of whom or what it is"},
        {"service: []\n", "line 1: there is no 'service'; did you mean services"},
        {"services: {}\n", "line 1: is to be a list"},
        {"services:\n  - x\n", "line 2: is to be a map"},
        {"services:\n  - {code: a, nam: x}\n", "line 2: there is no 'nam'; did you mean name"},
        {"services:\n  - {code: a, name: x}\n", "line 2: value.owner"},
        {"contacts:\n  - {of: T01, role: on-cal, order: 1, channel: sms, address: x}\n",
         "line 2: value.role"},
        {"contacts:\n  - {of: T01, role: on-call, order: 0, channel: sms, address: x}\n",
         "line 2: value.order"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard heard;
        struct cord_organisation_import_outcome outcome;
        struct cord_error err = {""};
        CHECK(directory(&heard, cases[i][0], &outcome, &err) == CORD_E_FORMAT);
        CHECK_STR_EQ(cord_str_slice(cord_str_from(err.text), 0, strlen(cases[i][1])),
                     cord_str_from(cases[i][1]));
        CHECK_U64(heard.claims, 0);
        heard_done(&heard);
    }
}

/* --- when memory is short --- */

static cord_status take_all(void *self, const struct cord_claim *claims, size_t count,
                            struct cord_error *err)
{
    (void)self;
    (void)err;
    return claims && count > 0 ? CORD_OK : CORD_E_IO;
}

static void any_allocation_may_fail(void)
{
    const struct cord_organisation_import_options options = {.claimant = CORD_STR("org:X26"),
                                                             .since_ns = CORD_TIME_NONE,
                                                             .complete_ns = 0,
                                                             .put = take_all};
    for (size_t nth = 1;; nth++) {
        struct cord_organisation_import *import = NULL;
        struct cord_organisation_import_outcome outcome = {0};
        kit_fail_allocation(nth);
        cord_status status = cord_organisation_import_new(&options, &import);
        if (status == CORD_OK) {
            status = cord_organisation_import_list(
                import, cord_organisation_columns_find(CORD_STR("practices")), CORD_STR("l"),
                CORD_STR(
                    "P01,A \"B\",Y55,,1 ROAD,TOWN,,,,,20110701,20171031,C,B,00K,,,,,,,,,,,4,\n"),
                &outcome, NULL);
        }
        bool failed_one = kit_fail_allocation_off();
        cord_organisation_import_free(import);
        if (failed_one == (status == CORD_OK)) {
            fail_msg("allocation %zu", nth);
        }
        if (!failed_one) {
            CHECK_U64(outcome.claims, 3);
            break;
        }
    }
}

static void what_a_complete_list_lacks_is_closed_when_it_has_others_of_its_role(void)
{
    struct heard heard;
    struct cord_organisation_import_options options = options_for(&heard);
    struct cord_organisation_import *import = NULL;
    options.complete_ns = 1640995200 * CORD_SECOND_NS;
    CHECK(cord_organisation_import_new(&options, &import) == CORD_OK);
    (void)list(import, "trusts", "t.csv",
               CORD_STR("T01,A TRUST,Y55,,,,,,,,20110701,,,,,,,,,,,,,\n"));
    (void)list(import, "practices", "p.csv",
               CORD_STR("P01,A,Y55,,,,,,,,20110701,,A,,,,,,,,,,,,,4,\n"
                        "P02,B,Y55,,,,,,,,20110701,,A,,,,,,,,,,,,,4,\n"));
    cord_buf_clear(&heard.text);
    CHECK_U64(list(import, "practices", "q.csv",
                   CORD_STR("P02,B,Y55,,,,,,,,20110701,,A,,,,,,,,,,,,,4,\n"))
                  .absent,
              1);
    CHECK_STR(cord_buf_str(&heard.text),
              "org.close org:P01 2022-01-01.. {\"reason\":\"no longer in the list\"} q.csv:0\n");
    cord_organisation_import_free(import);
    heard_done(&heard);
}

KIT_MAIN(KIT_TEST(what_ended_and_began_nobody_knows_when_was_so_on_its_last_day),
         KIT_TEST(any_allocation_may_fail),
         KIT_TEST(what_a_complete_list_lacks_is_closed_when_it_has_others_of_its_role),
         KIT_TEST(one_that_closed_before_a_newer_list_holds_is_described_at_its_end),
         KIT_TEST(a_directory_tells_of_services_contacts_and_supplies),
         KIT_TEST(a_directory_that_is_wrong_says_where), KIT_TEST(a_trust_becomes_its_description),
         KIT_TEST(one_that_closed_is_open_until_the_end_of_its_last_day),
         KIT_TEST(a_code_that_was_another_organisations_is_refused),
         KIT_TEST(one_code_for_two_names_in_a_list_is_refused),
         KIT_TEST(what_is_malformed_is_refused),
         KIT_TEST(the_same_list_says_nothing_new_and_a_newer_one_what_changed),
         KIT_TEST(what_a_complete_list_has_no_longer_is_closed_as_an_estimate),
         KIT_TEST(a_list_that_mentions_adds_and_replaces_nothing),
         KIT_TEST(a_header_that_lacks_a_column_is_named))
