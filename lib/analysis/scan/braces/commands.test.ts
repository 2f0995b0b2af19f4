import assert from "node:assert/strict";
import { test } from "node:test";
import { scanOtherSources } from "../scan.ts";

/** What the sources of one program declare: flags, those that it demands with a "!", and variables. */
async function declared(files: Record<string, string>) {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, isCut: false }));
  const { inputs } = await scanOtherSources(sources, AbortSignal.timeout(60_000));
  const names = inputs.map(({ key, required, whenMissing }) => (required || whenMissing === "fails" ? `${key}!` : key));
  return [...new Set(names)].sort();
}

const FLAG = '&cli.StringFlag{Name: "token", Required: true}';
const PHONE = '&cli.StringFlag{Name: "phone", Required: true}';

test("Go: flags of a command that does not serve are none of the server's (urfave/cli)", async () => {
  const action =
    'Action: func(c *cli.Context) error {\n\t\tif os.Getenv("A_CODE") == "" {\n\t\t\tlog.Fatal("no")\n\t\t}\n\t\treturn nil\n\t}';
  for (const root of [
    `app := &cli.Command{Name: "thing", Flags: []cli.Flag{${FLAG}}, Commands: []*cli.Command{{Name: "auth", Flags: []cli.Flag{${PHONE}}, ${action}}}, Action: serve}`,
    `app := &cli.App{Name: "thing", Commands: []*cli.Command{&cli.Command{Name: "auth", Flags: []cli.Flag{${PHONE}}}, {Name: "serve", Flags: []cli.Flag{${FLAG}}, Action: serve}}}`,
    `app := &cli.App{Name: "thing", Flags: []cli.Flag{${FLAG}}, Commands: []*cli.Command{authCommand()}, Action: serve}\n}\nfunc authCommand() *cli.Command {\n\treturn &cli.Command{Name: "auth", Flags: []cli.Flag{${PHONE}}}`,
    `app := &cli.App{Name: "thing", Commands: []*cli.Command{authCommand, serveCommand}}\n}\nvar authCommand = &cli.Command{Name: "auth", Flags: []cli.Flag{${PHONE}}}\nvar serveCommand = &cli.Command{Name: "serve", Flags: []cli.Flag{${FLAG}}}\nfunc none() {`,
  ]) {
    const found = await declared({ "main.go": `package main\nfunc main() {\n\t${root}\n}\n` });
    assert.deepEqual(
      found.filter((key) => key !== "A_CODE"),
      ["--token!"],
      root,
    );
  }
});

test("Go: flags of a command that does not serve are none of the server's (cobra)", async () => {
  const files = {
    "cmd/root.go":
      'package cmd\nvar rootCmd = &cobra.Command{Use: "thing"}\nfunc Execute() {\n\trootCmd.AddCommand(authCmd, newListCmd())\n\trootCmd.PersistentFlags().String("region", "", "")\n}\nfunc init() {\n\trootCmd.AddCommand(stdioCmd)\n}\n',
    "cmd/auth.go":
      'package cmd\nvar authCmd = &cobra.Command{\n\tUse: "auth NAME",\n\tRunE: runAuth,\n}\nfunc init() {\n\tauthCmd.Flags().String("phone", "", "")\n\tauthCmd.Flags().StringP("code", "c", "", "")\n\t_ = authCmd.MarkFlagRequired("phone")\n}\nfunc runAuth(cmd *cobra.Command, args []string) error {\n\tif os.Getenv("A_CODE") == "" {\n\t\tlog.Fatal("no code")\n\t}\n\treturn nil\n}\n',
    "cmd/list.go":
      'package cmd\nfunc newListCmd() *cobra.Command {\n\tcmd := &cobra.Command{Use: "list"}\n\tcmd.Flags().String("filter", "", "")\n\tcmd.MarkFlagRequired("filter")\n\treturn cmd\n}\n',
    "cmd/stdio.go":
      'package cmd\nvar stdioCmd = &cobra.Command{Use: "stdio", RunE: run}\nfunc init() {\n\tstdioCmd.Flags().String("token", "", "")\n\tif err := stdioCmd.MarkFlagRequired("token"); err != nil {\n\t\tpanic(err)\n\t}\n}\n',
  };
  assert.deepEqual(await declared(files), ["--region", "--token!", "A_CODE"]);
});

