import { baseName, type FileSet, folderOf, isWithin, type TextFile } from "../fetch/files.ts";

/** A folder that is built by itself: a module of Maven or Gradle, a crate, a project of .NET. */
interface Module {
  folder: string;
  /** What other modules may call it by. */
  names: string[];
  manifest: string;
}

const MANIFEST = /^(?:pom\.xml|build\.gradle(?:\.kts)?|Cargo\.toml|[\w.-]{1,100}\.csproj)$/;
const MAX_MODULES = 200;
/** Each manifest is searched for the names of all modules. */
const MAX_MANIFEST_CHARACTERS = 50_000;

/**
 * Drops the sources of modules that have nothing to do with the server: a chat client or a gateway of the same repository. Kept are the
 * modules that make a server, those that use them, and all that either of them uses.
 *
 * @param makesServer tells whether a file has a server's code
 */
export function withoutOtherModules(
  set: FileSet,
  sources: TextFile[],
  makesServer: (file: TextFile) => boolean,
): TextFile[] {
  const modules = findModules(set);
  const moduleOf = (file: TextFile) => modules.find(({ folder }) => isWithin(folder, file.path)) ?? null;
  const of = new Map(sources.map((file) => [file, moduleOf(file)]));
  const serving = new Set(sources.filter(makesServer).map((file) => of.get(file) ?? null));
  if (modules.length < 2 || serving.size === 0 || serving.has(null)) return sources;
  const kept = new Set<Module>();
  for (const one of serving) if (one) kept.add(one);
  // A module without code of its own puts the others together, and names them all.
  const coded = modules.filter((module) => sources.some((file) => of.get(file) === module));
  // Who uses a server, such as the program that starts it; then what all of them use.
  for (const one of kept) for (const other of coded) if (uses(other, one)) kept.add(other);
  for (const one of kept) for (const other of coded) if (uses(one, other)) kept.add(other);
  return sources.filter((file) => {
    const module = of.get(file) ?? null;
    return module === null || kept.has(module);
  });
}

/** Finds the modules of a repository, the innermost first. */
function findModules(set: FileSet): Module[] {
  const found: Module[] = [];
  for (const { path, text } of set.files.values()) {
    const file = baseName(path);
    if (!MANIFEST.test(file) || found.length >= MAX_MODULES) continue;
    const folder = folderOf(path);
    found.push({
      folder,
      names: namesIn(file, text, baseName(folder)).filter((name) => name !== ""),
      manifest: text.slice(0, MAX_MANIFEST_CHARACTERS),
    });
  }
  return found.sort((a, b) => b.folder.length - a.folder.length);
}

/** A crate is also called by its folder, since a workspace gives it any name; an artifact of Maven by its own alone. */
function namesIn(file: string, text: string, folder: string): string[] {
  if (file === "pom.xml")
    // The first is the parent's, where there is one.
    return /<artifactId>\s*([\w.-]{1,200})/.exec(text.slice(Math.max(text.indexOf("</parent>"), 0)))?.slice(1) ?? [];
  if (file === "Cargo.toml")
    return [folder, /^\[package\][^[]{0,500}?^name\s*=\s*"([\w-]{1,100})"/m.exec(text)?.[1] ?? ""];
  return [file.endsWith(".csproj") ? file.slice(0, -".csproj".length) : folder];
}

/** Returns whether a module's manifest names another one: as a dependency, a project or a folder. */
function uses({ manifest, folder }: Module, other: Module): boolean {
  return folder !== other.folder && other.names.some((name) => hasWord(manifest, name));
}

function hasWord(text: string, word: string): boolean {
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
    if (!/[\w-]/.test(`${text[start - 1] ?? " "}${text[start + word.length] ?? " "}`)) return true;
  }
  return false;
}
