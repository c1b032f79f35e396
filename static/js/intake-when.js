// Which questions follow from the answers, as the server decides it (FHIR R4 enableWhen). No page, no network: only values.
// A test is {q, op, v, is}: question, operator, wanted value, and what the server found when it made the page.
// A condition is {all, tests}. `answersOf(q)` gives the answers to a question, or undefined when this page does not know them.

function number(value) {
  if (typeof value === "boolean" || value === null || value === "") return null;
  const read = Number(String(value).replace(",", "."));
  return Number.isFinite(read) ? read : null;
}

function same(given, wanted) {
  if (typeof wanted === "boolean") return String(given) === String(wanted);
  if (typeof wanted === "number") return number(given) === wanted;
  if (String(given) === String(wanted)) return true;
  // A decimal comes as text, to keep its figures: 1.50 is 1.5.
  return typeof given === "number" && number(wanted) === given;
}

const ORDER = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

function ordered(op, given, wanted) {
  const left = number(given);
  const right = number(wanted);
  if (left !== null && right !== null) return ORDER[op](left, right);
  // ISO dates and times of one precision sort as text.
  return String(given).length === String(wanted).length && ORDER[op](String(given), String(wanted));
}

export function holds(test, answersOf) {
  const given = test.q === undefined ? undefined : answersOf(test.q);
  if (given === undefined) return Boolean(test.is);
  switch (test.op) {
    case "exists": return given.length > 0 === test.v;
    case "=": return given.some((one) => same(one, test.v));
    // R4: true when no answer equals it, which an unanswered question fulfils too.
    case "!=": return !given.some((one) => same(one, test.v));
    default: return test.op in ORDER && given.some((one) => ordered(test.op, one, test.v));
  }
}

export function isAsked(when, answersOf) {
  const holding = (test) => holds(test, answersOf);
  return when.all ? when.tests.every(holding) : when.tests.some(holding);
}
