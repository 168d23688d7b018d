/* regression.c: see regression.h. */
#include "cmd/regression.h"

#include "wire/rule_files.h"

#include "base/map.h"
#include "base/vec.h"
#include "codec/yaml.h"
#include "wire/scan.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 256 << 20,
    INFO_BYTES_MAX = 1 << 20,
    RECORD_BYTES_MAX = 64 << 20,
};

struct pair {
    cord_str rule_id;
    cord_str sample; /* path */
    uint64_t wanted; /* findings at least */
    uint64_t found;
    bool read; /* the sample could be read to its end */
};

struct regression {
    struct cord_arena *arena;
    const struct cord_walk *walk; /* of the folder */
    struct pair *pairs;
    size_t count;
    size_t cap;
    struct cord_map by_key; /* "sample\nrule id" to pair */
    struct cord_map failed; /* samples that could not be read */
};

static cord_str key_of(struct cord_arena *arena, cord_str sample, cord_str rule_id)
{
    return cord_arena_printf(arena, "%.*s\n%.*s", CORD_STR_ARG(sample), CORD_STR_ARG(rule_id));
}

static cord_status add_pair(struct regression *self, cord_str rule_id, cord_str sample,
                            uint64_t wanted)
{
    struct pair *pairs = cord_vec_room(self->pairs, self->count, &self->cap, sizeof *pairs);
    cord_str key = key_of(self->arena, sample, rule_id);
    if (!pairs || !key.ptr) {
        self->pairs = pairs ? pairs : self->pairs;
        return CORD_E_NOMEM;
    }
    self->pairs = pairs;
    pairs[self->count] =
        (struct pair){.rule_id = rule_id, .sample = sample, .wanted = wanted, .read = true};
    return cord_map_put(&self->by_key, key, (uint32_t)self->count++);
}

