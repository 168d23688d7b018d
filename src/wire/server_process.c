/* server_process.c: the process itself, in the names that Prometheus' own clients give: what it
 * takes of the machine, and how much the disk has left. */
#include "wire/server_internal.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void head(struct cord_buf *out, const char *name, const char *type, const char *help)
{
    cord_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct cord_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    cord_buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* Resident pages are the second number; 0 when it cannot be read. */
static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    long page_bytes = sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) {
        return 0;
    }
    char text[128];
    char *end = NULL;
    if (fgets(text, sizeof text, file)) {
        (void)strtoull(text, &end, 10);
        pages = end ? strtoull(end, NULL, 10) : 0;
    }
    (void)fclose(file); /* nothing was written */
    return page_bytes > 0 ? pages * (uint64_t)page_bytes : 0;
}

static uint64_t open_files(void)
{
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) {
        return 0;
    }
    /* The folder's stream is this thread's own. */
    while (readdir(folder)) { /* NOLINT(concurrency-mt-unsafe) */
        count++;
    }
    (void)closedir(folder);           /* nothing was written */
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder itself */
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

void cord_server_process_look(struct cord_server *server)
{
    struct statvfs disk;
    if (fstatvfs(server->data, &disk) == 0) {
        atomic_store(&server->disk_free, (uint64_t)disk.f_bavail * disk.f_frsize);
        atomic_store(&server->disk_size, (uint64_t)disk.f_blocks * disk.f_frsize);
    }
}

void cord_server_process_metrics(const struct cord_server *server, struct cord_buf *out)
{
    struct rusage used;
    struct rlimit files;
    uint64_t size = atomic_load(&server->disk_size);
    head(out, "cordon_build_info", "gauge", "Always 1: the version that runs.");
    cord_buf_printf(out, "cordon_build_info{version=\"%s\"} 1\n", CORD_VERSION);
    head(out, "process_start_time_seconds", "gauge", "When the server was opened.");
    cord_buf_printf(out, "process_start_time_seconds %" PRId64 "\n", server->opened_s);
    if (getrusage(RUSAGE_SELF, &used) == 0) {
        head(out, "process_cpu_seconds_total", "counter", "CPU time of all threads.");
        cord_buf_printf(out, "process_cpu_seconds_total %.6f\n",
                        seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
    }
    gauge(out, "process_resident_memory_bytes", "Memory in use.", resident_bytes());
    gauge(out, "process_open_fds", "Files and connections open.", open_files());
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        gauge(out, "process_max_fds", "So many may be.", (uint64_t)files.rlim_cur);
    }
    if (size > 0) {
        gauge(out, "cordon_data_free_bytes", "Room left on the disk of the data folder.",
              atomic_load(&server->disk_free));
        gauge(out, "cordon_data_size_bytes", "Size of that disk.", size);
    }
}
