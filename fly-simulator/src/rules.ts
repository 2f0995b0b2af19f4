/**
 * Everything that the simulator holds about Fly, with where it is from. It was never held against the live platform: what is
 * marked "assumed" is a guess on the careful side. Where a rule turns out wrong, this is the only place to change.
 */

const MACHINES_API = "https://fly.io/docs/machines/api/machines-resource/";
const WORKING_WITH = "https://fly.io/docs/machines/api/working-with-machines-api/";
const STATES = "https://fly.io/docs/machines/machine-states/";
const APPS_API = "https://fly.io/docs/machines/api/apps-resource/";
const AUTOSTOP = "https://fly.io/docs/reference/fly-proxy-autostop-autostart/";
const SUSPEND = "https://fly.io/docs/reference/suspend-resume/";
const RESTART = "https://fly.io/docs/machines/guides-examples/machine-restart-policy/";
const ERROR_CODES = "https://fly.io/docs/reference/error-codes/";
const TOKENS = "https://fly.io/docs/security/tokens/";
const HEADERS = "https://fly.io/docs/networking/request-headers/";
const OPENAPI = "openapi.json";
const FLYCTL = "flyctl and fly-go, source";
const ASSUMED = "assumed";

export interface Rule<T> {
  readonly value: T;
  /** A page of Fly's documentation, the API's document, Fly's client, or "assumed". */
  readonly source: string;
  readonly note?: string;
}

function rule<T>(value: T, source: string, note?: string): Rule<T> {
  return note === undefined ? { value, source } : { value, source, note };
}

/** Durations on Fly, in milliseconds. The simulator multiplies them by its `timeScale`. */
export const DURATIONS = {
  createMs: rule(4_000, ASSUMED, "reserving a place and fetching the image: seconds, the first time on a host"),
  startMs: rule(1_000, SUSPEND, "a cold start is two seconds and more, most of it the program's own"),
  resumeMs: rule(300, SUSPEND, "a few hundred milliseconds"),
  stopMs: rule(300, ASSUMED, "beside what the program takes to end"),
  suspendMs: rule(1_500, ASSUMED, "writing the memory to disk"),
  destroyMs: rule(500, ASSUMED),
  destroyedVisibleMs: rule(60_000, ASSUMED, "a machine reads as destroyed before it reads as 404"),
  appDeleteMs: rule(1_000, ASSUMED, "the deletion is answered with 202, and done a little later"),
  restartPauseMs: rule(1_000, ASSUMED, "between two attempts of the restart policy"),
  restartWindowMs: rule(300_000, RESTART, "attempts are counted over five minutes"),
  autostopEveryMs: rule(300_000, AUTOSTOP, "every few minutes; the longest that is usual"),
} as const;

/** Times that are not scaled, since a client's own times meet them. */
export const TIMES = {
  killTimeoutMs: rule(5_000, MACHINES_API, "from the signal to SIGKILL, where the config and the request name none"),
  maxKillTimeoutMs: rule(300_000, MACHINES_API),
  defaultWaitS: rule(60, OPENAPI),
  maxWaitS: rule(60, OPENAPI),
  defaultLeaseS: rule(13, ASSUMED, "where neither lease_ttl nor ttl is given"),
  defaultTokenExpiryMs: rule(20 * 365 * 24 * 3_600_000, TOKENS, "twenty years"),
  proxyHoldMs: rule(60_000, ASSUMED, "how long the proxy holds a request for a machine that is on its way up"),
  proxyConnectMs: rule(
    30_000,
    ERROR_CODES,
    "PM05: so many attempts to reach the port of a started machine; Fly's take some 8 s, this host may be slower",
  ),
  proxyNoCandidateMs: rule(2_000, ERROR_CODES, "PR04: looking for a machine that may serve, where none may"),
  proxyIdleMs: rule(
    60_000,
    ASSUMED,
    "an HTTP stream without a byte either way; the config's idle_timeout counts before it",
  ),
} as const;

/** Requests a second of one token on one action and object, and how many at once. */
export const RATE_LIMITS = {
  action: rule({ perSecond: 1, burst: 3 }, WORKING_WITH, "for each action and machine, or action and app"),
  getMachine: rule({ perSecond: 5, burst: 10 }, WORKING_WITH),
  retryAfterS: rule(1, ASSUMED),
} as const;

export const LIMITS = {
  appNamePattern: rule(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    ASSUMED,
    "a name of the DNS; longer ones were taken in 2025 and could not be reached (flyctl, issue 4283)",
  ),
  machineNamePattern: rule(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, ASSUMED),
  secretNamePattern: rule(/^[A-Za-z_][A-Za-z0-9_]*$/, ASSUMED, "they become environment variables"),
  maxEvents: rule(50, OPENAPI),
  defaultEvents: rule(20, OPENAPI, "also in a machine itself, which is assumed"),
  maxBodyBytes: rule(2 * 1024 * 1024, ASSUMED),
  memoryStepMb: rule(256, MACHINES_API),
  maxSharedMemoryMbPerCpu: rule(2_048, MACHINES_API),
  maxSuspendMemoryMb: rule(2_048, SUSPEND),
  defaultMaxRestarts: rule(10, RESTART),
  defaultSoftLimit: rule(20, AUTOSTOP),
} as const;

