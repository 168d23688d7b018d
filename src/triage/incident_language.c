/* incident_language.c: see incident_language.h. */
#include "triage/incident_language.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    const char *english, *french;
};

/* In order, as the next. */
static const struct pair texts[] = {
    {" (replaced since)", " (remplacée depuis)"},
    {" for ", " pour le "},
    {" more", " de plus"},
    {" others", " autres"},
    {" since then", " depuis"},
    {" to ", " vers "},
    {", declared ", ", déclaré le "},
    {", due ", ", pour le "},
    {", nobody's", ", à personne"},
    {", overdue: ", ", en retard : "},
    {", stood down ", ", levé le "},
    {", to contain: ", ", au confinement : "},
    {", to decide: ", ", à la décision : "},
    {"- and ", "- et "},
    {"- no organisation came, left or is in another state",
     "- aucun organisme n’est entré, sorti ni dans un autre état"},
    {". Alerts: ", ". Alertes : "},
    {". As known at ", ". Connu le "},
    {". Clusters: ", ". Foyers : "},
    {":", " :"},
    {": ", " : "},
    {": situation as known at ", " : situation connue le "},
    {"; ", " ; "},
    {"; and ", " ; et "},
    {"; began ", " ; début le "},
    {"; commander ", " ; directeur de crise "},
    {"; from then to acknowledge: ", " ; de là à la prise en compte : "},
    {"; no commander", " ; pas de directeur de crise"},
    {"Changes since the report of ", "Changements depuis le point de situation du "},
    {"Decisions", "Décisions"},
    {"Next decision: ", "Prochaine décision : "},
    {"Open tasks: ", "Tâches ouvertes : "},
    {"Organisations: ", "Organismes : "},
    {"Said of care", "Dit des soins"},
    {"This is the first report.", "C’est le premier point de situation."},
    {"Time to detect: ", "Délai de détection : "},
    {"cancelled: ", "annulés : "},
    {"harm: ", "préjudice : "},
    {"less than a minute", "moins d’une minute"},
    {"no longer in it", "n’en fait plus partie"},
    {"none waits", "aucune en attente"},
    {"not in it", "n’en faisait pas partie"},
    {"not known", "inconnu"},
    {"patients diverted: ", "patients réorientés : "},
    {"patients taken in again: ", "patients accueillis de nouveau : "},
};

static const struct pair words[] = {
    {"admission", "admission"},
    {"admissions", "admissions"},
    {"all", "tous"},
    {"ambulance", "ambulances"},
    {"appointment", "rendez-vous"},
    {"appointments", "rendez-vous"},
    {"business-continuity", "continuité d’activité"},
    {"cardiac", "cardiologie"},
    {"clear", "indemne"},
    {"conditional", "sous conditions"},
    {"contacted", "contacté"},
    {"contained", "confiné"},
    {"critical", "critique"},
    {"critical-care", "soins critiques"},
    {"death", "décès"},
    {"disconnected", "déconnecté"},
    {"disrupted", "perturbé"},
    {"do-not-use", "ne pas utiliser"},
    {"emergency", "urgences"},
    {"estimated", "estimés"},
    {"exposed", "exposé"},
    {"first", "première consultation"},
    {"follow-up", "consultation de suivi"},
    {"identified", "identifiés"},
    {"infected", "infecté"},
    {"low", "faible"},
    {"major", "majeur"},
    {"maternity", "maternité"},
    {"merged", "fusionné"},
    {"minor", "mineur"},
    {"moderate", "modéré"},
    {"none", "aucun"},
    {"open", "ouvert"},
    {"operation", "opération"},
    {"operations", "opérations"},
    {"other", "autre"},
    {"paediatric", "pédiatrie"},
    {"patients", "patients"},
    {"recovered", "rétabli"},
    {"review", "à l’examen"},
    {"safe", "sûr"},
    {"severe", "grave"},
    {"stood-down", "levé"},
    {"stroke", "AVC"},
    {"trauma", "traumatologie"},
    {"unknown", "inconnu"},
    {"urgent-cancer", "cancérologie urgente"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int by_english(const void *key, const void *pair)
{
    const cord_str *english = key;
    return cord_str_compare(*english, cord_str_from(((const struct pair *)pair)->english));
}

static const struct pair *find(const struct pair *pairs, size_t count, cord_str english)
{
    return bsearch(&english, pairs, count, sizeof *pairs, by_english);
}

const char *cord_incident_language_say(enum cord_incident_language language, const char *english)
{
    if (language == CORD_INCIDENT_ENGLISH) {
        return english;
    }
    const struct pair *pair = find(texts, COUNT(texts), cord_str_from(english));
    assert(pair); /* only we write them */
    return pair->french;
}

cord_str cord_incident_language_word(enum cord_incident_language language, cord_str word)
{
    const struct pair *pair =
        language == CORD_INCIDENT_FRENCH ? find(words, COUNT(words), word) : NULL;
    return pair ? cord_str_from(pair->french) : word;
}

bool cord_incident_language_find(cord_str name, enum cord_incident_language *ret_language)
{
    bool french = cord_str_eq(name, CORD_STR("fr"));
    if (!french && !cord_str_eq(name, CORD_STR("en"))) {
        return false;
    }
    *ret_language = french ? CORD_INCIDENT_FRENCH : CORD_INCIDENT_ENGLISH;
    return true;
}
