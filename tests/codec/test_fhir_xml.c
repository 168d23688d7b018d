/* test_fhir_xml.c: FHIR in XML becomes FHIR in JSON, or is refused. */
#include "codec/fhir_xml.h"
#include "kit/kit.h"

#include <stdlib.h>

struct bench {
    struct cord_xml_tokens tokens;
    struct cord_buf plain;
    struct cord_buf json;
    struct cord_error err;
    cord_status status;
};

static struct bench converted(const char *document)
{
    struct bench bench = {.err = {""}};
    cord_buf_init(&bench.plain, 1 << 16);
    cord_buf_init(&bench.json, 1 << 16);
    CHECK(cord_xml_tokens_read(&bench.tokens, cord_str_from(document), NULL) == CORD_OK);
    bench.status = cord_fhir_xml_json(&bench.tokens, &bench.plain, &bench.json, &bench.err);
    CHECK(!bench.json.failed && !bench.plain.failed);
    return bench;
}

static void bench_done(struct bench *bench)
{
    cord_xml_tokens_done(&bench->tokens);
    cord_buf_done(&bench->plain);
    cord_buf_done(&bench->json);
}

static void becomes(const char *document, const char *json)
{
    struct bench bench = converted(document);
    CHECK(bench.status == CORD_OK);
    CHECK_STR_EQ(cord_buf_str(&bench.json), cord_str_from(json));
    bench_done(&bench);
}

static void is_refused(const char *document, const char *why)
{
    struct bench bench = converted(document);
    CHECK(bench.status == CORD_E_FORMAT);
    CHECK(strstr(bench.err.text, why) != NULL);
    bench_done(&bench);
}

static void values_objects_and_lists(void)
{
    becomes("<AuditEvent xmlns='http://hl7.org/fhir'><id value='a&amp;b&#34;'/>\n"
            "  <agent><requestor value='true'/></agent><action value='R'/></AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"id\":\"a&b\\\"\","
            "\"agent\":{\"requestor\":\"true\"},\"action\":\"R\"}");
    becomes("<?xml version='1.0'?><!-- c --><AuditEvent><agent><a value='1'/><a value='2'/></agent>"
            "<!-- c --><agent><a value='3'/></agent><b value=''/></AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"agent\":[{\"a\":[\"1\",\"2\"]},{\"a\":\"3\"}],"
            "\"b\":\"\"}");
    becomes("<AuditEvent/>", "{\"resourceType\":\"AuditEvent\"}");
    becomes("<f:AuditEvent xmlns:f='http://hl7.org/fhir' xsi:schemaLocation='a b' xmlns:xsi='x'>"
            "<f:action value='R'/></f:AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"action\":\"R\"}");
}

static void resources_within_others(void)
{
    becomes("<Bundle><entry><fullUrl value='u'/><resource><AuditEvent><action value='R'/>"
            "</AuditEvent></resource></entry><entry><resource><AuditEvent/></resource></entry>"
            "</Bundle>",
            "{\"resourceType\":\"Bundle\",\"entry\":[{\"fullUrl\":\"u\",\"resource\":"
            "{\"resourceType\":\"AuditEvent\",\"action\":\"R\"}},{\"resource\":"
            "{\"resourceType\":\"AuditEvent\"}}]}");
    is_refused("<Bundle><resource><A/><B/></resource></Bundle>", "a resource beside");
    is_refused("<Bundle><resource id='1'><A/></resource></Bundle>", "a resource beside");
    is_refused("<Bundle><A/></Bundle>", "a resource beside");
}

static void extensions(void)
{
    becomes("<AuditEvent><recorded value='2026' id='r'><extension url='u'><valueCode value='c'/>"
            "</extension></recorded><extension id='e' url='w'/></AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"recorded\":\"2026\",\"_recorded\":{\"id\":\"r\","
            "\"extension\":{\"url\":\"u\",\"valueCode\":\"c\"}},"
            "\"extension\":{\"id\":\"e\",\"url\":\"w\"}}");
    is_refused("<AuditEvent><a value='1' id='r'/><a value='2'/></AuditEvent>", "of several values");
}

static void a_narrative_is_its_texts(void)
{
    becomes("<AuditEvent><text><status value='generated'/><div xmlns='http://www.w3.org/1999/xhtml'"
            " class='c'>a <b>bold</b><br/></div></text><action value='R'/></AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"text\":{\"status\":\"generated\","
            "\"div\":[\"a \",\"bold\"]},\"action\":\"R\"}");
    becomes("<AuditEvent><div/><div>x</div></AuditEvent>",
            "{\"resourceType\":\"AuditEvent\",\"div\":[[],[\"x\"]]}");
}

static void what_fhir_does_not_have_is_refused(void)
{
    is_refused("<audit><a value='1'/></audit>", "no resource");
    is_refused("<AuditEvent><a/></AuditEvent>", "neither a value");
    is_refused("<AuditEvent><a value='1' b='2'/></AuditEvent>", "an attribute");
    is_refused("<AuditEvent hidden='1'/>", "an attribute");
    is_refused("<AuditEvent><a value='1'>text</a></AuditEvent>", "text between");
    is_refused("<AuditEvent><a value='1'/><![CDATA[x]]></AuditEvent>", "CDATA");
    is_refused("<AuditEvent><a.b value='1'/></AuditEvent>", "an element that");
}

KIT_MAIN(KIT_TEST(values_objects_and_lists), KIT_TEST(resources_within_others),
         KIT_TEST(extensions), KIT_TEST(a_narrative_is_its_texts),
         KIT_TEST(what_fhir_does_not_have_is_refused))
