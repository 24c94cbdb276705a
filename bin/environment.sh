# Makes .venv beside pyproject.toml and keeps it up to date with it. Sourced by the commands in this folder, not run.
# Usage: prepare_environment EXTRA   (EXTRA: '' or dev; $here: the folder of this file, links resolved). Sets $venv.
# POSIX sh, so that a bare Debian can run it.

root=$(CDPATH='' cd -- "$here/.." && pwd)
venv=$root/.venv

# Neither what lies in the current folder nor what the caller's environment names may be imported instead of ours.
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP
export PYTHONSAFEPATH=1

say() { printf '%s\n' "$*" >&2; }

require_python() {
    python=${PYTHON:-python3}
    if ! command -v "$python" >/dev/null 2>&1; then
        say "stepwell: $python is missing. Install it:  apt-get install python3 python3-venv"
        exit 3
    fi
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "stepwell: Python 3.11 or newer is needed; $python is $("$python" -V 2>&1). Name another: PYTHON=/path/to/python3"
        exit 3
    fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "stepwell: Python's venv module is missing. Install it:  apt-get install python3-venv"
        exit 3
    fi
}

install_into_venv() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -e "$1" >"$log" 2>&1
}

# A proxy that is set but dead must not keep a first run from working where the direct way is open.
install_without_proxy() {
    [ -n "${HTTP_PROXY:-}${HTTPS_PROXY:-}${ALL_PROXY:-}${http_proxy:-}${https_proxy:-}${all_proxy:-}" ] || return 1
    say "stepwell: the proxy named in the environment did not serve; trying without it …"
    (
        unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
        install_into_venv "$1"
    )
}

# An environment of this folder that works is added to, not made anew: Stepwell may be running from it.
is_usable() {
    [ -f "$venv/stepwell.root" ] && [ "$(cat "$venv/stepwell.root")" = "$root" ] &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

make_bare_environment() {
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 3; }
    printf '%s' "$root" >"$venv/stepwell.root"
}

why_not_installed() {
    if grep -q -e NewConnectionError -e 'Name or service not known' -e 'Network is unreachable' "$log"; then
        say "stepwell: the package index could not be reached: check the network (or the proxy), then try again."
    else
        tail -n 20 "$log" >&2
        say "stepwell: the packages could not be installed."
    fi
    say "stepwell: the whole output is in $log"
}

build_environment() {
    say "stepwell: setting up Python packages in $venv (once; about a minute) …"
    log=$venv.log
    is_usable || make_bare_environment
    rm -f "$venv"/stepwell-*.stamp
    target=$root
    [ -n "$1" ] && target="$root[$1]"
    if ! install_into_venv "$target" && ! install_without_proxy "$target"; then
        why_not_installed
        exit 3
    fi
    compile_ours
    rm -f "$log"
}

# Or the first start would do it, file by file, and take twice as long. Without it everything works all the same.
compile_ours() {
    for package in shared persistence_daemon worker gui supervisor demo; do
        "$venv/bin/python" -m compileall -q "$root/$package" >>"$log" 2>&1 || say "stepwell: $package was not compiled"
    done
}

# A stamp names what was installed; dev holds everything that '' does.
is_prepared() {
    [ -x "$venv/bin/python" ] || return 1
    for extra in "$1" dev; do
        stamp=$venv/stepwell-$extra.stamp
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
    done
    return 1
}

prepare_environment() {
    wanted="$(cksum <"$root/pyproject.toml") $root"
    is_prepared "$1" && return 0
    require_python
    if ! (: >>"$root/.venv.lock") 2>/dev/null; then
        say "stepwell: $root cannot be written to, and its environment is not there yet: run $0 once as its owner."
        exit 3
    fi
    exec 9>"$root/.venv.lock"
    command -v flock >/dev/null 2>&1 && flock 9
    is_prepared "$1" && return 0 # somebody else has just made it
    build_environment "$1"
    printf '%s' "$wanted" >"$venv/stepwell-$1.stamp"
    exec 9>&-
}
