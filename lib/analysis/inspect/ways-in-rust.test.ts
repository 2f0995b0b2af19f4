import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { rustServer } from "../testing/repositories.ts";

const A = ["A_KEY"];

test("Rust: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [rustServer('let k = env::var("A_KEY").expect("A_KEY");'), A],
    [rustServer('let k = std::env::var("A_KEY")?;'), A],
    [rustServer('let k = env::var("A_KEY").context("A_KEY must be set")?;'), A],
    [rustServer('let k = env::var("A_KEY").ok().ok_or_else(|| anyhow!("no"))?;'), A],
    [rustServer('let k = env::var("A_KEY").map_err(|_| Error::Missing("A_KEY"))?;'), A],
    [
      rustServer(
        'let k = match env::var("A_KEY") {\n    Ok(v) => v,\n    Err(_) => {\n        eprintln!("no key");\n        std::process::exit(1);\n    }\n};',
      ),
      A,
    ],
    [
      rustServer(
        'let k = match env::var("A_KEY") {\n    Ok(v) => v,\n    Err(_) => return Err(anyhow!("no key")),\n};',
      ),
      A,
    ],
    [rustServer('let k = match env::var("A_KEY") {\n    Ok(v) => v,\n    Err(_) => "x".to_string(),\n};'), []],
    [rustServer('let Ok(k) = env::var("A_KEY") else {\n    bail!("no key");\n};'), A],
    [
      rustServer('let Some(k) = std::env::var_os("A_KEY") else {\n    eprintln!("x");\n    std::process::exit(1);\n};'),
      A,
    ],
    [
      rustServer(
        'let k = env::var("A_KEY").unwrap_or_else(|_| {\n    eprintln!("no");\n    std::process::exit(1);\n});',
      ),
      A,
    ],
    [rustServer('let k = env::var("A_KEY").unwrap_or_else(|_| panic!("no"));'), A],
    [
      rustServer('let k = env::var("A_KEY").unwrap_or_default();\nif k.is_empty() {\n    anyhow::bail!("no key");\n}'),
      A,
    ],
    [rustServer('if env::var("A_KEY").is_err() {\n    panic!("x");\n}'), A],
    [rustServer('if env::var_os("A_KEY").is_none() {\n    return Err("x".into());\n}'), A],
    [rustServer("let k = api_key()?;", 'fn api_key() -> Result<String> {\n    Ok(env::var("A_KEY")?)\n}'), A],
    [
      rustServer(
        "let k = api_key()?;",
        'fn api_key() -> Result<String> {\n    env::var("A_KEY").context("set A_KEY")\n}',
      ),
      A,
    ],
    [
      rustServer(
        "let cfg = Config::from_env()?;",
        'impl Config {\n    pub fn from_env() -> Result<Self> {\n        Ok(Self { key: env::var("A_KEY").context("x")?, url: env::var("A_URL").unwrap_or_else(|_| "https://x".into()) })\n    }\n}',
      ),
      A,
    ],
    [
      rustServer(
        'let cfg = Config::from_env().expect("config");',
        'impl Config {\n    pub fn from_env() -> Result<Self> {\n        let key = env::var("A_KEY").map_err(|_| anyhow!("no"))?;\n        Ok(Self { key })\n    }\n}',
      ),
      A,
    ],
    [
      rustServer(
        "let cfg = 1;",
        'impl Thing {\n    #[tool(description = "x")]\n    async fn search(&self) -> Result<CallToolResult, McpError> {\n        let key = env::var("A_KEY").map_err(|_| McpError::internal_error("no", None))?;\n        Ok(x)\n    }\n}',
      ),
      [],
    ],
    [rustServer('dotenvy::dotenv().ok();\nlet k = dotenvy::var("A_KEY")?;'), A],
    [
      rustServer(
        'let k = required("A_KEY")?;',
        'fn required(name: &str) -> Result<String> {\n    env::var(name).with_context(|| format!("{name} must be set"))\n}',
      ),
      A,
    ],
    [
      rustServer(
        'let k = must("A_KEY");',
        'fn must(name: &str) -> String {\n    env::var(name).unwrap_or_else(|_| panic!("{} must be set", name))\n}',
      ),
      A,
    ],
    [
      rustServer('let k = env::var("A_KEY").or_else(|_| env::var("A_TOKEN")).context("one")?;'),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      rustServer(
        'let auth = if let Ok(k) = env::var("A_KEY") {\n    Auth::Key(k)\n} else if let Ok(t) = env::var("A_TOKEN") {\n    Auth::Token(t)\n} else {\n    bail!("one of")\n};',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      rustServer(
        'let auth = match (env::var("A_KEY"), env::var("A_TOKEN")) {\n    (Ok(k), _) => k,\n    (_, Ok(t)) => t,\n    _ => bail!("one of"),\n};',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [rustServer('let k = env::var("A_KEY").unwrap_or_default();\nensure!(!k.is_empty(), "no key");'), A],
    [
      rustServer(
        'if let Ok(k) = env::var("A_KEY") {\n    use_it(k);\n} else {\n    eprintln!("x");\n    std::process::exit(1);\n}',
      ),
      A,
    ],
    [
      rustServer(
        "let cli = Cli::parse();",
        'use clap::Parser;\n#[derive(Parser)]\nstruct Cli {\n    #[arg(long, env = "A_KEY")]\n    key: String,\n}',
      ),
      A,
    ],
    [rustServer('let k = env!("CARGO_PKG_NAME");\nlet v = option_env!("A_KEY");'), []],
  ]);
});

test("Rust: an argument that may be left out is needed where code demands it", async () => {
  const cli =
    'use clap::Parser;\n#[derive(Parser)]\nstruct Cli {\n    #[arg(long, env = "A_KEY")]\n    key: Option<String>,\n}\n';
  await assertDemands([
    [rustServer('let cli = Cli::parse();\nlet key = cli.key.ok_or_else(|| anyhow!("no"))?;', cli), A],
    [rustServer('let cli = Cli::parse();\nif cli.key.is_none() {\n    bail!("no");\n}', cli), A],
    [rustServer("let cli = Cli::parse();\nlet key = cli.key.unwrap_or_default();", cli), []],
    [rustServer("let cli = Cli::parse();\nif let Some(key) = cli.key {\n    use_it(key);\n}", cli), []],
  ]);
});

test("a constant that stands in for a variable is a value", async () => {
  const code = 'let url = env::var("A_URL").unwrap_or(DEFAULT_URL.to_string());\nif url.is_empty() { panic!("no"); }';
  const read = (constant: string) => rustServer(code, `const DEFAULT_URL: &str = "${constant}";`);
  await assertDemands([[read("https://a.example"), []]]);
  await assertDemands([[read(""), ["A_URL"]]]);
});

test("Rust: an argument that is read by its position is demanded like a variable, and in its place", async () => {
  await assertDemands([
    [rustServer('let path = env::args().nth(1).expect("no path");'), ["position 0"]],
    [rustServer('let path = std::env::args().nth(1).ok_or_else(|| anyhow!("no"))?;'), ["position 0"]],
    [rustServer('let path = env::args().nth(1).unwrap_or_else(|| "x".into());'), []],
    [
      rustServer(
        'let url = match dotenvy::var("A_KEY") {\n    Ok(url) => url,\n    Err(_) => env::args().nth(1).expect("no url"),\n};',
      ),
      [],
      [["A_KEY"], ["position 0"]],
    ],
    [
      rustServer('let key = env::var("A_KEY").ok().or_else(|| env::args().nth(1)).expect("no key");'),
      [],
      [["A_KEY"], ["position 0"]],
    ],
  ]);
});
