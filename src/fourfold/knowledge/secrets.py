"""What a secret in plain text looks like: by the name of its variable, by its own format, by where it stands in a URL.

A name alone says what is meant (`DB_PASSWORD`); the shape of the value then says whether the secret itself stands there
or something that leads to it (an ARN, a path, a reference, a switch). Nothing is decided by entropy.

Formats of keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes,
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats,
https://docs.gitlab.com/security/tokens/#token-prefixes, https://docs.slack.dev/authentication/tokens,
https://docs.stripe.com/keys, RFC 7468 (text encodings of keys), RFC 3986 section 3.2.1 (user information in URLs).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

import msgspec

Kind = Literal["password", "key", "secret", "token", "credentials", ""]


class Suspicion(msgspec.Struct, frozen=True):
    """Why a text is taken for a secret."""

    what: str
    """What it is: `password`, `AWS access key id`, ..."""
    why: str
    """How that was seen: `by its name`, `by its format`, ..."""
    secret: str
    """The part of the text that is secret."""
    guessable: bool = False
    """Whether it is one of the values everybody tries first."""

    def __str__(self) -> str:
        """With its article, for sentences."""
        return f"{'an' if self.what[:1] in 'AEIO' else 'a'} {self.what}" if self.what != "credentials" else self.what


# -- formats -----------------------------------------------------------------------------------------------------------

_FORMATS: tuple[tuple[str, str, str], ...] = (
    ("AKIA", "AWS access key id", r"\bAKIA[A-Z2-7]{16}\b"),
    ("ASIA", "AWS temporary access key id", r"\bASIA[A-Z2-7]{16}\b"),
    ("gh", "GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    ("github_pat_", "GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    ("glpat-", "GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("xox", "Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("hooks.slack.com", "Slack webhook", r"hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"),
    ("k_live_", "Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    ("AIza", "Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("npm_", "npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("pypi-", "PyPI token", r"\bpypi-AgE[A-Za-z0-9_-]{40,}"),
    ("SG.", "SendGrid key", r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("dop_v1_", "DigitalOcean token", r"\bdop_v1_[a-f0-9]{64}\b"),
    ("sk-", "OpenAI or Anthropic key", r"\bsk-(?:ant-|proj-)[A-Za-z0-9_-]{20,}"),
    ("PRIVATE KEY", "private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
)

_IN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@")
_IN_CONNECTION_STRING = re.compile(r"(?:^|[;?&\s])(?:password|pwd)=([^;&\s]+)", re.IGNORECASE)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def by_format(text: str) -> Suspicion | None:
    """A secret that its own format gives away, wherever it stands."""
    for needle, what, pattern in _FORMATS:
        if needle in text and (match := _compiled(pattern).search(text)) and not stands_in(match[0]):
            return Suspicion(what, "by its format", match[0])
    if "://" in text and (match := _IN_URL.search(text)) and not stands_in(match[1]):
        return Suspicion("password", "in the user information of a URL", match[1])
    if "=" in text and (match := _IN_CONNECTION_STRING.search(text)) and not stands_in(match[1]):
        return Suspicion("password", "in a connection string", match[1])
    return None


# -- names -------------------------------------------------------------------------------------------------------------

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS = {"password", "passwd", "passphrase", "passcode", "pwd", "pass", "pw"}
_GLUED = re.compile(r"(?:password|passwd|passphrase|apikey|secretkey|privatekey|accesskey)$")
_KEYS = {
    "api", "access", "secret", "private", "encryption", "signing", "auth", "master", "hmac", "jwt", "aes", "decryption",
}  # fmt: skip
_SECRETS = {
    "client", "jwt", "app", "session", "cookie", "auth", "signing", "webhook", "oauth", "oauth2", "consumer", "shared",
    "hmac", "flask", "django", "api", "access", "rails",
}  # fmt: skip
_TOKENS = {"auth", "access", "api", "bearer", "vault", "bot", "refresh", "github", "gitlab", "slack", "npm", "admin"}
_AFTER = {
    "prod", "production", "dev", "development", "test", "staging", "stage", "qa", "uat", "local", "default", "value",
    "plain", "plaintext", "text", "string", "base64", "b64", "old", "new", "current", "previous", "primary", "secondary",
}  # fmt: skip
"""Words that may follow the noun without changing what it is; after any other (`NAME`, `ARN`, `EXPIRY`) it is not the
secret itself."""
_BEFORE = {
    "public", "publishable", "no", "non", "skip", "disable", "disabled", "enable", "enabled", "use", "require",
    "requires", "required", "allow", "allows", "has", "is", "show", "hide", "generate", "random", "rotate", "reset",
    "forgot", "change", "min", "max", "num", "count", "empty", "with", "without", "partition", "sort", "next",
}  # fmt: skip
"""Words before the noun that make it a switch, a number or something public."""


@lru_cache(maxsize=4096)
def kind_of_name(name: str) -> tuple[Kind, bool]:
    """What a variable of this name holds, and whether the name alone is enough to say that a literal is a secret."""
    words = [w.lower() for w in _WORDS.findall(name)]
    while words and (words[-1].isdigit() or words[-1] in _AFTER):
        words.pop()
    if not words or _BEFORE & set(words):
        return "", False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if _GLUED.search(last):
        return ("password" if "pass" in last else "key"), True
    if last in _PASSWORDS:
        return ("", False) if not before and last in {"pwd", "pass", "pw"} else ("password", True)
    if last in {"key", "keys"} and before:
        return ("key", True) if before in _KEYS else ("", False)
    if last in {"secret", "secrets"}:
        return "secret", before in _SECRETS
    if last == "token":
        return "token", before in _TOKENS
    if last in {"credential", "credentials", "creds"}:
        return "credentials", False
    return "", False


# -- values ------------------------------------------------------------------------------------------------------------

_SWITCHES = {
    "", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled", "undefined", "n/a",
    "unset",
}  # fmt: skip
_STANDS_IN = re.compile(
    r"<.*>|\$\{.*|\$\(.*|\$[A-Za-z_]\w*|\{\{.*|%.*%|\[.*\]|#\{.*|@.*@|x{3,}|\*{3,}|\.{3,}|_+|-+"
    r"|your.*|replace.*|insert.*|enter.*|put.*here|todo.*|fixme.*|placeholder.*|.*_here|.*-here|\?+",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_FOR_IT = re.compile(
    r"(?:^|[^A-Za-z])(?:your|enter|replace|insert|placeholder|goes[ _-]here)(?:[^A-Za-z]|$)", re.IGNORECASE
)
"""Words that ask the reader to write something else there, wherever they stand: `xoxb-your-token`."""
_OPTIONS = re.compile(r"[\w-]+(?:,[\w-]+=[^,]*)+")
"""A kind of token with its options, as etcd takes it: `jwt,priv-key=/keys/token.pem,ttl=10m`."""
_LEADS_TO = re.compile(
    r"arn:.*|/.*|\.{1,2}/.*|~/.*|file:.*|[A-Za-z]:\\.*|[A-Za-z][A-Za-z0-9+.-]*://.*|\$\..*", re.DOTALL
)
_DUMMIES = {"test", "testing", "dummy", "fake", "sample", "example", "demo", "mock", "foo", "bar", "abc", "string"}
_GUESSABLE = {
    "password", "passw0rd", "pass", "admin", "root", "secret", "changeme", "change_me", "change-me", "default", "test",
    "guest", "postgres", "mysql", "123456", "12345678", "1234", "12345", "qwerty", "letmein", "welcome", "toor",
    "changeit", "password1", "password123", "admin123", "example", "supersecret",
}  # fmt: skip


def stands_in(text: str) -> bool:
    """Whether a text only marks the place of a value: `<password>`, `${PASSWORD}`, `your-key-here`, `xxxx`, and the keys
    that AWS's documentation uses as examples."""
    text = text.strip()
    if "{{resolve:" in text or text.endswith(("EXAMPLE", "EXAMPLEKEY")):
        return True
    return _STANDS_IN.fullmatch(text) is not None or _ASKS_FOR_IT.search(text) is not None


