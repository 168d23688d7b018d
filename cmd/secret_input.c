/* secret_input.c: see secret_input.h. */
#include "cmd/secret_input.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

void secret_input_wipe(char buffer[SECRET_INPUT_BYTES])
{
    explicit_bzero(buffer, SECRET_INPUT_BYTES);
}

/* A line without its end, byte by byte: a buffer of stdio's would keep it. */
static cord_status read_line(char buffer[SECRET_INPUT_BYTES], cord_str *ret_line,
                             struct cord_error *err)
{
    size_t len = 0;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, buffer + len, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cord_error_errno(err, "standard input");
        }
        if (got == 0 || buffer[len] == '\n') {
            break;
        }
        if (++len == SECRET_INPUT_BYTES) {
            return cord_error_set(err, CORD_E_FORMAT, "the password is longer than 1,024 bytes");
        }
    }
    len -= len > 0 && buffer[len - 1] == '\r' ? 1 : 0;
    *ret_line = (cord_str){buffer, len};
    return len > 0 ? CORD_OK : cord_error_set(err, CORD_E_FORMAT, "no password was given");
}

static cord_status ask(const char *what, const char *again, char buffer[SECRET_INPUT_BYTES],
                       cord_str *ret_line, struct cord_error *err)
{
    (void)fprintf(stderr, "%s%s: ", what, again);
    cord_status status = read_line(buffer, ret_line, err);
    (void)fputc('\n', stderr);
    return status;
}

static cord_status ask_twice(const char *what, char buffer[SECRET_INPUT_BYTES],
                             cord_str *ret_secret, struct cord_error *err)
{
    char second[SECRET_INPUT_BYTES];
    cord_str secret = {NULL, 0};
    cord_str again = {NULL, 0};
    cord_status status = ask(what, "", buffer, &secret, err);
    if (status == CORD_OK) {
        status = ask(what, ", again", second, &again, err);
    }
    if (status == CORD_OK && !cord_str_eq(secret, again)) {
        status = cord_error_set(err, CORD_E_FORMAT, "the two are not the same");
    }
    secret_input_wipe(second);
    if (status == CORD_OK) {
        *ret_secret = secret;
    }
    return status;
}

cord_status secret_input_read(const char *what, char buffer[SECRET_INPUT_BYTES],
                              cord_str *ret_secret, struct cord_error *err)
{
    struct termios shown;
    struct termios hidden;
    sigset_t interrupts;
    sigset_t before;
    if (isatty(STDIN_FILENO) == 0 || tcgetattr(STDIN_FILENO, &shown) != 0) {
        return read_line(buffer, ret_secret, err);
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    /* An interrupt waits until the terminal shows again what is typed. */
    (void)sigemptyset(&interrupts);
    (void)sigaddset(&interrupts, SIGINT);
    (void)sigaddset(&interrupts, SIGTERM);
    (void)sigaddset(&interrupts, SIGTSTP);
    (void)pthread_sigmask(SIG_BLOCK, &interrupts, &before);
    cord_status status = CORD_OK;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0) {
        status = cord_error_errno(err, "the terminal");
    } else {
        status = ask_twice(what, buffer, ret_secret, err);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}
