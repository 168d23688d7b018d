/*
 * collection.c: see collection.h.
 *
 * Adding reads a text into drafts; finishing turns the drafts into rules in
 * the order in which they came. What only serves that way lies in the work
 * arena and goes when it is done.
 */
#include "detect/collection.h"

#include "detect/correlation.h"
#include "detect/document_merge.h"
#include "detect/filter_apply.h"
#include "detect/pipeline.h"
#include "detect/placeholder.h"
#include "detect/rule_build.h"
#include "detect/rule_parse.h"
#include "detect/rule_source.h"

#include <stdlib.h>

enum {
    DOCUMENTS_MAX = 10000,
    FILE_BYTES_MAX = 16 << 20,
    ARENA_BYTES_MAX = 512 << 20,
    SCRATCH_BYTES_MAX = 256 << 20,
};

/* A growing list of pointers. */
struct list {
    void **items;
    size_t count;
    size_t cap;
};

struct cord_collection {
    struct cord_draft_context context;
    struct cord_arena *scratch; /* one text's tree */
    struct cord_draft *drafts;
    struct cord_draft **drafts_tail;
    struct cord_draft_filter *filters;
    struct cord_draft_filter **filters_tail;
    struct cord_placeholder *placeholders;
    struct list pipelines;
    struct list rules;
    struct list rule_drafts; /* of each rule */
    struct list correlations;
    bool keeps_texts;
    cord_str text; /* of the file at hand, when they are kept: in the arena */
    bool finished;
};

static bool list_push(struct list *list, void *item)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        void **items = realloc(list->items, cap * sizeof *items);
        if (!items) {
            return false;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = item;
    return true;
}

struct cord_collection *cord_collection_new(void)
{
    struct cord_collection *collection = calloc(1, sizeof *collection);
    if (!collection) {
        return NULL;
    }
    collection->context.arena = cord_arena_new(ARENA_BYTES_MAX);
    collection->context.work = cord_arena_new(ARENA_BYTES_MAX);
    collection->scratch = cord_arena_new(SCRATCH_BYTES_MAX);
    collection->drafts_tail = &collection->drafts;
    collection->filters_tail = &collection->filters;
    /* The heap's address differs from run to run, which is seed enough for
     * texts that whoever loads the rules has chosen. */
    cord_map_init(&collection->context.interned, (uint64_t)(uintptr_t)collection);
    if (!collection->context.arena || !collection->context.work || !collection->scratch) {
        cord_collection_free(collection);
        return NULL;
    }
    return collection;
}

static void drop_work(struct cord_collection *collection)
{
    for (size_t i = 0; i < collection->pipelines.count; i++) {
        cord_pipeline_free(collection->pipelines.items[i]);
    }
    cord_arena_free(collection->context.work);
    cord_arena_free(collection->scratch);
    collection->context.work = NULL;
    collection->scratch = NULL;
    collection->drafts = NULL;
    collection->filters = NULL;
    collection->placeholders = NULL;
    free(collection->pipelines.items);
    collection->pipelines = (struct list){0};
    free(collection->rule_drafts.items);
    collection->rule_drafts = (struct list){0};
    cord_map_done(&collection->context.interned);
    free(collection->context.interned_texts);
    collection->context.interned_texts = NULL;
}

void cord_collection_free(struct cord_collection *collection)
{
    if (collection) {
        drop_work(collection);
        free(collection->rules.items);
        free(collection->correlations.items);
        free(collection->context.refusals);
        cord_arena_free(collection->context.arena);
        free(collection);
    }
}

/* The caller's error text. */
static cord_status fail(struct cord_collection *collection, cord_status status,
                        struct cord_error *err)
{
    return cord_error_set(err, status, "%s", collection->context.err.text);
}

static cord_status no_memory(struct cord_collection *collection)
{
    return cord_error_set(&collection->context.err, CORD_E_NOMEM, "out of memory");
}

/* A status that is a document's fault goes on the list and the work goes on. */
static cord_status settle(struct cord_collection *collection, cord_status status)
{
    struct cord_draft_context *context = &collection->context;
    if (!cord_draft_is_refusal(status)) {
        return status;
    }
    return cord_draft_report(context, context->line, false, cord_str_from(context->err.text));
}

static void note_source(const struct cord_collection *collection, struct cord_rule_about *about)
{
    if (collection->text.len > 0) {
        about->source = cord_rule_source_at(collection->text, about->line);
    }
}

