import { EnvironmentError, UsageError } from '../faults/errors.ts';

/** What keeps a parent from being built, each with what mends it. */

export function notRoot(uid: number): EnvironmentError {
  return new EnvironmentError(`user ${uid} cannot make network namespaces and root disks: root is needed`, {
    hint: 'sudo forkd-spawner parent build …',
  });
}

export function noKvm(reason: string): EnvironmentError {
  return new EnvironmentError(`/dev/kvm cannot be used: ${reason}`, {
    hint: 'sudo modprobe kvm_intel (or kvm_amd); in a VM, turn nested virtualisation on',
  });
}

export function noFirecracker(named: string): EnvironmentError {
  return new EnvironmentError(`there is no Firecracker: '${named}' cannot be run`, {
    hint: "install Firecracker's release binary as /usr/local/bin/firecracker, or name it with --firecracker PATH",
  });
}

export function noKernel(path: string, reason: string): UsageError {
  return new UsageError(`--kernel ${path} cannot be used: ${reason}`, {
    hint: "give an uncompressed guest kernel (vmlinux), such as the one in forkd's or Firecracker's releases",
  });
}

/** `programs`: any of them would do. */
export function noProgram(programs: readonly string[], debianPackage: string): EnvironmentError {
  return new EnvironmentError(`there is no ${programs.join(' or ')} in the search path`, {
    hint: `sudo apt-get install ${debianPackage}`,
  });
}

export function tagExists(tag: string, folder: string): UsageError {
  return new UsageError(`there is a snapshot '${tag}' already: ${folder}`, {
    hint: `forkd-spawner parent rebuild --tag ${tag} … makes it anew, or choose another --tag`,
  });
}

export function diskFull(
  folder: string,
  needed?: { readonly freeMib: number; readonly mib: number },
): EnvironmentError {
  const figures =
    needed === undefined ? '' : `: ${needed.freeMib} MiB are free, ${needed.mib} MiB are needed`;
  return new EnvironmentError(`the disk of ${folder} is full${figures}`, {
    hint: `free some space (forkd-spawner clean, forkd-spawner parent list), or name another folder: --disks, --snapshot-root`,
  });
}

/** `lines`: the last ones that the step wrote. */
export function stepFailed(
  name: string,
  end: string,
  lines: readonly string[],
  hint?: string,
): EnvironmentError {
  const text = lines.length === 0 ? '' : `:\n${quote(lines)}`;
  return new EnvironmentError(`${name} ended with ${end}${text}`, hint === undefined ? {} : { hint });
}

export function guestDied(afterS: number, lines: readonly string[]): EnvironmentError {
  return new EnvironmentError(
    `the guest ended after ${afterS} s, before it was warm; the last lines of its console:\n${quote(lines)}`,
    { hint: 'the lines above say why; more memory is --memory MIB, another kernel --kernel FILE' },
  );
}

export function neverWarm(limitS: number, lines: readonly string[]): EnvironmentError {
  return new EnvironmentError(
    `the guest was not warm within ${limitS} s; the last lines of its console:\n${quote(lines)}`,
    { hint: `give it longer: --timeout ${Math.ceil(limitS / 30)}m` },
  );
}

function quote(lines: readonly string[]): string {
  return lines.length === 0 ? '    (nothing)' : lines.map((line) => `    ${line}`).join('\n');
}