def leads_elsewhere(text: str) -> bool:
    """Whether a text says where a value is, and is not the value: an ARN, a path, a URL."""
    return _LEADS_TO.fullmatch(text.strip()) is not None


def looks_generated(text: str) -> bool:
    """Whether a text is not made of plain words and numbers: `my-db-secret-2` and `MyApiKey` are, `x7Gk2pQ9` is not."""
    if len(text) < 8 or any(c.isspace() for c in text):
        return False
    parts = [p for p in re.split(r"[-_/.:]", text) if p]
    return not all(p.isdigit() or (p.isalpha() and _wordlike(p)) for p in parts)


def _wordlike(letters: str) -> bool:
    """Whether upper and lower case change as seldom as in words that are written together."""
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(letters))
    return changes <= 0.4 * len(letters)


def suspicion(name: str, text: str) -> Suspicion | None:
    """Why the text of a variable is taken for a secret; None where it is not."""
    found = by_format(text)
    if found is not None:
        return found
    kind, enough = kind_of_name(name)
    if not kind:
        return None
    value = text.strip()
    low = value.lower()
    if low in _SWITCHES or stands_in(value) or leads_elsewhere(value):
        return None
    plain = not looks_generated(value)
    if kind != "password" and (value.isdigit() or low in _DUMMIES or (plain and (kind == "key" or not enough))):
        return None  # Keys are made by machines; a word in the place of one only marks it.
    if kind != "password" and (
        len(value) < 4 or len(value.split()) > 2
    ):  # `Bearer abc` may be one, a sentence is none.
        return None
    if kind == "token" and _OPTIONS.fullmatch(value):
        return None
    return Suspicion(kind, f"by the name `{name}`", value, guessable=low in _GUESSABLE)


# -- texts that hold many values ---------------------------------------------------------------------------------------

_ASSIGNMENT = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(?:export[ \t]+|set[ \t]+|ENV[ \t]+)?[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*[=:][ \t]*(.*?)[ \t;,]*$",
    re.MULTILINE,
)
ASSIGNMENTS_MAX = 2000
"""Lines of one script or configuration file that are looked at."""


def suspicions_in(text: str) -> list[tuple[str, Suspicion]]:
    """Secrets in a script or configuration file, each with the name it is given: lines such as `export NAME=value`,
    `name: value`, and formats anywhere."""
    out: list[tuple[str, Suspicion]] = []
    for count, match in enumerate(_ASSIGNMENT.finditer(text)):
        if count == ASSIGNMENTS_MAX:
            break
        value = match[2].strip().strip("\"'")
        found = suspicion(match[1], value) if not _computed(value) else None
        if found is not None:
            out.append((match[1], found))
    format_ = by_format(text)
    if format_ is not None and all(format_.secret not in s.secret and s.secret not in format_.secret for _, s in out):
        out.append(("", format_))
    return out


def _computed(value: str) -> bool:
    """Whether a shell or a template works the value out."""
    return "$(" in value or "`" in value or "${" in value or "$" in value[:1] or "{{" in value
