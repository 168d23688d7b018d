/* test_privacy.c: audit messages without their patients. */
#include "normalise/privacy.h"

#include "kit/kit.h"

#include <stdlib.h>

/* The secret is all zeros: what "24" and an NHS number become is looked up, not written here. */
static const struct cord_patient_key key;

static cord_str key_of(const char *identifier, char text[CORD_PATIENT_KEY_TEXT])
{
    CHECK(cord_patient_key_write(&key, cord_str_from(identifier), text));
    return (cord_str){text, CORD_PATIENT_KEY_TEXT};
}

static bool has(cord_str text, const char *part)
{
    return cord_str_find(text, cord_str_from(part), 0) != SIZE_MAX;
}

static bool has_key(cord_str text, const char *identifier)
{
    char bytes[CORD_PATIENT_KEY_TEXT];
    return cord_str_find(text, key_of(identifier, bytes), 0) != SIZE_MAX;
}

struct rewritten {
    struct cord_privacy *privacy;
    cord_status status;
    cord_str text;
};

static struct rewritten rewrite(const char *record)
{
    struct rewritten result = {.privacy = cord_privacy_new(&key, 1 << 20)};
    struct cord_error err = {""};
    CHECK(result.privacy != NULL);
    result.status = cord_privacy_rewrite(result.privacy, cord_str_from(record), &result.text, &err);
    CHECK((result.status == CORD_OK) == (err.text[0] == '\0'));
    CHECK(!has(cord_str_from(err.text), "9434765919"));
    return result;
}

static void is_refused(const char *record)
{
    struct rewritten result = rewrite(record);
    CHECK(result.status == CORD_E_FORMAT || result.status == CORD_E_LIMIT);
    cord_privacy_free(result.privacy);
}

#define OBJECT(attributes, inside)                                                                 \
    "<AuditMessage><ActiveParticipant UserID='smith' UserName='Dr. Smith'/>"                       \
    "<ParticipantObjectIdentification " attributes ">" inside                                      \
    "</ParticipantObjectIdentification></AuditMessage>"

static void atna_patients_are_keyed(void)
{
    struct rewritten result =
        rewrite("<85>1 2010-12-17T15:12:04.287-06:00 h app 521 IHE+RFC-3881 - "
                "<?xml version=\"1.0\"?>\n" OBJECT(
                    "ParticipantObjectID=\"24^^^MPI&amp;1.2.3&amp;ISO^PI~25^^^B\" "
                    "ParticipantObjectTypeCode='1' ParticipantObjectTypeCodeRole='1'",
                    "\n <ParticipantObjectIDTypeCode csd-code='2'/><ParticipantObjectName>John "
                    "Doe</ParticipantObjectName><ParticipantObjectDetail type='MSH-10' "
                    "value='SmFuZQ=='/>"));
    CHECK(result.status == CORD_OK);
    CHECK(has_key(result.text, "24") && has_key(result.text, "25"));
    CHECK(!has(result.text, "24^") && !has(result.text, "MPI") && !has(result.text, "John"));
    CHECK(!has(result.text, "SmFuZQ") && has(result.text, "type='MSH-10'"));
    CHECK(has(result.text, "UserName='Dr. Smith'") && has(result.text, "<85>1 2010-12-17"));
    CHECK(has(result.text, "<ParticipantObjectName>removed</ParticipantObjectName>"));
    cord_privacy_free(result.privacy);
}

static void atna_objects_keep_their_identifier(void)
{
    struct rewritten result = rewrite(
        OBJECT("ParticipantObjectID='1.2.840.1' ParticipantObjectTypeCode='2'",
               "<ParticipantObjectIDTypeCode csd-code='ITI-47'/><ParticipantObjectQuery>bWVpZXI="
               "</ParticipantObjectQuery><!-- Meier --><![CDATA[Meier]]>"));
    CHECK(result.status == CORD_OK);
    CHECK(has(result.text, "'1.2.840.1'") && !has(result.text, "bWVpZXI=") &&
          !has(result.text, "Meier"));
    cord_privacy_free(result.privacy);
    result = rewrite(OBJECT("ParticipantObjectID='x7' ParticipantObjectTypeCode='2'",
                            "<p:ParticipantObjectIDTypeCode xmlns:p='u' code='5'/>"));
    CHECK(result.status == CORD_OK && has_key(result.text, "x7")); /* a social security number */
    cord_privacy_free(result.privacy);
    result = rewrite(OBJECT("ParticipantObjectID='x8'", ""));
    CHECK(result.status == CORD_OK && has_key(result.text, "x8")); /* does not say what it is */
    cord_privacy_free(result.privacy);
}

