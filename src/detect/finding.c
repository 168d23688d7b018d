/* finding.c: see finding.h. */
#include "detect/finding.h"

#include "detect/correlation.h"

const struct cord_rule_about *cord_finding_about(const struct cord_finding *finding)
{
    return finding->correlation ? &finding->correlation->about : &finding->rule->about;
}