static cord_status add_rule(struct cord_collection *collection, const struct cord_yaml *document,
                            bool inherited_id)
{
    struct cord_draft *draft = NULL;
    cord_status status = cord_rule_parse(&collection->context, document, &draft);
    if (status == CORD_OK) {
        draft->inherited_id = inherited_id;
        note_source(collection, &draft->rule->about);
        *collection->drafts_tail = draft;
        collection->drafts_tail = &draft->next;
    }
    return status;
}

static cord_status add_filter(struct cord_collection *collection, const struct cord_yaml *document)
{
    struct cord_draft_filter *filter = NULL;
    cord_status status = cord_rule_parse_filter(&collection->context, document, &filter);
    if (status == CORD_OK) {
        *collection->filters_tail = filter;
        collection->filters_tail = &filter->next;
    }
    return status;
}

static cord_status add_correlation(struct cord_collection *collection,
                                   const struct cord_yaml *document)
{
    struct cord_draft_context *context = &collection->context;
    struct cord_correlation *correlation = NULL;
    cord_status status = cord_rule_parse_identity(context, document);
    if (status == CORD_OK) {
        context->line = document->line;
        status = cord_correlation_parse(document, context->file, context->arena, &correlation,
                                        &context->err);
    }
    if (status == CORD_OK) {
        note_source(collection, &correlation->about);
        if (!list_push(&collection->correlations, correlation)) {
            return no_memory(collection);
        }
    }
    /* Its limits (too many rules, too deep a chain) are the document's fault,
     * unlike a full arena. */
    return status == CORD_E_LIMIT && cord_arena_failure(context->arena) != CORD_E_LIMIT
               ? CORD_E_UNSUPPORTED
               : status;
}

static cord_status add_document(struct cord_collection *collection,
                                struct cord_document_merge *merge, const struct cord_yaml *document)
{
    struct cord_draft_context *context = &collection->context;
    const struct cord_yaml *rule = NULL;
    bool inherited_id = false;
    if (document->kind == CORD_YAML_NULL) {
        return CORD_OK; /* nothing between two "---" */
    }
    if (document->kind != CORD_YAML_MAP) {
        return cord_draft_refuse(context, document->line, CORD_E_FORMAT, "not a Sigma rule");
    }
    context->line = document->line;
    cord_status status =
        cord_document_merge_next(merge, document, &rule, &inherited_id, &context->err);
    if (status != CORD_OK || !rule) {
        return status;
    }
    if (cord_correlation_is(rule)) {
        return add_correlation(collection, rule);
    }
    return cord_yaml_get(rule, CORD_STR("filter")) ? add_filter(collection, rule)
                                                   : add_rule(collection, rule, inherited_id);
}

/* The line of a message "line 3, column 5: ...", which is then cut off. */
static uint32_t take_line(struct cord_error *err)
{
    cord_str text = cord_str_from(err->text);
    uint64_t line = 0;
    size_t comma = cord_str_find_char(text, ',', 0);
    if (cord_str_starts(text, CORD_STR("line ")) && comma != SIZE_MAX) {
        (void)cord_str_u64(cord_str_slice(text, 5, comma - 5), &line);
    }
    return (uint32_t)line;
}

static cord_status parse_text(struct cord_collection *collection, cord_str text,
                              size_t documents_max, struct cord_yaml **ret_documents)
{
    struct cord_draft_context *context = &collection->context;
    cord_arena_reset(collection->scratch);
    context->id = CORD_STR("");
    context->title = CORD_STR("");
    context->line = 1;
    if (text.len > FILE_BYTES_MAX) {
        return cord_draft_refuse(context, 1, CORD_E_UNSUPPORTED, "the file is larger than 16 MB");
    }
    cord_status status =
        cord_yaml_parse(text, documents_max, collection->scratch, ret_documents, &context->err);
    if (status == CORD_E_FORMAT || status == CORD_E_LIMIT) {
        context->line = take_line(&context->err);
        status = CORD_E_FORMAT;
    }
    return status;
}

void cord_collection_keep_texts(struct cord_collection *collection)
{
    collection->keeps_texts = true;
}

/* So that rules can point into it. */
static cord_status keep_text(struct cord_collection *collection, cord_str text)
{
    collection->text = CORD_STR("");
    if (!collection->keeps_texts || text.len == 0 || text.len > FILE_BYTES_MAX) {
        return CORD_OK;
    }
    collection->text = cord_arena_copy(collection->context.arena, text);
    return collection->text.ptr
               ? CORD_OK
               : cord_draft_no_room(&collection->context, collection->context.arena);
}

