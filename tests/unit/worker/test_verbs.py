"""What the worker's verbs tell the command line: one JSON object a line, no key, no adb server started."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from worker import plugins
from worker.verbs import run_verb

KEY = "sk-canary-0123456789"


@pytest.fixture
def closed_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_devices_without_an_adb_server_says_so_and_starts_none(closed_port, capfd):
    assert run_verb(["devices", "--port", str(closed_port)]) == 1
    assert json.loads(capfd.readouterr().out)["error"].startswith(
        f"the adb server on port {closed_port} does not answer"
    )
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", closed_port)) != 0


def test_doctor_names_an_endpoint_that_does_not_answer_and_never_the_key(tmp_path, closed_port, capfd, monkeypatch):
    monkeypatch.setenv("STEPWELL_API_KEY", KEY)
    (tmp_path / "stepwell.toml").write_text(f'[models.default]\nbase_url = "http://127.0.0.1:{closed_port}/v1"\n')
    assert run_verb(["doctor", "--home", str(tmp_path)]) == 1
    out = capfd.readouterr().out
    checks = {check["name"]: check for check in map(json.loads, out.splitlines())}
    assert checks["adb"]["ok"] is True
    assert checks["plug-ins"]["ok"] is True
    assert checks["model default"]["ok"] is False
    assert "does not answer" in checks["model default"]["found"]
    assert checks["model default"]["remedy"]
    assert KEY not in out


def test_doctor_tells_an_endpoint_that_refuses_the_key_from_one_that_answers(tmp_path, capfd, httpserver):
    httpserver.expect_request("/good/models").respond_with_json({"data": []})
    httpserver.expect_request("/locked/models").respond_with_data("no", status=401)
    text = "".join(f'[models.{n}]\nbase_url = "{httpserver.url_for("/" + n)}"\n' for n in ("good", "locked"))
    (tmp_path / "stepwell.toml").write_text(text)
    run_verb(["doctor", "--home", str(tmp_path)])
    checks = {check["name"]: check for check in map(json.loads, capfd.readouterr().out.splitlines())}
    assert checks["model good"]["ok"] is True
    assert checks["model locked"]["ok"] is False
    assert "401" in checks["model locked"]["found"]


def test_doctor_asks_with_the_key_of_a_key_file(tmp_path, capfd, httpserver):
    httpserver.expect_request("/v1/models", headers={"Authorization": f"Bearer {KEY}"}).respond_with_json({"data": []})
    text = f'[models.mine]\nbase_url = "{httpserver.url_for("/v1")}"\napi_key_file = "key"\n'
    (tmp_path / "stepwell.toml").write_text(text)
    key = tmp_path / "key"
    key.write_text(KEY)
    for mode, name, ok in ((0o600, "model mine", True), (0o644, "model keys", False)):
        key.chmod(mode)
        run_verb(["doctor", "--home", str(tmp_path)])
        out = capfd.readouterr().out
        checks = {check["name"]: check for check in map(json.loads, out.splitlines())}
        assert checks[name]["ok"] is ok
        assert KEY not in out


def test_broken_settings_are_a_failed_check(tmp_path, capfd):
    (tmp_path / "stepwell.toml").write_text("colour = 1\n")
    assert run_verb(["doctor", "--home", str(tmp_path)]) == 1
    first = json.loads(capfd.readouterr().out.splitlines()[0])
    assert (first["name"], first["ok"]) == ("settings", False)


def test_the_worker_loads_no_model_library_and_nothing_of_other_processes():
    code = (
        "import sys, worker.__main__\nfrom worker.plugins import AgentPlugins\nAgentPlugins()\n"
        "bad = {'openai', 'adbutils', 'PIL', 'requests', 'apsw', 'persistence_daemon', 'supervisor'}\n"
        "print(sorted(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def ask_model(tmp_path, url, *, key="", **profile):
    asked = {"name": "new", "profile": {"base_url": url, **profile}, "api_key": key}
    command = [sys.executable, "-P", "-m", "worker", "model", "--home", str(tmp_path)]
    return subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)


def test_a_model_that_is_not_in_the_settings_is_asked_with_the_typed_key_or_its_own_file(tmp_path, httpserver):
    httpserver.expect_request("/v1/models", headers={"Authorization": f"Bearer {KEY}"}).respond_with_json({"data": []})
    httpserver.expect_request("/v1/models").respond_with_data("no", status=401)
    url = httpserver.url_for("/v1")
    typed = ask_model(tmp_path, url, key=KEY)
    assert (typed.returncode, json.loads(typed.stdout)["ok"]) == (0, True)
    without = ask_model(tmp_path, url)
    assert without.returncode == 1
    assert "refuses the key (401)" in json.loads(without.stdout)["found"]
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "new").write_text(KEY)
    (tmp_path / "keys" / "new").chmod(0o600)
    assert ask_model(tmp_path, url, api_key_file="keys/new").returncode == 0
    (tmp_path / "keys" / "new").chmod(0o644)
    shared = ask_model(tmp_path, url, api_key_file="keys/new")
    assert json.loads(shared.stdout)["remedy"].startswith("chmod 600")
    assert KEY not in typed.stdout + without.stdout + shared.stdout


def test_what_is_no_question_about_a_model_is_refused(tmp_path):
    ran = ask_model(tmp_path, "ftp://nowhere")
    assert (ran.returncode, json.loads(ran.stdout)["ok"]) == (1, False)


def test_doctor_names_each_broken_plug_in_and_looks_at_the_rest(tmp_path, capfd, monkeypatch):
    points = [
        EntryPoint("gone", "no_such_module_anywhere:Agent", "stepwell.agents"),
        EntryPoint("script", "worker.agents.script:ScriptAgent", "stepwell.agents"),
        EntryPoint("odd", "worker.plugins:DEVICES", "stepwell.devices"),
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point for point in points if point.group == group])
    assert run_verb(["doctor", "--home", str(tmp_path)]) == 1
    checks = {check["name"]: check for check in map(json.loads, capfd.readouterr().out.splitlines())}
    assert checks["plug-ins"]["found"] == "agents script; devices "
    assert "ModuleNotFoundError" in checks["plug-in gone"]["found"]
    assert "is no class with a method `open`" in checks["plug-in odd"]["found"]
    assert checks["plug-in odd"]["remedy"]
