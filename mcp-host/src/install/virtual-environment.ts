import { existsSync } from "node:fs";
import { realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InstallError } from "./errors.ts";
import type { InstallRun } from "./install-run.ts";
import { findPython, parsePythonDemands, summarizeUvFailure } from "./python.ts";
import { dropHashes, lockWithUv, readPipReport } from "./python-lock.ts";
import { findProgram, type RunResult, run } from "./run.ts";
import type { PackageSpec } from "./spec.ts";
import type { InstallContext, PackageLock } from "./types.ts";

/** Meeting one demand on Python can reveal the next: first the package's own, then those of its dependencies. */
const MAX_PYTHONS = 4;
const PROBE_TIMEOUT_MS = 20_000;
const PIP = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];

/** What to install: requirements, or a file of requirements with hashes. */
interface Wanted {
  wants: string[];
  requirements?: string;
  /** They name every package, so that none is resolved. */
  isClosed?: boolean;
}

/** The virtual environment of one install, in its folder `venv`. */
export class VirtualEnvironment {
  readonly #install: InstallRun;
  readonly #context: InstallContext;
  readonly #spec: PackageSpec;
  readonly #venv: string;
  readonly #python: string;
  /** Where pip writes what it has chosen. */
  readonly #report: string;
  /** Demands on Python that were met so far. */
  readonly #demands: string[] = [];

  constructor(install: InstallRun, context: InstallContext, spec: PackageSpec) {
    this.#install = install;
    this.#context = context;
    this.#spec = spec;
    this.#venv = join(install.target, "venv");
    this.#report = join(install.target, "tmp", "report.json");
    this.#python = join(this.#venv, "bin", "python");
  }

  /**
   * Recreates the environment and installs packages into it. Returns the last attempt, which can have failed. Throws InstallError
   * when there is no Python.
   *
   * @param wants requirements, as PEP 508 writes them
   */
  async fill(wants: string[]): Promise<RunResult> {
    return await this.#fill({ wants });
  }

