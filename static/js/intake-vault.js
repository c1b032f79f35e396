// What could not be sent yet, kept on this device only as ciphertext: a phone that dies in a tunnel loses no answer, and
// whoever finds the phone reads none. The key comes with the page, after the date of birth was checked, and is never stored.
// See docs/decisions/offline-answers.md.
const NAME = "intake-unsent";
const DAYS_KEPT = 7;

function asPromise(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function packed(op) {
  const fields = await Promise.all(op.fields.map(async ([name, value]) => {
    if (typeof value === "string") return [name, value];
    return [name, { name: value.name, type: value.type, bytes: await asBase64(value) }];
  }));
  return new TextEncoder().encode(JSON.stringify({ ...op, fields }));
}

function unpacked(bytes) {
  const op = JSON.parse(new TextDecoder().decode(bytes));
  op.fields = op.fields.map(([name, value]) => (typeof value === "string" ? [name, value] : [name, asFile(value)]));
  return op;
}

function asBase64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1] || "");
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

function asFile({ name, type, bytes }) {
  return new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type });
}

/** The vault of one form, or null where the device has none (no secure connection, private window). */
export async function openVault(whose, key) {
  if (!key || !window.crypto?.subtle || !window.indexedDB) return null;
  try {
    const raw = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
    const secret = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: ["whose", "key"] });
    return new Vault(whose, secret, await asPromise(request));
  } catch {
    return null;
  }
}

class Vault {
  constructor(whose, secret, database) {
    Object.assign(this, { whose, secret, database });
  }

  store(mode) {
    return this.database.transaction("unsent", mode).objectStore("unsent");
  }

  // Bound to its form and question: one moved elsewhere does not open.
  bound(key) {
    return new TextEncoder().encode(`${this.whose} ${key}`);
  }

  async put(op) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const secured = { name: "AES-GCM", iv, additionalData: this.bound(op.key) };
    const sealed = await crypto.subtle.encrypt(secured, this.secret, await packed(op));
    await asPromise(this.store("readwrite").put({ whose: this.whose, key: op.key, seq: op.seq, at: Date.now(), iv, sealed }));
  }

  /** Gone from the device once the clinic has it; a later answer to the same question stays. */
  async drop(op) {
    const store = this.store("readwrite");
    const row = await asPromise(store.get([this.whose, op.key]));
    if (row && row.seq <= op.seq) await asPromise(store.delete([this.whose, op.key]));
  }

  async all() {
    const rows = await asPromise(this.store("readonly").getAll());
    const ops = [];
    for (const row of rows) {
      if (row.at < Date.now() - DAYS_KEPT * 86_400_000) await asPromise(this.store("readwrite").delete([row.whose, row.key]));
      else if (row.whose === this.whose) {
        try {
          const secured = { name: "AES-GCM", iv: row.iv, additionalData: this.bound(row.key) };
          ops.push(unpacked(await crypto.subtle.decrypt(secured, this.secret, row.sealed)));
        } catch {
          await asPromise(this.store("readwrite").delete([row.whose, row.key])); // nobody will ever read it
        }
      }
    }
    return ops.sort((a, b) => a.seq - b.seq);
  }
}
