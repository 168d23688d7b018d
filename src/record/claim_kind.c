/* claim_kind.c: see claim_kind.h. */
#include "record/claim_kind.h"

#include "base/nearest.h"

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define MEMBERS(...)                                                                               \
    (const struct cord_member[])                                                                   \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .type = CORD_MEMBER_END                                                                \
        }                                                                                          \
    }

/* Further fields may follow the help: .required = true. */
#define TEXT(member, bytes, ...)                                                                   \
    {                                                                                              \
        .name = (member), .type = CORD_MEMBER_TEXT, .most = (bytes), .help = __VA_ARGS__           \
    }
#define TEXTS(member, bytes, ...)                                                                  \
    {                                                                                              \
        .name = (member), .type = CORD_MEMBER_TEXTS, .most = (bytes), .help = __VA_ARGS__          \
    }
#define WORD(member, list, ...)                                                                    \
    {                                                                                              \
        .name = (member), .type = CORD_MEMBER_WORD, .words = (list), .help = __VA_ARGS__           \
    }
#define NUMBER(member, low, high, ...)                                                             \
    {                                                                                              \
        .name = (member), .type = CORD_MEMBER_NUMBER, .least = (low), .most = (high),              \
        .help = __VA_ARGS__                                                                        \
    }
#define PLAIN(member, kind, ...)                                                                   \
    {                                                                                              \
        .name = (member), .type = CORD_MEMBER_##kind, .help = __VA_ARGS__                          \
    }

enum {
    NAME_BYTES = 256,
    ADDRESS_BYTES = 512,
    TARGET_BYTES = 512,
    REASON_BYTES = 4096,
    WORD_BYTES = 64
};

static const char *const org[] = {"org", NULL};
static const char *const place[] = {"org", "site", NULL};
static const char *const service[] = {"service", NULL};
static const char *const reachable[] = {"org", "service", "site", NULL};
static const char *const alert[] = {"alert", NULL};
static const char *const incident[] = {"incident", NULL};
static const char *const method[] = {"method", NULL};
static const char *const figure[] = {"figure", NULL};
static const char *const exercise[] = {"exercise", NULL};
static const char *const triage[] = {"triage", NULL};
static const char *const rule[] = {"rule", NULL};
static const char *const scope[] = {"asset", "org", "region", "service", "site", NULL};
static const char *const statable[] = {"alert",  "asset",  "exercise", "figure",  "incident",
                                       "method", "org",    "region",   "service", "site",
                                       "source", "system", NULL};
static const char *const alive[] = {"org", "source", "system", NULL};

static const char *const states[] = {
    "clear",        "exposed",   "contacted", "infected", "disrupted",
    "disconnected", "contained", "recovered", "unknown",  NULL};
static const char *const roles[] = {
    "trust",     "practice",    "commissioner", "region",          "site",
    "supplier",  "national",    "pharmacy",     "dental",          "optician",
    "care-home", "hospice",     "hospital",     "ambulance",       "mental-health",
    "community", "laboratory",  "independent",  "local-authority", "network",
    "support",   "education",   "prison",       "other",           "prescriber",
    "system",    "urgent-care", "out-of-hours", "walk-in-centre",  "public-health",
    NULL};
static const char *const standings[] = {"active", "dormant", "proposed", "undated", NULL};
static const char *const criticality[] = {"life-critical",  "clinical", "support",
                                          "administrative", "unknown",  NULL};
static const char *const grades[] = {"declared", "documented", "tested", "observed", NULL};
static const char *const money[] = {"GBP", "EUR", "USD", NULL};

#define REASON TEXT("reason", REASON_BYTES, "why")
#define ALERT  TEXT("alert", WORD_BYTES, "the alert's id, as CC-4217", .required = true, .key = true)
#define ACTOR  TEXT("actor", NAME_BYTES, "who did it, by name or office")
/* What is said of an incident is the nation's, and theirs whose matter it is (N13). */
#define MATTER_OF TEXTS("organisations", CORD_CODE_BYTES_MAX, "codes of those whose matter it is")
#define CONTAIN                                                                                    \
    TEXT("containment", WORD_BYTES, "the requester's name for this containment", .required = true, \
         .key = true)
#define BY_SERVICE                                                                                 \
    WORD("service",                                                                                \
         WORDS("emergency", "trauma", "stroke", "cardiac", "maternity", "paediatric",              \
               "critical-care", "ambulance", "other"),                                             \
         "clinical service that is diverted", .required = true, .key = true)
#define CONTACT_ROLE                                                                               \
    WORD("role",                                                                                   \
         WORDS("security", "executive", "clinical-safety", "on-call", "service-desk", "press",     \
               "data-protection", "other"),                                                        \
         "for what", .required = true, .key = true)
