const A_LONG_TIME_MS = 2 ** 30;

/** Keeps the process alive until the signal aborts; rejects with the signal's reason then. */
export async function stayUntilAborted(signal: AbortSignal): Promise<never> {
  const keepAlive = setInterval(() => undefined, A_LONG_TIME_MS);
  try {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
      if (signal.aborted) resolve(undefined);
    });
  } finally {
    clearInterval(keepAlive);
  }
  throw signal.reason;
}
