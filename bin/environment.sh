# Makes .venv beside pyproject.toml and keeps it up to date with it. Sourced by the commands in this folder, not run.
# Usage: prepare_environment EXTRA   (EXTRA: '' or dev). Sets $venv. POSIX sh, so that a bare Debian can run it.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv

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

build_environment() {
    say "stepwell: setting up Python packages in $venv (once; about a minute) …"
    log=$venv.log
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 3; }
    target=$root
    [ -n "$1" ] && target="$root[$1]"
    if ! install_into_venv "$target" && ! install_without_proxy "$target"; then
        tail -n 20 "$log" >&2
        say "stepwell: the packages could not be installed; the whole output is in $log"
        rm -rf "$venv"
        exit 3
    fi
    rm -f "$log"
}

# The stamp names what was installed: a changed pyproject.toml, a moved tree or a wanted extra makes it anew.
prepare_environment() {
    wanted="$(cksum <"$root/pyproject.toml") $root"
    stamp=$venv/stepwell-$1.stamp
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x "$venv/bin/python" ] && return 0
    if [ -z "$1" ] && [ -f "$venv/stepwell-dev.stamp" ] && [ "$(cat "$venv/stepwell-dev.stamp")" = "$wanted" ]; then
        return 0
    fi
    require_python
    exec 9>"$root/.venv.lock"
    command -v flock >/dev/null 2>&1 && flock 9
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
    build_environment "$1"
    printf '%s' "$wanted" >"$stamp"
    exec 9>&-
}
