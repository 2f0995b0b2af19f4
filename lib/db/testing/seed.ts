import { createHash } from "node:crypto";
import type pg from "pg";

export interface SeedSizes {
  people: number;
  deployments: number;
  /** Call records of each deployment. */
  callsEach: number;
}

/** The access key of every seeded deployment's first key is this followed by its number, padded with zeros to 43 characters. */
const KEY_PREFIX = "cwk_";
const KEYS_EACH = 2;
/** Rows of one statement: enough to be fast, few enough that the seed says how far it is. */
const ROWS_EACH = 500_000;

/** Returns the e-mail address of a seeded person, numbered from 1. The first is the instance's owner. */
export function seededEmail(person: number): string {
  return `person-${person}@example.com`;
}

/** Returns the id of a seeded person. */
export function seededPersonId(person: number): string {
  return toUuid(`person ${person}`);
}

/** Returns the id of a seeded deployment, numbered from 1. The same in every seeded database. */
export function seededDeploymentId(deployment: number): string {
  return toUuid(`deployment ${deployment}`);
}

/**
 * Fills a migrated database with people and deployments that their owners have stopped, each with its analysis, steps, keys, members,
 * connected clients, events and call records. Skips the triggers of foreign keys, so the role must be a superuser.
 *
 * @param client a connection of its own
 * @param say called with what is being written
 */
export async function seedDatabase(
  client: pg.Client,
  sizes: SeedSizes,
  { passwordHash = null, say = () => {} }: { passwordHash?: string | null; say?: (line: string) => void } = {},
): Promise<void> {
  const { people, deployments } = sizes;
  await client.query(SEEDED_ID);
  await client.query("set session_replication_role = replica; set synchronous_commit = off; set work_mem = '256MB'");
  say(`${people} people, ${deployments} deployments …`);
  for (const { sql, values } of listStatements(people, deployments, passwordHash)) await client.query(sql, values);
  const step = Math.max(1, Math.floor(ROWS_EACH / Math.max(1, sizes.callsEach)));
  for (let from = 1; from <= deployments; from += step) {
    const to = Math.min(deployments, from + step - 1);
    say(`call records of the deployments ${from} to ${to} …`);
    await client.query(CALL_RECORDS, [from, to, sizes.callsEach]);
  }
  say("analyzing …");
  await client.query("reset session_replication_role; reset synchronous_commit");
  // The first writes out every commit so far: VACUUM marks no page visible to all whose commit is not on disk, and without such
  // pages PostgreSQL prefers to read a table to reading an index alone.
  await client.query("analyze");
  await client.query("vacuum analyze");
}

function toUuid(text: string): string {
  const hex = createHash("md5").update(text).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-8$3-8$4-$5");
}

/** The same in SQL: a UUID of version 8 (RFC 9562, 5.8), since the app takes no text for an id that is no UUID. */
const SEEDED_ID = `create or replace function pg_temp.seeded_id(text) returns uuid language sql immutable as
  $$ select overlay(overlay(md5($1) placing '8' from 13) placing '8' from 17)::uuid $$`;

const SPEC = {
  server: {
    name: "everything",
    description: "A server for measurements.",
    runtime: "npm",
    package: "@modelcontextprotocol/server-everything",
    version: "2026.8.31",
    args: [],
  },
  inputs: [],
  alternatives: [],
};

