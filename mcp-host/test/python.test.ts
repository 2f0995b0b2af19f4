import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { InstallError } from "../src/install/errors.ts";
import { DEFAULT_POLICY } from "../src/install/install-run.ts";
import { installPypi } from "../src/install/pypi.ts";
import { parsePythonDemands, summarizeUvFailure } from "../src/install/python.ts";
import type { InstallPolicy } from "../src/install/types.ts";

const folder = await mkdtemp(join(tmpdir(), "catwalk-python-"));
after(() => rm(folder, { recursive: true, force: true }));

/**
 * Stands in for uv, which would fetch a Python from the internet: its environments have the Python that they were asked for, it
 * installs into those of 3.12 only, and knows nothing from 3.99 on. Every call is kept, with the folder for Pythons.
 */
const UV = `#!/bin/sh
printf '%s %s\\n' "$UV_PYTHON_INSTALL_DIR" "$*" >> "$CALLS"
if [ "$1" = venv ]; then
  asked=3.11
  while [ $# -gt 1 ]; do [ "$1" = --python ] && asked=$2; shift; done
  case "$asked" in *3.99*)
    echo "error: Failed to download \\\`https://me:secret@mirror.example/3.99\\\`" >&2
    echo "  cause: error sending request" >&2
    echo "  cause: dns error" >&2
    exit 2 ;;
  esac
  [ -e "$1" ] && echo "error: there is an environment already" >&2 && exit 2
  mkdir -p "$1/bin" && echo "$asked" > "$1/asked"
  printf '#!/bin/sh\\necho %s\\n' "'{\\"scripts\\":[\\"server\\"],\\"requires\\":[],\\"mcp\\":null}'" > "$1/bin/python"
  chmod +x "$1/bin/python"
  exit 0
fi
echo "Using Python environment at: venv" >&2
case "$(cat venv/asked)" in
  *3.12*'<3.14'*) printf '#!/bin/sh\\n' > venv/bin/server && chmod +x venv/bin/server; exit 0 ;;
  *3.12*) demand="of-it==2 requires Python >=3.11, <3.14" ;;
  *) demand="$DEMAND" ;;
esac
echo "error: No solution found when resolving dependencies" >&2
echo "  cause: Because $demand and you require it, we can conclude that your requirements are unsatisfiable." >&2
exit 1
`;

async function installWith(name: string, demand: string, policy?: InstallPolicy, uv = UV) {
  const bin = join(folder, name, "bin");
  const root = join(folder, name, "install");
  const calls = join(folder, name, "calls");
  await mkdir(bin, { recursive: true });
  // Written into it, since only the variables that a package client gets reach it.
  await writeFile(join(bin, "uv"), uv.replace("$CALLS", calls).replace("$DEMAND", demand));
  await chmod(join(bin, "uv"), 0o755);
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  const spec = { registry: "pypi" as const, name: "server", extras: [], version: "1.0" };
  const context = { entry: null, env, onLine: () => {}, ...(policy && { policy }) };
  const result = await installPypi(spec, root, context).catch((error: unknown) => error);
  return { result, root, calls: (await readFile(calls, "utf8")).trim().split("\n") };
}

