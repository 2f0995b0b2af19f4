import type { Input } from "../spec.ts";
import { isCiName } from "./ci-variables.ts";
import type { InputFinding } from "./findings.ts";
import { isSteeringVariable } from "./steering-variables.ts";

/** Longer texts are no names; the patterns below need a bound. */
const MAX_CHARACTERS = 200;

/** Returns whether a text looks like an environment variable that was named for configuration. */
export function isEnvName(text: string): boolean {
  // YOUR_API_KEY_HERE stands for a value.
  if (/^YOUR_|_HERE$/.test(text)) return false;
  return /^[A-Z][A-Z0-9_]{1,99}$/.test(text) && (text.length > 2 || text.includes("_"));
}

/**
 * Returns whether a text may name a variable with small letters: acme_api_key, acmeApiKey, acme.api.key. Few are named so, and a word
 * alone may be anything, so that this only counts where code itself asks the environment for the name.
 */
export function isMixedCaseName(text: string): boolean {
  const isName = /^[A-Za-z][A-Za-z0-9._]{2,98}[A-Za-z0-9]$/.test(text) && !text.includes("..");
  return isName && /[a-z]/.test(text) && /[._]|.[A-Z]/.test(text) && !isGenericName(text) && !OF_TOOLS.test(text);
}

/** Variables that process managers and build tools set. */
const OF_TOOLS = /^(?:pm|gyp|vscode|jest|vitest)_/i;

const SECRET_PATTERN =
  /(^|_)(API_?KEYS?|KEY|TOKENS?|TKN|SECRETS?|PASSWORD|PASSWD|PASS|PWD|PASS_?PHRASE|KEY_PHRASE|CREDENTIALS?|AUTH|AUTHORIZATION|BEARER|PAT|COOKIES?|(?<!ODBC_)DSN|APIKEY|ACCESSKEY|SECRETKEY|AUTHTOKEN|PRIVATEKEY|MNEMONIC|SEED_PHRASE|JWT|WEBHOOK_URL|SESSION|SESSION_STRINGS?|API_HASH|CONNECTION_STRING|DATABASE_URL|DB_URL|MONGODB_URI|MONGO_URI|POSTGRES_URL|REDIS_URL|SERVICE_ACCOUNT_JSON|APITOKEN|SK)$|PASSWORD|SECRET(?!_NAME|_ID$|_ARN|_PATH|_FILE|S?_(?:MANAGER|PROVIDER|PROJECT|BACKEND|STORE|REGION)$)|APIKEY|API_KEY$|ACCESS_KEY$|PRIVATE_KEY$|_TOKEN$/;

const PUBLIC_PATTERN =
  /(^|_)(MAX|MIN|NUM|TOTAL|LIMIT|COUNT)_(\w+_)?TOKENS?$|(^|_)(CHUNK|CONTEXT|INPUT|OUTPUT|PROMPT|COMPLETION|RESPONSE|THINKING|RESERVED?|PER_\w{1,20})_TOKENS$|TOKENS?_(LIMIT|COUNT|BUDGET|URL|URI|ENDPOINT|TYPE|EXPIRY|TTL|PATH|FILE|LIFETIME|REFRESH_INTERVAL|STORE|CACHE|STORAGE)$|(^|_)(KEY|SECRET|PASSWORD|CREDENTIALS?|COOKIES?|SESSION)_(PATH|FILE|NAME|ID|DIR|TYPE|FORMAT|URL|URI|TTL|TIMEOUT|LENGTH|PREFIX|ENDPOINT|PATTERN)$|PUBLIC_KEY|PUBLISHABLE|(ISSUE|PROJECT|PRIMARY|FOREIGN|SORT|PARTITION|CACHE|LICENSE|SPACE|CLIENT|SSH|TLS|SSL|CERT|FIELD)_KEY(_PATTERN)?$|KEY_PATTERN$|_PER_(KEY|TOKEN|SESSION)$|(^|_)RATE_LIMIT_\w+$|_(ENABLED?|DISABLED?|URL|URI|ENDPOINT|HOST|PORT|TIMEOUT|TTL|PATH|FILE|DIR|REGION|MODE|TYPE|NAME)$/;