#define CONTACT_ORDER NUMBER("order", 1, 99, "whom to try first", .required = true, .key = true)
#define BY_LINK                                                                                    \
    WORD("link", WORDS("mail", "network", "internet", "telephony", "remote-access", "other"),      \
         "what is cut", .required = true, .key = true)

static const struct cord_claim_kind kinds[] = {
    {
        .name = "alert.acknowledged",
        .topic = "alert.acknowledged",
        .state = "acknowledged",
        .subjects = org,
        .members = MEMBERS(ALERT, ACTOR),
        .help = "An organisation says that it has read a cyber alert.",
    },
    {
        .name = "alert.applicability",
        .topic = "alert.applicability",
        .state_member = "applies",
        .subjects = org,
        .members = MEMBERS(ALERT,
                           WORD("applies", WORDS("yes", "no", "under-review", "unknown"),
                                "whether it concerns them", .required = true),
                           ACTOR, REASON),
        .help = "Whether a cyber alert concerns an organisation.",
    },
    {
        .name = "alert.delivered",
        .topic = "alert.delivered",
        .state = "delivered",
        .subjects = org,
        .members = MEMBERS(ALERT,
                           WORD("channel",
                                WORDS("portal", "mail", "sms", "voice", "mesh", "radio", "paper",
                                      "press", "other"),
                                "by which way", .required = true, .key = true),
                           ACTOR),
        .help = "A cyber alert has reached an organisation.",
    },
    {
        .name = "alert.issued",
        .topic = "alert",
        .state = "issued",
        .subjects = alert,
        .members = MEMBERS(TEXT("title", NAME_BYTES, "in one line", .required = true),
                           WORD("severity", WORDS("low", "medium", "high", "critical"),
                                "how severe", .required = true),
                           PLAIN("answer_by", TIME, "until when to acknowledge"),
                           PLAIN("remedy_by", TIME, "until when to have remedied"),
                           TEXTS("audience", WORD_BYTES, "codes and roles it is for")),
        .help = "The centre publishes a cyber alert.",
    },
    {
        .name = "alert.remediated",
        .topic = "alert.remediated",
        .state_member = "progress",
        .subjects = org,
        .members =
            MEMBERS(ALERT,
                    WORD("progress", WORDS("planned", "in-progress", "done", "accepted-risk"),
                         "how far it is", .required = true),
                    PLAIN("due", TIME, "when the next step is due"), ACTOR, REASON),
        .help = "How far an organisation says that it has followed a cyber alert.",
    },
    {
        .name = "alert.verified",
        .topic = "alert.verified",
        .state_member = "finding",
        .subjects = org,
        .members =
            MEMBERS(ALERT,
                    WORD("finding", WORDS("confirmed", "contradicted", "inconclusive"),
                         "what was found", .required = true),
                    WORD("evidence", grades, "on what grounds", .required = true), ACTOR, REASON),
        .help = "Whether what an organisation says about a cyber alert has been found true.",
    },
    {
        .name = "alert.withdrawn",
        .topic = "alert",
        .state = "withdrawn",
        .subjects = alert,
        .members = MEMBERS(REASON),
        .help = "The centre withdraws a cyber alert.",
    },
    {
        .name = "asset.count",
        .topic = "asset.count",
        .subjects = org,
        .members = MEMBERS(
            WORD("class",
                 WORDS("computer", "server", "medical", "diagnostic", "network", "mobile", "other"),
                 "what they are", .required = true, .key = true),
            WORD("condition", WORDS("all", "windows-xp", "unsupported", "unpatched", "infected"),
                 "which of them", .required = true, .key = true),
            TEXT("estimator", REASON_BYTES, "how an estimate was made")),
        .units = WORDS("devices"),
        .amount_required = true,
        .help = "How many devices of a class there are, and in which condition.",
    },
    {
        .name = "asset.seen",
        .topic = "asset",
        .state_member = "support",
        .subjects = org,
        .members = MEMBERS(TEXT("asset", WORD_BYTES, "its pseudonym, or a name for a group of them",
                                .required = true, .key = true),
                           WORD("kind",
                                WORDS("workstation", "server", "medical", "diagnostic", "network",
                                      "mobile", "other"),
                                "what it is", .required = true),
                           TEXT("os", NAME_BYTES, "operating system and version"),
                           WORD("support", WORDS("supported", "extended", "unsupported", "unknown"),
                                "whether its maker still mends it", .required = true),
                           TEXTS("patched", WORD_BYTES, "what is mended, as MS17-010"),
                           TEXTS("exposed", WORD_BYTES, "what is not"),
                           WORD("criticality", criticality, "how much care hangs on it"),
                           WORD("evidence", grades, "on what grounds"),
                           TEXT("care", NAME_BYTES, "the care or service that needs it")),
        .units = WORDS("devices"),
        .help = "A device, or a number of like ones, and what is known of its weaknesses.",
    },
    {
        .name = "audit.change",
        .topic = "audit",
        .effect = CORD_CLAIM_ACTS,
        .subjects = NULL,
        .members = MEMBERS(TEXT("verb", WORD_BYTES, "what was asked", .required = true),
                           TEXT("target", TARGET_BYTES, "what it was asked of", .required = true),
                           WORD("outcome", WORDS("done", "refused", "failed"), "what came of it",
                                .required = true),
                           TEXT("address", WORD_BYTES, "from where"),
                           PLAIN("organisation", ORGANISATION, "whose it is"), REASON),
        .help = "Somebody changed something, or tried to.",
    },
    {
        .name = "audit.read",
        .topic = "audit",
        .effect = CORD_CLAIM_ACTS,
        .subjects = NULL,
        .members = MEMBERS(TEXT("verb", WORD_BYTES, "what was asked", .required = true),
                           TEXT("target", TARGET_BYTES, "what was looked at", .required = true),
                           WORD("outcome", WORDS("done", "refused", "failed"), "what came of it",
                                .required = true),
                           TEXT("address", WORD_BYTES, "from where"),
                           PLAIN("organisation", ORGANISATION, "whose it is"), REASON),
        .help = "Somebody read another organisation's data, or tried to.",
    },
    {
        .name = "audit.sign_in",
        .topic = "audit",
        .effect = CORD_CLAIM_ACTS,
        .subjects = WORDS("user"),
        .members = MEMBERS(
            TEXT("verb", WORD_BYTES, "in or out", .required = true),
            TEXT("target", TARGET_BYTES, "the account; user:0: none is known", .required = true),
            WORD("outcome", WORDS("done", "refused", "not-looked-at"), "what came of it",
                 .required = true),
            TEXT("address", WORD_BYTES, "from where"),
            PLAIN("organisation", ORGANISATION, "the account's"), REASON),
        .help = "Somebody signed in or out, or tried to.",
    },
    {
        .name = "breach.assessed",
        .topic = "breach",
        .state_member = "breach",
        .subjects = org,
        .members =
            MEMBERS(WORD("breach", WORDS("not-assessed", "no-evidence", "suspected", "confirmed"),
                         "what the assessment says", .required = true),
                    REASON),
        .help = "Whether personal data was read or taken.",
    },
    {
        .name = "care.cancelled",
        .topic = "cancelled",
        .subjects = place,
        .members = MEMBERS(
            PLAIN("date", DATE, "for which the care was planned", .required = true, .key = true),
            WORD("care",
                 WORDS("first", "follow-up", "appointment", "operation", "urgent-cancer",
                       "admission", "all"),
                 "what was cancelled", .required = true, .key = true),
            WORD("count", WORDS("identified", "estimated"), "whether each is known by name",
                 .required = true, .key = true),
            TEXT("estimator", REASON_BYTES, "how an estimate was made")),
        .units = WORDS("appointments", "operations", "admissions", "patients"),
        .amount_required = true,
        .help = "Care that was cancelled, by day and kind.",
    },
    {
        .name = "claim.retract",
        .topic = "retraction",
        .effect = CORD_CLAIM_RETRACTS,
        .subjects = statable,
        .members = MEMBERS(TEXT("reason", REASON_BYTES, "why", .required = true)),
        .help = "A claim was wrong, and nothing is said instead: what it had replaced holds again.",
    },
    {
        .name = "contact",
        .topic = "contact",
        .state_member = "channel",
        .subjects = reachable,
        .members = MEMBERS(
            CONTACT_ROLE, CONTACT_ORDER,
            WORD("channel", WORDS("telephone", "mobile", "sms", "mail", "radio", "mesh", "post"),
                 "by which way", .required = true),
            TEXT("address", NAME_BYTES, "number or address", .required = true),
            TEXT("name", NAME_BYTES, "of the person or office"),
            TEXT("hours", NAME_BYTES, "when they are there"),
            PLAIN("independent", FLAG, "whether it works without their own network and mail")),
        .help = "Whom to reach, by which way and in which order.",
    },
    {
        .name = "contact.end",
        .topic = "contact",
        .state = "ended",
        .subjects = reachable,
        .members = MEMBERS(CONTACT_ROLE, CONTACT_ORDER, REASON),
        .help = "Nobody is to be reached there any more.",
    },
    {
        .name = "contain.approve",
        .topic = "containment",
        .state = "approved",
        .subjects = scope,
        .members = MEMBERS(CONTAIN,
                           WORD("capacity", WORDS("clinical", "technical", "command"),
                                "in which capacity", .required = true),
                           REASON),
        .help = "One of the approvals that a containment needs.",
    },
    {
        .name = "contain.execute",
        .topic = "containment",
        .state = "executed",
        .subjects = scope,
        .members = MEMBERS(CONTAIN, REASON),
        .help = "A containment has been carried out.",
    },
    {
        .name = "contain.refuse",
        .topic = "containment",
        .state = "refused",
        .subjects = scope,
        .members = MEMBERS(CONTAIN,
                           WORD("capacity", WORDS("clinical", "technical", "command"),
                                "in which capacity", .required = true),
                           REASON),
        .help = "Somebody whose approval a containment needs refuses it.",
    },
    {
        .name = "contain.release",
        .topic = "containment",
        .state = "released",
        .subjects = scope,
        .members = MEMBERS(CONTAIN, REASON),
        .help = "A containment has ended.",
    },
    {
        .name = "contain.request",
        .topic = "containment",
        .state = "requested",
        .subjects = scope,
        .members =
            MEMBERS(CONTAIN, WORD("criticality", criticality, "how much care hangs on it"),
                    TEXT("action", REASON_BYTES, "what is to be done", .required = true), REASON),
        .help = "Somebody asks to isolate a device, service, organisation or region.",
    },
    {
        .name = "cost.line",
        .topic = "cost",
        .subjects = WORDS("incident", "org", "service"),
        .members = MEMBERS(TEXT("category", WORD_BYTES, "as lost-activity, it-during, it-after",
                                .required = true, .key = true),
                           TEXT("item", NAME_BYTES, "which one of several", .key = true),
                           TEXT("estimator", REASON_BYTES, "how an estimate was made")),
        .units = money,
        .amount_required = true,
        .help = "What something cost.",
    },
    {
        .name = "delegation.grant",
        .topic = "delegation",
        .state = "granted",
        .subjects = org,
        .members = MEMBERS(
            PLAIN("to", SUBJECT, "who may act", .required = true, .key = true),
            TEXT("verb", WORD_BYTES, "what they may do", .required = true, .key = true), REASON),
        .help = "An organisation lets another act for it.",
    },
    {
        .name = "delegation.revoke",
        .topic = "delegation",
        .state = "revoked",
        .subjects = org,
        .members = MEMBERS(
            PLAIN("to", SUBJECT, "who might act", .required = true, .key = true),
            TEXT("verb", WORD_BYTES, "what they might do", .required = true, .key = true), REASON),
        .help = "An organisation takes back what it let another do.",
    },
    {
        .name = "divert.end",
        .topic = "divert",
        .state = "off",
        .subjects = place,
        .members = MEMBERS(BY_SERVICE, REASON),
        .help = "Patients are taken in again.",
    },
    {
        .name = "divert.start",
        .topic = "divert",
        .state = "on",
        .subjects = place,
        .members =
            MEMBERS(BY_SERVICE, PLAIN("to", ORGANISATION, "where patients are sent"), REASON),
        .help = "Patients of a clinical service are sent elsewhere.",
    },
    {
        .name = "estimate.factor",
        .topic = "factor",
        .subjects = method,
        .members = MEMBERS(TEXT("of", REASON_BYTES, "what it is the ratio of", .required = true)),
        .units = WORDS("ratio"),
        .amount_required = true,
        .help = "By which factor a method estimates what nobody has counted.",
    },
    {
        .name = "exercise.end",
        .topic = "exercise",
        .state = "ended",
        .subjects = exercise,
        .members = MEMBERS(REASON),
        .help = "An exercise is over.",
    },
    {
        .name = "exercise.start",
        .topic = "exercise",
        .state = "running",
        .subjects = exercise,
        .members =
            MEMBERS(TEXT("title", NAME_BYTES, "what is exercised", .required = true),
                    PLAIN("seed", NUMBER, "of what is drawn by lot", .least = 0, .most = INT64_MAX),
                    REASON),
        .help = "An exercise begins.",
    },
    {
        .name = "figure.stated",
        .topic = "figure",
        .subjects = figure,
        .members = MEMBERS(
            TEXT("text", REASON_BYTES, "in the words of who published it", .required = true)),
        .units = WORDS("organisations", "hospitals", "days", "appointments", "devices",
                       "admissions", "percent", "GBP", "EUR", "USD"),
        .amount_required = true,
        .help = "What somebody published as a figure: shown beside what the claims come to.",
    },
    {
        .name = "harm.reported",
        .topic = "harm",
        .state_member = "harm",
        .subjects = place,
        .members = MEMBERS(WORD("harm", WORDS("none", "low", "moderate", "severe", "death"),
                                "the worst that is known", .required = true),
                           REASON),
        .units = WORDS("patients"),
        .help = "Harm to patients; that there was none is a report, too.",
    },
    {
        .name = "heartbeat",
        .topic = "heartbeat",
        .state = "alive",
        .subjects = alive,
        .members = MEMBERS(NUMBER("queued", 0, INT64_MAX, "events that wait"),
                           NUMBER("dropped", 0, INT64_MAX, "events lost since the one before")),
        .help = "It is there and working, until valid_to at most.",
    },
    {
        .name = "impact.estimate",
        .topic = "impact",
        .subjects = incident,
        .members = MEMBERS(
            WORD("measure", WORDS("outpatient-cancellations", "admissions-lost", "activity-value"),
                 "what is estimated", .required = true, .key = true),
            PLAIN("lowest", DECIMAL, "the range's lower end"),
            PLAIN("highest", DECIMAL, "its upper end"),
            NUMBER("interval", 1, 99, "of a confidence interval: percent"),
            TEXT("estimator", REASON_BYTES, "how it was estimated, from what", .required = true)),
        .units = WORDS("appointments", "admissions", "GBP", "EUR", "USD"),
        .amount_required = true,
        .help =
            "What an incident cost in care, estimated from activity and not counted one by one.",
    },
    {
        .name = "incident.commander",
        .topic = "incident.commander",
        .state = "commands",
        .subjects = incident,
        .members = MEMBERS(PLAIN("who", SUBJECT, "who leads from now on", .required = true), REASON,
                           MATTER_OF),
        .help = "Somebody takes command of an incident.",
    },
    {
        .name = "incident.decision",
        .topic = "incident.decision",
        .effect = CORD_CLAIM_ACTS,
        .subjects = incident,
        .members =
            MEMBERS(TEXT("what", REASON_BYTES, "what was decided", .required = true),
                    TEXT("why", REASON_BYTES, "for what reasons", .required = true),
                    TEXT("who", NAME_BYTES, "who decided, by name or office; else the claimant"),
                    TEXTS("options", REASON_BYTES, "what else could have been done"),
                    TEXTS("basis", WORD_BYTES, "on what it rests: claims, alerts, evidence"),
                    PLAIN("at", TIME, "as known at which time"),
                    TEXT("task", WORD_BYTES, "the task that asked for it"), MATTER_OF),
        .help = "Something was decided in an incident.",
    },
    {
        .name = "incident.declare",
        .topic = "incident",
        .state = "declared",
        .subjects = incident,
        .members = MEMBERS(TEXT("title", NAME_BYTES, "in one line", .required = true),
                           WORD("level", WORDS("minor", "business-continuity", "critical", "major"),
                                "how grave", .required = true),
                           PLAIN("lead", ORGANISATION, "who leads"), REASON, MATTER_OF),
        .help = "Something is an incident from now on, and who leads.",
    },
    {
        .name = "incident.link",
        .topic = "incident.link",
        .state_member = "state",
        .subjects = incident,
        .members = MEMBERS(
            WORD("kind", WORDS("alert", "cluster", "evidence", "organisation", "claim", "advisory"),
                 "what belongs to it", .required = true, .key = true),
            TEXT("id", NAME_BYTES, "which one", .required = true, .key = true),
            WORD("state", WORDS("linked", "unlinked"), "whether it does", .required = true), REASON,
            MATTER_OF),
        .help = "Something belongs to an incident, or does not.",
    },
    {
        .name = "incident.machine",
        .topic = "incident.machine",
        .state_member = "role",
        .subjects = incident,
        .members = MEMBERS(
            TEXT("machine", NAME_BYTES, "its address or name", .required = true, .key = true),
            PLAIN("organisation", ORGANISATION, "whose sensor saw it", .required = true,
                  .key = true),
            WORD("role", WORDS("attacker", "implanted"), "attacks, or was taken over",
                 .required = true),
            WORD("basis", WORDS("observed", "inferred", "behaved"),
                 "how it is known that it was taken over"),
            TEXT("from", NAME_BYTES, "address or name of who reached it"), MATTER_OF),
        .help = "A machine attacks, or was taken over, in what spreads.",
    },
    {
        .name = "incident.merge",
        .topic = "incident.merge",
        .state_member = "state",
        .subjects = incident,
        .members = MEMBERS(
            TEXT("into", WORD_BYTES, "the incident that goes on", .required = true),
            WORD("state", WORDS("merged", "parted"), "whether it is one with it", .required = true),
            REASON),
        .help = "An incident is the same as another, which goes on for both.",
    },
    {
        .name = "incident.note",
        .topic = "incident.note",
        .effect = CORD_CLAIM_ACTS,
        .subjects = incident,
        .members = MEMBERS(TEXT("text", REASON_BYTES, "what is noted", .required = true),
                           WORD("lane", WORDS("attack", "us", "hospital", "care"),
                                "in which lane of the timeline; else ours"),
                           TEXT("task", WORD_BYTES, "the task that it is about"), MATTER_OF),
        .help = "Something worth keeping happened in an incident, or was said.",
    },
    {
        .name = "incident.phase",
        .topic = "incident.phase",
        .state = "reached",
        .subjects = incident,
        .members = MEMBERS(
            WORD("phase", WORDS("detected", "acknowledged", "decided", "contained", "recovered"),
                 "which one", .required = true, .key = true),
            REASON, MATTER_OF),
        .help = "An incident reaches a phase, at the time from which it is true.",
    },
    {
        .name = "incident.sitrep",
        .topic = "incident.sitrep",
        .effect = CORD_CLAIM_ACTS,
        .subjects = incident,
        .members =
            MEMBERS(TEXT("title", NAME_BYTES, "in one line", .required = true),
                    PLAIN("at", TIME, "as known at which time", .required = true),
                    TEXTS("text", REASON_BYTES, "its lines, as they were issued", .required = true),
                    PLAIN("previous", CLAIM, "the one before it"), MATTER_OF),
        .help = "A report of an incident's situation, frozen as it was issued.",
    },
    {
        .name = "incident.split",
        .topic = "incident.split",
        .effect = CORD_CLAIM_ACTS,
        .subjects = incident,
        .members =
            MEMBERS(TEXT("from", WORD_BYTES, "the incident that it was part of", .required = true),
                    REASON, MATTER_OF),
        .help = "An incident is what was part of another until now.",
    },
    {
        .name = "incident.stand-down",
        .topic = "incident",
        .state = "stood-down",
        .subjects = incident,
        .members = MEMBERS(REASON),
        .help = "An incident is over.",
    },
    {
        .name = "incident.task",
        .topic = "incident.task",
        .state_member = "state",
        .subjects = incident,
        .members = MEMBERS(
            TEXT("task", WORD_BYTES, "the requester's name for this task", .required = true,
                 .key = true),
            TEXT("title", NAME_BYTES, "what is to be done, in one line", .required = true),
            WORD("state", WORDS("open", "doing", "done", "dropped"), "how far it is",
                 .required = true),
            WORD("sort", WORDS("action", "decision", "enquiry"), "what is wanted; else an action"),
            PLAIN("owner", SUBJECT, "who does it"), PLAIN("due", TIME, "by when"), REASON,
            MATTER_OF),
        .help = "Something is to be done in an incident, by whom and by when.",
    },
    {
        .name = "link.down",
        .topic = "link",
        .state = "down",
        .subjects = place,
        .members = MEMBERS(BY_LINK, PLAIN("precautionary", FLAG, "whether by choice"), REASON),
        .help = "A connection is cut.",
    },
    {
        .name = "link.up",
        .topic = "link",
        .state = "up",
        .subjects = place,
        .members = MEMBERS(BY_LINK, REASON),
        .help = "A connection is there again.",
    },
    {
        .name = "org.alias",
        .topic = "alias",
        .state = "alias",
        .subjects = org,
        .members = MEMBERS(
            WORD("scheme",
                 WORDS("ods", "ons", "finess", "siret", "name", "domain", "legacy", "other"),
                 "what kind of name it is", .required = true, .key = true),
            TEXT("alias", NAME_BYTES, "another code or name of it", .required = true, .key = true)),
        .help = "Another code or name by which an organisation goes.",
    },
    {
        .name = "org.attribute",
        .topic = "attribute",
        .state_member = "value",
        .subjects = org,
        .members =
            MEMBERS(TEXT("name", WORD_BYTES, "what is said of it", .required = true, .key = true),
                    TEXT("value", ADDRESS_BYTES, "what it is", .required = true),
                    PLAIN("date", DATE, "when it was said or published")),
        .help = "Something else that a list or return says of an organisation.",
    },
    {
        .name = "org.close",
        .topic = "organisation",
        .state = "closed",
        .subjects = org,
        .members = MEMBERS(REASON),
        .help = "An organisation closes. Its code is never used again.",
    },
    {
        .name = "org.relate",
        .topic = "relation",
        .state_member = "other",
        .subjects = org,
        .members = MEMBERS(
            WORD("relation", WORDS("parent", "region", "commissioner", "network", "site-of"),
                 "what the other is to it", .required = true, .key = true),
            PLAIN("other", ORGANISATION, "the other", .required = true),
            PLAIN("since", DATE, "the first day"), PLAIN("until", DATE, "the last day"), REASON),
        .help = "To which other organisation it belongs, in one respect: there is one at a time.",
    },
    {
        .name = "org.succeed",
        .topic = "succession",
        .state_member = "successor",
        .subjects = org,
        .members = MEMBERS(
            PLAIN("successor", ORGANISATION, "what it counts as from then on", .required = true),
            REASON),
        .help = "Another organisation takes over; this one counts as it from then on.",
    },
    {
        .name = "org.supply",
        .topic = "supply",
        .state_member = "state",
        .subjects = org,
        .members = MEMBERS(
            PLAIN("other", SUBJECT, "an organisation, site or service", .required = true,
                  .key = true),
            WORD("as", WORDS("supplier-of", "operates", "member-of"), "what it is to the other",
                 .required = true, .key = true),
            WORD("state", WORDS("current", "ended"), "whether it still is", .required = true),
            TEXT("what", NAME_BYTES, "product or service"), REASON),
        .help = "To whom it supplies, what it operates, of what it is a member.",
    },
    {
        .name = "org.upsert",
        .topic = "organisation",
        .state_member = "standing",
        .subjects = org,
        .members =
            MEMBERS(TEXT("name", NAME_BYTES, "its name", .required = true),
                    WORD("role", roles, "what it is first of all", .required = true),
                    TEXTS("roles", WORD_BYTES, "what else it is; codes of its register"),
                    PLAIN("parent", ORGANISATION, "to what it belongs"),
                    PLAIN("region", ORGANISATION, "in which region"),
                    TEXT("postcode", CORD_CODE_BYTES_MAX, "as its post has it"),
                    TEXT("country", CORD_CODE_BYTES_MAX, "ENG, WAL, FRA ..."),
                    TEXT("address", ADDRESS_BYTES, "in one line"),
                    PLAIN("opened", DATE, "the first day that it was open"),
                    PLAIN("closed", DATE, "the last"),
                    WORD("standing", standings,
                         "what it is while it is there; undated: listed, but not since when"),
                    TEXTS("attributes", ADDRESS_BYTES, "what else a list says: name=value")),
        .help = "An organisation: what it is and where it belongs.",
    },
    {
        .name = "ransom",
        .topic = "ransom",
        .state_member = "ransom",
        .subjects = WORDS("incident", "org"),
        .members =
            MEMBERS(WORD("ransom", WORDS("not-demanded", "demanded", "refused", "paid", "unknown"),
                         "what became of it", .required = true),
                    REASON),
        .units = WORDS("BTC", "EUR", "GBP", "USD"),
        .help = "Whether ransom was asked for, and paid.",
    },
    {
        .name = "service.state",
        .topic = "service.state",
        .state_member = "state",
        .subjects = service,
        .members = MEMBERS(WORD("state", WORDS("safe", "conditional", "review", "do-not-use"),
                                "whether it is safe to use", .required = true),
                           TEXT("conditions", REASON_BYTES, "under which"), REASON,
                           PLAIN("next", TIME, "when the next word comes")),
        .help = "Whether a service is safe to use.",
    },
    {
        .name = "service.upsert",
        .topic = "service",
        .state = "offered",
        .subjects = service,
        .members = MEMBERS(TEXT("name", NAME_BYTES, "its name", .required = true),
                           PLAIN("owner", ORGANISATION, "who answers for it", .required = true),
                           PLAIN("national", FLAG, "whether the whole country uses it"),
                           WORD("criticality", criticality, "how much care hangs on it"),
                           TEXTS("needs", NAME_BYTES, "services that it depends on")),
        .help = "A service: what it is, and who answers for it.",
    },
    {
        .name = "status.claim",
        .topic = "status",
        .state_member = "state",
        .subjects = place,
        .members = MEMBERS(WORD("state", states, "how it is", .required = true),
                           TEXT("incident", WORD_BYTES, "in which incident", .key = true), REASON),
        .help = "How an organisation is in an incident.",
    },
    {
        .name = "status.revise",
        .topic = "status",
        .effect = CORD_CLAIM_REVISES,
        .state_member = "state",
        .subjects = place,
        .members = MEMBERS(WORD("state", states, "how it is instead", .required = true),
                           TEXT("reason", REASON_BYTES, "why", .required = true)),
        .help = "A claim of status was wrong, and what holds instead.",
    },
    {
        .name = "triage.alert",
        .topic = "triage.alert",
        .state = "raised",
        .subjects = triage,
        .members = MEMBERS(
            PLAIN("organisation", ORGANISATION, "whom it is about", .required = true),
            TEXT("title", NAME_BYTES, "in one line", .required = true),
            WORD("level", WORDS("informational", "low", "medium", "high", "critical"), "how severe",
                 .required = true),
            WORD("entity_kind", WORDS("host", "user", "address", "organisation"),
                 "what it is about; organisation when left out"),
            TEXT("entity", NAME_BYTES, "which one"), PLAIN("time", TIME, "when it happened"),
            TEXTS("tags", WORD_BYTES, "as attack.t1210"),
            TEXT("text", REASON_BYTES, "what is known")),
        .help = "Somebody raises a detection alert by hand, once.",
    },
    {
        .name = "triage.note",
        .topic = "triage.note",
        .effect = CORD_CLAIM_ACTS,
        .subjects = triage,
        .members =
            MEMBERS(TEXT("text", REASON_BYTES, "what is to be remembered", .required = true),
                    TEXT("action", WORD_BYTES, "the one of several alerts that it was part of")),
        .help = "A note on a detection alert.",
    },
    {
        .name = "triage.owner",
        .topic = "triage.owner",
        .subjects = triage,
        .members =
            MEMBERS(PLAIN("owner", SUBJECT, "who looks at it; nobody when left out"), REASON,
                    TEXT("action", WORD_BYTES, "the one of several alerts that it was part of")),
        .help = "Whose a detection alert is, whoever says so last.",
    },
    {
        .name = "triage.state",
        .topic = "triage.state",
        .state_member = "state",
        .subjects = triage,
        .members =
            MEMBERS(WORD("state", WORDS("new", "acknowledged", "in-progress", "closed"),
                         "how far it is", .required = true),
                    WORD("reason",
                         WORDS("true-positive", "false-positive", "benign", "duplicate", "exercise",
                               "other"),
                         "why it is closed; other when left out"),
                    TEXT("text", REASON_BYTES, "why, in words"),
                    TEXT("action", WORD_BYTES, "the one of several alerts that it was part of")),
        .help = "How far a detection alert is, whoever says so last.",
    },
    {
        .name = "triage.suppress",
        .topic = "triage.suppress",
        .state = "suppressed",
        .subjects = rule,
        .members = MEMBERS(
            TEXT("suppression", WORD_BYTES, "the requester's name for it", .required = true,
                 .key = true),
            PLAIN("organisation", ORGANISATION, "whose findings; everybody's when left out"),
            TEXT("host", NAME_BYTES, "of which machine: name or address"),
            TEXT("condition", REASON_BYTES, "which of them, as a query over the finding's fields"),
            TEXT("reason", REASON_BYTES, "why they mean nothing", .required = true),
            PLAIN("expires", TIME, "until when; a year at most", .required = true),
            PLAIN("tested", TIME, "when it was tried on stored events", .required = true),
            NUMBER("days", 1, 366, "on how many days of them", .required = true),
            NUMBER("findings", 0, INT64_MAX, "that the rule had in them", .required = true),
            NUMBER("hidden", 0, INT64_MAX, "of them that it would have hidden", .required = true),
            NUMBER("hidden_at", 0, INT64_MAX, "in how many organisations"),
            TEXTS("organisations", WORD_BYTES, "their codes, those with most first")),
        .help = "Findings of a rule are known to mean nothing: they are marked, and still counted.",
    },
    {
        .name = "triage.suppress-end",
        .topic = "triage.suppress",
        .state = "ended",
        .subjects = rule,
        .members =
            MEMBERS(TEXT("suppression", WORD_BYTES, "its name", .required = true, .key = true),
                    TEXT("reason", REASON_BYTES, "why", .required = true)),
        .help = "Findings that were suppressed count again.",
    },
};

