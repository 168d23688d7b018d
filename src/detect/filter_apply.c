/* filter_apply.c: see filter_apply.h. */
#include "detect/filter_apply.h"

static bool part_fits(cord_str filter, cord_str rule)
{
    return filter.len == 0 || cord_str_eq(filter, rule);
}

static bool logsource_fits(const struct cord_logsource *filter, const struct cord_logsource *rule)
{
    return part_fits(filter->product, rule->product) &&
           part_fits(filter->category, rule->category) && part_fits(filter->service, rule->service);
}

static bool lists(struct cord_draft_filter *filter, const struct cord_rule *rule)
{
    bool found = filter->any_rule;
    for (size_t i = 0; i < filter->rule_count; i++) {
        cord_str name = filter->rules[i];
        if (name.len > 0 &&
            (cord_str_eq(name, rule->about.id) || cord_str_eq(name, rule->about.name))) {
            filter->used[i] = true;
            found = true;
        }
    }
    return found;
}

static cord_status add(struct cord_draft_context *context, const struct cord_draft_filter *filter,
                       struct cord_draft *draft)
{
    struct cord_draft_filtered *filtered = cord_arena_zalloc(context->work, 1, sizeof *filtered);
    if (!filtered) {
        return cord_draft_no_room(context, context->work);
    }
    filtered->filter = filter;
    filtered->next = draft->filters;
    draft->filters = filtered;
    return cord_draft_copy(context, &filter->detection, &filtered->detection);
}

cord_status cord_filter_apply(struct cord_draft_context *context, struct cord_draft_filter *filters,
                              struct cord_draft *draft)
{
    cord_status status = CORD_OK;
    for (struct cord_draft_filter *filter = filters; filter && status == CORD_OK;
         filter = filter->next) {
        if (!lists(filter, draft->rule)) {
            continue;
        }
        if (logsource_fits(&filter->logsource, &draft->rule->logsource)) {
            status = add(context, filter, draft);
        } else if (!filter->any_rule) {
            status = cord_draft_warn(context, draft->rule->about.line,
                                     "the filter '%.*s' names this rule but another log source: it "
                                     "is not applied",
                                     CORD_STR_ARG(filter->title));
        }
    }
    return status;
}

cord_status cord_filter_apply_report(struct cord_draft_context *context,
                                     const struct cord_draft_filter *filter)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < filter->rule_count && status == CORD_OK; i++) {
        if (!filter->used[i]) {
            cord_str name = cord_draft_brief(filter->rules[i]);
            status = cord_draft_warn(context, filter->line,
                                     "filter: there is no rule with the id or name '%.*s'",
                                     CORD_STR_ARG(name));
        }
    }
    return status;
}
