// Runs Azurite's blob and table services in this process, for as long as its parent lives.
//
//   node launcher.cjs <node_modules> <data folder> [temporary|share]
//
// Standard input is the parent's life: when it ends, however the parent ended, the services close softly. That matters
// because Azurite keeps metadata in memory for some seconds: killed hard, it forgets writes that it has acknowledged.
// A temporary folder is deleted at the end. Standard output tells the parent, a JSON object a line: {"waiting":…}, {"blobPort":…,"tablePort":…} or
// {"inUse":…,"blobPort":…,"tablePort":…} with the ports of the Azurite that uses the folder. Who would share it is told sooner.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const path = require('path');

const [, , modules, dataFolder, mode] = process.argv;
const azurite = (file) => require(path.join(modules, 'azurite', 'dist', 'src', file));
const tell = (message) => process.stdout.write(JSON.stringify(message) + '\n');

// Ctrl-C reaches every process of the terminal; the parent still has requests to finish and then ends our input.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK']) process.on(signal, () => {});
// Nobody may be left to read what is written.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let endOfParent;
const parentEnded = new Promise((resolve) => (endOfParent = resolve));
process.stdin.on('end', endOfParent).on('close', endOfParent).on('error', endOfParent).resume();
// systemd sends it to the whole group: the parent ends too, and first lets its requests finish.
process.on('SIGTERM', () => setTimeout(endOfParent, 15000));
// The parent sets AZURITE_ACCOUNTS; ours are in files.
delete process.env.AZURITE_DB;

// One folder, one Azurite. The lock is a local socket in it, which the system closes with its owner, so it never outlives it.
// Its path is relative, because paths of sockets must be short.
process.chdir(dataFolder);
const lockPath = process.platform === 'win32'
  ? `\\\\.\\pipe\\registry-${crypto.createHash('sha256').update(fs.realpathSync('.')).digest('hex')}`
  : '.azurite.lock';
const portsPath = '.azurite.ports';
const waiters = new Set();
let state = 'serving';

function listen() {
  return new Promise((resolve, reject) => {
    const lock = net.createServer((waiter) => {
      waiters.add(waiter.on('close', () => waiters.delete(waiter)).on('error', () => {}));
      waiter.write(state);
    });
    lock.once('error', reject).listen(lockPath, () => resolve(lock.unref()));
  });
}

// Resolves when the owner of the lock has ended: true, or false when it goes on serving.
function ownerEnds(socketPath) {
  return new Promise((resolve, reject) => {
    const owner = net.connect(socketPath);
    let patience;
    owner.on('data', (text) => {
      if (!String(text).includes('ending')) {
        // A parent that was killed is noticed at once; so an owner that still serves after this long will go on. One that says
        // nothing is busy with saving.
        patience = setTimeout(() => { owner.destroy(); resolve(false); }, mode === 'share' ? 300 : 3000);
        return;
      }
      clearTimeout(patience);
      tell({ waiting: true });
    });
    owner.on('close', () => { clearTimeout(patience); resolve(true); });
    owner.on('error', reject);
  });
}

async function takeLock() {
  for (;;) {
    try {
      return await listen();
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
    try {
      if (!(await ownerEnds(lockPath))) return null;
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') throw error;
      // Left behind by an owner that was killed. Renamed first: of several that find it only one succeeds.
      const stale = `${lockPath}.${process.pid}`;
      try {
        fs.renameSync(lockPath, stale);
        fs.unlinkSync(stale);
      } catch (gone) {
        if (gone.code !== 'ENOENT') throw gone;
      }
    }
  }
}

// Resolves when no connection is left, and so nothing can be acknowledged any more.
const drain = (server) => new Promise((resolve) => {
  const idle = setInterval(() => server.closeIdleConnections(), 10);
  const patience = setTimeout(() => server.closeAllConnections(), 5000);
  server.close(() => { clearInterval(idle); clearTimeout(patience); resolve(); });
});

// Also when the database thinks that it is saved, and after a save under way.
const save = (database) => new Promise((resolve, reject) => database.saveDatabase((error) => (error ? reject(error) : resolve())));

async function main() {
  const lock = await takeLock();
  if (lock === null) {
    // Not there in the moment in which the other one starts.
    const ports = fs.existsSync(portsPath) ? JSON.parse(fs.readFileSync(portsPath, 'utf8')) : {};
    tell({ inUse: true, ...ports });
    return;
  }

  const { BlobServerFactory } = azurite('blob/BlobServerFactory');
  const TableConfiguration = azurite('table/TableConfiguration').default;
  const TableServer = azurite('table/TableServer').default;
  const { DEFAULT_TABLE_LOKI_DB_PATH } = azurite('table/utils/constants');

  // Ports of the system's choice on loopback; no access log, any API version, nothing sent home.
  const none = () => undefined;
  const environment = {
    location: async () => dataFolder, debug: async () => undefined,
    blobHost: () => '127.0.0.1', blobPort: () => 0, blobKeepAliveTimeout: () => 5,
    silent: () => true, loose: () => false, skipApiVersionCheck: () => true, disableProductStyleUrl: () => true,
    cert: none, key: none, pwd: none, oauth: none, inMemoryPersistence: () => false, extentMemoryLimit: none, disableTelemetry: () => true,
  };
  const blob = await new BlobServerFactory().createServer(environment);
  const table = new TableServer(new TableConfiguration(
    '127.0.0.1', 0, 5, path.join(dataFolder, DEFAULT_TABLE_LOKI_DB_PATH),
    false, false, undefined, undefined, false, true, undefined, undefined, undefined, undefined, true, false));
  await blob.start();
  await table.start();
  const databases = [blob.metadataStore.db, blob.extentMetadataStore.db, table.metadataStore.db];
  // Nobody will read it again, and all of it is written each time.
  if (mode === 'temporary') for (const database of databases) database.autosaveDisable();
  const port = (server) => Number(new URL(server.getHttpServerAddress()).port);
  const ports = { blobPort: port(blob), tablePort: port(table) };
  fs.writeFileSync(portsPath, JSON.stringify(ports));
  tell(ports);

  await parentEnded;
  state = 'ending';
  for (const waiter of waiters) waiter.write(state);
  // Not Azurite's own close(): it cuts requests in flight, does not wait for a save under way, and forgets one that failed.
  await Promise.all([blob.httpServer, table.httpServer].map(drain));
  if (mode !== 'temporary') await Promise.all(databases.map(save));
  fs.rmSync(portsPath, { force: true });
  lock.close();
  if (mode === 'temporary') fs.rmSync(dataFolder, { recursive: true, force: true });
}

main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
