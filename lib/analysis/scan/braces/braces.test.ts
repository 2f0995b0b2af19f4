import assert from "node:assert/strict";
import { test } from "node:test";
import { scanOtherSources } from "../scan.ts";

async function scan(path: string, text: string) {
  const scanned = await scanOtherSources([{ path, text, isCut: false }], AbortSignal.timeout(60_000));
  const reads = scanned.inputs.filter((one) => one.target === "env");
  return {
    inputs: Object.fromEntries(reads.map((one) => [one.key, one.default ?? one.whenMissing])),
    flags: scanned.inputs.filter((one) => one.target === "arg").map((one) => [one.key, one.required, one.default]),
    alternatives: scanned.alternatives.map((one) => one.branches),
    links: scanned.links,
  };
}

test("Go: reads, constants, helpers with a default, and what ends the program", async () => {
  const { inputs, alternatives } = await scan(
    "cmd/thing/main.go",
    `package main
const tokenVar = "TOKEN_KEY"
func main() {
	a := os.Getenv("A_KEY") // comment with "quotes"
	if a == "" {
		log.Fatal("A_KEY is needed")
	}
	b, ok := os.LookupEnv("B_KEY")
	if !ok {
		panic("b")
	}
	_ = os.Getenv(tokenVar)
	region := getEnv("REGION_NAME", "eu")
	run()
}
func run() error {
	x, y, z := os.Getenv("X_TOKEN"), os.Getenv("Y_TOKEN"), "unused"
	first := os.Getenv("ONE_TOKEN")
	second := os.Getenv("TWO_TOKEN")
	third := os.Getenv("THREE_TOKEN")
	if first != "" {
		return start(first)
	}
	if second == "" || third == "" {
		log.Fatalf("either ONE_TOKEN or both others")
	}
	return nil
}
func getEnv(key, fallback string) string {
	if value := os.Getenv(key); value != "" {
		return value
	}
	return fallback
}`,
  );
  assert.deepEqual(
    { A: inputs.A_KEY, B: inputs.B_KEY, T: inputs.TOKEN_KEY, R: inputs.REGION_NAME, X: inputs.X_TOKEN },
    { A: "fails", B: "fails", T: "unknown", R: "eu", X: "unknown" },
  );
  assert.deepEqual(alternatives, [[["ONE_TOKEN"], ["TWO_TOKEN", "THREE_TOKEN"]]]);
});

test("Go: cobra flags, viper with a prefix, struct tags and urfave/cli", async () => {
  const { inputs, flags, links } = await scan(
    "main.go",
    `package main
type Config struct {
	Key  string \`env:"THING_KEY,required"\`
	Host string \`env:"THING_HOST" envDefault:"https://thing"\`
}
func init() {
	viper.SetEnvPrefix("thing")
	viper.AutomaticEnv()
	rootCmd.PersistentFlags().String("app-id", "", "The app")
	viper.BindPFlag("app-id", rootCmd.PersistentFlags().Lookup("app-id"))
	zap.String("not-a-flag", "x")
}
var flags = []cli.Flag{&cli.StringFlag{Name: "token", EnvVars: []string{"CLI_TOKEN"}, Required: true}}`,
  );
  assert.deepEqual(inputs, {
    THING_KEY: "fails",
    THING_HOST: "https://thing",
    CLI_TOKEN: "fails",
    THING_APP_ID: "default",
  });
  assert.deepEqual(flags, [
    ["--app-id", false, null],
    ["--token", true, null],
  ]);
  assert.deepEqual(links, [{ key: "CLI_TOKEN", flag: "--token" }]);
});

test("Rust: env::var with its fallbacks, and clap's derive", async () => {
  const { inputs, flags } = await scan(
    "src/main.rs",
    `use clap::Parser;
const KEY: &str = "C_KEY";
#[derive(Parser)]
struct Cli {
    /// The API key
    #[arg(long, env = "CLI_KEY")]
    api_key: String,
    #[arg(long, env, default_value = "eu")]
    region: String,
    #[arg(short, long)]
    write: bool,
    #[arg(help = "Folders")]
    folders: Vec<String>,
}
fn main() -> Result<()> {
    let a = env::var("A_KEY").expect("A_KEY");
    let b = std::env::var("B_URL").unwrap_or_else(|_| "http://b".to_string());
    let c = env::var(KEY)?;
    let d = env::var("D_OPTION").ok();
}
#[cfg(test)]
mod tests { fn t() { env::var("ONLY_TESTS").unwrap(); } }`,
  );
  assert.deepEqual(inputs, {
    A_KEY: "fails",
    B_URL: "http://b",
    C_KEY: "fails",
    D_OPTION: "unknown",
    CLI_KEY: "fails",
    REGION: "eu",
  });
  assert.deepEqual(flags, [
    ["--api-key", true, null],
    ["--region", false, "eu"],
    ["--write", false, null],
    ["position 0", false, null],
  ]);
});

test("Java, Kotlin and C#: reads and what frameworks declare", async () => {
  const java = await scan(
    "src/main/java/App.java",
    `public class App {
  @Value("\${thing.api-key}") String key;
  @ConfigProperty(name = "jdbc.url") String url;
  @ConfigProperty(name = "jdbc.user") Optional<String> user;
  public static void main(String[] args) {
    String a = System.getenv("A_KEY");
    if (a == null || a.isEmpty()) { throw new IllegalStateException("x"); }
    String b = System.getenv().getOrDefault("B_URL", "http://b");
  }
}`,
  );
  assert.deepEqual(java.inputs, {
    A_KEY: "fails",
    B_URL: "http://b",
    THING_API_KEY: "fails",
    JDBC_URL: "fails",
    JDBC_USER: "default",
  });
  const kotlin = await scan(
    "Main.kt",
    'fun main() {\n  val a = System.getenv("A_KEY") ?: error("no")\n  val b = System.getenv("B_URL") ?: "http://b"\n}',
  );
  assert.deepEqual(kotlin.inputs, { A_KEY: "fails", B_URL: "http://b" });
  const csharp = await scan(
    "Program.cs",
    'var a = Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("x");\nvar b = Environment.GetEnvironmentVariable("B_KEY");\nif (string.IsNullOrEmpty(b)) { Environment.Exit(1); }\nvar c = Environment.GetEnvironmentVariable("C_URL") ?? "http://c";',
  );
  assert.deepEqual(csharp.inputs, { A_KEY: "fails", B_KEY: "fails", C_URL: "http://c" });
});

