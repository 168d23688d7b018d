/* rule_view.c: see rule_view.h. */
#include "detect/rule_view.h"

#include "detect/correlation.h"

struct cord_rule_view cord_rule_view_of(const struct cord_finding *finding)
{
    const struct cord_rule *rule = finding->rule;
    const struct cord_correlation *correlation = finding->correlation;
    if (correlation) {
        return (struct cord_rule_view){
            .id = correlation->id,
            .title = correlation->title,
            .description = correlation->description,
            .author = correlation->author,
            .status = correlation->status,
            .file = correlation->file,
            .level = correlation->level,
            .references = correlation->references,
            .reference_count = correlation->reference_count,
            .tags = correlation->tags,
            .tag_count = correlation->tag_count,
            .falsepositives = correlation->falsepositives,
            .falsepositive_count = correlation->falsepositive_count,
            .key = correlation,
        };
    }
    return (struct cord_rule_view){
        .id = rule->id,
        .title = rule->title,
        .description = rule->description,
        .author = rule->author,
        .status = rule->status,
        .file = rule->file,
        .level = rule->level,
        .references = rule->references,
        .reference_count = rule->reference_count,
        .tags = rule->tags,
        .tag_count = rule->tag_count,
        .falsepositives = rule->falsepositives,
        .falsepositive_count = rule->falsepositive_count,
        .key = rule,
    };
}

const char *cord_rule_view_level(enum cord_level level)
{
    return level == CORD_LEVEL_NONE ? "none" : cord_rule_level_name(level);
}

static const struct {
    const char *tag;
    const char *name;
} tactics[CORD_RULE_VIEW_TACTICS] = {
    {"reconnaissance", "Reconnaissance"},
    {"resource-development", "Resource development"},
    {"initial-access", "Initial access"},
    {"execution", "Execution"},
    {"persistence", "Persistence"},
    {"privilege-escalation", "Privilege escalation"},
    {"stealth", "Stealth"},
    {"defense-impairment", "Defence impairment"},
    {"defense-evasion", "Defence evasion"},
    {"credential-access", "Credential access"},
    {"discovery", "Discovery"},
    {"lateral-movement", "Lateral movement"},
    {"collection", "Collection"},
    {"command-and-control", "Command and control"},
    {"exfiltration", "Exfiltration"},
    {"impact", "Impact"},
};

/* "-" and "_" are the same in a tag. */
static bool same_tag(cord_str tag, cord_str name)
{
    if (tag.len != name.len) {
        return false;
    }
    for (size_t i = 0; i < tag.len; i++) {
        char c = tag.ptr[i] == '_' ? '-' : cord_str_lower_char(tag.ptr[i]);
        if (c != name.ptr[i]) {
            return false;
        }
    }
    return true;
}

int cord_rule_view_tactic(cord_str tag)
{
    if (!cord_str_starts_fold(tag, CORD_STR("attack."))) {
        return -1;
    }
    tag = cord_str_from_byte(tag, strlen("attack."));
    for (int i = 0; i < CORD_RULE_VIEW_TACTICS; i++) {
        if (same_tag(tag, cord_str_from(tactics[i].tag))) {
            return i;
        }
    }
    return -1;
}

const char *cord_rule_view_tactic_name(int tactic)
{
    return tactics[tactic].name;
}
