/* test_chain.c: entries that hold the hash of the one before, and words in them. */
#include "kit/kit.h"

#include "evidence/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENTRIES = 4 };

struct place {
    char folder[32];
    struct cord_files files;
    struct cord_chain chain;
    struct cord_signing_key *key;
};

static void place_init(struct place *place)
{
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/cord_chain_XXXXXX");
    CHECK(mkdtemp(place->folder) != NULL);
    place->files = cord_files_system();
    place->chain = (struct cord_chain){.files = &place->files, .file = -1};
    place->chain.dir = open(place->folder, O_RDONLY | O_DIRECTORY);
    CHECK(place->chain.dir >= 0);
    CHECK(cord_signing_make(&place->key, NULL) == CORD_OK);
    CHECK(cord_chain_open(&place->chain, true, NULL) == CORD_OK);
}

static void place_done(struct place *place)
{
    cord_chain_close(&place->chain);
    CHECK(unlinkat(place->chain.dir, CORD_CHAIN_FILE, 0) == 0);
    (void)close(place->chain.dir);
    CHECK(rmdir(place->folder) == 0);
    cord_signing_free(place->key);
}

static void fill(struct place *place)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        CHECK(cord_chain_append(&place->chain, place->key, "seal", 1000 * (int64_t)i,
                                i % 2 ? CORD_STR("segment 1 2\nthrough 7\n") : CORD_STR(""),
                                NULL) == CORD_OK);
    }
}

static struct cord_buf load(struct place *place)
{
    struct cord_buf text;
    cord_buf_init(&text, 1 << 20);
    CHECK(cord_files_load(&place->files, place->chain.dir, CORD_CHAIN_FILE, &text, NULL) ==
          CORD_OK);
    return text;
}

static void entries_follow_each_other(void)
{
    struct place place;
    place_init(&place);
    fill(&place);
    struct cord_buf text = load(&place);
    cord_str rest = cord_buf_str(&text);
    struct cord_signing_public key = cord_signing_public(place.key);
    struct cord_digest before = {{0}};
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct cord_chain_entry entry;
        CHECK(cord_chain_next(&rest, &entry, NULL) == CORD_OK);
        CHECK(entry.number == i + 1 && entry.time_ns == 1000 * (int64_t)i);
        CHECK_STR(entry.kind, "seal");
        CHECK(cord_digest_eq(&entry.previous, &before));
        CHECK(cord_signing_verify(&key, entry.signed_text, entry.signature) == CORD_OK);
        CHECK((entry.lines.len > 0) == (i % 2 == 1));
        before = entry.digest;
    }
    struct cord_chain_entry none;
    CHECK(cord_chain_next(&rest, &none, NULL) == CORD_E_END);
    CHECK(cord_digest_eq(&place.chain.head, &before) && place.chain.count == ENTRIES);
    cord_buf_done(&text);
    place_done(&place);
}

static void a_cut_entry_asks_for_more(void)
{
    struct place place;
    place_init(&place);
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 5, CORD_STR("x 1\n"), NULL) ==
          CORD_OK);
    struct cord_buf text = load(&place);
    for (size_t cut = 1; cut < text.len; cut++) {
        struct cord_chain_entry entry;
        cord_str part = {text.ptr, cut};
        CHECK(cord_chain_next(&part, &entry, NULL) == CORD_E_MORE);
    }
    cord_buf_done(&text);
    place_done(&place);
}

/* Every single bit: the entry is refused, or its signature is, or it no longer
 * holds the hash of the one before. */
static void a_flipped_bit_is_noticed(void)
{
    struct place place;
    place_init(&place);
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 5, CORD_STR("x 1\n"), NULL) ==
          CORD_OK);
    struct cord_buf text = load(&place);
    struct cord_signing_public key = cord_signing_public(place.key);
    for (size_t bit = 0; bit < 8 * text.len; bit++) {
        struct cord_chain_entry entry;
        cord_str all = cord_buf_str(&text);
        text.ptr[bit / 8] = (char)(text.ptr[bit / 8] ^ 1 << bit % 8);
        CHECK(cord_chain_next(&all, &entry, NULL) != CORD_OK ||
              cord_signing_verify(&key, entry.signed_text, entry.signature) == CORD_E_FORMAT);
        text.ptr[bit / 8] = (char)(text.ptr[bit / 8] ^ 1 << bit % 8);
    }
    cord_buf_done(&text);
    place_done(&place);
}

