// What the types of sdk/typescript allow, and what they refuse: compiled, not run.
import type { HubConnection } from '@microsoft/signalr';
import { createViCo, hubOf } from 'vico-client';

export async function typed(connection: HubConnection) {
  const vico = createViCo({ url: 'http://127.0.0.1:5080', key: 'vico_…' });
  for await (const { data } of vico.follow('job')) if (data.type === 'step') data.loss.toFixed(3);

  const hub = hubOf(connection);
  for await (const { seq, data } of hub.stream('Subscribe', 'job', 0)) if (data.type === 'image') data.imageId.at(seq);
  for await (const { step, url } of hub.stream('Previews', 'job')) url.at(step);
  for await (const { what, state } of hub.stream('Changes', null)) if (what === 'job') state?.at(0);
  hub.on('Heartbeat', ({ time, newestSeq }) => time.at(newestSeq['job'] ?? 0));

  // @ts-expect-error the hub has no such stream
  hub.stream('Events', 'job');
  // @ts-expect-error the place to go on after is missing
  hub.stream('Subscribe', 'job');
  // @ts-expect-error the hub has no such message
  hub.on('heartbeat', () => {});
  // @ts-expect-error a drawing has no such field
  await vico.api.POST('/images', { body: { concept: 'c', prompt: '*', colour: 'red' } });
}
