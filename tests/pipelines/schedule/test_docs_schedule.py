"""The page about scheduling, as far as a machine without systemd, a cluster or Airflow can check it."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from pipelines.cli import app
from pipelines.exit_codes import ExitCode
from pipelines.schedule.crontab import Crontab
from pipelines.settings import ScheduleSettings, load_settings

PAGE = (Path(__file__).parents[3] / "docs" / "schedule.md").read_text(encoding="utf-8")

# from the manual pages systemd.unit, .service, .timer, .exec and .kill
SYSTEMD = {
    "Unit": {"Description", "After", "Wants"},
    "Service": {
        "Type", "WorkingDirectory", "EnvironmentFile", "ExecStart", "User", "Restart", "RestartSec", "TimeoutStopSec",
        "RestartPreventExitStatus", "KillMode", "WatchdogSec", "SuccessExitStatus", "TimeoutStartSec",
    },
    "Timer": {"OnCalendar", "Persistent", "RandomizedDelaySec"},
    "Install": {"WantedBy"},
}  # fmt: skip


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_the_settings_on_the_page_are_settings(tmp_path: Path) -> None:
    (content,) = (tomllib.loads(text) for text in blocks("toml"))
    settings = load_settings(data_dir=tmp_path, **content)
    assert set(settings.schedules) == {"morning", "gauges", "month-end"}
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert listed == ["cron", "time_zone", "catch_up", "max_catch_up", "attempts", "jitter_seconds", "steps", "sources"]
    assert set(listed) == set(ScheduleSettings.model_fields)
    for name, default in (("max_catch_up", 14), ("attempts", 3), ("jitter_seconds", 0)):
        assert f"| `{name}` | {default} |" in PAGE
        assert ScheduleSettings.model_fields[name].default == default
    assert f"`stop_seconds` ({settings.stop_seconds:g})" in PAGE
    assert f"`watchdog_slots`-th ({settings.watchdog_slots})" in PAGE


def test_cron_lines_are_cron_lines() -> None:
    lines = [line for text in blocks("crontab") for line in text.splitlines() if not line.startswith("CRON_TZ=")]
    assert len(lines) == 3
    for line in lines:
        *fields, command = line.split(None, 5)
        Crontab(" ".join(fields), "Europe/Budapest")
        assert "%" not in command  # cron would take it for a newline
        done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert re.search(r"okr (\w+)", command.split("&&")[1])[1] in app.commands  # type: ignore[index]


@pytest.mark.parametrize("text", blocks("ini"))
def test_units_have_fields_that_systemd_knows(text: str) -> None:
    parsed = unit(text)
    for section in parsed.sections():
        assert set(parsed[section]) <= SYSTEMD[section]
    if "Service" in parsed:
        command = parsed["Service"]["ExecStart"].split()
        assert command[0].startswith("/")
        assert command[1] in app.commands
    if parsed.has_option("Service", "SuccessExitStatus"):
        assert {ExitCode(int(code)) for code in parsed["Service"]["SuccessExitStatus"].split()} == {
            ExitCode.SOME_NOT_FRESH,
            ExitCode.NOT_DELIVERED,
            ExitCode.SOURCE_FAILED,
        }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for text in blocks("ini"):
        name = re.search(r"^# .*/(okr\S*)$", text, re.MULTILINE)[1]  # type: ignore[index]
        runnable = (
            text.replace("/srv/okr/.venv/bin/okr", "/bin/true").replace("/srv/okr", "/tmp").replace("User=okr", "")
        )
        (tmp_path / name).write_text(runnable, encoding="utf-8")
    for path in sorted(tmp_path.iterdir()):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        about_ours = [line for line in done.stderr.splitlines() if "okr" in line]
        assert not about_ours
    calendar = unit((tmp_path / "okr-run.timer").read_text(encoding="utf-8"))["Timer"]["OnCalendar"]
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True, timeout=60)


def test_a_run_may_finish_before_systemd_loses_patience() -> None:
    service = unit(blocks("ini")[0])["Service"]
    assert load_settings().stop_seconds < int(service["TimeoutStopSec"])
    assert service["Type"] == "notify"


def test_the_cron_job_is_one() -> None:
    (job,) = (yaml.safe_load(text) for text in blocks("yaml"))
    spec = job["spec"]
    assert (job["apiVersion"], job["kind"], spec["concurrencyPolicy"]) == ("batch/v1", "CronJob", "Forbid")
    Crontab(spec["schedule"], spec["timeZone"])
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # what a podFailurePolicy asks for
    (container,) = pod["containers"]
    script = container["command"][2]
    for code, said in ((0, 0), (1, 0), (2, 2), (3, 3), (4, 0), (5, 0)):
        stand_in = script.replace("okr run", f"(exit {code})")
        assert subprocess.run(["sh", "-c", stand_in], check=False).returncode == said
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("text", blocks("python"))
def test_python_is_python(text: str) -> None:
    ast.parse(text)


@pytest.mark.parametrize(("code", "passes"), [(0, True), (1, True), (5, True), (2, False), (3, False), (4, False)])
def test_airflows_command_passes_what_was_published(code: int, passes: bool) -> None:
    command = re.search(r'bash_command="(.*?)"', PAGE)[1]  # type: ignore[index]
    script = command.replace("cd /srv/okr && .venv/bin/okr run", f"(exit {code})")
    assert (subprocess.run(["bash", "-c", script], check=False).returncode == 0) is passes


def test_every_exit_code_is_on_the_page() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)] == [int(code) for code in ExitCode]
