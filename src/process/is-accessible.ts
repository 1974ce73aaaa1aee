import { access, constants } from 'node:fs/promises';

/** Whether there is something at a path that this user may use so; by default: whether it is there at all. */
export async function isAccessible(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
