import { isSecretName } from "../../inputs/input-names.ts";
import type { Condition } from "../flow.ts";
import type { Project } from "../project.ts";
import { AWS, AZURE, GOOGLE } from "../sdk-credentials.ts";
import { assignedNear } from "./assigned.ts";
import { onlyComplains } from "./complaints.ts";
import { entriesOf, entryName, isConnectionString, isPassword } from "./connection-strings.ts";
import { envRead } from "./env.ts";
import type { ParsedFile } from "./learn.ts";
import { isHostingPlace } from "./reads.ts";
import {
  type Argument,
  childrenOf,
  definitionName,
  enclosing,
  type PyNode,
  type PythonTree,
  walkPython,
} from "./syntax.ts";

/** What an HTTP header says before a credential: f"Bearer {token}", "token " + key. */
const SCHEME = /^(bearer|basic|token|bot|key|api-?key|oauth|[a-z]+-oauthtoken|ssws)\s$/i;
/** Headers, query parameters and fields of a login that hold a credential. */
const CREDENTIAL =
  /^key$|(^|[-_])(authorization|auth|api[-_]?key|(access|consumer|private|secret|app|admin)[-_]?key|token|secret|password|passwd|pwd|appid)$/i;
/** What a client is given beside its credential: where to go, and as whom. */
const COMPANION =
  /^(user|username|user_name|email|login|account|account_id|(client|app|api|tenant|consumer|token|key)_id|(token|key)_name|(base_|api_|server_|instance_)?url|host|hostname|server|endpoint|domain|subdomain|instance|site|org|organization|redirect_uri)$/i;
/** The account in a dictionary that holds its credential. What else stands there may be any setting. */
const ACCOUNT = /^(user|username|user_name|email|login|(client|app|api|consumer)_id)$/i;
const ADDRESS = /^((base_|api_|server_)?ur[il]|hosts?|hostname|server|endpoint|address|dsn)$/i;
const LOCAL = /localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal|\.local\b/;
/** Calls that make a client or sign in. */
const MAKES_CLIENT = /^_{0,2}[A-Z]|(^|_)(login|connect|configure|authenticate|create_(client|engine|session))$/;
/** Calls that only keep what they are given. */
const OF_SETTINGS = /(?:Config|Configuration|Settings|Options|Params|Args|Context|State|Deps)$|^(?:dict|update)$/;
/** What holds the parts of a request: `headers`, `self._auth_params`. */
const OF_REQUEST = /(?:^|[._])(?:auth|headers?|params|query|payload|body|data|cookies)$/i;
const PLACE_OF_REQUEST = /\b(headers|params|data|json|cookies|auth)\s{0,3}=\s{0,3}$/;
const REQUESTS = /(headers|params)\.update$|\.(get|post|put|patch|delete|request)$/;
/** The end of a text that puts a credential into an address: "…/items?api_key=". */
const QUERY = /[?&]([\w-]{1,30})=$/;
/** Calls that only look at what they are given. */
const LOOKS = /^(print|isinstance|hasattr|getattr|setattr)$|(^|[._])log(ger|ging)?\.|(Error|Exception|Exit)$/;

const OF_CHAINS: ReadonlySet<string> = new Set([...AWS, ...AZURE, ...GOOGLE]);

const MAX_DEPTH = 400;
/** Clients of one file that are looked at. */
const MAX_CLIENTS = 200;
const MAX_NAMES = 500;
/** Characters of one text that are looked through for gaps. */
const MAX_TEXT = 1_000;

/** Variables, by key or as the last part of the name that holds one: "api_key" of `self.config.api_key`. */
interface Mentions {
  keys: Set<string>;
  names: Set<string>;
}

const noMentions = (): Mentions => ({ keys: new Set(), names: new Set() });

/** What is sent in one place, and what is asked around it: sent only where a variable is there, or is not, it is one way of several. */
interface Stretch {
  sent: Mentions;
  /** Those of them that stand in a request or are given to a client, and not only to what may be settings. */
  requested: Mentions;
  asked: Mentions;
  around: Stretch | null;
}

/**
 * Finds the variables that the code sends to a service as credentials, or gives to a client beside one, without ever asking whether they
 * are there: f"Bearer {TOKEN}", `Client(api_key=KEY, username=USER)`, `auth=(USER, TOKEN)`. The service refuses requests without them.
 * Of the requested ones it is plain that they go out, and not only into the server's own settings.
 */
