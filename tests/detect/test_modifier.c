/*
 * test_modifier.c: what each modifier makes of a value.
 *
 * "MA" is the modifiers appendix 2.1.0, "RS" the rules specification 2.1.0.
 */
#include "kit/kit.h"

#include "kit/kit_rules.h"

#include <stdio.h>

static struct cord_collection *item(const char *text)
{
    char detection[2048];
    (void)snprintf(detection, sizeof detection, "    sel:\n        %s\n    condition: sel\n", text);
    return kit_rules_detection(cord_str_from(detection));
}

struct meaning {
    const char *item;
    const char *tree;
};

static void check_meanings(const struct meaning *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_collection *collection = item(cases[i].item);
        KIT_RULES_CHECK(collection, cases[i].tree);
        cord_collection_free(collection);
    }
}
#define CHECK_MEANINGS(cases) check_meanings((cases), sizeof(cases) / sizeof *(cases))

static void check_refusals(const struct meaning *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_collection *collection = item(cases[i].item);
        const struct cord_rule_refusal *refusal =
            kit_rules_refusal(collection, false, cases[i].tree);
        if (!refusal || cord_collection_rule_count(collection) != 0 || refusal->line < 5) {
            print_error("%s\n", cases[i].item);
            kit_rules_print(collection);
            fail();
        }
        cord_collection_free(collection);
    }
}
#define CHECK_REFUSALS(cases) check_refusals((cases), sizeof(cases) / sizeof *(cases))

/* RS "Escape Character", all its lines, and what lies between them. */
static void backslashes_escape_only_wildcards(void)
{
    static const struct meaning cases[] = {
        {"A: 'a\\b'", "A=a\\b"},
        {"A: 'a\\\\b'", "A=a\\b"},
        {"A: 'a\\*b'", "A=a\\*b"},
        {"A: 'a\\?b'", "A=a\\?b"},
        {"A: 'a\\\\*b'", "A=a\\*b"},
        {"A: 'a\\\\\\*b'", "A=a\\\\*b"},
        {"A: 'a\\\\\\b'", "A=a\\\\b"},
        {"A: 'a\\\\\\\\b'", "A=a\\\\b"},
        {"A: 'a\\'", "A=a\\"},
        {"A: 'a\\\\'", "A=a\\"},
        {"A: '*a?b*'", "A=*a?b*"},
        {"A: 'a**b'", "A=a*b"},
        {"A: '**'", "A=*"},
        {"A: '*?*'", "A=*?*"},
    };
    CHECK_MEANINGS(cases);
}

/* A literal asterisk and a wildcard render alike behind a backslash above, so
 * the parts are looked at here. */
static void an_escaped_backslash_leaves_a_wildcard(void)
{
    struct cord_collection *collection = item("A: 'a\\\\*'");
    const struct cord_atom *atom = cord_collection_rule(collection, 0)->conditions[0]->atom;
    CHECK_U64(atom->part_count, 2);
    CHECK_STR(atom->parts[0].text, "a\\");
    CHECK(atom->parts[1].kind == CORD_PART_ANY);
    cord_collection_free(collection);
}

/* MA "Generic Modifiers". */
static void places_add_wildcards_after_parsing(void)
{
    static const struct meaning cases[] = {
        {"A|contains: x", "A=*x*"},
        {"A|startswith: x", "A=x*"},
        {"A|endswith: x", "A=*x"},
        {"A|contains: '*x'", "A=*x*"},
        {"A|contains: 'x\\'", "A=*x\\*"}, /* no escape of the added '*' */
        {"A|startswith: 'x\\'", "A=x\\*"},
        {"A|contains: 4444", "A=*4444*"},
        {"A|contains: 1.50", "A=*1.50*"},
        {"A|contains: true", "A=*true*"},
        {"A|contains: ''", "A=*"},
        {"A|contains|all: [x, y]", "(and A=*x* A=*y*)"},
        {"A|all|contains: [x, y]", "(and A=*x* A=*y*)"},
        {"A|contains: [x, y]", "(or A=*x* A=*y*)"},
        {"A|cased: X", "A==X"},
        {"A|contains|cased: X", "A==*X*"},
    };
    CHECK_MEANINGS(cases);
    struct cord_collection *collection = item("A|contains: 'x\\'");
    const struct cord_atom *atom = cord_collection_rule(collection, 0)->conditions[0]->atom;
    CHECK_U64(atom->part_count, 3);
    CHECK_STR(atom->parts[1].text, "x\\");
    cord_collection_free(collection);
}

