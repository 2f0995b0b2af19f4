import { z } from "zod";
import { StartError } from "../errors/start-error.ts";
import { processWide } from "../util/process-wide.ts";
import { RUNTIME_NAMES, type RuntimeName } from "./runtime-name.ts";

// An empty variable counts as absent: forms and compose files leave it that way.
const setting = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === "" ? undefined : value), schema);

const text = setting(z.string().optional());

const baseUrl = z.preprocess(
  (value) => (typeof value === "string" && value !== "" ? value.replace(/(?<!\/)\/+$/, "") : undefined),
  z.url({ protocol: /^https?$/, error: "must be a full URL such as https://catwalk.example.com" }).optional(),
);

const positive = z.coerce.number({ error: "must be a number" }).int().min(1_000, "must be at least 1000");

const variables = z.object({
  DATABASE_URL: setting(
    z
      .string({ error: "is missing. `npm start` sets it to an embedded PostgreSQL; elsewhere give the URL of one" })
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres:// or postgresql://"),
  ),
  DIRECT_URL: setting(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres:// or postgresql://")
      .optional(),
  ),
  DATABASE_POOL_SIZE: setting(
    z.coerce
      .number({ error: "must be a number of connections, from 1 to 1000" })
      .int()
      .min(1, "must be at least 1")
      .max(1000, "must be at most 1000")
      .optional(),
  ),
  ENCRYPTION_KEY: setting(
    z
      .string({ error: "is missing. Make one with: openssl rand -base64 32" })
      .refine((value) => value.split(",").every((key) => Buffer.from(key.trim(), "base64").length === 32), {
        error: "must be 32 bytes in base64, or several separated by commas. Make one with: openssl rand -base64 32",
      }),
  ),
  NEXTAUTH_SECRET: setting(
    z
      .string({ error: "is missing. Make one with: openssl rand -base64 32" })
      .min(32, "must have at least 32 characters. Make one with: openssl rand -base64 32"),
  ),
  NEXTAUTH_URL: baseUrl,
  OWNER_EMAIL: text,
  OWNER_PASSWORD: text,
  GITHUB_ID: text,
  GITHUB_SECRET: text,
  GITHUB_TOKEN: text,
  GITHUB_API_URL: baseUrl,
  OPENROUTER_API_KEY: text,
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: baseUrl,
  ANALYSIS_MODEL: text,
  /** US dollars for a million tokens of input and of output. Prices change, so that Catwalk knows none by itself. */
  ANALYSIS_MODEL_PRICE: setting(
    z
      .string()
      .regex(
        /^\d{1,6}(\.\d{1,6})?\/\d{1,6}(\.\d{1,6})?$/,
        "must be two prices in US dollars for a million tokens: INPUT/OUTPUT",
      )
      .transform((value) => {
        const [input = 0, output = 0] = value.split("/").map(Number);
        return { inputUsd: input, outputUsd: output };
      })
      .optional(),
  ),
  RUNTIME: setting(z.enum(RUNTIME_NAMES, { error: "must be local or fly" }).optional()),
  FLY_API_TOKEN: text,
  FLY_ORG: text,
  FLY_REGION: setting(
    z
      .string()
      .regex(/^[a-z]{3}$/, "must be the three letters of one of Fly's regions, such as iad or fra")
      .optional(),
  ),
  FLY_API_HOSTNAME: baseUrl,
  FLY_PUBLIC_URL_TEMPLATE: setting(
    z
      .string()
      .refine(
        (value) =>
          value.includes("{app}") && /^https?:$/.test(URL.parse(value.replaceAll("{app}", "a"))?.protocol ?? ""),
        {
          error: "must be a full URL with {app} in place of an app's name, such as https://{app}.fly.dev",
        },
      )
      .optional(),
  ),
  MCP_HOST_IMAGE: text,
  MCP_ALLOWED_ORIGINS: setting(
    z
      .string()
      .default("")
      .transform((value) => value.split(/[\s,]+/).filter((origin) => origin !== ""))
      .refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
        error: "must be origins such as https://app.example.com, separated by commas",
      }),
  ),
  /** Limits of the host in front of Catwalk, where they are lower than Catwalk's own. */
  GATEWAY_STREAM_MAX_MS: setting(positive.optional()),
  GATEWAY_MAX_BODY_BYTES: setting(positive.optional()),
  /** Calls that one client may make in a second, on average over ten; 0 sets no limit. A person may make twice as many, a deployment's clients together four times. */
  GATEWAY_MAX_CALLS_PER_S: setting(
    z.coerce
      .number({ error: "must be a number of calls, from 0 to 100000" })
      .int()
      .min(0, "must be at least 0")
      .max(100_000, "must be at most 100000")
      .default(100),
  ),
  /** The number of proxies in front of Catwalk that each append to X-Forwarded-For. 0: nothing in that header is trusted. */
  TRUSTED_PROXY_HOPS: setting(
    z.coerce
      .number({ error: "must be a number of proxies, from 0 to 10" })
      .int()
      .min(0, "must be at least 0")
      .max(10, "must be at most 10")
      .default(0),
  ),
  CATWALK_DATA_DIR: setting(z.string().default(".catwalk")),
  /** The bearer that the caller of /api/cron sends. */
  CRON_SECRET: setting(
    z.string().min(16, "must have at least 16 characters. Make one with: openssl rand -hex 32").optional(),
  ),
  // Set by the platforms themselves.
  VERCEL: text,
  VERCEL_PROJECT_PRODUCTION_URL: text,
  FLY_APP_NAME: text,
  FLY_IMAGE_REF: text,
  PORT: setting(z.coerce.number({ error: "must be a port number" }).int().min(0).max(65_535).default(3000)),
});

