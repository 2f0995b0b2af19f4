import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { baseName, type FileSet, folderOf, joinPath, type TextFile } from "../fetch/files.ts";
import { parseMetadata, recordOfMetadata } from "../fetch/registries/python-metadata.ts";
import { isPackageName } from "../package-names.ts";
import { isHelperPackage } from "../readers/runner-command.ts";
import type { RepositoryPackage } from "./repository-package.ts";

export const SDK_PACKAGES = new Set([
  "@modelcontextprotocol/sdk",
  "@modelcontextprotocol/server",
  "@modelcontextprotocol/client",
  "@modelcontextprotocol/core",
  "fastmcp",
  "mcp-framework",
  "xmcp",
  "mcp",
  "mcp-use",
  "@mastra/mcp",
  "@hono/mcp",
  "mcp-handler",
  "mcp-lite",
  "litemcp",
  "tmcp",
  "muppet",
  "@rekog/mcp-nest",
  "fastapi-mcp",
  "fastapi_mcp",
]);

const packageJsonSchema = z.looseObject({
  name: z.string().max(300),
  version: z.string().max(200).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  engines: z.looseObject({ vscode: z.unknown().optional() }).optional().catch(undefined),
  main: z.string().max(500).optional().catch(undefined),
  mcpName: z.string().max(300).optional().catch(undefined),
  bin: z
    .union([z.string().max(500), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  dependencies: z.record(z.string(), z.string()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.string()).optional().catch(undefined),
  peerDependencies: z.record(z.string(), z.string()).optional().catch(undefined),
});

const pyprojectSchema = z.looseObject({
  project: z
    .looseObject({
      name: z.string().max(300).optional().catch(undefined),
      version: z.string().max(200).optional().catch(undefined),
      description: z.string().max(5_000).optional().catch(undefined),
      scripts: z.record(z.string(), z.string()).optional().catch(undefined),
      dependencies: z.array(z.string()).optional().catch(undefined),
      authors: z
        .array(z.looseObject({ name: z.string().max(200).optional(), email: z.string().max(200).optional() }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  "build-system": z
    .looseObject({ "build-backend": z.string().max(300).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  tool: z
    .looseObject({
      maturin: z
        .looseObject({ bindings: z.string().max(100).optional().catch(undefined) })
        .optional()
        .catch(undefined),
      "setuptools-rust": z
        .looseObject({ bins: z.array(z.unknown()).optional().catch(undefined) })
        .optional()
        .catch(undefined),
      poetry: z
        .looseObject({
          name: z.string().max(300).optional().catch(undefined),
          description: z.string().max(5_000).optional().catch(undefined),
          scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
          dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Reads the file that describes a package: package.json, pyproject.toml, setup.py, or METADATA of a wheel. Returns null for another one. */
export function readUnit(file: TextFile, set: FileSet): RepositoryPackage | null {
  const name = baseName(file.path);
  if (name === "package.json") return fromPackageJson(file);
  if (name === "pyproject.toml") return fromPyproject(file);
  if (name === "setup.py") return fromSetupPy(file);
  if (file.path.endsWith(".dist-info/METADATA")) return fromWheel(file, set);
  return null;
}

function fromPackageJson(file: TextFile): RepositoryPackage | null {
  let parsed: z.infer<typeof packageJsonSchema>;
  try {
    parsed = packageJsonSchema.parse(JSON.parse(file.text));
  } catch {
    return null;
  }
  if (!isPackageName("npm", parsed.name)) return null;
  const { bin } = parsed;
  const commands =
    typeof bin === "string"
      ? [{ name: parsed.name.replace(/^@[^/]+\//, ""), target: bin }]
      : Object.entries(bin ?? {}).map(([command, target]) => ({ name: command, target }));
  return {
    folder: folderOf(file.path),
    registry: "npm",
    name: parsed.name,
    version: parsed.version ?? null,
    description: parsed.description ?? "",
    // An extension of Visual Studio Code is published elsewhere.
    isPrivate: parsed.private ?? parsed.engines?.vscode !== undefined,
    commands,
    dependencies: Object.keys({ ...parsed.dependencies, ...parsed.devDependencies, ...parsed.peerDependencies }),
    path: file.path,
    mcpName: parsed.mcpName ?? null,
    isServer: false,
    // What is not to be published, such as a website, has such a name by chance.
    // "mcp" is the SDK of PyPI. Of npm it is whatever someone calls a first server.
    isSdk:
      parsed.private !== true &&
      parsed.name !== "mcp" &&
      (SDK_PACKAGES.has(parsed.name) || isHelperPackage(parsed.name)),
  };
}

function fromPyproject(file: TextFile): RepositoryPackage | null {
  let parsed: z.infer<typeof pyprojectSchema>;
  try {
    parsed = pyprojectSchema.parse(parseToml(file.text));
  } catch {
    return null;
  }
  const poetry = parsed.tool?.poetry;
  const name = parsed.project?.name ?? poetry?.name;
  if (!name || !isPackageName("pypi", name)) return null;
  const scripts = { ...poetry?.scripts, ...parsed.project?.scripts };
  const declared = Object.entries(scripts).flatMap(([command, target]) =>
    typeof target === "string" ? [{ name: command, target }] : [],
  );
  const unit = pythonUnit(file, {
    name,
    version: parsed.project?.version ?? null,
    description: parsed.project?.description ?? poetry?.description ?? "",
    commands: declared,
    dependencies: [
      ...(parsed.project?.dependencies ?? []).map((line) => /^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? ""),
      ...Object.keys(poetry?.dependencies ?? {}),
    ],
    authors: (parsed.project?.authors ?? []).flatMap(({ name: author, email }) => [author ?? [], email ?? []].flat()),
  });
  // maturin builds a program where it is told so, and where there is no Python function that a script could start.
  const { maturin, "setuptools-rust": rust } = parsed.tool ?? {};
  const isMaturin = parsed["build-system"]?.["build-backend"] === "maturin";
  const isBinary =
    maturin?.bindings === "bin" ||
    (declared.length === 0 && ((isMaturin && maturin?.bindings === undefined) || Boolean(rust?.bins?.length)));
  return isBinary ? { ...unit, isBinary } : unit;
}

/** Reads setup.py. It is a program, so only literal values are read and nothing runs. */
function fromSetupPy(file: TextFile): RepositoryPackage | null {
  const name = /\bname\s*=\s*["']([^"']{1,200})["']/.exec(file.text)?.[1];
  if (!name || !isPackageName("pypi", name)) return null;
  const scripts = listBehind(/console_scripts["']\s*:\s*\[/, /\]/, file.text);
  // A bracket inside the list belongs to a requirement's extras.
  const requires = listBehind(/install_requires\s*=\s*\[/, /\]\s*[,)]/, file.text);
  const unit = pythonUnit(file, {
    name,
    version: /\bversion\s*=\s*["']([^"']{1,100})["']/.exec(file.text)?.[1] ?? null,
    description: /\bdescription\s*=\s*["']([^"']{1,1000})["']/.exec(file.text)?.[1] ?? "",
    commands: [...scripts.matchAll(/["']\s*([\w.-]+)\s*=\s*([\w.:]+)/g)].map((match) => ({
      name: match[1] ?? "",
      target: match[2] ?? "",
    })),
    dependencies: [...requires.matchAll(/["']([A-Za-z0-9._-]+)/g)].map((match) => match[1] ?? ""),
  });
  const isBinary = unit.commands.length === 0 && /\bRustBin\s*\(|\bBinding\.Exec\b/.test(file.text);
  return isBinary ? { ...unit, isBinary } : unit;
}

/** Returns the text of a list between its beginning and its end, or "" without an end within 5,000 characters. */
function listBehind(beginning: RegExp, end: RegExp, text: string): string {
  const found = beginning.exec(text);
  if (!found) return "";
  const rest = text.slice(found.index + found[0].length).slice(0, 5_000);
  return rest.slice(0, Math.max(rest.search(end), 0));
}

/** Reads a wheel: METADATA has its name, entry_points.txt its commands. */
function fromWheel(file: TextFile, set: FileSet): RepositoryPackage | null {
  const metadata = parseMetadata(file.text);
  if (!metadata) return null;
  const points = set.files.get(joinPath(folderOf(file.path), "entry_points.txt"))?.text ?? "";
  const scripts = /\[console_scripts\]([^[]*)/.exec(points)?.[1] ?? "";
  const record = recordOfMetadata(metadata);
  const unit = pythonUnit(file, {
    name: record.name,
    version: record.version,
    description: record.description,
    commands: [...scripts.matchAll(/^[ \t]*([\w.-]+)[ \t]*=[ \t]*([\w.:]+)/gm)].map((match) => ({
      name: match[1] ?? "",
      target: match[2] ?? "",
    })),
    dependencies: record.dependencies,
  });
  return { ...unit, folder: "" };
}

function pythonUnit(
  file: TextFile,
  told: Pick<RepositoryPackage, "name" | "version" | "description" | "commands" | "dependencies" | "authors">,
): RepositoryPackage {
  return {
    ...told,
    folder: folderOf(file.path),
    registry: "pypi",
    isPrivate: false,
    path: file.path,
    isServer: false,
    isSdk: SDK_PACKAGES.has(told.name) || isHelperPackage(told.name),
  };
}