describe("a PyPI package that needs another Python than the machine's", () => {
  test("uv fetches a Python that meets all requirements into the install folder, and the server starts without uv", async () => {
    const { result, root, calls } = await installWith("fits", "server==1.0 requires Python >=3.12, !=3.12.0");
    assert.ok(!(result instanceof Error), String(result));
    const { command, args } = result as { command: string; args: string[] };
    assert.match(command, /\/venv\/bin\/server$/);
    assert.ok(command.startsWith(`${root}/`));
    assert.deepEqual(args, []);
    assert.ok((await stat(command)).isFile());
    assert.deepEqual(
      calls.map((line) => line.replaceAll(/\S+\/venv(\/bin\/python)?/g, "VENV$1")),
      [
        `${root}/python venv --quiet VENV`,
        `${root}/python pip install --python VENV/bin/python -- server==1.0`,
        `${root}/python venv --quiet --python >=3.12,!=3.12.0 VENV`,
        `${root}/python pip install --python VENV/bin/python -- server==1.0`,
        `${root}/python venv --quiet --python >=3.12,!=3.12.0,>=3.11,<3.14 VENV`,
        `${root}/python pip install --python VENV/bin/python -- server==1.0`,
      ],
    );
  });

  test("a Python that only root can start is replaced by one of uv's own", {
    skip: process.getuid?.() !== 0,
  }, async () => {
    const hidden = join(folder, "root-only");
    await mkdir(hidden, { mode: 0o700 });
    await chmod(folder, 0o755);
    const own = UV.replace(
      "  exit 0\nfi",
      `  case "$FLAGS" in *--managed-python*) ;; *3.12*) mv "$1/bin/python" ${hidden}/python; ln -s ${hidden}/python "$1/bin/python" ;; esac\n  exit 0\nfi`,
    ).replace("asked=3.11\n", 'asked=3.11\n  FLAGS="$*"\n');
    const policy: InstallPolicy = { ...DEFAULT_POLICY, users: [52_000, 52_100] };
    const demand = "server==1.0 requires Python >=3.12, <3.14";
    const { result, calls } = await installWith("root", demand, policy, own);
    assert.ok(!(result instanceof Error), String(result));
    const made = calls.filter((line) => / venv .*3\.12/.test(line)).map((line) => line.includes("--managed-python"));
    assert.deepEqual(made, [false, true]);
  });

  test("the error states the requirement and uv's reason when uv has no such Python", async () => {
    const { result } = await installWith("future", "server==1.0 requires Python >=3.99");
    assert.ok(result instanceof InstallError);
    assert.deepEqual(
      [result.code, result.message],
      [
        "runtime_too_old",
        "server 1.0 needs another version of Python: >=3.99; uv brought none: Failed to download `https://mirror.example/3.99` (dns error)",
      ],
    );
  });
});

/** Stands in for uv, which writes every project's name in its normalized spelling. */
const LOCKING_UV = `#!/bin/sh
for last; do :; done
case "$1 $2" in
  venv*)
    mkdir -p "$last/bin"
    printf '#!/bin/sh\\necho %s\\n' "'{\\"scripts\\":[\\"server\\"],\\"requires\\":[],\\"mcp\\":null,\\"installed\\":[\\"Odd_Name.Thing==2.0\\",\\"server==1.0\\"]}'" > "$last/bin/python"
    chmod +x "$last/bin/python" ;;
  "pip install") printf '#!/bin/sh\\n' > venv/bin/server && chmod +x venv/bin/server ;;
  "pip compile")
    while [ "$1" != -o ]; do shift; done
    printf 'odd-name-thing==2.0 --hash=sha256:aa\\nserver==1.0 --hash=sha256:bb\\n' > "$2" ;;
esac
`;

test("uv's lock holds for a package whose own spelling of its name differs from the index's", async () => {
  const bin = join(folder, "locks", "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "uv"), LOCKING_UV);
  await chmod(join(bin, "uv"), 0o755);
  const spec = { registry: "pypi" as const, name: "server", extras: [], version: "1.0" };
  const context = { entry: null, env: { PATH: `${bin}:/usr/bin:/bin` }, onLine: () => {} };
  const { lock } = await installPypi(spec, join(folder, "locks", "install"), context);
  assert.match(lock?.content ?? "", /^odd-name-thing==2\.0 --hash=sha256:aa$/m);
});

test("the parser finds the requirement in each of uv's wordings, and null without one", () => {
  assert.deepEqual(
    parsePythonDemands("Because a==1 requires Python >=3.12, <3.14 and b requires Python ==3.13.*, we"),
    [">=3.12,<3.14", "==3.13.*"],
  );
  assert.deepEqual(
    parsePythonDemands(
      "the current Python version (3.11.7) does not satisfy Python>=3.12 and a==1 depends on Python~=3.12.1",
    ),
    [">=3.12", "~=3.12.1"],
  );
  assert.deepEqual(parsePythonDemands("Because there is no version of a==9 and you require a==9, we can conclude"), []);
  assert.equal(summarizeUvFailure("\n"), "no reason given");
});
