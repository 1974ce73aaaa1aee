/** The snapshot's tag in the recording. */
export const RECORDED_TAG = 'jupyter';

// It came after 'other' before it was renamed, as the order of forkd's list still shows.
export const TAG_WHEN_RECORDED = 'pyjupyter';

/** Translates between the recording's names (`sb-2`, `<root>`, `jupyter`) and ours. */
export class RecordedNames {
  readonly #ids = new Map<string, string>();
  readonly #tag: string;
  readonly #root: string;

  /** `root`: the folder of the controller's folders. */
  constructor({ tag, root }: { readonly tag: string; readonly root: string }) {
    this.#tag = tag;
    this.#root = root;
  }

  /** The ids that the controller has given. */
  get ids(): readonly string[] {
    return [...this.#ids.values()];
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
    return replaceIn(value, [[RECORDED_TAG, this.#tag], ...this.#ids, ['<root>', this.#root]]);
  }

  toRecorded(value: unknown): unknown {
    const ids = [...this.#ids].map(([recorded, ours]): Pair => [ours, recorded]);
    const named = replaceIn(value, [...ids, [this.#root, '<root>']]);
    // Only where it names the snapshot: a tag may well be 'python', which is an agent's language.
    const place = new RegExp(`("(?:snapshot_)?tag":"|/)${escaped(this.#tag)}(?=")`, 'g');
    const text = JSON.stringify(named).replaceAll(place, `$1${RECORDED_TAG}`);
    const recorded: unknown = JSON.parse(text);
    return recorded;
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
    text = text.replaceAll(new RegExp(`(?<![\\w-])${escaped(from)}(?![\\w-])`, 'g'), to);
  }
  const replaced: unknown = JSON.parse(text);
  return replaced;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
