// What was given and not acknowledged yet, in the order it was given. A later answer to a question takes the place of an
// earlier one. Sent in batches, kept in the vault until the clinic has it, tried again until it does.
const PAUSES = [1500, 3000, 6000, 12_000];
const AT_ONCE = 40;
const TEXT_WAITS = 12_000;
const FILE_WAITS = 120_000;

export class Queue {
  /** `send(ops, signal)` posts a batch and returns the server's reply, or throws when it is to be tried again. */
  constructor({ send, hear, vault = null }) {
    Object.assign(this, { send, hear, vault });
    this.ops = new Map(); // key -> op, in the order given
    this.seq = Date.now() * 1000; // later pages of this device count on from here
    this.failures = 0;
    this.most = AT_ONCE;
    this.running = null;
    this.stopped = "";
    this.timer = 0;
    window.addEventListener("online", () => this.flush());
  }

  /** What an earlier page of this device could not send. */
  async restore() {
    for (const op of (await this.vault?.all()) || []) {
      if (!this.ops.has(op.key)) this.ops.set(op.key, op);
    }
    return [...this.ops.values()];
  }

  add({ key, screen, fields = [], done = false }) {
    this.seq = Math.max(this.seq + 1, Date.now() * 1000);
    const op = { key, screen, fields, done, seq: this.seq, at: new Date().toISOString() };
    this.ops.delete(key);
    this.ops.set(key, op);
    op.kept = this.vault?.put(op).catch(() => {}); // a full disk must not stop the answer on its way
    return op;
  }

  waiting() {
    return [...this.ops.values()].filter((op) => !op.refused);
  }

  get isEmpty() {
    return this.waiting().length === 0;
  }

  /** Resolves with true when everything is with the clinic, false when something had to wait. */
  flush() {
    window.clearTimeout(this.timer);
    this.running ??= this.sendAll().finally(() => { this.running = null; });
    return this.running;
  }

  async sendAll() {
    while (!this.stopped) {
      const batch = this.nextBatch();
      if (!batch.length) return true;
      const waits = batch.some(hasFile) ? FILE_WAITS : TEXT_WAITS;
      let reply;
      try {
        reply = await this.send(batch, AbortSignal.timeout(waits));
      } catch {
        this.later();
        return false;
      }
      this.failures = 0;
      if (reply.stopped) {
        this.stopped = reply.stopped;
        this.hear(reply, batch);
        return false;
      }
      if (reply.tooMuch) this.most = Math.max(1, Math.floor(batch.length / 2));
      else await this.settle(batch, reply);
    }
    return false;
  }

  nextBatch() {
    const waiting = this.waiting();
    const first = waiting.findIndex(hasFile);
    // A photo goes alone, so that a slow one holds up no answer.
    if (first === 0) return waiting.slice(0, 1);
    return waiting.slice(0, first > 0 ? Math.min(first, this.most) : this.most);
  }

  async settle(batch, reply) {
    for (const op of batch) {
      const words = op.done ? "" : reply.results[op.key]?.errors[op.key] || "";
      if (this.ops.get(op.key) !== op) continue; // answered anew meanwhile
      if (words) {
        // It stays on this device as it was typed, until it is put right.
        op.refused = words;
        await this.vault?.put(op).catch(() => {});
      } else {
        this.ops.delete(op.key);
        await op.kept;
        await this.vault?.drop(op).catch(() => {});
      }
    }
    this.hear(reply, batch);
  }

  later() {
    const pause = PAUSES[Math.min(this.failures, PAUSES.length - 1)];
    this.failures += 1;
    this.hear({ offline: true }, []);
    this.timer = window.setTimeout(() => this.flush(), pause);
  }
}

function hasFile(op) {
  return op.fields.some(([, value]) => typeof value !== "string");
}