test("Go: beside a serving command that a library makes, the others are none of the server's (cobra)", async () => {
  const main = (name: string) =>
    `package main\nvar rootCmd = &cobra.Command{Use: "thing"}\nvar insertCmd = &cobra.Command{Use: "insert", RunE: insert}\nvar server, ${name} = library.ServerAndCommand(config)\nfunc init() {\n\trootCmd.AddCommand(insertCmd, ${name})\n\tinsertCmd.Flags().String("title", "", "")\n\tinsertCmd.MarkFlagRequired("title")\n}\n`;
  assert.deepEqual(await declared({ "main.go": main("mcpCmd") }), []);
  assert.deepEqual(await declared({ "main.go": main("otherCmd") }), ["--title!"]);
});

test("Go: what a function adds to commands that do not serve is none of the server's", async () => {
  const add =
    'func addFlags(cmd *cobra.Command) {\n\tcmd.Flags().String("phone", "", "")\n\tcmd.MarkFlagRequired("phone")\n}\n';
  const command = (name: string) => `var ${name}Cmd = &cobra.Command{Use: "${name}", RunE: ${name}}\n`;
  const root = 'var rootCmd = &cobra.Command{Use: "thing"}\n';
  const main = (calls: string) =>
    `package main\n${root}${command("auth")}${command("list")}${command("serve")}func init() {\n\trootCmd.AddCommand(authCmd, listCmd, serveCmd)\n\t${calls}\n}\n${add}`;
  assert.deepEqual(await declared({ "main.go": main("addFlags(authCmd)\n\taddFlags(listCmd)") }), []);
  assert.deepEqual(await declared({ "main.go": main("addFlags(authCmd)\n\taddFlags(serveCmd)") }), ["--phone!"]);
  assert.deepEqual(await declared({ "main.go": main("for _, cmd := range all {\n\t\taddFlags(cmd)\n\t}") }), [
    "--phone!",
  ]);
  const made = `func newAuthCmd() *cobra.Command {\n\tcmd := &cobra.Command{Use: "auth"}\n\taddFlags(cmd)\n\treturn cmd\n}\nfunc newServeCmd() *cobra.Command {\n\tcmd := &cobra.Command{Use: "serve"}\n\tcmd.Flags().String("token", "", "")\n\treturn cmd\n}\n`;
  const makers = `package main\n${root}func init() {\n\trootCmd.AddCommand(newAuthCmd(), newServeCmd())\n}\n${made}${add}`;
  assert.deepEqual(await declared({ "main.go": makers }), ["--token"]);
});

test("Go: where no command says that it serves, those that prepare something do not", async () => {
  const command = (name: string, flag: string) =>
    `{Name: "${name}", Flags: []cli.Flag{&cli.StringFlag{Name: "${flag}"}}}`;
  const main = `package main\nfunc main() {\n\tapp := &cli.App{Commands: []*cli.Command{${command("attach", "token")}, ${command("login", "phone")}}}\n}\n`;
  assert.deepEqual(await declared({ "main.go": main }), ["--token"]);
});

test("Go: structs of kong's commands count where they serve", async () => {
  const main = `package main
type CLI struct {
	Region string \`env:"A_REGION"\`
	Serve  ServeCmd \`cmd:"" default:"1"\`
	Auth   AuthCmd  \`cmd:"" help:"Log in"\`
	Tidy   struct {
		Days string \`env:"A_DAYS" required:""\`
	} \`cmd:""\`
}
type ServeCmd struct {
	Token string \`env:"A_TOKEN" required:""\`
}
type AuthCmd struct {
	Phone string \`env:"A_PHONE" required:""\`
}
`;
  assert.deepEqual(await declared({ "main.go": main }), ["A_REGION", "A_TOKEN!"]);
});

const CLI = (variants: string, type = "Commands") =>
  `use clap::{Args, Parser, Subcommand};\n#[derive(Parser)]\nstruct Cli {\n    #[arg(long, env = "A_REGION")]\n    region: Option<String>,\n    #[command(subcommand)]\n    command: ${type},\n}\n#[derive(Debug, Subcommand)]\nenum Commands {\n${variants}\n}\n`;

