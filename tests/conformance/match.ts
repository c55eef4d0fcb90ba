/** Whether a result has the form that a case expects. README.md lists the forms. */

type Forms = Readonly<Record<string, (argument: unknown, actual: unknown) => boolean>>;

const FORMS: Forms = {
  $min: (least, actual) => Number(actual ?? 0) >= Number(least),
  $max: (most, actual) => Number(actual ?? 0) <= Number(most),
  $like: (expression, actual) =>
    typeof actual === "string" && new RegExp(String(expression)).test(actual),
  $size: (size, actual) => (Array.isArray(actual) ? actual.length : 0) === size,
  $has: (pattern, actual) =>
    listOf(actual).some((entry) => differences(pattern, entry).length === 0),
  $set: (isSet, actual) => !isZero(actual) === isSet,
  $not: (pattern, actual) => differences(pattern, actual).length > 0,
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON of a message leaves out what has its zero value. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return value === 0 || value === "0" || value === "" || value === false;
}

/** Where `actual` differs from `pattern`, one line each; empty if it fits. */
export function differences(pattern: unknown, actual: unknown, path = "result"): string[] {
  const different = () => [`${path} is ${show(actual)}, expected ${show(pattern)}`];
  if (Array.isArray(pattern)) {
    const entries = listOf(actual);
    if (entries.length !== pattern.length) return different();
    return pattern.flatMap((each, index) => differences(each, entries[index], `${path}[${index}]`));
  }
  if (!isMap(pattern)) {
    const same = isZero(pattern) ? isZero(actual) : String(actual) === String(pattern);
    return same ? [] : different();
  }
  return Object.entries(pattern).flatMap(([key, each]) => {
    if (key.startsWith("$")) {
      const form = FORMS[key];
      if (!form) throw new Error(`there is no form ${key}`);
      return form(each, actual) ? [] : different();
    }
    return differences(each, isMap(actual) ? actual[key] : undefined, `${path}.${key}`);
  });
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
