import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, isTransportName } from "../../inputs/input-names.ts";
import { emptyScan, type ScanResult } from "../types.ts";

const MAX_FOUND = 200;

/**
 * Reads what Java, Kotlin and C# declare: Spring's `@Value("${a.b:default}")`, MicroProfile's `@ConfigProperty(name = "a.b")`,
 * and properties files that name variables themselves (`${NAME:default}`). A property such as `jdbc.url` is read from the
 * variable JDBC_URL (Spring: relaxed binding; MicroProfile Config 3.1, section 3.2).
 *
 * @param properties values of properties files by property; such a property is optional
 */
export function readAnnotations(file: TextFile, properties: ReadonlyMap<string, string>): ScanResult {
  const result = emptyScan();
  const lines = file.text.split("\n");
  // `application-prod.yml` counts only where that profile is chosen.
  const isProfile = /(^|\/)application-[\w-]+\.(properties|ya?ml)$/.test(file.path);
  for (const [index, whole] of lines.entries()) {
    if (result.reads.length >= MAX_FOUND) break;
    const line = whole.slice(0, 1_000);
    for (const value of line.matchAll(/@Value\(\s{0,20}"\\?\$\{([\w.-]{1,100})(?::([^}"]{0,200}))?\}/g))
      addProperty(value[1] ?? "", value[2] ?? null, index, file, properties, result);
    for (const match of line.matchAll(/\bgetRequiredProperty\("([\w.-]{1,100})"\)/g))
      addProperty(match[1] ?? "", null, index, file, properties, result);
    for (const match of line.matchAll(
      /\b(?:env|environment)\.getProperty\("([\w.-]{1,100})"(?:,\s{0,5}"([^"]{0,200})")?\)/g,
    ))
      addProperty(match[1] ?? "", match[2] ?? "", index, file, properties, result);
    // .NET's configuration has the environment's variables among its keys.
    if (file.path.endsWith(".cs")) {
      for (const match of line.matchAll(
        /\b[Cc]onfig(?:uration)?(?:\.GetValue<\w{1,20}\??>\(|\[)"([A-Z][A-Z0-9_]{1,99})"/g,
      ))
        add(match[1] ?? "", "", false, index, file, result);
    }
    const property =
      /@ConfigProperty\(\s*(?:name\s*=\s*)?"([\w.-]{1,100})"(?:[^)]{0,200}?defaultValue\s*=\s*"([^"]{0,200})")?/.exec(
        line,
      );
    if (property?.[1] && !properties.has(relaxed(property[1]))) {
      // The field stands behind the annotation, or on the line below.
      const declared = /;\s*$|\)\s*\S/.test(line) ? line : (lines[index + 1] ?? "").slice(0, 300);
      const isOptional = /\bOptional(Int|Long)?\b|\?\s*$|Optional</.test(declared);
      add(property[1], property[2] ?? null, property[2] === undefined && !isOptional, index, file, result);
    }
    if (!/\.(properties|ya?ml|json)$/.test(file.path)) continue;
    for (const match of line.matchAll(/\$\{([A-Z][A-Z0-9_]{1,99})(?::([^{}]{0,200}))?\}/g))
      add(match[1] ?? "", match[2] ?? null, match[2] === undefined && !isProfile, index, file, result);
  }
  return result;
}

/** Adds a property that code reads. One that a properties file gives a value is nothing to ask for. */
function addProperty(
  property: string,
  fallback: string | null,
  index: number,
  file: TextFile,
  properties: ReadonlyMap<string, string>,
  result: ScanResult,
): void {
  const given = properties.get(relaxed(property));
  if (given === undefined) add(property, fallback, fallback === null, index, file, result);
  else if (given === "") add(property, "", false, index, file, result);
}

/** A property's name as Spring compares it. */
function relaxed(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

const MAX_PROPERTIES = 2_000;

/** The properties that an application's own file gives a value: `thing.key=…`, or nested in YAML. */
export function definedProperties(files: readonly TextFile[]): Map<string, string> {
  const defined = new Map<string, string>();
  for (const { path, text } of files) {
    if (!/(^|\/)application\.(properties|ya?ml)$/.test(path)) continue;
    const above: { name: string; indent: number }[] = [];
    for (const line of text.split("\n").slice(0, MAX_PROPERTIES)) {
      const match = /^([ \t]{0,60})([\w.-]{1,100})[ \t]{0,20}[=:](.{0,300})/.exec(line);
      if (!match) continue;
      const [, indent = "", name = "", value = ""] = match;
      while ((above.at(-1)?.indent ?? -1) >= indent.length) above.pop();
      above.push({ name, indent: indent.length });
      // A name without a value has more names below it in YAML.
      if (above.length < 20 && (value.trim() !== "" || path.endsWith(".properties")))
        defined.set(relaxed(above.map((one) => one.name).join(".")), value.trim());
    }
  }
  return defined;
}

/** A property's variable: other signs than letters and digits become underscores. */
function variableOf(property: string): string {
  return isEnvName(property) ? property : property.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

function add(
  property: string,
  fallback: string | null,
  isDemanded: boolean,
  index: number,
  file: TextFile,
  result: ScanResult,
): void {
  const key = variableOf(property);
  // Settings of the framework itself: the name of the application, its log, its web server.
  if (!isEnvName(key) || isTransportName(key) || /^(SPRING|QUARKUS|MICRONAUT|LOGGING|SERVER|MANAGEMENT)_/.test(key))
    return;
  result.reads.push({
    key,
    path: file.path,
    line: index + 1,
    // `${NAME:}` has nothing in its place, only no error.
    fallback: fallback ? "literal" : isDemanded || fallback === "" ? "none" : "computed",
    value: fallback || null,
    isHosting: false,
    comment: null,
  });
  if (isDemanded)
    result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
}
