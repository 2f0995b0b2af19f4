import type { InputFinding, LaunchFinding, RemoteFinding } from "../inputs/findings.ts";
import type { Provenance } from "../spec.ts";
import { readCommand } from "./launch.ts";
import { requiredInText } from "./requirement-words.ts";

const MAX_SERVERS = 40;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Description and secrecy for each `${input:ID}` of a VS Code configuration. */
type Prompts = Map<string, { description: string; secret: boolean }>;

/**
 * Reads an MCP client's configuration in any of its forms: `{"mcpServers":{…}}`, VS Code's
 * `{"servers":{…},"inputs":[…]}` or `{"mcp":{"servers":{…}}}`, Zed's `context_servers`, one named server, or one
 * server's own object.
 */
export function readConfigBlock(
  block: unknown,
  provenance: Provenance,
): { launches: LaunchFinding[]; remotes: RemoteFinding[] } {
  const launches: LaunchFinding[] = [];
  const remotes: RemoteFinding[] = [];
  for (const { server, prompts } of serversOf(block).slice(0, MAX_SERVERS)) {
    const { launch, remote } = readServer(server, prompts, provenance);
    if (launch) launches.push({ ...launch, isConfiguration: true });
    if (remote) remotes.push(remote);
  }
  return { launches, remotes };
}

function serversOf(block: unknown): { server: Json; prompts: Prompts }[] {
  if (!isObject(block)) return [];
  const inner = isObject(block.mcp) ? block.mcp : block;
  const prompts = promptsOf(inner.inputs ?? block.inputs);
  // A web page described for machines (JSON-LD) has an address as well.
  const isServer = (value: unknown): value is Json =>
    isObject(value) &&
    !("@type" in value || "@context" in value) &&
    (typeof value.command === "string" ||
      typeof value.cmd === "string" ||
      isObject(value.command) ||
      Array.isArray(value.command) ||
      typeof urlOf(value) === "string");
  const named = serversNamed(inner, 0);
  if (named !== null)
    return named
      .map(startOf)
      .filter(isServer)
      .map((server) => ({ server, prompts }));
  const isUnnamedServer = (value: unknown): value is Json =>
    isServer(value) && (typeof urlOf(value) !== "string" || hasOnlyClientKeys(value));
  if (isUnnamedServer(inner)) return [{ server: inner, prompts }];
  return Object.values(inner)
    .map(startOf)
    .filter(isUnnamedServer)
    .map((server) => ({ server, prompts }));
}

/** What clients know of a server at an address. */
const ADDRESS_KEYS =
  /^(?:url|serverUrl|httpUrl|uri|type|transport\w{0,10}|headers|http_headers|requestInit|auth\w{0,20}|oauth|env|name|description|title|icon|disabled|enabled|trust|timeout|alwaysAllow|autoApprove|disabledTools|tools|command|cmd|args|version|note|_?comment|\/\/)$/i;

/** Returns whether an object with an address says nothing that a client would not: settings of other programs have addresses too. */
function hasOnlyClientKeys(value: Json): boolean {
  return Object.keys(value).every((key) => ADDRESS_KEYS.test(key));
}

/** What clients call their servers in a configuration. */
const SERVER_KEYS = [
  "mcpServers",
  "servers",
  "context_servers",
  "mcp_servers",
  "amp.mcpServers",
  "mcp.servers",
  "extensions",
  "modelContextProtocolServers",
];
const MAX_DEPTH = 3;
const MAX_MEMBERS = 20;

/** The servers that a configuration names, also where it is a part of a client's settings. Some clients list them, with their names inside. */
function serversNamed(config: Json, depth: number): unknown[] | null {
  for (const key of SERVER_KEYS) {
    const servers = config[key];
    // Others have servers and extensions too: an API has a list of addresses.
    const isOfMcp = /mcp|context/i.test(key);
    if (depth > 0 && !isOfMcp) continue;
    if (isObject(servers)) return Object.values(servers);
    if (Array.isArray(servers) && (isOfMcp || servers.some((one) => isObject(one) && one.command !== undefined)))
      return servers;
  }
  if (depth >= MAX_DEPTH) return null;
  for (const part of Object.values(config).slice(0, MAX_MEMBERS)) {
    // What has a command is a server, whatever stands in it.
    if (!isObject(part) || part.command !== undefined) continue;
    const servers = serversNamed(part, depth + 1);
    if (servers !== null) return servers;
  }
  return null;
}

