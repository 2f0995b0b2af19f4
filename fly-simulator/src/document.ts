import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { DIFFERENCES } from "./rules.ts";

type Json = Record<string, unknown>;

/** One operation of the document. */
export interface Operation {
  id: string;
  method: string;
  /** With the document's placeholders: "/apps/{app_name}". */
  template: string;
}

export interface MatchedOperation extends Operation {
  /** The values of the placeholders. */
  path: Record<string, string>;
}

/** One fault of a request or response. */
export interface Finding {
  message: string;
  /** The status with which Fly rejects it; null where Fly accepts it. */
  status: number | null;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Json;
}

interface Described extends Operation {
  pattern: RegExp;
  names: string[];
  parameters: Parameter[];
  bodyRequired: boolean;
  bodySchema: Json | null;
  answers: Record<string, Json | null>;
}

/** Fly's OpenAPI document with its known differences, and the validation of requests and responses against it. */
export class ApiDocument {
  readonly #operations: Described[] = [];
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #pruningAjv = new Ajv({ strict: false, removeAdditional: true });
  readonly #queryAjv = new Ajv({ strict: false, coerceTypes: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    const document = asObject(
      JSON.parse(readFileSync(join(import.meta.dirname, "../../lib/runtime/fly/api/openapi.json"), "utf8")),
    );
    const schemas = asObject(asObject(document.components).schemas);
    applyDifferences(schemas);
    // "open" finds what Fly rejects; "closed", which allows no other fields, finds what Fly ignores.
    this.#ajv.addSchema({ $id: "open", components: { schemas: structuredClone(schemas) } });
    for (const schema of Object.values(schemas)) forbidAdditional(schema);
    this.#ajv.addSchema({ $id: "closed", components: { schemas } });
    this.#pruningAjv.addSchema({ $id: "pruned", components: { schemas } });
    for (const [template, methods] of Object.entries(asObject(document.paths))) {
      for (const [method, operation] of Object.entries(asObject(methods))) {
        this.#operations.push(describeOperation(template, method, asObject(operation)));
      }
    }
  }

  /** Finds the operation of a path without its prefix. Returns the path's methods when this one is not among them, or null. */
  match(method: string, pathname: string): MatchedOperation | string[] | null {
    const ofPath = this.#operations.filter((operation) => operation.pattern.test(pathname));
    if (ofPath.length === 0) return null;
    // The fewest placeholders win: "/machines/{id}/metadata" before "/machines/{id}/{anything}".
    const found = ofPath
      .filter((operation) => operation.method === method)
      .sort((a, b) => a.names.length - b.names.length)[0];
    if (!found) return ofPath.map((operation) => operation.method);
    const values = found.pattern.exec(pathname)?.slice(1) ?? [];
    const path = Object.fromEntries(found.names.map((name, index) => [name, decodeSegment(values[index] ?? "")]));
    return { id: found.id, method, template: found.template, path };
  }

  /** Validates the query against the operation's parameters. */
  checkQuery(operation: Operation, query: URLSearchParams): Finding[] {
    const { parameters } = this.#described(operation);
    const findings: Finding[] = [];
    const extra = DIFFERENCES.extraQuery.value[operation.id] ?? [];
    const known = parameters.filter((parameter) => parameter.in === "query");
    for (const name of new Set(query.keys())) {
      const parameter = known.find((candidate) => candidate.name === name);
      const filter = operation.id === "Machines_list" && name.startsWith(DIFFERENCES.metadataFilterPrefix.value);
      if (!parameter && !filter && !extra.includes(name)) {
        findings.push({ message: `the query parameter ${name} is not one of ${operation.id}`, status: null });
      }
      if (!parameter) continue;
      // A list may be repeated or separated by commas.
      const isList = Array.isArray(parameter.schema.enum);
      const values = query.getAll(name).flatMap((value) => (isList ? value.split(",") : [value]));
      const validate = this.#validator(this.#queryAjv, JSON.stringify({ type: "array", items: parameter.schema }));
      if (!validate(values)) findings.push({ message: `the query parameter ${name} is not as described`, status: 400 });
    }
    for (const parameter of known) {
      if (parameter.required && !query.has(parameter.name)) {
        findings.push({ message: `the query parameter ${parameter.name} is missing`, status: 400 });
      }
    }
    return findings;
  }

  /** Lists the headers that the operation requires. */
  requiredHeaders(operation: Operation): string[] {
    const { parameters } = this.#described(operation);
    return parameters.filter((parameter) => parameter.in === "header" && parameter.required).map((item) => item.name);
  }

  /** Tells whether the operation requires a body, and whether it allows one. */
  body(operation: Operation): { required: boolean; allowed: boolean } {
    const described = this.#described(operation);
    const stop = operation.id === "Machines_stop" && DIFFERENCES.stopNeedsBody.value;
    return { required: described.bodyRequired || stop, allowed: described.bodySchema !== null };
  }

  /** Validates a parsed body. Removes the fields that the document does not name, since Fly does not read them. */
  checkBody(operation: Operation, body: unknown): Finding[] {
    const { bodySchema } = this.#described(operation);
    if (bodySchema === null) return [];
    const wrong = this.#errors("open", bodySchema, body);
    if (wrong.length > 0) return wrong.map((message) => ({ message: `the body's ${message}`, status: 400 }));
    const unknown = this.#errors("closed", bodySchema, body);
    if (unknown.length > 0) this.#validator(this.#pruningAjv, qualifyRefs("pruned", bodySchema))(body);
    return unknown.map((message) => ({ message: `the body's ${message}`, status: null }));
  }

  /** Validates a response of the simulator. */
  checkAnswer(operation: Operation, status: number, body: unknown): Finding[] {
    const { answers } = this.#described(operation);
    const schema = status >= 400 ? { $ref: "#/components/schemas/ErrorResponse" } : answers[String(status)];
    if (schema === undefined) return [{ message: `the document has no answer ${status} to this`, status: null }];
    if (schema === null) return [];
    return this.#errors("closed", schema, body).map((message) => ({
      message: `the answer's ${message}`,
      status: null,
    }));
  }

  #errors(variant: "open" | "closed", schema: Json, value: unknown): string[] {
    const validate = this.#validator(this.#ajv, qualifyRefs(variant, schema));
    return validate(value) ? [] : (validate.errors ?? []).map(formatError);
  }

  #validator(ajv: Ajv, text: string): ValidateFunction {
    let validate = this.#compiled.get(text);
    if (!validate) {
      validate = ajv.compile(asObject(JSON.parse(text)));
      this.#compiled.set(text, validate);
    }
    return validate;
  }

  #described(operation: Operation): Described {
    const found = this.#operations.find((candidate) => candidate.id === operation.id);
    if (!found) throw new Error(`the document has no operation ${operation.id}`);
    return found;
  }
}

