/* test_source.c: who may send what. */
#include "kit/kit.h"

#include "base/buf.h"
#include "base/cidr.h"
#include "base/digest.h"
#include "ingest/source.h"

#include <stdio.h>
#include <stdlib.h>

static const char example[] = "- name: rxa-firewalls\n"
                              "  organisation: RXA\n"
                              "  addresses: [10.20.0.0/16, 2001:db8::/32]\n"
                              "  silence: 5m\n"
                              "  events_a_second: 2000\n"
                              "  zone: Europe/Rome\n"
                              "- name: rxa-core\n"
                              "  organisation: RXA\n"
                              "  addresses: [10.20.1.0/24, 10.20.255.255]\n"
                              "  silence: 0\n"
                              "- name: rj1.audit\n"
                              "  organisation: RJ1\n"
                              "  addresses: ['2001:db8:1::/48', 10.20.1.7]\n"
                              "  certificates: [FW1.rxa.example, 'SHA256:%s']\n"
                              "  token_sha256: %s\n"
                              "  content: atna\n";

static cord_status read_text(const char *text, struct cord_sources **ret_sources,
                             struct cord_error *err)
{
    struct cord_arena *arena = cord_arena_new(16 << 20);
    struct cord_yaml *documents = NULL;
    CHECK(arena != NULL);
    CHECK(cord_yaml_parse(cord_str_from(text), 1, arena, &documents, err) == CORD_OK);
    cord_status status = cord_sources_read(documents->child, ret_sources, err);
    cord_arena_free(arena); /* the registry holds copies */
    return status;
}

static struct cord_sources *sources_of(const char *text)
{
    struct cord_sources *sources = NULL;
    struct cord_error err = {""};
    if (read_text(text, &sources, &err) != CORD_OK) {
        print_error("%s\n", err.text);
        fail();
    }
    return sources;
}

static struct cord_sources *example_sources(void)
{
    char text[2048];
    char token[CORD_DIGEST_TEXT];
    char fingerprint[2 * CORD_DIGEST_TEXT] = "";
    struct cord_digest digest;
    CHECK(cord_digest_of(CORD_STR("s3cret"), &digest) == CORD_OK);
    (void)cord_digest_format(&digest, token);
    for (unsigned i = 0; i < CORD_DIGEST_BYTES; i++) {
        (void)snprintf(fingerprint + (i > 0 ? 3 * (size_t)i - 1 : 0), 4, "%s%02X", i > 0 ? ":" : "",
                       i);
    }
    (void)snprintf(text, sizeof text, example, fingerprint, token);
    return sources_of(text);
}

static cord_str by_address(const struct cord_sources *sources, const char *text)
{
    uint8_t address[16];
    CHECK(cord_cidr_address(cord_str_from(text), address));
    const struct cord_source *source = cord_sources_by_address(sources, address);
    return source ? source->name : CORD_STR("nobody");
}

static void reads_what_is_said_of_a_source(void)
{
    struct cord_sources *sources = example_sources();
    CHECK(cord_sources_count(sources) == 3);
    const struct cord_source *first = cord_sources_at(sources, 0);
    CHECK(first->number == 0 && first->content == CORD_SOURCE_ANY);
    CHECK_STR(first->name, "rxa-firewalls");
    CHECK_STR(first->organisation, "RXA");
    CHECK_STR(first->zone, "Europe/Rome");
    CHECK(first->silence_s == 300 && first->events_a_second == 2000);
    CHECK(cord_sources_at(sources, 1)->silence_s == 0);
    const struct cord_source *last = cord_sources_by_name(sources, CORD_STR("rj1.audit"));
    CHECK(last && last->number == 2 && last->content == CORD_SOURCE_ATNA);
    CHECK(last->silence_s == 300 && last->events_a_second == 0);
    CHECK_STR(last->zone, "");
    CHECK(cord_sources_by_name(sources, CORD_STR("RJ1.audit")) == NULL);
    CHECK(cord_sources_by_name(sources, CORD_STR("")) == NULL);
    CHECK(cord_sources_at(sources, 3) == NULL);
    cord_sources_unref(sources);
}