static void words_hold_any_text(void)
{
    static const char *const texts[] = {"", "-", "a", "a b\n%41\t\x7f", "\xc3\xa9", "--"};
    static const char *const written[] = {" -",        " %2D", " a", " a%20b%0A%2541%09%7F",
                                          " \xc3\xa9", " --"};
    struct cord_buf lines;
    struct cord_buf text;
    cord_buf_init(&lines, 4096);
    cord_buf_init(&text, 4096);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cord_buf_clear(&lines);
        cord_buf_clear(&text);
        cord_chain_put_word(&lines, cord_str_from(texts[i]));
        CHECK_STR_EQ(cord_buf_str(&lines), cord_str_from(written[i]));
        CHECK(cord_chain_unescape(cord_str_from_byte(cord_buf_str(&lines), 1), &text));
        CHECK_STR_EQ(cord_buf_str(&text), cord_str_from(texts[i]));
    }
    static const char *const wrong[] = {"", "%", "%4", "%4g", "a b", "%4a"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(!cord_chain_unescape(cord_str_from(wrong[i]), &text));
    }
    cord_buf_done(&text);
    cord_buf_done(&lines);
}

/* --- a disk that fails --- */

struct bad_disk {
    struct cord_files files;
    bool write_fails;
    bool sync_fails;
};

static ssize_t bad_write(void *self, int file, const void *bytes, size_t len, off_t at)
{
    const struct bad_disk *disk = self;
    if (disk->write_fails) {
        CHECK(pwrite(file, bytes, len / 2, at) == (ssize_t)(len / 2));
        errno = ENOSPC;
        return -1;
    }
    return pwrite(file, bytes, len, at);
}

static int bad_sync(void *self, int file)
{
    const struct bad_disk *disk = self;
    (void)file;
    errno = EIO;
    return disk->sync_fails ? -1 : 0;
}

static void what_failed_leaves_no_trace(void)
{
    struct place place;
    struct bad_disk disk = {.files = cord_files_system()};
    place_init(&place);
    fill(&place);
    disk.files.write = bad_write;
    disk.files.sync = bad_sync;
    disk.files.self = &disk;
    place.chain.files = &disk.files;
    struct cord_digest head = place.chain.head;
    disk.write_fails = true;
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 9, CORD_STR(""), NULL) ==
          CORD_E_LIMIT);
    CHECK(!place.chain.failed && cord_digest_eq(&head, &place.chain.head));
    disk.write_fails = false;
    struct cord_buf text = load(&place);
    CHECK(text.len == place.chain.bytes);
    cord_buf_done(&text);
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 9, CORD_STR(""), NULL) == CORD_OK);
    /* Taking back cannot be synced either: nobody knows what is there. */
    disk.sync_fails = true;
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 9, CORD_STR(""), NULL) == CORD_E_IO);
    CHECK(place.chain.failed);
    disk.sync_fails = false;
    CHECK(cord_chain_append(&place.chain, place.key, "seal", 9, CORD_STR(""), NULL) == CORD_E_IO);
    place.chain.files = &place.files;
    place_done(&place);
}

static void keys_are_kept_as_pem(void)
{
    struct cord_signing_key *key = NULL;
    struct cord_signing_key *again = NULL;
    struct cord_buf pem;
    unsigned char signature[CORD_SIGNATURE_BYTES];
    cord_buf_init(&pem, 4096);
    CHECK(cord_signing_make(&key, NULL) == CORD_OK);
    CHECK(cord_signing_write(key, &pem) == CORD_OK);
    CHECK(cord_str_starts(cord_buf_str(&pem), CORD_STR("-----BEGIN PRIVATE KEY-----")));
    CHECK(cord_signing_read(cord_buf_str(&pem), &again, NULL) == CORD_OK);
    CHECK(cord_signing_sign(again, CORD_STR("text"), signature) == CORD_OK);
    struct cord_signing_public known = cord_signing_public(key);
    CHECK(cord_signing_verify(&known, CORD_STR("text"), signature) == CORD_OK);
    CHECK(cord_signing_verify(&known, CORD_STR("test"), signature) == CORD_E_FORMAT);
    cord_signing_free(again);
    again = NULL;
    CHECK(cord_signing_read(CORD_STR("no key"), &again, NULL) == CORD_E_FORMAT && !again);
    cord_signing_free(key);
    cord_buf_done(&pem);
}

KIT_MAIN(KIT_TEST(entries_follow_each_other), KIT_TEST(a_cut_entry_asks_for_more),
         KIT_TEST(a_flipped_bit_is_noticed), KIT_TEST(words_hold_any_text),
         KIT_TEST(what_failed_leaves_no_trace), KIT_TEST(keys_are_kept_as_pem))