export function findSentCredentials(
  files: readonly ParsedFile[],
  project: Project,
): { sent: Set<string>; requested: Set<string> } {
  const stretches = files.flatMap((file) => new SentCredentials(file, project).read());
  const keysOf = ({ keys, names }: Mentions) => [...keys, ...[...names].flatMap((name) => held(project, name))];
  const known = new Set(stretches.flatMap(({ asked }) => keysOf(asked)));
  const ways = new Set<Stretch>();
  const asksOne = ({ keys, names }: Mentions) => keys.size > 0 || [...names].some((name) => holdsOne(project, name));
  for (const one of stretches) {
    const isWay = one.around !== null && (ways.has(one.around) || asksOne(one.asked));
    if (isWay) ways.add(one);
  }
  const sent = stretches.flatMap((one) => (ways.has(one) ? [] : keysOf(one.sent)));
  // A cloud's client that is given none looks further.
  const found = new Set(sent.filter((key) => !known.has(key) && !OF_CHAINS.has(key) && !project.spared.has(key)));
  const services = new Set([...found].filter(isSecretName).map(serviceOf));
  if (services.size === 0) return { sent: new Set(), requested: new Set() };
  // The address and the account of the same service have no use without the credential, nor the other way round.
  const isBeside = (key: string) => BESIDE.test(key) && services.has(serviceOf(key)) && !known.has(key);
  const requested = stretches.flatMap((one) => keysOf(one.requested)).filter((key) => found.has(key));
  return { sent: new Set([...found, ...heldAnywhere(project).filter(isBeside)]), requested: new Set(requested) };
}

/** What variables are named that tell where a service is, and who asks it. */
const BESIDE =
  /_(URL|URI|HOST|HOSTNAME|SERVER|ENDPOINT|DOMAIN|SUBDOMAIN|INSTANCE|SITE|ORG|ORGANIZATION|USER|USERNAME|EMAIL|LOGIN|ADDRESS|ACCOUNT|ACCOUNT_ID|CLIENT_ID|APP_ID|API_ID|TENANT_ID|KEY_ID|KEY_NAME|TOKEN_ID|TOKEN_NAME)$/;

function serviceOf(key: string): string {
  return key.split("_")[0] ?? key;
}

/** The variables that names hold. */
function heldAnywhere({ constants, fields, locals }: Project): string[] {
  return [...constants.values(), ...fields.values(), ...locals.values()].flatMap((value) =>
    value?.kind === "atom" ? [value.key] : [],
  );
}

/** What a name holds in all files, as far as they say. */
function whatHolds({ constants, fields, locals }: Project, name: string): Condition | null | undefined {
  return constants.get(name) ?? fields.get(name) ?? locals.get(name);
}

/** The variable that a name holds, and nothing else. */
function held(project: Project, name: string): string[] {
  const value = whatHolds(project, name);
  return value?.kind === "atom" ? [value.key] : [];
}

/** Returns whether a name holds a variable or what stands in its place: `provider = os.getenv("PROVIDER", "local")`. */
function holdsOne(project: Project, name: string): boolean {
  const value = whatHolds(project, name);
  return value?.kind === "atom" || (value?.kind === "or" && value.of.some(({ kind }) => kind === "atom"));
}

/** Collects what one file sends, and what it asks about. */
class SentCredentials {
  readonly #tree: PythonTree;
  readonly #file: ParsedFile;
  readonly #project: Project;
  readonly #aliases: ReadonlyMap<string, string | null>;
  readonly #entries: ReadonlyMap<string, string | null>;
  #clients = 0;
  readonly #stretches: Stretch[] = [];
  #stretch = this.#begin(null);

  constructor(file: ParsedFile, project: Project) {
    this.#file = file;
    this.#tree = file.tree;
    this.#project = project;
    this.#aliases = aliasesOf(file.tree);
    this.#entries = entriesOf(file.tree, file.names);
  }

  /** Returns the file's stretches, each behind the one around it. */
  read(): readonly Stretch[] {
    this.#visit(this.#tree.root, false, 0);
    return this.#stretches;
  }