static void the_longest_prefix_wins(void)
{
    static const struct {
        const char *address;
        const char *source;
    } cases[] = {
        {"10.19.255.255", "nobody"},
        {"10.20.0.0", "rxa-firewalls"},
        {"10.20.0.255", "rxa-firewalls"},
        {"10.20.1.0", "rxa-core"},
        {"10.20.1.6", "rxa-core"},
        {"10.20.1.7", "rj1.audit"},
        {"10.20.1.8", "rxa-core"},
        {"10.20.1.255", "rxa-core"},
        {"10.20.2.0", "rxa-firewalls"},
        {"10.20.255.254", "rxa-firewalls"},
        {"10.20.255.255", "rxa-core"},
        {"10.21.0.0", "nobody"},
        {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "nobody"},
        {"2001:db8::", "rxa-firewalls"},
        {"2001:db8:1::", "rj1.audit"},
        {"2001:db8:1:ffff:ffff:ffff:ffff:ffff", "rj1.audit"},
        {"2001:db8:2::", "rxa-firewalls"},
        {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "rxa-firewalls"},
        {"2001:db9::", "nobody"},
        {"::", "nobody"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "nobody"},
    };
    struct cord_sources *sources = example_sources();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STR_EQ(by_address(sources, cases[i].address), cord_str_from(cases[i].source));
    }
    cord_sources_unref(sources);
}