test("Rust: fields of the variant that serves count, those of others do not", async () => {
  const serving = [
    '    Start {\n        #[arg(long, env = "A_TOKEN", hide_env_values = true)]\n        token: Option<String>,\n    },',
    '    /// Serve\n    #[command(name = "serve")]\n    Serve {\n        #[clap(\n            long,\n            env = "A_TOKEN",\n        )]\n        token: Option<String>,\n    },',
  ];
  for (const variant of serving) {
    const auth = '    Auth {\n        #[arg(long, env = "A_PHONE")]\n        phone: String,\n    },\n    Version,';
    assert.deepEqual(
      await declared({ "src/main.rs": CLI(`${auth}\n${variant}`) }),
      ["--region", "--token", "A_REGION", "A_TOKEN"],
      variant,
    );
  }
});

test("Rust: what follows a test or a text of several lines is read like the rest", async () => {
  const commands = CLI("    Scan {\n        #[arg()]\n        url: String,\n    },\n    Serve,");
  const main = 'fn main() {\n    let key = std::env::var("A_KEY").unwrap();\n}\n';
  const found = ["--region", "A_KEY!", "A_REGION"];
  for (const before of [
    "#[cfg(test)]\nmod integration_tests;\n",
    '#[cfg(all(test, unix))]\n#[path = "unix_tests.rs"]\npub(crate) mod tests;\n',
    "#[cfg(test)]\nuse std::{env, fs};\n",
    '#[cfg(test)]\nconst fn limit() -> usize {\n    env::var("OF_TESTS").unwrap()\n}\n',
    '#[cfg(test)]\nmod tests {\n    fn one() { std::env::var("OF_TESTS").unwrap(); }\n}\n',
    'const ABOUT: &str = "Runs a server.\n\nIt isn\'t one {\n  of many";\n',
    'const SQL: &[u8] = br##"it\'s "#1" {"##;\n',
  ]) {
    const text =
      before + commands.replace("#[derive(Parser)]", '#[derive(Parser)]\n#[command(about = "A thing\n(of\nmany")]');
    assert.deepEqual(await declared({ "src/main.rs": text + main }), found, before);
  }
  const notTest = '#[cfg(not(test))]\nfn main() {\n    std::env::var("A_KEY").unwrap();\n}\n';
  assert.deepEqual(await declared({ "src/main.rs": notTest }), ["A_KEY!"]);
});

test("Rust: structs that variants hold, and what is flattened into them, in other files", async () => {
  const args = (name: string, field: string, more = "") =>
    `use clap::Args;\n#[derive(Args)]\npub struct ${name} {\n${more}    #[arg(long, env = "A_${field.toUpperCase()}")]\n    ${field}: String,\n}\n`;
  const files = {
    "src/main.rs": CLI(
      "    Run(RunArgs),\n    Login(LoginArgs),\n    #[command(subcommand)]\n    Tokens(TokenCommands),",
    ),
    "src/run.rs": args("RunArgs", "token", "    #[command(flatten)]\n    shared: SharedArgs,\n"),
    "src/shared.rs": args("SharedArgs", "url"),
    "src/login.rs": args("LoginArgs", "phone"),
    "src/tokens.rs":
      'use clap::Subcommand;\n#[derive(Subcommand)]\npub enum TokenCommands {\n    Start {\n        #[arg(long, env = "A_NAME")]\n        name: String,\n    },\n}\n',
  };
  assert.deepEqual(await declared(files), ["--region", "--token!", "--url!", "A_REGION", "A_TOKEN!", "A_URL!"]);
});

test("Rust: a program that serves without a subcommand needs nothing of one", async () => {
  const text = CLI(
    "    Check {\n        #[arg(long)]\n        file: String,\n    },\n    Attach(AttachArgs),",
    "Option<Commands>",
  );
  const attach = "#[derive(clap::Args)]\nstruct AttachArgs {\n    #[arg(long)]\n    phone: String,\n}\n";
  assert.deepEqual(await declared({ "src/main.rs": text + attach }), ["--region", "A_REGION"]);
});

test("Rust: values that an argument has by itself, and constants for its variable", async () => {
  const text =
    'use clap::Parser;\nconst TOKEN_VARIABLE: &str = "A_TOKEN";\n#[derive(Parser)]\nstruct Cli {\n    #[arg(long, default_value_t = String::from("eu"))]\n    region: String,\n    #[arg(long, default_value_t = Level::Info)]\n    level: Level,\n    #[arg(long, env = TOKEN_VARIABLE)]\n    token: String,\n    #[arg(long, value_parser = parse_url)]\n    url: Url,\n}\n';
  assert.deepEqual(await declared({ "src/main.rs": text }), ["--level", "--region", "--token!", "--url!", "A_TOKEN!"]);
});
