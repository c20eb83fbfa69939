// Centrifugo's client for browsers, as a program: subscribes to channels, is `ready`, and prints what comes.
//
// node subscriber.cjs URL SECRET CHANNEL..., with NODE_PATH set to where its packages are.

'use strict';

const { createHmac } = require('node:crypto');
const { Centrifuge } = require('centrifuge');
const WebSocket = require('ws');

const [url, secret, ...channels] = process.argv.slice(2);
const user = 'user-7';

// What a web server does where its users log in: the secret is not for browsers.
function token(claims) {
  const encoded = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

// The client would try again by itself; but then something may be missing.
function fails(of, events) {
  for (const event of events) {
    of.on(event, (why) => {
      // The first time it was asked to.
      if (event.endsWith('ing') && why.code === 0) return;
      console.error(event, JSON.stringify(why));
      process.exit(1);
    });
  }
}

const centrifuge = new Centrifuge(url, {
  websocket: WebSocket,
  getToken: async () => token({ sub: user }),
});
fails(centrifuge, ['error', 'disconnected', 'connecting']);

let missing = channels.length;
for (const channel of channels) {
  const subscription = centrifuge.newSubscription(channel, {
    getToken: async () => token({ sub: user, channel }),
  });
  fails(subscription, ['error', 'unsubscribed', 'subscribing']);
  subscription.on('subscribed', () => {
    missing -= 1;
    if (missing === 0) console.log('ready');
  });
  subscription.on('publication', ({ data }) => {
    console.log('publication', JSON.stringify({ channel, data }));
  });
  subscription.subscribe();
}
centrifuge.connect();
