import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseEnv } from "./env.ts";

const key = () => randomBytes(32).toString("base64");
const needed = { DATABASE_URL: "postgres://me@db/catwalk", ENCRYPTION_KEY: key(), NEXTAUTH_SECRET: key() };

function refusal(variables: Record<string, string>): string {
  let message = "";
  assert.throws(
    () => parseEnv(variables),
    (error: Error) => {
      message = error.message;
      return error.name === "StartError";
    },
  );
  return message;
}

test("everything that is missing is named at once, with how to make it", () => {
  const message = refusal({});
  for (const name of ["DATABASE_URL", "ENCRYPTION_KEY", "NEXTAUTH_SECRET"]) assert.match(message, new RegExp(name));
  assert.match(message, /openssl rand -base64 32/);
  assert.equal(refusal({ DATABASE_URL: "", ENCRYPTION_KEY: "", NEXTAUTH_SECRET: "" }), message);
});

test("a wrong value is named by its variable and never shown", () => {
  const wrong = {
    DATABASE_URL: "http://me:hidden-value@db",
    ENCRYPTION_KEY: `${key()},hidden-value`,
    NEXTAUTH_SECRET: "hidden-value",
    NEXTAUTH_URL: "hidden-value",
    RUNTIME: "hidden-value",
    PORT: "hidden-value",
  };
  for (const [name, value] of Object.entries(wrong)) {
    const message = refusal({ ...needed, [name]: value });
    assert.match(message, new RegExp(`\\b${name} must`));
    assert.doesNotMatch(message, /hidden-value/);
  }
});

test("an unset variable has its documented default", () => {
  const settings = parseEnv({ ...needed, RUNTIME: "", NEXTAUTH_URL: "", PORT: "" });
  assert.equal(settings.publicUrl, "http://localhost:3000");
  assert.equal(settings.runtime, "local");
  assert.equal(settings.CATWALK_DATA_DIR, ".catwalk");
  assert.equal(parseEnv({ ...needed, FLY_API_TOKEN: "a-token" }).runtime, "fly");
  assert.equal(parseEnv({ ...needed, FLY_API_TOKEN: "a-token", RUNTIME: "local" }).runtime, "local");
  assert.equal(parseEnv({ ...needed, NEXTAUTH_URL: "https://cat.example.com/" }).publicUrl, "https://cat.example.com");
});

test("several encryption keys rotate", () => {
  const keys = `${key()}, ${key()}`;
  assert.equal(parseEnv({ ...needed, ENCRYPTION_KEY: keys }).ENCRYPTION_KEY, keys);
});

test("where a platform serves the app is known without being set, and servers on Vercel itself are refused", () => {
  const onFly = parseEnv({ ...needed, FLY_APP_NAME: "my-catwalk" });
  assert.deepEqual([onFly.publicUrl, onFly.onVercel], ["https://my-catwalk.fly.dev", false]);
  const onVercel = { ...needed, VERCEL: "1", VERCEL_PROJECT_PRODUCTION_URL: "my-catwalk.vercel.app" };
  assert.deepEqual(
    [parseEnv(onVercel).publicUrl, parseEnv(onVercel).onVercel],
    ["https://my-catwalk.vercel.app", true],
  );
  assert.equal(
    parseEnv({ ...onVercel, NEXTAUTH_URL: "https://mcp.example.com/" }).publicUrl,
    "https://mcp.example.com",
  );
  assert.throws(() => parseEnv({ ...onVercel, RUNTIME: "local" }), /RUNTIME cannot be local on Vercel.*FLY_API_TOKEN/);
});

test("an address of Fly's apps has a place for the app's name, and a region is a region", () => {
  for (const template of ["https://{app}.fly.dev", "http://127.0.0.1:9000/{app}"]) {
    assert.equal(parseEnv({ ...needed, FLY_PUBLIC_URL_TEMPLATE: template }).FLY_PUBLIC_URL_TEMPLATE, template);
  }
  for (const template of ["https://fly.dev", "{app}.fly.dev", "ftp://{app}"]) {
    assert.throws(() => parseEnv({ ...needed, FLY_PUBLIC_URL_TEMPLATE: template }), /FLY_PUBLIC_URL_TEMPLATE must be/);
  }
  assert.throws(() => parseEnv({ ...needed, FLY_REGION: "Frankfurt" }), /FLY_REGION must be/);
});
