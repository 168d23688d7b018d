/*
 * test_filter_vectors.c: tests/golden/filter/ *.yml: Sigma filters, from text to
 * findings, through the whole pipeline.
 *
 * A vector is one YAML document: `section` of the filters specification (or
 * trap of our own study) that it tests, `rules` as the text of Sigma documents,
 * `events` as JSON lines, `expect` as [line, title of the rule] pairs, and
 * `refused`, the number of documents refused (default 0).
 */
#include "kit/kit.h"
#include "kit/kit_scan.h"
#include "kit/kit_vectors.h"

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

static void broken(const struct kit_scan *scan, const struct kit_vector *vector, const char *what)
{
    cord_str title = cord_yaml_text(get(vector->document, "title"));
    print_error("%s:%u: \"%.*s\": %s\n", vector->file, vector->document->line, CORD_STR_ARG(title),
                what);
    for (size_t i = 0; i < scan->count; i++) {
        print_error("  got line %u: %s\n", (unsigned)scan->findings[i].record,
                    scan->findings[i].title);
    }
    print_error("  %u refused: %s\n", (unsigned)scan->refused, scan->refusal);
    fail();
}

struct bench {
    struct kit_scan scan;
    char events_path[32];
};

static void run_vector(void *self, const struct kit_vector *vector)
{
    struct bench *bench = self;
    struct kit_scan *scan = &bench->scan;
    const struct cord_yaml *document = vector->document;
    struct kit_scan_rule_text rules = {vector->file, cord_yaml_text(get(document, "rules"))};
    const struct cord_yaml *expect = get(document, "expect");
    const struct cord_yaml *refused = get(document, "refused");
    bool taken[KIT_SCAN_FINDINGS_MAX] = {false};
    CHECK(cord_yaml_text(get(document, "section")).len > 0 && expect);
    write_events(bench->events_path, cord_yaml_text(get(document, "events")));
    kit_scan_run(scan, &rules, 1, bench->events_path);
    if (scan->count != expect->count ||
        scan->refused != (refused ? (uint64_t)refused->integer : 0)) {
        broken(scan, vector, "another number of findings or refusals");
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
            broken(scan, vector, "an expected finding did not come");
        }
        taken[at] = true;
    }
}

static void every_filter_vector_holds(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    CHECK(bench);
    (void)snprintf(bench->events_path, sizeof bench->events_path, "/tmp/cord_filter_XXXXXX");
    int fd = mkstemp(bench->events_path);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(kit_vectors_each("filter", run_vector, bench) >= 12);
    CHECK(unlink(bench->events_path) == 0);
    free(bench);
}

KIT_MAIN(KIT_TEST(every_filter_vector_holds))
