/* sandbox.c: see sandbox.h. */
#include "cmd/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { VERSION_MIN = 2 };

#define READ_FILE (LANDLOCK_ACCESS_FS_READ_FILE)
#define READ_ALL  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* What the second version of Landlock knows; the first cannot allow to move a file from
 * one folder to another, which the store does when it puts a crash right. */
#define WRITE_ALL                                                                                  \
    (READ_ALL | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                    \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_REFER)
#define HANDLED                                                                                    \
    (WRITE_ALL | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                       \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

static cord_status allow(int ruleset, const struct sandbox_path *path, struct cord_error *err)
{
    struct stat stat;
    int file = open(path->path, O_PATH | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT ? CORD_OK : cord_error_errno(err, "%s", path->path);
    }
    cord_status status = CORD_OK;
    if (fstat(file, &stat) != 0) {
        status = cord_error_errno(err, "%s", path->path);
    } else {
        uint64_t access = path->write ? WRITE_ALL : READ_ALL;
        const struct landlock_path_beneath_attr rule = {
            .allowed_access = S_ISDIR(stat.st_mode) ? access : READ_FILE,
            .parent_fd = file,
        };
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
            status = cord_error_errno(err, "restricting files to %s", path->path);
        }
    }
    (void)close(file); /* nothing was written through it */
    return status;
}

static cord_status restrict_files(const struct sandbox_path *paths, size_t count,
                                  struct cord_error *err)
{
    const struct landlock_ruleset_attr handled = {.handled_access_fs = HANDLED};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0) {
        return cord_error_errno(err, "restricting files");
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = allow(ruleset, &paths[i], err);
    }
    if (status == CORD_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        status = cord_error_errno(err, "restricting files");
    }
    (void)close(ruleset);
    return status;
}

cord_status sandbox_enter(const struct sandbox_path *paths, size_t count, int *ret_landlock,
                          struct cord_error *err)
{
    /* One byte: none to a file, and none to a program that collects them (core(5)). */
    const struct rlimit no_core = {.rlim_cur = 1, .rlim_max = 1};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0) {
        return cord_error_errno(err, "giving up privileges");
    }
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *ret_landlock = version >= VERSION_MIN ? (int)version : 0;
    return version >= VERSION_MIN ? restrict_files(paths, count, err) : CORD_OK;
}
