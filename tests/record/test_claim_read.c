/* test_claim_read.c: claims as text, and what is wrong with some. */
#include "kit/kit.h"

#include "record/claim_read.h"

#define HEAD "{\"kind\":\"status.claim\",\"subject\":\"org:R1H\","
#define TAIL "\"claimant\":\"org:X24\",\"method\":\"telephone\"}"

struct reading {
    struct cord_claim_reader *reader;
    struct cord_claim claim;
    struct cord_digest hash;
    bool hashed;
    struct cord_error err;
    struct cord_buf text;
};

static void begin(struct reading *r)
{
    memset(r, 0, sizeof *r);
    CHECK(cord_claim_reader_new(&r->reader) == CORD_OK);
    cord_buf_init(&r->text, CORD_CLAIM_LINE_MAX);
}

static void end(struct reading *r)
{
    cord_claim_reader_free(r->reader);
    cord_buf_done(&r->text);
}

static cord_status take(struct reading *r, const char *text)
{
    return cord_claim_read(r->reader, cord_str_from(text), &r->claim, &r->hash, &r->hashed,
                           &r->err);
}

static cord_str rewritten(struct reading *r)
{
    cord_buf_clear(&r->text);
    cord_claim_write(&r->claim, &r->text);
    CHECK(!r->text.failed);
    return cord_buf_str(&r->text);
}

static void reads_a_claim_with_its_defaults(void)
{
    struct reading r;
    begin(&r);
    CHECK(take(&r, HEAD "\"value\":{\"state\":\"infected\"}," TAIL) == CORD_OK);
    CHECK_STR(r.claim.subject, "org:R1H");
    CHECK_STR(cord_claim_state(&r.claim), "infected");
    CHECK(r.claim.confidence == CORD_CLAIM_CONFIDENCE);
    CHECK(r.claim.basis == CORD_CLAIM_REPORTED && r.claim.marking == CORD_CLAIM_AMBER);
    CHECK(r.claim.valid_from_ns == CORD_TIME_NONE && r.claim.valid_to_ns == CORD_TIME_NONE);
    CHECK(r.claim.number == 0 && r.claim.supersedes == 0 && !r.hashed);
    CHECK_STR(rewritten(&r),
              "{\"kind\":\"status.claim\",\"subject\":\"org:R1H\",\"value\":{\"state\":"
              "\"infected\"},\"claimant\":\"org:X24\",\"method\":\"telephone\",\"confidence\":50,"
              "\"basis\":\"reported\",\"marking\":\"TLP:AMBER\"}");
    end(&r);
}

static const char whole[] =
    "{\"number\":17,\"kind\":\"care.cancelled\",\"subject\":\"org:RXX\",\"value\":{\"date\":"
    "\"2017-05-12\",\"care\":\"all\",\"count\":\"estimated\",\"estimator\":\"\\u00e9 \\\"x\\\" "
    "\\\\ "
    "2.82\"},\"amount\":\"19494\",\"unit\":\"appointments\",\"valid_from\":\"2017-05-12T00:00:00."
    "000Z\",\"valid_to\":\"2017-05-13T00:00:00.000Z\",\"recorded\":\"2017-10-27T08:00:00.000Z\","
    "\"claimant\":\"org:NAO\",\"method\":\"report\",\"confidence\":80,\"basis\":\"estimated\","
    "\"source\":\"HC 414\",\"key\":\"a/1\",\"supersedes\":3,\"marking\":\"TLP:CLEAR\","
    "\"exercise\":\"may\"}";

static void what_it_writes_it_reads_again(void)
{
    struct reading r;
    begin(&r);
    CHECK(take(&r, whole) == CORD_OK);
    CHECK(r.claim.number == 17 && r.claim.supersedes == 3 && r.claim.confidence == 80);
    CHECK_STR(r.claim.amount, "19494");
    char first[2048];
    cord_str text = rewritten(&r);
    CHECK(text.len < sizeof first);
    memcpy(first, text.ptr, text.len);
    first[text.len] = '\0';
    CHECK(take(&r, first) == CORD_OK);
    CHECK_STR_EQ(rewritten(&r), cord_str_from(first));
    CHECK_STR(cord_claim_member(r.claim.value, "care"), "all");
    CHECK(!cord_claim_member(r.claim.value, "weather").ptr);
    cord_buf_clear(&r.text);
    cord_claim_write_part(&r.claim, &r.text);
    CHECK_STR(cord_buf_str(&r.text),
              "{\"date\":\"2017-05-12\",\"care\":\"all\",\"count\":\"estimated\"}");
    end(&r);
}

