"""The Pod Security Standards, written over the nodes, give the verdicts that Kubernetes' own test data states.

https://kubernetes.io/docs/concepts/security/pod-security-standards/. Each rule below reads node fields only, so this
proves how the fields of container and pod are merged, and their defaults.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from fourfold.linking import link
from fourfold.model.nodes import Container, Workload
from fourfold.model.place import Source
from fourfold.model.value import Value
from fourfold.sources.kubernetes import read
from fourfold.sources.tree import Tree

SHARED = Path(os.environ.get("FOURFOLD_SHARED", Path(__file__).parents[2].parent / "shared"))
DATA = SHARED / "data" / "pod-security.jsonl.gz"

NO_FIELD = {"seccompprofile_baseline": lambda version: version < 19}
"""Cases that hang on what nodes do not say: seccomp by annotation, which servers have not read since 1.27."""

CAPABILITIES = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
SYSCTLS = {
    0: "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start "
    "net.ipv4.tcp_syncookies net.ipv4.ping_group_range",
    27: "net.ipv4.ip_local_reserved_ports",
    29: "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl "
    "net.ipv4.tcp_keepalive_probes",
    32: "net.ipv4.tcp_rmem net.ipv4.tcp_wmem",
}
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def texts(value: Value) -> list[str]:
    return [item.text() for item in value.items()]


def selinux_fails(options: Value, version: int) -> bool:
    types = ["", "container_t", "container_init_t", "container_kvm_t", *(["container_engine_t"] * (version >= 31))]
    return (
        options.get("type").text() not in types or options.get("user").text() != "" or options.get("role").text() != ""
    )


def host_named(container: Container) -> bool:
    """Whether a probe or hook is sent to a host that is named."""
    handlers = [container.at.get(f"{name}Probe") for name in ("liveness", "readiness", "startup")]
    handlers += [container.at.get("lifecycle", name) for name in ("postStart", "preStop")]
    return any(h.get(kind, "host").text() for h in handlers for kind in ("httpGet", "tcpSocket"))


def baseline(w: Workload, version: int) -> dict[str, bool]:
    """Rule: whether the pod breaks it."""
    relaxed = version >= 35 and w.host_users.is_(False)
    sysctls = {name for since, names in SYSCTLS.items() if version >= since for name in names.split()}
    return {
        "hostnamespaces": any(v.is_(True) for v in (w.host_network, w.host_pid, w.host_ipc)),
        "hostpathvolumes": any(v.host_path.present for v in w.volumes),
        "hostports": any(not p.get("hostPort").default(0).is_(0) for c in w.containers for p in c.ports.items()),
        "privileged": any(c.privileged.is_(True) for c in w.containers),
        "capabilities_baseline": any(set(texts(c.capabilities_add)) - CAPABILITIES for c in w.containers),
        "procmount": not relaxed and any(not c.proc_mount.is_("Default") for c in w.containers),
        "seccompprofile_baseline": version >= 19
        and any(c.seccomp.present and c.seccomp.is_("Unconfined") for c in w.containers),
        "apparmorprofile": any(not c.apparmor.is_("RuntimeDefault", "Localhost") for c in w.containers),
        "selinuxoptions": any(selinux_fails(s, version) for s in (w.selinux, *(c.selinux for c in w.containers))),
        "sysctls": any(s.get("name").text() not in sysctls for s in w.sysctls.items()),
        "windowshostprocess": any(c.host_process.is_(True) for c in w.containers),
        "hostprobesandhostlifecycle": version >= 34 and any(map(host_named, w.containers)),
    }


def restricted(w: Workload, version: int) -> dict[str, bool]:
    linux = not (version >= 25 and w.operating_system.is_("windows"))
    relaxed = version >= 35 and w.host_users.is_(False)
    own = {
        "restrictedvolumes": any(v.kind not in VOLUMES for v in w.volumes),
        "runasnonroot": not relaxed and any(not c.non_root.is_(True) for c in w.containers),
        "runasuser": not relaxed and version >= 23 and any(c.user.present and c.user.is_(0) for c in w.containers),
        "allowprivilegeescalation": version >= 8
        and linux
        and any(not c.privilege_escalation.is_(False) for c in w.containers),
        "procmount_restricted": any(not c.proc_mount.is_("Default") for c in w.containers),
        "seccompprofile_restricted": version >= 19
        and linux
        and any(not c.seccomp.is_("RuntimeDefault", "Localhost") for c in w.containers),
        "capabilities_restricted": version >= 22
        and linux
        and any(
            "ALL" not in texts(c.capabilities_drop) or set(texts(c.capabilities_add)) - {"NET_BIND_SERVICE"}
            for c in w.containers
        ),
    }
    return baseline(w, version) | own


LEVELS: dict[str, Callable[[Workload, int], dict[str, bool]]] = {"baseline": baseline, "restricted": restricted}


class Case(msgspec.Struct):
    level: str
    version: str
    verdict: str
    case: str
    pod: msgspec.Raw


@pytest.mark.skipif(not DATA.exists(), reason="shared/data/pod-security.jsonl.gz is not beside the repository")
def test_every_published_verdict() -> None:
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    graphs: dict[bytes, Workload] = {}
    decode = msgspec.json.Decoder(Case).decode
    with gzip.open(DATA) as lines:
        for line in lines:
            case = decode(line)
            pod = bytes(case.pod)
            if pod not in graphs:
                graphs[pod] = link(read(Source("pod.json", pod.decode()), Tree(Path())).resources).of(Workload)[0]
            version, rule = int(case.version.rpartition(".")[2]), re.sub(r"\d+$", "", case.case)
            if rule in NO_FIELD and NO_FIELD[rule](version):
                counts["no field"] += 1
                continue
            broken = {name for name, fails in LEVELS[case.level](graphs[pod], version).items() if fails}
            # A pod that is made to fail fails by the rule it is named after.
            right = rule in broken if case.verdict == "fail" else not broken
            counts["right" if right else "wrong"] += 1
            if not right:
                wrong.append(
                    f"{case.level} {case.version} {case.case} {case.verdict}: {sorted(broken)} {json.loads(pod)}"
                )
    assert wrong[:3] == []
    assert counts == {"right": 2989 - counts["no field"], "no field": 116}
