/* lockout.c: see lockout.h. */
#include "record/lockout.h"

#include "base/timestamp.h"

#define MINUTE_NS (60 * CORD_SECOND_NS)
#define DAY_NS    (1440 * MINUTE_NS)

struct cord_lockout_rule cord_lockout_of_account(void)
{
    return (struct cord_lockout_rule){5, 10 * CORD_SECOND_NS, 15 * MINUTE_NS, DAY_NS};
}

struct cord_lockout_rule cord_lockout_of_address(void)
{
    return (struct cord_lockout_rule){20, 10 * CORD_SECOND_NS, 60 * MINUTE_NS, DAY_NS};
}

int64_t cord_lockout_wait_ns(const struct cord_lockout_rule *rule,
                             const struct cord_lockout *lockout, int64_t now_ns)
{
    if (lockout->until_ns == CORD_TIME_NONE || lockout->until_ns <= now_ns) {
        return 0;
    }
    int64_t wait_ns = lockout->until_ns - now_ns;
    return wait_ns < rule->most_wait_ns ? wait_ns : rule->most_wait_ns;
}

void cord_lockout_charge(const struct cord_lockout_rule *rule, struct cord_lockout *lockout,
                         int64_t now_ns)
{
    if (lockout->failures > 0 && now_ns > lockout->last_ns &&
        now_ns - lockout->last_ns >= rule->forget_ns) {
        *lockout = (struct cord_lockout){.until_ns = CORD_TIME_NONE};
    }
    lockout->last_ns = now_ns;
    lockout->failures += lockout->failures < UINT32_MAX ? 1 : 0;
    if (lockout->failures >= rule->free) {
        int64_t wait_ns = rule->first_wait_ns;
        for (uint32_t i = rule->free; i < lockout->failures && wait_ns < rule->most_wait_ns; i++) {
            wait_ns *= 2;
        }
        wait_ns = wait_ns < rule->most_wait_ns ? wait_ns : rule->most_wait_ns;
        lockout->until_ns = now_ns + wait_ns;
    }
}

void cord_lockout_refund(struct cord_lockout *lockout)
{
    lockout->failures -= lockout->failures > 0 ? 1 : 0;
    lockout->until_ns = CORD_TIME_NONE;
}
