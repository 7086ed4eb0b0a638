"""Runs the steps of action.yml and of ci/gitlab.yml as GitHub and GitLab would, and registers a client with
what they export. Releases are served from a folder that .ci/archive has filled."""

import argparse
import atexit
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
import yaml

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "owner/aspsp-emulator"
# An address that is in the server certificate only if it was asked for.
HOST = "127.0.0.2"
FREE_PORTS = f"--mtls-addr {HOST}:0 --tls-addr {HOST}:0 --control-addr 127.0.0.1:0"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def served(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class Job:
    """A job: a folder, what it may see of this process's environment, and what its steps have exported."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(dir=WORK))
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        self.output = ""
        # However this ends, no emulator is left behind.
        atexit.register(self.end)

    def run(self, shell, script, environment):
        done = subprocess.run(
            [*shell, "-c", script],
            cwd=self.folder,
            env=self.environment | environment,
            text=True,
            capture_output=True,
            check=False,
        )
        self.output = done.stdout + done.stderr
        return done.returncode

    def end(self):
        """What the runner does with the processes that a job leaves behind."""
        if process := self.environment.pop("EMULATOR_PID", None):
            os.kill(int(process), signal.SIGTERM)


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


def judge_action_with_a_binary(binary):
    job = GitHubJob()
    code, outputs = job.use_action(path=binary, scenario="throttled-429", hostname=HOST, args=FREE_PORTS)
    expect("action: a binary is started", code, 0, job)
    names = ["EMULATOR", "EMULATOR_MTLS_URL", "EMULATOR_TLS_URL", "KIT", "EMULATOR_LOG"]
    expect("action: outputs are the variables", list(outputs.values()), [
        job.environment[name] for name in names
    ], job)
    expect("action: the host name is advertised", outputs["mtls-url"].startswith(f"https://{HOST}:"), True, job)
    statuses = [register(job.environment) for _ in range(3)]
    expect("action: the scenario is in force, then the TPP is registered", statuses, [429, 429, 201], job)
    code = job.run(["bash"], 'aspsp-emulator healthcheck --control-addr "${EMULATOR#http://}"', {})
    expect("action: the program is found in later steps", code, 0, job)
    code, _ = job.use_action(**{"show-log": "true"})
    said = Path(job.environment["EMULATOR_LOG"]).read_text().splitlines()[0]
    expect("action: the log is shown", (code, said in job.output.splitlines()), (0, True), job)
    job.end()


def judge_action_with_a_release(folder, version):
    site = WORK / "github"
    releases = site / REPOSITORY / "releases/download"
    releases.mkdir(parents=True)
    (releases / f"v{version}").symlink_to(folder)
    server = served(site)
    for inputs in ({"version": version}, {"ref": f"v{version}"}):
        job = GitHubJob()
        code, _ = job.use_action(server=server, hostname=HOST, args=FREE_PORTS, **inputs)
        expect(f"action: a release is fetched and started by {inputs}", code, 0, job)
        expect("action: the TPP is registered", register(job.environment), 201, job)
        job.end()
    spoilt = releases / "v9.9.9"
    spoilt.mkdir()
    name = f"aspsp-emulator-9.9.9-{os.uname().machine}-unknown-linux-gnu.tar.gz"
    (spoilt / name).write_text("something else")
    (spoilt / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
    job = GitHubJob()
    code, _ = job.use_action(server=server, version="9.9.9")
    expect("action: what SHA256SUMS does not know is not run", (code != 0, "is not what SHA256SUMS says" in job.output), (
        True,
        True,
    ), job)


def judge_refusals():
    for inputs, told in (
        ({"ref": "main"}, "found version 'main'"),
        ({"path": "./nowhere"}, "there is no binary ./nowhere"),
        ({"show-log": "true"}, "no earlier step of this job has started an emulator"),
    ):
        job = GitHubJob()
        code, _ = job.use_action(**inputs)
        expect(f"action: {inputs} is refused: {told}", (code != 0, told in job.output), (True, True), job)


def judge_gitlab(folder, version):
    site = WORK / "gitlab"
    site.mkdir()
    (site / f"v{version}").symlink_to(folder)
    releases = served(site)
    show = ["env | grep -E '^(EMULATOR|KIT|TPP_)' >variables"]
    for shell in (["bash"], ["sh"]):
        job = GitLabJob()
        code = job.extend(
            ".aspsp-emulator",
            shell,
            show,
            EMULATOR_RELEASES=releases,
            EMULATOR_VERSION=version,
            EMULATOR_HOSTNAME=HOST,
            EMULATOR_FLAGS=FREE_PORTS,
        )
        expect(f"gitlab: a release is fetched and started by {shell[0]}", code, 0, job)
        job.environment |= assignments(job.folder / "variables")
        expect("gitlab: the TPP is registered", register(job.environment), 201, job)
        service = GitLabJob()
        code = service.extend(
            ".aspsp-emulator-service",
            shell,
            show,
            EMULATOR_RELEASES=releases,
            EMULATOR_VERSION=version,
            EMULATOR_SERVICE=job.environment["EMULATOR"].replace("127.0.0.1", "localhost"),
        )
        expect(f"gitlab: a service's kit is fetched by {shell[0]}", code, 0, service)
        variables = assignments(service.folder / "variables")
        expect("gitlab: the service's URL is the job's", variables["EMULATOR_MTLS_URL"].split(":")[2],
               job.environment["EMULATOR_MTLS_URL"].split(":")[2], service)
        # The service listens on one address only.
        endpoint = "TPP_BANK_UK_OB_3_3_REGISTRATION_ENDPOINT"
        variables[endpoint] = job.environment[endpoint]
        expect("gitlab: its TPP is registered", register(variables), 201, service)
        job.end()


parser = argparse.ArgumentParser()
parser.add_argument("--binary", required=True)
parser.add_argument("--releases", required=True, help="folder that .ci/archive has filled")
parser.add_argument("--version", required=True)
arguments = parser.parse_args()
with tempfile.TemporaryDirectory() as work:
    WORK = Path(work)
    judge_action_with_a_binary(str(Path(arguments.binary).resolve()))
    judge_action_with_a_release(Path(arguments.releases).resolve(), arguments.version)
    judge_refusals()
    judge_gitlab(Path(arguments.releases).resolve(), arguments.version)