cord_status cord_collection_add(struct cord_collection *collection, cord_str file_name,
                                cord_str text, struct cord_error *err)
{
    struct cord_draft_context *context = &collection->context;
    struct cord_yaml *documents = NULL;
    if (collection->finished) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "the collection is finished");
    }
    cord_status status = cord_draft_intern(context, file_name, &context->file);
    status = status == CORD_OK ? keep_text(collection, text) : status;
    if (status != CORD_OK) {
        return fail(collection, status, err);
    }
    status = parse_text(collection, text, DOCUMENTS_MAX, &documents);
    struct cord_document_merge merge = {.arena = collection->scratch};
    const struct cord_yaml *document = documents ? documents->child : NULL;
    for (; document && status == CORD_OK; document = document->next) {
        status = settle(collection, add_document(collection, &merge, document));
    }
    status = settle(collection, status);
    return status == CORD_OK ? CORD_OK : fail(collection, status, err);
}

/* The one document of a configuration file. */
static cord_status parse_single(struct cord_collection *collection, cord_str file_name,
                                cord_str text, const struct cord_yaml **ret_document,
                                struct cord_error *err)
{
    struct cord_yaml *documents = NULL;
    if (collection->finished) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "the collection is finished");
    }
    cord_status status =
        cord_draft_intern(&collection->context, file_name, &collection->context.file);
    if (status == CORD_OK) {
        status = parse_text(collection, text, 1, &documents);
    }
    if (status == CORD_OK && !documents->child) {
        status = cord_draft_refuse(&collection->context, 1, CORD_E_FORMAT, "the file is empty");
    }
    if (status != CORD_OK) {
        (void)fail(collection, status, err);
        cord_error_context(err, "%.*s", CORD_STR_ARG(file_name));
        return status;
    }
    *ret_document = documents->child;
    return CORD_OK;
}

cord_status cord_collection_placeholders(struct cord_collection *collection, cord_str file_name,
                                         cord_str text, struct cord_error *err)
{
    const struct cord_yaml *document = NULL;
    cord_status status = parse_single(collection, file_name, text, &document, err);
    if (status != CORD_OK) {
        return status;
    }
    /* pySigma keeps the same lists under `vars` of a pipeline. */
    const struct cord_yaml *vars = cord_yaml_get(document, CORD_STR("vars"));
    status = cord_placeholder_read(&collection->context,
                                   vars && vars->kind == CORD_YAML_MAP ? vars : document,
                                   &collection->placeholders);
    if (status != CORD_OK) {
        (void)fail(collection, status, err);
        cord_error_context(err, "%.*s", CORD_STR_ARG(file_name));
    }
    return status;
}

