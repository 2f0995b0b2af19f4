import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Arguments, collectArguments, createDrafts, parseArguments, toDrafts } from "./schema-arguments.ts";
import { type Field, readFields } from "./schema-fields.ts";

function fields(properties: Record<string, unknown>, rest: Record<string, unknown> = {}): Field[] {
  const found = readFields({ type: "object", properties, ...rest });
  assert.ok(found);
  return found;
}

const kinds = (list: Field[]) => list.map((field) => [field.key, field.kind]);

describe("readFields", () => {
  test("reads kinds, limits and descriptions, and puts required fields first", () => {
    const list = fields(
      {
        note: { type: "string", format: "date", maxLength: 20 },
        count: { type: "integer", minimum: 1, maximum: 5, default: 2, title: "How many" },
        exact: { type: "boolean" },
        level: { enum: ["low", "high", 3] },
        tags: { type: "array", items: { type: "string" } },
        days: { type: "array", items: { enum: ["mo", "tu"] } },
        where: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        rows: { type: "array", items: { type: "object" } },
        anything: {},
      },
      { required: ["level", "where"] },
    );
    assert.deepEqual(kinds(list), [
      ["level", "choice"],
      ["where", "object"],
      ["note", "text"],
      ["count", "number"],
      ["exact", "boolean"],
      ["tags", "list"],
      ["days", "choices"],
      ["rows", "json"],
      ["anything", "json"],
    ]);
    assert.equal(list[3]?.label, "How many");
    assert.equal(list[3]?.hint, "at least 1, at most 5");
    assert.equal(list[2]?.hint, "date, up to 20 characters");
  });

  test("reads unions with null, references and titled constants", () => {
    const list = fields(
      {
        maybe: { anyOf: [{ type: "integer" }, { type: "null" }], default: null, description: "here" },
        listed: { type: ["string", "null"] },
        colour: { $ref: "#/$defs/Colour", description: "of the door" },
        unit: {
          oneOf: [
            { const: "c", title: "Celsius" },
            { const: "f", title: "Fahrenheit" },
          ],
        },
      },
      { $defs: { Colour: { type: "string", enum: ["red", "blue"], description: "a colour" } } },
    );
    assert.deepEqual(kinds(list), [
      ["maybe", "number"],
      ["listed", "text"],
      ["colour", "choice"],
      ["unit", "choice"],
    ]);
    assert.equal(list[0]?.description, "here");
    assert.equal(list[2]?.description, "of the door");
    const unit = list[3];
    assert.deepEqual(unit?.kind === "choice" && unit.choices.map((choice) => choice.label), ["Celsius", "Fahrenheit"]);
  });

  test("bounds circular, deep and wide schemas, and accepts names of Object's own properties", () => {
    const circle: Record<string, unknown> = { type: "object", properties: {} };
    circle.properties = { again: { $ref: "#" }, self: { $ref: "#/properties/self" } };
    const list = readFields(circle);
    assert.ok(list);
    assert.equal(JSON.stringify(list).length < 100_000, true);

    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, { type: "string" }]));
    assert.equal(readFields({ type: "object", properties: wide }), null);

    const named = readFields(
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"},"x":{"$ref":"#/constructor"}}}',
      ),
    );
    assert.ok(named);
    const collected = collectArguments(named, { "/__proto__": "p", "/constructor": "c" });
    assert.equal(collected.ok && JSON.stringify(collected.arguments), '{"__proto__":"p","constructor":"c"}');
    assert.equal(Object.getPrototypeOf(collected.ok && collected.arguments), Object.prototype);
  });

  test("returns null for a schema of another type, and no field without properties", () => {
    for (const schema of [null, "x", [], { type: "string" }, { type: "object", anyOf: [{}] }])
      assert.equal(readFields(schema), null);
    assert.deepEqual(readFields({ type: "object" }), []);
    assert.deepEqual(readFields({}), []);
  });
});

