import { SDK_CHAINS } from "./sdk-chains.ts";
import {
  ABOUT_AWS,
  ABOUT_AZURE,
  ABOUT_DOCKER,
  ABOUT_GOOGLE,
  ABOUT_KUBERNETES,
  AWS,
  AZURE,
  DATABRICKS,
  DOCKER,
  GEMINI,
  GOOGLE,
  GOOGLE_WITH_PROJECT,
  KUBERNETES,
  type SdkClient,
  VAULT,
} from "./sdk-credentials.ts";

const KEY = /api_?key|\bkey\b|\bauth\b|token/i;
/** The same for a constructor whose first argument is the key itself. */
const KEY_OR_TEXT = /^\s*["'`]|api_?key|\bkey\b|\bauth\b|token/i;
/** Functions whose first argument is a model, a template or an object's name. */
const FIRST_IS_ANOTHER = /replicate|Replicate|wandb|HfApi|Sandbox|Chat|Embeddings/;

/** A client whose constructor takes one key. */
function keyed(
  language: "python" | "javascript",
  library: RegExp,
  names: string,
  variables: readonly string[],
  demands: readonly string[] = [],
): SdkClient {
  const before = language === "python" ? "\\b" : "\\bnew\\s{1,5}";
  return {
    language,
    library,
    makes: new RegExp(`${before}(?:${names})\\(`, "g"),
    given: FIRST_IS_ANOTHER.test(names) ? KEY : KEY_OR_TEXT,
    variables,
    demands,
  };
}

const PYTHON: SdkClient[] = [
  keyed("python", /\bopenai\b/, "(?:openai\\.)?(?:Async)?OpenAI", ["OPENAI_API_KEY"], ["OPENAI_API_KEY"]),
  keyed("python", /\banthropic\b/, "(?:anthropic\\.)?(?:Async)?Anthropic", ["ANTHROPIC_API_KEY"]),
  keyed("python", /\bgroq\b/, "(?:groq\\.)?(?:Async)?Groq", ["GROQ_API_KEY"], ["GROQ_API_KEY"]),
  keyed("python", /\bmistralai\b/, "Mistral", ["MISTRAL_API_KEY"]),
  keyed("python", /\bcohere\b/, "cohere\\.(?:Async)?Client(?:V2)?", ["CO_API_KEY"]),
  keyed("python", /\bvoyageai\b/, "voyageai\\.(?:Async)?Client", ["VOYAGE_API_KEY"], ["VOYAGE_API_KEY"]),
  keyed("python", /\btogether\b/, "(?:Async)?Together", ["TOGETHER_API_KEY"], ["TOGETHER_API_KEY"]),
  keyed("python", /\btavily\b/, "(?:Async)?TavilyClient|TavilySearch(?:Results)?", ["TAVILY_API_KEY"]),
  keyed("python", /\bfirecrawl\b/, "(?:Async)?Firecrawl(?:App)?", ["FIRECRAWL_API_KEY"]),
  keyed("python", /\bexa_py\b/, "(?:Async)?Exa", ["EXA_API_KEY"], ["EXA_API_KEY"]),
  keyed("python", /\bpinecone\b/, "Pinecone(?:Asyncio)?", ["PINECONE_API_KEY"], ["PINECONE_API_KEY"]),
  keyed("python", /\belevenlabs\b/, "(?:Async)?ElevenLabs", ["ELEVENLABS_API_KEY"]),
  keyed("python", /\bdeepgram\b/, "(?:Async)?DeepgramClient", ["DEEPGRAM_API_KEY"]),
  keyed("python", /\bassemblyai\b/, "(?:aai|assemblyai)\\.(?:Transcriber|Client)", ["ASSEMBLYAI_API_KEY"]),
  keyed("python", /\breplicate\b/, "replicate\\.(?:run|async_run|stream|Client)", ["REPLICATE_API_TOKEN"]),
  keyed("python", /\bwandb\b/, "wandb\\.(?:Api|init|login)", ["WANDB_API_KEY"]),
  keyed("python", /\bhuggingface_hub\b/, "HfApi|(?:Async)?InferenceClient|(?:hf_hub|snapshot)_download", ["HF_TOKEN"]),
  keyed("python", /\be2b\w*\b/, "(?:Async)?Sandbox(?:\\.create)?", ["E2B_API_KEY"]),
  {
    language: "python",
    library: /\bgenai\b/,
    makes: /\bgenai\.Client\(/g,
    given: /api_key|vertexai|credentials/,
    variables: GEMINI,
  },
  keyed("python", /\blangchain_openai\b/, "ChatOpenAI|OpenAIEmbeddings", ["OPENAI_API_KEY"]),
  keyed("python", /\blangchain_anthropic\b/, "ChatAnthropic", ["ANTHROPIC_API_KEY"]),
  keyed("python", /\blangchain_google_genai\b/, "ChatGoogleGenerativeAI|GoogleGenerativeAIEmbeddings", [
    "GOOGLE_API_KEY",
  ]),
  keyed("python", /\blangchain_groq\b/, "ChatGroq", ["GROQ_API_KEY"]),
  keyed("python", /\blangchain_mistralai\b/, "ChatMistralAI", ["MISTRAL_API_KEY"]),
  {
    language: "python",
    library: /\btwilio\.rest\b/,
    makes: /\bClient\(/g,
    given: "any",
    variables: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
    demands: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
  },
  {
    language: "python",
    library: /\bboto3\b/,
    makes: /\b(?:aio)?boto3\.(?:client|resource|Session|session\.Session)\(/g,
    given: /aws_access_key_id/,
    variables: AWS,
    about: ABOUT_AWS,
  },
  {
    language: "python",
    library: /\bgoogle\.auth\b/,
    makes: /\bgoogle\.auth\.default\(/g,
    given: "nothing",
    variables: GOOGLE_WITH_PROJECT,
    about: ABOUT_GOOGLE,
  },
  {
    language: "python",
    library: /\bgoogle\.cloud\b/,
    makes:
      /\b(?:bigquery|storage|firestore|pubsub_v1|secretmanager|logging|monitoring_v3|spanner|datastore|translate|vision|speech)\.\w{0,40}Client\(/g,
    given: /\bcredentials\b|client_options/,
    variables: GOOGLE,
    about: ABOUT_GOOGLE,
  },
  {
    language: "python",
    library: /\bazure\.identity\b/,
    makes: /\b(?:DefaultAzure|Environment)Credential\(/g,
    given: /exclude_environment_credential\s{0,5}=\s{0,5}True/,
    variables: AZURE,
    about: ABOUT_AZURE,
  },
  {
    language: "python",
    library: /\bkubernetes\b|\bkubernetes_asyncio\b/,
    makes: /\b(?:config\.)?(?:load_kube_config|new_client_from_config)\(/g,
    given: /config_file/,
    variables: KUBERNETES,
    about: ABOUT_KUBERNETES,
  },
  {
    language: "python",
    library: /\bdocker\b/,
    makes: /\bdocker\.from_env\(/g,
    given: /environment/,
    variables: DOCKER,
    about: ABOUT_DOCKER,
  },
  {
    language: "python",
    library: /\bdatabricks\.sdk\b/,
    makes: /\b(?:Workspace|Account)Client\(/g,
    given: /\btoken\b|\bconfig\b|client_secret|profile/,
    variables: DATABRICKS,
  },
  { language: "python", library: /\bhvac\b/, makes: /\bhvac\.Client\(/g, given: /token/, variables: VAULT },
];

const JAVASCRIPT: SdkClient[] = [
  keyed("javascript", /["']openai["']/, "(?:OpenAI|OpenAIApi)", ["OPENAI_API_KEY"], ["OPENAI_API_KEY"]),
  keyed("javascript", /["']@anthropic-ai\/sdk["']/, "Anthropic", ["ANTHROPIC_API_KEY"]),
  keyed("javascript", /["']groq-sdk["']/, "Groq", ["GROQ_API_KEY"], ["GROQ_API_KEY"]),
  keyed("javascript", /["']@mistralai\/mistralai["']/, "Mistral", ["MISTRAL_API_KEY"]),
  keyed("javascript", /["']cohere-ai["']/, "CohereClient(?:V2)?", ["CO_API_KEY"]),
  keyed("javascript", /["']exa-js["']/, "Exa", ["EXA_API_KEY"]),
  keyed(
    "javascript",
    /["'](?:@mendable\/firecrawl-js|firecrawl|@firecrawl\/\w{1,20})["']/,
    "Firecrawl(?:App|Client)?",
    ["FIRECRAWL_API_KEY"],
  ),
  keyed("javascript", /["']@pinecone-database\/pinecone["']/, "Pinecone", ["PINECONE_API_KEY"], ["PINECONE_API_KEY"]),
  keyed("javascript", /["'](?:elevenlabs|@elevenlabs\/elevenlabs-js)["']/, "ElevenLabsClient", ["ELEVENLABS_API_KEY"]),
  keyed("javascript", /["']replicate["']/, "Replicate", ["REPLICATE_API_TOKEN"]),
  keyed("javascript", /["']resend["']/, "Resend", ["RESEND_API_KEY"], ["RESEND_API_KEY"]),
  {
    language: "javascript",
    library: /["']@google\/genai["']/,
    makes: /\bnew\s{1,5}GoogleGenAI\(/g,
    given: /apiKey|vertexai/,
    variables: GEMINI,
  },
  keyed("javascript", /["']@langchain\/openai["']/, "(?:ChatOpenAI|OpenAIEmbeddings)", ["OPENAI_API_KEY"]),
  keyed("javascript", /["']@langchain\/anthropic["']/, "ChatAnthropic", ["ANTHROPIC_API_KEY"]),
  {
    language: "javascript",
    library: /["']@tavily\/core["']/,
    makes: /\btavily\(/g,
    given: KEY,
    variables: ["TAVILY_API_KEY"],
  },
  {
    language: "javascript",
    library: /["']twilio["']/,
    makes: /\b(?:twilio|Twilio)\(/g,
    given: "any",
    variables: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
    demands: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
  },
  {
    language: "javascript",
    library: /["']@aws-sdk\/[\w-]{1,60}["']/,
    makes: /\bnew\s{1,5}\w{0,60}(?:Client|Signer)\(|\b(?:fromEnv|fromNodeProviderChain|defaultProvider)\(/g,
    given: /\bcredentials\b/,
    variables: AWS,
    about: ABOUT_AWS,
  },
  {
    language: "javascript",
    library: /["']google-auth-library["']|["']googleapis["']|["']@googleapis\//,
    makes: /\bnew\s{1,5}(?:google\.auth\.)?GoogleAuth\(/g,
    given: /\bkey_?[fF]ile|\bcredentials\b|\bapiKey\b/,
    variables: GOOGLE,
    about: ABOUT_GOOGLE,
  },
  {
    language: "javascript",
    library: /["']@google-cloud\/[\w-]{1,60}["']/,
    makes: /\bnew\s{1,5}(?:BigQuery|Storage|Firestore|PubSub|\w{1,60}ServiceClient|\w{1,60}Client)\(/g,
    given: /\bkey_?[fF]ile|\bcredentials\b|\bapiKey\b|\bauth(?:Client)?\b/,
    variables: GOOGLE,
    about: ABOUT_GOOGLE,
  },
  {
    language: "javascript",
    library: /["']@azure\/identity["']/,
    makes: /\bnew\s{1,5}(?:DefaultAzure|Environment)Credential\(/g,
    given: "nothing",
    variables: AZURE,
    about: ABOUT_AZURE,
  },
  {
    language: "javascript",
    library: /["']@kubernetes\/client-node["']/,
    makes: /\.loadFromDefault\(/g,
    given: "nothing",
    variables: KUBERNETES,
    about: ABOUT_KUBERNETES,
  },
  {
    language: "javascript",
    library: /["']dockerode["']/,
    makes: /\bnew\s{1,5}Docker\(/g,
    given: "any",
    variables: DOCKER,
    about: ABOUT_DOCKER,
  },
];

/** Clients that read their credentials from the environment by themselves, as their own documentation and sources say. */
export const SDK_CLIENTS: readonly SdkClient[] = [...PYTHON, ...JAVASCRIPT, ...SDK_CHAINS];