static void numbers_are_keyed_wherever_they_are(void)
{
    struct rewritten result =
        rewrite("<AuditMessage><AuditSourceIdentification AuditSourceID='943&#x20;476&#32;5919'/>"
                "of 94&#51;4765919, http://x/Observation?patient=7&amp;name=Doe "
                "seen</AuditMessage>");
    CHECK(result.status == CORD_OK);
    CHECK(has_key(result.text, "9434765919") && !has(result.text, "Doe"));
    CHECK(has(result.text, "?removed seen") && !has(result.text, "5919"));
    cord_privacy_free(result.privacy);
    result = rewrite("{\"resourceType\":\"AuditEvent\",\"a\":9434765919,\"b\":\"\\u0039434765919\","
                     "\"outcomeDesc\":\"seen Patient\\/24.\"}");
    CHECK(result.status == CORD_OK);
    CHECK(has_key(result.text, "9434765919") && !has(result.text, "434765919"));
    CHECK(!has(result.text, "/24"));
    cord_privacy_free(result.privacy);
}

static void fhir_patients_are_keyed(void)
{
    struct rewritten result = rewrite(
        "{\"resourceType\":\"AuditEvent\",\"text\":{\"div\":\"<div>Doe</div>\"},"
        "\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"24\",\"name\":[{\"family\":\"Doe\"}]"
        ","
        "\"identifier\":[{\"system\":\"s\",\"value\":\"25\"}],\"birthDate\":\"1970-01-01\"}],"
        "\"agent\":[{\"who\":{\"display\":\"Dr. Smith\"}},{\"name\":\"Doe\",\"altId\":\"26\","
        "\"who\":{\"reference\":\"Patient/24\",\"display\":\"Doe\"}}],"
        "\"entity\":[{\"what\":{\"reference\":\"https://x/fhir/Patient/24/_history/2\","
        "\"identifier\":{\"value\":\"25\"},\"display\":\"Doe\"},\"type\":{\"code\":\"1\"},"
        "\"role\":{\"code\":\"1\",\"display\":\"Patient\"},\"name\":\"Doe\"},"
        "{\"what\":{\"reference\":\"List/l\"},\"type\":{\"code\":\"2\"},\"query\":\"RG9l\","
        "\"detail\":[{\"type\":\"t\",\"valueString\":\"Doe\"}]}],"
        "\"patient\":{\"identifier\":{\"value\":\"24\"}}}");
    CHECK(result.status == CORD_OK);
    CHECK(has_key(result.text, "24") && has_key(result.text, "25") && has_key(result.text, "26"));
    CHECK(!has(result.text, "Doe") && !has(result.text, "\"24\"") && !has(result.text, "/24"));
    CHECK(!has(result.text, "1970") && !has(result.text, "RG9l") && !has(result.text, "\"25\""));
    CHECK(has(result.text, "Dr. Smith") && has(result.text, "List/l"));
    CHECK(has(result.text, "https://x/fhir/Patient/pk:"));
    CHECK(has(result.text, "\"system\":\"s\"") && has(result.text, "\"code\":\"1\""));
    cord_privacy_free(result.privacy);
}

static void check_field(const struct cord_privacy *privacy, size_t at, const char *group,
                        const char *name, const char *value)
{
    struct cord_privacy_field field = cord_privacy_field_at(privacy, at);
    CHECK_STR_EQ(field.group, cord_str_from(group));
    CHECK_STR_EQ(field.name, cord_str_from(name));
    CHECK_STR_EQ(field.value, cord_str_from(value));
}

