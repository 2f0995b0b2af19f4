import type { TextFile } from "../../fetch/files.ts";
import { importsBetween } from "../reachability.ts";
import { blank, countWords, functionAt, GUARD, listServing, listUsed, moduleOf } from "./own-programs.ts";
import { childrenOf, PythonTree } from "./syntax.ts";

/** What a server says of itself, however it is run. */
const OF_SERVER = /\bFastMCP\b|\b(?:from|import)[ \t]{1,5}mcp\.server\b|\bjsonrpc\b|\btools\/list\b/;
/** Which files it loads, only its values tell. */
const LOADS = /\bimport_module\s?\(|\b__import__\s?\(|\bpkgutil\b|\bspec_from_file_location\b/;
const MAX_PROGRAMS = 20;
const MAX_SHARED = 60;
const MAX_ROUNDS = 4;

/**
 * Leaves out other programs that lie beside a server of which no command says where it begins, such as a client to try it with: files that
 * run by themselves, that nothing imports or names, and that lead to no server. With them goes what only they use, down to functions of the
 * files that the server shares with them. Lines keep their numbers.
 */
export function withoutOtherPrograms(files: readonly TextFile[]): TextFile[] {
  const serving = new Set(listServing(files));
  const guarded = files.filter(({ text }) => GUARD.test(text));
  if (serving.size === 0 || guarded.length === 0 || files.some(({ text }) => LOADS.test(text))) return [...files];
  const ofServers = new Set(files.flatMap(({ path, text }) => (OF_SERVER.test(text) ? [path] : [])));
  const imports = importsBetween(files);
  const imported = new Set([...imports].flatMap(([path, targets]) => [...targets].filter((one) => one !== path)));
  const used = new Set(files.flatMap(listUsed));
  const isProgram = (file: TextFile) =>
    !imported.has(file.path) &&
    !used.has(`${moduleOf(file)}.*`) &&
    ![...reachedFrom([file.path], imports)].some((path) => serving.has(path) || ofServers.has(path));
  const programs = guarded.filter(isProgram).slice(0, MAX_PROGRAMS);
  if (programs.length === 0) return [...files];
  const ofPrograms = reachedFrom(
    programs.map(({ path }) => path),
    imports,
  );
  const others = files.flatMap(({ path }) => (ofPrograms.has(path) ? [] : [path]));
  const kept = reachedFrom([...others, ...serving], imports);
  return withoutFunctionsOf(
    files.filter(({ path }) => !kept.has(path)),
    files.filter(({ path }) => kept.has(path)),
    ofPrograms,
  );
}

function reachedFrom(paths: readonly string[], imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set(paths);
  for (const path of reached) for (const target of imports.get(path) ?? []) reached.add(target);
  return reached;
}

/** Empties the functions of shared files that only other programs use. */
function withoutFunctionsOf(
  programs: readonly TextFile[],
  kept: readonly TextFile[],
  ofPrograms: ReadonlySet<string>,
): TextFile[] {
  const shared = kept.filter(({ path }) => ofPrograms.has(path)).slice(0, MAX_SHARED);
  const parsed = shared.map((file) => {
    const tree = new PythonTree(file.text);
    return { file, functions: childrenOf(tree.root).flatMap((node) => functionAt(node, tree) ?? []) };
  });
  let result = [...kept];
  const gone = countWords(programs.map(({ text }) => text).join("\n"));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const words = countWords(result.map(({ text }) => text).join("\n"));
    let isChanged = false;
    for (const { file, functions } of parsed) {
      const cut = functions.filter(({ name }) => gone.has(name) && (words.get(name) ?? 0) === 1);
      if (cut.length === 0) continue;
      isChanged = true;
      for (const { node } of cut)
        for (const word of countWords(file.text.slice(node.from, node.to)).keys()) gone.set(word, 1);
      result = result.map((one) =>
        one.path === file.path
          ? {
              ...one,
              text: blank(
                one.text,
                cut.map(({ node }) => node),
              ),
            }
          : one,
      );
    }
    if (!isChanged) break;
  }
  return result;
}
