"""A bad line between two network namespaces: each packet is delayed by itself, so that they overtake each other, and some are lost.

    bad_line.py NAMESPACE ADDRESS NAMESPACE ADDRESS SEED

Makes a TUN device `bad0` in each namespace, prints `ready`, and carries packets until its standard input ends.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

DELAY_S = 0.010
JITTER_S = 0.010
LOSS = 0.01
PACKET_BYTES_MAX = 2048
# Packets on the line at a time; more are lost, as on any line.
PACKETS_MAX = 10_000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
CLONE_NEWNET = 0x40000000


def enter(namespace):
    with open(f"/var/run/netns/{namespace}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")


def device(namespace, address):
    enter(namespace)
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", b"bad0", IFF_TUN | IFF_NO_PI))
    for line in (["address", "add", address, "dev", "bad0"], ["link", "set", "bad0", "up", "mtu", "1400"]):
        subprocess.run(["ip", *line], check=True)
    return end


def main():
    one, address, other, other_address, seed = sys.argv[1:]
    ends = [device(one, address), device(other, other_address)]
    chance = random.Random(int(seed))
    print("ready", flush=True)
    on_the_line, count = [], 0
    while True:
        now = time.monotonic()
        while on_the_line and on_the_line[0][0] <= now:
            _, _, end, packet = heapq.heappop(on_the_line)
            try:
                os.write(end, packet)
            except BlockingIOError:
                pass  # The queue of the device is full, and the packet is lost.
        wait = max(0.0, on_the_line[0][0] - now) if on_the_line else None
        readable, _, _ = select.select([*ends, sys.stdin], [], [], wait)
        if sys.stdin in readable and not sys.stdin.buffer.read1(1):
            return
        for end in readable:
            if end not in ends:
                continue
            packet = os.read(end, PACKET_BYTES_MAX)
            if chance.random() < LOSS or len(on_the_line) >= PACKETS_MAX:
                continue
            due = time.monotonic() + DELAY_S + chance.random() * JITTER_S
            count += 1
            heapq.heappush(on_the_line, (due, count, ends[1 - ends.index(end)], packet))


if __name__ == "__main__":
    main()
