// The recording's tag had nine letters and came after 'other'; then it was renamed. The columns in
// forkd's messages and the order of its list still know.
const TAGS = new Map([['jupyter', 'pyjupyter']]);

/** Translates between the recording's names (`sb-2`, `<root>`, `jupyter`) and ours. */
export class RecordedNames {
  readonly #ids = new Map<string, string>();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Ids are given by the controller: pairs those of a list with the recorded ones. */
  learnIds(ours: unknown, recorded: unknown): void {
    const ourIds = idsOf(ours);
    for (const [index, id] of idsOf(recorded).entries()) {
      const given = ourIds[index];
      if (given !== undefined && !this.#ids.has(id)) this.#ids.set(id, given);
    }
  }

  toOurs<T>(value: T): T;
  toOurs(value: unknown): unknown {
    return replaceIn(value, [...TAGS, ...this.#ids, ['<root>', this.#root]]);
  }

  toRecorded(value: unknown): unknown {
    const pairs: readonly Pair[] = [...TAGS, ...this.#ids, ['<root>', this.#root]];
    return replaceIn(
      value,
      pairs.map(([recorded, ours]) => [ours, recorded]),
    );
  }
}

type Pair = readonly [from: string, to: string];

function idsOf(value: unknown): readonly string[] {
  return [...JSON.stringify(value).matchAll(/"id":"([^"]+)"/g)].map(([, id = '']) => id);
}

/** In whole words only: the id sb-1 is not the beginning of sb-10. */
function replaceIn(value: unknown, pairs: readonly Pair[]): unknown {
  let text = JSON.stringify(value);
  for (const [from, to] of pairs) {
    text = text.replaceAll(
      new RegExp(`(?<![\\w-])${from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g'),
      to,
    );
  }
  const replaced: unknown = JSON.parse(text);
  return replaced;
}
