import { randomBytes, randomInt } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let lastMs = 0;
let lastCount = 0;

/** Generates an id of 26 characters that sorts by time, as Fly's versions, events and requests have. */
export function generateUlid(): string {
  const now = Math.max(Date.now(), lastMs);
  lastCount = now === lastMs ? lastCount + 1 : 0;
  lastMs = now;
  let time = "";
  for (let rest = now, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time;
  const count = lastCount.toString(32).padStart(4, "0");
  const counted = [...count].map((character) => CROCKFORD[Number.parseInt(character, 32)]).join("");
  const random = Array.from({ length: 12 }, () => CROCKFORD[randomInt(32)]).join("");
  return `${time}${counted}${random}`;
}

/** Generates a machine's id: 14 hexadecimal digits. */
export function generateMachineId(): string {
  return randomBytes(7).toString("hex");
}

/** Generates an address of the private network. */
export function generatePrivateAddress(): string {
  const group = () => randomBytes(2).toString("hex");
  return `fdaa:0:${group()}:a7b:${group()}:${group()}:${group()}:2`;
}

/** Generates a public address in one of Fly's blocks. */
export function generatePublicAddress(type: string): string {
  if (type === "shared_v4") return `66.241.124.${randomInt(1, 255)}`;
  if (type === "v4" || type === "egress_v4") return `137.66.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  return `2a09:8280:1::${randomInt(1, 255).toString(16)}:${randomBytes(2).toString("hex")}:0`;
}

/** Generates a token with the shape of Fly's. */
export function generateToken(): string {
  return `fm2_${randomBytes(60).toString("base64url")}`;
}