export type MachineState =
  | "created"
  | "starting"
  | "started"
  | "stopping"
  | "stopped"
  | "suspending"
  | "suspended"
  | "restarting"
  | "replacing"
  | "failed"
  | "destroying"
  | "destroyed";

export type Action = "start" | "stop" | "suspend" | "restart" | "update" | "delete" | "forced delete" | "signal";

/** In which states a machine takes an action (`from`), and in which it is content already (`done`); in all others it is 412. */
export const ACTIONS: Record<Action, Rule<{ from: readonly MachineState[]; done: readonly MachineState[] }>> = {
  start: rule(
    { from: ["stopped", "suspended", "failed"], done: ["started", "starting"] },
    STATES,
    "412 while created or replacing",
  ),
  stop: rule(
    { from: ["started", "starting", "restarting", "suspended"], done: ["stopped", "stopping"] },
    SUSPEND,
    "a snapshot is dropped",
  ),
  suspend: rule({ from: ["started"], done: ["suspended", "suspending"] }, SUSPEND),
  restart: rule({ from: ["started"], done: [] }, ASSUMED),
  update: rule(
    { from: ["started", "stopped", "suspended", "failed"], done: [] },
    ASSUMED,
    "not while it is on its way",
  ),
  delete: rule(
    { from: ["created", "stopped", "suspended", "failed"], done: ["destroying"] },
    ASSUMED,
    "stop it first, or force",
  ),
  "forced delete": rule(
    {
      from: [
        "created",
        "starting",
        "started",
        "stopping",
        "stopped",
        "suspending",
        "suspended",
        "restarting",
        "replacing",
        "failed",
      ],
      done: ["destroying"],
    },
    MACHINES_API,
  ),
  signal: rule({ from: ["started"], done: [] }, ASSUMED),
};

export const SETTLED_STATES = rule<readonly MachineState[]>(
  ["started", "stopped", "suspended", "failed", "destroyed"],
  STATES,
  "what wait?state=settled waits for; created is on its way",
);

/** Known differences between the platform and its document, including omissions of the document. */
export const DIFFERENCES = {
  pathPrefix: rule("/v1", FLYCTL, "the document has it in the server's address"),
  appNameField: rule("name", FLYCTL, "a page of the documentation says app_name"),
  leaseWrapped: rule(true, FLYCTL, "a lease is answered as {status, data}"),
  startAnswersBody: rule(true, MACHINES_API, "{previous_state, migrated, new_host}; the document has no body"),
  stopNeedsBody: rule(true, "superfly/docs issue 2187", "without one: 400, it cannot be parsed"),
  autostopBooleans: rule(true, OPENAPI, "off and stop come back as false and true, suspend as it is"),
  waitStoppedNeedsVersion: rule(
    true,
    "Kilo-Org/cloud pull request 297",
    "wait?state=stopped without instance_id or version is 400",
  ),
  unknownFieldsIgnored: rule(true, ASSUMED, "as Go's decoder does; the simulator notes each as a violation"),
  /** Beyond those of the document, by operation. */
  extraQuery: rule<Record<string, readonly string[]>>(
    {
      Apps_create: ["wait"],
      Apps_delete: ["force"],
      Apps_list: ["limit", "cursor"],
      Machines_list: ["include_leases", "limit", "cursor"],
      Machines_show: ["version", "include_leases"],
      Machines_delete: ["kill"],
    },
    FLYCTL,
  ),
  /** `metadata.KEY=VALUE` filters the list of machines. */
  metadataFilterPrefix: rule("metadata.", MACHINES_API),
  /** Fields of requests that the document does not have. */
  extraFields: rule<Record<string, Record<string, unknown>>>(
    { CreateAppRequest: { idempotency_key: { type: "string" } } },
    FLYCTL,
  ),
  /** Maps of which a null value means: remove. The document has strings only, and says so in words. */
  nullableValues: rule<readonly [schema: string, field: string][]>(
    [
      ["AppSecretsUpdateRequest", "values"],
      ["updateMetadataRequest", "metadata"],
    ],
    OPENAPI,
  ),
  statusCodes: rule<readonly string[]>(
    ["unknown", "insufficient_capacity", "volume_placement_capacity", "name_taken"],
    FLYCTL,
  ),
  machineFields: rule<readonly string[]>(["version", "cordoned", "lease"], FLYCTL, "newer than the document"),
} as const;

