import { isSecretName } from "../../inputs/input-names.ts";
import type { Condition } from "../flow.ts";
import type { Project } from "../project.ts";
import { AWS, AZURE, GOOGLE } from "../sdk-credentials.ts";
import { assignedNear } from "./assigned.ts";
import { envRead } from "./env.ts";
import type { ParsedFile } from "./learn.ts";
import { isHostingPlace } from "./reads.ts";
import { type Argument, childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

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
/** Calls that only look at what they are given. */
const LOOKS = /^(print|isinstance|hasattr|getattr|setattr)$|(^|[._])log(ger|ging)?\.|(Error|Exception|Exit)$/;

const OF_CHAINS: ReadonlySet<string> = new Set([...AWS, ...AZURE, ...GOOGLE]);

const MAX_DEPTH = 400;
/** Clients of one file that are looked at. */
const MAX_CLIENTS = 200;
const MAX_NAMES = 500;

/** Variables, by key or as the last part of the name that holds one: "api_key" of `self.config.api_key`. */
interface Mentions {
  keys: Set<string>;
  names: Set<string>;
}

const noMentions = (): Mentions => ({ keys: new Set(), names: new Set() });

/** What is sent in one place, and what is asked around it: sent only where a variable is there, or is not, it is one way of several. */
interface Stretch {
  sent: Mentions;
  asked: Mentions;
  around: Stretch | null;
}

/**
 * Finds the variables that the code sends to a service as credentials, or gives to a client beside one, without ever asking whether they
 * are there: f"Bearer {TOKEN}", `Client(api_key=KEY, username=USER)`, `auth=(USER, TOKEN)`. The service refuses requests without them.
 */
export function findSentCredentials(files: readonly ParsedFile[], project: Project): Set<string> {
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
  if (services.size === 0) return new Set();
  // The address and the account of the same service have no use without the credential, nor the other way round.
  const isBeside = (key: string) => BESIDE.test(key) && services.has(serviceOf(key)) && !known.has(key);
  return new Set([...found, ...heldAnywhere(project).filter(isBeside)]);
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
  #clients = 0;
  readonly #stretches: Stretch[] = [];
  #stretch = this.#begin(null);

  constructor(file: ParsedFile, project: Project) {
    this.#file = file;
    this.#tree = file.tree;
    this.#project = project;
  }

  /** Returns the file's stretches, each behind the one around it. */
  read(): readonly Stretch[] {
    this.#visit(this.#tree.root, false, 0);
    return this.#stretches;
  }

  #begin(around: Stretch | null): Stretch {
    const stretch = { sent: noMentions(), asked: noMentions(), around };
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
    for (const [at, child] of children.entries()) this.#visit(child, isTest || isTestOf(node, children, at), depth + 1);
    this.#stretch = outer;
  }

  #send(node: PyNode): void {
    if (node.name === "FormatString") this.#sendFormatted(node);
    else if (node.name === "BinaryExpression") this.#sendJoined(node);
    else if (node.name === "DictionaryExpression") this.#sendEntries(node);
    else if (node.name === "AssignStatement") this.#sendAssigned(node);
    else if (node.name === "CallExpression") this.#sendArguments(node);
  }

  /** `"Bearer " + token`, `"Bearer %s" % token` */
  #sendJoined(node: PyNode): void {
    const [left, operator, right] = childrenOf(node);
    if (!left || !operator || !right) return;
    const gap = { "+": "", "%": "%s" }[this.#tree.text(operator)];
    const text = this.#tree.string(left) ?? "";
    if (gap !== undefined && text.endsWith(gap) && SCHEME.test(text.slice(0, text.length - gap.length)))
      this.#noteSent(right);
  }

  /** `"Bearer {}".format(token)` */
  #sendFilled(callee: PyNode, args: readonly Argument[]): void {
    const [text, , method] = callee.name === "MemberExpression" ? childrenOf(callee) : [];
    const [only] = args;
    if (!only || !text || !method || this.#tree.text(method) !== "format") return;
    const written = this.#tree.string(text) ?? "";
    if (written.endsWith("{}") && SCHEME.test(written.slice(0, -2))) this.#noteSent(only.value);
  }

  /** `{"X-API-Key": KEY}`, `{"client_id": ID, "client_secret": SECRET}` */
  #sendEntries(node: PyNode): void {
    const children = childrenOf(node);
    const entries = children.flatMap((key, at) => {
      const value = children[at + 1]?.name === ":" ? children[at + 2] : undefined;
      return value ? [{ name: this.#tree.string(key) ?? "", value }] : [];
    });
    if (!entries.some(({ name }) => CREDENTIAL.test(name)) || this.#isLocal(entries)) return;
    for (const { name, value } of entries) if (CREDENTIAL.test(name) || ACCOUNT.test(name)) this.#noteSent(value);
  }

  /** `stripe.api_key = KEY`, `session.auth = (USER, TOKEN)` */
  #sendAssigned(node: PyNode): void {
    const [target] = childrenOf(node);
    const value = childrenOf(node).at(-1);
    const path = target ? this.#tree.dotted(target) : null;
    const isOfLibrary = path !== null && /^(?!(?:self|cls)\.\w+$).+\.\w+$/.test(path);
    if (value && isOfLibrary && CREDENTIAL.test(path.split(".").at(-1) ?? "")) this.#noteSent(value);
  }

  /** f"Bearer {token}", and what is encoded for Basic authentication: `b64encode(f"{user}:{token}".encode())`. */
  #sendFormatted(node: PyNode): void {
    const written = this.#tree.slice(node.from, Math.min(node.to, node.from + 40));
    const scheme = /^[a-zA-Z]{1,2}["']{1,3}([\w-]{1,20}\s)\{/.exec(written)?.[1] ?? "";
    const isEncoded =
      /^f["'](\{[^{}]{1,60}\})?:\{[^{}]{1,60}\}["']$/.test(this.#tree.text(node)) &&
      this.#tree.slice(Math.max(0, node.from - 40), node.from).includes("b64encode(");
    if (!SCHEME.test(scheme) && !isEncoded) return;
    for (const part of node.getChildren("FormatReplacement")) {
      const value = childrenOf(part)[1];
      if (value) this.#noteSent(value);
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
      name === null ? makesClient && this.#isSecret(value) : CREDENTIAL.test(name);
    if (!call.args.some(isCredential) || this.#isLocal(call.args)) return;
    for (const one of call.args)
      if (one.name === null ? makesClient : CREDENTIAL.test(one.name) || COMPANION.test(one.name))
        this.#noteSent(one.value);
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

  #noteSent(value: PyNode): void {
    if (isHostingPlace(value, this.#tree)) return;
    const parts = value.name === "TupleExpression" ? childrenOf(value) : [value];
    for (const part of parts) this.#note(this.#unwrapped(part), this.#stretch.sent);
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
    // An empty password is one.
    const isEmpty =
      !read?.fallback || (this.#tree.string(read.fallback) === "" && !/(PASS|PASSWORD|PWD)$/.test(named ?? ""));
    const key = isEmpty ? named : null;
    if (key !== null) into.keys.add(key);
    const text = into === this.#stretch.asked ? this.#tree.string(node) : null;
    if (text !== null && /^[A-Z][A-Z0-9_]{2,60}$/.test(text)) into.keys.add(text);
    const name = read ? undefined : this.#tree.dotted(node)?.split(".").at(-1);
    if (name !== undefined) into.names.add(name);
  }
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
