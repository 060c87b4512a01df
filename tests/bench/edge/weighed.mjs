// The built Worker, which also says how much linear memory its program has.
import { linearMemory } from './instances.mjs';
import Worker from '../../../worker/entry.mjs';

export * from '../../../worker/entry.mjs';

export default class extends Worker {
  fetch(request) {
    const asked = new URL(request.url).pathname === '/livez' && request.headers.has('memory');
    return asked ? Response.json({ linearMemory: linearMemory() }) : super.fetch(request);
  }
}
