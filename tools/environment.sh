# Sourced by ./run and ./test: makes the environments they need.

# Prints the first Python that is new enough.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "fourfold needs Python 3.11 or newer; install it (\`apt install python3\`) or name it: PYTHON=/path/to/python3 $0" >&2
  return 2
}

# Installs Debian packages where that is possible without asking anybody; says what is missing elsewhere.
debian_install() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } >/dev/null 2>&1
  else
    return 1
  fi
}

# make_environment ROOT run|test: sets FOURFOLD_PYTHON to the Python of an environment with the hash-pinned requirements.
# The environment is made anew when the requirements or the Python change.
make_environment() {
  local root=$1 kind=$2 python stamp folder
  python=$(find_python) || return 2
  folder="$root/.venv/$kind"
  FOURFOLD_PYTHON="$folder/bin/python"
  stamp=$({ "$python" -c 'import sys; print(sys.version, sys.executable)'; cat "$root/requirements/$kind.txt"; } | sha256sum | cut -c1-16)
  [ -x "$FOURFOLD_PYTHON" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ] && return 0
  echo "making the environment .venv/$kind (once) ..." >&2
  rm -rf "$folder"
  if ! "$python" -m venv "$folder" >/dev/null 2>&1; then
    rm -rf "$folder"
    debian_install python3-venv || true
    if ! "$python" -m venv "$folder" >/dev/null 2>&1; then
      echo "$python cannot make an environment; install its venv module (\`apt install python3-venv\`) and run $0 again" >&2
      return 2
    fi
  fi
  "$FOURFOLD_PYTHON" -m pip install -q --disable-pip-version-check --no-input --require-hashes \
    -r "$root/requirements/$kind.txt" >&2
  echo "$stamp" > "$folder/stamp"
}

# Programs that serve as independent judges in tests. A test whose judge is missing says so and is skipped.
make_oracles() {
  local root=$1
  "$FOURFOLD_PYTHON" -c 'import cvc5' 2>/dev/null ||
    "$FOURFOLD_PYTHON" -m pip install -q --disable-pip-version-check --no-input --no-deps cvc5==1.4.2 >/dev/null 2>&1 ||
    echo "cvc5 could not be installed: comparisons of policies are not checked with it" >&2
  command -v kubectl >/dev/null || debian_install kubernetes-client || echo "kubectl is missing: kustomize is not compared with it" >&2
  { command -v nft && command -v ip; } >/dev/null || debian_install nftables iproute2 ||
    echo "nft or ip is missing: network policies are not compared with packet filters of the kernel" >&2
  command -v npm >/dev/null || debian_install nodejs npm || true
  if command -v npm >/dev/null; then
    [ -d "$root/.venv/npm/node_modules/@microsoft/sarif-multitool" ] ||
      npm install --silent --no-audit --no-fund --no-save --prefix "$root/.venv/npm" @microsoft/sarif-multitool@5.7.0 >/dev/null ||
      echo "sarif-multitool could not be installed: SARIF is not compared with it" >&2
    # A folder of its own: npm takes away what an earlier install without package.json put there.
    [ -d "$root/.venv/npm-iam/node_modules/@cloud-copilot/iam-simulate" ] ||
      npm install --silent --no-audit --no-fund --no-save --prefix "$root/.venv/npm-iam" @cloud-copilot/iam-simulate@0.1.173 >/dev/null ||
      echo "iam-simulate could not be installed: decisions of IAM are not compared with it" >&2
  else
    echo "npm is missing: SARIF is not validated by sarif-multitool, decisions of IAM are not compared with iam-simulate" >&2
  fi
}
