/* progress.c: see progress.h. */
#include "cmd/progress.h"

#define FIRST_AFTER_NS (CORD_SECOND_NS * 3 / 4)
#define EVERY_NS       (CORD_SECOND_NS / 5)

void progress_init(struct progress *progress, FILE *out, const struct cord_walk *walk)
{
    *progress = (struct progress){.out = out, .clock = cord_clock_monotonic(), .noun = "findings"};
    progress->start_ns = cord_clock_now_ns(&progress->clock);
    progress->next_ns = progress->start_ns + FIRST_AFTER_NS;
    progress->streams_total = walk ? cord_walk_count(walk) : 0;
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

/* Time for the line to be drawn again: seconds since the start, or below 0. */
static double due(struct progress *progress)
{
    int64_t now_ns = cord_clock_now_ns(&progress->clock);
    if (!progress->out || now_ns < progress->next_ns) {
        return -1;
    }
    progress->next_ns = now_ns + EVERY_NS;
    progress->drawn = true;
    return (double)(now_ns - progress->start_ns) / (double)CORD_SECOND_NS;
}

void progress_search(struct progress *progress, const struct cord_search_progress *so_far)
{
    double seconds = due(progress);
    if (seconds < 0) {
        return;
    }
    (void)fprintf(
        progress->out,
        "\r\033[K%llu blocks: %llu skipped, %llu counted unopened, %llu searched, %llu left; "
        "%.2f M events, "
        "%.0f MB/s, %llu matches",
        (unsigned long long)so_far->blocks, (unsigned long long)so_far->blocks_skipped,
        (unsigned long long)so_far->blocks_counted, (unsigned long long)so_far->blocks_searched,
        (unsigned long long)cord_evidence_blocks_left(so_far), (double)so_far->rows / 1e6,
        (double)so_far->raw_bytes / 1e6 / seconds, (unsigned long long)so_far->rows_matched);
    (void)fflush(progress->out);
}

void progress_show(struct progress *progress, const struct cord_scan_totals *so_far, uint64_t found)
{
    double seconds = due(progress);
    if (seconds < 0) {
        return;
    }
    (void)fprintf(progress->out, "\r\033[K%llu of %zu sources, %.2f M events, %.0f k/s, %.0f MB/s",
                  (unsigned long long)so_far->streams, progress->streams_total,
                  (double)so_far->read / 1e6, (double)so_far->read / 1e3 / seconds,
                  (double)so_far->bytes / 1e6 / seconds);
    (void)fprintf(progress->out, ", %llu %s", (unsigned long long)found, progress->noun);
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
