import { z } from 'zod';

/**
 * One event of the hub's progress stream. Spawners add fields of their own: ForkdSpawner says which
 * `stage` was reached and after how many milliseconds.
 */
const progressEventSchema = z.looseObject({
  progress: z.number().optional(),
  message: z.string().default(''),
  html_message: z.string().optional(),
  stage: z.string().optional(),
  ready: z.boolean().optional(),
  failed: z.boolean().optional(),
  url: z.string().optional(),
});

export type ProgressEvent = Readonly<z.infer<typeof progressEventSchema>>;

/**
 * Reads server-sent events as JupyterHub sends them: one `data:` line of JSON an event.
 *
 * ref: jupyterhub/apihandlers/users.py, SpawnProgressAPIHandler.send_event
 */
export async function* readProgress(body: AsyncIterable<Uint8Array>): AsyncGenerator<ProgressEvent> {
  const decoder = new TextDecoder();
  let unread = '';
  for await (const chunk of body) {
    const lines = (unread + decoder.decode(chunk, { stream: true })).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) {
        yield progressEventSchema.parse(JSON.parse(line.slice('data:'.length)));
      }
    }
  }
}