static void the_whole_of_the_addresses_has_an_end(void)
{
    struct cord_sources *sources = sources_of("- name: all\n"
                                              "  organisation: A\n"
                                              "  addresses: '::/0'\n"
                                              "- name: last\n"
                                              "  organisation: A\n"
                                              "  addresses: 'ffff::/16'\n"
                                              "- name: four\n"
                                              "  organisation: A\n"
                                              "  addresses: 0.0.0.0/0\n");
    CHECK_STR(by_address(sources, "::"), "all");
    CHECK_STR(by_address(sources, "0.0.0.0"), "four");
    CHECK_STR(by_address(sources, "255.255.255.255"), "four");
    CHECK_STR(by_address(sources, "fffe::1"), "all");
    CHECK_STR(by_address(sources, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "last");
    cord_sources_unref(sources);
}

/* Against looking at every range, for ranges drawn at random near one another. */
static void look_ups_agree_with_a_search_of_all(void)
{
    enum { RANGES = 120, ASKED = 4000 };
    uint8_t ranges[RANGES][16];
    uint8_t bits[RANGES];
    uint64_t random = 88172645463325252u;
    for (unsigned round = 0; round < 10; round++) {
        struct cord_buf text;
        size_t count = 0;
        cord_buf_init(&text, 1 << 20);
        while (count < RANGES) {
            bool host_bits = false;
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned prefix = (unsigned)(random >> 33) % 33;
            uint32_t host = prefix == 0 ? 0 : (uint32_t)(random >> 24) << (32 - prefix);
            char word[32];
            (void)snprintf(word, sizeof word, "%u.%u.%u.%u/%u", host >> 24, host >> 16 & 3,
                           host >> 8 & 1, host & 255, prefix);
            CHECK(cord_cidr_parse(cord_str_from(word), ranges[count], &bits[count], &host_bits));
            bool twice = host_bits;
            for (size_t i = 0; i < count; i++) {
                twice =
                    twice || (bits[i] == bits[count] && memcmp(ranges[i], ranges[count], 16) == 0);
            }
            if (!twice) {
                cord_buf_printf(&text, "- {name: s%zu, organisation: A, addresses: %s}\n", count,
                                word);
                count++;
            }
        }
        cord_buf_put_char(&text, '\0');
        struct cord_sources *sources = sources_of(text.ptr);
        for (unsigned i = 0; i < ASKED; i++) {
            uint8_t address[16];
            size_t best = RANGES;
            random = random * 6364136223846793005u + 1442695040888963407u;
            memcpy(address, ranges[random >> 33 & 63], 16);
            address[15] = (uint8_t)(address[15] ^ (random >> 40 & 3));
            address[13] = (uint8_t)(address[13] ^ (random >> 42 & 3));
            for (size_t k = 0; k < RANGES; k++) {
                if (cord_cidr_holds(ranges[k], bits[k], address) &&
                    (best == RANGES || bits[k] > bits[best])) {
                    best = k;
                }
            }
            const struct cord_source *found = cord_sources_by_address(sources, address);
            CHECK(found ? found->number == best : best == RANGES);
        }
        cord_sources_unref(sources);
        cord_buf_done(&text);
    }
}

static const struct cord_source *by_certificate(const struct cord_sources *sources,
                                                const char *fingerprint, const char *name)
{
    struct cord_tls_peer peer = {.present = true};
    bool foreign = true;
    (void)snprintf(peer.fingerprint, sizeof peer.fingerprint, "%s", fingerprint);
    (void)snprintf(peer.name, sizeof peer.name, "%s", name);
    const struct cord_source *found = cord_sources_by_certificate(sources, &peer, &foreign);
    CHECK(!foreign);
    return found;
}

static void tokens_and_certificates_prove_it(void)
{
    struct cord_sources *sources = example_sources();
    char fingerprint[CORD_DIGEST_TEXT];
    for (unsigned i = 0; i < CORD_DIGEST_BYTES; i++) {
        (void)snprintf(fingerprint + 2 * (size_t)i, 3, "%02x", i);
    }
    const struct cord_source *source = cord_sources_by_token(sources, CORD_STR("s3cret"));
    CHECK(source && source->number == 2);
    CHECK(cord_sources_by_token(sources, CORD_STR("s3cre")) == NULL);
    CHECK(cord_sources_by_token(sources, CORD_STR("")) == NULL);
    source = by_certificate(sources, fingerprint, "x");
    CHECK(source && source->number == 2);
    source = by_certificate(sources, "", "fw1.RXA.example");
    CHECK(source && source->number == 2);
    CHECK(by_certificate(sources, "00", "rxa.example") == NULL);
    CHECK(by_certificate(sources, "", "") == NULL);
    cord_sources_unref(sources);
}

static bool is_foreign(const struct cord_sources *sources, const char *name, const char *authority)
{
    struct cord_tls_peer peer = {.present = true};
    bool foreign = false;
    (void)snprintf(peer.authority, sizeof peer.authority, "%s", authority);
    (void)snprintf(peer.name, sizeof peer.name, "%s", name);
    const struct cord_source *found = cord_sources_by_certificate(sources, &peer, &foreign);
    CHECK(foreign == !found);
    return foreign;
}

static void a_name_counts_only_from_who_may_give_it(void)
{
    char text[600];
    char one[CORD_DIGEST_TEXT] = {0};
    char two[CORD_DIGEST_TEXT] = {0};
    memset(one, 'a', sizeof one - 1);
    memset(two, 'b', sizeof two - 1);
    (void)snprintf(text, sizeof text,
                   "- name: fw\n  organisation: RXA\n  certificates: [fw.rxa.example]\n"
                   "  authorities: [sha256:%s, 'SHA256:%s']\n"
                   "- name: any\n  organisation: RJ1\n  certificates: [any.rj1.example]\n",
                   one, two);
    struct cord_sources *sources = sources_of(text);
    CHECK(!is_foreign(sources, "fw.rxa.example", one));
    CHECK(!is_foreign(sources, "fw.rxa.example", two));
    CHECK(is_foreign(sources, "fw.rxa.example", ""));
    two[63] = 'c';
    CHECK(is_foreign(sources, "fw.rxa.example", two));
    CHECK(!is_foreign(sources, "any.rj1.example", two));
    CHECK(!is_foreign(sources, "any.rj1.example", ""));
    cord_sources_unref(sources);
}

static void many_tokens_are_all_found(void)
{
    enum { TOKENS = 500 };
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < TOKENS; i++) {
        char token[16];
        char hash[CORD_DIGEST_TEXT];
        struct cord_digest digest;
        (void)snprintf(token, sizeof token, "token%u", i);
        CHECK(cord_digest_of(cord_str_from(token), &digest) == CORD_OK);
        cord_buf_printf(&text, "- {name: s%u, organisation: A, token_sha256: %s}\n", i,
                        cord_digest_format(&digest, hash).ptr);
    }
    cord_buf_put_char(&text, '\0');
    struct cord_sources *sources = sources_of(text.ptr);
    for (unsigned i = 0; i < 2 * TOKENS; i++) {
        char token[16];
        (void)snprintf(token, sizeof token, "token%u", i);
        const struct cord_source *source = cord_sources_by_token(sources, cord_str_from(token));
        CHECK(i < TOKENS ? source && source->number == i : !source);
    }
    cord_sources_unref(sources);
    cord_buf_done(&text);
}

