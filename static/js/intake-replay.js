// Talks to the clinic: posts what waits and says what came of it.
const GONE = new Set([401, 403, 409]);

async function post(op, { token, whose, signal }) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token);
  body.set("whose", whose);
  for (const [name, value] of op.fields) body.append(name, value);
  return fetch(op.url, { method: "POST", body, credentials: "same-origin", signal });
}

export async function sendOneByOne(batch, way) {
  const told = { refused: {}, group: "", seen: "" };
  for (const op of batch) {
    if (op.key.startsWith("done:")) continue;
    const reply = await post(op, way);
    if (GONE.has(reply.status)) return { stopped: "gone", refused: {} };
    if (!reply.ok && reply.status !== 422) throw new Error(String(reply.status));
    const answer = await reply.json();
    Object.assign(told, { group: op.group, seen: answer.seen, advice: answer.advice, advice_mark: answer.advice_mark });
    if (answer.errors[op.key]) told.refused[op.key] = answer.errors[op.key];
  }
  return told;
}
