#!/bin/bash
# test_help.sh CORDON: every command has help, a manual page and its place in cordon(1), and no page is of none.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"

check "help" exits 0 "$cordon" help
mapfile -t commands < <(awk '/^Commands:/ { listed = 1; next } listed && /^  [a-z]/ { print $1 }' "$work/out")
check "there are commands" test ${#commands[@]} -gt 10
for command in "${commands[@]}"; do
    check "help $command" exits 0 "$cordon" help "$command"
    check "cordon(1) has $command" grep -qE "^\.(B|BR) $command( |\$)" docs/man/cordon.1
    case $command in help | version) continue ;; esac
    check "$command says how it is used" exits 0 "$cordon" "$command" --help
    check "by its name" says "Usage: cordon $command " out
    page=docs/man/cordon-$command.1.in
    check "$command has a page" test -e "$page"
    check "with all its options" grep -qx "@options $command@" "$page"
    check "cordon(1) names it among the others" grep -qF "cordon-$command (1)" <(sed -n '/^\.SH SEE ALSO/,$p' docs/man/cordon.1)
done
for page in docs/man/cordon-*.1.in; do
    command=${page#docs/man/cordon-}
    check "$page is of a command" grep -qx "${command%.1.in}" <(printf '%s\n' "${commands[@]}")
done
check "no such command" exits 2 "$cordon" help hnut
check "the nearest" says "did you mean 'hunt'" err
exit $failed