cord_status cord_collection_pipeline(struct cord_collection *collection, cord_str file_name,
                                     cord_str text, struct cord_error *err)
{
    const struct cord_yaml *document = NULL;
    struct cord_pipeline *pipeline = NULL;
    cord_status status = parse_single(collection, file_name, text, &document, err);
    if (status != CORD_OK) {
        return status;
    }
    status = cord_pipeline_parse(&collection->context, document, &pipeline);
    if (status != CORD_OK) {
        uint32_t line = collection->context.line;
        (void)fail(collection, status, err);
        cord_error_context(err, "%.*s:%u", CORD_STR_ARG(file_name), line);
        return status;
    }
    cord_pipeline_number(pipeline, collection->pipelines.count);
    if (!list_push(&collection->pipelines, pipeline)) {
        cord_pipeline_free(pipeline);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    return CORD_OK;
}

static void speak_of(struct cord_collection *collection, const struct cord_rule *rule)
{
    collection->context.file = rule->about.file;
    collection->context.id = rule->about.id;
    collection->context.title = rule->about.title;
    collection->context.line = rule->about.line;
}

/* A filter that cannot stand by itself is refused once, not with each rule. */
static cord_status check_filters(struct cord_collection *collection)
{
    struct cord_draft_context *context = &collection->context;
    struct cord_draft_filter **link = &collection->filters;
    cord_status status = CORD_OK;
    while (*link && status == CORD_OK) {
        struct cord_draft_filter *filter = *link;
        context->file = filter->file;
        context->id = filter->id;
        context->title = filter->title;
        status = cord_placeholder_fill(context, collection->placeholders, &filter->detection);
        /* Pipelines may still fill placeholders and rename identifiers' parts. */
        if (status == CORD_OK && collection->pipelines.count == 0) {
            status = cord_rule_build_filter_check(context, filter);
        }
        if (cord_draft_is_refusal(status)) {
            status = settle(collection, status);
            *link = filter->next;
        } else {
            link = &filter->next;
        }
    }
    return status;
}

static cord_status report_filters(struct cord_collection *collection)
{
    cord_status status = CORD_OK;
    for (const struct cord_draft_filter *filter = collection->filters; filter && status == CORD_OK;
         filter = filter->next) {
        collection->context.file = filter->file;
        collection->context.id = filter->id;
        collection->context.title = filter->title;
        status = cord_filter_apply_report(&collection->context, filter);
    }
    return status;
}

/* An id names one rule: findings, filters and correlations rely on it. */
static cord_status check_id(struct cord_collection *collection, const struct cord_draft *draft,
                            struct cord_map *ids)
{
    struct cord_draft_context *context = &collection->context;
    const struct cord_rule *rule = draft->rule;
    uint32_t at = rule->about.id.len > 0 ? cord_map_get(ids, rule->about.id) : CORD_MAP_NONE;
    if (at == CORD_MAP_NONE) {
        return CORD_OK;
    }
    const struct cord_rule *first = collection->rules.items[at];
    if (draft->inherited_id) {
        return cord_draft_warn(context, rule->about.line,
                               "the rule has its id from a global or repeated document, as has the "
                               "rule of line %u: give each its own",
                               first->about.line);
    }
    return cord_draft_refuse(context, rule->about.line, CORD_E_FORMAT,
                             "the id is taken by the rule of %.*s:%u",
                             CORD_STR_ARG(first->about.file), first->about.line);
}

static cord_status finish_draft(struct cord_collection *collection, struct cord_draft *draft,
                                struct cord_map *ids)
{
    struct cord_draft_context *context = &collection->context;
    struct cord_rule *rule = draft->rule;
    cord_status status = check_id(collection, draft, ids);
    if (status == CORD_OK) {
        status = cord_filter_apply(context, collection->filters, draft);
    }
    for (size_t i = 0; i < collection->pipelines.count && status == CORD_OK; i++) {
        status = cord_pipeline_apply(context, collection->pipelines.items[i], draft);
    }
    if (status == CORD_OK) {
        status = cord_placeholder_fill(context, collection->placeholders, &draft->detection);
    }
    for (struct cord_draft_filtered *filtered = draft->filters; filtered && status == CORD_OK;
         filtered = filtered->next) {
        status = cord_placeholder_fill(context, collection->placeholders, &filtered->detection);
    }
    if (status == CORD_OK) {
        status = cord_rule_build(context, draft);
    }
    if (status != CORD_OK) {
        return status;
    }
    rule->number = (uint32_t)collection->rules.count;
    if (!list_push(&collection->rules, rule) || !list_push(&collection->rule_drafts, draft) ||
        (rule->about.id.len > 0 && cord_map_get(ids, rule->about.id) == CORD_MAP_NONE &&
         cord_map_put(ids, rule->about.id, rule->number) != CORD_OK)) {
        return no_memory(collection);
    }
    return CORD_OK;
}

static cord_status finish_rules(struct cord_collection *collection)
{
    struct cord_map ids;
    cord_status status = CORD_OK;
    cord_map_init(&ids, (uint64_t)(uintptr_t)collection);
    for (struct cord_draft *draft = collection->drafts; draft && status == CORD_OK;
         draft = draft->next) {
        speak_of(collection, draft->rule);
        status = settle(collection, finish_draft(collection, draft, &ids));
    }
    cord_map_done(&ids);
    return status;
}

static cord_status report_correlation(struct cord_collection *collection,
                                      const struct cord_correlation *correlation)
{
    struct cord_draft_context *context = &collection->context;
    context->file = correlation->about.file;
    context->id = correlation->about.id;
    context->title = correlation->about.title;
    cord_status status = CORD_OK;
    if (correlation->warning.len > 0) {
        status = cord_draft_report(context, correlation->about.line, true, correlation->warning);
    }
    if (status == CORD_OK && correlation->refusal.len > 0) {
        status = cord_draft_report(context, correlation->refusal_line, false, correlation->refusal);
    }
    return status;
}

/* A field that pipelines map to several names, or NULL. */
static const cord_str *find_ambiguous(const struct cord_collection *collection,
                                      const cord_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < collection->pipelines.count; k++) {
            if (cord_pipeline_is_ambiguous(collection->pipelines.items[k], names[i])) {
                return &names[i];
            }
        }
    }
    return NULL;
}

/* Before they are tied, so that what stands on them is refused with them and
 * their rules go on speaking for themselves. */
