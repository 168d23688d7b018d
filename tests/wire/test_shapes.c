/*
 * test_shapes.c: an event as each product writes it reaches the public rules.
 *
 * tests/golden/shapes/index.txt has a line for each pair of a file there and a
 * public rule: the file, the rule's place below the rule set, and the records
 * that must match, or "-". Every other record is a near twin that must not.
 * Lines of one file stand together; its rules run at once, in the way of
 * `cordon scan`, the file recognised by its content.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kit/kit.h"
#include "kit/kit_scan.h"

enum { RULES_MAX = 32, PATH_BYTES = 512, NAME_BYTES = 128 };

struct shape {
    char name[NAME_BYTES]; /* of the file */
    struct kit_scan_rule_text rules[RULES_MAX];
    char places[RULES_MAX][NAME_BYTES];
    cord_str records[RULES_MAX]; /* in the index */
    size_t count;
};

static bool is_listed(cord_str records, uint64_t record)
{
    cord_str one;
    uint64_t number;
    while (cord_str_cut(&records, ',', &one)) {
        if (cord_str_u64(one, &number) && number == record) {
            return true;
        }
    }
    return false;
}

static size_t listed(cord_str records)
{
    cord_str one;
    uint64_t number;
    size_t count = 0;
    while (cord_str_cut(&records, ',', &one)) {
        count += cord_str_u64(one, &number);
    }
    return count;
}

/* How many pairs of the shape are not as the index has them. */
static unsigned compare(const struct shape *shape, const struct kit_scan *scan)
{
    unsigned wrong = scan->refused > 0;
    for (size_t rule = 0; rule < shape->count; rule++) {
        size_t right = 0;
        size_t found = 0;
        for (size_t at = 0; at < scan->count; at++) {
            if (strcmp(scan->findings[at].file, shape->places[rule]) == 0) {
                found++;
                right += is_listed(shape->records[rule], scan->findings[at].record);
            }
        }
        if (found != right || right != listed(shape->records[rule])) {
            print_error("%s: %s: wanted %.*s, got", shape->name, shape->places[rule],
                        CORD_STR_ARG(shape->records[rule]));
            for (size_t at = 0; at < scan->count; at++) {
                if (strcmp(scan->findings[at].file, shape->places[rule]) == 0) {
                    print_error(" %u", (unsigned)scan->findings[at].record);
                }
            }
            print_error("\n");
            wrong++;
        }
    }
    return wrong;
}

static unsigned shape_run(struct shape *shape, struct kit_scan *scan)
{
    char path[PATH_BYTES];
    if (shape->count == 0) {
        return 0;
    }
    (void)snprintf(path, sizeof path, "%s/tests/golden/shapes/%s", CORD_SOURCE_DIR, shape->name);
    kit_scan_run(scan, shape->rules, shape->count, path);
    if (scan->refused > 0) {
        print_error("%s: %s\n", shape->name, scan->refusal);
    }
    unsigned wrong = compare(shape, scan);
    for (size_t at = 0; at < shape->count; at++) {
        free((void *)(uintptr_t)shape->rules[at].text.ptr);
    }
    shape->count = 0;
    return wrong;
}

static void take_pair(struct shape *shape, cord_str place, cord_str records)
{
    char path[PATH_BYTES];
    size_t at = shape->count++;
    CHECK(at < RULES_MAX && place.len < NAME_BYTES);
    (void)snprintf(shape->places[at], NAME_BYTES, "%.*s", CORD_STR_ARG(place));
    (void)snprintf(path, sizeof path, "sigma/%s", shape->places[at]);
    shape->rules[at].name = shape->places[at];
    shape->rules[at].text = kit_read_file(kit_shared_path(path));
    shape->records[at] = records;
}

static void every_shape_reaches_its_rules(void)
{
    (void)kit_shared_path("sigma"); /* skips when it is not there */
    struct shape *shape = calloc(1, sizeof *shape);
    struct kit_scan *scan = calloc(1, sizeof *scan);
    CHECK(shape && scan);
    cord_str index = kit_read_file(CORD_SOURCE_DIR "/tests/golden/shapes/index.txt");
    cord_str rest = index;
    cord_str line;
    unsigned pairs = 0;
    unsigned wrong = 0;
    while (cord_str_cut(&rest, '\n', &line)) {
        cord_str name = {0};
        cord_str place = {0};
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        CHECK(cord_str_cut(&line, ' ', &name) && cord_str_cut(&line, ' ', &place));
        if (!cord_str_eq(name, cord_str_from(shape->name))) {
            wrong += shape_run(shape, scan);
            CHECK(name.len < NAME_BYTES);
            (void)snprintf(shape->name, sizeof shape->name, "%.*s", CORD_STR_ARG(name));
        }
        take_pair(shape, place, line);
        pairs++;
    }
    wrong += shape_run(shape, scan);
    CHECK(pairs >= 200);
    CHECK_U64(wrong, 0);
    free((void *)(uintptr_t)index.ptr);
    free(scan);
    free(shape);
}

KIT_MAIN(KIT_TEST(every_shape_reaches_its_rules))
