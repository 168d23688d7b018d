/*
 * test_filter_vectors.c: tests/golden/filter/ *.yml: Sigma filters, from text to
 * findings, through the whole pipeline.
 *
 * A vector is one YAML document: `section` of the filters specification (or
 * trap of our own study) that it tests, `rules` as the text of Sigma documents,
 * `events` as JSON lines, `expect` as [line, title of the rule] pairs, and
 * `refused`, the number of documents refused (default 0).
 */
#include "codec/yaml.h"
#include "kit/kit.h"
#include "kit/kit_scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct cord_yaml *get(const struct cord_yaml *node, const char *key)
{
    return cord_yaml_get(node, cord_str_from(key));
}

static void write_events(const char *path, cord_str text)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fwrite(text.ptr, 1, text.len, file) == text.len);
    CHECK(fclose(file) == 0);
}

static void broken(const struct kit_scan *scan, const struct cord_yaml *document, const char *file,
                   const char *what)
{
    cord_str title = cord_yaml_text(get(document, "title"));
    print_error("%s:%u: \"%.*s\": %s\n", file, document->line, CORD_STR_ARG(title), what);
    for (size_t i = 0; i < scan->count; i++) {
        print_error("  got line %u: %s\n", (unsigned)scan->findings[i].record,
                    scan->findings[i].title);
    }
    print_error("  %u refused: %s\n", (unsigned)scan->refused, scan->refusal);
    fail();
}

static void run_vector(struct kit_scan *scan, const struct cord_yaml *document, const char *file,
                       const char *events_path)
{
    struct kit_scan_rule_text rules = {file, cord_yaml_text(get(document, "rules"))};
    const struct cord_yaml *expect = get(document, "expect");
    const struct cord_yaml *refused = get(document, "refused");
    bool taken[KIT_SCAN_FINDINGS_MAX] = {false};
    CHECK(cord_yaml_text(get(document, "section")).len > 0 && expect);
    write_events(events_path, cord_yaml_text(get(document, "events")));
    kit_scan_run(scan, &rules, 1, events_path);
    if (scan->count != expect->count ||
        scan->refused != (refused ? (uint64_t)refused->integer : 0)) {
        broken(scan, document, file, "another number of findings or refusals");
    }
    for (const struct cord_yaml *pair = expect->child; pair; pair = pair->next) {
        size_t at = 0;
        while (at < scan->count &&
               (taken[at] || scan->findings[at].record != (uint64_t)pair->child->integer ||
                !cord_str_eq(cord_str_from(scan->findings[at].title),
                             cord_yaml_text(pair->child->next)))) {
            at++;
        }
        if (at == scan->count) {
            broken(scan, document, file, "an expected finding did not come");
        }
        taken[at] = true;
    }
}

static size_t run_file(struct kit_scan *scan, const char *path, const char *events_path)
{
    struct cord_arena *arena = cord_arena_new(16 << 20);
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    cord_str text = kit_read_file(path);
    size_t count = 0;
    CHECK(arena);
    if (cord_yaml_parse(text, 256, arena, &documents, &err) != CORD_OK) {
        print_error("%s: %s\n", path, err.text);
        fail();
    }
    for (const struct cord_yaml *d = documents->child; d; d = d->next, count++) {
        run_vector(scan, d, path, events_path);
    }
    free((void *)(uintptr_t)text.ptr);
    cord_arena_free(arena);
    return count;
}

static void every_filter_vector_holds(void)
{
    const char *folder = CORD_SOURCE_DIR "/tests/golden/filter";
    char events_path[] = "/tmp/cord_filter_XXXXXX";
    int fd = mkstemp(events_path);
    struct kit_scan *scan = malloc(sizeof *scan);
    DIR *dir = opendir(folder);
    size_t count = 0;
    CHECK(dir && scan && fd >= 0 && close(fd) == 0);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (cord_str_ends(cord_str_from(entry->d_name), CORD_STR(".yml"))) {
            char path[4096];
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            count += run_file(scan, path, events_path);
        }
    }
    closedir(dir);
    free(scan);
    CHECK(unlink(events_path) == 0);
    print_message("%zu vectors\n", count);
    CHECK(count >= 12);
}

KIT_MAIN(KIT_TEST(every_filter_vector_holds))