/** A switch for what is done with secrets. */
const SWITCH_PATTERN =
  /(^|_)(ENABLE|DISABLE|USE|ALLOW|REQUIRE|VERIFY|SKIP|NO|IGNORE|VALIDATE|REPORT)_\w*(AUTH|TOKEN|KEY|PASSWORD|SECRET|CREDENTIALS?|BEARER|CONNECTION_STRING|FALLBACK)\w*$|(^|_)TRUST_[A-Z]+_AUTH$|(^|_)(SAVE|MASK|HIDE|REDACT|PERSIST)_([A-Z]{1,20}_)?(AUTH|TOKENS?|KEYS?|PASSWORDS?|SECRETS?|CREDENTIALS?|COOKIES?|SESSIONS?)$/;

/** A switch by its name, or the key of a product whose name ends in "use": BROWSER_USE_API_KEY. */
const KEY_BEHIND_USE = /^[A-Z0-9_]{1,60}_USE_(?:API_KEY|API_TOKEN|ACCESS_TOKEN|AUTH_TOKEN|TOKEN|SECRET|PASSWORD)$/;
const NAMED_USE = /^(?:BROWSER|COMPUTER)_USE_/;

/** Returns whether a name may be that of a secret, or of a switch for it: A_USE_API_KEY. What is given there tells. */
export function isKeyBehindUse(key: string): boolean {
  return KEY_BEHIND_USE.test(upperName(key));
}

/** What looks for secrets. */
const SCAN_PATTERN = /(^|_)SECRETS?_(SCAN|SCANNING|DETECTION|MASKING|REDACTION)(_|$)/;

const CONNECTION_STRING_PATTERN =
  /(^|_)(DATABASE_URL|DB_URL|MONGODB_URI|MONGO_URI|POSTGRES_URL|POSTGRESQL_URL|REDIS_URL|CONNECTION_STRING|CONN_STR|WEBHOOK_URL|DATABASE_URI|DB_URI|(?<!ODBC_)DSN)$/;