function describeOperation(template: string, method: string, operation: Json): Described {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const escaped = template.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)");
  const request = operation.requestBody === undefined ? null : asObject(operation.requestBody);
  const parameters = Array.isArray(operation.parameters) ? operation.parameters.map(toParameter) : [];
  return {
    id: String(operation.operationId),
    method: method.toUpperCase(),
    template,
    pattern: new RegExp(`^${escaped}$`),
    names,
    parameters,
    bodyRequired: request?.required === true,
    bodySchema: request === null ? null : findJsonSchema(request),
    answers: Object.fromEntries(
      Object.entries(asObject(operation.responses)).map(([status, answer]) => [
        status,
        findJsonSchema(asObject(answer)),
      ]),
    ),
  };
}

function toParameter(value: unknown): Parameter {
  const { name, in: place, required, schema } = asObject(value);
  return { name: String(name), in: String(place), required: required === true, schema: asObject(schema) };
}

function findJsonSchema(holder: Json): Json | null {
  const content = holder.content === undefined ? {} : asObject(holder.content);
  const json = content["application/json"];
  return json === undefined ? null : asObject(asObject(json).schema);
}

/** Adds to the schemas what the platform accepts and returns beyond them. */
function applyDifferences(schemas: Json): void {
  for (const [name, fields] of Object.entries(DIFFERENCES.extraFields.value)) {
    Object.assign(asObject(asObject(schemas[name]).properties), fields);
  }
  for (const [name, field] of DIFFERENCES.nullableValues.value) {
    const map = asObject(asObject(asObject(schemas[name]).properties)[field]);
    map.additionalProperties = { type: ["string", "null"] };
  }
  asObject(schemas["main.statusCode"]).enum = DIFFERENCES.statusCodes.value;
  const machine = asObject(asObject(schemas.Machine).properties);
  machine.version = { type: "string" };
  machine.cordoned = { type: "boolean" };
  machine.lease = { $ref: "#/components/schemas/Lease" };
  // The platform returns booleans for older clients.
  asObject(asObject(asObject(schemas["fly.MachineService"]).properties).autostop).enum = [
    "off",
    "stop",
    "suspend",
    true,
    false,
  ];
  delete asObject(asObject(asObject(schemas["fly.MachineService"]).properties).autostop).type;
}

/** Forbids fields that an object's schema does not name. */
function forbidAdditional(schema: unknown): void {
  if (Array.isArray(schema)) {
    for (const item of schema) forbidAdditional(item);
    return;
  }
  if (typeof schema !== "object" || schema === null) return;
  const node = asObject(schema);
  for (const value of Object.values(node)) forbidAdditional(value);
  if (node.type === "object" && typeof node.properties === "object" && node.additionalProperties === undefined) {
    node.additionalProperties = false;
  }
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns a schema as text with references into one of the sets of schemas. */
function qualifyRefs(set: string, schema: Json): string {
  return JSON.stringify(schema).replaceAll('"#/components', `"${set}#/components`);
}

function formatError(error: ErrorObject): string {
  const place = error.instancePath === "" ? "whole" : error.instancePath.slice(1).replaceAll("/", ".");
  const field = error.keyword === "additionalProperties" ? ` (${String(error.params.additionalProperty)})` : "";
  return `${place} ${error.message ?? "is wrong"}${field}`;
}

function asObject(value: unknown): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new TypeError("the document is not as expected");
}
