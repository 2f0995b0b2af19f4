/** What a runner starts, and the arguments behind it. */
export interface Started {
  program: string | null;
  args: string[];
}

/** How runners of other languages are told their program: behind a subcommand, if they have one, and behind options, of which some have a value. */
interface Runner {
  subcommand?: string;
  withValue?: RegExp;
  /** Options behind which the code itself stands. */
  withCode?: RegExp;
}

const RUNNERS: Record<string, Runner> = {
  java: {
    withValue: /^(-cp|-classpath|--class-path|-p|--module-path|--(add|limit)-(opens|exports|modules|reads)|--source)$/,
  },
  jbang: { withValue: /^(--deps|--java|-j|--main|-m|--repos|--cp|--class-path)$/ },
  kotlin: { withValue: /^(-cp|-classpath|-howtorun)$/, withCode: /^-e(xpression)?$/ },
  groovy: { withValue: /^(-cp|-classpath|--classpath)$/, withCode: /^-e$/ },
  "scala-cli": { subcommand: "run", withValue: /^(--dep|--scala|-S|--main-class|-M)$/ },
  mono: {},
  php: { withValue: /^-[dcz]$/, withCode: /^-r$/ },
  ruby: { withValue: /^-[CI]$/, withCode: /^-e$/ },
  perl: { withCode: /^-[eE]$/ },
  lua: { withValue: /^-l$/, withCode: /^-e$/ },
  luajit: { withValue: /^-l$/, withCode: /^-e$/ },
  julia: { withValue: /^(-[tpJL]|--threads|--project)$/, withCode: /^(-[eE]|--eval|--print)$/ },
  Rscript: { withCode: /^-e$/ },
  elixir: { withValue: /^(-pa|-pz|-r|--name|--sname|--cookie)$/, withCode: /^(-e|--eval)$/ },
  escript: {},
  racket: { withValue: /^(-l|-p|-t)$/, withCode: /^-e$/ },
  sbcl: { withCode: /^--eval$/ },
  bb: { withValue: /^(-cp|--classpath|--config)$/, withCode: /^-e$/ },
  osascript: { withValue: /^-l$/, withCode: /^-e$/ },
  swift: {
    subcommand: "run",
    withValue: /^(--package-path|--scratch-path|--build-path|-c|--configuration|--product|--sdk|-X\w+)$/,
  },
  dart: { subcommand: "run", withValue: /^(--packages|--enable-experiment)$/ },
  crystal: { subcommand: "run" },
  go: { subcommand: "run", withValue: /^(-C|-mod|-modfile|-tags|-ldflags|-gcflags|-o|-p|-exec)$/ },
};

/** Build tools, which start a program of the project that they build. What stands behind two hyphens is the program's. */
const BUILD_TOOLS =
  /^(?:gradlew?|mvnw?|sbt|lein|clj|clojure|mix|rebar3|make|cargo|flutter|emacs|(?:stack|cabal|dune|zig|nim|just) (?:run|exec|build|r))$/;

const DNX_WITH_VALUE = /^(--version|--source|--add-source|--configfile|--framework|--verbosity|-v)$/;

/**
 * Returns what the runner of another language than Python and JavaScript starts. Null where it starts nothing that a command names, undefined
 * for a program that is no such runner.
 */
export function startedByRunner(program: string, args: string[]): Started | null | undefined {
  const name = program.split(/[\\/]/).at(-1) ?? "";
  if (BUILD_TOOLS.test(name) || BUILD_TOOLS.test(`${name} ${args[0]}`))
    return { program: null, args: behindHyphens(args) ?? [] };
  if (name === "dnx") return fromTool(args);
  if (name === "dotnet") return fromDotnet(args);
  const runner = Object.hasOwn(RUNNERS, name) ? RUNNERS[name] : undefined;
  if (!runner) return undefined;
  const isTold = runner.subcommand === undefined || args[0] === runner.subcommand;
  const rest = runner.subcommand !== undefined && isTold ? args.slice(1) : args;
  const at = firstWord(rest, runner.withValue);
  // A compiler without its subcommand starts a file, or nothing.
  if (!isTold && !/\.[a-z]{1,10}$/.test(rest[at] ?? "")) return null;
  if (rest[at] === undefined || rest.slice(0, at).some((word) => runner.withCode?.test(word))) return null;
  const behind = rest.slice(at + 1);
  // A command of Laravel, and the name under which it knows the server, are the program's own.
  if (/(^|[\\/])artisan$/.test(rest[at] ?? "")) return { program: "artisan", args: [] };
  return { program: rest[at] ?? null, args: behind[0] === "--" ? behind.slice(1) : behind };
}

/** `dotnet run --project DIR -- ARGS`, `dotnet THING.dll ARGS`, `dotnet tool exec PACKAGE -- ARGS` */
function fromDotnet(args: string[]): Started | null {
  if (args[0] === "tool" && /^(exec|execute)$/.test(args[1] ?? "")) return fromTool(args.slice(2));
  const at = args[0] === "exec" ? 1 : 0;
  if (/\.dll$/i.test(args[at] ?? "")) return { program: args[at] ?? null, args: args.slice(at + 1) };
  return { program: null, args: behindHyphens(args) ?? [] };
}

/** A tool of NuGet, which is run without being installed: `dnx PACKAGE@1.0 --yes -- ARGS` */
function fromTool(args: string[]): Started | null {
  const at = firstWord(args, DNX_WITH_VALUE);
  if (args[at] === undefined) return null;
  const behind = args.slice(at + 1);
  const given = behindHyphens(behind);
  if (given !== null) return { program: args[at] ?? null, args: given };
  const own = behind.filter(
    (word, index) =>
      !/^(--yes|-y|--prerelease|--interactive|--allow-roll-forward)$/.test(word) &&
      !DNX_WITH_VALUE.test(word) &&
      !DNX_WITH_VALUE.test(behind[index - 1] ?? ""),
  );
  return { program: args[at] ?? null, args: own };
}

function behindHyphens(args: string[]): string[] | null {
  const at = args.indexOf("--");
  return at < 0 ? null : args.slice(at + 1);
}

/** The index of the first word that is neither an option nor the value of one. */
function firstWord(args: string[], withValue: RegExp = /^$/): number {
  let index = 0;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) index += withValue.test(word) ? 2 : 1;
  return index;
}
