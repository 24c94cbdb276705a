#!/bin/sh
# Presses Home, then does something of its own (here: looks at the clock) as a step that it announces first.
# Try:  stepwell run "what time is it" --command "sh agent.sh"
set -eu

say() {                                  # one request, and its answer in $answer
    printf '%s\n' "$1"
    IFS= read -r answer || exit 0        # Stepwell has ended
    case $answer in
        '{"type":"stop"'*) exit 0 ;;
        '{"type":"error"'*) printf '%s\n' "$answer" >&2; exit 1 ;;
    esac
}

IFS= read -r task || exit 0
printf 'the task: %s\n' "$task" >&2      # stderr goes to Stepwell's log

say '{"type":"act","thinking":"begin at home","action":{"action":"key","key":"HOME"}}'
case $answer in
    *'"outcome":"done"'*) ;;
    *) say '{"type":"fail","message":"the Home key was refused"}' ;;
esac

say '{"type":"begin","thinking":"my own work comes next","action":{"action":"look at the clock"}}'
now=$(date +%H:%M)                       # whatever a shell can do; Stepwell has this step on disk already
say "{\"type\":\"end\",\"outcome\":\"done\",\"message\":\"it is $now\"}"

say "{\"type\":\"finish\",\"message\":\"it is $now\"}"