static void puts_members_and_numbers_in_one_form(void)
{
    struct reading r;
    begin(&r);
    CHECK(take(&r, " {\"method\":\"x\", \"claimant\":\"user:7\", \"amount\":1.950e3,"
                   "\"unit\":\"GBP\", \"value\": {\"item\":\"a\\/b\", \"category\":\"it\"} ,"
                   "\"subject\":\"incident:1\",\"kind\":\"cost.line\"} ") == CORD_OK);
    CHECK_STR(r.claim.value, "{\"category\":\"it\",\"item\":\"a/b\"}");
    CHECK_STR(r.claim.amount, "1950");
    CHECK(take(&r, HEAD "\"valid_from\":\"2017-05-12T16:00:00+01:00\","
                        "\"value\":{\"state\":\"clear\"}," TAIL) == CORD_OK);
    CHECK(cord_str_find(rewritten(&r), CORD_STR("\"2017-05-12T15:00:00.000Z\""), 0) != SIZE_MAX);
    end(&r);
}

struct refusal {
    const char *text;
    const char *says;
};

static const struct refusal refusals[] = {
    {"", "object"},
    {"[]", "object"},
    {"{}", "kind: is missing"},
    {"{\"kind\":\"status.clam\"}", "did you mean 'status.claim'?"},
    {"{\"kind\":7}", "kind: is to be a text"},
    {HEAD "\"value\":{\"state\":\"infcted\"}," TAIL, "value.state"},
    {HEAD "\"value\":{\"state\":\"infcted\"}," TAIL, "did you mean 'infected'?"},
    {HEAD "\"value\":{\"stat\":\"infected\"}," TAIL, "value.stat"},
    {HEAD "\"value\":{\"stat\":\"infected\"}," TAIL, "did you mean 'state'?"},
    {HEAD "\"value\":{\"state\":\"clear\",\"state\":\"clear\"}," TAIL,
     "value.state: is there twice"},
    {HEAD "\"value\":{}," TAIL, "value.state"},
    {HEAD TAIL, "is missing"},
    {HEAD "\"value\":[]," TAIL, "value: is to be an object"},
    {HEAD "\"value\":{\"state\":{\"a\":1}}," TAIL, "value.state"},
    {HEAD "\"valeu\":{}," TAIL, "did you mean 'value'?"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"method\":\"a\"," TAIL, "method: is there twice"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"\"}," TAIL, "leave it out"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"a\\u0007\"}," TAIL, "control character"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"a\tb\"}," TAIL, "control character"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"a\xe2\x80\xae\"}," TAIL,
     "control character"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"a\xff\"}," TAIL, "no UTF-8"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"\\q\"}," TAIL, "escape sequence"},
    {HEAD "\"value\":{\"state\":\"clear\",\"reason\":\"\\u12x4\"}," TAIL, "escape sequence"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"amount\":\"5\"," TAIL, "amount: its kind has none"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"confidence\":101," TAIL, "confidence"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"confidence\":1.5," TAIL, "whole number"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"supersedes\":-1," TAIL, "supersedes"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"basis\":\"rumour\"," TAIL, "basis"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"marking\":\"AMBER\"," TAIL, "marking"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"hash\":\"00\"," TAIL, "hash"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"valid_from\":\"2017-05-12\"," TAIL, "with its zone"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"valid_from\":\"2017-13-12T00:00:00Z\"," TAIL, "time"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"valid_from\":\"2017-05-12T00:00:00Z\",\"valid_to\":"
          "\"2017-05-12T00:00:00Z\"," TAIL,
     "valid_to: is to be after"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"claimant\":\"me\",\"method\":\"x\"}", "claimant"},
    {HEAD "\"value\":{\"state\":\"clear\"},\"claimant\":\"org:A\"}", "method: is missing"},
    {HEAD "\"value\":{\"state\":\"clear\"}," TAIL "{}", "no JSON"},
    {HEAD "\"value\":{\"state\":\"clear\"},", "no JSON"},
    {"{\"kind\":\"status.claim\",\"subject\":\"service:x\",\"value\":{\"state\":\"clear\"}," TAIL,
     "subject: is to be org:NAME, site:NAME"},
    {"{\"kind\":\"status.claim\",\"subject\":\"org:a b\",\"value\":{\"state\":\"clear\"}," TAIL,
     "subject"},
    {"{\"kind\":\"status.revise\",\"subject\":\"org:a\",\"value\":{\"state\":\"clear\",\"reason\":"
     "\"x\"}," TAIL,
     "supersedes: is missing"},
    {"{\"kind\":\"cost.line\",\"subject\":\"org:a\",\"value\":{\"category\":\"it\"}," TAIL,
     "amount: is missing"},
    {"{\"kind\":\"cost.line\",\"subject\":\"org:a\",\"value\":{\"category\":\"it\"},\"amount\":"
     "1e99,"
     "\"unit\":\"GBP\"," TAIL,
     "amount"},
    {"{\"kind\":\"cost.line\",\"subject\":\"org:a\",\"value\":{\"category\":\"it\"},\"amount\":1,"
     "\"unit\":\"GPB\"," TAIL,
     "unit: 'GPB' is none of its words; did you mean 'GBP'?"},
    {"{\"kind\":\"cost.line\",\"subject\":\"org:a\",\"value\":{\"category\":\"it\"},\"unit\":"
     "\"GBP\"," TAIL,
     "amount: is missing"},
    {"{\"kind\":\"care.cancelled\",\"subject\":\"org:a\",\"value\":{\"date\":\"2017-02-30\","
     "\"care\":"
     "\"all\",\"count\":\"identified\"},\"amount\":1,\"unit\":\"patients\"," TAIL,
     "value.date"},
    {"{\"kind\":\"org.relate\",\"subject\":\"org:a\",\"value\":{\"relation\":\"parent\",\"other\":"
     "\"a/b\"}," TAIL,
     "value.other"},
};