/* RS "General", "Special Field Values"; numbers by their decimal text. */
static void plain_values_keep_their_types(void)
{
    static const struct meaning cases[] = {
        {"A: x", "A=x"},         {"A: 4624", "A=4624"},
        {"A: '4624'", "A=4624"}, {"A: +5", "A=5"},
        {"A: 1.50", "A=1.5"},    {"A: 9223372036854775808", "A=9223372036854775808"},
        {"A: 0x1F", "A=0x1F"},   {"A: true", "A is true"},
        {"A: 'true'", "A=true"}, {"A: null", "A is null"},
        {"A:", "A is null"},     {"A: [null]", "A is null"},
        {"A: ''", "A="},         {"A: [x, '']", "(or A=x A=)"},
        {"A: [x]", "A=x"},       {"Threat Name: x", "ThreatName=x"},
    };
    CHECK_MEANINGS(cases);
}

/* MA "Generic Modifiers": exists, neq. */
static void existence_and_inequality(void)
{
    static const struct meaning cases[] = {
        {"A|exists: true", "A exists"},
        {"A|exists: false", "A absent"},
        {"A|neq: x", "(not A=x)"},
        {"A|neq: [x, y]", "(not (or A=x A=y))"},
        {"A|contains|neq: [x, y]", "(not (or A=*x* A=*y*))"},
        {"A|neq: 5", "(not A=5)"},
        {"A|neq: null", "(not A is null)"},
        {"A|fieldref|neq: B", "(not A=<B>)"},
    };
    CHECK_MEANINGS(cases);
}

