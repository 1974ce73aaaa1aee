import { describe, expect, it } from 'vitest';

import { bootArguments } from '../../src/parent/machine/boot-arguments.ts';
import { disksBeside, parseSize, parseTag, parseVariable, parseWord } from '../../src/parent/parent-plan.ts';

describe('flags of a parent', () => {
  it.each(['', 'a b', '../x', 'ü', 'x'.repeat(65)])('refuse the tag %j', (tag) => {
    expect(() => parseTag(tag)).toThrow(/--tag must be 1 to 64 letters/);
  });

  it.each([
    ['/home=2g', '/home:2g'],
    ['/tmp=25%', '/tmp:25%'],
    ['/var/tmp=none', '/var/tmp:none'],
  ])('take the size %s', (text, argument) => {
    expect(parseSize(text)).toBe(argument);
  });

  it.each(['home=2g', '/home', '/home=much', '/home=2g ro', '/home=-1'])('refuse the size %j', (text) => {
    expect(() => parseSize(text)).toThrow(/--size must be FOLDER=SIZE/);
  });

  it('refuse what would end a word of the command line', () => {
    expect(() => parseWord('--time-zone', 'UTC init=/bin/sh')).toThrow(/--time-zone must be without spaces/);
  });

  it.each(['PROXY', '=x', '1A=x', 'A=b c', "A='b'"])('refuse %j as a variable of the guest', (text) => {
    expect(() => parseVariable(text)).toThrow('--env must be NAME=VALUE without spaces and quotes');
  });

  it('keep root disks where no controller takes them for snapshots', () => {
    expect(disksBeside('/var/lib/forkd/snapshots')).toBe('/var/lib/forkd/root-disks');
  });
});

it('the command line of the kernel mounts the root read-only and starts our PID 1', () => {
  const plan = {
    sizes: ['/home:2g'],
    environment: ['HTTPS_PROXY=http://10.42.0.1:3128'],
    timeZone: 'Europe/Berlin',
    nameserver: '10.42.0.1',
    warmTimeoutMs: 90_500,
  };

  expect(bootArguments(plan).split(' ')).toEqual([
    ...['console=ttyS0', 'reboot=k', 'panic=1', 'pci=off', 'loglevel=3', 'root=/dev/vda', 'ro'],
    ...['init=/sbin/forkd-init', 'random.trust_cpu=on'],
    'ip=10.42.0.2::10.42.0.1:255.255.255.0::eth0:off',
    ...['forkd.time_zone=Europe/Berlin', 'forkd.nameserver=10.42.0.1', 'forkd.size=/home:2g'],
    ...['forkd.env=OPENBLAS_NUM_THREADS=1', 'forkd.env=FORKD_REHEARSAL_TIMEOUT_S=91'],
    'forkd.env=HTTPS_PROXY=http://10.42.0.1:3128',
  ]);
});