  /** Recreates the environment from requirements with hashes, and installs nothing else. Returns and throws as `fill`. */
  async fillFrom(lock: PackageLock): Promise<RunResult> {
    if (lock.platform !== null && lock.platform !== (await this.describePlatform())) {
      this.#context.onLine("the hashes of this package are for another Python or platform: taking its versions alone");
      return await this.#fill({ wants: dropHashes(lock.content), isClosed: true });
    }
    const file = join(this.#install.target, "tmp", "requirements.txt");
    await writeFile(file, lock.content);
    return await this.#fill({ wants: [], requirements: file, isClosed: true });
  }

  /** Returns what the files of the environment are for: version of Python and platform. */
  async describePlatform(): Promise<string> {
    const uv = findProgram("uv", this.#install.clientEnvironment.PATH);
    if (!existsSync(this.#python)) await this.#create(uv);
    const script = "import sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform())";
    return (await this.#install.runClient(this.#python, ["-I", "-S", "-c", script])).stdout.trim();
  }

  /**
   * Returns a lock of what `fill` has installed, or null when its hashes cannot be learned.
   *
   * @param pins what is installed, each NAME==VERSION
   */
  async lock(pins: readonly string[]): Promise<PackageLock | null> {
    const uv = findProgram("uv", this.#install.clientEnvironment.PATH);
    if (uv !== null) return await lockWithUv(uv, this.#install, this.#spec, pins);
    return await readPipReport(this.#report, this.#spec, await this.describePlatform());
  }

  async #fill(wanted: Wanted): Promise<RunResult> {
    const isBuildAllowed = this.#install.policy.scripts?.length !== 0;
    const result = await this.#fillOnPython(wanted, false);
    if (result.code === 0 || !isBuildAllowed || !isForWantOfWheels(result.output)) return result;
    this.#context.onLine("a package is not there as a built one: building from source");
    return await this.#fillOnPython(wanted, true);
  }

  /**
   * Compiles the modules, because a server cannot write its own; pip has done so. Python compiles without executing, but hostile sources can make it
   * slow or large, so that it has the rights and limits of a script. A failure costs time at each start and nothing else.
   */
  async compile(): Promise<void> {
    if (findProgram("uv", this.#install.clientEnvironment.PATH) === null) return;
    const args = ["-I", "-S", "-m", "compileall", "-q", join(this.#venv, "lib")];
    await this.#install.runScripts(this.#python, args);
  }

  /** Installs once, and again with another Python for each demand that a package makes on it. */
  async #fillOnPython(wanted: Wanted, mayBuild: boolean): Promise<RunResult> {
    const uv = findProgram("uv", this.#install.clientEnvironment.PATH);
    for (;;) {
      await this.#create(uv);
      const result = await this.#add(uv, wanted, mayBuild);
      if (uv === null || result.code === 0 || this.#demands.length >= MAX_PYTHONS) return result;
      const demand = parsePythonDemands(result.output).find((text) => !this.#demands.includes(text));
      if (demand === undefined) return result;
      this.#demands.push(demand);
      const text = this.#demands.join(",");
      this.#context.onLine(`${this.#spec.name} needs another Python than this one: asking uv for ${text}`);
    }
  }

  async #create(uv: string | null): Promise<void> {
    await rm(this.#venv, { recursive: true, force: true });
    const { clientEnvironment: env, policy } = this.#install;
    const demand = this.#demands.join(",");
    if (uv !== null) {
      // A Python that only root can start is of no use to a server.
      const python = policy.users === null || demand !== "" ? null : await findPython(env, this.#install.pickUser());
      const asked = demand !== "" ? ["--python", demand] : python !== null ? ["--python", python] : [];
      let made = await this.#install.runClient(uv, ["venv", "--quiet", ...asked, this.#venv]);
      if (made.code === 0 && demand !== "" && !(await this.#isStartable())) {
        this.#context.onLine("the Python that uv has found is for root alone: asking for another");
        await rm(this.#venv, { recursive: true, force: true });
        made = await this.#install.runClient(uv, ["venv", "--quiet", "--managed-python", ...asked, this.#venv]);
      }
      if (made.code === 0) return;
      throw demand === "" ? toVenvError(made) : toPythonError(this.#spec, demand, made.output);
    }
    const base = await findPython(env, this.#install.pickUser());
    if (base === null) throw new InstallError("python_missing", "this machine has neither uv nor python3");
    const made = await this.#install.runClient(base, ["-m", "venv", this.#venv]);
    if (made.code !== 0) throw toVenvError(made);
  }

  /** Returns whether the user that the server runs as can start the environment's Python, which can lie in root's own folder. */
  async #isStartable(): Promise<boolean> {
    const user = this.#install.pickUser();
    if (user === null) return true;
    const options = { cwd: "/", env: this.#install.clientEnvironment, timeoutMs: PROBE_TIMEOUT_MS, user };
    return (await run(await realpath(this.#python), ["-I", "-S", "-c", ""], options)).code === 0;
  }

  async #add(uv: string | null, { wants, requirements, isClosed }: Wanted, mayBuild: boolean): Promise<RunResult> {
    const named = requirements === undefined ? ["--", ...wants] : ["--require-hashes", "-r", requirements];
    const rest = [...(isClosed === true ? ["--no-deps"] : []), ...named];
    const install = async (command: string, args: string[]) => {
      if (mayBuild) return await this.#install.runScripts(await this.#install.shareProgram(command), args);
      return await this.#install.runClient(command, args, {
        PIP_ONLY_BINARY: ":all:",
        PIP_NO_BINARY: "",
      });
    };
    if (uv !== null) {
      const flags = await this.#setUvBuilds(mayBuild);
      return await install(uv, ["pip", "install", "--python", this.#python, ...flags, ...rest]);
    }
    const result = await install(this.#python, [...PIP, "--report", this.#report, ...rest]);
    // Before 22.2, pip has no report, and what it installs has no lock.
    return /no such option: --report/.test(result.output) ? await install(this.#python, [...PIP, ...rest]) : result;
  }

  /**
   * Allows or forbids uv to build from source, for which `uv pip` has a setting and no variable. Returns flags that do so where the
   * operator's UV_CONFIG_FILE replaces all other settings.
   */
  async #setUvBuilds(mayBuild: boolean): Promise<string[]> {
    const settings = join(this.#install.target, "uv.toml");
    if (mayBuild) await rm(settings, { force: true });
    else await writeFile(settings, "[pip]\nno-build = true\n");
    return !mayBuild && this.#install.clientEnvironment.UV_CONFIG_FILE !== undefined ? ["--no-build"] : [];
  }
}

/** Returns whether an install can have failed because a package, or a version of it, exists only as a source. */
function isForWantOfWheels(output: string): boolean {
  return /No matching distribution|building from source is disabled|no (?:usable )?wheels|--no-build|from versions:/i.test(
    output,
  );
}

/** Returns the end of a program's output, on one line. */
export function takeLastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" ").slice(0, 500);
}

function toVenvError({ output }: RunResult): InstallError {
  if (/No interpreter found|No Python|ensurepip is not|No module named venv|command not found/i.test(output)) {
    const message = "this machine has no Python that can make a virtual environment";
    return new InstallError("python_missing", message);
  }
  return new InstallError("install_failed", `no virtual environment could be made: ${takeLastLines(output)}`);
}

function toPythonError(spec: PackageSpec, demand: string, output: string): InstallError {
  const message = `${spec.name} ${spec.version} needs another version of Python: ${demand}; uv brought none: ${summarizeUvFailure(output)}`;
  return new InstallError("runtime_too_old", message);
}
