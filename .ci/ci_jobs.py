"""Jobs of GitHub, of GitLab and of a shell, as they meet action.yml, ci/gitlab.yml and ci/start-emulator."""

import atexit
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import requests
import yaml

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "owner/aspsp-emulator"


class Job:
    """A job: a folder, what it may see of this process's environment, and what its steps have exported."""

    def __init__(self):
        self.kept = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.folder = Path(self.kept.name)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        self.output = self.printed = ""
        # However this ends, no emulator is left behind.
        atexit.register(self.end)

    def run(self, shell, script, environment):
        return self.command([*shell, "-c", script], environment)

    def command(self, words, environment):
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment | environment,
            text=True,
            capture_output=True,
            check=False,
        )
        self.output, self.printed = done.stdout + done.stderr, done.stdout
        return done.returncode

    def end(self):
        """What the runner does with the processes that a job leaves behind."""
        if process := self.environment.pop("EMULATOR_PID", None):
            os.kill(int(process), signal.SIGTERM)


class ScriptJob(Job):
    def start(self, *arguments):
        """Runs ci/start-emulator; the exit code."""
        code = self.command(["sh", str(ROOT / "ci/start-emulator"), *arguments], {})
        if not code:
            self.environment |= dict(line.split("=", 1) for line in self.printed.splitlines())
        return code


class GitHubJob(Job):
    def use_action(self, server=None, ref="", **inputs):
        """Runs the steps of action.yml; the exit code, and the outputs."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        unknown = set(inputs) - set(action["inputs"])
        assert not unknown, f"action.yml has no inputs {unknown}"
        values = {f"inputs.{name}": inputs.get(name, of.get("default", "")) for name, of in action["inputs"].items()}
        values |= {
            "github.action_path": str(ROOT),
            "github.action_ref": ref,
            "github.action_repository": REPOSITORY,
        }
        for step in action["runs"]["steps"]:
            assert "${{" not in step["run"], "an expression in a script is an injection"
            assert step["shell"] == "bash"
            files = {name: self.folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
            for file in files.values():
                file.write_text("")
            environment = {name: evaluated(text, values) for name, text in step["env"].items()}
            environment |= {name: str(file) for name, file in files.items()}
            environment["GITHUB_SERVER_URL"] = server or "http://127.0.0.1:9"
            bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
            code = self.run(bash, step["run"], environment)
            if code:
                return code, {}
            self.environment |= assignments(files["GITHUB_ENV"])
            for folder in files["GITHUB_PATH"].read_text().splitlines():
                self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"
            for name, value in assignments(files["GITHUB_OUTPUT"]).items():
                values[f"steps.{step['id']}.outputs.{name}"] = value
        if inputs.get("show-log") == "true":
            return 0, {}
        return 0, {name: evaluated(of["value"], values) for name, of in action["outputs"].items()}


class GitLabJob(Job):
    def extend(self, name, shell, script, **variables):
        """Runs the hidden job's before_script, then the script, in one shell; the exit code."""
        job = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())[name]
        known = {name: str(value) for name, value in job["variables"].items()}
        assert not set(variables) - set(known), f"{name} has no such variables"
        lines = ["set -e", *job["before_script"], *script]
        return self.run(shell, "\n".join(lines), known | variables)


def evaluated(text, values):
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)


def assignments(file):
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def register(variables):
    """Registers the kit's TPP with nothing but what is exported; the status."""
    kit = Path(variables["KIT"])
    request = requests.get(f"{variables['EMULATOR']}/kit/registration-uk-ob-3.3.jwt", timeout=10).text
    answer = requests.post(
        variables["TPP_BANK_UK_OB_3_3_REGISTRATION_ENDPOINT"],
        data=request,
        headers={"content-type": "application/jose"},
        cert=(str(kit / "transport.pem"), str(kit / "transport.key")),
        verify=str(kit / "ca.pem"),
        timeout=10,
    )
    return answer.status_code


def expect(what, seen, wanted, job):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r} instead of {wanted!r}\n{job.output}")
    print(f"ok {what}")