/** Permissions of tokens. */
export const TOKEN_RULES = {
  schemes: rule(["Bearer", "FlyV1"], FLYCTL, "clients send FlyV1 for macaroons, the documentation shows Bearer"),
  deployTokenScope: rule("one app, which it cannot create", TOKENS),
  deployTokenDeletesApp: rule(false, ASSUMED),
  deployTokenMakesTokens: rule(false, ASSUMED),
  foreignAppStatus: rule(403, APPS_API, "an app of another organization; a free name is 404"),
} as const;

/** Rules of machines: their environment, images and capacity. */
export const MACHINE_RULES = {
  secretsAt: rule("start", ASSUMED, "secrets become environment at the next cold start, and win over config.env"),
  minSecretsVersionStatus: rule(
    412,
    "Kilo-Org/cloud, tests of its client",
    "a version that the app's secrets have not reached: it passes",
  ),
  unknownImageStatus: rule(422, ASSUMED, "the manifest is asked for before anything is made"),
  noCapacityStatus: rule(
    422,
    OPENAPI,
    "with the status insufficient_capacity; a client in production has also seen 400, 409 and 412 with the words alone, and 403 for an organization's quota in a region (Kilo-Org/cloud)",
  ),
  roomOfRegion: rule(10, ASSUMED, "machines that a placement without a count says there is room for"),
  nameTakenStatus: rule(422, FLYCTL, "with the status name_taken"),
  staleVersionStatus: rule(409, FLYCTL, "current_version, and leases that another holds"),
  unforcedDeleteStatus: rule(412, ASSUMED),
  runningAppDeleteStatus: rule(412, APPS_API, "machines should be stopped first, or force=true; the status is assumed"),
  rootfs: rule(
    {
      never: "gone with each cold start",
      restart: "kept until an update",
      always: "kept until the machine is destroyed",
    },
    "https://fly.io/docs/reference/configuration/ (persist_rootfs)",
  ),
  suspendDropsWith: rule(["update", "stop"], SUSPEND, "the snapshot is dropped, and the next start is a cold one"),
  autostopFallsBack: rule(true, OPENAPI, "suspend becomes stop where a machine cannot be suspended"),
  autostopLoad: rule(0, AUTOSTOP, "a single machine is stopped when no request is open at that moment"),
  autostopPerRegion: rule(1, AUTOSTOP, "of several machines, at most one in each region and pass"),
  flyVariables: rule(
    [
      "FLY_APP_NAME",
      "FLY_MACHINE_ID",
      "FLY_ALLOC_ID",
      "FLY_REGION",
      "FLY_PRIVATE_IP",
      "FLY_IMAGE_REF",
      "FLY_MACHINE_VERSION",
      "FLY_VM_MEMORY_MB",
    ],
    "https://fly.io/docs/machines/runtime-environment/",
  ),
} as const;

/** Answers of Fly's proxy. Its errors are plain and empty. Their code is in the app's log alone. */
export const PROXY_RULES = {
  requestHeaders: rule(
    [
      "fly-client-ip",
      "fly-forwarded-port",
      "fly-forwarded-proto",
      "fly-region",
      "fly-request-id",
      "via",
      "x-forwarded-for",
      "x-forwarded-port",
      "x-forwarded-proto",
    ],
    HEADERS,
  ),
  noAddress: rule("no answer", ASSUMED, "without an address the name is not in the DNS: the connection is cut"),
  noCandidateStatus: rule(503, ERROR_CODES, "PR03, PR04: no machine that may serve"),
  refusedStatus: rule(502, ERROR_CODES, "PC01, PU02: nothing listens on the port, or it went away"),
  overHardLimitStatus: rule(503, ERROR_CODES, "PR04: every machine is at its hard limit"),
  publicTypes: rule(
    ["v4", "v6", "shared_v4"],
    APPS_API,
    "private_v6 and egress addresses are not reached from outside",
  ),
} as const;

/** Behavior of the simulator in place of a platform. Fly has no such rules. */
export const STAND_INS = {
  image:
    "Every image that it knows is mcp-host of this repository, listening on port 8080. Catwalk's own image is one with the command that starts mcp-host in it. Every other command, entrypoint, process and container is refused.",
  data: "A machine's /data is a folder below the simulator's own. Where /data stands as a path in a variable's value, or a file's guest_path, the folder's path is put in its place; but in the files of MCP_SERVER_FILES. Files elsewhere are refused.",
  network:
    "The network is this host's: HOME, the settings of npm, pip and uv, proxies and certificates come from the simulator's environment.",
  checks: "A check passes as soon as the port listens, and nobody is kept away by one that does not.",
  suspend: "SIGSTOP to every process of the machine, SIGCONT to resume: the clock jumps, sockets stay.",
  memory: "Is not limited; the command oom plays what happens when it runs out.",
  names: "A public name is a path: http://127.0.0.1:PORT/APP stands for https://APP.fly.dev.",
} as const;
