/*
 * lockout.h: waits that grow with every wrong answer.
 *
 * One account, or one address, at a time. Pure; any thread.
 */
#ifndef CORD_RECORD_LOCKOUT_H
#define CORD_RECORD_LOCKOUT_H

#include <stdint.h>

struct cord_lockout_rule {
    uint32_t free;         /* wrong answers before the first wait */
    int64_t first_wait_ns; /* each further one doubles it */
    int64_t most_wait_ns;  /* whoever locks another out does it for so long at most */
    int64_t forget_ns;     /* after so long without one all is forgotten */
};

struct cord_lockout_rule cord_lockout_of_account(void); /* 5; 10 s to 15 min; a day */
struct cord_lockout_rule cord_lockout_of_address(void); /* 20: many sit behind one */

struct cord_lockout {
    uint32_t failures;
    int64_t last_ns;
    int64_t until_ns; /* CORD_TIME_NONE: not locked */
};

/* 0: go on. A clock that was set back makes no wait longer. */
int64_t cord_lockout_wait_ns(const struct cord_lockout_rule *rule,
                             const struct cord_lockout *lockout, int64_t now_ns);

/* Before the answer is looked at, so that many at once do not each get a free one. */
void cord_lockout_charge(const struct cord_lockout_rule *rule, struct cord_lockout *lockout,
                         int64_t now_ns);
/* It was no wrong one. */
void cord_lockout_refund(struct cord_lockout *lockout);

#endif
