import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Ids of users that no account of this host has: each deployment gets one, and each install. */
export interface UserRanges {
  servers: IdRange;
  installs: IdRange;
}

export interface IdRange {
  first: number;
  last: number;
}

/** Far above the ids of accounts, and of those that containers are given (subuid). */
const FIRST_ID = 2 ** 30;
const IDS = 2 ** 29;
/** Smallest user namespace that is divided among servers and installs. Docker and Podman map 65,536 ids. */
const MIN_IDS = 60_000;

/**
 * Returns the user ids for servers and installs, or null where this process cannot give its children other users: it is not root, it
 * lacks the capability, or the system is not Linux.
 */
export function findUserRanges(): UserRanges | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const ids = findMappedIds(readIdMap("uid_map"), readIdMap("gid_map"));
  if (ids === null) return null;
  const middle = ids.first + Math.floor((ids.last - ids.first) / 2);
  const ranges = { servers: { first: ids.first, last: middle }, installs: { first: middle + 1, last: ids.last } };
  const { status } = spawnSync("/bin/sh", ["-c", ":"], { uid: middle, gid: middle, cwd: "/", stdio: "ignore" });
  return status === 0 ? ranges : null;
}

/**
 * Returns the user of a deployment's server: the one that its folder has already, else one from the range that depends on the id and
 * that no other folder has.
 *
 * @param folder holds a folder for each deployment, named by its id
 */
export function chooseServerUser(folder: string, deploymentId: string, { first, last }: IdRange): number {
  const isInRange = (id: number) => id >= first && id <= last;
  const own = lstatSync(join(folder, deploymentId), { throwIfNoEntry: false });
  if (own !== undefined && isInRange(own.uid)) return own.uid;
  const taken = new Set(
    readdirSync(folder).map((name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.uid),
  );
  const count = last - first + 1;
  const start = createHash("sha256").update(deploymentId).digest().readUIntBE(0, 6);
  for (let offset = 0; offset < count; offset++) {
    const id = first + ((start + offset) % count);
    if (!taken.has(id)) return id;
  }
  throw new RangeError("there are more deployments than user ids");
}

/** Returns part of the ids that both maps have: from `FIRST_ID` where the maps go so far, else the upper half of the largest. */
function findMappedIds(users: IdRange[], groups: IdRange[]): IdRange | null {
  const both = users
    .flatMap((one) =>
      groups.map((other) => ({ first: Math.max(one.first, other.first), last: Math.min(one.last, other.last) })),
    )
    .sort((one, other) => other.last - other.first - (one.last - one.first))[0];
  if (both === undefined || both.last - both.first < MIN_IDS) return null;
  if (both.first <= FIRST_ID && both.last >= FIRST_ID + IDS) return { first: FIRST_ID, last: FIRST_ID + IDS - 1 };
  return { first: both.first + Math.floor((both.last - both.first) / 2), last: both.last - 2 };
}

/** Reads a map of user_namespaces(7): lines of first id inside, first id outside, count. */
function readIdMap(name: "uid_map" | "gid_map"): IdRange[] {
  try {
    const lines = readFileSync(`/proc/self/${name}`, "utf8").trim().split("\n");
    return lines.map((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return { first, last: first + count - 1 };
    });
  } catch {
    return [];
  }
}