#define KINDS (sizeof kinds / sizeof kinds[0])

const struct cord_claim_kind *cord_claim_kinds(size_t *ret_count)
{
    *ret_count = KINDS;
    return kinds;
}

const struct cord_claim_kind *cord_claim_kind_find(cord_str name)
{
    size_t low = 0;
    size_t high = KINDS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cord_str_compare(cord_str_from(kinds[middle].name), name);
        if (order == 0) {
            return &kinds[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

const char *cord_claim_kind_nearest(cord_str name)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, name);
    for (size_t i = 0; i < KINDS; i++) {
        cord_nearest_offer(&nearest, cord_str_from(kinds[i].name));
    }
    return cord_nearest_found(&nearest).ptr;
}

const char *cord_claim_kind_topic(cord_str name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (cord_str_eq(cord_str_from(kinds[i].topic), name)) {
            return kinds[i].topic;
        }
    }
    return NULL;
}

const struct cord_member *cord_claim_kind_member(const struct cord_claim_kind *kind, cord_str name)
{
    for (const struct cord_member *member = kind->members; member->type != CORD_MEMBER_END;
         member++) {
        if (cord_str_eq(cord_str_from(member->name), name)) {
            return member;
        }
    }
    return NULL;
}

const char *cord_claim_kind_type_name(enum cord_member_type type)
{
    static const char *const names[] = {
        [CORD_MEMBER_END] = "",
        [CORD_MEMBER_TEXT] = "text",
        [CORD_MEMBER_WORD] = "word",
        [CORD_MEMBER_NUMBER] = "number",
        [CORD_MEMBER_DECIMAL] = "decimal",
        [CORD_MEMBER_FLAG] = "flag",
        [CORD_MEMBER_TIME] = "time",
        [CORD_MEMBER_DATE] = "date",
        [CORD_MEMBER_ORGANISATION] = "organisation",
        [CORD_MEMBER_SUBJECT] = "subject",
        [CORD_MEMBER_CLAIM] = "claim",
        [CORD_MEMBER_TEXTS] = "texts",
    };
    return names[type];
}

const char *cord_claim_kind_effect_name(enum cord_claim_effect effect)
{
    static const char *const names[] = {
        [CORD_CLAIM_STATES] = "states",
        [CORD_CLAIM_ACTS] = "acts",
        [CORD_CLAIM_REVISES] = "revises",
        [CORD_CLAIM_RETRACTS] = "retracts",
    };
    return names[effect];
}
