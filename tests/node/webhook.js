// The npm package `standardwebhooks`, unmodified, on a message that the gateway's silo sent. Arguments: secret, id, time, signature, body.
const { Webhook } = require('standardwebhooks');

const [secret, id, time, signature, body] = process.argv.slice(2);
const verified = (text) => {
  try {
    new Webhook(secret).verify(text, { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature });
    return true;
  } catch {
    return false;
  }
};
console.log(JSON.stringify({ sent: verified(body), changed: verified(`${body} `) }));
