import { z } from "zod";

// The fields of Fly's answers that Catwalk reads. A field that is missing, renamed or of another type takes a safe default, so that
// a change of the platform does not stop Catwalk from managing machines.

const text = z.string().catch("");
const optionalText = z.string().nullish().catch(null);
const words = z.array(z.string()).catch([]);

export const appSchema = z.object({
  name: z.string(),
  status: text,
  network: optionalText,
  organization: z.object({ slug: text }).nullish().catch(null),
});
export type FlyApp = z.infer<typeof appSchema>;

/** Accepts null for an empty list, since Go encodes a nil slice so. */
function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullable()
    .transform((items) => items ?? []);
}

/** A list of apps, bare or with its count beside it. */
export const appsSchema = z.union([
  listOf(appSchema),
  z.object({ apps: listOf(appSchema) }).transform(({ apps }) => apps),
]);

const exitEventSchema = z.object({
  exit_code: z.number().nullish().catch(null),
  guest_exit_code: z.number().nullish().catch(null),
  oom_killed: z.boolean().catch(false),
  requested_stop: z.boolean().catch(false),
});

export const eventSchema = z.object({
  id: text,
  type: text,
  status: text,
  source: text,
  /** Milliseconds since the epoch. */
  timestamp: z.number().catch(0),
  request: z
    .object({
      exit_event: exitEventSchema.nullish().catch(null),
      restart_count: z.number().nullish().catch(null),
      error: optionalText,
    })
    .nullish()
    .catch(null),
});
export type FlyEvent = z.infer<typeof eventSchema>;
export const eventsSchema = listOf(eventSchema);

/** "suspend" comes back as it was sent; "off" and "stop" come back as booleans. */
const autostop = z.union([z.string(), z.boolean()]).nullish().catch(null);

const serviceSchema = z.looseObject({
  protocol: text,
  internal_port: z.number().catch(0),
  autostop,
  autostart: z.boolean().nullish().catch(null),
  min_machines_running: z.number().nullish().catch(null),
  ports: z
    .array(
      z.looseObject({
        port: z.number().nullish().catch(null),
        handlers: words,
        force_https: z.boolean().nullish().catch(null),
      }),
    )
    .catch([]),
});

const records = z.record(z.string(), z.unknown());

export const configSchema = z.looseObject({
  image: text,
  env: z.record(z.string(), z.string()).catch({}),
  metadata: z.record(z.string(), z.string()).catch({}),
  guest: z
    .looseObject({ cpu_kind: text, cpus: z.number().catch(0), memory_mb: z.number().catch(0) })
    .nullish()
    .catch(null),
  services: z.array(serviceSchema).catch([]),
  restart: z.looseObject({ policy: text }).nullish().catch(null),
  rootfs: z.looseObject({ persist: text }).nullish().catch(null),
  init: z
    .looseObject({ exec: words.nullish(), cmd: words.nullish(), entrypoint: words.nullish() })
    .nullish()
    .catch(null),
  files: z.array(records).nullish().catch(null),
  mounts: z.array(records).nullish().catch(null),
  processes: z.array(records).nullish().catch(null),
  containers: z.array(records).nullish().catch(null),
  auto_destroy: z.boolean().nullish().catch(null),
  schedule: optionalText,
});
export type FlyConfig = z.infer<typeof configSchema>;

export const machineSchema = z.object({
  id: z.string(),
  name: text,
  state: text,
  region: text,
  created_at: text,
  /** `instance_id` is the older name of the version. */
  version: optionalText,
  instance_id: optionalText,
  host_status: optionalText,
  config: configSchema.nullish().catch(null),
  incomplete_config: configSchema.nullish().catch(null),
  image_ref: z.looseObject({ digest: optionalText }).nullish().catch(null),
  /** Newest first, as far as the platform tells. */
  events: z.array(eventSchema).nullish().catch(null),
});
export type FlyMachine = z.infer<typeof machineSchema>;

export const machinesSchema = listOf(machineSchema);

/** A lease as the document has it, or wrapped in `data` as the platform answers. */
export const leaseSchema = z.union([
  z.object({ data: z.object({ nonce: z.string(), description: optionalText }) }).transform(({ data }) => data),
  z.object({ nonce: z.string(), description: optionalText }),
]);
export type FlyLease = z.infer<typeof leaseSchema>;

export const ipsSchema = z.object({
  ips: z.array(z.object({ ip: text, shared: z.boolean().catch(false) })).catch([]),
});

export const secretsSchema = z.object({ secrets: z.array(z.object({ name: z.string() })).catch([]) });

/** `Version` is the older name of the field. */
export const secretsVersionSchema = z
  .object({ version: z.number().nullish().catch(null), Version: z.number().nullish().catch(null) })
  .transform(({ version, Version }) => version ?? Version ?? null);

export const deployTokenSchema = z.object({ token: z.string().min(1) });

export const currentTokenSchema = z.object({
  tokens: z
    .array(
      z.object({
        org_slug: text,
        organization: text,
        apps: z.array(z.unknown()).nullish().catch(null),
        user: text,
        restricted_to_machine: text,
      }),
    )
    .catch([]),
});
export type FlyTokenInfo = z.infer<typeof currentTokenSchema>["tokens"][number];

export const regionsSchema = z.object({
  regions: z.array(z.object({ code: z.string(), name: text, deprecated: z.boolean().catch(false) })).catch([]),
});

export const placementsSchema = z.object({
  regions: z.array(z.object({ region: z.string(), count: z.number().catch(0) })).catch([]),
});
