/*
 * Reads spooled and packed rows with tests/system/evidence_reader.py, which knows
 * nothing but docs/evidence-format.md. (`cordon scan` does not spool; what it
 * stores is read in tests/system/test_evidence_reader.sh.)
 */
#include "evidence/store.h"
#include "kit/kit.h"
#include "kit/kit_rows.h"
#include "kit/kit_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READER           "/usr/bin/python3 -B " CORD_SOURCE_DIR "/tests/system/evidence_reader.py"
#define OUTPUT_BYTES_MAX ((size_t)4 << 20)

static bool reader_runs(void)
{
    return system("/usr/bin/python3 -c 'import cryptography, xxhash, zstandard' 2>/dev/null") == 0;
}

/* What the reader prints of the store; the caller frees it. */
static char *read_store(const char *path)
{
    char command[1024];
    int length = snprintf(command, sizeof command, READER " %s", path);
    CHECK(length > 0 && (size_t)length < sizeof command);
    FILE *reader = popen(command, "re");
    CHECK(reader);
    char *output = malloc(OUTPUT_BYTES_MAX);
    CHECK(output);
    size_t len = fread(output, 1, OUTPUT_BYTES_MAX - 1, reader);
    output[len] = '\0';
    CHECK(pclose(reader) == 0);
    return output;
}

static void append(struct cord_store *store, struct cord_rows *rows)
{
    struct cord_evidence *evidence = cord_store_evidence(store);
    CHECK(evidence->ops->append(evidence, rows, NULL) == CORD_OK);
    CHECK(evidence->ops->commit(evidence, NULL) == CORD_OK);
    cord_rows_reset(rows);
}

static void fill(struct cord_store *store)
{
    const struct kit_rows_origin ward = {CORD_STR("RJ1"), CORD_STR("ward"), 1700000000000000001};
    const struct kit_rows_origin lab = {CORD_STR("-"), CORD_STR(""), -1};
    struct cord_rows *rows = cord_rows_new((size_t)8 << 20, 1);
    CHECK(rows);
    kit_rows_add(rows, NULL, &ward,
                 CORD_STR("{\"user\":\"alice\",\"n\":5.50,\"list\":[null,true,{}]}\n"
                          "{\"time\":\"2026-11-22T08:00:00Z\",\"esc\":\"a\\tb\"}\n"));
    append(store, rows);
    kit_rows_add(rows, NULL, &lab, CORD_STR("{\"host\":\"lab\",\"e\":\"\"}\n"));
    append(store, rows);
    for (uint64_t n = 0; n < 1000; n++) {
        kit_store_add(rows, n % 3 ? "RJ1" : "SP2", n % 7 ? "a" : "b", n);
        if (n % 90 == 0) {
            append(store, rows);
        }
    }
    append(store, rows);
    cord_rows_free(rows);
}

/* The line of the number'th event holds the text. */
static void check_says(const struct cord_store *store, const char *output, uint64_t number,
                       const char *text)
{
    char buffer[CORD_STORE_ID_TEXT];
    cord_str id = cord_store_id_format(store, number, buffer);
    char begin[64];
    int length = snprintf(begin, sizeof begin, "{\"id\": \"%.*s\", \"number\": %llu, ", (int)id.len,
                          id.ptr, (unsigned long long)number);
    CHECK(length > 0 && (size_t)length < sizeof begin);
    const char *line = strstr(output, begin);
    CHECK(line);
    const char *found = strstr(line, text);
    CHECK(found && found < strchr(line, '\n'));
}

static size_t spooled_rows(struct cord_store *store)
{
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_evidence_stats stats;
    CHECK(evidence->ops->stats(evidence, &stats, NULL) == CORD_OK);
    return stats.spooled_rows;
}

/* Of a spool whose last byte is lost all frames but the last are read, of one that
 * is damaged in the middle all but one. */
static void check_damage(const char *path, const char *spooled)
{
    char command[1024];
    int length =
        snprintf(command, sizeof command,
                 "cp -r %s %s.torn && truncate -s -1 %s.torn/spool/*.spool", path, path, path);
    CHECK(length > 0 && (size_t)length < sizeof command && system(command) == 0);
    char torn_path[80];
    (void)snprintf(torn_path, sizeof torn_path, "%s.torn", path);
    char *torn = read_store(torn_path);
    CHECK(strlen(torn) < strlen(spooled) && strlen(torn) > strlen(spooled) / 2);
    CHECK(strncmp(torn, spooled, strlen(torn)) == 0);

    length = snprintf(command, sizeof command,
                      "cp %s/spool/* %s/spool/ && printf '\\377\\0\\377' |"
                      " dd of=$(echo %s/spool/*) bs=1 seek=9999 conv=notrunc status=none",
                      path, torn_path, torn_path);
    CHECK(length > 0 && (size_t)length < sizeof command && system(command) == 0);
    char *holed = read_store(torn_path);
    CHECK(strlen(holed) < strlen(spooled) && strlen(holed) > strlen(spooled) / 2);
    CHECK(strcmp(holed + strlen(holed) - 100, spooled + strlen(spooled) - 100) == 0);
    free(torn);
    free(holed);
    kit_store_remove(torn_path);
}

static void spooled_and_packed_are_read_alike(void)
{
    if (!reader_runs()) {
        print_message("SKIPPED: needs Debian's python3-cryptography, python3-xxhash and "
                      "python3-zstandard (./setup test)\n");
        skip();
    }
    char path[64];
    kit_store_dir(path);
    struct cord_store *store = NULL;
    const struct cord_store_options options = {.create = true, .seed = 1};
    CHECK(cord_store_open(path, &options, &store, NULL) == CORD_OK);
    fill(store);
    CHECK_U64(spooled_rows(store), 1003);

    char *spooled = read_store(path); /* beside its writer */
    check_says(store, spooled, 1,
               "\"happened\": null, \"received\": 1700000000000000001, "
               "\"origin\": [\"RJ1\", \"ward\", \"json\", ");
    check_says(store, spooled, 1, "[[\"user\"], 0, 4, \"alice\"]");
    check_says(store, spooled, 1, "1, 4, \"5.50\"]");
    check_says(store, spooled, 2, "\"happened\": 1795334400000000000, ");
    check_says(store, spooled, 2, "[[\"esc\"], 0, 5, \"a\\\\tb\"]");
    check_says(store, spooled, 3, "\"origin\": [\"-\", \"\", \"json\", ");
    check_says(store, spooled, 3, "\"raw\": \"{\\\"host\\\":\\\"lab\\\",\\\"e\\\":\\\"\\\"}\"");
    check_says(store, spooled, 1003, "\\\"n\\\":999,");

    check_damage(path, spooled);
    CHECK(cord_store_flush(store, NULL) == CORD_OK);
    CHECK_U64(spooled_rows(store), 0);
    char *packed = read_store(path);
    CHECK(strcmp(spooled, packed) == 0);
    cord_store_close(store);
    kit_store_remove(path);
    free(spooled);
    free(packed);
}

KIT_MAIN(KIT_TEST(spooled_and_packed_are_read_alike))
