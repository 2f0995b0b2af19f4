import type { Condition } from "../flow.ts";
import type { Project } from "../project.ts";
import { Scope } from "../scope.ts";
import type { SignIn } from "../types.ts";
import { assignedNear } from "./assigned.ts";
import { PythonFlow } from "./flow.ts";
import type { ParsedFile } from "./learn.ts";
import { type PyNode, type PythonTree, walkPython } from "./syntax.ts";

/** What the MCP SDK and FastMCP have that signs people in, which servers do over HTTP alone. */
const IMPORT =
  /^[ \t]*from[ \t]+(?:fastmcp|mcp)\.server\.auth[\w.]{0,100}[ \t]+import[ \t]+(\([^()]{0,1000}\)|[^\n]{1,300})/gm;
/** The server's own address. */
const OWN_ADDRESS = /^(?:base_url|public_url|issuer_url|resource_server_url)$/;
/** The client as which it signs people in. */
const CLIENT = /^(?:upstream_)?client_id$/;
const MAX_SIGN_INS = 20;
const MAX_ARGUMENTS = 30;

/** Finds the variables that a server hands to what signs people in: `GitHubProvider(client_id=ID, client_secret=SECRET, base_url=URL)`. */
export function findSignIns(files: readonly ParsedFile[], project: Project): SignIn[] {
  return files.flatMap((file) => signInsOf(file, project)).slice(0, MAX_SIGN_INS);
}

function signInsOf({ tree, names }: ParsedFile, project: Project): SignIn[] {
  const imported = importedNames(tree);
  if (imported.size === 0) return [];
  const flow = new PythonFlow(tree, names, project);
  const variablesIn = (value: PyNode) => {
    const name = value.name === "VariableName" ? tree.text(value) : null;
    const held = flow.condition(value, new Scope(null));
    const assigned = name !== null && keysOf(held).length === 0 ? assignedNear(name, value, tree) : null;
    return keysOf(assigned ? flow.condition(assigned, new Scope(null)) : held);
  };
  const found: SignIn[] = [];
  walkPython(tree.root, (node) => {
    const call = found.length < MAX_SIGN_INS ? tree.call(node) : null;
    if (!call || !imported.has(tree.dotted(call.callee) ?? "")) return;
    const handed = call.args.slice(0, MAX_ARGUMENTS).map(({ name, value }) => ({ name, keys: variablesIn(value) }));
    const keysAs = (role: RegExp) => handed.flatMap(({ name, keys }) => (name !== null && role.test(name) ? keys : []));
    const addresses = new Set(keysAs(OWN_ADDRESS));
    if (addresses.size > 0 && keysAs(CLIENT).length > 0)
      found.push({ addresses, keys: new Set(handed.flatMap(({ keys }) => keys)) });
  });
  return found;
}

function importedNames(tree: PythonTree): Set<string> {
  const names = new Set<string>();
  for (const [, list = ""] of tree.text(tree.root).matchAll(IMPORT))
    for (const [, name = "", alias] of list.matchAll(/\b([A-Z]\w{0,60})(?:[ \t]+as[ \t]+(\w{1,60}))?/g))
      names.add(alias ?? name);
  return names;
}

/** The variables of which a value is one, whatever stands in where none is there. */
function keysOf(held: Condition): string[] {
  if (held.kind === "atom") return [held.key];
  return held.kind === "or" ? held.of.flatMap((one) => (one.kind === "atom" ? [one.key] : [])) : [];
}
