"""Runs ci/start-emulator, and the steps of action.yml and of ci/gitlab.yml as GitHub and GitLab would, and
registers a client with what they export. Releases are served from a folder that .ci/archive has filled."""

import argparse
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from ci_jobs import REPOSITORY, ROOT, GitHubJob, GitLabJob, ScriptJob, assignments, expect, register

# An address that is in the server certificate only if it was asked for.
HOST = "127.0.0.2"
FREE_PORTS = f"--mtls-addr {HOST}:0 --tls-addr {HOST}:0 --control-addr 127.0.0.1:0"
# Those of localhost, as the certificate has it anyway.
OWN_PORTS = FREE_PORTS.replace(HOST, "127.0.0.1")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def served(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


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
    for name, value in (("args", OWN_PORTS.replace(" --", "\n--")), ("args", f"{OWN_PORTS}\n")):
        job = GitHubJob()
        odd = job.folder / "s p" / "emu x"
        odd.parent.mkdir()
        odd.symlink_to(binary)
        code, _ = job.use_action(path="s p/emu x", token="secret-\"token", **{name: value})
        expect(f"action: started with {name} of more lines than one", code, 0, job)
        started = "https://localhost:" in job.environment["EMULATOR_MTLS_URL"]
        taken = job.environment["EMULATOR"] != "http://127.0.0.1:8445"
        expect("action: all of them count", (started, taken), (True, True), job)
        code = job.run(["bash"], 'aspsp-emulator try --bank uk-ob-3.3 --control-addr "${EMULATOR#http://}"', {})
        expect("action: a program of another name is found in later steps, and knows the token", code, 0, job)
        asked = [
            requests.get(f"{job.environment['EMULATOR']}/api/worlds", headers=headers, timeout=10).status_code
            for headers in ({}, {"authorization": f"Bearer {job.environment['TOKEN']}"})
        ]
        expect("action: the token is in force", asked, [401, 200], job)
        job.end()


def judge_action_with_a_release(work, folder, version):
    site = work / "github"
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


def judge_a_folder_of_ones_own(binary):
    ports = OWN_PORTS.split()
    job, late = ScriptJob(), ScriptJob()
    late.folder = job.folder
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda one: one.start("--binary", binary, "--", *ports), (job, late)))
    expect("script: of two at once in a folder one starts", sorted(codes), [0, 1], job if codes[0] else late)
    if codes[0]:
        job, late = late, job
    in_use = any(told in late.output for told in ("another start is under way", "an emulator lives in"))
    expect("script: the other one says why not", in_use, True, late)
    told = (job.folder / ".aspsp-emulator/pid").read_text().strip()
    expect("script: the process is that of the emulator", told, job.environment["EMULATOR_PID"], job)
    for arguments in (["--binary", binary, "--", *ports], ["--attach", job.environment["EMULATOR"]]):
        code = late.start(*arguments)
        expect("script: nobody takes the folder of one that lives", (code, "an emulator lives in" in late.output), (
            1,
            True,
        ), late)
    expect("script: its kit is as it was", register(job.environment), 201, job)
    beside = ScriptJob()
    code = beside.start("--binary", binary, "--dir", "another", "--", *ports)
    expect("script: in another folder one starts", (code, register(beside.environment)), (0, 201), beside)
    ended = int(job.environment["EMULATOR_PID"])
    job.end()
    expect("script: it ends", gone(ended), True, job)
    expect("script: then the folder is free", job.start("--binary", binary, "--", *ports), 0, job)
    beside.end()
    job.end()


def gone(process):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        # Whoever adopted it may not have asked how it ended.
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or ") Z " in state.read_text():
            return True
        time.sleep(0.05)
    return False


def judge_what_does_not_start():
    job = ScriptJob()
    slow = job.folder / "slow"
    slow.write_text('#!/bin/sh\necho $$ >process\nexec sleep 300\n')
    slow.chmod(0o755)
    code = job.start("--binary", "./slow", "--timeout", "1")
    expect("script: what is not ready in time has failed", (code, "was not ready in 1 s" in job.output), (1, True), job)
    expect("script: and is ended", gone(int((job.folder / "process").read_text())), True, job)
    for arguments, told in (
        (["--attach", "http://127.0.0.1:9", "--scenario", "x"], "--attach takes an emulator as it runs"),
        (["--attach", "http://127.0.0.1:9", "--hostname", "x"], "--attach takes an emulator as it runs"),
        (["--attach", "http://127.0.0.1:9", "--", "--annotate"], "--attach takes an emulator as it runs"),
        (["--attach", "http://127.0.0.1:9", "--timeout", "0"], "no emulator is ready at http://127.0.0.1:9"),
        (["--dir", "a\nB=c"], "cannot have a line break"),
        (["--timeout", "soon"], "found --timeout soon; allowed: whole seconds"),
        (["--nonsense", "x"], "found --nonsense; allowed: --binary,"),
    ):
        code = job.start(*arguments)
        expect(f"script: {arguments} is refused: {told}", (code, told in job.output), (1, True), job)
    expect("script: no lock is left", (job.folder / ".aspsp-emulator/lock").exists(), False, job)
    code = job.command(["sh", str(ROOT / "ci/start-emulator"), "--help"], {})
    expect("script: it has a help", (code, "--attach URL" in job.printed), (0, True), job)


def judge_attaching(binary):
    ports = OWN_PORTS.split()
    job = ScriptJob()
    odd = 'q"u\\o t\'e'
    code = job.start("--binary", binary, "--token", 'secret-"token', "--dir", "its", "--", *ports, "--no-kit")
    expect("script: started without a kit", (code, "KIT" in job.environment), (0, False), job)
    job.end()
    code = job.start("--binary", binary, "--token", 'secret-"token', "--dir", "with a kit", "--", *ports)
    expect("script: started with a token", code, 0, job)
    attached = ScriptJob()
    code = attached.start("--attach", job.environment["EMULATOR"], "--dir", odd)
    expect("script: without it no kit is fetched", (code, "--token" in attached.output), (1, True), attached)
    attached.environment["ASPSP_EMULATOR_CONTROL_TOKEN"] = 'secret-"token'
    code = attached.start("--attach", job.environment["EMULATOR"], "--dir", odd)
    expect("script: with it the kit is fetched", (code, attached.environment.get("TOKEN")), (0, 'secret-"token'), attached)
    url = job.environment["TPP_BANK_UK_OB_3_3_REGISTRATION_ENDPOINT"]
    code = attached.run(["sh"], 'curl -sS -o answer -w "%{http_code}" -K "$KIT/curl.conf" "$URL/nobody"', {"URL": url})
    expect("script: curl takes its curl.conf, whatever the folder", (code, attached.printed), (0, "401"), attached)
    job.end()


def judge_gitlab(work, folder, version):
    site = work / "gitlab"
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
            # As tags spell it.
            EMULATOR_VERSION=f"v{version}",
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
binary, releases = (str(Path(path).resolve()) for path in (arguments.binary, arguments.releases))
with tempfile.TemporaryDirectory() as work:
    judge_a_folder_of_ones_own(binary)
    judge_what_does_not_start()
    judge_attaching(binary)
    judge_action_with_a_binary(binary)
    judge_action_with_a_release(Path(work), releases, arguments.version)
    judge_refusals()
    judge_gitlab(Path(work), releases, arguments.version)