  #begin(around: Stretch | null): Stretch {
    const stretch = { sent: noMentions(), requested: noMentions(), asked: noMentions(), around };
    this.#stretches.push(stretch);
    return stretch;
  }

  #visit(node: PyNode, isTest: boolean, depth: number): void {
    if (depth > MAX_DEPTH) return;
    if (isTest) this.#note(node, this.#stretch.asked);
    else this.#send(node);
    const outer = this.#stretch;
    if (/^(IfStatement|ConditionalExpression|MatchStatement)$/.test(node.name)) this.#stretch = this.#begin(outer);
    const children = childrenOf(node);
    const isAsked = !onlyComplains(node, this.#tree);
    for (const [at, child] of children.entries())
      this.#visit(child, isTest || (isAsked && isTestOf(node, children, at)), depth + 1);
    this.#stretch = outer;
  }

  #send(node: PyNode): void {
    if (node.name === "FormatString") this.#sendFormatted(node);
    else if (node.name === "BinaryExpression") this.#sendJoined(node);
    else if (node.name === "DictionaryExpression") this.#sendEntries(node);
    else if (node.name === "AssignStatement") this.#sendAssigned(node);
    else if (node.name === "CallExpression") this.#sendArguments(node);
  }

  /** `"Bearer " + token`, `"Bearer %s" % token`, `url + "?key=" + key`, `"…?user=%s&key=%s" % (user, key)` */
  #sendJoined(node: PyNode): void {
    const [left, operator, right] = childrenOf(node);
    if (!left || !operator || !right) return;
    if (this.#tree.text(operator) === "%") {
      const given =
        right.name === "TupleExpression" ? childrenOf(right).filter(({ name }) => !/^[(),]$/.test(name)) : [right];
      this.#sendGaps(this.#tree.string(left) ?? "", "%s", given);
    } else if (this.#tree.text(operator) === "+") {
      const last = left.name === "BinaryExpression" ? (childrenOf(left).at(-1) ?? left) : left;
      const before = this.#tree.string(last) ?? this.#tree.slice(Math.max(last.from, last.to - 60), last.to - 1);
      if ((last === left && SCHEME.test(before)) || isCredentialOfAddress(before)) this.#noteSent(right);
    }
  }

  /** `"Bearer {}".format(token)` */
  #sendFilled(callee: PyNode, args: readonly Argument[]): void {
    const [text, , method] = callee.name === "MemberExpression" ? childrenOf(callee) : [];
    if (!text || !method || this.#tree.text(method) !== "format") return;
    const given = args.flatMap(({ name, value }) => (name === null ? [value] : []));
    this.#sendGaps(this.#tree.string(text) ?? "", "{}", given);
  }

  /** Notes what fills the gaps of a text in which a credential has its place. */
  #sendGaps(text: string, gap: string, given: readonly PyNode[]): void {
    const parts = text.slice(0, MAX_TEXT).split(gap, given.length + 1);
    for (const [at, value] of given.entries()) {
      const before = parts[at] ?? "";
      const isHeader = parts.length === 2 && text === before + gap && SCHEME.test(before);
      if (at + 1 < parts.length && (isHeader || isCredentialOfAddress(before))) this.#noteSent(value);
    }
  }

  /** `{"X-API-Key": KEY}`, `{"client_id": ID, "client_secret": SECRET}` */
  #sendEntries(node: PyNode): void {
    const children = childrenOf(node);
    const entries = children.flatMap((key, at) => {
      const value = children[at + 1]?.name === ":" ? children[at + 2] : undefined;
      return value ? [{ name: this.#tree.string(key) ?? "", value }] : [];
    });
    if (!entries.some(({ name }) => saysName(CREDENTIAL, name)) || this.#isLocal(entries)) return;
    const isOfRequest = isPartOfRequest(node, this.#tree);
    for (const { name, value } of entries)
      if (saysName(CREDENTIAL, name) || saysName(ACCOUNT, name)) this.#noteSent(value, isOfRequest);
  }

  /** `stripe.api_key = KEY`, `session.auth = (USER, TOKEN)`, `params["apikey"] = KEY` */
  #sendAssigned(node: PyNode): void {
    const [target] = childrenOf(node);
    const value = childrenOf(node).at(-1);
    const [object, bracket, entry] = target?.name === "MemberExpression" ? childrenOf(target) : [];
    const isEntry = bracket?.name === "[" && saysName(CREDENTIAL, this.#tree.string(entry ?? null) ?? "");
    if (value && isEntry && OF_REQUEST.test(this.#tree.dotted(object ?? null) ?? "")) this.#noteSent(value);
    const path = target ? this.#tree.dotted(target) : null;
    const isOfLibrary = path !== null && /^(?!(?:self|cls)\.\w+$).+\.\w+$/.test(path);
    if (value && isOfLibrary && saysName(CREDENTIAL, path.split(".").at(-1) ?? "")) this.#noteSent(value);
  }

  /**
   * f"Bearer {token}", f"{url}?token={token}", f"SERVER={host};PWD={word}", and what is encoded for Basic authentication:
   * `b64encode(f"{user}:{token}".encode())`.
   */
  #sendFormatted(node: PyNode): void {
    const written = this.#tree.slice(node.from, Math.min(node.to, node.from + 40));
    const scheme = /^[a-zA-Z]{1,2}["']{1,3}([\w-]{1,20}\s)\{/.exec(written)?.[1] ?? "";
    const isEncoded =
      /^f["'](\{[^{}]{1,60}\})?:\{[^{}]{1,60}\}["']$/.test(this.#tree.text(node)) &&
      this.#tree.slice(Math.max(0, node.from - 40), node.from).includes("b64encode(");
    const isConnection = isConnectionString(node, this.#tree);
    for (const part of node.getChildren("FormatReplacement")) {
      const value = childrenOf(part)[1];
      const before = this.#tree.slice(Math.max(node.from, part.from - 40), part.from);
      if (value && (SCHEME.test(scheme) || isEncoded || isConnection || isCredentialOfAddress(before)))
        this.#noteSent(value);
    }
  }

  #sendArguments(node: PyNode): void {
    const call = this.#tree.call(node);
    const callee = call ? (this.#tree.dotted(call.callee) ?? "") : "";
    if (!call) return;
    this.#sendFilled(call.callee, call.args);
    if (LOOKS.test(callee)) return;
    const makesClient = MAKES_CLIENT.test(callee.split(".").at(-1) ?? "");
    const isCredential = ({ name, value }: Argument) =>
      name === null ? makesClient && this.#isSecret(value) : saysName(CREDENTIAL, name);
    if (!call.args.some(isCredential) || this.#isLocal(call.args)) return;
    for (const one of call.args)
      if (one.name === null ? makesClient : saysName(CREDENTIAL, one.name) || saysName(COMPANION, one.name))
        this.#noteSent(one.value, !OF_SETTINGS.test(callee.split(".").at(-1) ?? ""));
  }

  /** Returns whether a client goes to this machine by itself: a service there is often open. */
  #isLocal(given: readonly Argument[]): boolean {
    this.#clients += 1;
    if (this.#clients > MAX_CLIENTS) return true;
    return given.some(({ name, value }, at) => {
      if (name === null ? at > 0 : !ADDRESS.test(name)) return false;
      const written = value.name === "VariableName" ? assignedNear(this.#tree.text(value), value, this.#tree) : value;
      const field = this.#tree.dotted(value)?.split(".").at(-1) ?? "";
      const held = this.#project.fields.get(field) ?? this.#project.constants.get(field);
      const own =
        held?.kind === "or" ? held.of.flatMap((part) => (part.kind === "constant" ? (part.text ?? "") : "")) : [];
      return [...own, written ? this.#tree.text(written).slice(0, 200) : ""].some((text) => LOCAL.test(text));
    });
  }

  #isSecret(value: PyNode): boolean {
    const own = noMentions();
    this.#note(value, own);
    return [...own.keys, ...own.names].some((name) => isSecretName(name.toUpperCase()));
  }

  #noteSent(value: PyNode, isRequested = true): void {
    if (isHostingPlace(value, this.#tree)) return;
    const { sent, requested } = this.#stretch;
    const parts = value.name === "TupleExpression" ? childrenOf(value) : [value];
    for (const part of parts)
      for (const into of isRequested ? [sent, requested] : [sent]) this.#note(this.#unwrapped(part), into);
  }

  /** `str(TOKEN)`, `token.strip()`, `settings.token.get_secret_value()` */
  #unwrapped(value: PyNode): PyNode {
    const call = this.#tree.call(value);
    if (!call || envRead(value, this.#tree, this.#file.names)) return value;
    const [object, , method] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
    if (object && method && /^(strip|get_secret_value)$/.test(this.#tree.text(method))) return object;
    return /^(str|cast)$/.test(this.#tree.dotted(call.callee) ?? "") ? (call.args.at(-1)?.value ?? value) : value;
  }

  /** Adds the variable that an expression reads, or the name that may hold one. */
  #note(node: PyNode, into: Mentions): void {
    if (into.names.size >= MAX_NAMES || into.keys.size >= MAX_NAMES) return;
    const read = envRead(node, this.#tree, this.#file.names);
    const named = read ? this.#tree.string(read.key) : null;
    const isEmpty = !read?.fallback || (this.#tree.string(read.fallback) === "" && !isPassword(named));
    const key = isEmpty ? named : null;
    if (key !== null) into.keys.add(key);
    const text = into === this.#stretch.asked ? this.#tree.string(node) : null;
    if (text !== null && /^[A-Z][A-Z0-9_]{2,60}$/.test(text)) into.keys.add(text);
    const name = read ? undefined : this.#tree.dotted(node)?.split(".").at(-1);
    const entry = this.#entries.get(entryName(node, this.#tree) ?? "");
    if (entry) into.keys.add(entry);
    if (name === undefined) return;
    into.names.add(name);
    const alias = node.name === "VariableName" ? this.#aliases.get(name) : null;
    if (alias) into.names.add(alias);
  }
}

/** Returns whether a dictionary stands where a request has its headers, its parameters or its body. */
function isPartOfRequest(node: PyNode, tree: PythonTree): boolean {
  const outer = node.parent;
  if (outer?.name === "ArgList") {
    const given = tree.slice(Math.max(outer.from, node.from - 20), node.from);
    const callee = tree.slice(Math.max(0, outer.from - 30), outer.from);
    return PLACE_OF_REQUEST.test(given) || REQUESTS.test(callee);
  }
  if (outer?.name === "AssignStatement")
    return OF_REQUEST.test((tree.slice(outer.from, node.from).split(/[:=]/, 1)[0] ?? "").trim());
  const definition = outer?.name === "ReturnStatement" ? enclosing(node, "FunctionDefinition") : null;
  return definition !== null && OF_REQUEST.test(definitionName(tree, definition).name);
}

/** Returns whether a name is one of a kind, which web services often spell in camel case: "clientSecret" beside "client_secret". */
function saysName(kind: RegExp, name: string): boolean {
  return kind.test(name.slice(0, MAX_TEXT).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** Returns whether a text ends where an address has a credential: "…?api_key=". */
function isCredentialOfAddress(before: string): boolean {
  return saysName(CREDENTIAL, QUERY.exec(before.slice(-40))?.[1] ?? "");
}

/** The names that a file calls by another one too, by that: `token = API_TOKEN`. Null for one that holds other things elsewhere. */
function aliasesOf(tree: PythonTree): ReadonlyMap<string, string | null> {
  const aliases = new Map<string, string | null>();
  walkPython(tree.root, (node) => {
    if (node.name !== "AssignStatement" || aliases.size >= MAX_NAMES) return;
    const [target] = childrenOf(node);
    const value = childrenOf(node).at(-1);
    if (target?.name !== "VariableName" || !value) return;
    const name = tree.text(target);
    const alias = tree.dotted(value)?.split(".").at(-1) ?? null;
    aliases.set(name, aliases.has(name) && aliases.get(name) !== alias ? null : alias);
  });
  return aliases;
}

/** Returns whether a part of a node tells what runs: the test of an `if`, or one side of `and` and `or`. */
function isTestOf(node: PyNode, children: readonly PyNode[], at: number): boolean {
  const before = children[at - 1]?.name ?? "";
  switch (node.name) {
    case "IfStatement":
    case "WhileStatement":
    case "AssertStatement":
      return /^(if|elif|while|assert)$/.test(before);
    case "ConditionalExpression":
      return before === "if";
    case "MatchStatement":
      return before === "match";
    case "BinaryExpression":
      return node.getChild("and") !== null || node.getChild("or") !== null;
    default:
      return /Comprehension/.test(node.name) && before === "if";
  }
}