/* MA "Regular Expression". */
static void regular_expressions_are_taken_as_they_are(void)
{
    static const struct meaning cases[] = {
        {"A|re: '^a\\\\b.*$'", "A~/^a\\\\b.*$"},
        {"A|re|i: x+", "A~i/x+"},
        {"A|re|i|m|s: x+", "A~ims/x+"},
        {"A|re: '(?i)x'", "A~/(?i)x"},
        {"A|re: 42", "A~/42"},
        {"A|re|all: [a, b]", "(and A~/a A~/b)"},
        {"A|re|neq: a", "(not A~/a)"},
    };
    static const struct meaning refusals[] = {
        {"A|re: '(a'", "missing closing parenthesis"},
        {"A|re: ''", "empty expression"},
        {"A|i: x", "re|i"},
        {"A|i|re: x", "re|i"},
        {"A|re|contains: x", "searches anywhere"},
        {"A|contains|re: x", "searches anywhere"},
        {"A|re|base64: x", "searches anywhere"},
        {"A|re|cased: x", "searches anywhere"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
}

/* MA "Encoding": every length modulo three, and UTF-16 before Base64. */
static void base64_in_all_offsets(void)
{
    static const struct meaning cases[] = {
        {"A|base64: foobar", "A=Zm9vYmFy"},
        {"A|base64: fooba", "A=Zm9vYmE="},
        {"A|base64: foob", "A=Zm9vYg=="},
        {"A|base64|contains: foobar", "A=*Zm9vYmFy*"},
        {"A|base64offset: foobar", "[or A=Zm9vYmFy A=Zvb2Jhc A=mb29iYX]"},
        {"A|base64offset: fooba", "[or A=Zm9vYm A=Zvb2Jh A=mb29iY]"},
        {"A|base64offset: foob", "[or A=Zm9vY A=Zvb2 A=mb29i]"},
        {"A|base64offset|contains: foobar", "[or A=*Zm9vYmFy* A=*Zvb2Jhc* A=*mb29iYX*]"},
        {"A|base64offset|contains|all: [foobar, foob]",
         "(and [or A=*Zm9vYmFy* A=*Zvb2Jhc* A=*mb29iYX*] [or A=*Zm9vY* A=*Zvb2* A=*mb29i*])"},
        /* two bytes a character: lengths count bytes */
        {"A|base64offset: '\xc3\xa9\xc3\xa9'", "[or A=w6nDq A=Opw6 A=DqcOp]"},
        {"A|wide|base64: ab", "A=YQBiAA=="},
        {"A|utf16le|base64: ab", "A=YQBiAA=="},
        {"A|utf16be|base64: ab", "A=AGEAYg=="},
        {"A|utf16|base64: ab", "A=//5hAGIA"},
        {"A|wide|base64offset|contains: ab", "[or A=*YQBiA* A=*EAYg* A=*hAGIA*]"},
    };
    static const struct meaning refusals[] = {
        {"A|base64: 'a*'", "wildcard cannot be encoded"},
        {"A|wide: 'a?'", "wildcard cannot be encoded"},
        {"A|contains|base64: a", "contains, startswith or endswith last"},
        {"A|base64|wide: a", "wide|base64offset"},
        {"A|base64offset: a", "too short"},
        {"A|base64|base64offset: abc", "same kind"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
}

/* MA "Encoding". */
static void utf16_as_bytes(void)
{
    static const struct meaning cases[] = {
        {"A|wide: cmd", "A=c\\x00m\\x00d\\x00"},
        {"A|utf16be: cmd", "A=\\x00c\\x00m\\x00d"},
        {"A|utf16: cmd", "A=\\xff\\xfec\\x00m\\x00d\\x00"},
        {"A|wide|contains: c", "A=*c\\x00*"},
        {"A|wide: \xf0\x9f\x98\x80", "A==\\xd8\\x00\\xde"},
    };
    CHECK_MEANINGS(cases);
}

/* MA "String Modifiers": five dashes, each on its own; only where an option
 * can begin. An expansion stays OR under `all`. */
static void windash_tries_every_dash(void)
{
    static const struct meaning cases[] = {
        {"A|windash: '-x'", "[or A=-x A=/x A=\\xe2\\x80\\x93x A=\\xe2\\x80\\x94x "
                            "A=\\xe2\\x80\\x95x]"},
        {"A|windash: '/x'", "[or A=-x A=/x A=\\xe2\\x80\\x93x A=\\xe2\\x80\\x94x "
                            "A=\\xe2\\x80\\x95x]"},
        {"A|windash: 'a-x'", "A=a-x"},
        {"A|windash: 'a - x'", "A=a - x"},
        {"A|windash: '--x'", "[or A=--x A=-/x A=-\\xe2\\x80\\x93x A=-\\xe2\\x80\\x94x "
                             "A=-\\xe2\\x80\\x95x]"},
        {"A|contains|windash: ' /i a'",
         "[or A=* -i a* A=* /i a* A=* \\xe2\\x80\\x93i a* A=* \\xe2\\x80\\x94i a* "
         "A=* \\xe2\\x80\\x95i a*]"},
        {"A|windash|contains|all: [' -x', y]",
         "(and [or A=* -x* A=* /x* A=* \\xe2\\x80\\x93x* A=* \\xe2\\x80\\x94x* "
         "A=* \\xe2\\x80\\x95x*] A=*y*)"},
    };
    static const struct meaning refusals[] = {
        {"A|windash: '-a -b -c -d -e -f -g'", "more than 16384 ways"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
    struct cord_collection *collection = item("A|windash: '-a -b -c'");
    const struct cord_node *node = cord_collection_rule(collection, 0)->conditions[0];
    size_t ways = 0;
    for (const struct cord_node *child = node->child; child; child = child->next) {
        ways++;
    }
    CHECK_U64(ways, 125);
    cord_collection_free(collection);
}

/* MA "IP". */
static void address_ranges(void)
{
    static const struct meaning cases[] = {
        {"A|cidr: 10.0.0.0/8", "A@00000000000000000000ffff0a000000/104"},
        {"A|cidr: 10.1.2.3/8", "A@00000000000000000000ffff0a000000/104"},
        {"A|cidr: 10.1.2.3", "A@00000000000000000000ffff0a010203/128"},
        {"A|cidr: fe80::/10", "A@fe800000000000000000000000000000/10"},
        {"A|cidr: '::ffff:10.0.0.0/104'", "A@00000000000000000000ffff0a000000/104"},
        {"A|cidr: 0.0.0.0/0", "A@00000000000000000000ffff00000000/96"},
        {"A|cidr: '::/0'", "A@00000000000000000000000000000000/0"},
        {"A|cidr: [10.0.0.0/8, '::1']", "(or A@00000000000000000000ffff0a000000/104 "
                                        "A@00000000000000000000000000000001/128)"},
    };
    static const struct meaning refusals[] = {
        {"A|cidr: 10.0.0.0/33", "needs an address range"},
        {"A|cidr: 'fe80::/129'", "needs an address range"},
        {"A|cidr: 10.0.0.*", "needs an address range"},
        {"A|cidr: 10", "needs an address range"},
        {"A|cidr|contains: 10.0.0.0/8", "takes only"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
    struct cord_collection *collection = item("A|cidr: 10.1.2.3/8");
    CHECK(kit_rules_refusal(collection, true, "behind its prefix") != NULL);
    cord_collection_free(collection);
}

/* MA "Numeric Modifiers", "Time Modifiers". */
static void numbers_and_times(void)
{
    static const struct meaning cases[] = {
        {"A|lt: 5", "A<5"},
        {"A|lte: 5.0", "A<=5"},
        {"A|gt: -5", "A>-5"},
        {"A|gte: 9223372036854775808", "A>=9223372036854775808"},
        {"A|minute: 0", "A.minute=0"},
        {"A|hour|gte: 22", "A.hour>=22"},
        {"A|day: [1, 31]", "(or A.day=1 A.day=31)"},
        {"A|week: 53", "A.week=53"},
        {"A|month|neq: 12", "(not A.month=12)"},
        {"A|year|lt: 2020", "A.year<2020"},
    };
    static const struct meaning refusals[] = {
        {"A|lt: '5'", "without quotes"},
        {"A|lt: x", "without quotes"},
        {"A|lt|gt: 5", "same kind"},
        {"A|contains|lt: 5", "compare numbers"},
        {"A|hour: 24", "it runs from 0 to 23"},
        {"A|hour: 1.5", "whole number"},
        {"A|minute: 60", "can never be"},
        {"A|month: 0", "can never be"},
        {"A|gte|hour: 5", "hour|gte"},
        {"A|hour|day: 5", "same kind"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
}

/* MA "Specific Modifiers". */
static void fields_compare_with_fields(void)
{
    static const struct meaning cases[] = {
        {"A|fieldref: B", "A=<B>"},
        {"A|fieldref|startswith: B", "A startswith <B>"},
        {"A|fieldref|endswith: B", "A endswith <B>"},
        {"A|fieldref|contains: B", "A contains <B>"},
        {"A|contains|fieldref: B", "A contains <B>"},
        {"A|startswith|fieldref: B", "A startswith <B>"},
        {"A|fieldref|cased: B", "A==<B>"},
        {"A|fieldref: [B, C]", "(or A=<B> A=<C>)"},
    };
    static const struct meaning refusals[] = {
        {"A|fieldref: 5", "name of a field"},
        {"A|fieldref: 'a*b'", "name of a field"},
        {"A|fieldref: ''", "name of a field"},
    };
    CHECK_MEANINGS(cases);
    CHECK_REFUSALS(refusals);
}

static void chains_without_meaning_are_refused(void)
{
    static const struct meaning refusals[] = {
        {"A|contain: x", "did you mean 'contains'"},
        {"A|startwith: x", "did you mean 'startswith'"},
        {"A|nonsense: x", "unknown modifier 'nonsense'"},
        {"A|: x", "unknown modifier ''"},
        {"A|contains|contains: x", "stands twice"},
        {"A|all|neq: [x, y]", "two ways"},
        {"A|exists: 'true'", "without quotes"},
        {"A|exists: 1", "without quotes"},
        {"A|exists|contains: true", "stands alone"},
        {"A|contains: null", "null takes no modifier"},
        {"A: [x, null]", "null cannot be one of several"},
        {"A: []", "empty list"},
        {"A: {B: c}", "a list or a map where a single value"},
        {"A: [[x]]", "a list or a map where a single value"},
        {"A|expand|base64: '%x%'", "cannot be encoded"},
        {"A|windash|expand: '%x%'", "'expand' comes first"},
    };
    CHECK_REFUSALS(refusals);
}

/* RS "Keywords search". */
static void keywords_stand_anywhere(void)
{
    static const struct {
        const char *detection;
        const char *tree;
    } cases[] = {
        {"    k: [x, 'y z']\n    condition: k\n", "(or kw=*x* kw=*y z*)"},
        {"    k: [x]\n    condition: k\n", "kw=*x*"},
        {"    k: [x, 6]\n    condition: k\n", "(or kw=*x* kw=*6*)"},
        {"    k: {'|all': [x, y]}\n    condition: k\n", "(and kw=*x* kw=*y*)"},
        {"    k: {'|re': 'x+'}\n    condition: k\n", "kw~/x+"},
        {"    k: {'|contains': 'x'}\n    condition: k\n", "kw=*x*"},
        {"    k: x\n    condition: k\n", "kw=*x*"},
        {"    k: [a, {B: c}]\n    condition: k\n", "(or kw=*a* B=c)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_collection *collection = kit_rules_detection(cord_str_from(cases[i].detection));
        KIT_RULES_CHECK(collection, cases[i].tree);
        cord_collection_free(collection);
    }
}

KIT_MAIN(KIT_TEST(backslashes_escape_only_wildcards),
         KIT_TEST(an_escaped_backslash_leaves_a_wildcard),
         KIT_TEST(places_add_wildcards_after_parsing), KIT_TEST(plain_values_keep_their_types),
         KIT_TEST(existence_and_inequality), KIT_TEST(regular_expressions_are_taken_as_they_are),
         KIT_TEST(base64_in_all_offsets), KIT_TEST(utf16_as_bytes),
         KIT_TEST(windash_tries_every_dash), KIT_TEST(address_ranges), KIT_TEST(numbers_and_times),
         KIT_TEST(fields_compare_with_fields), KIT_TEST(chains_without_meaning_are_refused),
         KIT_TEST(keywords_stand_anywhere))
