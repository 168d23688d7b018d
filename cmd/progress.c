/* progress.c: see progress.h. */
#include "cmd/progress.h"

#define FIRST_AFTER_NS (CORD_SECOND_NS * 3 / 4)
#define EVERY_NS       (CORD_SECOND_NS / 5)

void progress_init(struct progress *progress, FILE *out, const struct cord_walk *walk)
{
    *progress = (struct progress){.out = out, .clock = cord_clock_monotonic()};
    progress->start_ns = cord_clock_now_ns(&progress->clock);
    progress->next_ns = progress->start_ns + FIRST_AFTER_NS;
    progress->streams_total = cord_walk_count(walk);
    for (size_t i = 0; i < progress->streams_total; i++) {
        progress->bytes_total += cord_walk_item(walk, i)->bytes;
    }
}

double progress_seconds(const struct progress *progress)
{
    return (double)(cord_clock_now_ns(&progress->clock) - progress->start_ns) /
           (double)CORD_SECOND_NS;
}

static void put_time_left(const struct progress *progress, const struct cord_scan_totals *so_far,
                          double seconds)
{
    if (progress->bytes_total == 0 || so_far->packed_bytes == 0) {
        return;
    }
    double share = (double)so_far->packed_bytes / (double)progress->bytes_total;
    share = share > 1 ? 1 : share;
    double left = seconds / share - seconds;
    (void)fprintf(progress->out, ", %.0f %%, %ld:%02ld left", share * 100, (long)left / 60,
                  (long)left % 60);
}

void progress_show(struct progress *progress, const struct cord_scan_totals *so_far,
                   uint64_t findings)
{
    if (!progress->out) {
        return;
    }
    int64_t now_ns = cord_clock_now_ns(&progress->clock);
    if (now_ns < progress->next_ns) {
        return;
    }
    double seconds = (double)(now_ns - progress->start_ns) / (double)CORD_SECOND_NS;
    progress->next_ns = now_ns + EVERY_NS;
    progress->drawn = true;
    (void)fprintf(progress->out, "\r\033[K%llu of %zu sources, %.2f M events, %.0f k/s, %.0f MB/s",
                  (unsigned long long)so_far->streams, progress->streams_total,
                  (double)so_far->read / 1e6, (double)so_far->read / 1e3 / seconds,
                  (double)so_far->bytes / 1e6 / seconds);
    (void)fprintf(progress->out, ", %llu findings", (unsigned long long)findings);
    put_time_left(progress, so_far, seconds);
    (void)fflush(progress->out);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn) {
        (void)fputs("\r\033[K", progress->out);
        (void)fflush(progress->out);
        progress->drawn = false;
    }
}