static void atna_has_fields(void)
{
    char bytes[CORD_PATIENT_KEY_TEXT];
    struct rewritten result =
        rewrite("<AuditMessage v='1'><EventIdentification EventActionCode='R&amp;D'><EventID "
                "code='110112' displayName='Query'/></EventIdentification>"
                "<ParticipantObjectIdentification ParticipantObjectID='24' "
                "ParticipantObjectTypeCode='1'><ParticipantObjectName>Doe</ParticipantObjectName>"
                "<Encrypted>no</Encrypted></ParticipantObjectIdentification></AuditMessage>");
    CHECK(result.status == CORD_OK);
    CHECK_U64(cord_privacy_field_count(result.privacy), 6);
    check_field(result.privacy, 0, "EventIdentification", "EventActionCode", "R&D");
    check_field(result.privacy, 1, "EventIdentification", "EventID.csd-code", "110112");
    check_field(result.privacy, 2, "EventIdentification", "EventID.originalText", "Query");
    struct cord_privacy_field patient = cord_privacy_field_at(result.privacy, 3);
    CHECK_STR(patient.name, "ParticipantObjectID");
    CHECK_STR_EQ(patient.value, key_of("24", bytes));
    check_field(result.privacy, 5, "ParticipantObjectIdentification", "Encrypted", "no");
    CHECK(cord_privacy_rewrite(result.privacy, CORD_STR("{\"resourceType\":\"AuditEvent\"}"),
                               &result.text, NULL) == CORD_OK);
    CHECK_U64(cord_privacy_field_count(result.privacy), 0);
    cord_privacy_free(result.privacy);
}

/* A resource in XML becomes what it is in JSON, without its patients, also behind a syslog
 * header. */
static void fhir_in_xml_becomes_json(void)
{
    struct rewritten result =
        rewrite("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- an example -->\n"
                "<AuditEvent xmlns=\"http://hl7.org/fhir\"><text><div>Doe</div></text>"
                "<contained><Patient><id value=\"24\"/><name><family value=\"Doe\"/></name>"
                "<birthDate value=\"1970-01-01\"/></Patient></contained>"
                "<agent><who><display value=\"Dr. Smith\"/></who></agent>"
                "<entity><what><reference value=\"https://x/fhir/Patient/24/_history/2\"/>"
                "<identifier><value value=\"25\"/></identifier><display value=\"Doe\"/></what>"
                "<role><code value=\"1\"/></role><name value=\"Doe\"/></entity>"
                "<entity><what><reference value=\"List/l\"/></what><query value=\"RG9l\"/></entity>"
                "</AuditEvent>");
    CHECK(result.status == CORD_OK);
    CHECK(cord_str_starts(result.text, CORD_STR("{\"resourceType\":\"AuditEvent\",")));
    CHECK(has_key(result.text, "24") && has_key(result.text, "25"));
    CHECK(!has(result.text, "Doe") && !has(result.text, "1970") && !has(result.text, "RG9l"));
    CHECK(has(result.text, "Dr. Smith") && has(result.text, "List/l"));
    CHECK_U64(cord_privacy_field_count(result.privacy), 0);
    cord_privacy_free(result.privacy);
    result = rewrite("<85>1 2026-01-02T03:04:05Z h app - - - <f:Bundle xmlns:f='u'><f:entry>"
                     "<f:resource><f:AuditEvent><f:entity><f:what><f:identifier>"
                     "<f:value value='943 476 5919'/></f:identifier></f:what></f:entity>"
                     "</f:AuditEvent></f:resource></f:entry></f:Bundle>");
    CHECK(result.status == CORD_OK && has_key(result.text, "9434765919"));
    CHECK(has(result.text, " - - - {\"resourceType\":\"Bundle\",\"entry\":{\"resource\":{"));
    cord_privacy_free(result.privacy);
    is_refused("<AuditEvent><entity/></AuditEvent>");
    is_refused("<AuditEvent n='1'/>");
    is_refused("<AuditEvent><a value='9434765919' id='x'");
    is_refused("<x><AuditEvent/></x>");
}