function listStatements(
  people: number,
  deployments: number,
  passwordHash: string | null,
): { sql: string; values: unknown[] }[] {
  const statements: [sql: string, values?: unknown[]][] = [
    [
      `insert into users (id, email, name, role, password_hash)
       select pg_temp.seeded_id('person ' || n), 'person-' || n || '@example.com', 'Person ' || n,
              (case when n = 1 then 'owner' else 'member' end)::user_role, $2 from generate_series(1, $1::int) n`,
      [people, passwordHash],
    ],
    [
      `insert into api_tokens (id, user_id, name, token_hash, prefix)
       select pg_temp.seeded_id('token ' || t || ' of ' || n), pg_temp.seeded_id('person ' || n), 'token ' || t, md5('token ' || t || ' of ' || n), 'cwt_000'
       from generate_series(1, $1::int) n, generate_series(1, 3) t`,
      [people],
    ],
    [
      `insert into analyses (id, owner_id, source, cache_key, result, created_at)
       select pg_temp.seeded_id('analysis ' || n), pg_temp.seeded_id('person ' || (n % $2 + 1)), 'npm:server-' || n, 'cache ' || n, '{}',
              now() - n * interval '1 minute'
       from generate_series(1, $1::int) n`,
      [deployments, people],
    ],
    [
      `insert into deployments (id, owner_id, analysis_id, name, source, spec, status, desired, runtime, handshake, tools, created_at, updated_at,
                                last_call_at)
       select pg_temp.seeded_id('deployment ' || n), pg_temp.seeded_id('person ' || (n % $2 + 1)), pg_temp.seeded_id('analysis ' || n), 'Server ' || n,
              'npm:server-' || n, $3::jsonb, 'stopped', 'stopped', 'local',
              '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"everything","version":"1.0.0"}}'::jsonb,
              (select jsonb_agg(jsonb_build_object('name', 'tool-' || t, 'description', repeat('What it does. ', 10),
                                                   'inputSchema', '{"type":"object"}'::jsonb)) from generate_series(1, 15) t),
              now() - n * interval '1 minute', now() - n * interval '1 minute', now() - n * interval '1 minute'
       from generate_series(1, $1::int) n`,
      [deployments, people, JSON.stringify(SPEC)],
    ],
    [
      `insert into deployment_steps (deployment_id, name, status, attempts, started_at, ended_at, log)
       select pg_temp.seeded_id('deployment ' || n), step, 'done', 1, now(), now(), repeat('a line of the log' || chr(10), 10)
       from generate_series(1, $1::int) n, unnest(enum_range(null::step_name)) step`,
      [deployments],
    ],
    [
      `insert into credentials (deployment_id, key, ciphertext, updated_at)
       select pg_temp.seeded_id('deployment ' || n), 'API_TOKEN_' || k, 'a ciphertext that no key opens', now()
       from generate_series(1, $1::int) n, generate_series(1, 3) k`,
      [deployments],
    ],
    [
      `insert into access_keys (id, deployment_id, user_id, name, key_hash, prefix)
       select pg_temp.seeded_id('key ' || k || ' of ' || n), pg_temp.seeded_id('deployment ' || n), pg_temp.seeded_id('person ' || (n % $4 + 1)), 'key ' || k,
              encode(sha256(convert_to($2 || lpad((n * $3 + k)::text, 43, '0'), 'UTF8')), 'hex'), 'cwk_000'
       from generate_series(1, $1::int) n, generate_series(1, $3::int) k`,
      [deployments, KEY_PREFIX, KEYS_EACH, people],
    ],
    [
      `insert into connected_clients (id, deployment_id, user_id, client_id, client_name, redirect_host)
       select pg_temp.seeded_id('client ' || n), pg_temp.seeded_id('deployment ' || n), pg_temp.seeded_id('person ' || (n % $2 + 1)), 'client-' || n % 10,
              'Claude', 'claude.ai'
       from generate_series(1, $1::int) n`,
      [deployments, people],
    ],
    [
      `insert into deployment_users (id, deployment_id, email, user_id)
       select pg_temp.seeded_id('member ' || n), pg_temp.seeded_id('deployment ' || n), 'person-' || ((n + 1) % $2 + 1) || '@example.com',
              pg_temp.seeded_id('person ' || ((n + 1) % $2 + 1))
       from generate_series(1, $1::int) n`,
      [deployments, people],
    ],
    [
      `insert into connection_events (id, deployment_id, at, step, client)
       select pg_temp.seeded_id('event ' || e || ' of ' || n), pg_temp.seeded_id('deployment ' || n), now() - e * interval '1 minute', 'call', 'Claude'
       from generate_series(1, $1::int) n, generate_series(1, 5) e`,
      [deployments],
    ],
    [
      `insert into oauth_clients (id, metadata, created_at, last_used_at)
       select 'client-' || n, '{}', now() - n * interval '1 minute', now() - n * interval '1 minute' from generate_series(1, $1::int) n`,
      [deployments],
    ],
    [
      `insert into oauth_records (model, id_hash, connected_client_id, payload, expires_at)
       select 'RefreshToken', md5('token ' || n), pg_temp.seeded_id('client ' || n), '{}', now() + interval '30 days' from generate_series(1, $1::int) n`,
      [deployments],
    ],
  ];
  return statements.map(([sql, values = []]) => ({ sql, values }));
}

/** Records of a week, so that what is kept by age is kept. */
const CALL_RECORDS = `
  insert into call_records (id, deployment_id, access_key_id, at, method, target, http_status, error_code, duration_ms, request_bytes,
                            response_bytes, client)
  select pg_temp.seeded_id('call ' || c || ' of ' || n), pg_temp.seeded_id('deployment ' || n), pg_temp.seeded_id('key 1 of ' || n),
         now() - (c * 600 + n % 600) * interval '1 second', 'tools/call', 'tool-' || c % 15, 200, case when c % 50 = 0 then -32000 end,
         5 + c % 200, 120, 800, 'Claude 1.0'
  from generate_series($1::int, $2::int) n, generate_series(1, $3::int) c`;
