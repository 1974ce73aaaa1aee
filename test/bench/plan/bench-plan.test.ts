import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { UsageError } from '../../../src/faults/errors.ts';
import { type BenchFlags, makeBenchPlan, makeBenchPlans } from '../../../src/bench/plan/bench-plan.ts';

const FLAGS: BenchFlags = {
  users: '5',
  rounds: '3',
  budget: '1s',
  timeout: '60s',
  controller: 'embedded',
  snapshot: undefined,
  spawner: 'forkd',
  expressions: undefined,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-plan-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function expressionsFile(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('makeBenchPlan', () => {
  it('turns the default flags into a frozen plan with one expression for each user', async () => {
    const plan = await makeBenchPlan(FLAGS);

    expect(plan).toMatchObject({ users: 5, rounds: 3, budgetMs: 1000, timeoutMs: 60_000 });
    expect(plan.expressions).toHaveLength(5);
    expect(plan.expressionSource).toBe('built-in');
    expect(Object.isFrozen(plan)).toBe(true);
  });

  it.each(['0', '-1', 'abc', '5000', '1.5', '', '1e2'])('refuses --users %j', async (users) => {
    const planning = makeBenchPlan({ ...FLAGS, users });

    await expect(planning).rejects.toThrow(UsageError);
    await expect(planning).rejects.toThrow(`--users must be a whole number from 1 to 1000, not '${users}'`);
  });

  it.each([
    [{ rounds: '0' }, '--rounds must be'],
    [{ budget: 'soon' }, "--budget must be a duration above zero such as 500ms, 1s or 2m, not 'soon'"],
    [{ budget: '0s' }, '--budget must be a duration above zero'],
    [{ timeout: '500ms' }, '--timeout 500ms ends a user before the budget of 1s is used up'],
    [{ controller: 'ftp://x' }, "--controller must be 'embedded' or an http(s) URL, not 'ftp://x'"],
    [{ controller: 'elsewhere' }, '--controller must be'],
    [{ arrivals: 'flood' }, '--arrivals must be burst'],
    [{ seed: '-1' }, '--seed must be a whole number'],
    [{ spawner: 'a:B', memory: true }, "--memory doesn't know which processes a:B starts"],
    [{ 'hub-config': 'nowhere.py' }, 'cannot read the file of --hub-config nowhere.py'],
  ])('refuses %j by name', async (flags, message) => {
    const planning = makeBenchPlan({ ...FLAGS, ...flags });

    await expect(planning).rejects.toThrow(UsageError);
    await expect(planning).rejects.toThrow(message);
  });

  it.each([
    ['5,1', '--users 5,1 must be in ascending order, each number once'],
    ['1,5,5', '--users 1,5,5 must be in ascending order, each number once'],
    ['1,,5', "--users must be a whole number from 1 to 1000, not ''"],
    ['1,x', "--users must be a whole number from 1 to 1000, not 'x'"],
  ])('refuses the sweep %j', async (users, message) => {
    await expect(makeBenchPlans({ ...FLAGS, users })).rejects.toThrow(message);
  });

  it('says how a sweep in disorder is to be written', async () => {
    await expect(makeBenchPlans({ ...FLAGS, users: '20,1,5,1' })).rejects.toMatchObject({
      hint: 'write --users 1,5,20',
    });
  });

  it('makes a plan for each number of users, whose users share no name', async () => {
    const plans = await makeBenchPlans({ ...FLAGS, users: '1,5,20' });

    expect(plans.map(({ users }) => users)).toEqual([1, 5, 20]);
    expect(new Set(plans.map(({ userPrefix }) => userPrefix)).size).toBe(3);
  });

  it('refuses a sweep where one number is wanted', async () => {
    await expect(makeBenchPlan({ ...FLAGS, users: '1,5' })).rejects.toThrow('--users must be one number');
  });

  it.each([
    [{ floor: true }, '--floor cannot be measured with --spawner simple'],
    [{ floor: true, baseline: true }, '--floor and --baseline cannot be measured with --spawner simple'],
  ])('refuses %j without ForkdSpawner', async (flags, message) => {
    await expect(makeBenchPlan({ ...FLAGS, ...flags, spawner: 'simple' })).rejects.toThrow(message);
  });

  it('keeps the folder of an expressions file out of the plan', async () => {
    const expressions = await expressionsFile(
      'mine.json',
      '{"expressions":[{"expression":"1","expected":"1"}]}',
    );

    const plan = await makeBenchPlan({ ...FLAGS, users: '1', expressions });

    expect(plan.expressionSource).toBe('mine.json');
    expect(plan.expressions).toEqual([{ expression: '1', expected: '1', code: '1' }]);
  });

  it('refuses an expressions file that is missing', async () => {
    const planning = makeBenchPlan({ ...FLAGS, expressions: join(folder, 'nowhere.json') });

    await expect(planning).rejects.toThrow(/cannot read the expressions file .*nowhere\.json/);
  });

  it.each([
    ['', /is empty/],
    ['{"expressions": [', /is not JSON/],
    ['[]', /is not an expressions file/],
    ['{"expressions": []}', /is not an expressions file/],
    ['{"expressions": [{"expression": 1}]}', /is not an expressions file/],
    [
      '{"expressions": [{"expression": "1", "expected": "1"}]}',
      /1 expressions and no template, too few for 5/,
    ],
  ])('refuses an expressions file that holds %j', async (text, message) => {
    const planning = makeBenchPlan({ ...FLAGS, expressions: await expressionsFile('bad.json', text) });

    await expect(planning).rejects.toThrow(UsageError);
    await expect(planning).rejects.toThrow(message);
  });
});
