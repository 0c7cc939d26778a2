"""Network namespaces with packet filters, and probes between them: what the Linux kernel makes of rules.

Every end has a namespace of its own, behind one router. The namespaces have no names: they live as long as this process
holds their descriptors, so nothing is left over however it ends, and no packet leaves them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

CLONE_NEWNET = 0x40000000
GATEWAY = "169.254.1.1"
PATIENCE = 5.0
"""Seconds in which what should arrive has to."""
GRACE = 0.05
"""Seconds in which what should not arrive is waited for afterwards."""
AGAIN = 0.1
"""Seconds after which datagrams are sent again: an interface that has just come up may lose some."""


class Probe(NamedTuple):
    """A connection from one end to a port of another, by the numbers of the ends."""

    source: int
    destination: int
    protocol: str
    port: int


def missing() -> str:
    """What of the machine keeps this from running; empty where it runs."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program, package in (("nft", "nftables"), ("ip", "iproute2")):
        if shutil.which(program) is None:
            return f"`{program}` is missing (package {package})"
    try:
        with Namespaces(["10.0.0.1"]) as found:
            found.filter(0, "table ip f {\nchain i {\ntype filter hook input priority 0\nct state new accept\n}\n}\n")
    except (OSError, RuntimeError) as error:
        return f"the kernel offers no network namespaces with packet filters: {error}"
    return ""


class Namespaces:
    """Ends with one address each, and a router between them."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._open: list[int] = []

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for descriptor in (*self._open, self._home):
            os.close(descriptor)
        self._open = []

    def _make(self) -> None:
        for _ in range(len(self.addresses) + 1):
            try:
                _call("unshare", CLONE_NEWNET)
                self._open.append(os.open("/proc/self/ns/net", os.O_RDONLY))
            finally:
                _call("setns", self._home, CLONE_NEWNET)
        lines = []
        for i, address in enumerate(self.addresses):
            path = f"/proc/{os.getpid()}/fd/{self._open[i]}"
            lines += [
                f"link add v{i} address {_mac(1, i)} type veth peer name eth0 address {_mac(0, i)} netns {path}",
                f"link set v{i} up",
                f"route add {address}/32 dev v{i}",
                f"neigh add {address} lladdr {_mac(0, i)} dev v{i} nud permanent",
            ]
        with self._inside(len(self.addresses)):
            _run(["ip", "-batch", "-"], "\n".join(lines))
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        for i, address in enumerate(self.addresses):
            with self._inside(i):
                _run(["ip", "-batch", "-"], "\n".join([
                    "link set lo up", f"addr add {address}/32 dev eth0", "link set eth0 up",
                    f"route add {GATEWAY} dev eth0", f"neigh add {GATEWAY} lladdr {_mac(1, i)} dev eth0 nud permanent",
                    f"route add default via {GATEWAY}",
                ]))  # fmt: skip

    @contextlib.contextmanager
    def _inside(self, end: int) -> Iterator[None]:
        _call("setns", self._open[end], CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", self._home, CLONE_NEWNET)

    def filter(self, end: int, rules: str) -> None:
        """Give an end its packet filter. Raises RuntimeError with what nft says of it."""
        with self._inside(end):
            _run(["nft", "-f", "-"], rules)

    def arriving(self, probes: Iterable[Probe], expected: set[Probe]) -> set[Probe]:
        """The probes that get through. Those that are expected are waited for."""
        probes = list(probes)
        with contextlib.ExitStack() as stack:
            poll = stack.enter_context(select.epoll())
            sockets = self._listen({(p.destination, p.protocol, p.port) for p in probes}, stack)
            for listener in sockets:
                poll.register(listener, select.EPOLLIN)
            senders = self._send(probes, stack)
            for made, probe in senders.values():
                if probe.protocol == "TCP":
                    poll.register(made, select.EPOLLOUT)
            return _arrived(poll, sockets, senders, probes, expected)

    def _listen(self, wanted: set[tuple[int, str, int]], stack: contextlib.ExitStack) -> dict[int, socket.socket]:
        """Descriptor: socket, of those for UDP; those for TCP answer by themselves."""
        out: dict[int, socket.socket] = {}
        for end in sorted({end for end, _, _ in wanted}):
            with self._inside(end):
                for _, protocol, port in sorted(w for w in wanted if w[0] == end):
                    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
                    made = stack.enter_context(socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK))
                    made.bind((self.addresses[end], port))
                    if protocol == "TCP":
                        made.listen(256)
                    else:
                        out[made.fileno()] = made
        return out

    def _send(self, probes: Sequence[Probe], stack: contextlib.ExitStack) -> dict[int, tuple[socket.socket, Probe]]:
        """Descriptor: socket and probe."""
        out: dict[int, tuple[socket.socket, Probe]] = {}
        for end in sorted({p.source for p in probes}):
            with self._inside(end):
                for number, probe in enumerate(probes):
                    if probe.source == end:
                        kind = socket.SOCK_STREAM if probe.protocol == "TCP" else socket.SOCK_DGRAM
                        made = stack.enter_context(socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK))
                        made.connect_ex((self.addresses[probe.destination], probe.port))
                        out[made.fileno()] = made, probe
                        if probe.protocol == "UDP":
                            _datagram(made, number)
        return out


def _datagram(made: socket.socket, number: int) -> None:
    with contextlib.suppress(PermissionError):  # what a filter drops on its way out
        made.send(str(number).encode())


def _arrived(
    poll: select.epoll,
    sockets: dict[int, socket.socket],
    senders: dict[int, tuple[socket.socket, Probe]],
    probes: Sequence[Probe],
    expected: set[Probe],
) -> set[Probe]:
    found: set[Probe] = set()
    numbers = {probe: number for number, probe in enumerate(probes)}
    end = time.monotonic() + PATIENCE
    complete = False
    while (left := end - time.monotonic()) > 0:
        events = poll.poll(min(left, AGAIN))
        for descriptor, _ in events:
            if descriptor in senders:
                made, probe = senders[descriptor]
                if not made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    found.add(probe)
                poll.unregister(descriptor)
            else:
                found.add(probes[int(sockets[descriptor].recv(16))])
        if not complete and expected <= found:  # from here on only for what should not arrive
            complete, end = True, time.monotonic() + GRACE
        if not events and not complete:
            for made, probe in senders.values():
                if probe.protocol == "UDP" and probe not in found:
                    _datagram(made, numbers[probe])
    return found


def _mac(kind: int, number: int) -> str:
    return f"02:00:00:00:{kind:02x}:{number:02x}"


def _call(name: str, *arguments: int) -> None:
    """A system call of the C library, which Python has only from 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def _run(command: Sequence[str], text: str) -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