const envSchema = variables
  .refine((values) => values.VERCEL === undefined || values.RUNTIME !== "local", {
    path: ["RUNTIME"],
    error:
      "cannot be local on Vercel, where no process outlives a request. Remove it, and set FLY_API_TOKEN here or Fly's token in Settings",
  })
  .transform((values) => ({
    ...values,
    /** The public base URL, without a slash at its end. */
    publicUrl: values.NEXTAUTH_URL ?? platformUrl(values) ?? `http://localhost:${values.PORT}`,
    /** On Vercel no process outlives a request, and there is no disk. */
    onVercel: values.VERCEL !== undefined,
    runtime: (values.RUNTIME ?? (values.FLY_API_TOKEN ? "fly" : "local")) satisfies RuntimeName as RuntimeName,
    /** The base of GitHub's API, without a slash at its end. */
    gitHubApiUrl: values.GITHUB_API_URL ?? "https://api.github.com",
  }));

/** Returns the address at which the platform serves this app, or null when it does not say. */
function platformUrl(values: z.output<typeof variables>): string | null {
  if (values.VERCEL && values.VERCEL_PROJECT_PRODUCTION_URL) return `https://${values.VERCEL_PROJECT_PRODUCTION_URL}`;
  return values.FLY_APP_NAME ? `https://${values.FLY_APP_NAME}.fly.dev` : null;
}

/** The names of all settings, to start a process without those of this one. */
export const SETTING_NAMES: readonly string[] = Object.keys(variables.shape);

/** Deletes empty settings from `process.env`: libraries read some of them too and take "" for a value. */
export function forgetEmptySettings(): void {
  for (const name of SETTING_NAMES) if (process.env[name] === "") delete process.env[name];
}

export type Env = z.output<typeof envSchema>;

/** Returns the app's settings, validated at the first call. */
export function env(): Env {
  return processWide("env", () => parseEnv(process.env));
}

/**
 * Validates settings.
 *
 * @throws StartError whose message has a line for each bad variable: its name and how to make it right, never its value
 */
export function parseEnv(variables: Record<string, string | undefined>): Env {
  const parsed = envSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${String(issue.path[0])} ${issue.message}`);
  throw new StartError(`Catwalk cannot start with these settings:\n${lines.join("\n")}`);
}