/** Converts a name to the style of an environment variable: "--api-key" and "apiKey" both become API_KEY. */
export function upperName(key: string): string {
  const name = key.slice(0, MAX_CHARACTERS).replace(/^-+/, "");
  // A name without small letters has its words apart already: NEO4J_URI is no NEO4_J_URI.
  const apart = /[a-z]/.test(name) ? name.replace(/([a-z0-9])([A-Z])/g, "$1_$2") : name;
  return apart.replaceAll(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

/** The end of a name that says in which form it has what it is named for: TOKEN_VALUE, CREDENTIALS_JSON, PRIVATE_KEY_BASE64. */
const FORM_PATTERN = /_(VALUE|CONTENTS?|DATA|JSON|BASE64|B64|STRING)$/;

/** Returns whether a name is that of the words that open a key. */
export function isPassphraseName(key: string): boolean {
  return /(?:PASS_?|KEY_)PHRASE$/.test(upperName(key));
}

/** Returns whether an input's name says that its value is a secret. */
export function isSecretName(key: string): boolean {
  // A second key has a number: API_KEY2, API_KEY_2.
  const name = upperName(key).replace(/(?<=[A-Z])_?[1-9]$/, "");
  return [name, name.replace(FORM_PATTERN, "")].some(namesSecret);
}

/** Returns whether a name may be that of a secret, or of a way to sign in: A_AUTH holds the value of a header, or "basic". */
export function isModeName(key: string): boolean {
  return /(^|_)AUTH$/.test(upperName(key));
}

/** The service behind what it is, "API_KEY_ACME", rather than something about a key: "API_KEY_HEADER". */
const SERVICE_BEHIND = /^(?:API_KEY|API_TOKEN|API_SECRET|ACCESS_TOKEN|AUTH_TOKEN|SECRET_KEY)_([A-Z0-9]{2,20})$/;
const ABOUT_KEY =
  /^(?:ID|IDS|NAME|FILE|PATH|DIR|URL|URI|HEADER|PREFIX|TYPE|TTL|EXPIRY|EXPIRES|LIFETIME|LENGTH|ENV|VAR|FIELD|PARAM|COMMAND|HELPER|REQUIRED|ENABLED|DISABLED|MODE|SCOPE|ISSUER|AUDIENCE|ALGORITHM|COUNT|LIMIT|STORE|PROVIDER|ENDPOINT|VALIDATION)$/;

function namesSecret(name: string): boolean {
  if ((SWITCH_PATTERN.test(name) && !(NAMED_USE.test(name) && isKeyBehindUse(name))) || SCAN_PATTERN.test(name))
    return false;
  const behind = SERVICE_BEHIND.exec(name)?.[1];
  if (behind !== undefined && !ABOUT_KEY.test(behind)) return true;
  return CONNECTION_STRING_PATTERN.test(name) || (SECRET_PATTERN.test(name) && !PUBLIC_PATTERN.test(name));
}

const GENERIC_NAMES = new Set(
  `NODE_ENV ENV ENVIRONMENT APP_ENV PORT HOST HOSTNAME DEBUG VERBOSE LOG_LEVEL LOGLEVEL LOG_FORMAT LOG_FILE LOG_DIR LOG_PATH LOGGING_LEVEL MCP_LOG_LEVEL MCP_DEBUG CI TZ
  LANG LC_ALL HOME PATH PWD OLDPWD USER USERNAME LOGNAME SHELL TERM TERM_PROGRAM COLORTERM TMPDIR TEMP TMP APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES
  SYSTEMROOT SYSTEMDRIVE PROGRAMW6432 COMMONPROGRAMFILES ALLUSERSPROFILE WINDIR COMSPEC PATHEXT USERPROFILE HOMEPATH HOMEDRIVE
  XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE
  DO_NOT_TRACK VITEST JEST_WORKER_ID PYTEST_CURRENT_TEST
  KUBERNETES_SERVICE_HOST DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY SSH_CONNECTION SSH_TTY PACKAGE_VERSION VERSION NO_DEPRECATION TRACE_DEPRECATION DEBUG_FD DEBUG_MIME
  VERCEL VERCEL_URL VERCEL_ENV RAILWAY_STATIC_URL RENDER RENDER_EXTERNAL_URL FLY_APP_NAME DYNO AWS_LAMBDA_FUNCTION_NAME K_SERVICE CODESPACES
  WEBSITE_SITE_NAME WSL_DISTRO_NAME WSL_INTEROP MSYSTEM container`.split(/\s+/),
);

const GENERIC_PREFIX = /^(FASTMCP_|OTEL_|VSCODE_|JEST_|VITEST_|COVERAGE_)/;

/** Returns whether a variable belongs to the system, the runtime, a build, a run of continuous integration or a host, so that no person fills it in. */
export function isGenericName(key: string): boolean {
  return (
    isSteeringVariable(key) ||
    isCiName(key) ||
    GENERIC_NAMES.has(key) ||
    GENERIC_NAMES.has(key.toUpperCase()) ||
    GENERIC_PREFIX.test(key)
  );
}

/**
 * Returns whether a variable or flag chooses or configures a network transport. Catwalk runs servers over stdio, where it has
 * no effect.
 */
export function isTransportName(key: string): boolean {
  const name = upperName(key);
  const part =
    "(TRANSPORT|TRANSPORT_TYPE|TRANSPORT_MODE|TRANSPORTS|PORT|HOST|HTTP_PORT|HTTP_HOST|SSE_PORT|SSE_HOST|BIND|BIND_ADDRESS|BIND_HOST|BIND_PORT|LISTEN|LISTEN_HOST|LISTEN_PORT|HTTP_PATH|SSE_PATH|ENDPOINT_PATH|CORS_ORIGINS?|CORS_ALLOW_ORIGIN|ALLOWED_ORIGINS|ALLOWED_HOSTS|SESSION_TTL|SESSION_TIMEOUT|STATELESS|STATELESS_HTTP|HTTP_MODE|USE_HTTP|USE_SSE|STREAMABLE_HTTP|PUBLIC_BASE_URL|PUBLIC_URL)";
  if (new RegExp(`(^|_)MCP_(SERVER_|HTTP_|SSE_)?${part}$`).test(name)) return true;
  if (/(^|_)(HTTP|SSE)_(PORT|HOST|PATH|SERVER|ENABLED|MODE)$|_TRANSPORT$|^(SSE|STREAMABLE_HTTP)_\w+$/.test(name))
    return true;
  return new RegExp(
    `^(SERVER_|APP_)?${part.replace("PUBLIC_URL)", "PUBLIC_URL|ADDR|LISTEN_ADDR|HTTP_ADDR|BIND_ADDR|SSE|HTTP|STDIO|SERVER_MODE|MCP_PATH)")}$`,
  ).test(name);
}

/**
 * Returns whether an input that is named like one of a network transport is none: a program that demands `--port`, or `ACME_HTTP_PATH`,
 * speaks to another one there, since its own has a port and a path of its choice.
 */
export function isOwnAddress({
  key,
  target,
  whenMissing,
}: Pick<InputFinding, "key" | "target" | "whenMissing">): boolean {
  if (target === "arg") return /^--(port|host)$/.test(key) && whenMissing === "fails";
  const isOfService =
    /^(?!MCP_|SERVER_|APP_)[A-Z0-9]+_(\w+_)?HTTP_(PATH|HOST|PORT)$/.test(key) && !/(^|_)MCP_/.test(key);
  return isOfService && (whenMissing === "fails" || whenMissing === "fails-later");
}

/** Variables that a platform or a build tool sets for itself. */
const PLATFORM_NAME =
  /^(FLY_(REGION|APP_NAME|ALLOC_ID|MACHINE_\w+|P(UBLIC|RIVATE)_IP|IMAGE_REF|PROCESS_GROUP|VM_MEMORY_MB)|RAILWAY_(STATIC_URL|PUBLIC_DOMAIN|PRIVATE_DOMAIN|ENVIRONMENT\w*|SERVICE_\w+|PROJECT_\w+|REPLICA_\w+|GIT_\w+)|RENDER_(EXTERNAL_\w+|SERVICE_\w+|GIT_\w+|INSTANCE_ID)|VERCEL_(URL|ENV|REGION|BRANCH_URL|TARGET_ENV|DEPLOYMENT_ID|PROJECT_PRODUCTION_URL|GIT_\w+)|AWS_(LAMBDA_\w+|EXECUTION_ENV)|HEROKU_(APP_\w+|SLUG_\w+|DYNO_ID)|NETLIFY|CF_PAGES\w*|WEBSITE_\w+|K_(REVISION|CONFIGURATION)|GAE_\w+|NEXT_(RUNTIME|PHASE)|(VITE|TURBO|NX|LERNA|PM2|GUNICORN|UVICORN)_\w+|SSH_(CLIENT|CONNECTION|TTY|AUTH_SOCK)|KUBERNETES_(SERVICE|PORT)\w*|POD_(NAME|NAMESPACE|IP|UID)|CODESPACE_NAME|CODESPACES|GITPOD_\w+|WT_(SESSION|PROFILE_ID)|WSL_\w+|AZURE_FUNCTIONS_ENVIRONMENT|FUNCTIONS_(WORKER|EXTENSION)\w*|JAVA_HOME|GOROOT)$/;

/** Returns whether a platform or a build tool sets a variable, so that a person does not, even where documentation shows it. */
export function isPlatformName(key: string): boolean {
  return PLATFORM_NAME.test(key);
}

/** Variables of a vendor's own hosting, or of the template that a server was made from. */
const TEMPLATE_NAME =
  /^(NEXT_PUBLIC_\w+|CONTAINER(_(IMAGE|ID|HOST))?|DOCKER_IMAGE|(PODMAN|LXC)_\w+|IS_(DOCKER|CONTAINER|LAMBDA|KUBERNETES)|KUBERNETES_(NAMESPACE|NODE_NAME|POD_NAME)|K8S_NODE_NAME|NODE_NAME|IS_SERVERLESS|LOGS?_DIR|(PACKAGE|APP|MCP_SERVER)_(NAME|VERSION|DESCRIPTION)|OAUTH_(PROXY|ISSUER|JWKS|AUDIENCE)\w*|MCP_(HTTP|AUTH|SESSION|STATEFUL|RESPONSE|CORS|CLEANUP)_\w+|MCP_MAX_SESSIONS|DEV_MCP_\w+)$/;

/**
 * Returns whether a variable belongs to the vendor's own hosting: how it verifies other people's tokens, and its public
 * address. Only for names that no documentation shows.
 */
export function isHostingOnlyName(key: string): boolean {
  const name = upperName(key);
  if (PLATFORM_NAME.test(name) || TEMPLATE_NAME.test(name)) return true;
  return /^AUTH_TOKEN$|^(TEST|E2E|INTEGRATION_TEST)_\w+$|^MCP_(SERVER_)?(AUTH|BEARER)_\w+$|(^|_)(JWKS_(URL|URI)|OAUTH_ISSUER|ISSUER(_URL)?|OAUTH_AUTH_SERVER\w*|AUTH_SERVER_URL|INTROSPECT\w*|RESOURCE_(URL|SERVER_URL|METADATA\w*)|CHALLENGE_TOKEN|CLOUD_SERVICE|HTTP_STREAMABLE_SERVER|SSE_LOCAL|PROXY_SECRET|DELEGATED\w*|CLIENT_IP\w*|SESSION_SECRET|COOKIE_SECRET|INSTRUMENTATION_KEY|POSTHOG\w*|SENTRY_(DSN|RELEASE|ENVIRONMENT)|MIXPANEL\w*|SEGMENT_\w+|AMPLITUDE\w*|AGNOST\w*|SMITHERY\w*|VERCEL\w*|RAILWAY\w*|K_REVISION)$/.test(
    name,
  );
}

const WRITES_SAMPLE =
  /^--(create|write|save|export|init|make)-([a-z]{1,20}-){0,2}(config|sample|example|template|schema|env)(-file)?$/;

/** Returns whether a program only writes a file to begin with where it is given a flag: --create-config, --write-sample-config. */
export function writesSample(flag: string): boolean {
  return WRITES_SAMPLE.test(flag);
}

/** Returns whether a flag is about the program itself (--help, --version). */
export function isProgramFlag(flag: string): boolean {
  if (writesSample(flag)) return true;
  return /^--?(help|version|h|v|V|verbose|debug|quiet|silent|log-level|log-file|log-path|log|loglevel|dev|watch|init|setup|config-help|print|no-color|env-file|envfile|env|dotenv|dry-run|login|logout|([a-z]+-)*setup|(list|print|show|dump|generate|check|test|validate|install|uninstall|upgrade|update)(-[a-z-]+)?)$/.test(
    flag,
  );
}

/** Words as their owners write them, where that is neither lower case nor a capital alone. */
const PROPER_WORDS = new Map(
  `API URL ID URI URN SSL TLS SSH SQL JSON XML CSV PDF HTML AWS GCP MCP HTTP HTTPS DB JWT PAT SSO SLA CA IP DNS UUID CLI SDK UI TTL
  SMTP IMAP FTP SFTP S3 EC2 IAM ARN LLM OpenAI OpenRouter OAuth OpenAPI GitHub GitLab GraphQL MySQL PostgreSQL SQLite MongoDB
  MariaDB Neo4j DynamoDB InfluxDB ClickHouse DuckDB MotherDuck BigQuery LinkedIn YouTube WordPress PagerDuty HubSpot ElevenLabs
  DeepSeek DeepL HuggingFace ServiceNow SonarQube TickTick Airtable DevOps JavaScript TypeScript PowerBI QuickBooks BigCommerce WooCommerce
  SharePoint OneDrive OneNote PayPal WhatsApp TikTok ClickUp DataDog CloudFlare OpenSearch RabbitMQ CouchDB CosmosDB ArangoDB TiDB
  SurrealDB LanceDB ChromaDB IPFS RPC YAML TOML CORS CSRF TOTP OTP MFA SAML LDAP VPN VPC GPU CPU RAM NPM PyPI iOS macOS FTPS OCR TTS STT
  E2B LaunchDarkly MS365 RSS HMAC RSA SHA MD5 UTC ISO ABI NFT EVM RDS SQS SNS ECS EKS GCS GKE CRM ERP SKU VAT DSN OIDC JWKS SOCKS5 TCP UDP VBA MB GB KB
  IDs IPs URLs URIs APIs DNSSEC CircleCI arXiv dbt n8n`
    .split(/\s+/)
    .map((word) => [word.toUpperCase(), word] as const),
);
PROPER_WORDS.set("N8N", "n8n");

/** Names of products that are one word, written as capitalized words wherever they stand. */
const PROPER_NAMES = new Set(
  `airbyte algolia amplitude anthropic apify asana atlassian auth0 azure bing bitbucket brave cassandra claude cohere confluence
  contentful databricks dropbox elastic elasticsearch exa facebook figma firebase firecrawl gemini gitea gmail google grafana groq
  instagram intercom jenkins jira kafka keycloak kubernetes langfuse linear mailchimp mailgun milvus miro mistral mixpanel monday netlify
  notion obsidian okta ollama oracle perplexity pinecone plaid postgres prisma prometheus qdrant railway reddit redis replicate resend
  salesforce sendgrid sentry shopify slack snowflake spotify square strapi stripe supabase tavily telegram terraform todoist trello trino
  twilio twitter typesense upstash vercel voyage weaviate webflow xero yandex zendesk zoom`.split(/\s+/),
);

/** Words that names run together or take apart, as people write them. */
const COMPOUNDS: [RegExp, string][] = [
  [/(?<=^|_)OPEN_AI(?=_|$)/g, "OPENAI"],
  [/(?<=^|_)(GIT)_(HUB|LAB)(?=_|$)/g, "$1$2"],
  [/(?<=^|_)(MONGO|MARIA|DYNAMO|INFLUX|COUCH)_DB(?=_|$)/g, "$1DB"],
  [/(?<=^|_)(MY|POSTGRE)_SQL(?=_|$)/g, "$1SQL"],
  [/(?<=^|_)DEV_OPS(?=_|$)/g, "DEVOPS"],
  [/(?<=^|_)(API|ACCESS|SECRET|PRIVATE|PUBLIC|AUTH|BASE|CLIENT)(KEY|TOKEN|URL|ID|SECRET)(?=_|$)/g, "$1_$2"],
];

/** Returns a label as a declaration writes it, or the words of one that is written as a name: "connection_string". */
export function toReadableLabel(label: string): string {
  return /^[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)+$|^[a-z]+(?:[A-Z][a-z0-9]+)+$/.test(label) ? formatLabel(label) : label;
}

/** Formats a name for people: "NOTION_API_KEY" becomes "Notion API key", "OPENAI_ORG_ID" "OpenAI org ID". */
export function formatLabel(key: string): string {
  const whole = COMPOUNDS.reduce((text, [written, words]) => text.replace(written, words), upperName(key));
  const words = whole.split("_").filter((word) => word !== "");
  const text = words.map((word) => PROPER_WORDS.get(word) ?? toPlainWord(word)).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function toPlainWord(word: string): string {
  const plain = word.toLowerCase();
  return PROPER_NAMES.has(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
}

/**
 * The type that an input's name suggests. Only types that accept every text: a guess must not refuse a value that the server
 * takes, such as `host:9000` for MINIO_ENDPOINT or `10MB` for MAX_SIZE.
 */
export function guessType(key: string): Input["type"] {
  return /(^|_)(PATH|DIR|DIRECTORY|FOLDER|FILE)$/.test(upperName(key)) ? "path" : "string";
}

/** Returns whether a word names a network transport. */
export function isNetworkTransport(word: string): boolean {
  return /^(http|https|sse|streamable[-_]?http|streamable|rest|web|websocket|ws|http-stream|httpstream|shttp|remote)$/i.test(
    word,
  );
}
