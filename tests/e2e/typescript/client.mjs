// The TypeScript SDK with its base URL changed, run by test_clients.py; prints what it got as JSON.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: process.env.ROUTER_URL, apiKey: "any", maxRetries: 0 });
const body = { model: "auto", max_tokens: 100, messages: [{ role: "user", content: "Tell me of the sea" }] };

const created = await client.messages.create(body);

let text = "";
const stream = client.messages.stream(body).on("text", (piece) => (text += piece));
const final = await stream.finalMessage();

const events = [];
for await (const event of await client.messages.create({ ...body, stream: true })) {
  events.push(event.type);
}

let error;
try {
  await client.messages.create({ ...body, model: "no-such-model" });
} catch (raised) {
  error = { name: raised.constructor.name, status: raised.status, type: raised.error?.error?.type };
}

console.log(JSON.stringify({ created, streamed: { text, final: final.content[0].text, tier: final.router?.tier }, events, error }));
