import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { decrypt, encrypt } from "../crypto/cipher.ts";
import { signingKeyPlace } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { AppError } from "../errors/app-error.ts";
import { processWide } from "../util/process-wide.ts";
import { ACCESS_TOKEN_S, SIGNING_KEY_LEAD_S, SIGNING_KEY_S } from "./lifetimes.ts";

/** The keys of the authorization server as one instance knows them. */
export interface SigningKeys {
  /** Changes whenever a key comes, goes, or begins to sign. */
  version: string;
  /** Private JWKs that this instance can open, the one that signs first. */
  privateJwks: JWK[];
  /** Public JWKs, for `jwks_uri`. */
  publicJwks: JWK[];
  /** Public keys that verify tokens, by `kid`. */
  verifiers: ReadonlyMap<string, KeyObject>;
}

/** Time until an instance reads the keys again. */
const FRESH_MS = 60_000;
/** An unknown `kid` makes an instance read the keys again at most this often, because any client can make one up. */
const RELOAD_EVERY_MS = 5_000;
/** Superseded keys stay for the lifetime of what they signed, and a day for clocks that differ. */
const KEEP_SUPERSEDED_MS = (ACCESS_TOKEN_S + 24 * 60 * 60) * 1_000;
/** Any number that nothing else of Catwalk uses: instances that start together make the first key once. */
const KEYS_LOCK = 7_226_813_514n;

interface Known {
  keys: SigningKeys | null;
  loadedAtMs: number;
  loading: Promise<SigningKeys> | null;
}

const known = () => processWide<Known>("oauth.signing-keys", () => ({ keys: null, loadedAtMs: 0, loading: null }));

/**
 * The keys, from memory while they are fresh. While the database is away the ones that are known go on counting.
 *
 * @throws what the database threw, when none are known yet
 */
export async function signingKeys(): Promise<SigningKeys> {
  const state = known();
  if (state.keys !== null && Date.now() - state.loadedAtMs < FRESH_MS) return state.keys;
  try {
    return await reload(state);
  } catch (error) {
    if (state.keys === null) throw error;
    return state.keys;
  }
}

/**
 * The key that verifies tokens with this `kid`, or null when there is none. A key that another instance has made a moment ago is
 * looked up.
 */
export async function verifierOf(keyId: string): Promise<KeyObject | null> {
  const verifier = (await signingKeys()).verifiers.get(keyId);
  if (verifier !== undefined) return verifier;
  const state = known();
  if (Date.now() - state.loadedAtMs < RELOAD_EVERY_MS) return null;
  const keys = await reload(state).catch(() => state.keys);
  return keys?.verifiers.get(keyId) ?? null;
}

function reload(state: Known): Promise<SigningKeys> {
  state.loading ??= loadSigningKeys()
    .then((keys) => {
      Object.assign(state, { keys, loadedAtMs: Date.now() });
      return keys;
    })
    .finally(() => {
      state.loading = null;
    });
  return state.loading;
}

/**
 * Reads the keys, and makes or removes what is due: the first one, a successor for one that has signed for long, the ones whose
 * tokens have all expired.
 *
 * @param now the time, which tests choose
 */
export async function loadSigningKeys(now = new Date()): Promise<SigningKeys> {
  const rows = await db().oAuthSigningKey.findMany({ orderBy: [{ signsFrom: "desc" }, { id: "asc" }] });
  const opened = rows.map((row) => ({ ...row, privateJwk: openOrNull(row.id, row.privateJwkCiphertext) }));
  const newest = opened.find((row) => row.privateJwk !== null);
  const isDue = newest === undefined || newest.signsFrom.getTime() + SIGNING_KEY_S * 1_000 <= now.getTime();
  const isOver = rows.some((row) => isSuperseded(row, rows, now));
  if (isDue || isOver) {
    await rotate(newest?.id ?? null, isDue, now);
    return loadSigningKeys(now);
  }
  // The successor is published, and signs when its time has come. The very first one signs at once.
  const signing = opened.find((row) => row.privateJwk !== null && row.signsFrom <= now) ?? newest;
  const privateJwks = [signing, ...opened.filter((row) => row !== signing)].flatMap((row) => row?.privateJwk ?? []);
  const publicJwks = rows.map((row) => row.publicJwk as JWK);
  return {
    version: `${signing?.id}:${rows.map((row) => row.id).join()}`,
    privateJwks,
    publicJwks,
    verifiers: new Map(rows.map((row) => [row.id, createPublicKey({ key: row.publicJwk as JWK, format: "jwk" })])),
  };
}

/** Returns whether every token that a key signed has expired: a successor has signed for longer than tokens live. */
function isSuperseded(row: { signsFrom: Date }, rows: { signsFrom: Date }[], now: Date): boolean {
  return rows.some(
    (other) => other.signsFrom > row.signsFrom && other.signsFrom.getTime() + KEEP_SUPERSEDED_MS < now.getTime(),
  );
}

async function rotate(newestId: string | null, isDue: boolean, now: Date): Promise<void> {
  const key = isDue ? await newKey() : null;
  await db().$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${KEYS_LOCK})`;
    const rows = await tx.oAuthSigningKey.findMany({ orderBy: [{ signsFrom: "desc" }, { id: "asc" }] });
    const over = rows.filter((row) => isSuperseded(row, rows, now)).map((row) => row.id);
    await tx.oAuthSigningKey.deleteMany({ where: { id: { in: over } } });
    // Another instance was faster.
    const newest = rows.find((row) => openOrNull(row.id, row.privateJwkCiphertext) !== null);
    if (key === null || (newest?.id ?? null) !== newestId) return;
    const leadMs = newestId === null ? 0 : SIGNING_KEY_LEAD_S * 1_000;
    await tx.oAuthSigningKey.create({ data: { ...key, signsFrom: new Date(now.getTime() + leadMs) } });
  });
}

async function newKey() {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(publicJwk);
  const names = { kid: id, alg: "ES256", use: "sig" };
  const privateJwk = JSON.stringify({ ...(await exportJWK(privateKey)), ...names });
  return {
    id,
    publicJwk: { ...publicJwk, ...names } as Prisma.InputJsonObject,
    privateJwkCiphertext: encrypt(privateJwk, signingKeyPlace(id)),
  };
}

/** Null when no configured key opens it: it then verifies and is published, but signs no more. */
function openOrNull(id: string, ciphertext: string): JWK | null {
  try {
    return JSON.parse(decrypt(ciphertext, signingKeyPlace(id)));
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
