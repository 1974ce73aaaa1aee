import { describe, expect, it } from 'vitest';

import { createSandboxShape, execShape } from '../../src/embedded/routes/request-shapes.ts';
import { parseBody } from '../../src/embedded/serde/parse-body.ts';

function faultOf(text: string, shape: Parameters<typeof parseBody>[1] = createSandboxShape): string {
  try {
    parseBody(Buffer.from(text), shape);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Failed to .*?: /, '') : String(error);
  }
  return 'accepted';
}

describe('a body', () => {
  it.each([
    ['', 'EOF while parsing a value at line 1 column 0'],
    ['{', 'EOF while parsing an object at line 1 column 1'],
    ['{"a"', 'EOF while parsing an object at line 1 column 4'],
    ['{"a" 1}', 'expected `:` at line 1 column 6'],
    ['{"a": 1 "b"}', 'expected `,` or `}` at line 1 column 9'],
    ['{"a": 1,}', 'trailing comma at line 1 column 9'],
    ['[1, 2', 'EOF while parsing a list at line 1 column 5'],
    ['[1 2]', 'expected `,` or `]` at line 1 column 4'],
    ['{"a": nul}', 'expected ident at line 1 column 10'],
    ['{"a": "x', 'EOF while parsing a string at line 1 column 8'],
    ['{"a": "\\x"}', 'invalid escape at line 1 column 9'],
    ['{\n  "a": ?\n}', 'expected value at line 2 column 8'],
    ['{} {}', 'trailing characters at line 1 column 4'],
  ])('%j that is no JSON is refused in serde_json’s words', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it.each([
    ['"x"', 'invalid type: string "x", expected struct CreateSandboxRequest at line 1 column 3'],
    ['null', 'invalid type: null, expected struct CreateSandboxRequest at line 1 column 4'],
    [
      '{"snapshot_tag": true}',
      'snapshot_tag: invalid type: boolean `true`, expected a string at line 1 column 21',
    ],
    ['{"n": "é", "snapshot_tag": 1}', 'n: invalid type: string "é", expected usize at line 1 column 10'],
    ['{"n": -1}', 'n: invalid value: integer `-1`, expected usize at line 1 column 8'],
    [
      '{"per_child_netns": 1}',
      'per_child_netns: invalid type: integer `1`, expected a boolean at line 1 column 21',
    ],
  ])('%s of another shape is refused with the first mismatch', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it('with a wrong item in a list is refused at that item', () => {
    expect(faultOf('{"args": ["a", 2]}', execShape)).toBe(
      'args[1]: invalid type: integer `2`, expected a string at line 1 column 16',
    );
  });

  it('takes a list for a struct, and fills in what is optional', () => {
    expect(parseBody(Buffer.from('["tag", 3]'), createSandboxShape)).toEqual({
      snapshot_tag: 'tag',
      n: 3,
      per_child_netns: false,
      memory_limit_mib: null,
      prewarm: false,
      live_fork: false,
      hugepages: false,
    });
  });
});
