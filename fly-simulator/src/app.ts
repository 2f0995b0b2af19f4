import { createHash } from "node:crypto";
import { generatePrivateAddress, generatePublicAddress, generateUlid } from "./ids.ts";
import type { Machine } from "./machine.ts";
import { LIMITS, PROXY_RULES } from "./rules.ts";
import { ApiError } from "./types.ts";

interface Secret {
  value: string;
  createdAt: string;
  updatedAt: string;
}

export interface IpAddress {
  ip: string;
  type: string;
  region: string;
  createdAt: string;
}

/** One app: a name, its machines, secrets and addresses. */
export class App {
  readonly id = generateUlid().toLowerCase();
  readonly name: string;
  readonly org: string;
  readonly network: string;
  readonly createdAtMs = Date.now();
  readonly machines = new Map<string, Machine>();
  readonly ips: IpAddress[] = [];
  secretsVersion = 0;
  isDeleting = false;
  readonly #secrets = new Map<string, Secret>();

  constructor(name: string, org: string, network: string) {
    this.name = name;
    this.org = org;
    this.network = network;
  }

  /** The app's name is in the DNS. */
  get isPublic(): boolean {
    return !this.isDeleting && this.ips.some((ip) => PROXY_RULES.publicTypes.value.includes(ip.type));
  }

  /** The machines that are not destroyed. */
  get liveMachines(): Machine[] {
    return [...this.machines.values()].filter((machine) => machine.state !== "destroyed");
  }

  /** Throws ApiError 404. */
  machine(id: string): Machine {
    const machine = this.machines.get(id);
    if (!machine) throw new ApiError(404, "not_found: machine not found");
    return machine;
  }

  /** Returns the secrets as machines get them in their environment. */
  secretValues(): Record<string, string> {
    return Object.fromEntries([...this.#secrets].map(([name, secret]) => [name, secret.value]));
  }

  /** Sets secrets, and removes those that are null. Returns the new version. Throws ApiError 400 for a bad name. */
  setSecrets(values: Readonly<Record<string, string | null>>): number {
    for (const name of Object.keys(values)) {
      if (!LIMITS.secretNamePattern.value.test(name)) throw new ApiError(400, `invalid_argument: secret name ${name}`);
    }
    const now = new Date().toISOString();
    for (const [name, value] of Object.entries(values)) {
      if (value === null) this.#secrets.delete(name);
      else this.#secrets.set(name, { value, createdAt: this.#secrets.get(name)?.createdAt ?? now, updatedAt: now });
    }
    return ++this.secretsVersion;
  }

  /** Returns the document's AppSecret for each secret, sorted by name, with values where `show` is set. */
  secretViews(show: boolean): Record<string, string>[] {
    return [...this.#secrets]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, secret]) => ({
        name,
        digest: createHash("sha256").update(secret.value).digest("hex").slice(0, 16),
        created_at: secret.createdAt,
        updated_at: secret.updatedAt,
        ...(show && { value: secret.value }),
      }));
  }

  /** Assigns an address. Throws ApiError 400 for an unknown type. */
  addIp(type: string, region: string): IpAddress {
    const known = ["v4", "v6", "shared_v4", "private_v6", "egress_v4", "egress_v6"];
    if (!known.includes(type)) throw new ApiError(400, `invalid_argument: unknown ip type "${type}"`);
    const same = this.ips.find((ip) => ip.type === type && type === "shared_v4");
    if (same) return same;
    const ip = type === "private_v6" ? generatePrivateAddress() : generatePublicAddress(type);
    const address = { ip, type, region, createdAt: new Date().toISOString() };
    this.ips.push(address);
    return address;
  }
}
