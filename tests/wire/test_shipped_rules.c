/*
 * test_shipped_rules.c: every set under rules/ over its events: findings where
 * `expect` says, and nowhere else.
 */
#include "kit/kit.h"
#include "kit/kit_scan.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 64
#define NAME_MAX_ 128

struct set {
    char folder[1024];
    char names[RULES_MAX][NAME_MAX_]; /* without .yml */
    struct kit_scan_rule_text rules[RULES_MAX];
    size_t count;
    struct kit_scan scan;
};

static void load_set(struct set *set)
{
    DIR *dir = opendir(set->folder);
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        cord_str name = cord_str_from(entry->d_name);
        if (!cord_str_ends(name, CORD_STR(".yml"))) {
            continue;
        }
        char path[2048];
        CHECK(set->count < RULES_MAX && name.len - 4 < NAME_MAX_);
        (void)snprintf(path, sizeof path, "%s/%s", set->folder, entry->d_name);
        memcpy(set->names[set->count], name.ptr, name.len - 4);
        set->rules[set->count].name = set->names[set->count];
        set->rules[set->count].text = kit_read_file(path);
        set->count++;
    }
    closedir(dir);
}

/* Marks the finding of that rule at that line as wanted. */
static bool take(struct kit_scan *scan, uint64_t line, const char *rule)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->findings[i].record == line && strcmp(scan->findings[i].file, rule) == 0) {
            scan->findings[i].record = 0;
            return true;
        }
    }
    return false;
}

/* Returns how many findings the line wants of the rule `own`. */
static size_t check_line(struct set *set, cord_str line, uint64_t number, const char *own)
{
    json_error_t error;
    json_t *event = json_loadb(line.ptr, line.len, 0, &error);
    json_t *expect = json_object_get(event, "expect");
    size_t of_own = 0;
    CHECK(event && json_is_array(expect));
    for (size_t i = 0; i < json_array_size(expect); i++) {
        const char *rule = json_string_value(json_array_get(expect, i));
        if (!rule || !take(&set->scan, number, rule)) {
            print_error("%s/%s.events.ndjson:%u: no finding of %s\n", set->folder, own,
                        (unsigned)number, rule ? rule : "?");
            fail();
        }
        of_own += strcmp(rule, own) == 0;
    }
    json_decref(event);
    return of_own;
}

static void check_events(struct set *set, const char *own)
{
    char path[2048];
    uint64_t number = 0;
    size_t hits = 0;
    (void)snprintf(path, sizeof path, "%s/%s.events.ndjson", set->folder, own);
    cord_str text = kit_read_file(path);
    cord_str rest = text;
    kit_scan_run(&set->scan, set->rules, set->count, path);
    if (set->scan.refused > 0) {
        print_error("%s\n", set->scan.refusal);
        fail();
    }
    for (cord_str line; cord_str_cut(&rest, '\n', &line);) {
        if (line.len > 0) {
            hits += check_line(set, line, ++number, own);
        }
    }
    for (size_t i = 0; i < set->scan.count; i++) {
        if (set->scan.findings[i].record != 0) {
            print_error("%s:%u: finding of %s not expected\n", path,
                        (unsigned)set->scan.findings[i].record, set->scan.findings[i].file);
            fail();
        }
    }
    CHECK(hits > 0 && hits < number && set->scan.events == number);
    free((void *)(uintptr_t)text.ptr);
}

static bool says(cord_str text, const char *words)
{
    return cord_str_find(text, cord_str_from(words), 0) != SIZE_MAX;
}

/* What an alert shows of a rule must name its author and licence; a sighting of
 * a kill-switch name must say that the name is to stay reachable. */
static void check_metadata(cord_str text, const char *name)
{
    bool good = says(text, "\nauthor: Cordon project\n") && says(text, "\nlicense: Apache-2.0\n") &&
                says(text, "\nlevel: ") && says(text, "\nfalsepositives:\n") &&
                says(text, "\nreferences:\n");
    if (strncmp(name, "killswitch", 10) == 0) {
        good = good && says(text, "Do not block the name") &&
               says(text, "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com");
    }
    if (!good) {
        print_error("%s: metadata\n", name);
        fail();
    }
}

static void every_shipped_rule_finds_what_it_should(void)
{
    DIR *dir = opendir(CORD_SOURCE_DIR "/rules");
    size_t sets = 0;
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || strchr(entry->d_name, '.')) {
            continue; /* README.md: sets have no dot in their names */
        }
        struct set *set = calloc(1, sizeof *set);
        CHECK(set);
        (void)snprintf(set->folder, sizeof set->folder, "%s/rules/%s", CORD_SOURCE_DIR,
                       entry->d_name);
        load_set(set);
        for (size_t i = 0; i < set->count; i++) {
            check_metadata(set->rules[i].text, set->names[i]);
            check_events(set, set->names[i]);
        }
        sets += set->count > 0;
        for (size_t i = 0; i < set->count; i++) {
            free((void *)(uintptr_t)set->rules[i].text.ptr);
        }
        free(set);
    }
    closedir(dir);
    CHECK(sets > 0);
}

KIT_MAIN(KIT_TEST(every_shipped_rule_finds_what_it_should))