describe("collectArguments", () => {
  const list = fields(
    {
      message: { type: "string" },
      count: { type: "integer", minimum: 1, maximum: 5 },
      ratio: { type: "number", exclusiveMinimum: 0 },
      exact: { type: "boolean" },
      level: { enum: [1, "two", null] },
      tags: { type: "array", items: { type: "string" } },
      sizes: { type: "array", items: { type: "integer" } },
      where: { type: "object", properties: { city: { type: "string" }, zip: { type: "string" } }, required: ["city"] },
      filter: { type: "object" },
    },
    { required: ["message"] },
  );

  test("converts each field to its type and omits empty optional fields", () => {
    assert.deepEqual(collectArguments(list, { "/message": "hi" }), { ok: true, arguments: { message: "hi" } });
    assert.deepEqual(
      collectArguments(list, {
        "/message": " hi ",
        "/count": "3",
        "/ratio": "0.5",
        "/exact": "false",
        "/level": "1",
        "/tags": ["a", ""],
        "/sizes": ["1", "2"],
        "/where/city": "Oslo",
        "/filter": '{"a":[1]}',
      }),
      {
        ok: true,
        arguments: {
          message: " hi ",
          count: 3,
          ratio: 0.5,
          exact: false,
          level: "two",
          tags: ["a", ""],
          sizes: [1, 2],
          where: { city: "Oslo" },
          filter: { a: [1] },
        },
      },
    );
  });

  test("reports every invalid field at once", () => {
    const collected = collectArguments(list, {
      "/count": "2.5",
      "/ratio": "0",
      "/sizes": ["1", "x"],
      "/where/zip": "0150",
      "/filter": "[1]",
    });
    assert.deepEqual(collected, {
      ok: false,
      errors: {
        "/message": "This is required.",
        "/count": "Enter a whole number.",
        "/ratio": "More than 0.",
        "/sizes": "Item 2 is not a whole number.",
        "/where/city": "This is required.",
        "/filter": "Enter a JSON object: { … }.",
      },
    });
    const broken = collectArguments(list, { "/message": "x", "/filter": "{", "/count": "1e999" });
    assert.ok(!broken.ok);
    assert.match(broken.errors["/filter"] ?? "", /^This is not JSON/);
    assert.equal(broken.errors["/count"], "Enter a number.");
  });

  test("returns the schema's defaults unchanged", () => {
    const withDefaults = fields({
      a: { type: "string", default: "x" },
      b: { type: "boolean", default: false },
      c: { enum: ["p", "q"], default: "q" },
      d: { type: "array", items: { enum: ["m", "n"] }, default: ["n"] },
      e: { type: "object", properties: { f: { type: "number", default: 0 } } },
      g: { default: { deep: true } },
      h: { type: "number", default: "not a number" },
      i: { type: "boolean" },
    });
    assert.deepEqual(collectArguments(withDefaults, createDrafts(withDefaults)), {
      ok: true,
      arguments: { a: "x", b: false, c: "q", d: ["n"], e: { f: 0 }, g: { deep: true } },
    });
  });
});

test("toDrafts returns null when the form would lose part of the arguments", () => {
  const list = fields(
    { a: { type: "string" }, n: { type: "object", properties: { b: { type: "integer" } } }, on: { type: "boolean" } },
    { required: ["on"] },
  );
  const drafts = toDrafts(list, { on: true, n: { b: 2 }, a: "x" });
  assert.deepEqual(drafts, { "/a": "x", "/n/b": "2", "/on": "true" });
  const lossy: Arguments[] = [
    { on: true, extra: 1 },
    { on: "yes" },
    { on: true, a: "" },
    { on: true, n: { b: 2, c: 3 } },
    {},
  ];
  for (const args of lossy) {
    assert.equal(toDrafts(list, args), null, JSON.stringify(args));
  }
  assert.deepEqual(createDrafts(list), { "/on": "false" });
});

test("parseArguments accepts only a JSON object", () => {
  assert.deepEqual(parseArguments("  "), { ok: true, arguments: {} });
  assert.deepEqual(parseArguments('{"a":1}'), { ok: true, arguments: { a: 1 } });
  for (const typed of ["[]", "null", "1", '"x"']) assert.equal(parseArguments(typed).ok, false, typed);
  assert.match(JSON.stringify(parseArguments("{a:1}")), /This is not JSON/);
});