static void names_what_is_wrong_and_where(void)
{
    struct reading r;
    begin(&r);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        r.err.text[0] = '\0';
        if (take(&r, refusals[i].text) != CORD_E_FORMAT || !strstr(r.err.text, refusals[i].says)) {
            fail_msg("%s: said '%s', not '%s'", refusals[i].text, r.err.text, refusals[i].says);
        }
    }
    end(&r);
}

static void every_cut_is_refused(void)
{
    struct reading r;
    begin(&r);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        CHECK(cord_claim_read(r.reader, (cord_str){whole, len}, &r.claim, &r.hash, &r.hashed,
                              &r.err) == CORD_E_FORMAT);
    }
    end(&r);
}

static void chains_by_what_was_before(void)
{
    struct reading r;
    struct cord_digest none = {{0}};
    struct cord_digest a;
    struct cord_digest b;
    begin(&r);
    CHECK(take(&r, whole) == CORD_OK);
    CHECK(cord_claim_hash(&r.claim, &none, &r.text, &a) == CORD_OK);
    CHECK(cord_claim_hash(&r.claim, &a, &r.text, &b) == CORD_OK);
    CHECK(!cord_digest_eq(&a, &b));
    cord_buf_clear(&r.text);
    cord_claim_write_hashed(&r.claim, &a, &r.text);
    CHECK(cord_claim_read(r.reader, cord_buf_str(&r.text), &r.claim, &r.hash, &r.hashed, &r.err) ==
          CORD_OK);
    CHECK(r.hashed && cord_digest_eq(&a, &r.hash));
    end(&r);
}

static void checks_a_claim_that_was_put_together(void)
{
    struct reading r;
    begin(&r);
    struct cord_claim claim = {
        .kind = cord_claim_kind_find(CORD_STR("link.down")),
        .subject = CORD_STR("org:RNQ"),
        .value = CORD_STR("{ \"precautionary\": true, \"link\": \"mail\" }"),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .recorded_ns = CORD_TIME_NONE,
        .claimant = CORD_STR("org:RNQ"),
        .method = CORD_STR("telephone"),
    };
    CHECK(cord_claim_check(r.reader, &claim, &r.err) == CORD_OK);
    CHECK_STR(claim.value, "{\"link\":\"mail\",\"precautionary\":true}");
    CHECK_STR(cord_claim_state(&claim), "down");
    claim.method = CORD_STR("tele\nphone");
    CHECK(cord_claim_check(r.reader, &claim, &r.err) == CORD_E_FORMAT);
    CHECK(strstr(r.err.text, "method"));
    end(&r);
}

static void takes_subjects_that_are_names(void)
{
    static const char *const only[] = {"org", NULL};
    CHECK(cord_claim_is_subject(CORD_STR("org:R1H"), only));
    CHECK(!cord_claim_is_subject(CORD_STR("site:R1H"), only));
    CHECK(!cord_claim_is_subject(CORD_STR("org:"), only));
    CHECK(!cord_claim_is_subject(CORD_STR("org:<b>"), NULL));
    CHECK(!cord_claim_is_subject(CORD_STR("Org:R1H"), NULL));
    CHECK(!cord_claim_is_subject(CORD_STR(":R1H"), NULL));
    CHECK_STR(cord_claim_subject_rest(CORD_STR("org:R1H"), "org"), "R1H");
    CHECK(!cord_claim_subject_rest(CORD_STR("organ:R1H"), "org").ptr);
}

KIT_MAIN(KIT_TEST(reads_a_claim_with_its_defaults), KIT_TEST(what_it_writes_it_reads_again),
         KIT_TEST(puts_members_and_numbers_in_one_form), KIT_TEST(names_what_is_wrong_and_where),
         KIT_TEST(every_cut_is_refused), KIT_TEST(chains_by_what_was_before),
         KIT_TEST(checks_a_claim_that_was_put_together), KIT_TEST(takes_subjects_that_are_names))
