/* test_evidence_id.c: ids that are read over the telephone. */
#include "kit/kit.h"

#include "evidence/evidence_id.h"

#include <stdio.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const unsigned char key_bytes[16] = "sixteen bytes ..";

static bool reads_as(const struct cord_evidence_id_key *key, cord_str text, uint64_t wanted)
{
    uint64_t sequence = 0;
    return cord_evidence_id_parse(key, text, &sequence, NULL) == CORD_OK && sequence == wanted;
}

static void every_number_comes_back(void)
{
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    char text[CORD_EVIDENCE_ID_TEXT];
    for (uint64_t i = 0; i < 20000; i++) {
        CHECK(reads_as(&key, cord_evidence_id_format(&key, i, text), i));
    }
    for (unsigned bit = 0; bit < 50; bit++) {
        uint64_t number = UINT64_C(1) << bit;
        CHECK(reads_as(&key, cord_evidence_id_format(&key, number, text), number));
        CHECK(reads_as(&key, cord_evidence_id_format(&key, number - 1, text), number - 1));
    }
    uint64_t most = CORD_EVIDENCE_ID_SEQUENCE_MAX;
    CHECK(reads_as(&key, cord_evidence_id_format(&key, most, text), most));
}

static void neighbours_look_unlike(void)
{
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    size_t same = 0;
    for (uint64_t i = 1; i <= 1000; i++) {
        char a[CORD_EVIDENCE_ID_TEXT];
        char b[CORD_EVIDENCE_ID_TEXT];
        cord_str x = cord_evidence_id_format(&key, i, a);
        cord_str y = cord_evidence_id_format(&key, i + 1, b);
        for (size_t k = 0; k < 10; k++) {
            same += x.ptr[k] == y.ptr[k] && x.ptr[k] != '-';
        }
    }
    CHECK(same < 1000 * 9 / 10); /* one in 32 by chance: about 280 */
}

/* All numbers below, each place, each other character. */
static void every_wrong_character_is_noticed(void)
{
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    for (uint64_t i = 0; i < 500; i++) {
        char text[CORD_EVIDENCE_ID_TEXT];
        cord_str id = cord_evidence_id_format(&key, i * 7919, text);
        for (size_t at = 0; at < id.len; at++) {
            char right = text[at];
            for (size_t k = 0; right != '-' && k < 32; k++) {
                uint64_t sequence = 0;
                text[at] = alphabet[k];
                CHECK(alphabet[k] == right ||
                      cord_evidence_id_parse(&key, id, &sequence, NULL) == CORD_E_FORMAT);
            }
            text[at] = right;
        }
    }
}

/* Not only neighbours: any two of the twelve characters. */
static void every_exchange_is_noticed(void)
{
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    for (uint64_t i = 0; i < 2000; i++) {
        char text[CORD_EVIDENCE_ID_TEXT];
        cord_str id = cord_evidence_id_format(&key, i * 104729, text);
        for (size_t a = 0; a < id.len; a++) {
            for (size_t b = a + 1; b < id.len; b++) {
                char x = text[a];
                char y = text[b];
                uint64_t sequence = 0;
                if (x == y || x == '-' || y == '-') {
                    continue;
                }
                text[a] = y;
                text[b] = x;
                CHECK(cord_evidence_id_parse(&key, id, &sequence, NULL) == CORD_E_FORMAT);
                text[a] = x;
                text[b] = y;
            }
        }
    }
}

static void is_read_as_people_write_it(void)
{
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    struct cord_error err = {""};
    char text[CORD_EVIDENCE_ID_TEXT];
    char other[2 * CORD_EVIDENCE_ID_TEXT];
    uint64_t found = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        cord_str id = cord_evidence_id_format(&key, i, text);
        size_t len = 0;
        for (size_t at = 0; at < id.len; at++) {
            char c = id.ptr[at];
            other[len++] = c == '0' ? 'o' : c == '1' ? 'l' : c == '-' ? ' ' : (char)(c | 0x20);
        }
        CHECK(reads_as(&key, (cord_str){other, len}, i));
    }
    static const char *const wrong[] = {"", "K7QM", "K7QM-2F9A-XHP3-1", "U7QM-2F9A-XHP3", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(cord_evidence_id_parse(&key, cord_str_from(wrong[i]), &found, &err) == CORD_E_FORMAT);
        CHECK(err.text[0] != '\0');
    }
}

static void another_store_has_other_ids(void)
{
    static const unsigned char other_bytes[16] = "sixteen bytes .!";
    struct cord_evidence_id_key key = cord_evidence_id_key(key_bytes);
    struct cord_evidence_id_key other = cord_evidence_id_key(other_bytes);
    size_t same = 0;
    for (uint64_t i = 1; i <= 1000; i++) {
        char text[CORD_EVIDENCE_ID_TEXT];
        uint64_t sequence = 0;
        CHECK(cord_evidence_id_parse(&other, cord_evidence_id_format(&key, i, text), &sequence,
                                     NULL) == CORD_OK);
        same += sequence <= 1000000;
    }
    CHECK(same == 0);
}

KIT_MAIN(KIT_TEST(every_number_comes_back), KIT_TEST(neighbours_look_unlike),
         KIT_TEST(every_wrong_character_is_noticed), KIT_TEST(every_exchange_is_noticed),
         KIT_TEST(is_read_as_people_write_it), KIT_TEST(another_store_has_other_ids))