/** A server's own object, or the one in it that says how it is started. */
function startOf(server: unknown): unknown {
  return isObject(server) && server.command === undefined && isObject(server.transport)
    ? { ...server, ...server.transport }
    : server;
}

function promptsOf(inputs: unknown): Prompts {
  const prompts: Prompts = new Map();
  for (const input of Array.isArray(inputs) ? inputs : []) {
    if (!isObject(input) || typeof input.id !== "string") continue;
    prompts.set(input.id, {
      description: typeof input.description === "string" ? input.description.slice(0, 500) : "",
      secret: input.password === true,
    });
  }
  return prompts;
}

function urlOf(server: Json): unknown {
  return server.url ?? server.serverUrl ?? server.httpUrl ?? server.uri;
}

/** The URL of a hosted server, or of one on this machine. */
const IS_ENDPOINT = /^https:\/\/|^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/;

function readServer(
  server: Json,
  prompts: Prompts,
  provenance: Provenance,
): { launch: LaunchFinding | null; remote: RemoteFinding | null } {
  const url = urlOf(server);
  if (typeof url === "string")
    return { launch: null, remote: IS_ENDPOINT.test(url) ? { url: url.slice(0, 1_000), provenance } : null };
  // Zed nests the command; OpenCode writes it as one list.
  const nested = isObject(server.command) ? server.command : server;
  const written = isObject(server.command) ? server.command.path : (server.command ?? server.cmd);
  const words = Array.isArray(written)
    ? written.filter((word) => typeof word === "string")
    : typeof written === "string"
      ? [written]
      : [];
  const args = Array.isArray(nested.args) ? nested.args.map((arg) => String(arg)) : [];
  const [command, ...more] = words;
  if (command === undefined) return { launch: null, remote: null };
  const given = nested.env ?? nested.environment ?? server.env ?? server.envs ?? {};
  // Goose keeps the values of these in its keyring, and Codex passes on its own.
  const listed = [server.env_keys, server.env_vars].flatMap((names) => (Array.isArray(names) ? names : []));
  const names = listed.filter((name) => typeof name === "string");
  const keyring = names.slice(0, MAX_SERVERS).map((name) => ({ name, value: "" }));
  const pairs = isObject(given)
    ? Object.entries(given).map(([name, raw]) => {
        const value = typeof raw === "string" ? raw : raw === null || raw === undefined ? "" : JSON.stringify(raw);
        return { name, value };
      })
    : pairsOfList(given);
  const env = [...pairs, ...keyring.filter(({ name }) => !pairs.some((pair) => pair.name === name))];
  // Some write the whole command line, such as "npx -y thing", as the program.
  // A path with a space in it ("C:\\Program Files\\nodejs\\node.exe") is none.
  const isLine = more.length === 0 && args.length === 0 && /^[\w@./-]+ /.test(command.trim());
  const split = isLine ? command.trim().split(/\s+/) : [command];
  const read = readCommand(
    { command: split[0] ?? command, args: [...split.slice(1), ...more, ...args], env },
    provenance,
  );
  for (const input of read.launch?.inputs ?? []) applyPrompt(input, prompts);
  return read;
}

/** Variables as a list, of texts ("NAME=value") or of objects. */
function pairsOfList(given: unknown): { name: string; value: string }[] {
  return (Array.isArray(given) ? given.slice(0, MAX_SERVERS) : []).flatMap((pair) => {
    if (isObject(pair) && typeof pair.name === "string") return [{ name: pair.name, value: String(pair.value ?? "") }];
    const [, name, value = ""] = (typeof pair === "string" && /^(\w{1,100})=(.*)$/s.exec(pair)) || [];
    return name === undefined ? [] : [{ name, value }];
  });
}

/** Replaces a reference to an editor's prompt, which means nothing in a form, by what the prompt says. */
function applyPrompt(input: InputFinding, prompts: Prompts): void {
  const id = /^\$\{input:([^}]+)\}$/.exec(input.placeholder ?? "")?.[1];
  if (id === undefined) return;
  const prompt = prompts.get(id);
  input.placeholder = null;
  if (prompt?.description) input.description = prompt.description;
  input.required ??= requiredInText(prompt?.description ?? "");
  if (prompt?.secret) input.secret = true;
}
