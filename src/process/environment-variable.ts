/** What a variable of our environment says; an empty one says nothing, as where it isn't set. */
export function environmentVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