static cord_str folder_of(cord_str path)
{
    while (path.len > 0 && path.ptr[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

static cord_str name_of(cord_str path)
{
    return cord_str_from_byte(path, folder_of(path).len);
}

static bool is_sample(cord_str name)
{
    return cord_str_ends(name, CORD_STR(".evtx")) || cord_str_ends(name, CORD_STR(".json")) ||
           cord_str_ends(name, CORD_STR(".raw")) || cord_str_ends(name, CORD_STR(".log"));
}

/* How often the rule is to fire on the sample: what info.yml says of it, or of
 * its twin in another format; once when it says nothing. */
static uint64_t wanted_of(const struct cord_yaml *info)
{
    const struct cord_yaml *tests = cord_yaml_get(info, CORD_STR("regression_tests_info"));
    const struct cord_yaml *test = tests && tests->kind == CORD_YAML_LIST ? tests->child : NULL;
    const struct cord_yaml *count = cord_yaml_get(test, CORD_STR("match_count"));
    return count && count->kind == CORD_YAML_INT && count->integer > 0 ? (uint64_t)count->integer
                                                                       : 1;
}

/* Every sample beside an info.yml, for every rule it names. */
static cord_status add_info(struct regression *self, const struct cord_walk_item *info_item,
                            struct cord_error *err)
{
    struct cord_yaml *documents = NULL;
    struct cord_buf text;
    cord_buf_init(&text, INFO_BYTES_MAX);
    cord_status status = cord_rule_files_read(info_item, &text, err);
    if (status == CORD_OK) {
        status = cord_yaml_parse(cord_buf_str(&text), 1, self->arena, &documents, err);
    }
    cord_buf_done(&text);
    if (status != CORD_OK) {
        cord_error_context(err, "%.*s", CORD_STR_ARG(info_item->name));
        return status;
    }
    const struct cord_yaml *info = documents->child;
    const struct cord_yaml *rules = cord_yaml_get(info, CORD_STR("rule_metadata"));
    cord_str folder = folder_of(info_item->name);
    for (const struct cord_yaml *rule = rules ? rules->child : NULL; rule; rule = rule->next) {
        cord_str id = cord_yaml_text(cord_yaml_get(rule, CORD_STR("id")));
        bool some = false;
        for (size_t i = 0; i < cord_walk_count(self->walk) && status == CORD_OK; i++) {
            cord_str sample = cord_walk_item(self->walk, i)->name;
            if (is_sample(sample) && cord_str_eq(folder_of(sample), folder)) {
                status = add_pair(self, id, sample, wanted_of(info));
                some = true;
            }
        }
        if (!some && status == CORD_OK) {
            status = add_pair(self, id, info_item->name, wanted_of(info));
            self->pairs[self->count - 1].read = false;
        }
    }
    return status;
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct regression *regression = self;
    char buffer[8192];
    int len = finding->rule
                  ? snprintf(buffer, sizeof buffer, "%.*s\n%.*s", CORD_STR_ARG(finding->source),
                             CORD_STR_ARG(finding->rule->about.id))
                  : -1;
    if (len > 0 && (size_t)len < sizeof buffer) {
        uint32_t at = cord_map_get(&regression->by_key, (cord_str){buffer, (size_t)len});
        if (at != CORD_MAP_NONE) {
            regression->pairs[at].found++;
        }
    }
    return CORD_OK;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct regression *regression = self;
    cord_str name = cord_arena_copy(regression->arena, problem->stream);
    return name.ptr ? cord_map_put(&regression->failed, name, 0) : CORD_E_NOMEM;
}

/* One scan over all samples, each named once. */
static cord_status scan_samples(struct regression *self, const struct cord_collection *collection,
                                struct cord_ruleset *ruleset, struct cord_error *err)
{
    const char **paths = calloc(self->count + 1, sizeof *paths);
    struct cord_walk *walk = NULL;
    struct cord_scan_totals totals = {0};
    size_t count = 0;
    if (!paths) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < self->count; i++) {
        bool again = count > 0 && strcmp(paths[count - 1], self->pairs[i].sample.ptr) == 0;
        if (self->pairs[i].read && !again) {
            paths[count++] = self->pairs[i].sample.ptr;
        }
    }
    cord_status status = cord_walk_new(paths, count, &walk, err);
    free(paths);
    if (status == CORD_OK) {
        const struct cord_scan_sink sink = {on_finding, on_problem, NULL, self};
        const struct cord_scan_options options = {
            .threads = 1,
            .from_ns = CORD_TIME_NONE,
            .to_ns = CORD_TIME_NONE,
            .record_bytes_max = RECORD_BYTES_MAX,
            .collection = collection,
            .correlation_bytes_max = RECORD_BYTES_MAX,
        };
        status = cord_scan_run(walk, ruleset, &options, &sink, &totals, err);
    }
    cord_walk_free(walk);
    return status;
}

static void report(const struct regression *self, bool verbose, struct regression_totals *totals)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct pair *pair = &self->pairs[i];
        bool damaged = cord_map_get(&self->failed, pair->sample) != CORD_MAP_NONE;
        bool passed = pair->read && !damaged && pair->found >= pair->wanted;
        totals->passed += passed ? 1 : 0;
        totals->failed += passed ? 0 : 1;
        if (!passed || verbose) {
            printf("%s: %.*s on %.*s: %llu findings, %llu wanted%s\n", passed ? "passed" : "FAILED",
                   CORD_STR_ARG(pair->rule_id), CORD_STR_ARG(name_of(pair->sample)),
                   (unsigned long long)pair->found, (unsigned long long)pair->wanted,
                   !pair->read ? " (there is no sample)"
                   : damaged   ? " (not read whole)"
                               : "");
        }
    }
}

cord_status regression_run(const char *folder, const struct cord_collection *collection,
                           struct cord_ruleset *ruleset, bool verbose,
                           struct regression_totals *ret_totals, struct cord_error *err)
{
    struct regression self = {.arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_walk *walk = NULL;
    cord_map_init(&self.by_key, 0);
    cord_map_init(&self.failed, 0);
    *ret_totals = (struct regression_totals){0};
    cord_status status = self.arena ? cord_walk_new(&folder, 1, &walk, err)
                                    : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    self.walk = walk;
    for (size_t i = 0; status == CORD_OK && i < cord_walk_count(walk); i++) {
        if (cord_str_eq(name_of(cord_walk_item(walk, i)->name), CORD_STR("info.yml"))) {
            status = add_info(&self, cord_walk_item(walk, i), err);
        }
    }
    if (status == CORD_OK && self.count == 0) {
        status = cord_error_set(err, CORD_E_NOENT, "%s: no info.yml that names a rule", folder);
    }
    if (status == CORD_OK) {
        status = scan_samples(&self, collection, ruleset, err);
    }
    if (status == CORD_OK) {
        report(&self, verbose, ret_totals);
    }
    cord_walk_free(walk);
    free(self.pairs);
    cord_map_done(&self.by_key);
    cord_map_done(&self.failed);
    cord_arena_free(self.arena);
    return status;
}
