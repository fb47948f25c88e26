"""Measures the mesh in network namespaces of its own: real processes of a release build, ratios within one run.

    bench_mesh.py BUILT [--only NAME]... [--runs N] [--out FILE]

BUILT is the folder with `clisonix` and `examples/bench_mesh`. Needs the right to make network namespaces; the namespaces are
removed at the end. Prints each figure with its limit, then all as JSON; ends with 3 where a limit is missed.
"""

import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time

HOSTS = 8
READY_WITHIN_S = 30
STRANGERS = 10_000
LIMITS = {
    "discovery_s": ("<=", 2.0),
    "task_64kib_p50_us": ("<=", 1_000),
    "task_64kib_p99_us": ("<=", 5_000),
    "blobs_over_tcp": (">=", 0.5),
    "two_nodes_over_one": (">=", 1.8),
    "same_digest_of_runs": (">=", 1.0),
    "strangers_let_in": ("<=", 0),
    "strangers_memory_mb": ("<=", 50.0),
}


class Network:
    """Hosts 10.78.0.1 and up, each in a namespace of its own, on one bridge."""

    def __init__(self, hosts):
        self.name = f"clxb{os.getpid()}"
        self.hosts = hosts
        self.hub = f"{self.name}hub"
        ip("netns", "add", self.hub)
        ip("-n", self.hub, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        ip("-n", self.hub, "link", "set", "br0", "up")
        for host in range(hosts):
            inside = self.inside(host)
            ip("netns", "add", inside)
            ip("-n", self.hub, "link", "add", f"cable{host}", "type", "veth", "peer", "name", "eth0", "netns", inside)
            ip("-n", self.hub, "link", "set", f"cable{host}", "master", "br0", "up")
            ip("-n", inside, "address", "add", f"{address(host)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", inside, "link", "set", device, "up")
            ip("-n", inside, "route", "add", "default", "dev", "eth0")

    def inside(self, host):
        return f"{self.name}h{host}"

    def on(self, host, *command):
        return ["ip", "netns", "exec", self.inside(host), *map(str, command)]

    def plug(self, host, plugged):
        ip("-n", self.hub, "link", "set", f"cable{host}", "up" if plugged else "down")

    def remove(self):
        for name in [self.hub, *map(self.inside, range(self.hosts))]:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def address(host):
    return f"10.78.0.{host + 1}"


class Living:
    """A process that prints a first JSON document and lives on."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = ""
        for line in self.process.stdout:
            said += line
            try:
                self.document = json.loads(said)
                break
            except json.JSONDecodeError:
                continue
        else:
            raise RuntimeError(f"{command} ended and said: {said}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def port(self):
        told = [place for place in self.document["addresses"] if "quic" not in place][0]
        return int(told.split("/tcp/")[1].split("/")[0]) if "/tcp/" in told else int(told.rsplit(":", 1)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()


class Bench:
    def __init__(self, built, work, network):
        self.clisonix = built / "clisonix"
        self.parts = built / "examples" / "bench_mesh"
        self.work, self.network = work, network

    def home(self, name):
        return self.work / f"home-{name}"

    def cli(self, home, *arguments):
        return [str(self.clisonix), "--home", str(self.home(home)), *map(str, arguments)]

    def pair(self, one, other):
        window = Living(self.cli(other, "pair", "--show", "--listen", "127.0.0.1:0", "--json"))
        place = window.document["addresses"][0]
        done = self.cli(one, "pair", window.document["code"], "--address", place, "--json")
        subprocess.run(done, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        window.process.wait()

    def node(self, host, home):
        node = Living(self.network.on(host, *self.cli(home, "node", "--cores", 1, "--json")))
        node.place = f"{address(host)}:{node.port()}"
        return node

    def liar(self, host, home):
        node = Living(self.network.on(host, self.parts, "lie", self.home(home)))
        node.place = f"{address(host)}:{node.port()}"
        return node

    def run(self, host, home, series, out, *more):
        command = self.cli(home, "run", "svd-compress", "--threads", 1, "--input", series, "--out", self.work / out)
        return self.network.on(host, *command, "--json", *more)

    def forget_addresses(self, home):
        path = self.home(home) / "peers.json"
        book = json.loads(path.read_text())
        for peer in book["peers"]:
            peer["addresses"] = []
        path.write_text(json.dumps(book))

    def until_ready(self, home, count):
        path, began = self.home(home) / "mesh-status.json", time.monotonic()
        while time.monotonic() - began < READY_WITHIN_S:
            try:
                peers = json.loads(path.read_text())["peers"]
            except (OSError, json.JSONDecodeError):
                peers = []
            if sum(peer["state"] in ("ready", "working") for peer in peers) >= count:
                return
            time.sleep(0.01)
        raise RuntimeError(f"{home} saw no {count} peers within {READY_WITHIN_S} s")


def series(folder, slices, side):
    """An uncompressed series in which no two slices are equal."""
    folder.mkdir()
    explicit = lambda group, element, kind, value: struct.pack("<HH2sH", group, element, kind, len(value)) + value
    text = lambda group, element, kind, value: explicit(
        group, element, kind, value.encode() + (b"\0" if kind == b"UI" else b" ") * (len(value) % 2)
    )
    short = lambda group, element, value: explicit(group, element, b"US", struct.pack("<H", value))
    for number in range(1, slices + 1):
        pixels = bytearray(random.Random(number).randbytes(side * side * 2))
        # Twelve bits, and smooth enough across columns to be an image.
        pixels[1::2] = bytes((column * 16 // side) & 15 for _ in range(side) for column in range(side))
        elements = b"".join(
            [
                text(8, 0x16, b"UI", "1.2.840.10008.5.1.4.1.1.2"),
                text(8, 0x18, b"UI", f"1.2.3.4.6.{1000 + number}"),
                text(8, 0x60, b"CS", "CT"),
                text(0x10, 0x10, b"PN", "Phantom"),
                text(0x10, 0x20, b"LO", "1"),
                text(0x20, 0x0D, b"UI", "1.2.3.4.61"),
                text(0x20, 0x0E, b"UI", "1.2.3.4.62"),
                text(0x20, 0x13, b"IS", str(number)),
                text(0x20, 0x32, b"DS", f"0\\0\\{number}"),
                text(0x20, 0x37, b"DS", "1\\0\\0\\0\\1\\0"),
                short(0x28, 2, 1),
                text(0x28, 4, b"CS", "MONOCHROME2"),
                short(0x28, 0x10, side),
                short(0x28, 0x11, side),
                text(0x28, 0x30, b"DS", "1\\1"),
                short(0x28, 0x100, 16),
                short(0x28, 0x101, 16),
                short(0x28, 0x102, 15),
                short(0x28, 0x103, 0),
            ]
        )
        syntax = text(2, 0x10, b"UI", "1.2.840.10008.1.2.1")
        head = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(syntax)) + syntax
        data = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, len(pixels)) + pixels
        (folder / f"{number:04}.dcm").write_bytes(bytes(128) + b"DICM" + head + elements + data)
    return folder


def document(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def discovery(bench, figures, _):
    bench.pair("a", "b")
    seconds = []
    for _ in range(3):
        bench.forget_addresses("a")
        bench.forget_addresses("b")
        nodes = [bench.node(0, "a"), bench.node(1, "b")]
        both_on = time.monotonic()
        bench.until_ready("a", 1)
        bench.until_ready("b", 1)
        seconds.append(time.monotonic() - both_on)
        [node.kill() for node in nodes]
        for home in "ab":
            (bench.home(home) / "mesh-status.json").unlink(missing_ok=True)
    figures["discovery_s"] = max(seconds)


def tasks(bench, figures, _):
    bench.pair("a", "b")
    serving = Living(bench.network.on(1, bench.parts, "serve", bench.home("b")))
    place = f"{address(1)}:{serving.port()}"
    plain = subprocess.Popen(bench.network.on(1, bench.parts, "tcp-serve", f"{address(1)}:7070"))
    bare = subprocess.Popen(bench.network.on(1, bench.parts, "stream-serve", f"{address(1)}:7171"))
    try:
        time.sleep(0.5)
        copies = lambda: document(bench.network.on(0, bench.parts, "tcp-copy", f"{address(1)}:7070"))["tcp_mib_per_s"]
        before = copies()
        # What libp2p leaves reachable: one stream as it is, without hashing and without the mesh.
        streamed = document(bench.network.on(0, bench.parts, "stream-copy", f"{address(1)}:7171"))["stream_mib_per_s"]
        measured = document(bench.network.on(0, bench.parts, "measure", bench.home("a"), place))
        quic = [place for place in serving.document["addresses"] if f"/{address(1)}/udp" in place]
        if quic:
            [bench.forget_addresses(home) for home in "ab"]
            by_quic = document(bench.network.on(0, bench.parts, "measure", bench.home("a"), quic[0]))
            figures["quic"] = by_quic
        tcp = (before + copies()) / 2
    finally:
        serving.kill()
        plain.kill()
        bare.kill()
    figures["task_64kib_p50_us"] = measured["task_p50_us"]
    figures["task_64kib_p99_us"] = measured["task_p99_us"]
    figures["blob_mib_per_s"], figures["tcp_mib_per_s"] = measured["blob_mib_per_s"], tcp
    figures["stream_mib_per_s"] = streamed
    figures["blobs_over_tcp"] = measured["blob_mib_per_s"] / tcp


def two_nodes(bench, figures, _):
    bench.pair("a", "b")
    slices = series(bench.work / "two hundred", 200, 512)
    alone = document(bench.run(0, "a", slices, "alone"))
    other = bench.node(1, "b")
    try:
        shared = document(bench.run(0, "a", slices, "shared", "--mesh", "--dial", other.place))
    finally:
        other.kill()
    assert alone["output_digest"] == shared["output_digest"], "the digests differ"
    figures["one_node_ms"], figures["two_nodes_ms"] = alone["elapsed_ms"], shared["elapsed_ms"]
    figures["done_by_each"] = [member["done"] for member in shared["members"]]
    figures["two_nodes_over_one"] = alone["elapsed_ms"] / shared["elapsed_ms"]


def faults(bench, figures, runs):
    others = [f"n{host}" for host in range(1, HOSTS)]
    [bench.pair("a", other) for other in others]
    slices = series(bench.work / "four hundred", 400, 192)
    alone = document(bench.run(0, "a", slices, "alone 400", "--param", "k=64"))
    same, lost, done = 0, [], []
    for number in range(runs):
        nodes = [bench.node(host, others[host - 1]) for host in range(1, HOSTS - 1)]
        nodes.append(bench.liar(HOSTS - 1, others[-1]))
        dials = [part for node in nodes for part in ("--dial", node.place)]
        command = bench.run(0, "a", slices, f"run {number}", "--param", "k=64", "--mesh", *dials)
        job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        answer = []
        reading = threading.Thread(target=lambda: answer.append(job.stdout.read()))
        reading.start()
        said = []
        for line in job.stderr:
            said.append(line)
            if "Computed" in line and len(nodes) == HOSTS - 1:
                victims = [nodes.pop(0) for _ in range(3)]
                [victim.kill() for victim in victims]
                bench.network.plug(4, False)
        reading.join()
        job.wait()
        [node.kill() for node in nodes]
        bench.network.plug(4, True)
        result = json.loads(answer[0]) if answer and answer[0].strip() else {}
        equal = result.get("output_digest") == alone["output_digest"]
        same += equal
        lost.append(sum(member["lost"] for member in result.get("members", [])))
        done.append(result.get("elapsed_ms"))
        if not equal:
            print(f"run {number} differs: {''.join(said)[-1500:]}", file=sys.stderr)
    figures["runs"], figures["members_lost_each_run"], figures["elapsed_ms_each_run"] = runs, lost, done
    figures["same_digest_of_runs"] = same / runs


def strangers(bench, figures, _):
    bench.pair("a", "b")
    slices = series(bench.work / "forty", 40, 512)
    alone = document(bench.run(0, "a", slices, "alone 40"))
    node = bench.node(1, "b")
    resident = lambda: int(
        next(line for line in open(f"/proc/{node.process.pid}/status") if line.startswith("VmRSS")).split()[1]
    )
    try:
        # Once, so that what a job needs is there before memory is looked at.
        document(bench.run(0, "a", slices, "before", "--mesh", "--dial", node.place))
        before = resident()
        attack = subprocess.Popen(
            bench.network.on(2, bench.parts, "strangers", node.place, STRANGERS), stdout=subprocess.PIPE, text=True
        )
        jobs = 0
        while attack.poll() is None or jobs == 0:
            job = document(bench.run(0, "a", slices, f"meanwhile {jobs}", "--mesh", "--dial", node.place))
            assert job["output_digest"] == alone["output_digest"], "the digest differs under attack"
            assert sum(member["done"] for member in job["members"]) == 40
            jobs += 1
        told = json.loads(attack.stdout.read())
        after = resident()
        known = document(bench.network.on(1, *bench.cli("b", "peers", "--json")))
    finally:
        node.kill()
    window = Living(bench.network.on(1, *bench.cli("b", "pair", "--show", "--json")))
    place = f"{address(1)}:{window.port()}"
    guesses = [
        subprocess.run(
            bench.network.on(2, *bench.cli("s", "pair", "zoo zoo zoo zoo zoo zoo", "--address", place)),
            capture_output=True,
        ).returncode
        for _ in range(4)
    ]
    window.process.wait(timeout=30)
    figures["strangers"], figures["jobs_meanwhile"] = told, jobs
    figures["wrong_codes_refused"] = sum(code == 1 for code in guesses)
    figures["strangers_let_in"] = told["keys"] - told["keys_refused"] + len(known) - 1 + guesses.count(0)
    figures["strangers_memory_mb"] = (after - before) / 1000


PARTS = {"discovery": discovery, "tasks": tasks, "two": two_nodes, "strangers": strangers, "faults": faults}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("built", type=pathlib.Path)
    arguments.add_argument("--only", action="append", choices=PARTS)
    arguments.add_argument("--runs", type=int, default=50)
    arguments.add_argument("--out", type=pathlib.Path)
    given = arguments.parse_args()
    figures, missed = {}, False
    for name in given.only or PARTS:
        network = Network(HOSTS)
        try:
            with tempfile.TemporaryDirectory() as work:
                PARTS[name](Bench(given.built.resolve(), pathlib.Path(work), network), figures, given.runs)
        finally:
            network.remove()
        print(name, json.dumps(figures), file=sys.stderr)
    for name, (relation, limit) in LIMITS.items():
        if name in figures:
            held = figures[name] <= limit if relation == "<=" else figures[name] >= limit
            missed = missed or not held
            print(f"{'held  ' if held else 'MISSED'} {name} = {figures[name]} ({relation} {limit})", file=sys.stderr)
    answer = json.dumps({"cores": os.cpu_count(), "figures": figures})
    print(answer)
    if given.out:
        given.out.write_text(answer + "\n")
    sys.exit(3 if missed else 0)


if __name__ == "__main__":
    main()