static cord_status refuse_ambiguous(struct cord_collection *collection)
{
    struct cord_draft_context *context = &collection->context;
    size_t kept = 0;
    for (size_t i = 0; i < collection->correlations.count; i++) {
        struct cord_correlation *correlation = collection->correlations.items[i];
        const cord_str *name =
            find_ambiguous(collection, correlation->group_by, correlation->group_count);
        name =
            name ? name : find_ambiguous(collection, correlation->fields, correlation->field_count);
        for (size_t k = 0; k < correlation->alias_count && !name; k++) {
            name = find_ambiguous(collection, &correlation->aliases[k].field, 1);
        }
        if (!name) {
            collection->correlations.items[kept++] = correlation;
            continue;
        }
        context->file = correlation->about.file;
        context->id = correlation->about.id;
        context->title = correlation->about.title;
        cord_status status = settle(
            collection, cord_draft_refuse(context, correlation->about.line, CORD_E_UNSUPPORTED,
                                          "a pipeline maps the field '%.*s' to several: a "
                                          "correlation can use only one",
                                          CORD_STR_ARG(*name)));
        if (status != CORD_OK) {
            return status;
        }
    }
    collection->correlations.count = kept;
    return CORD_OK;
}

static cord_status rename_all(struct cord_collection *collection, struct cord_draft *draft,
                              const cord_str **names, size_t count)
{
    struct cord_draft_context *context = &collection->context;
    cord_str *renamed = cord_arena_alloc(context->arena, (count + 1) * sizeof *renamed);
    if (!renamed) {
        return cord_draft_no_room(context, context->arena);
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        renamed[i] = (*names)[i];
        status = cord_pipeline_rename(context, draft, &renamed[i]);
    }
    *names = renamed;
    return status;
}

/* What a step groups by is named in its own events, like the rule's fields. */
static cord_status rename_fields(struct cord_collection *collection,
                                 struct cord_correlation *correlation)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < correlation->step_count && status == CORD_OK; i++) {
        struct cord_correlation_step *step = &correlation->steps[i];
        if (!step->rule || collection->pipelines.count == 0) {
            continue;
        }
        struct cord_draft *draft = collection->rule_drafts.items[step->rule->number];
        status = rename_all(collection, draft, &step->group_fields, correlation->group_count);
        if (status == CORD_OK) {
            status = rename_all(collection, draft, &step->value_fields, correlation->field_count);
        }
    }
    return status;
}

/* Those that could not be tied to their rules are reported and left out. */
static cord_status finish_correlations(struct cord_collection *collection)
{
    struct list *correlations = &collection->correlations;
    cord_status status = refuse_ambiguous(collection);
    if (correlations->count == 0 || status != CORD_OK) {
        return status;
    }
    status = cord_correlation_resolve(
        (struct cord_correlation *const *)correlations->items, correlations->count,
        (struct cord_rule *const *)collection->rules.items, collection->rules.count,
        collection->context.arena, &collection->context.err);
    size_t kept = 0;
    for (size_t i = 0; i < correlations->count && status == CORD_OK; i++) {
        struct cord_correlation *correlation = correlations->items[i];
        status = report_correlation(collection, correlation);
        if (status == CORD_OK && correlation->refusal.len == 0) {
            correlations->items[kept++] = correlation;
            status = rename_fields(collection, correlation);
        }
    }
    if (status == CORD_OK) {
        correlations->count = kept;
    }
    return status;
}

static int compare_pipelines(const void *a, const void *b)
{
    return cord_pipeline_compare(*(void *const *)a, *(void *const *)b);
}

cord_status cord_collection_finish(struct cord_collection *collection, struct cord_error *err)
{
    if (collection->finished) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "the collection is finished already");
    }
    collection->finished = true;
    if (collection->pipelines.count > 1) {
        qsort(collection->pipelines.items, collection->pipelines.count, sizeof(void *),
              compare_pipelines);
    }
    cord_status status = check_filters(collection);
    if (status == CORD_OK) {
        status = finish_rules(collection);
    }
    if (status == CORD_OK) {
        status = report_filters(collection);
    }
    if (status == CORD_OK) {
        status = finish_correlations(collection);
    }
    drop_work(collection);
    return status == CORD_OK ? CORD_OK : fail(collection, status, err);
}

size_t cord_collection_rule_count(const struct cord_collection *collection)
{
    return collection->rules.count;
}

const struct cord_rule *cord_collection_rule(const struct cord_collection *collection, size_t at)
{
    return collection->rules.items[at];
}

size_t cord_collection_correlation_count(const struct cord_collection *collection)
{
    return collection->correlations.count;
}

const struct cord_correlation *cord_collection_correlation(const struct cord_collection *collection,
                                                           size_t at)
{
    return collection->correlations.items[at];
}

size_t cord_collection_refusal_count(const struct cord_collection *collection)
{
    return collection->context.refusal_count;
}

const struct cord_rule_refusal *cord_collection_refusal(const struct cord_collection *collection,
                                                        size_t at)
{
    return &collection->context.refusals[at];
}
