import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { AppError } from "../errors/app-error.ts";
import { readJsonBody } from "./json-body.ts";

const schema = z.strictObject({ name: z.string().min(2, "is too short"), count: z.number().optional() });

function read(body: BodyInit | null, maxBytes = 1024): Promise<unknown> {
  const request = new Request("http://catwalk.test/", { method: "POST", body, duplex: "half" } as RequestInit);
  return readJsonBody(request, schema, { maxBytes, hint: 'Send {"name":"…"}.' });
}

async function failureOf(reading: Promise<unknown>): Promise<AppError> {
  const error = await reading.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof AppError);
  return error;
}

test("a body of the documented shape is returned", async () => {
  assert.deepEqual(await read('{"name":"für","count":2}'), { name: "für", count: 2 });
});

test("a body that is not JSON in UTF-8 is refused with the caller's hint", async () => {
  for (const body of [null, "", "{", "name=x", new Uint8Array([0x22, 0xff, 0x22])]) {
    const error = await failureOf(read(body));
    assert.equal(error.code, "invalid_request");
    assert.equal(error.hint, 'Send {"name":"…"}.');
  }
});

test("each bad field is named with its reason", async () => {
  const error = await failureOf(read('{"name":"x","nmae":"typo"}'));
  assert.deepEqual(error.fields, { name: "is too short", nmae: "This field is not known here." });
  assert.deepEqual(Object.keys((await failureOf(read("[]"))).fields ?? {}), [""]);
});

test("reading stops at the limit and cancels a body without an end", async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
    cancel: () => {
      isCancelled = true;
    },
  });
  const error = await failureOf(read(endless, 64 * 1024));
  assert.equal(error.code, "too_large");
  assert.equal(error.message, "The body is larger than 64 KB.");
  assert.ok(isCancelled);
});
