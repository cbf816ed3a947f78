// The TypeScript SDK's tool runner, run by test_agents.py; prints the last message and what the tool was called with as JSON.
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";

const client = new Anthropic({ baseURL: process.env.ROUTER_URL, apiKey: "any", maxRetries: 0 });
const asked = [];
const weather = betaTool({
  name: "get_weather",
  description: "The weather in a city",
  inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  run: ({ city }) => {
    asked.push(city);
    return "Sunny with a light breeze";
  },
});

const last = await client.beta.messages.toolRunner({
  model: "auto",
  max_tokens: 1000,
  messages: [{ role: "user", content: process.env.PROMPT }],
  tools: [weather],
});

console.log(JSON.stringify({ asked, text: last.content.at(-1).text, stop_reason: last.stop_reason }));
