/* lint.c: see lint.h. */
#include "detect/lint_internal.h"

#include "detect/correlation.h"
#include "detect/document_merge.h"

#include <stdarg.h>
#include <stdio.h>

enum { DOCUMENTS_MAX = 10000, TREE_BYTES_MAX = 256 << 20, SCRATCH_BYTES_MAX = 64 << 20 };

void cord_lint_say(struct cord_lint *lint, uint32_t line, const char *kind, const char *format, ...)
{
    char text[CORD_ERROR_BYTES];
    va_list args;
    if (lint->status != CORD_OK) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cord_str name = cord_str_from(kind);
    const struct cord_lint_finding finding = {
        .error = cord_str_starts(name, CORD_STR("schema")),
        .file = lint->file,
        .line = line,
        .id = lint->id,
        .title = lint->title,
        .kind = name,
        .message = cord_str_from(text),
    };
    lint->status = lint->sink->put(lint->sink->self, &finding);
}

static cord_str text_or_empty(const struct cord_yaml *document, cord_str key)
{
    cord_str text = cord_yaml_text(cord_yaml_get(document, key));
    return text.ptr ? text : CORD_STR("");
}

static void look_at(struct cord_lint *lint, const struct cord_yaml *document)
{
    const struct cord_yaml *source = cord_yaml_get(document, CORD_STR("logsource"));
    const struct cord_yaml *detection = cord_yaml_get(document, CORD_STR("detection"));
    const struct cord_yaml *filter = cord_yaml_get(document, CORD_STR("filter"));
    lint->document = document;
    lint->id = text_or_empty(document, CORD_STR("id"));
    lint->title = text_or_empty(document, CORD_STR("title"));
    lint->windows =
        cord_str_eq_fold(text_or_empty(source, CORD_STR("product")), CORD_STR("windows"));
    detection = detection ? detection : filter;
    bool correlation = cord_correlation_is(document);
    if (!correlation && (!detection || detection->kind != CORD_YAML_MAP)) {
        return; /* refused elsewhere */
    }
    cord_arena_reset(lint->arena);
    cord_lint_schema(lint);
    if (!correlation) {
        cord_lint_values(lint, detection);
        cord_lint_conditions(lint, detection);
    }
}

/* Rules as "action: global" and "repeat" make them. */
static void look_at_all(struct cord_lint *lint, const struct cord_yaml *documents,
                        struct cord_arena *tree)
{
    struct cord_document_merge merge = {.arena = tree};
    struct cord_error ignored;
    for (const struct cord_yaml *from = documents->child; from && lint->status == CORD_OK;
         from = from->next) {
        const struct cord_yaml *rule = NULL;
        bool inherited = false;
        if (from->kind != CORD_YAML_MAP) {
            continue;
        }
        cord_status status = cord_document_merge_next(&merge, from, &rule, &inherited, &ignored);
        if (status == CORD_E_NOMEM || status == CORD_E_LIMIT) {
            lint->status = status;
        } else if (status == CORD_OK && rule) {
            look_at(lint, rule);
        }
    }
}

cord_status cord_lint_text(cord_str file, cord_str text, const struct cord_lint_sink *sink,
                           struct cord_error *err)
{
    struct cord_arena *tree = cord_arena_new(TREE_BYTES_MAX);
    struct cord_lint lint = {
        .sink = sink, .file = file, .arena = cord_arena_new(SCRATCH_BYTES_MAX)};
    struct cord_yaml *documents = NULL;
    if (!tree || !lint.arena) {
        lint.status = CORD_E_NOMEM;
    } else {
        struct cord_error ignored;
        lint.status = cord_yaml_parse(text, DOCUMENTS_MAX, tree, &documents, &ignored);
    }
    if (lint.status == CORD_OK) {
        look_at_all(&lint, documents, tree);
    } else if (lint.status != CORD_E_NOMEM) {
        lint.status = CORD_OK; /* refused elsewhere, with the place */
    }
    cord_arena_free(tree);
    cord_arena_free(lint.arena);
    return lint.status == CORD_OK
               ? CORD_OK
               : cord_error_set(err, lint.status, "%.*s: %s", CORD_STR_ARG(file),
                                lint.status == CORD_E_NOMEM ? "out of memory" : "too large");
}

cord_status cord_lint_collection(const struct cord_collection *collection,
                                 const struct cord_lint_sink *sink, struct cord_error *err)
{
    struct cord_lint lint = {.sink = sink, .arena = cord_arena_new(SCRATCH_BYTES_MAX)};
    lint.status = lint.arena ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < cord_collection_rule_count(collection) && lint.status == CORD_OK; i++) {
        const struct cord_rule *rule = cord_collection_rule(collection, i);
        lint.file = rule->about.file;
        lint.id = rule->about.id;
        lint.title = rule->about.title;
        cord_arena_reset(lint.arena);
        cord_lint_rule(&lint, rule);
    }
    cord_arena_free(lint.arena);
    return lint.status == CORD_OK ? CORD_OK
                                  : cord_error_set(err, lint.status,
                                                   "rules could not be judged: "
                                                   "out of memory");
}