/* R5 has no type; STU3 has identifiers beside the reference, in HL7's own form. */
static void all_releases_of_fhir(void)
{
    struct rewritten result = rewrite(
        "{\"resourceType\":\"AuditEvent\",\"entity\":[{\"role\":{\"coding\":[{\"code\":\"1\"}]},"
        "\"what\":{\"identifier\":{\"value\":\"943 476 5919\"}}}]}");
    CHECK(result.status == CORD_OK && has_key(result.text, "9434765919"));
    cord_privacy_free(result.privacy);
    result = rewrite("{\"resourceType\":\"AuditEvent\",\"entity\":[{\"identifier\":{\"value\":"
                     "\"24^^^&2.16.840&ISO\"},\"role\":{\"code\":\"1\"}}]}");
    CHECK(result.status == CORD_OK && has_key(result.text, "24") && !has(result.text, "2.16"));
    cord_privacy_free(result.privacy);
    result = rewrite("{\"resourceType\":\"AuditEvent\",\"entity\":[{\"what\":{\"identifier\":"
                     "{\"value\":\"x9\"}}}]}");
    CHECK(result.status == CORD_OK && has_key(result.text, "x9")); /* does not say what it is */
    cord_privacy_free(result.privacy);
}

static void what_cannot_be_understood_is_refused(void)
{
    is_refused("");
    is_refused("<85>1 - h app - - - no audit message");
    is_refused("<AuditMessage>");
    is_refused("<AuditMessage a='1' a='2'/>");
    is_refused("<!DOCTYPE x [<!ENTITY e '9434765919'>]><AuditMessage>&e;</AuditMessage>");
    is_refused("<x><AuditMessage/></x>x");
    is_refused("<x n='<AuditMessage'/>");
    is_refused("<AuditMessage><n9434765919/></AuditMessage> 9434765919");
    is_refused("{\"resourceType\":\"AuditEvent\"");
    is_refused("{\"resourceType\":\"AuditEvent\"} x");
    is_refused("{\"resourceType\":\"Patient\"}");
    is_refused("{\"resourceType\":\"AuditEvent\",}");
    is_refused("{\"resourceType\":\"AuditEvent\",\"9434765919\":1}");
    is_refused("{\"resourceType\":\"AuditEvent\",\"\\u0065ntity\":1}");
    is_refused("{\"resourceType\":\"AuditEvent\",\"a\":[1 2]}");
    is_refused("{\"resourceType\":\"AuditEvent\",\"a\":\"\\x\"}");
    is_refused("[1]");
}

static void deep_and_wide_is_refused(void)
{
    enum { DEEP = 100 };
    char text[64 + 2 * DEEP] = "{\"resourceType\":\"AuditEvent\",\"a\":";
    size_t len = strlen(text);
    memset(text + len, '[', DEEP);
    memset(text + len + DEEP, ']', DEEP);
    text[len + (size_t)2 * DEEP] = '}';
    is_refused(text);
}

/* A record rewritten a second time stays what it is. */
static void keys_stay(void)
{
    struct rewritten once = rewrite(OBJECT("ParticipantObjectID='1' ParticipantObjectTypeCode='2'",
                                           "<ParticipantObjectDetail type='t' value='Patient/7'/>"
                                           "<x y='Patient/24/a'/>"));
    char *text = calloc(1, once.text.len + 1);
    CHECK(once.status == CORD_OK && text && has_key(once.text, "24"));
    memcpy(text, once.text.ptr, once.text.len);
    struct rewritten twice = rewrite(text);
    CHECK_STR_EQ(twice.text, once.text);
    cord_privacy_free(once.privacy);
    cord_privacy_free(twice.privacy);
    free(text);
}

KIT_MAIN(KIT_TEST(atna_patients_are_keyed), KIT_TEST(atna_objects_keep_their_identifier),
         KIT_TEST(numbers_are_keyed_wherever_they_are), KIT_TEST(fhir_patients_are_keyed),
         KIT_TEST(atna_has_fields), KIT_TEST(fhir_in_xml_becomes_json),
         KIT_TEST(all_releases_of_fhir), KIT_TEST(what_cannot_be_understood_is_refused),
         KIT_TEST(deep_and_wide_is_refused), KIT_TEST(keys_stay))