test("sources that are broken, deep or endless are read as far as they go", async () => {
  const hostile = [
    "(".repeat(100_000),
    "if ".repeat(50_000),
    `func f() { ${"if a {".repeat(20_000)}`,
    "else if x { } ".repeat(30_000),
    `x := ${"f(".repeat(50_000)}`,
    '"'.repeat(99_999),
    "for ".repeat(80_000),
    "a || ".repeat(50_000),
    "/*".repeat(50_000),
  ];
  for (const text of hostile) {
    for (const path of ["main.go", "main.rs", "Main.java", "Program.cs"]) {
      const started = performance.now();
      await scan(path, `func main() { ${text}`);
      assert.ok(performance.now() - started < 20_000, `${path} ${text.slice(0, 20)}`);
    }
  }
});

test("Go: flags of a set whose variables have a prefix, and the field that one fills", async () => {
  const { inputs, links } = await scan(
    "main.go",
    `package main
func main() {
	cfg, err := setup()
	if err != nil {
		log.Fatalf("config: %v", err)
	}
	serve(cfg)
}
func setup() (config, error) {
	fs := flag.NewFlagSet("thing", flag.ExitOnError)
	var cfg config
	fs.StringVar(&cfg.token, "token", "", "API token")
	fs.StringVar(&cfg.url, "base-url", "", "API URL (optional)")
	if err := ff.Parse(fs, os.Args[1:], ff.WithEnvVarPrefix("THING")); err != nil {
		return cfg, err
	}
	if cfg.token == "" {
		return cfg, errors.New("a token must be given")
	}
	return cfg, nil
}`,
  );
  assert.deepEqual(inputs, { THING_TOKEN: "fails", THING_BASE_URL: "default" });
  assert.deepEqual(links, [
    { key: "THING_TOKEN", flag: "--token" },
    { key: "THING_BASE_URL", flag: "--base-url" },
  ]);
});

test("Go: a helper's older names of a variable are no value in its place, also behind another helper", async () => {
  const { inputs } = await scan(
    "main.go",
    `package main
func main() {
	cfg := &Config{URI: withAliases("APP_URI", "OLD_URI"), Base: withDefault("APP_BASE", "main", "OLD_BASE")}
	if cfg.URI == "" {
		log.Fatal("no URI")
	}
}
func withAliases(canonical string, aliases ...string) string {
	if value := os.Getenv(canonical); value != "" {
		return value
	}
	for _, alias := range aliases {
		if value := os.Getenv(alias); value != "" {
			return value
		}
	}
	return ""
}
func withDefault(canonical, fallback string, aliases ...string) string {
	if value := withAliases(canonical, aliases...); value != "" {
		return value
	}
	return fallback
}`,
  );
  assert.deepEqual(inputs, { APP_URI: "fails", APP_BASE: "main" });
});

test("Go: what only stdio needs is needed, by a constant with its type, and codes of errors are no variables", async () => {
  const { inputs } = await scan(
    "main.go",
    `package main
type Transport string
const (
	Stdio Transport = "stdio"
	Web   Transport = "http"
)
func main() {
	cfg := &Config{Token: os.Getenv("APP_TOKEN"), Key: os.Getenv("APP_KEY"), Mode: Transport(os.Getenv("APP_TRANSPORT"))}
	if cfg.Mode == Stdio {
		if cfg.Token == "" {
			log.Fatal("no token")
		}
	}
	if cfg.Mode == Web && cfg.Key == "" {
		log.Fatal("no key")
	}
}`,
  );
  assert.deepEqual([inputs.APP_TOKEN, inputs.APP_KEY], ["fails", "unknown"]);
  const codes = await scan("Codes.java", 'class Codes { static final String PARSE_ERROR = "PARSE_ERROR"; }');
  assert.deepEqual(codes.inputs, {});
});

test("Rust: a comment behind clap's attribute does not hide that a field is a position", async () => {
  const { flags } = await scan(
    "src/main.rs",
    "use clap::Parser;\nstruct Cli {\n    /// What to read\n    #[arg()] // Positional\n    spec: String,\n    /// Features\n    #[arg(short = 'F', long)]\n    features: Option<String>,\n}\n",
  );
  assert.deepEqual(flags, [
    ["position 0", true, null],
    ["--features", false, null],
  ]);
});

test("Rust: an option's short spelling is known beside its long one", async () => {
  const { inputs } = await scanOtherSources(
    [
      {
        path: "src/main.rs",
        text: "use clap::Parser;\nstruct Cli {\n    #[arg(short = 'F', long)]\n    features: Option<String>,\n    #[arg(short, long)]\n    depth: Option<u8>,\n}\n",
        isCut: false,
      },
    ],
    AbortSignal.timeout(60_000),
  );
  assert.deepEqual(
    inputs.map(({ key, aliases }) => [key, aliases]),
    [
      ["--features", ["-F"]],
      ["--depth", ["-d"]],
    ],
  );
});
