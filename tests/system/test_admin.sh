#!/bin/bash
# cordon admin: accounts from the machine itself, and no password on a command line.
. "$(dirname "$0")/kit.sh"

data=$work/data
mkdir "$data"
admin() { "$cordon" admin --data "$data" "$@"; }

check "without a file there are no accounts" exits 3 admin users
check "and it says what makes the first" says "setup-link" err
check "a link for the first administrator" exits 0 admin setup-link
check "it is shown" says "/setup#setup_" out
check "another one, for whoever lost it" exits 0 admin setup-link --json
check "an account, with its link" exits 0 admin add-user Ada.B --name "Ada B." --organisation R1H
check "its link is shown" says "/setup#setup_" out
check "no second of that name" exits 2 admin add-user ada.b --name A --organisation R1H
check "and it says which member" says "login:" err
check "none without a name" exits 2 admin add-user bob --organisation R1H
check "once there are accounts the first link is another's" exits 2 admin setup-link
check "none for nobody" exits 2 admin setup-link nobody

first_line() { printf '%s\nmore\n' "$1" | admin "${@:2}"; }
check "a password from standard input" exits 0 first_line "a good password" reset-password ada.b --password
check "not a short one" exits 2 first_line "short" reset-password ada.b --password
check "not none" exits 2 first_line "" reset-password ada.b --password
check "not a long one" exits 2 first_line "$(head -c 5000 /dev/zero | tr '\0' a)" reset-password ada.b --password
# At a terminal, each is typed when it is asked for.
cat >"$work/type.py" <<'END'
import os, pty, sys
answers = sys.argv[1:3]
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[3], sys.argv[3:])
line = b""
while True:
    try:
        got = os.read(terminal, 1000)
    except OSError:  # it has closed its end
        got = b""
    if not got:
        break
    sys.stdout.buffer.write(got)
    line = (line + got).rpartition(b"\n")[2]
    if answers and line.endswith(b": "):
        os.write(terminal, answers.pop(0).encode() + b"\n")
        line = b""
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
typed() { python3 "$work/type.py" "$1" "$2" "$cordon" admin --data "$data" reset-password ada.b --password; }
check "a password from the terminal" exits 0 typed "another password" "another password"
shown() { ! grep -q "another password" "$work/out"; }
check "which is not shown" shown
check "not when the two differ" exits 2 typed "another password" "another passwort"

check "a role over an organisation" exits 0 admin grant ada.b security-lead --organisation R1H
check "not over what it is not for" exits 2 admin grant ada.b security-lead --national
check "not over nothing" exits 2 admin grant ada.b auditor
check "not over two" exits 2 admin grant ada.b auditor --national --region Y56
check "no such role" exits 2 admin grant ada.b root --national
check "not when it ends before" exits 2 admin grant ada.b auditor --national --from 2026-01-02 --to 2026-01-01
check "who has which" exits 0 admin grants --json
check "as it was given" says '"role":"security-lead","scope":"organisation","code":"R1H"' out
check "it is taken away" exits 0 admin revoke 1
check "once" exits 2 admin revoke 1
check "by number" exits 2 admin revoke one
check "what roles may do" exits 0 admin roles
check "is told" says "containment.approve-clinical" out

check "a token" exits 0 admin new-token ada.b --name wall --scopes "figures.read" --json
check "is shown once" says '"token":"cordon_' out
secret=$(grep -o 'cordon_[0-9a-f]*' "$work/out")
check "not without a scope" exits 2 admin new-token ada.b --name wall
check "not with one that is none" exits 2 admin new-token ada.b --name wall --scopes figure.read
check "and it says which was meant" says "figures.read" err
check "which tokens" exits 0 admin tokens ada.b
check "what for" says "wall" out
hidden() { ! grep -q "${secret:?}" "$work/out" && ! grep -aq "$secret" "$data"/*; }
check "and not the token itself, anywhere" hidden
check "it is revoked" exits 0 admin revoke-token 1
check "once" exits 2 admin revoke-token 1

check "disabled" exits 0 admin disable ADA.B
check "who has an account" exits 0 admin users
check "it is said" says "disabled" out
check "enabled" exits 0 admin enable ada.b
check "as JSON" exits 0 admin users --json
check "with a password" says '"login":"ada.b","name":"Ada B.","organisation":"R1H","password":true,"second_factor":false' out
check "nobody by that name" exits 2 admin disable nobody

check "a word is needed" exits 2 admin
check "a known one" exits 2 admin delete ada.b
check "no more than is asked for" exits 2 admin users ada.b
modes() { [ "$(stat -c %a "$data"/accounts.sqlite)" = 600 ]; }
check "the file is its owner's" modes

# Ten at once, and a kill: nothing is half done.
for n in 0 1 2 3 4 5 6 7 8 9; do
    admin add-user "u$n" --name U --organisation R1H >/dev/null 2>&1 &
done
wait
check "ten at once" exits 0 admin users --json
ten() { [ "$(grep -c '"login":"u' "$work/out")" = 10 ]; }
check "are ten" ten
(for n in 1 2 3 4 5 6 7 8; do admin add-user "k$n" --name U --organisation R1H; done) >/dev/null 2>&1 &
loop=$!
sleep 0.4
kill -9 $loop 2>/dev/null
wait $loop 2>/dev/null
check "after a kill it goes on" exits 0 admin users

exit $failed
