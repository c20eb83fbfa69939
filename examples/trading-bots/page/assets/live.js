// Centrifugo's WebSocket, and the API in its place while there is none.
//
// Twice a second the channel `overview` has what changed; a bot's own channels are subscribed to while it is looked at.
// Each subscription has a token of its own, and gets a fresh one when that runs out.

const POLL = 1000;
// Twice a second there is news; with none for so long, whoever sends it cannot.
const SILENCE = 3000;
// A page that is watched all day is to come back soon, but with no more than this.
const RECONNECT = { minReconnectDelay: 500, maxReconnectDelay: 3000 };

export class Live {
  // `connecting`, `live`, `polling` or `offline`.
  state = "connecting";
  #api;
  #fleet;
  #changed;
  #refused;
  #client = null;
  #connected;
  #ready = new Promise((connected) => (this.#connected = connected));
  #ended = false;
  #heard = 0;

  // `changed` is called after whatever happens here, `refused` when another token is needed.
  constructor(api, fleet, changed, refused) {
    this.#api = api;
    this.#fleet = fleet;
    this.#changed = changed;
    this.#refused = refused;
  }

  start() {
    this.#watch();
  }

  // Calls `heard` with each publication on the bot's channels until the function that it gives is called.
  async follow(id, heard) {
    const { channels } = await this.#api.botLive(id);
    const client = await this.#ready;
    // All tokens of a bot run out together, and one answer has them all.
    let fresh = null;
    const tokens = () => {
      fresh ??= this.#api.botLive(id).finally(() => setTimeout(() => (fresh = null), POLL));
      return fresh;
    };
    const followed = Object.entries(channels).map(([channel, token]) => {
      const getToken = () => this.#token(async () => (await tokens()).channels[channel]);
      const subscription = client.newSubscription(channel, { token, getToken });
      subscription.on("publication", ({ data }) => heard(data));
      return subscription;
    });
    client.startBatching();
    for (const subscription of followed) subscription.subscribe();
    client.stopBatching();
    return () => {
      client.startBatching();
      for (const subscription of followed) client.removeSubscription(subscription);
      client.stopBatching();
    };
  }

  // One question at a time, for as long as nothing else brings news.
  async #watch() {
    while (!this.#ended) {
      try {
        if (performance.now() - this.#heard > SILENCE && this.state === "live") this.#become("polling");
        if (this.state !== "live") await this.#look();
        if (this.#client === null) this.#connect(await this.#api.live());
      } catch (error) {
        if (this.#end(error)) return;
        this.#become("offline");
      }
      await new Promise((done) => setTimeout(done, POLL));
    }
  }

  async #look() {
    const polled = this.state === "polling";
    this.#fleet.replace(await this.#api.overview(), polled);
    if (this.state === "offline") this.#become("polling");
    this.#changed();
  }

  #connect({ url, token, overview }) {
    const fresh = () => this.#token(async () => (await this.#api.live()).token);
    const client = new globalThis.Centrifuge(url, { token, getToken: fresh, ...RECONNECT });
    const subscription = client.newSubscription(overview.channel, {
      token: overview.token,
      getToken: () => this.#token(async () => (await this.#api.live()).overview.token),
    });
    subscription.on("publication", ({ data }) => {
      this.#heard = performance.now();
      this.#become("live");
      this.#fleet.change(data);
      this.#changed();
    });
    subscription.on("subscribed", () => {
      this.#heard = performance.now();
      this.#become("live");
      // What changed while nobody told.
      this.#look().catch((error) => this.#end(error));
    });
    subscription.on("subscribing", () => this.#become("polling"));
    client.on("connecting", () => this.#become("polling"));
    client.on("disconnected", () => this.#become("polling"));
    // It tells of each attempt that fails, and goes on; whoever listens has taken note.
    client.on("error", () => {});
    subscription.on("error", () => {});
    this.#client = client;
    this.#connected(client);
    subscription.subscribe();
    client.connect();
  }

  async #token(get) {
    try {
      return await get();
    } catch (error) {
      if (this.#end(error)) throw new globalThis.Centrifuge.UnauthorizedError();
      throw error;
    }
  }

  #become(state) {
    if (this.#ended || this.state === state) return;
    this.state = state;
    this.#changed();
  }

  // Whether it was the token that was refused: nothing more comes then.
  #end(error) {
    if (!error.token) return false;
    if (!this.#ended) {
      this.#ended = true;
      this.#client?.disconnect();
      this.#refused(error);
    }
    return true;
  }
}
