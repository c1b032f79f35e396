// Talks to the clinic in steps, as docs/decisions/saving-answers.md says, and tells the queue what came of each.

const WINDOW = crypto.randomUUID?.() || String(Math.random()); // two windows of one browser count for themselves

function stepOf(op) {
  const step = { key: op.key, seq: op.seq, at: op.at, screen: op.screen };
  if (op.done) step.done = true;
  if (op.fields.length) step.fields = op.fields.filter(([, value]) => typeof value === "string");
  return step;
}

function request(batch, { token, whose }) {
  const told = JSON.stringify({ whose, from: WINDOW, sent: new Date().toISOString(), steps: batch.map(stepOf) });
  const files = batch.flatMap((op) => op.fields.filter(([, value]) => typeof value !== "string"));
  if (!files.length) return { body: told, headers: { "X-CSRFToken": token, "Content-Type": "application/json" } };
  const body = new FormData();
  body.set("steps", told);
  for (const [name, file] of files) body.append(name, file);
  return { body, headers: { "X-CSRFToken": token } };
}

/** {results, …} of the reply; {stopped} when this page can send no more; throws when it is to be tried again. */
export async function send(batch, way) {
  const reply = await fetch(way.url, { method: "POST", credentials: "same-origin", signal: way.signal, ...request(batch, way) });
  if (reply.status === 200) return reply.json();
  if (reply.status === 401 || reply.status === 403) return { stopped: "expired" };
  if (reply.status === 409) return { stopped: (await reply.json()).gone };
  if (reply.status === 413 && batch.length > 1) return { tooMuch: true };
  // Never to be had: said beside its question, so that it does not hold up the rest.
  if (reply.status === 413) return { results: Object.fromEntries(batch.map((op) => [op.key, { errors: { [op.key]: way.tooLarge }, seen: {}, elsewhere: [] }])) };
  throw new Error(String(reply.status));
}
