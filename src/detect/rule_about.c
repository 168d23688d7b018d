/* rule_about.c: see rule_about.h. */
#include "detect/rule_about.h"

static const char *const level_names[] = {
    [CORD_LEVEL_NONE] = "none", [CORD_LEVEL_INFORMATIONAL] = "informational",
    [CORD_LEVEL_LOW] = "low",   [CORD_LEVEL_MEDIUM] = "medium",
    [CORD_LEVEL_HIGH] = "high", [CORD_LEVEL_CRITICAL] = "critical",
};

const char *cord_rule_about_level(enum cord_level level)
{
    size_t at = (size_t)level;
    return at < sizeof level_names / sizeof *level_names ? level_names[at] : "";
}

bool cord_rule_about_level_parse(cord_str word, enum cord_level *ret_level)
{
    for (int at = CORD_LEVEL_INFORMATIONAL; at <= CORD_LEVEL_CRITICAL; at++) {
        if (cord_str_eq_fold(word, cord_str_from(level_names[at]))) {
            *ret_level = (enum cord_level)at;
            return true;
        }
    }
    return false;
}

static const struct {
    const char *tag;
    const char *name;
} tactics[CORD_RULE_ABOUT_TACTICS] = {
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

int cord_rule_about_tactic(cord_str tag)
{
    if (!cord_str_starts_fold(tag, CORD_STR("attack."))) {
        return -1;
    }
    tag = cord_str_from_byte(tag, strlen("attack."));
    for (int i = 0; i < CORD_RULE_ABOUT_TACTICS; i++) {
        if (same_tag(tag, cord_str_from(tactics[i].tag))) {
            return i;
        }
    }
    return -1;
}

const char *cord_rule_about_tactic_name(int tactic)
{
    return tactics[tactic].name;
}

const char *cord_rule_about_tactic_tag(int tactic)
{
    return tactics[tactic].tag;
}