#define HASH  "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
#define HEAD  "- name: a\n  organisation: A\n"
#define OTHER "- name: b\n  organisation: B\n"

static void refusals_name_line_key_and_cure(void)
{
    static const struct {
        const char *text;
        const char *err;
    } cases[] = {
        {"name: a", "line 1, sources: is to be a list"},
        {"sources", "line 1, sources: is to be a list"},
        {"- a\n", "line 1: a source is to be a map with a name and an organisation"},
        {"- name: a\n", "line 1, source a, organisation: is missing"},
        {"- organisation: A\n", "line 1, name: is missing"},
        {"- name: ''\n  organisation: A\n",
         "line 1, name: is to be 1 to 64 letters, digits, '-', '_' or '.', nothing else"},
        {"- name: listener/a\n  organisation: A\n",
         "line 1, name: is to be 1 to 64 letters, digits, '-', '_' or '.', nothing else"},
        {"- name: [a]\n  organisation: A\n",
         "line 1, name: is to be 1 to 64 letters, digits, '-', '_' or '.', nothing else"},
        {"- name: a\n  organisation: A B\n", "line 2, source a, organisation: is to be 1 to 64 "
                                             "letters, digits, '-', '_' or '.', nothing else"},
        {HEAD "- name: a\n  organisation: B\n",
         "line 3, name: another source is called 'a' already"},
        {HEAD "  adresses: 10.0.0.1\n",
         "line 3, source a: unknown key 'adresses': did you mean 'addresses'?"},
        {HEAD "  xyzzy: 1\n",
         "line 3, source a: unknown key 'xyzzy'; man cordon-serve has them all"},
        {HEAD "  content: dicom\n", "line 3, source a, content: is to be any, atna or fhir"},
        {HEAD "  silence: 5\n",
         "line 3, source a, silence: is to be a duration like 300s, 5m, 2h or 7d, at most 366d; 0 "
         "when the source may be silent"},
        {HEAD "  silence: 0m\n",
         "line 3, source a, silence: is to be a duration like 300s, 5m, 2h or 7d, at most 366d; 0 "
         "when the source may be silent"},
        {HEAD "  silence: 367d\n",
         "line 3, source a, silence: is to be a duration like 300s, 5m, 2h or 7d, at most 366d; 0 "
         "when the source may be silent"},
        {HEAD "  events_a_second: -1\n",
         "line 3, source a, events_a_second: is to be a number from 0 (no bound) to 10000000"},
        {HEAD "  events_a_second: 10000001\n",
         "line 3, source a, events_a_second: is to be a number from 0 (no bound) to 10000000"},
        {HEAD "  events_a_second: many\n",
         "line 3, source a, events_a_second: is to be a number from 0 (no bound) to 10000000"},
        {HEAD "  zone: ../../etc/passwd\n",
         "line 3, source a, zone: is to be the name of a time zone, as Europe/Rome, or +02:00"},
        {HEAD "  zone: Europe/Nowhere\n",
         "line 3, source a, zone: there is no time zone 'Europe/Nowhere' in /usr/share/zoneinfo"},
        {HEAD "  zone: Europe\n",
         "line 3, source a, zone: 'Europe' in /usr/share/zoneinfo is no time zone"},
        {HEAD "  zone: ''\n",
         "line 3, source a, zone: is to be the name of a time zone, as Europe/Rome, or +02:00"},
        {HEAD "  addresses: []\n", "line 3, source a, addresses: is empty: leave the key out"},
        {HEAD "  addresses:\n    - 10.0.0.1\n    - 10.0.0.300\n",
         "line 5, source a, addresses: '10.0.0.300' is no address or range: write 10.20.0.0/16, "
         "2001:db8::/32 or an address alone"},
        {HEAD "  addresses: [[10.0.0.1]]\n",
         "line 3, source a, addresses: '' is no address or range: write 10.20.0.0/16, "
         "2001:db8::/32 or an address alone"},
        {HEAD "  addresses: 10.0.0.1/8\n", "line 3, source a, addresses: '10.0.0.1/8' has bits set "
                                           "behind its prefix: which range is meant?"},
        {HEAD "  addresses: [10.0.0.0/8, 10.0.0.0/8]\n",
         "line 3, source a, addresses: is listed twice"},
        {HEAD "  addresses: 10.0.0.1\n" OTHER "  addresses: '::ffff:10.0.0.1'\n",
         "line 6, source b, addresses: source a has it already"},
        {HEAD "  token_sha256: s3cret\n", "line 3, source a, token_sha256: is to be the SHA-256 of "
                                          "the token, 64 hexadecimal digits: "
                                          "`cordon sources token` makes one"},
        {HEAD "  token_sha256: [" HASH ", " HASH "]\n",
         "line 3, source a, token_sha256: is listed twice"},
        {HEAD "  token_sha256: " HASH "\n" OTHER "  token_sha256: [" HASH "]\n",
         "line 6, source b, token_sha256: source a has it already"},
        {HEAD "  token_sha256: " HASH "0\n", "line 3, source a, token_sha256: is to be the SHA-256 "
                                             "of the token, 64 hexadecimal digits: "
                                             "`cordon sources token` makes one"},
        {HEAD "  certificates: 'sha256:12'\n",
         "line 3, source a, certificates: sha256: is to be followed by 64 hexadecimal digits: what "
         "`openssl x509 -fingerprint -sha256` prints"},
        {HEAD "  certificates: '*.example'\n",
         "line 3, source a, certificates: is to be a "
         "certificate's name, without '*', or sha256: and its "
         "fingerprint"},
        {HEAD "  certificates: ''\n", "line 3, source a, certificates: is to be a certificate's "
                                      "name, without '*', or sha256: and its fingerprint"},
        {HEAD "  certificates: fw\n" OTHER "  certificates: FW\n",
         "line 6, source b, certificates: source a has it already"},
        {HEAD "  certificates: ['sha256:" HASH "', 'SHA256:" HASH "']\n",
         "line 3, source a, certificates: is listed twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cord_sources *sources = NULL;
        struct cord_error err = {""};
        CHECK(read_text(cases[i].text, &sources, &err) == CORD_E_FORMAT);
        CHECK(sources == NULL);
        CHECK_STR_EQ(cord_str_from(err.text), cord_str_from(cases[i].err));
    }
}

static void both_sides_of_the_limits(void)
{
    char text[1024];
    struct cord_sources *sources =
        sources_of(HEAD "  silence: 366d\n  events_a_second: 10000000\n");
    CHECK(cord_sources_at(sources, 0)->silence_s == 366 * 86400);
    cord_sources_unref(sources);
    sources = sources_of(HEAD "  silence: 1s\n");
    CHECK(cord_sources_at(sources, 0)->silence_s == 1);
    cord_sources_unref(sources);
    for (int len = 64; len <= 65; len++) {
        (void)snprintf(text, sizeof text, "- {name: %0*d, organisation: A}", len, 1);
        sources = NULL;
        CHECK(read_text(text, &sources, NULL) == (len == 64 ? CORD_OK : CORD_E_FORMAT));
        cord_sources_unref(sources);
    }
    for (int len = 255; len <= 256; len++) {
        (void)snprintf(text, sizeof text, HEAD "  certificates: x%0*d", len - 1, 1);
        sources = NULL;
        CHECK(read_text(text, &sources, NULL) == (len == 255 ? CORD_OK : CORD_E_FORMAT));
        cord_sources_unref(sources);
    }
}

static void no_list_is_no_sources(void)
{
    struct cord_sources *sources = NULL;
    uint8_t address[16] = {0};
    CHECK(cord_sources_read(NULL, &sources, NULL) == CORD_OK);
    CHECK(cord_sources_count(sources) == 0);
    CHECK(cord_sources_by_address(sources, address) == NULL);
    CHECK(cord_sources_by_token(sources, CORD_STR("x")) == NULL);
    CHECK(by_certificate(sources, HASH, "x") == NULL);
    CHECK(cord_sources_by_name(sources, CORD_STR("x")) == NULL);
    cord_sources_unref(sources);
}

static void a_book_keeps_what_is_under_way(void)
{
    struct cord_sources *first = sources_of(HEAD);
    struct cord_sources *second = sources_of(OTHER);
    struct cord_source_book *book = cord_source_book_new(first);
    CHECK(book != NULL);
    struct cord_sources *held = cord_source_book_current(book);
    cord_source_book_replace(book, second);
    CHECK(held == first);
    cord_sources_unref(first);
    CHECK_STR(cord_sources_at(held, 0)->name, "a");
    struct cord_sources *now = cord_source_book_current(book);
    CHECK(now == second);
    cord_sources_unref(now);
    cord_sources_unref(second);
    cord_source_book_free(book);
    CHECK_STR(cord_sources_at(held, 0)->name, "a");
    cord_sources_unref(held);
    cord_sources_unref(NULL);
    cord_source_book_free(NULL);
}

static void memory_may_end_anywhere(void)
{
    struct cord_arena *arena = cord_arena_new(1 << 20);
    struct cord_yaml *documents = NULL;
    CHECK(cord_yaml_parse(CORD_STR(HEAD "  addresses: [10.0.0.0/8, 10.1.0.0/16]\n"
                                        "  token_sha256: " HASH "\n"
                                        "  certificates: [x, 'sha256:" HASH "']\n  zone: UTC\n"),
                          1, arena, &documents, NULL) == CORD_OK);
    for (size_t nth = 1;; nth++) {
        struct cord_sources *sources = NULL;
        kit_fail_allocation(nth);
        cord_status status = cord_sources_read(documents->child, &sources, NULL);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? status == CORD_E_NOMEM && !sources : status == CORD_OK);
        cord_sources_unref(sources);
        if (!failed_one) {
            break;
        }
    }
    cord_arena_free(arena);
}

KIT_MAIN(KIT_TEST(reads_what_is_said_of_a_source), KIT_TEST(the_longest_prefix_wins),
         KIT_TEST(the_whole_of_the_addresses_has_an_end),
         KIT_TEST(look_ups_agree_with_a_search_of_all), KIT_TEST(tokens_and_certificates_prove_it),
         KIT_TEST(a_name_counts_only_from_who_may_give_it), KIT_TEST(many_tokens_are_all_found),
         KIT_TEST(refusals_name_line_key_and_cure), KIT_TEST(both_sides_of_the_limits),
         KIT_TEST(no_list_is_no_sources), KIT_TEST(a_book_keeps_what_is_under_way),
         KIT_TEST(memory_may_end_anywhere))
